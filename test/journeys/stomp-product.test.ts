import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { bytesOf, frame, joinBytes, Peer } from "../support/peer.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";

/** Where Birdie's own answers are said by CONTRACT.md: the same checklist, octet by octet, against the whole product. */
let server: TestServer;
let alice: Member;
let bob: Member;
let roomId: number;
beforeAll(async () => {
  server = await testServer({ settings: { "heartbeat-ms": 100 } });
  [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
  roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
});
afterAll(() => server[Symbol.asyncDispose]());

const connect = (member: Member, version = "1.2", lines: readonly string[] = []) =>
  Peer.connect(server.url, version, [`Authorization:${member.token}`, ...lines]);
const said = async () =>
  (await alice.get(`/messages/${roomId}`)).json.messages.map((one: { message: string }) => one.message);
const say = (text: string, lines: readonly string[] = []) =>
  frame("SEND", [`destination:/chat/${roomId}`, ...lines], text);

describe("connecting to Birdie", () => {
  test("A1, A2, A4, A6: the highest subprotocol, no foreign one, no foreign Origin", async () => {
    using lowest = await Peer.open(server.url, { protocols: "v10.stomp, v12.stomp" });
    expect(lowest.answer.get("sec-websocket-protocol")).toEqual(["v12.stomp"]);
    using foreign = await Peer.open(server.url, { protocols: "foo.bar" });
    expect(foreign.status).toBe(400);
    using evil = await Peer.open(server.url, { headers: { Origin: "https://evil.example" } });
    expect(evil.status).toBe(403);
    using own = await Peer.open(server.url, { headers: { Origin: server.url } });
    expect(own.status).toBe(101);
  });

  test("A7: without CONNECT in time comes ERROR and 1008; those that came in time are answered, many at once", async () => {
    const settings = { "heartbeat-ms": 100, "connect-timeout-ms": 1_000, "sign-ins-per-min": 0 };
    await using hasty = await testServer({ settings });
    const carol = await signUp(hasty, "carol");
    using silent = await Peer.open(hasty.url);
    // Passwords wait for each other. That an answer may take longer than the time to ask is in test/live/socket.test.ts.
    const hello = frame("CONNECT", ["accept-version:1.2", "login:carol", `passcode:${carol.password}`]);
    const peers = await Promise.all(Array.from({ length: 12 }, async () => (await Peer.open(hasty.url)).say(hello)));
    await silent.refused(1008, "timeout");
    await Promise.all(peers.map((peer) => peer.next("CONNECTED")));
    for (const peer of peers) peer.cut();
  });

  for (const version of ["1.0", "1.1", "1.2"]) {
    test(`B1, B9, B16: CONNECTED in ${version} says who one is, the session, the server, the heart-beats`, async () => {
      using peer = await Peer.open(server.url);
      const lines = version === "1.0" ? [] : [`accept-version:${version}`];
      peer.say(frame("CONNECT", [...lines, "login:alice", `passcode:${alice.password}`]));
      const connected = await peer.next("CONNECTED");
      expect(connected.get("user-name")).toBe("alice");
      expect(connected.get("server")).toMatch(/^birdie\/\d+\.\d+\.\d+/);
      expect(connected.get("session")).toBeTruthy();
      expect(connected.get("heart-beat")).toBe(version === "1.0" ? undefined : "100,100");
    });
  }

  test("B11, B12: a password with backslashes and colons is taken as it is", async () => {
    const password = "a\\cb:c\\td\\ likes birds";
    const body = JSON.stringify({ userId: "eve", name: "Eve", password });
    const headers = { "content-type": "application/json", accept: "application/json", origin: server.url };
    expect((await fetch(`${server.url}/signup`, { method: "POST", headers, body })).status).toBe(201);
    for (const version of ["1.0", "1.1", "1.2"]) {
      using peer = await Peer.connect(server.url, version, ["login:eve", `passcode:${password}`]);
      expect(peer.closeCode).toBeUndefined();
    }
  });

  test("B9: an access token is a passcode, too; a wrong one closes with 1008", async () => {
    using peer = await Peer.connect(server.url, "1.2", ["login:alice", `passcode:${alice.token}`]);
    expect(peer.closeCode).toBeUndefined();
    using other = await Peer.open(server.url);
    other.say(frame("CONNECT", ["accept-version:1.2", "login:bob", `passcode:${alice.token}`]));
    await other.refused(1008);
  });

  test("B18: one person comes and goes 200 times", async () => {
    for (let i = 0; i < 200; i++) {
      using peer = await connect(alice);
      peer.say(frame("DISCONNECT", ["receipt:d"]));
      expect(await peer.closed()).toBe(1000);
      expect(peer.gist).toEqual(["RECEIPT d"]);
    }
  });
});

describe("speaking with Birdie", () => {
  test("G1, J5: the RECEIPT of a SEND means that it is stored", async () => {
    using peer = await connect(alice);
    for (let i = 0; i < 10; i++) {
      await peer.ask("SEND", [`destination:/chat/${roomId}`], `stored ${i}`);
      expect(await said()).toContain(`stored ${i}`);
    }
  });

  test("G9: CONNECT, SEND and DISCONNECT in one message, and gone: stored and delivered", async () => {
    using listener = await connect(bob);
    await listener.ask("SUBSCRIBE", ["id:1", `destination:/topic/${roomId}`]);
    const peer = await Peer.open(server.url);
    const hello = frame("CONNECT", ["accept-version:1.2", `Authorization:${alice.token}`]);
    peer.say(hello + say("on the run") + frame("DISCONNECT"));
    peer.cut();
    await listener.first((one) => one.text.includes("on the run"));
    expect(await said()).toContain("on the run");
  });

  test("G7, G12, C13: what follows DISCONNECT or is not whole is not stored", async () => {
    using peer = await connect(alice);
    peer.say(frame("DISCONNECT") + say("after the end"));
    expect(await peer.closed()).toBe(1000);
    const other = await connect(alice);
    other.say(say("half a").slice(0, -1));
    other.cut();
    await other.closed();
    using third = await connect(alice);
    await third.ask("SEND", [`destination:/chat/${roomId}`], "the next");
    const all = await said();
    expect([all.includes("after the end"), all.includes("half a")]).toEqual([false, false]);
  });

  test("I4, I5, K1: two ids get a message each, with ack values of their own, and each is accepted", async () => {
    using peer = await connect(alice);
    await peer.ask("SUBSCRIBE", ["id:a", `destination:/topic/${roomId}`, "ack:client"]);
    await peer.ask("SUBSCRIBE", ["id:b", `destination:/topic/${roomId}`, "ack:client"]);
    await peer.ask("SEND", [`destination:/chat/${roomId}`], "twice");
    const twice = () => peer.messages.filter((one) => one.text.includes("twice"));
    await peer.until(() => twice().length === 2);
    expect(new Set(twice().map((one) => one.get("subscription")))).toEqual(new Set(["a", "b"]));
    expect(new Set(twice().map((one) => one.get("ack"))).size).toBe(2);
    for (const one of twice()) await peer.ask("ACK", [`id:${one.get("ack")}`]);
  });

  for (const [version, key] of [
    ["1.2", (ack: string, _messageId: string) => [`id:${ack}`]],
    ["1.1", (_ack: string, messageId: string) => [`message-id:${messageId}`, "subscription:1"]],
    ["1.0", (_ack: string, messageId: string) => [`message-id:${messageId}`]],
  ] as const) {
    test(`K1, K6: in ${version} an ACK moves what has been read, up to that message`, async () => {
      using peer = await connect(bob, version);
      await peer.ask("SUBSCRIBE", ["id:1", `destination:/topic/${roomId}`, "ack:client"]);
      for (const text of ["one", "two", "three"])
        await alice.post(`/messages/${roomId}`, { message: `${text} ${version}` });
      const second = await peer.first((one) => one.text.includes(`two ${version}`));
      await peer.first((one) => one.text.includes(`three ${version}`));
      await peer.ask("ACK", key(second.get("ack") ?? "", second.get("message-id") ?? ""));
      const rooms = (await bob.get("/messages")).json.rooms;
      expect(rooms.find((one: { id: number }) => one.id === roomId)?.unreadCount).toBe(1);
    });
  }

  test("K4, K5, K10: an ACK of nothing is refused; one on auto changes nothing", async () => {
    for (const id of ["unknown", "m-1~1", "1~none"]) {
      using peer = await connect(bob);
      await peer.ask("SUBSCRIBE", ["id:1", `destination:/topic/${roomId}`, "ack:client"]);
      peer.say(frame("ACK", [`id:${id}`, "receipt:r"]));
      expect((await peer.refused(4507)).get("receipt-id")).toBe("r");
    }
  });

  test("L3, L4, L10: what is in a transaction is stored at COMMIT, and never after ABORT or a lost socket", async () => {
    using peer = await connect(alice);
    const inside = (text: string) => peer.ask("SEND", [`destination:/chat/${roomId}`, "transaction:t"], text);
    await peer.ask("BEGIN", ["transaction:t"]);
    await inside("kept 1");
    await peer.ask("SEND", [`destination:/chat/${roomId}`], "outside");
    await inside("kept 2");
    expect(await said()).not.toContain("kept 1");
    await peer.ask("COMMIT", ["transaction:t"]);
    const all = (await said()).filter((one: string) => /kept|outside/.test(one));
    expect([...all].sort()).toEqual(["kept 1", "kept 2", "outside"]);
    await peer.ask("BEGIN", ["transaction:t"]);
    await inside("dropped 1");
    await peer.ask("ABORT", ["transaction:t"]);
    await peer.ask("BEGIN", ["transaction:t"]);
    await inside("dropped 2");
    peer.cut();
    await peer.closed();
    using other = await connect(alice);
    await other.ask("SEND", [`destination:/chat/${roomId}`], "the last");
    expect((await said()).some((one: string) => one.startsWith("dropped"))).toBe(false);
  });

  test("E11, E12: octets that are no text are refused and stored nowhere", async () => {
    using peer = await connect(alice);
    const before = (await said()).length;
    peer.say(joinBytes(`SEND\ndestination:/chat/${roomId}\ncontent-length:2\n\n`, Uint8Array.of(0xff, 0xfe), "\0"));
    await peer.refused(1008);
    expect((await said()).length).toBe(before);
  });

  test("F1, F3, F4, F9: Korean, cut into single octets of binary messages, comes back whole", async () => {
    using peer = await Peer.open(server.url);
    peer.say(bytesOf(frame("CONNECT", ["accept-version:1.2", `Authorization:${alice.token}`])));
    await peer.next("CONNECTED");
    await peer.ask("SUBSCRIBE", ["id:1", `destination:/topic/${roomId}`]);
    for (const octet of bytesOf(say("조각조각 🐦"))) peer.say(Uint8Array.of(octet));
    const message = await peer.first((one) => one.text.includes("조각조각 🐦"));
    expect(message.isBinary).toBe(true);
  });

  test("I11, J2: what one may not reach closes with 4507", async () => {
    for (const [command, destination] of [
      ["SUBSCRIBE", "/queue/bob"],
      ["SUBSCRIBE", "/nowhere"],
      ["SEND", "/topic/1"],
      ["SEND", "/queue/bob"],
    ] as const) {
      using peer = await connect(alice);
      peer.say(frame(command, ["id:1", `destination:${destination}`, "receipt:r"]));
      expect((await peer.refused(4507)).get("receipt-id")).toBe("r");
    }
  });

  for (const [id, what, broken, code] of [
    [
      "M1",
      "33 headers",
      frame(
        "SEND",
        Array.from({ length: 33 }, (_, i) => `h${i}:v`),
      ),
      1009,
    ],
    ["M2", "a line of 4097 octets", `SEND\nfoo:${"x".repeat(4_093)}`, 1009],
    ["M3", "a body over body-bytes", `SEND\ncontent-length:16385\n\n`, 1009],
    ["M4", "a command of 33 octets", "X".repeat(33), 1009],
    ["M9", "a message over frame-bytes", `SEND\ndestination:/chat/1\n\n${"x".repeat(70_000)}`, 1009],
    ["C8", "a line without a colon", "SEND\nnocolon\n\n\0", 1002],
    ["D3", "an undefined escape", "SEND\nfoo:a\\tb\n\n\0", 1002],
    ["E6", "a negative length", "SEND\ncontent-length:-1\n\n\0", 1002],
    ["B17", "a second CONNECT", "CONNECT\naccept-version:1.2\n\n\0", 1002],
  ] as const) {
    test(`${id}: ${what} is answered by ERROR and ${code}`, async () => {
      using peer = await connect(alice);
      peer.say(broken);
      await peer.refused(code);
    });
  }

  test("M8: too many SENDs at once are refused with 4013", async () => {
    await using strict = await testServer({ settings: { "sends-per-s": 1, "sends-burst": 3 }, nowMs: () => 1e12 });
    const carol = await signUp(strict, "carol");
    const dave = await signUp(strict, "dave");
    const { json } = await carol.post("/messages", { userId: dave.userId });
    using peer = await Peer.connect(strict.url, "1.2", [`Authorization:${carol.token}`]);
    for (let i = 0; i < 4; i++) peer.say(frame("SEND", [`destination:/chat/${json.roomId}`, `receipt:${i}`], `${i}`));
    expect((await peer.refused(4013, "too_fast")).get("receipt-id")).toBe("3");
  });

  test("M6, L12: one subscription and one transaction too many", async () => {
    using peer = await connect(alice);
    for (let i = 0; i < 64; i++) await peer.ask("SUBSCRIBE", [`id:${i}`, "destination:/topic/feed"]);
    peer.say(frame("SUBSCRIBE", ["id:64", "destination:/topic/feed"]));
    await peer.refused(4507);
    using other = await connect(alice);
    for (let i = 0; i < 4; i++) await other.ask("BEGIN", [`transaction:${i}`]);
    other.say(frame("BEGIN", ["transaction:4"]));
    await other.refused(1009);
  });
});

describe("heart-beats of Birdie", () => {
  test("H1, H3, H8: only who asked for beats gets them", async () => {
    using none = await connect(alice);
    using old = await connect(alice, "1.0", ["heart-beat:100,100"]);
    using wanting = await connect(alice, "1.2", ["heart-beat:0,100"]);
    await wanting.until(() => wanting.beats >= 4);
    expect([none.beats, old.beats]).toEqual([0, 0]);
  });

  test("H5, H9: a hidden tab that is silent for many times its promise lives on", async () => {
    using hidden = await connect(alice, "1.2", ["heart-beat:100,100"]);
    await hidden.ask("SUBSCRIBE", ["id:1", `destination:/topic/${roomId}`]);
    await hidden.until(() => hidden.beats >= 15);
    expect(hidden.closeCode).toBeUndefined();
    await bob.post(`/messages/${roomId}`, { message: "hello, hidden tab" });
    await hidden.first((one) => one.text.includes("hello, hidden tab"));
  });
});
