import { expect, test } from "bun:test";
import fc from "fast-check";
import { Failure, type Headers, type Link } from "../../../views/client/link.ts";
import { type Listener, Streams } from "../../../views/client/tabs-streams.ts";

type Frame =
  | { readonly receipt: () => void }
  | { readonly id: string; readonly message: Headers; readonly position: number | undefined };

/**
 * A server as the contract has it, on a wire where nothing arrives before the test lets it: commands one way, frames
 * the other, each in order. A history of numbered messages; who subscribes with `resume` first gets what follows it.
 */
class Server implements Link {
  readonly isConnected = true;
  readonly isBlocked = false;
  readonly subscriptions = new Map<string, string>();
  readonly heard: string[] = [];
  isRefusing = false;
  #history = 0;
  #serial = 0;
  readonly #commands: (() => void)[] = [];
  readonly frames: Frame[] = [];

  get newest(): number {
    return this.#history;
  }

  ask(command: string, { id = "", destination = "", resume }: Headers): Promise<{ headers: Headers }> {
    return new Promise((resolve, reject) => {
      this.#commands.push(() => {
        this.heard.push(`${command} ${id}`);
        const isKnown = this.subscriptions.has(id);
        if (command === "UNSUBSCRIBE" ? !isKnown : isKnown) throw new Error(`${command} ${id}: the socket is closed`);
        if (command === "UNSUBSCRIBE") this.subscriptions.delete(id);
        else if (this.isRefusing) {
          this.frames.push({ receipt: () => reject(new Failure("refused", 403)) });
          return;
        } else {
          this.subscriptions.set(id, destination);
          for (let position = Number(resume) + 1; position <= this.#history; position++) this.#transmit(id, position);
        }
        this.frames.push({ receipt: () => resolve({ headers: {} }) });
      });
    });
  }

  tell(): void {}
  hurry(): void {}

  /** Takes the next command off the wire. */
  work(): void {
    this.#commands.shift()?.();
  }

  say(): void {
    const position = ++this.#history;
    const messageId = String(++this.#serial);
    for (const id of this.subscriptions.keys()) this.#transmit(id, position, messageId);
  }

  /** What has no place in the history, as "is typing". */
  whisper(): void {
    const messageId = String(++this.#serial);
    for (const id of this.subscriptions.keys()) this.#transmit(id, undefined, messageId);
  }

  async settle(deliver: () => void): Promise<void> {
    while (this.#commands.length > 0 || this.frames.length > 0) {
      this.work();
      while (this.frames.length > 0) deliver();
      await turn();
    }
    await turn();
    if (this.#commands.length > 0) await this.settle(deliver);
  }

  #transmit(id: string, position: number | undefined, messageId = String(++this.#serial)): void {
    const message = {
      subscription: id,
      "message-id": messageId,
      ...(position === undefined ? {} : { position: String(position) }),
    };
    this.frames.push({ id, message, position });
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function play(ack: string) {
  const server = new Server();
  const heard = new Map<string, (number | undefined)[]>();
  const nameOf = ({ tab, id }: Listener) => `${tab} ${id}`;
  const streams = new Streams(server, (listener, { position }) => {
    heard.get(nameOf(listener))?.push(position === undefined ? undefined : Number(position));
  });
  return {
    server,
    streams,
    heard,
    deliver() {
      const frame = server.frames.shift();
      if (frame && "receipt" in frame) frame.receipt();
      else if (frame) streams.tell(frame.message, "");
    },
    subscribe(tab: string, resume: number) {
      heard.set(`${tab} /queue/bob`, []);
      const headers = { id: "/queue/bob", destination: "/queue/bob", ack, accept: "text/html", resume: String(resume) };
      return streams.subscribe(tab, headers);
    },
  };
}

/** What may happen next, and how far before the newest message a page that comes was made. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("work" as const), n: fc.constant(0) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("deliver" as const), n: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("say" as const, "whisper" as const), n: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("come" as const), n: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("go" as const), n: fc.nat(9) }) },
);

for (const ack of ["auto", "client-individual", "client"]) {
  test(`whatever comes between, each tab hears all that followed its page, once and in order (ack:${ack})`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
        const { server, streams, heard, deliver, subscribe } = play(ack);
        const living = new Map<string, number>();
        let tabCount = 0;
        for (const { do: act, n } of steps) {
          if (act === "work") server.work();
          else if (act === "say") server.say();
          else if (act === "whisper") server.whisper();
          else if (act === "come") {
            const tab = `tab${tabCount++}`;
            const resume = Math.max(0, server.newest - n);
            living.set(tab, resume);
            void subscribe(tab, resume);
          } else if (act === "go") {
            const tab = [...living.keys()][n];
            if (tab) streams.leave(tab);
            if (tab) living.delete(tab);
          } else {
            // What comes in one message of the socket is read in one go, before anything that waits for it runs.
            for (let i = 0; i <= n; i++) deliver();
            await turn();
          }
        }
        await server.settle(deliver);
        server.say();
        await server.settle(deliver);
        for (const [tab, resume] of living) {
          const places = (heard.get(`${tab} /queue/bob`) ?? []).filter((place) => place !== undefined);
          expect(places).toEqual(Array.from({ length: server.newest - resume }, (_, i) => resume + 1 + i));
        }
        const count = ack === "client" ? living.size : Math.min(1, living.size);
        expect(server.subscriptions.size).toBe(count);
      }),
      { numRuns: Number(Bun.env["MODEL_RUNS"] ?? 300) },
    );
  });
}

test("on the wire a subscription is named after its destination; a second one, for as long as it is needed, has a number", async () => {
  const { server, deliver, subscribe, streams } = play("auto");
  server.say();
  void subscribe("one", 1);
  await server.settle(deliver);
  void subscribe("two", 0);
  await server.settle(deliver);
  server.say();
  await server.settle(deliver);
  streams.leave("one");
  streams.leave("two");
  await server.settle(deliver);
  expect(server.heard).toEqual([
    "SUBSCRIBE /queue/bob",
    "SUBSCRIBE /queue/bob#2",
    "UNSUBSCRIBE /queue/bob#2",
    "UNSUBSCRIBE /queue/bob",
  ]);
});

test("a tab whose page was made later shares as soon as it is clear that it missed nothing", async () => {
  const { server, deliver, subscribe } = play("auto");
  server.say();
  void subscribe("one", 0);
  await server.settle(deliver);
  // Something else has happened on the site meanwhile: the page's place is a later one.
  void subscribe("two", 5);
  await server.settle(deliver);
  expect(server.heard.at(-1)).toBe("UNSUBSCRIBE /queue/bob#2");
  expect([...server.subscriptions.keys()]).toEqual(["/queue/bob"]);
});

test("tabs that come back from the same place ask once; what was refused is refused to both, and not given back", async () => {
  const { server, deliver, subscribe, streams } = play("auto");
  server.isRefusing = true;
  const answers = Promise.allSettled([subscribe("one", 0), subscribe("two", 0)]);
  await server.settle(deliver);
  expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  streams.leave("one");
  await server.settle(deliver);
  expect(server.heard).toEqual(["SUBSCRIBE /queue/bob"]);
});

test("who is no longer a member hears nothing more by the old subscription, and can ask for a new one", async () => {
  const { server, deliver, subscribe, streams, heard } = play("auto");
  void subscribe("one", 0);
  await server.settle(deliver);
  streams.tell({ subscription: "/queue/bob", "message-id": "x", event: "ended" }, "");
  void subscribe("one", 0);
  await server.settle(deliver);
  server.say();
  await server.settle(deliver);
  expect(heard.get("one /queue/bob")).toEqual([1]);
  expect(server.subscriptions.size).toBe(1);
});

test("a connection is full before the server says so", async () => {
  const { server, deliver, streams } = play("auto");
  for (let i = 0; i < 56; i++) {
    expect(streams.isFull).toBe(false);
    void streams.subscribe(`tab${i}`, { id: `/topic/posts/${i}`, destination: `/topic/posts/${i}` });
  }
  await server.settle(deliver);
  expect(streams.isFull).toBe(true);
});
