import { describe, expect, test } from "bun:test";
import { connect, type Socket as TcpSocket } from "node:net";
import { encodeFrame } from "../../src/stomp/frame.ts";
import { type Broker, plainly, testBroker } from "../support/broker.ts";
import { RawClient } from "../support/stomp-client.ts";

/** Opens and connects, with the heart-beats of the client. */
async function member(broker: Broker, heartbeat = "0,0"): Promise<RawClient> {
  const client = await RawClient.open(broker.url);
  client.frame("CONNECT", { "accept-version": "1.2", "heart-beat": heartbeat });
  await client.until((frames) => frames.some((frame) => frame.startsWith("CONNECTED")));
  return client;
}

const lastError = (client: RawClient) => client.frames.findLast((frame) => frame.startsWith("ERROR")) ?? "";

describe("the handshake", () => {
  const SOCKET = {
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": btoa("0123456789abcdef"),
  };
  /** The status and headers that a handshake with these headers is answered with. */
  async function knock(broker: Broker, headers: Record<string, string>): Promise<string> {
    const { hostname, port } = new URL(broker.url);
    const tcp = connect(Number(port), hostname);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    tcp.write(`GET /stomp HTTP/1.1\r\nHost: ${hostname}:${port}\r\n${lines.join("")}\r\n`);
    let head = "";
    for await (const chunk of tcp) {
      head += chunk;
      if (head.includes("\r\n\r\n")) break;
    }
    tcp.destroy();
    return head.split("\r\n\r\n")[0]?.toLowerCase() ?? "";
  }

  test.each([
    ["v12.stomp, v11.stomp, v10.stomp", "v12.stomp"],
    ["v10.stomp, v11.stomp, v12.stomp", "v12.stomp"],
    ["v10.stomp,v11.stomp", "v11.stomp"],
    ["chat, v10.stomp", "v10.stomp"],
  ])("that offers %s gets the highest of ours", async (offered, chosen) => {
    await using broker = await testBroker();
    const head = await knock(broker, { ...SOCKET, "sec-websocket-protocol": offered });
    expect(head).toStartWith("http/1.1 101");
    expect(head.match(/^sec-websocket-protocol: .*$/gm)).toEqual([`sec-websocket-protocol: ${chosen}`]);
  });

  test("that offers no subprotocol is named none; one that offers only others is refused", async () => {
    await using broker = await testBroker();
    const none = await knock(broker, SOCKET);
    expect(none).toStartWith("http/1.1 101");
    expect(none).not.toContain("sec-websocket-protocol");
    expect(await knock(broker, { ...SOCKET, "sec-websocket-protocol": "chat" })).toStartWith("http/1.1 400");
  });

  test("is asked for where somebody comes without one, or with another version", async () => {
    await using broker = await testBroker();
    for (const headers of [{}, { ...SOCKET, "sec-websocket-version": "8" }, { ...SOCKET, upgrade: "h2c" }]) {
      const head = await knock(broker, headers);
      expect(head).toStartWith("http/1.1 426");
      expect(head).toContain("sec-websocket-version: 13");
    }
  });

  test("from another origin is refused, whatever comes near to ours", async () => {
    await using broker = await testBroker();
    const { origin, port } = new URL(broker.url);
    expect(await knock(broker, { ...SOCKET, origin })).toStartWith("http/1.1 101");
    const others = [
      "null",
      "https://evil.example",
      origin.replace("http", "https"),
      `${origin}.evil.example`,
      `http://evil:${port}`,
    ];
    for (const other of [...others, `${origin}/`, ""]) {
      expect([other, (await knock(broker, { ...SOCKET, origin: other })).slice(0, 12)]).toEqual([
        other,
        "http/1.1 403",
      ]);
    }
  });

  test("with our cookies and no origin at all is refused; a program without either is let in", async () => {
    await using broker = await testBroker();
    expect(await knock(broker, { ...SOCKET, cookie: "birdie=1" })).toStartWith("http/1.1 403");
    expect(await knock(broker, SOCKET)).toStartWith("http/1.1 101");
  });
});

