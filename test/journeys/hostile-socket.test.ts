import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { testClock } from "../support/clock.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

setDefaultTimeout(120_000);

/** Somebody who says over the socket what no client says. */
let server: TestServer;
let alice: Member;
let mallory: Member;
let roomId: number;

beforeAll(async () => {
  server = await testServer();
  [alice, mallory] = await Promise.all([signUp(server, "alice"), signUp(server, "mallory")]);
  roomId = (await alice.post("/messages", { userId: "mallory" })).json.roomId;
});
afterAll(() => server.stop());
afterEach(() => expect(server.log.splice(0).filter((line) => line.includes(" error "))).toEqual([]));

const REFUSABLE = { "on-refusal": "receipt" };

async function metric(of: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${of.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

describe("who one is", () => {
  test("S06: a second CONNECT with another's token ends the socket, and nothing of the other's is heard", async () => {
    using raw = await RawClient.connect(server.url, mallory.token);
    raw.frame("CONNECT", { "accept-version": "1.2", Authorization: alice.token });
    raw.frame("SUBSCRIBE", { id: "1", destination: "/queue/alice" });
    expect(await raw.closed()).toBe(1002);
    expect(raw.frames.filter((frame) => frame.startsWith("CONNECTED"))).toHaveLength(1);
    expect(raw.frames.some((frame) => frame.startsWith("MESSAGE"))).toBe(false);
  });

  test("S10: a refresh token opens no socket and no page, an access token renews nothing", async () => {
    const post = (path: string, body: object) =>
      fetch(server.url + path, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", origin: server.url },
        body: JSON.stringify(body),
      });
    const pair = await (await post("/token", { userId: "mallory", password: mallory.password })).json();
    const { accessToken, refreshToken } = pair as Record<string, string>;
    using raw = await RawClient.open(server.url);
    raw.frame("CONNECT", { "accept-version": "1.2", Authorization: refreshToken ?? "" });
    expect(await raw.closed()).toBe(1008);
    const page = await fetch(`${server.url}/alarms`, {
      headers: { authorization: `Bearer ${refreshToken}`, accept: "application/json" },
    });
    expect(page.status).toBe(401);
    expect((await post("/token/refresh", { refreshToken: accessToken })).status).toBe(401);
    expect((await post("/token/refresh", { refreshToken })).status).toBe(200);
  });

  test("S13: what CONNECTED calls the session is no credential", async () => {
    await using client = await TestClient.connect(server.url, { Authorization: alice.token });
    const session = client.client.connectedVersion && (await sessionOf(alice));
    for (const headers of [
      { Authorization: session ?? "" },
      { login: "alice", passcode: session ?? "" },
      { session: session ?? "" },
    ]) {
      using raw = await RawClient.open(server.url);
      raw.frame("CONNECT", { "accept-version": "1.2", ...headers } as Record<string, string>);
      expect(await raw.closed()).toBe(1008);
    }
  });

  async function sessionOf(who: Member): Promise<string> {
    using raw = await RawClient.connect(server.url, who.token);
    const session = /^session:(.+)$/m.exec(raw.frames[0] ?? "")?.[1] ?? "";
    expect(session).toMatch(/^[0-9a-f-]{36}$/);
    return session;
  }
});

describe("without end", () => {
  test("S74: a hundred thousand headers and destinations that mean nothing leave nothing behind", async () => {
    using raw = await RawClient.connect(server.url, mallory.token);
    const before = await metric(server, "birdie_destinations");
    for (let round = 0; round < 40; round++) {
      for (let n = 0; n < 100; n++) {
        const id = round * 100 + n;
        const odd = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`x-${id}-${i}`, "1"]));
        raw.frame("SUBSCRIBE", { ...odd, ...REFUSABLE, id: `${id}`, destination: `/topic/posts/${id + 1_000}` });
      }
      const last = await raw.exchange("SUBSCRIBE", {
        ...REFUSABLE,
        id: `last-${round}`,
        destination: "/topic/__proto__",
      });
      expect(last?.headers["status"]).toBe("404");
    }
    expect(await metric(server, "birdie_destinations")).toBe(before);
  });

  test("frames that nobody waits for the answer of end the socket before they fill the memory", async () => {
    using raw = await RawClient.connect(server.url, mallory.token);
    const frame = `SEND\ndestination:/chat/${roomId}\n\n${"x".repeat(1_000)}\0`;
    raw.send(frame.repeat(60));
    for (let n = 0; n < 200 && raw.closeCode === undefined; n++) raw.send(frame.repeat(60));
    await raw.until((frames) => frames.some((one) => one.startsWith("ERROR")));
    expect(await raw.closed()).toBeGreaterThan(1_000);
    using next = await RawClient.connect(server.url, alice.token);
    expect(await next.exchange("SEND", { destination: `/chat/${roomId}` }, "still here")).toMatchObject({
      command: "RECEIPT",
    });
  });

  test("S27: BEGIN and ABORT, and ACKs of nothing, are answered one by one and hold nothing", async () => {
    using raw = await RawClient.connect(server.url, mallory.token);
    for (let n = 0; n < 50; n++) {
      for (let m = 0; m < 20; m++) {
        raw.frame("BEGIN", { transaction: `${n}-${m}` });
        raw.frame("SEND", { destination: `/chat/${roomId}`, transaction: `${n}-${m}` }, "never said");
        raw.frame("ABORT", { transaction: `${n}-${m}` });
        raw.frame("ACK", { ...REFUSABLE, id: `nothing-${m}` });
      }
      expect(await raw.exchange("BEGIN", { transaction: `last-${n}` })).toMatchObject({ command: "RECEIPT" });
      raw.frame("ABORT", { transaction: `last-${n}` });
    }
    expect(JSON.stringify((await alice.get(`/messages/${roomId}`)).json)).not.toContain("never said");
  });

  test("coming and going over and over is refused by receipt, and the socket lives", async () => {
    await using slow = await testServer({ settings: { "sends-per-s": 1, "sends-burst": 1 }, nowMs: testClock().nowMs });
    const bob = await signUp(slow, "bob");
    using raw = await RawClient.connect(slow.url, bob.token);
    const answers: (string | undefined)[] = [];
    for (let n = 0; n < 35; n++) {
      const answer = await raw.exchange("SUBSCRIBE", { ...REFUSABLE, id: `${n}`, destination: "/topic/feed" });
      answers.push(answer?.headers["code"]);
      if (answer?.headers["code"] === undefined) raw.frame("UNSUBSCRIBE", { id: `${n}` });
    }
    expect(answers.slice(0, 30)).toEqual(Array(30).fill(undefined));
    expect(answers.slice(30)).toEqual(Array(5).fill("too_fast"));
    expect(raw.closeCode).toBeUndefined();
  });

  test("S70: a flood of frames of any kind ends the socket at once, and nobody else waits for it", async () => {
    // Its clock stands still: on a slow machine a flood would be none.
    await using busy = await testServer({
      settings: { "sends-per-s": 20, "sends-burst": 40 },
      nowMs: testClock().nowMs,
    });
    const [carol, dave] = [await signUp(busy, "carol"), await signUp(busy, "dave")];
    const { roomId } = (await carol.post("/messages", { userId: "dave" })).json;
    using good = await RawClient.connect(busy.url, dave.token);
    await good.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${roomId}` });
    // Whoever reads a lot, or comes back with many tabs, is not meant.
    for (let n = 0; n < 1_000; n++) good.frame("NACK", { id: "1.a.b", "on-refusal": "receipt" });
    await good.exchange("SEND", { destination: "/presence/here" });
    expect(good.closeCode).toBeUndefined();
    const spared = { "on-refusal": "receipt" };
    const floods: readonly (readonly [string, Record<string, string>])[] = [
      ["BEGIN", { transaction: "t" }],
      ["ACK", { id: "1.a.b", ...spared }],
      ["SEND", { destination: `/chat/typing/${roomId}`, ...spared }],
      ["SEND", { destination: "/alarm/dave", ...spared }],
    ];
    for (const [command, headers] of floods) {
      const who = await signUp(busy, `flood_${floods.findIndex(([, one]) => one === headers)}`);
      // Another socket of the same person has no more to spend.
      for (const frameCount of [5_000, 2_500]) {
        using raw = await RawClient.connect(busy.url, who.token);
        for (let n = 0; n < frameCount; n++) {
          raw.frame(command, headers);
          if (command === "BEGIN") raw.frame("ABORT", headers);
        }
        expect([command, await raw.closed()]).toEqual([command, 4013]);
        expect(raw.frames.at(-1)).toContain("code:too_fast");
      }
    }
    expect((await dave.get("/")).status).toBe(200);
    expect(good.closeCode).toBeUndefined();
  });

  test("typing is told once, however often it is said", async () => {
    await using still = await testServer({ nowMs: testClock().nowMs });
    const [carol, dave] = [await signUp(still, "carol"), await signUp(still, "dave")];
    const { roomId: pair } = (await carol.post("/messages", { userId: "dave" })).json;
    using ear = await RawClient.connect(still.url, carol.token);
    await ear.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${pair}`, ack: "client" });
    using raw = await RawClient.connect(still.url, dave.token);
    for (let n = 0; n < 200; n++) raw.frame("SEND", { destination: `/chat/typing/${pair}` });
    await raw.exchange("SEND", { destination: `/chat/${pair}` }, "behind the typing");
    await ear.until((frames) => frames.some((frame) => frame.includes("behind the typing")));
    expect(ear.frames.filter((frame) => frame.includes("event:typing")).length).toBe(1);
  });

  test("S73: half frames of strangers stay as small as they are", async () => {
    const sockets: RawClient[] = [];
    Bun.gc(true);
    const before = process.memoryUsage.rss();
    for (let n = 0; n < 60; n++) sockets.push(await RawClient.open(server.url));
    for (const socket of sockets) socket.send(`SEND\ndestination:/chat/1\n\n${"x".repeat(60_000)}`);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    // Both ends of it live in this process: 60 KB each, some copies of them, and no more.
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1_048_576);
    for (const socket of sockets) socket[Symbol.dispose]();
    await Promise.all(sockets.map((socket) => socket.closed()));
  });

  test("S05: connections that never become anything do not keep others out", async () => {
    const idle = await Promise.all(Array.from({ length: 300 }, () => plain()));
    for (const socket of idle) socket.write("GET /stomp HTTP/1.1\r\nHost: x\r\n");
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    using raw = await RawClient.connect(server.url, alice.token);
    expect(await raw.exchange("SUBSCRIBE", { id: "1", destination: "/topic/feed" })).toMatchObject({
      command: "RECEIPT",
    });
    for (const socket of idle) socket.destroy();
  });

  function plain(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket: Socket = connect(server.port, "127.0.0.1", () => resolve(socket));
      socket.on("error", reject);
    });
  }
});

