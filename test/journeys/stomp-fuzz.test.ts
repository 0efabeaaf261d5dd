import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createRandom, mutate, type Random } from "../support/mutants.ts";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { bytesOf, frame, GUEST, Peer } from "../support/peer.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";

/** How many mutants each server gets; SOCKET_FUZZ=100000 for the whole of it. The seed of a failure is in its message. */
const RUNS = Number(process.env["SOCKET_FUZZ"] ?? 4_000);
const SEED = Number(process.env["SOCKET_FUZZ_SEED"] ?? 20_261_122);
const SOCKETS = 20;
const FRAMES_PER_SOCKET = 12;

interface Target {
  readonly url: string;
  readonly login: readonly string[];
  readonly corpus: readonly Uint8Array[];
}

/** Twenty sockets at once, each replaced when it was refused or has had its share. Resolves with the close codes. */
async function storm(target: Target): Promise<ReadonlyMap<number, number>> {
  const codes = new Map<number, number>();
  let left = RUNS;
  async function slot(random: Random): Promise<void> {
    while (left > 0) {
      const peer = await Peer.open(target.url);
      if (random(8) > 0) peer.say(frame("CONNECT", ["accept-version:1.0,1.1,1.2", ...target.login]));
      const count = Math.min(left, 1 + random(FRAMES_PER_SOCKET));
      left -= count;
      for (let i = 0; i < count; i++) peer.raw(random(3) === 0 ? 1 : 2, mutate(random, target.corpus));
      peer.ping("all has come");
      await peer.until(() => peer.pongs.length > 0);
      peer.cut();
      await peer.closed();
      codes.set(peer.closeCode ?? 0, (codes.get(peer.closeCode ?? 0) ?? 0) + 1);
    }
  }
  await Promise.all(Array.from({ length: SOCKETS }, (_, i) => slot(createRandom(SEED + i))));
  return codes;
}

function frames(topic: string, say: string, forbidden: readonly string[]): readonly Uint8Array[] {
  return [
    frame("SUBSCRIBE", ["id:1", `destination:${topic}`, "ack:client", "receipt:s"]),
    frame("SEND", [`destination:${say}`, "receipt:r\\c1", "content-length:10"], "hé\0llo🙂"),
    frame("SEND", [`destination:${say}`, "content-type:text/plain"], "a mutant says hello"),
    frame("BEGIN", ["transaction:t"]) +
      frame("SEND", [`destination:${say}`, "transaction:t"], "in a transaction") +
      frame("COMMIT", ["transaction:t", "receipt:c"]),
    `\n\r\n${frame("ACK", ["id:m-1~1"])}\n${frame("UNSUBSCRIBE", ["id:1"])}`,
    frame("CONNECT", ["accept-version:1.2", "heart-beat:0,0"]) + frame("DISCONNECT", ["receipt:d"]),
    ...forbidden.flatMap((destination) => [
      frame("SUBSCRIBE", ["id:2", `destination:${destination}`, "on-refusal:receipt"]),
      frame("SEND", [`destination:${destination}`, "on-refusal:receipt"], "a mutant goes astray"),
    ]),
  ].map(bytesOf);
}

/** Both a refused one and one that was let be were met, nothing was our fault, and nobody was left hanging. */
function checkCodes(codes: ReadonlyMap<number, number>): void {
  const known = [0, 1000, 1002, 1005, 1006, 1007, 1008, 1009, 4013, 4507];
  expect([SEED, [...codes.keys()].filter((code) => !known.includes(code))]).toEqual([SEED, []]);
  expect(codes.get(1002) ?? 0).toBeGreaterThan(RUNS / 200);
}

describe(`${RUNS} mutated frames over ${SOCKETS} sockets`, () => {
  let server: TestServer;
  let broker: Broker;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  beforeAll(async () => {
    broker = openBroker();
    server = await testServer({ settings: { "sockets-per-person": 100, "sockets-per-address": 1_000 } });
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
  });
  afterAll(async () => {
    await broker[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test("the open broker lives, keeps nothing, and delivers nothing astray", async () => {
    using witness = await Peer.connect(broker.url);
    await witness.ask("SUBSCRIBE", ["id:1", "destination:/topic/witness"]);
    const corpus = frames("/topic/storm", "/topic/storm", ["/nowhere", "/exchange/x"]);
    checkCodes(await storm({ url: broker.url, login: GUEST, corpus }));
    while (broker.handler.sessions.size > 1 || broker.openCount > 1) await witness.settled();
    expect(broker.handler.hub.destinationCount).toBe(1);
    expect(broker.handler.queueCount).toBe(0);
    expect(witness.messages).toEqual([]);
    await witness.ask("SEND", ["destination:/topic/witness"], "all is well");
    expect(await witness.bodies(1)).toEqual(["all is well"]);
  }, 900_000);

  test("Birdie lives, keeps nothing, and delivers nothing astray", async () => {
    const { json: theirs } = await bob.post("/messages", { userId: "carol" });
    const { json: open } = await alice.post("/messages", { userId: "carol" });
    using witness = await Peer.connect(server.url, "1.2", [`Authorization:${bob.token}`]);
    await witness.ask("SUBSCRIBE", ["id:queue", "destination:/queue/bob"]);
    await witness.ask("SUBSCRIBE", ["id:room", `destination:/topic/${theirs.roomId}`]);
    const forbidden = [`/topic/${theirs.roomId}`, `/chat/${theirs.roomId}`, "/queue/bob", "/alarm/bob"];
    const corpus = frames(`/topic/${open.roomId}`, `/chat/${open.roomId}`, forbidden);
    const login = [`Authorization:${alice.token}`];
    checkCodes(await storm({ url: server.url, login, corpus }));
    const gauge = async (name: string) => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\d+)`, "m").exec(metrics)?.[1]);
    };
    while ((await gauge("birdie_sockets")) > 1) await witness.settled();
    // What came whole before a socket went still takes effect, on disk too; then nobody is left of it.
    while ((await gauge("birdie_people")) > 1) await witness.settled();
    expect(await gauge("birdie_people")).toBe(1);
    expect(await gauge("birdie_destinations")).toBe(2);
    expect(server.app.presence.roomCount).toBe(1);
    await carol.post(`/messages/${theirs.roomId}`, { message: "all is well" });
    await witness.first((one) => one.text.includes("all is well"));
    const events = witness.messages.map((one) => JSON.parse(one.text)).filter((body) => body.event !== "presence");
    expect(events.filter((body) => body.sender !== "carol" && body.event !== "read")).toEqual([]);
    expect(server.log.filter((line) => /could not be served|request failed/.test(line))).toEqual([]);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  }, 900_000);
});