describe("a socket that has not signed in", () => {
  test("is closed when CONNECT does not come in time, and told why", async () => {
    await using broker = await testBroker({ connectTimeoutMs: 100, heartbeatMs: 100 });
    using silent = await RawClient.open(broker.url);
    silent.send("\n\n");
    expect(await silent.closed()).toBe(1008);
    expect(lastError(silent)).toContain("code:timeout");
    expect(await broker.closed(1)).toEqual([1008]);
  });

  test("is waited for once its CONNECT came, however long the answer takes", async () => {
    const { promise: answersAfter, resolve: answer } = Promise.withResolvers<void>();
    await using broker = await testBroker({ connectTimeoutMs: 500, heartbeatMs: 100, answersAfter });
    using greeted = await RawClient.open(broker.url);
    greeted.frame("CONNECT", { "accept-version": "1.2" });
    using silent = await RawClient.open(broker.url);
    expect(await silent.closed()).toBe(1008);
    answer();
    await greeted.until((frames) => frames.length > 0);
    expect(greeted.frames[0]).toStartWith("CONNECTED");
  });

  test("counts by its address: beyond the limit handshakes are refused, however many come at once", async () => {
    await using broker = await testBroker({ socketsPerAddress: 3 });
    const knocks = await Promise.allSettled(Array.from({ length: 12 }, () => RawClient.open(broker.url)));
    const clients = knocks.flatMap((knock) => (knock.status === "fulfilled" ? [knock.value] : []));
    expect(clients).toHaveLength(3);
    const response = await fetch(`${broker.url}/stomp`, {
      headers: {
        upgrade: "websocket",
        connection: "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": btoa("0123456789abcdef"),
      },
    });
    expect(response.status).toBe(429);

    // Who signs in makes room, and so does who goes.
    clients[0]?.frame("CONNECT", { "accept-version": "1.2" });
    await clients[0]?.until((frames) => frames.some((frame) => frame.startsWith("CONNECTED")));
    clients[0]?.frame("BEGIN", { transaction: "t", receipt: "r" });
    await clients[0]?.until((frames) => frames.some((frame) => frame.startsWith("RECEIPT")));
    const another = await RawClient.open(broker.url);
    clients[1]?.[Symbol.dispose]();
    await broker.closed(1);
    const last = await RawClient.open(broker.url);
    await expect(RawClient.open(broker.url)).rejects.toThrow("refused");
    for (const client of [...clients, another, last]) client[Symbol.dispose]();
  });

  test("makes room as soon as it has signed in, even if it says nothing more", async () => {
    await using broker = await testBroker({ socketsPerAddress: 1, heartbeatMs: 100 });
    // The server's heart-beats come by the same sweep that settles who has signed in.
    using first = await member(broker, "0,100");
    await first.until((frames) => frames.includes("\n"));
    using second = await member(broker);
    expect(second.closeCode).toBeUndefined();
  });
});

describe("heart-beats", () => {
  test("come to those who wanted them, in messages of their own kind, and to nobody else", async () => {
    await using broker = await testBroker({ heartbeatMs: 100 });
    using wants = await member(broker, "0,100");
    using wantsNone = await member(broker, "0,0");
    using binary = await RawClient.open(broker.url);
    binary.send(new TextEncoder().encode("CONNECT\naccept-version:1.2\nheart-beat:0,100\n\n\0"));
    const beats = (client: RawClient) => client.frames.filter((frame) => frame === "\n").length;
    await Promise.all([wants.until(() => beats(wants) >= 3), binary.until(() => beats(binary) >= 3)]);
    expect([beats(wantsNone), wants.binaryCount, binary.binaryCount]).toEqual([0, 0, binary.frames.length]);
  });

  test("that were promised and do not come end the socket", async () => {
    await using broker = await testBroker({ heartbeatMs: 100, silenceMs: 200 });
    using silent = await member(broker, "100,0");
    using promisedNothing = await member(broker, "0,100");
    expect(await silent.closed()).toBe(4012);
    expect(lastError(silent)).toContain("code:no_heart_beat");
    expect(await broker.closed(1)).toEqual([4012]);
    expect(promisedNothing.closeCode).toBeUndefined();
  });

  test("keep a socket open for as long as they come", async () => {
    await using broker = await testBroker({ heartbeatMs: 100, silenceMs: 200 });
    using keeps = await member(broker, "100,0");
    // Heart-beats are real time; both ends of it are sockets that close, not moments.
    const beating = setInterval(() => keeps.send("\n"), 50);
    // Longer than one that is silent lives.
    using silent = await member(broker, "100,0");
    using later = await member(broker, "100,0");
    await Promise.all([silent.closed(), later.closed()]);
    clearInterval(beating);
    expect(keeps.closeCode).toBeUndefined();
  });
});

