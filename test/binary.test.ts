import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { Client, type IMessage } from "@stomp/stompjs";
import { ROOT } from "./support/database.ts";
import { testFolder } from "./support/folder.ts";
import { jpegOf } from "./support/pictures.ts";
import { asyncApiParts } from "./support/schema.ts";

const BUILD_TIMEOUT_MS = 120_000;
const PASSWORD = "말 그대로 correct";

/** Where the binary lies, with nothing beside it, no Bun, no Node and no node_modules anywhere it could look. */
const home = testFolder();
const binary = join(home, "birdie");

interface Birdie {
  readonly url: string;
  stop(): Promise<number>;
}
const running = new Set<Bun.Subprocess>();

async function start(): Promise<Birdie> {
  const birdie = Bun.spawn([binary, "serve", "--port", "0"], {
    cwd: home,
    env: { HOME: home, TMPDIR: join(home, "tmp") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(birdie);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  readAll(birdie.stdout, (said) => {
    const url = /^Birdie is ready at (\S+)$/m.exec(said)?.[1];
    if (url) resolve(url);
  }).then((said) => reject(new Error(`the binary ended before it was ready; it said: ${said}`)), reject);
  return {
    url: await promise,
    stop() {
      birdie.kill("SIGTERM");
      running.delete(birdie);
      return birdie.exited;
    },
  };
}

/** Reads to the end, so that the pipe never closes on a program that has more to say. */
async function readAll(stream: ReadableStream<Uint8Array>, hear: (said: string) => void): Promise<string> {
  const decoder = new TextDecoder();
  let said = "";
  for await (const chunk of stream) {
    said += decoder.decode(chunk, { stream: true });
    hear(said);
  }
  return said;
}

/** A person who signed up: asks with their own cookies, and holds a socket of a client that is not ours. */
class Person {
  readonly userId: string;
  readonly #url: string;
  readonly #cookies = new Map<string, string>();
  #client: Client | undefined;

  constructor(url: string, userId: string) {
    this.#url = url;
    this.userId = userId;
  }

  async ask(path: string, form?: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(this.#url + path, {
      redirect: "manual",
      headers: { cookie: [...this.#cookies].map((pair) => pair.join("=")).join("; "), origin: this.#url, ...headers },
      ...(form ? { method: "POST", body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Says a picture by the form without script; tells the picture's address. */
  async picture(roomId: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const body = new FormData();
    body.set("message", "");
    body.set("pictures", new File([bytes], "bird.jpg"));
    const cookie = [...this.#cookies].map((pair) => pair.join("=")).join("; ");
    const headers = { cookie, origin: this.#url, accept: "application/json" };
    const answer = await fetch(`${this.#url}/messages/${roomId}`, { method: "POST", headers, body });
    const { pictures } = (await answer.json()) as { readonly pictures: readonly { readonly url: string }[] };
    return pictures[0]?.url ?? "";
  }

  /** Posts a form, and tells where its answer leads to. */
  async act(path: string, form: Record<string, string> = {}): Promise<string> {
    const response = await this.ask(path, form);
    expect([path, response.status]).toEqual([path, 303]);
    return new URL(response.headers.get("location") ?? "", this.#url).pathname;
  }

  /** Connects by a token in CONNECT, as a program does. */
  async connect(): Promise<Client> {
    const response = await this.ask("/token", { userId: this.userId, password: PASSWORD });
    const { accessToken }: { accessToken: string } = await response.json();
    const client = new Client({
      brokerURL: `${this.#url.replace("http", "ws")}/stomp`,
      connectHeaders: { Authorization: `Bearer ${accessToken}` },
      reconnectDelay: 0,
    });
    this.#client = client;
    await new Promise<void>((resolve, reject) => {
      client.onConnect = () => resolve();
      client.onStompError = (frame) => reject(new Error(frame.headers["message"]));
      client.onWebSocketClose = () => reject(new Error("the socket was closed"));
      client.activate();
    });
    return client;
  }

  async leave(): Promise<void> {
    await this.#client?.deactivate();
  }
}

/** Subscribes, and resolves once the server has said so. `next` gives the body of the next message that fits. */
async function listen(client: Client, destination: string) {
  const bodies: Record<string, unknown>[] = [];
  const waiting: { fits: (body: Record<string, unknown>) => boolean; resolve: (body: unknown) => void }[] = [];
  const receipt = crypto.randomUUID();
  const isSubscribed = new Promise<void>((resolve) => client.watchForReceipt(receipt, () => resolve()));
  const hear = (message: IMessage) => {
    const body: Record<string, unknown> = JSON.parse(message.body);
    bodies.push(body);
    for (const one of waiting) if (one.fits(body)) one.resolve(body);
  };
  client.subscribe(destination, hear, { receipt });
  await isSubscribed;
  return {
    next: (part: Record<string, unknown>) =>
      new Promise<unknown>((resolve) => {
        const fits = (body: Record<string, unknown>) =>
          Object.entries(part).every(([key, value]) => body[key] === value);
        const known = bodies.find(fits);
        if (known) resolve(known);
        else waiting.push({ fits, resolve });
      }),
  };
}

async function signUp(url: string, userId: string): Promise<Person> {
  const person = new Person(url, userId);
  await person.act("/signup", { userId, name: userId, password: PASSWORD });
  return person;
}

beforeAll(async () => {
  mkdirSync(join(home, "tmp"));
  const outfile = join(testFolder(), "birdie");
  const build = Bun.spawn([process.execPath, join(ROOT, "src/build.ts"), "--outfile", outfile], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [said, complaint] = await Promise.all([new Response(build.stdout).text(), new Response(build.stderr).text()]);
  if ((await build.exited) !== 0) throw new Error(`npm run build failed:\n${said}${complaint}`);
  copyFileSync(outfile, binary);
  chmodSync(binary, 0o755);
}, BUILD_TIMEOUT_MS);

afterAll(() => {
  for (const birdie of running) birdie.kill("SIGKILL");
});

describe("the binary, alone in an empty folder", () => {
  test("is one file of a size that can be sent around, and tells nothing of the machine it was built on", () => {
    expect(readdirSync(home).sort()).toEqual([basename(binary), "tmp"]);
    expect(statSync(binary).size).toBeLessThan(135_000_000);
    expect(readFileSync(binary).includes(`${join(ROOT, "node_modules")}/`)).toBe(false);
  });

  test("lets two people sign up, post, like, hear of it at once and talk, and keeps it all", async () => {
    const first = await start();
    const alice = await signUp(first.url, "alice");
    const bob = await signUp(first.url, "bob");

    const post = await alice.act("/posts", { title: "처음 뵙겠습니다", body: "It flies." });
    const alarms = await listen(await alice.connect(), "/queue/alice");
    await bob.act(`${post}/like`);
    const alarm = await alarms.next({ type: "LIKES", event: "raised" });
    expect(alarm).toMatchObject({
      sender: "bob",
      receiver: "alice",
      target: "POST",
      isRead: false,
      unreadAlarmCount: 1,
    });

    const room = await alice.act("/messages", { userId: "bob" });
    const roomId = room.slice("/messages/".length);
    const bobs = await bob.connect();
    const lines = await listen(bobs, `/topic/${roomId}`);
    const receipt = crypto.randomUUID();
    const isKept = new Promise<void>((resolve) => bobs.watchForReceipt(receipt, () => resolve()));
    bobs.publish({ destination: `/chat/${roomId}`, body: "내일 봐요 <3", headers: { receipt } });
    await isKept;
    expect(await lines.next({ event: "said" })).toMatchObject({
      sender: "bob",
      receiver: "alice",
      message: "내일 봐요 <3",
    });
    expect(await alarms.next({ type: "CHAT" })).toMatchObject({ sender: "bob", roomUnreadCnt: 1, unreadMessageCnt: 1 });
    // Pictures are made anew by the runtime's own decoder, which has to be in the binary as well.
    const picture = await alice.picture(roomId, await jpegOf(600, 300));
    expect(await lines.next({ event: "said", message: "" })).toMatchObject({ pictures: [{ width: 600, height: 300 }] });
    const shown = await bob.ask(picture);
    expect([shown.status, shown.headers.get("content-type")]).toEqual([200, "image/webp"]);
    await Promise.all([alice.leave(), bob.leave()]);
    expect(await first.stop()).toBe(0);

    const second = await start();
    const back = new Person(second.url, "alice");
    await back.act("/login", { userId: "alice", password: PASSWORD });
    expect(await (await back.ask(post)).text()).toContain("처음 뵙겠습니다");
    expect(await (await back.ask(room)).text()).toContain("내일 봐요 &lt;3");
    expect(await second.stop()).toBe(0);
    expect(readdirSync(home).sort()).toEqual([basename(binary), "data", "tmp"]);
    expect(statSync(join(home, "data")).mode & 0o777).toBe(0o700);
  });

  test("carries the browser's files, each under an address that may be kept for ever, and what programs read", async () => {
    const birdie = await start();
    const page = await (await fetch(`${birdie.url}/login`)).text();
    const addresses = [...page.matchAll(/(?:href|src)="([^"]+\?v=[0-9a-f]+)"/g)].map(([, address = ""]) => address);
    expect(addresses.map((address) => address.replace(/\?.*/, ""))).toEqual(
      expect.arrayContaining(["/assets/app.css", "/assets/app.js", "/assets/icon.svg"]),
    );
    const script = await (await fetch(`${birdie.url}/assets/app.js`)).text();
    const chunks = [...script.matchAll(/"\.\/([\w-]+-[0-9a-z]{8}\.js)"/g)].map(([, name]) => `/assets/${name}`);
    expect(chunks.length).toBeGreaterThan(0);
    for (const address of [...addresses, ...chunks]) {
      const response = await fetch(birdie.url + address, { headers: { "accept-encoding": "br" } });
      expect([address, response.status]).toEqual([address, 200]);
      expect(response.headers.get("cache-control")).toContain("immutable");
      expect((await response.text()).length).toBeGreaterThan(100);
    }
    const described = await (await fetch(`${birdie.url}/docs/asyncapi.yaml`)).text();
    expect(described).toHaveLength((await asyncApiParts()).join("").length);
    const wrong = await fetch(`${birdie.url}/assets/none.js`);
    expect(wrong.status).toBe(404);
    expect(await birdie.stop()).toBe(0);
  });

  test.each([
    { what: "a setting", args: ["--port", "many"], tmp: "tmp", mend: "write a whole number" },
    { what: "the folder for temporary files", args: ["--port", "0"], tmp: "none", mend: "set TMPDIR" },
  ])("says in one line what is wrong with $what instead of starting", async ({ args, tmp, mend }) => {
    const birdie = Bun.spawn([binary, "serve", ...args], {
      cwd: home,
      env: { HOME: home, TMPDIR: join(home, tmp) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const complaint = await new Response(birdie.stderr).text();
    expect(complaint).toContain(mend);
    expect(complaint.trim().split("\n")).toHaveLength(1);
    expect(await birdie.exited).toBeGreaterThan(0);
  });
});