test("names that objects have by themselves are names like any other", async () => {
  using raw = await RawClient.connect(server.url, mallory.token);
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"]) {
    const subscribed = await raw.exchange("SUBSCRIBE", { ...REFUSABLE, id: name, destination: "/topic/feed" });
    expect(subscribed).toMatchObject({ command: "RECEIPT" });
    expect(subscribed?.headers["status"]).toBeUndefined();
    const nowhere = await raw.exchange("SUBSCRIBE", { ...REFUSABLE, id: `no ${name}`, destination: `/topic/${name}` });
    expect(nowhere?.headers["status"]).toBe("404");
    raw.frame("BEGIN", { transaction: name });
    expect(await raw.exchange("COMMIT", { transaction: name })).toMatchObject({ command: "RECEIPT" });
    const said = await raw.exchange(
      "SEND",
      { ...REFUSABLE, [name]: "x", destination: `/chat/${roomId}`, "content-type": "application/json" },
      `{"${name}":{"message":"no"},"message":["no"]}`,
    );
    expect(said?.headers["status"]).toBe("422");
  }
  expect(Reflect.get({}, "message")).toBeUndefined();
});

test("S25: whoever is blocked reaches the other by no path, and is seen on none", async () => {
  const [carol, troll] = await Promise.all([signUp(server, "carol"), signUp(server, "troll")]);
  const { roomId: pair } = (await carol.post("/messages", { userId: "troll" })).json;
  await troll.post(`/messages/${pair}`, { message: "before" });
  const { roomId: group } = (await alice.post("/messages", { userIds: ["carol", "troll"] })).json;
  const { id: postId } = (await carol.post("/posts", { title: "Carol's", body: "Words" })).json;
  const { id: commentId } = (await carol.post(`/posts/${postId}/comments`, { body: "Carol's" })).json;
  await carol.post("/members/troll/block");
  using queue = await RawClient.connect(server.url, carol.token);
  await queue.exchange("SUBSCRIBE", { id: "queue", destination: "/queue/carol" });
  await queue.exchange("SUBSCRIBE", { id: "pair", destination: `/topic/${pair}`, ack: "client" });
  using raw = await RawClient.connect(server.url, troll.token);
  const status = async (...frame: Parameters<RawClient["exchange"]>) =>
    (await raw.exchange(...frame))?.headers["status"];

  // Into the room, as a member it still is: read, but neither seen nor heard.
  await raw.exchange("SUBSCRIBE", { ...REFUSABLE, id: "1", destination: `/topic/${pair}` });
  expect(await status("SEND", { ...REFUSABLE, destination: `/chat/${pair}` }, "hey")).toBe("403");
  await raw.exchange("SEND", { ...REFUSABLE, destination: `/chat/typing/${pair}` });
  await raw.exchange("SEND", { ...REFUSABLE, destination: `/chat/subscribe/${pair}` });
  raw.frame("BEGIN", { transaction: "t" });
  raw.frame("SEND", { ...REFUSABLE, destination: `/chat/${pair}`, transaction: "t" }, "hey");
  expect(await status("COMMIT", { ...REFUSABLE, transaction: "t" })).toBe("403");
  expect((await troll.post(`/messages/${pair}`, { message: "hey" })).status).toBe(403);
  // The old line may be taken back, but neither changed nor liked into the other's sight.
  const { messages } = (await troll.get(`/messages/${pair}`)).json;
  expect((await troll.post(`/messages/${pair}/${messages[0].id}/edit`, { message: "hey" })).status).toBe(403);
  expect((await troll.post(`/messages/${pair}/${messages[0].id}/like`)).status).toBe(403);
  // Around it: a group, an invitation, a request.
  expect((await troll.post("/messages", { userIds: ["carol"] })).status).toBe(403);
  const { roomId: trap } = (await troll.post("/messages", { userIds: ["mallory"] })).json;
  expect((await troll.post(`/messages/${trap}/members`, { userId: "carol" })).status).toBe(403);
  // Alarms: by like, comment, mention, and by claiming one.
  await troll.post(`/posts/${postId}/like`);
  await troll.post(`/comments/${commentId}/like`);
  await troll.post(`/posts/${postId}/comments`, { body: "@carol look" });
  await troll.post(`/posts/${postId}/comments`, { body: "@carol look", parentId: commentId });
  await troll.post("/posts", { title: "@carol", body: "@carol" });
  await raw.exchange(
    "SEND",
    { ...REFUSABLE, destination: "/alarm/carol" },
    JSON.stringify({ type: "LIKES", target: "POST", postId }),
  );
  // Being found by name, either way round.
  expect((await troll.get("/members?q=carol")).json.members).toEqual([]);
  expect((await carol.get("/members?q=troll")).json.members).toEqual([]);

  // Somebody else's like comes behind all of it, and is all that comes.
  await alice.post(`/posts/${postId}/like`);
  await queue.until((frames) => frames.some((frame) => frame.includes('"sender":"alice"')));
  const heard = queue.frames.filter((frame) => frame.startsWith("MESSAGE") && frame.includes("troll"));
  expect(heard.filter((frame) => !frame.includes(`"roomId":${group}`))).toEqual([]);
  const { alarms } = (await carol.get("/alarms")).json;
  expect(JSON.stringify(alarms)).not.toContain("troll");
});