describe("a restart", () => {
  test("is told to everybody, also to those who have not signed in", async () => {
    const broker = await testBroker();
    const clients = [await member(broker), await member(broker), await RawClient.open(broker.url)];
    await broker.sockets.close();
    for (const client of clients) {
      expect(await client.closed()).toBe(1012);
      expect(lastError(client)).toContain("code:restarting");
    }
    expect(await broker.closed(3)).toEqual([1012, 1012, 1012]);
    // Who comes back too soon is told to wait.
    await expect(RawClient.open(broker.url)).rejects.toThrow("refused");
    expect(broker.sockets.openCount).toBe(0);
    await broker[Symbol.asyncDispose]();
  });

  test("lets go of everybody, more than one slice of them", async () => {
    const broker = await testBroker({ socketsPerAddress: 1_000 });
    const clients = await Promise.all(Array.from({ length: 450 }, () => RawClient.open(broker.url)));
    await broker.sockets.close();
    expect(new Set(await Promise.all(clients.map((client) => client.closed())))).toEqual(new Set([1012]));
    await broker[Symbol.asyncDispose]();
  });
});

/** A client over bare TCP that stops reading when it is told to. */
async function slowReader(broker: Broker): Promise<TcpSocket> {
  const { hostname, port } = new URL(broker.url);
  const tcp = connect(Number(port), hostname);
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      let all = "";
      const hear = (chunk: Buffer) => {
        all += chunk.toString("latin1");
        if (!all.includes(text)) return;
        tcp.off("data", hear);
        resolve();
      };
      tcp.on("data", hear);
    });
  const write = (command: string, headers: readonly [string, string][]) =>
    tcp.write(masked(encodeFrame("1.2", command, headers)));
  const isOpen = said("101 Switching");
  tcp.write(
    `GET /stomp HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${btoa("0123456789abcdef")}\r\n\r\n`,
  );
  await isOpen;
  const isConnected = said("CONNECTED");
  write("CONNECT", [["accept-version", "1.2"]]);
  await isConnected;
  const isSubscribed = said("receipt-id:s");
  write("SUBSCRIBE", [
    ["id", "1"],
    ["destination", "/topic/1"],
    ["receipt", "s"],
  ]);
  await isSubscribed;
  return tcp;
}

/** A WebSocket text message of a client (RFC 6455 5.2), masked with zeros. */
function masked(frame: string | Uint8Array): Buffer {
  const body = Buffer.from(frame);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}

describe("a reader that is too slow", () => {
  /**
   * Publishes until a socket has closed; the kernel takes some megabytes first. In real time: slow readers are looked for
   * every now and then, and only one that has not doubled its debt in between still gets its goodbye.
   */
  async function publishUntilClosed(broker: Broker, octets: number, pauseEvery: number): Promise<number> {
    const told = plainly("1", "x".repeat(octets));
    let count = 0;
    while (broker.closes.length === 0 && count < 20_000) {
      broker.hub.publish("/topic/1", told);
      if (++count % pauseEvery === 0) await Bun.sleep(1);
    }
    return count;
  }

  test("is closed and counted; the goodbye waits behind what it has not read, and others lose nothing", async () => {
    await using broker = await testBroker();
    using good = await member(broker);
    good.frame("SUBSCRIBE", { id: "g", destination: "/topic/1", receipt: "s" });
    await good.until((frames) => frames.some((frame) => frame.startsWith("RECEIPT")));
    const slow = await slowReader(broker);
    slow.pause();
    const count = await publishUntilClosed(broker, 3_000, 1);
    expect(broker.closes).toEqual([4008]);
    await good.until((frames) => frames.length >= count + 2);
    expect(good.closeCode).toBeUndefined();

    let tail = Buffer.alloc(0);
    slow.on("data", (chunk: Buffer) => {
      tail = Buffer.concat([tail, chunk]).subarray(-400);
    });
    const isOver = new Promise((resolve) => slow.on("close", resolve));
    slow.resume();
    await isOver;
    expect(tail.toString("latin1")).toContain("code:slow_reader");
    // The close frame: opcode 8, then the code in two octets.
    expect(tail.includes(Buffer.from([4008 >> 8, 4008 & 255]))).toBe(true);
  });

  test("is cut and counted, too, when a flood leaves no time for a goodbye", async () => {
    await using broker = await testBroker({ outgoingBytes: 16_384 });
    const slow = await slowReader(broker);
    slow.pause();
    await publishUntilClosed(broker, 16_000, 50);
    expect(broker.closes).toHaveLength(1);
    expect([4008, 1006]).toContain(broker.closes[0] ?? 0);
    slow.destroy();
  });
});
