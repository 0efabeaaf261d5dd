import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SETTINGS } from "../../src/config.ts";
import { testClock } from "../support/clock.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

/** Small enough to be reached by a test; each has its line in CONTRACT section 3 "Limits". */
const SMALL = {
  "frame-bytes": 2_048,
  "body-bytes": 512,
  "frame-headers": 10,
  "header-bytes": 300,
  "resume-messages": 3,
  "sockets-per-person": 4,
  "sockets-per-address": 6,
  "subscriptions-per-socket": 3,
  "transactions-per-socket": 2,
  "sends-per-s": 20,
  "sends-burst": 40,
  "searches-per-min": 5,
};

function reachedIn(metrics: string, limit: string): number {
  const [, count] = new RegExp(`birdie_limits_reached_total\\{limit="${limit}"\\} (\\d+)`).exec(metrics) ?? [];
  return Number(count);
}

describe("limits", () => {
  const clock = testClock();
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer({ settings: SMALL, nowMs: clock.nowMs });
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const metricsText = async () => (await fetch(`${server.url}/metrics`)).text();
  const reached = async (limit: string) => reachedIn(await metricsText(), limit);
  const member = (who = alice) => RawClient.connect(server.url, who.token);
  const chat = { destination: "/chat/ROOM" };
  const send = (headers: Record<string, string>, body = "hi") =>
    ["SEND", { destination: chat.destination.replace("ROOM", String(roomId)), ...headers }, body] as const;
  const manyHeaders = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`h${i}`, "v"]));

  test("every one of them is a setting, and has a counter that begins at 0", async () => {
    const text = await metricsText();
    for (const name of [...Object.keys(SMALL), "connect-timeout-ms"]) {
      expect(Object.keys(SETTINGS)).toContain(name);
      if (name !== "sends-burst") expect(text).toContain(`birdie_limits_reached_total{limit="${name}"} `);
    }
    for (const name of ["heartbeat-ms", "outgoing-bytes"]) {
      expect(text).toContain(`birdie_limits_reached_total{limit="${name}"} 0`);
    }
  });

  const FRAMES: readonly [string, number, (raw: RawClient) => unknown][] = [
    ["body-bytes", 1009, (raw) => raw.frame(...send({}, "x".repeat(513)))],
    ["frame-bytes", 1009, (raw) => raw.frame(...send({ "on-refusal": "receipt" }, "x".repeat(2_048)))],
    ["frame-headers", 1009, (raw) => raw.frame(...send(manyHeaders(10)))],
    ["header-bytes", 1009, (raw) => raw.frame(...send({ long: "x".repeat(300) }))],
    ["command", 1009, (raw) => raw.send("X".repeat(33))],
    ["transactions-per-socket", 1009, (raw) => [1, 2, 3].map((id) => raw.frame("BEGIN", { transaction: String(id) }))],
    [
      "subscriptions-per-socket",
      4507,
      (raw) => [1, 2, 3, 4].map((id) => raw.frame("SUBSCRIBE", { id: String(id), destination: "/topic/feed" })),
    ],
  ];
  test.each(FRAMES)("%s: one too many ends the socket with %d, and is counted", async (limit, code, breach) => {
    const before = await reached(limit);
    using raw = await member();
    breach(raw);
    expect(await raw.closed()).toBe(code);
    expect(raw.frames.at(-1)).toStartWith("ERROR");
    expect(await reached(limit)).toBe(before + 1);
  });

  test("body-bytes and the length of a message: with on-refusal:receipt the socket lives", async () => {
    using raw = await member();
    const before = await reached("body-bytes");
    const refused = await raw.exchange(...send({ "on-refusal": "receipt" }, "x".repeat(513)));
    expect(refused).toMatchObject({ command: "RECEIPT", headers: { status: "413", code: "too_large" } });
    expect(refused?.headers["message"]).not.toBeEmpty();
    expect(await reached("body-bytes")).toBe(before + 1);
    expect(await raw.exchange(...send({}))).toMatchObject({ command: "RECEIPT" });
  });

  test("connect-timeout-ms: who does not say CONNECT is closed with 1008", async () => {
    // A server of its own: nobody else here is to be in a hurry.
    await using hasty = await testServer({ settings: { "connect-timeout-ms": 300 } });
    using raw = await RawClient.open(hasty.url);
    expect(await raw.closed()).toBe(1008);
    expect(reachedIn(await (await fetch(`${hasty.url}/metrics`)).text(), "connect-timeout-ms")).toBe(1);
  });

  test("sockets-per-address: the next one who has not signed in is answered 429, who has signed in makes room", async () => {
    const strangers = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(server.url)));
    await expect(RawClient.open(server.url)).rejects.toThrow("refused");
    expect(await reached("sockets-per-address")).toBe(1);
    strangers[0]?.frame("CONNECT", { "accept-version": "1.2", Authorization: alice.token });
    await strangers[0]?.until((frames) => frames.length > 0);
    await strangers[0]?.exchange("BEGIN", { transaction: "t" });
    using next = await RawClient.open(server.url);
    expect(next.closeCode).toBeUndefined();
    for (const stranger of strangers) stranger[Symbol.dispose]();
    await Promise.all(strangers.map((stranger) => stranger.closed()));
  });

  test("S72: sockets-per-person: the newest is refused with 4504, the others live", async () => {
    const open = await Promise.all(Array.from({ length: 4 }, () => member(bob)));
    using fifth = await RawClient.open(server.url);
    fifth.frame("CONNECT", { "accept-version": "1.2", Authorization: bob.token });
    expect(await fifth.closed()).toBe(4504);
    expect(await reached("sockets-per-person")).toBe(1);
    expect(await open[0]?.exchange("SUBSCRIBE", { id: "1", destination: "/topic/feed" })).toMatchObject({
      command: "RECEIPT",
    });
    for (const raw of open) raw[Symbol.dispose]();
    await Promise.all(open.map((raw) => raw.closed()));
  });

  test("resume-messages: more than that is not replayed", async () => {
    const { position } = (await bob.get(`/messages/${roomId}`)).json;
    for (let i = 0; i < 4; i++) await alice.post(`/messages/${roomId}`, { message: `missed ${i}` });
    using raw = await member(bob);
    const answer = await raw.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${roomId}`, resume: position });
    expect(answer?.headers["recovered"]).toBe("false");
    expect(await reached("resume-messages")).toBe(1);
  });

  test("S70: sends-per-s, sends-burst: the next is refused by receipt with the time to wait, and the socket lives", async () => {
    clock.advance(60_000);
    using raw = await member();
    for (let i = 0; i < 40; i++) raw.frame(...send({}, `burst ${i}`));
    const refused = await raw.exchange(...send({ "on-refusal": "receipt" }));
    expect(refused).toMatchObject({
      command: "RECEIPT",
      headers: { status: "429", code: "too_fast", "retry-after": "1" },
    });
    expect(await reached("sends-per-s")).toBe(1);
    clock.advance(50);
    expect((await raw.exchange(...send({ "on-refusal": "receipt" })))?.headers["status"]).toBeUndefined();
    // Another socket of the same person shares the rate; another person does not.
    using second = await member();
    expect((await second.exchange(...send({ "on-refusal": "receipt" })))?.headers["status"]).toBe("429");
    using bobs = await member(bob);
    expect((await bobs.exchange(...send({ "on-refusal": "receipt" })))?.headers["status"]).toBeUndefined();
  });

  test("S70: too fast for 10 seconds ends the socket with 4013; who pauses in between begins anew", async () => {
    clock.advance(60_000);
    using raw = await member();
    using patient = await member(bob);
    const tooFast = async (who: RawClient) => {
      for (;;) {
        const answer = await who.exchange(...send({ "on-refusal": "receipt" }));
        if (answer?.headers["status"] !== undefined || answer?.command !== "RECEIPT") return answer;
      }
    };
    for (let second = 0; second < 20; second++) {
      await tooFast(raw);
      if (second % 2 === 0) await tooFast(patient);
      if (raw.closeCode !== undefined) break;
      clock.advance(900);
    }
    expect(await raw.closed()).toBe(4013);
    expect(raw.frames.at(-1)).toStartWith("ERROR");
    expect((await tooFast(patient))?.headers["status"]).toBe("429");
  });

  test("S70: without on-refusal the first too many ends the socket with 4013", async () => {
    clock.advance(60_000);
    using raw = await member();
    for (let i = 0; i < 41; i++) raw.frame(...send({}, `burst ${i}`));
    expect(await raw.closed()).toBe(4013);
  });

  test("S70: ACKs are let through fifty for each SEND, more than anybody reads; a flood of them is refused and counted", async () => {
    clock.advance(60_000);
    const before = await reached("sends-per-s");
    using raw = await member(bob);
    await raw.exchange("SUBSCRIBE", { id: "a", destination: `/topic/${roomId}`, ack: "client" });
    await alice.post(`/messages/${roomId}`, { message: "to be read" });
    await raw.until((frames) => frames.some((frame) => frame.includes("to be read")));
    const [, id = ""] = /\nack:(.*)\n/.exec(raw.frames.find((frame) => frame.includes("to be read")) ?? "") ?? [];
    const acknowledge = () => raw.exchange("ACK", { id, "on-refusal": "receipt" });
    // In pieces, for no more than 1,024 frames may wait for their effect.
    for (let i = 1; i <= 40 * 50; i++) {
      if (i % 500 > 0) raw.frame("ACK", { id, "on-refusal": "receipt" });
      else expect((await acknowledge())?.headers["status"]).toBeUndefined();
    }
    expect(await acknowledge()).toMatchObject({ headers: { status: "429", code: "too_fast", "retry-after": "1" } });
    expect(await reached("sends-per-s")).toBe(before + 1);
    // It is no SEND: those are let through as ever, and so is the next ACK.
    expect((await raw.exchange(...send({ "on-refusal": "receipt" })))?.headers["status"]).toBeUndefined();
    clock.advance(1);
    expect((await acknowledge())?.headers["status"]).toBeUndefined();
  });

  test("S75: searches-per-min: one person's next search is refused with the time to wait; others search on", async () => {
    clock.advance(60_000);
    const before = await reached("searches-per-min");
    const search = (who: Member, query: string) => who.get(`/search?q=${query}`);
    for (let i = 0; i < 5; i++) expect((await search(alice, `word${i}`)).status).toBe(200);
    expect((await search(alice, "again")).status).toBe(429);
    expect(await reached("searches-per-min")).toBe(before + 1);
    // The empty page costs nothing.
    expect((await search(alice, "")).status).toBe(200);
    expect((await search(bob, "word")).status).toBe(200);
    const headers = { authorization: `Bearer ${alice.token}`, accept: "text/html" };
    const page = await fetch(`${server.url}/search?q=again`, { headers });
    expect([page.status, page.headers.get("retry-after")]).toEqual([429, "12"]);
    expect(await page.text()).toContain("</html>");
    clock.advance(12_000);
    expect((await search(alice, "again")).status).toBe(200);
  });

  test("sign-ins-per-min: guessing over the socket is refused and counted, whatever the password", async () => {
    const guess = async () => {
      using raw = await RawClient.open(server.url);
      raw.frame("CONNECT", { "accept-version": "1.2", login: "nobody_here", passcode: "wrong password" });
      await raw.closed();
      return /\ncode:(.*)\n/.exec(raw.frames[0] ?? "")?.[1];
    };
    const codes: (string | undefined)[] = [];
    for (let i = 0; i < 11; i++) codes.push(await guess());
    expect(codes.slice(0, 10).every((code) => code === "wrong_credentials")).toBe(true);
    expect(codes[10]).toBe("too_fast");
    expect(await reached("sign-ins-per-min")).toBe(1);
  });

  test("refusals spare the socket where asked: SUBSCRIBE, SEND, ACK and COMMIT alike", async () => {
    await using client = await TestClient.connect(server.url, { Authorization: bob.token });
    using raw = await member(bob);
    const spared = { "on-refusal": "receipt" };
    expect(await raw.exchange("SUBSCRIBE", { ...spared, id: "1", destination: "/queue/alice" })).toMatchObject({
      command: "RECEIPT",
      headers: { status: "404", code: "not_found" },
    });
    expect(await raw.exchange("SEND", { ...spared, destination: "/chat/999999" }, "x")).toMatchObject({
      command: "RECEIPT",
      headers: { status: "404" },
    });
    expect(await raw.exchange("ACK", { ...spared, id: "nothing" })).toMatchObject({ headers: { status: "404" } });
    await raw.exchange("BEGIN", { transaction: "t" });
    await raw.exchange("SEND", { transaction: "t", destination: "/chat/999999" }, "x");
    expect(await raw.exchange("COMMIT", { ...spared, transaction: "t" })).toMatchObject({ headers: { status: "404" } });
    // Without a receipt asked for it lives as well; a broken frame is never spared.
    raw.frame("SEND", { ...spared, destination: "/chat/999999" }, "x");
    expect(await raw.exchange("SUBSCRIBE", { id: "2", destination: "/topic/feed" })).toMatchObject({
      command: "RECEIPT",
    });
    raw.frame("SEND", spared, "no destination");
    expect(await raw.closed()).toBe(1002);
    expect(client.errors).toHaveLength(0);
  });

  test("S28: no header of a SEND reaches a MESSAGE", async () => {
    clock.advance(60_000);
    using raw = await member(bob);
    await raw.exchange("SUBSCRIBE", { id: "own", destination: `/topic/${roomId}` });
    using alices = await member();
    const forged = {
      "user-name": "root",
      "message-id": "1",
      subscription: "x",
      server: "evil",
      position: "z",
      event: "ended",
    };
    await alices.exchange(...send({ ...forged, ack: "q" }, "stripped"));
    await raw.until((frames) => frames.some((frame) => frame.includes("stripped")));
    const head =
      raw.frames
        .find((frame) => frame.includes("stripped"))
        ?.split("\n\n")[0]
        ?.split("\n") ?? [];
    expect(head.map((line) => line.split(":")[0]).toSorted()).toEqual([
      "MESSAGE",
      "content-length",
      "content-type",
      "destination",
      "event",
      "message-id",
      "position",
      "subscription",
    ]);
    expect(head).toContain("subscription:own");
    expect(head).toContain("event:said");
  });

  test("S30: a subscription id with every special character comes back in one header, escaped", async () => {
    clock.advance(60_000);
    using raw = await member(bob);
    await raw.exchange("SUBSCRIBE", { id: "a:b\\c\nd\re", destination: `/topic/${roomId}` });
    await alice.post(`/messages/${roomId}`, { message: 'a "quoted"\nsecond line: \\n' });
    await raw.until((frames) => frames.some((frame) => frame.includes("second line")));
    const frame = raw.frames.find((one) => one.includes("second line")) ?? "";
    expect(frame).toContain("\nsubscription:a\\cb\\\\c\\nd\\re\n");
    expect(JSON.parse(frame.slice(frame.indexOf("\n\n") + 2, -1)).message).toBe('a "quoted"\nsecond line: \\n');
  });

  test("S26: a destination may be heard twice by one socket, under two ids", async () => {
    clock.advance(60_000);
    using raw = await member(bob);
    for (const id of ["one", "two"]) await raw.exchange("SUBSCRIBE", { id, destination: `/topic/${roomId}` });
    await alice.post(`/messages/${roomId}`, { message: "heard twice" });
    await raw.until((frames) => frames.filter((frame) => frame.includes("heard twice")).length === 2);
    const ids = raw.frames.flatMap((frame) =>
      frame.includes("heard twice") ? /\nsubscription:(.*)\n/.exec(frame)?.[1] : [],
    );
    expect(ids.toSorted()).toEqual(["one", "two"]);
    await raw.exchange("UNSUBSCRIBE", { id: "one" });
    expect(server.app.presence.presentIn(roomId)).toContain("bob");
    raw.frame("UNSUBSCRIBE", { id: "one" });
    expect(await raw.closed()).toBe(1002);
  });
});
