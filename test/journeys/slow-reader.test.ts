import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { encodeFrame } from "../../src/stomp/frame.ts";
import { testBroker } from "../support/broker.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

const MIB = 1_048_576;

/** S71, R5: who does not read costs no more than its budget, is closed, and comes back; nobody else notices. */
describe("a reader that stalls", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer({ settings: { "resume-messages": 10_000 } });
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const closed = async (code: number) => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(new RegExp(`birdie_sockets_closed_total\\{code="${code}"\\} (\\d+)`).exec(text)?.[1]);
  };

  test("is closed and counted as 4008, others get every line, and it resumes without a gap", async () => {
    await using alices = await TestClient.connect(server.url, { Authorization: alice.token });
    await using good = await TestClient.connect(server.url, { Authorization: bob.token });
    const room = await good.subscribe(`/topic/${roomId}`);
    const { position } = (await bob.get(`/messages/${roomId}`)).json;
    const stalled = await stall(server, bob.token, `/topic/${roomId}`);
    Bun.gc(true);
    const before = process.memoryUsage.rss();

    // The kernel takes some megabytes before anything waits in the server.
    const long = "말".repeat(3_900);
    let said = 0;
    while ((await closed(4008)) === 0 && said < 3_000) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => alices.send(`/chat/${roomId}`, `${said + i} ${long}`)));
      said += 50;
    }
    expect(await closed(4008)).toBe(1);
    await room.next((body) => body.event === "said" && body.message.startsWith(`${said - 1} `));
    const numbers = (inbox: typeof room) =>
      inbox.bodies.filter((body) => body.event === "said").map((body) => Number.parseInt(body.message, 10));
    const all = Array.from({ length: said }, (_, i) => i);
    expect(numbers(room)).toEqual(all);
    expect(good.closes).toEqual([]);

    // What this process itself keeps for the test (two copies of every line at `room`) is not the server's.
    const kept = said * long.length * 2 * 4;
    Bun.gc(true);
    expect(process.memoryUsage.rss() - before).toBeLessThan(kept + 64 * MIB);
    stalled.destroy();

    // Back again: the rest comes in order. What is more than it may be sent at once is to be fetched as pages.
    await using again = await TestClient.connect(server.url, { Authorization: bob.token });
    const last =
      room.messages.findLast((message) => message.body.includes(`"${said - 11} `))?.headers["position"] ?? "";
    const rest = await again.subscribe(`/topic/${roomId}`, { resume: last });
    expect(numbers(rest)).toEqual(all.slice(-10));
    using raw = await RawClient.connect(server.url, bob.token);
    const tooMuch = { id: "1", destination: `/topic/${roomId}`, resume: position };
    expect((await raw.exchange("SUBSCRIBE", tooMuch))?.headers["recovered"]).toBe("false");
    expect((await raw.exchange("SEND", { destination: `/chat/${roomId}` }, "still here"))?.command).toBe("RECEIPT");
  }, 120_000);

  test("S33: a frame that stays half for too long ends the socket; one that goes on does not", async () => {
    await using broker = await testBroker({ frameTimeoutMs: 200, heartbeatMs: 50 });
    using half = await RawClient.open(broker.url);
    using whole = await RawClient.open(broker.url);
    for (const raw of [half, whole]) {
      raw.frame("CONNECT", { "accept-version": "1.2" });
      await raw.until((frames) => frames.length > 0);
    }
    half.send("SEND\ndestination:/topic/1\n\nhalf a");
    // Of a bound in time, real time is the point: words keep coming until the server has had enough.
    const beats = setInterval(() => {
      half.send(" word");
      whole.send("SEND\ndestination:/topic/1\n\n");
      whole.send("whole\0SEND\ndestination:/topic/1\n\nand the next");
      whole.send("\0");
    }, 20);
    expect(await half.closed()).toBe(1002);
    clearInterval(beats);
    expect(half.frames.at(-1)).toContain("A frame did not come whole in time");
    expect(whole.closeCode).toBeUndefined();
  });

  test("a peer that is gone without a word is found by the pings it does not answer", async () => {
    await using broker = await testBroker({ heartbeatMs: 1_000 });
    // Reads all there is, but never answers: what a peer behind a cut cable looks like to the server.
    const gone = connect(Number(new URL(broker.url).port), "127.0.0.1");
    gone.on("data", () => undefined);
    gone.write(HANDSHAKE);
    expect((await broker.closed(1)).at(0)).toBeGreaterThan(0);
    gone.destroy();
  }, 120_000);
});

const HANDSHAKE =
  "GET /stomp HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n" +
  "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";

/** A member over bare TCP who subscribes, and then reads nothing more. */
async function stall(server: TestServer, token: string, destination: string): Promise<Socket> {
  const tcp = connect(server.port, "127.0.0.1");
  const until = (text: string) =>
    new Promise<void>((resolve) => {
      let all = "";
      tcp.on("data", function hear(chunk: Buffer) {
        all += chunk.toString("latin1");
        if (!all.includes(text)) return;
        tcp.off("data", hear);
        resolve();
      });
    });
  const say = (command: string, headers: Record<string, string>) => {
    const body = Buffer.from(encodeFrame("1.2", command, Object.entries(headers)));
    const head = Buffer.from([0x81, 0xfe, body.length >> 8, body.length & 255, 0, 0, 0, 0]);
    tcp.write(Buffer.concat([head, body]));
  };
  tcp.write(HANDSHAKE);
  await until("101 Switching");
  say("CONNECT", { "accept-version": "1.2", Authorization: token });
  await until("CONNECTED");
  say("SUBSCRIBE", { id: "1", destination, receipt: "s", ack: "client" });
  await until("receipt-id:s");
  tcp.pause();
  return tcp;
}
