import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

/** Hostile and mistaken clients on real sockets: a clear goodbye, nothing stored, nothing delivered, the server alive. */
describe("refusals", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer({ settings: { "sockets-per-person": 4 } });
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
    await alice.post(`/messages/${roomId}`, { message: "between us" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const messageCount = async () => (await alice.get(`/messages/${roomId}`)).json.messages.length;
  const unread = async (member: Member) => (await member.get("/alarms")).json.alarms.length;

  /** Says one frame as this member; resolves with the ERROR and the close code. */
  async function refusedFrame(member: Member, command: string, headers: Record<string, string>, body = "") {
    using raw = await RawClient.connect(server.url, member.token);
    raw.frame(command, { receipt: "r1", ...headers }, body);
    const closeCode = await raw.closed();
    const error = raw.frames.find((frame) => frame.startsWith("ERROR")) ?? "";
    const { frames } = raw;
    return { closeCode, error, frames };
  }

  const SUBSCRIPTIONS: readonly [string, string][] = [
    ["somebody else's queue", "/queue/alice"],
    ["another spelling of it", "/queue/../alice"],
    ["an escaped one", "/queue/alice%00"],
    ["a doubled slash", "//queue//alice"],
    ["a trailing slash", "/queue/carol/"],
    ["another case", "/queue/Carol"],
    ["a wildcard", "/queue/*"],
    ["a deep wildcard", "/topic/>"],
    ["all of them", "/topic/**"],
    ["a topic of nothing", "/topic/abc"],
    ["a destination to send to", "/chat/1"],
    ["no tree of ours", "/exchange/x"],
  ];
  for (const [what, destination] of SUBSCRIPTIONS) {
    test(`S20, S23: subscribing to ${what} is refused`, async () => {
      const { closeCode, error } = await refusedFrame(carol, "SUBSCRIBE", { id: "1", destination });
      expect(closeCode).toBe(4507);
      expect(error).toContain("receipt-id:r1");
    });
  }

  test("S21: a room one is not in answers exactly as one that does not exist", async () => {
    const strip = (text: string) => text.replaceAll(/[0-9]{2,}/g, "N");
    const theirs = await refusedFrame(carol, "SUBSCRIBE", { id: "1", destination: `/topic/${roomId}` });
    const nothing = await refusedFrame(carol, "SUBSCRIBE", { id: "1", destination: "/topic/999999" });
    expect(theirs.closeCode).toBe(4507);
    expect(strip(theirs.error)).toBe(strip(nothing.error));
  });

  for (const destination of ["/chat/ROOM", "/chat/subscribe/ROOM", "/chat/typing/ROOM"]) {
    test(`S21, S25: SEND to ${destination} by a stranger is refused and leaves nothing`, async () => {
      const before = await messageCount();
      const { closeCode } = await refusedFrame(
        carol,
        "SEND",
        { destination: destination.replace("ROOM", String(roomId)) },
        "hi",
      );
      expect(closeCode).toBe(4507);
      expect(await messageCount()).toBe(before);
      expect(server.app.presence.presentIn(roomId)).not.toContain("carol");
    });
  }

  for (const destination of ["/topic/ROOM", "/queue/alice", "/topic/feed", "/chat/0", "/chat/1e3", "/chat/-1"]) {
    test(`S22: SEND to ${destination} is refused and reaches nobody`, async () => {
      await using alicesClient = await TestClient.connect(server.url, { Authorization: alice.token });
      const queue = await alicesClient.subscribe("/queue/alice");
      const room = await alicesClient.subscribe(`/topic/${roomId}`);
      const { closeCode } = await refusedFrame(
        bob,
        "SEND",
        { destination: destination.replace("ROOM", String(roomId)) },
        '{"message":"forged"}',
      );
      expect(closeCode).toBe(4507);
      // A true line comes after whatever the forged one could have caused.
      await bob.post(`/messages/${roomId}`, { message: "true" });
      await room.next((body) => body.message === "true");
      expect([...queue.messages, ...room.messages].some((message) => message.body.includes("forged"))).toBe(false);
    });
  }

  test("S22: an alarm for a like that never happened, or in somebody else's name, is refused", async () => {
    const post = await alice.post("/posts", { title: "t", body: "b" });
    const before = await unread(alice);
    const claim = { type: "LIKES", alarmType: "LIKES", target: "POST", postId: post.json.id, receiver: "alice" };
    const send = (body: object, as = carol) =>
      refusedFrame(
        as,
        "SEND",
        { destination: "/alarm/alice", "content-type": "application/json" },
        JSON.stringify(body),
      );
    expect((await send({ ...claim, sender: "carol" })).closeCode).toBe(4507);
    await bob.post(`/posts/${post.json.id}/like`);
    expect((await send({ ...claim, sender: "bob" })).closeCode).toBe(4507);
    expect((await send({ ...claim, postId: 99_999 })).closeCode).toBe(4507);
    expect(await unread(alice)).toBe(before + 1);
  });

  test("a sender that is not oneself is refused in chat too", async () => {
    const before = await messageCount();
    const body = JSON.stringify({ sender: "alice", message: "as alice" });
    const { closeCode } = await refusedFrame(
      bob,
      "SEND",
      { destination: `/chat/${roomId}`, "content-type": "application/json" },
      body,
    );
    expect(closeCode).toBe(4507);
    expect(await messageCount()).toBe(before);
  });

  test("a body beyond body-bytes is refused with 1009 and stored nowhere", async () => {
    const before = await messageCount();
    const { closeCode, error } = await refusedFrame(
      bob,
      "SEND",
      { destination: `/chat/${roomId}` },
      "x".repeat(16_385),
    );
    expect(closeCode).toBe(1009);
    expect(error).toContain("ERROR");
    expect(await messageCount()).toBe(before);
  });

  test("a message beyond its own limit, an empty one and a bad client id are refused", async () => {
    const before = await messageCount();
    for (const [headers, body] of [
      [{}, "x".repeat(4_001)],
      [{}, " \n "],
      [{ "client-id": "not-a-uuid" }, "hello"],
      [{ "content-type": "application/json" }, "[1]"],
      [{ "content-type": "application/json" }, '{"text":"no message"}'],
    ] as const) {
      const { error } = await refusedFrame(bob, "SEND", { destination: `/chat/${roomId}`, ...headers }, body);
      expect(error).toStartWith("ERROR");
    }
    expect(await messageCount()).toBe(before);
  });

  for (const frame of [
    "SEND\ndestination:/chat/1\n\nhi\0",
    "SUBSCRIBE\nid:1\ndestination:/queue/alice\n\n\0",
    "ACK\nid:1\n\n\0",
  ]) {
    test(`S04: ${frame.slice(0, 9)} before CONNECT is refused`, async () => {
      const before = await messageCount();
      using raw = await RawClient.open(server.url);
      raw.send(frame);
      expect(await raw.closed()).toBe(1002);
      expect(raw.frames[0]).toStartWith("ERROR");
      expect(await messageCount()).toBe(before);
    });
  }

  test("S09: forged, expired and foreign tokens are refused in the same words", async () => {
    const claims = JSON.parse(Buffer.from(alice.token.split(".")[1] ?? "", "base64url").toString());
    const sign = (key: Uint8Array, more: Record<string, unknown>, header: Record<string, string> = {}) =>
      new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: "HS256", typ: "at+jwt", ...header }).sign(key);
    const wrongKey = new Uint8Array(32);
    const [head = "", body = "", signature = ""] = alice.token.split(".");
    const none = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${body}.`;
    const { json: pair } = await tokensOf(alice);
    const tokens = [
      await sign(wrongKey, {}),
      await sign(wrongKey, { exp: 1 }),
      none,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      alice.token.slice(0, -10),
      "",
      "x".repeat(2_000),
      String(pair.refreshToken),
    ];
    const answers = new Set<string>();
    for (const token of tokens) {
      using raw = await RawClient.open(server.url);
      raw.frame("CONNECT", { "accept-version": "1.2", Authorization: token });
      expect(await raw.closed()).toBe(1008);
      answers.add(raw.frames.join(""));
      expect(raw.frames.join("")).not.toContain("CONNECTED");
    }
    expect(answers.size).toBe(1);
  });

  test("S08: a token in the address counts for nothing and is in no log", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/stomp?token=${alice.token}`, ["v12.stomp"]);
    const code = await new Promise<number>((resolve) => {
      socket.onopen = () => socket.send("CONNECT\naccept-version:1.2\n\n\0");
      socket.onclose = (event) => resolve(event.code);
    });
    expect(code).toBe(1008);
    expect(server.log.join("")).not.toContain(alice.token);
  });

  test("a wrong password and an unknown name are refused in the same words", async () => {
    const say = async (login: string, passcode: string) => {
      using raw = await RawClient.open(server.url);
      raw.frame("CONNECT", { "accept-version": "1.2", login, passcode });
      return [await raw.closed(), raw.frames.join("")];
    };
    expect(await say("alice", "wrong password")).toEqual(await say("nobody", "wrong password"));
  });

  const upgrade = (headers: Record<string, string>) =>
    fetch(`${server.url}/stomp`, {
      headers: {
        connection: "upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        ...headers,
      },
    });

  test("S01: every foreign Origin is answered 403", async () => {
    const { port } = server;
    for (const origin of [
      "https://evil.example",
      "null",
      `https://127.0.0.1:${port}`,
      `http://127.0.0.1:${port + 1}`,
      `http://127.0.0.1:${port}.`,
      `http://evil-127.0.0.1:${port}`,
      `http://127.0.0.1.evil.example:${port}`,
    ]) {
      expect((await upgrade({ origin })).status).toBe(403);
    }
  });

  test("S02: our cookie without an Origin is answered 403", async () => {
    expect((await upgrade({ cookie: "birdie-access=x" })).status).toBe(403);
  });

  test("S03: no upgrade, a wrong version or a foreign subprotocol is refused", async () => {
    expect((await fetch(`${server.url}/stomp`)).status).toBe(426);
    const wrongVersion = await upgrade({ "sec-websocket-version": "8" });
    expect([wrongVersion.status, wrongVersion.headers.get("sec-websocket-version")]).toEqual([426, "13"]);
    expect((await upgrade({ "sec-websocket-protocol": "foo" })).status).toBe(400);
  });

  test("S12: logging out closes every socket of that sign-in, and only of that", async () => {
    const other = await signInAgain(bob);
    await using staying = await TestClient.connect(server.url, { Authorization: bob.token });
    await using going = await TestClient.connect(server.url, { Authorization: other.token });
    await other.post("/logout");
    expect(await going.closed()).toBe(4501);
    await staying.subscribe("/queue/bob");
    const again = await TestClient.connect(server.url, { Authorization: other.token });
    expect(await again.closed()).toBe(4501);
  });

  test("S72: one socket more than sockets-per-person is refused, the others live", async () => {
    const clients = await Promise.all(
      [1, 2, 3, 4].map(() => TestClient.connect(server.url, { Authorization: carol.token })),
    );
    const fifth = await TestClient.connect(server.url, { Authorization: carol.token });
    expect(await fifth.closed()).toBe(4504);
    await clients[0]?.subscribe("/queue/carol");
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  test("broken frames end one socket and nothing else", async () => {
    for (const broken of [
      "SEND\nno colon here\n\n\0",
      "SEND\ndestination:/chat/1\nfoo:a\\tb\n\n\0",
      "SEND\ndestination:/chat/1\ncontent-length:-1\n\n\0",
      "send\ndestination:/chat/1\n\n\0",
      `${"X".repeat(40)}\n\n\0`,
      `SEND\n${"h:v\n".repeat(40)}\n\0`,
    ]) {
      using raw = await RawClient.connect(server.url, alice.token);
      raw.send(broken);
      const code = await raw.closed();
      expect([1002, 1009]).toContain(code);
      expect(raw.frames.at(-1)).toStartWith("ERROR");
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  test("on-refusal:receipt spares the socket", async () => {
    await using client = await TestClient.connect(server.url, { Authorization: carol.token });
    const refused = await client.send(`/chat/${roomId}`, "hi", { "on-refusal": "receipt" });
    expect(refused.headers).toMatchObject({ status: "404" });
    await client.subscribe("/queue/carol");
    expect(client.errors).toHaveLength(0);
  });

  async function tokensOf(member: Member) {
    const response = await fetch(`${server.url}/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId: member.userId, password: member.password }),
    });
    return { json: await response.json() };
  }
  async function signInAgain(member: Member): Promise<Member> {
    const { json } = await tokensOf(member);
    const headers = { authorization: `Bearer ${json.accessToken}`, accept: "application/json" };
    return {
      ...member,
      token: json.accessToken,
      post: async (path) => ({
        status: (await fetch(server.url + path, { method: "POST", headers })).status,
        json: {},
      }),
    };
  }
});
