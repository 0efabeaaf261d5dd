import { join } from "node:path";
import { createClient } from "@libsql/client";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Answer, signIn, signUp, type TestServer, type TestServerOptions, testServer } from "./server.ts";
import { TcpProxy } from "./tcp-proxy.ts";
import { Visitor } from "./visitor.ts";

export interface ChatOptions extends TestServerOptions {
  readonly context?: BrowserContextOptions;
  readonly names?: readonly [string, string];
  /** Browsers come through a wire, programs do not. */
  readonly isWired?: boolean;
}

/** Alice, Bob and their room, in the whole product. */
export class Chat implements AsyncDisposable {
  readonly server: TestServer;
  readonly alice: Visitor;
  readonly bob: Visitor;
  readonly roomId: number;
  readonly #wire: TcpProxy | undefined;

  private constructor(
    { server, wire }: { readonly server: TestServer; readonly wire: TcpProxy | undefined },
    alice: Visitor,
    bob: Visitor,
    roomId: number,
  ) {
    this.server = server;
    this.#wire = wire;
    this.alice = alice;
    this.bob = bob;
    this.roomId = roomId;
  }

  static async open(browser: Browser, options: ChatOptions = {}): Promise<Chat> {
    const { names = ["앨리스", "Bob"], context = {}, isWired = false, ...rest } = options;
    let port = 0;
    const wire = isWired ? new TcpProxy(() => port) : undefined;
    const settings = { ...rest.settings, ...(wire ? { "base-url": wire.url } : {}) };
    const server = await testServer({ ...rest, settings });
    port = server.port;
    const url = wire?.url ?? server.url;
    const members = await Promise.all([signUp({ url }, "alice", names[0]), signUp({ url }, "bob", names[1])]);
    const [alice, bob] = await Promise.all(members.map((member) => Visitor.join(browser, url, member, context)));
    if (!alice || !bob) throw new Error("two are needed");
    const { json } = await alice.member.post("/messages", { userId: "bob" });
    return new Chat({ server, wire }, alice, bob, Number(json.roomId));
  }

  /** What the browsers come through. */
  get wire(): TcpProxy {
    if (!this.#wire) throw new Error("this chat has no wire");
    return this.#wire;
  }

  get path(): string {
    return `/messages/${this.roomId}`;
  }

  /** Says it as a program does, past the browser and the wire. */
  says(who: Visitor, message: string): Promise<Answer> {
    return this.acts(who, this.path, { message });
  }

  /** Anything a program may do, past the browser and the wire; with a new token where the clock has moved on. */
  async acts(who: Visitor, path: string, fields: object = {}): Promise<Answer> {
    const answer = await this.#post(who.member.token, path, fields);
    if (answer.status !== 401) return answer;
    who.member = await signIn(this.server, who.member.userId, who.member.password);
    return this.#post(who.member.token, path, fields);
  }

  async #post(token: string, path: string, fields: object): Promise<Answer> {
    const headers = {
      accept: "application/json",
      "content-type": "application/json",
      authorization: `Bearer ${token}`,
    };
    const answer = await fetch(this.server.url + path, { method: "POST", headers, body: JSON.stringify(fields) });
    return { status: answer.status, json: await answer.json() };
  }

  /** Everything that is stored, oldest first. */
  async stored(): Promise<
    readonly { readonly author: string; readonly body: string; readonly clientId: string | null }[]
  > {
    const { rows } = await this.sql(
      "select author_id, body, client_id from messages where deleted_at_ms is null order by id",
    );
    return rows.map((row) => ({
      author: String(row["author_id"]),
      body: String(row["body"]),
      clientId: row["client_id"] === null ? null : String(row["client_id"]),
    }));
  }

  /**
   * A long history by Bob, one message a minute, all of it read: `line 1` to `line <count>`, with the ids 1001 and so on.
   * The server is restarted.
   */
  async fill(count: number): Promise<void> {
    await this.server.stop();
    const lastMs = Date.now() - 60_000;
    await this.sql(`
      insert into messages (id, room_id, author_id, body, created_at_ms, position, written_position)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
      select 1000 + i, ${this.roomId}, 'bob', 'line ' || i, ${lastMs} - (${count} - i) * 60000, 1000 + i, 1000 + i from n`);
    await this.sql("update room_members set read_up_to = (select max(id) from messages)");
    await this.sql(`update meta set value = '${1_000 + count}' where key = 'position'`);
    await this.server.start();
  }

  async sql(statement: string) {
    const client = createClient({ url: `file:${join(this.server.data, "birdie.db")}` });
    try {
      return await client.execute(statement);
    } finally {
      client.close();
    }
  }

  /** Faults of pages and of the server. */
  get faults(): readonly string[] {
    return [...this.alice.faults, ...this.bob.faults, ...this.server.log.filter((line) => / error /.test(line))];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.alice.context.close(), this.bob.context.close()]);
    await this.server.stop();
    this.#wire?.[Symbol.dispose]();
  }
}

/** The texts of the messages that are on the page, as one reads them. */
export const linesOn = (page: Page): Promise<readonly string[]> =>
  page.locator("#messages > article:not([data-beyond]) .body").allTextContents();

/** Waits until the messages on the page are these and no others, none of them on its way. */
export async function showsAll(page: Page, texts: readonly string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const articles = [...document.querySelectorAll("#messages > article:not([data-beyond])")];
    const bodies = articles.map((article) => article.querySelector(".body")?.textContent);
    return !document.querySelector("[data-state]") && JSON.stringify(bodies) === JSON.stringify(wanted);
  }, texts);
}

/** How far the end of the conversation is out of sight, in px. */
export const gapOf = (page: Page): Promise<number> =>
  page.locator(".log").evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);

/** As if somebody had gone to another window (or come back to this one). */
export async function look(page: Page, isLooking: boolean, isHidden = false): Promise<void> {
  await page.evaluate(
    ([isLooking, isHidden]) => {
      document.hasFocus = () => isLooking;
      Object.defineProperty(document, "hidden", { configurable: true, get: () => isHidden });
      Object.defineProperty(document, "visibilityState", {
        configurable: true,
        get: () => (isHidden ? "hidden" : "visible"),
      });
      document.dispatchEvent(new Event("visibilitychange"));
      dispatchEvent(new Event(isLooking ? "focus" : "blur"));
    },
    [isLooking, isHidden] as const,
  );
}
