import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

/** CONTRACT section 3: what is sent in a transaction is stored together or not at all. */
describe("transactions", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let roomId: number;
  let theirs: number;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
    theirs = (await bob.post("/messages", { userId: "carol" })).json.roomId;
  });

  const textsOf = async (member: Member, room: number): Promise<string[]> =>
    (await member.get(`/messages/${room}`)).json.messages.map((message: { message: string }) => message.message);
  const send = (raw: RawClient, room: number, body: string, headers: Record<string, string> = {}) =>
    raw.exchange("SEND", { destination: `/chat/${room}`, transaction: "t", ...headers }, body);

  test("L3: nothing is heard before COMMIT, then all of it in order; its RECEIPT means all on disk", async () => {
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    const room = await bobs.subscribe(`/topic/${roomId}`);
    using raw = await RawClient.connect(server.url, alice.token);
    await raw.exchange("BEGIN", { transaction: "t" });
    for (const text of ["one", "two", "three"]) await send(raw, roomId, text);
    await raw.exchange("SEND", { destination: `/chat/${roomId}` }, "beside it");
    await room.next((body) => body.message === "beside it");
    expect((await raw.exchange("COMMIT", { transaction: "t" }))?.command).toBe("RECEIPT");
    expect(await textsOf(alice, roomId)).toEqual(["beside it", "one", "two", "three"]);
    await room.next((body) => body.message === "three");
    const said = room.messages.filter((message) => message.headers["event"] === "said");
    expect(said.map((message) => JSON.parse(message.body).message)).toEqual(["beside it", "one", "two", "three"]);
    // Each has a place of its own, so that whoever heard only some of them gets the rest.
    const resume = said[1]?.headers["position"] ?? "";
    await using again = await TestClient.connect(server.url, { Authorization: bob.token });
    const rest = await again.subscribe(`/topic/${roomId}`, { resume });
    const missed = rest.bodies.filter((body) => body.event === "said").map((body) => body.message);
    expect(missed).toEqual(["two", "three"]);
  });

  test("L9: a line for a room one is not in takes all others with it; nothing is stored, heard or counted", async () => {
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    const queue = await bobs.subscribe("/queue/bob");
    const before = await textsOf(bob, roomId);
    using raw = await RawClient.connect(server.url, alice.token);
    await raw.exchange("BEGIN", { transaction: "t" });
    await send(raw, roomId, "good");
    await send(raw, theirs, "not my room");
    const refused = await raw.exchange("COMMIT", { transaction: "t", "on-refusal": "receipt" });
    expect(refused).toMatchObject({ command: "RECEIPT", headers: { status: "404", code: "not_found" } });
    await raw.exchange("SEND", { destination: `/chat/${roomId}` }, "afterwards");
    await queue.next((body) => body.message === "afterwards");
    expect(queue.bodies.some((body) => body.message === "good")).toBe(false);
    expect(await textsOf(bob, roomId)).toEqual([...before, "afterwards"]);
    expect(await textsOf(bob, theirs)).toEqual([]);
  });

  test("a body that is no message, a wrong sender and a false alarm refuse the whole", async () => {
    const before = await textsOf(bob, roomId);
    using raw = await RawClient.connect(server.url, alice.token);
    const bad: readonly [string, string, string][] = [
      [`/chat/${roomId}`, "x".repeat(4_001), "413"],
      [`/chat/${roomId}`, " ", "422"],
      [`/chat/${roomId}`, '{"sender":"bob","message":"as bob"}', "403"],
      ["/alarm/bob", '{"type":"LIKES","postId":999}', "403"],
      [`/chat/typing/${theirs}`, "", "404"],
      [`/chat/subscribe/${theirs}`, "", "404"],
      [`/topic/${roomId}`, "hi", "404"],
    ];
    for (const [destination, body, status] of bad) {
      await raw.exchange("BEGIN", { transaction: "t" });
      await send(raw, roomId, "good");
      await raw.exchange("SEND", { destination, transaction: "t" }, body);
      const refused = await raw.exchange("COMMIT", { transaction: "t", "on-refusal": "receipt" });
      expect([destination, refused?.headers["status"]]).toEqual([destination, status]);
    }
    expect(await textsOf(bob, roomId)).toEqual(before);
  });

  test("without on-refusal the refusal at COMMIT is ERROR and close", async () => {
    using raw = await RawClient.connect(server.url, alice.token);
    await raw.exchange("BEGIN", { transaction: "t" });
    await send(raw, theirs, "not my room");
    expect((await raw.exchange("COMMIT", { transaction: "t" }))?.command).toBe("ERROR");
    expect(await raw.closed()).toBe(4507);
  });

  test("L8: an ACK in it takes effect at COMMIT, and not where the whole is refused", async () => {
    using raw = await RawClient.connect(server.url, bob.token);
    await raw.exchange("SUBSCRIBE", { id: "1", destination: `/topic/${roomId}`, ack: "client" });
    await alice.post(`/messages/${roomId}`, { message: "to be seen" });
    await raw.until((frames) => frames.some((frame) => frame.includes("to be seen")));
    const frame = raw.frames.find((one) => one.includes("to be seen")) ?? "";
    const id = /\nack:(.*)\n/.exec(frame)?.[1] ?? "";
    const unread = async () =>
      (await bob.get("/messages")).json.rooms.find((room: { id: number }) => room.id === roomId)?.unreadCount;
    expect(await unread()).toBeGreaterThan(0);

    await raw.exchange("BEGIN", { transaction: "t" });
    await raw.exchange("ACK", { id, transaction: "t" });
    await send(raw, 999_999, "nowhere");
    const refused = await raw.exchange("COMMIT", { transaction: "t", "on-refusal": "receipt" });
    expect(refused?.headers["status"]).toBe("404");
    expect(await unread()).toBeGreaterThan(0);

    await raw.exchange("BEGIN", { transaction: "t" });
    await raw.exchange("ACK", { id, transaction: "t" });
    await send(raw, theirs, "elsewhere");
    expect(await unread()).toBeGreaterThan(0);
    expect((await raw.exchange("COMMIT", { transaction: "t" }))?.command).toBe("RECEIPT");
    expect(await unread()).toBe(0);
    expect(await textsOf(carol, theirs)).toContain("elsewhere");
  });

  test("sent again as a whole after a lost RECEIPT, it is stored once", async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()];
    const before = (await textsOf(bob, roomId)).length;
    for (let attempt = 0; attempt < 2; attempt++) {
      using raw = await RawClient.connect(server.url, alice.token);
      await raw.exchange("BEGIN", { transaction: "t" });
      for (const id of ids) await send(raw, roomId, `once ${id}`, { "client-id": id });
      expect((await raw.exchange("COMMIT", { transaction: "t" }))?.command).toBe("RECEIPT");
    }
    expect(await textsOf(bob, roomId)).toHaveLength(before + 2);
  });

  test("a client id with other words or in another room refuses the whole, and says why; beside a transaction, too", async () => {
    using raw = await RawClient.connect(server.url, alice.token);
    const [id, used] = [crypto.randomUUID(), crypto.randomUUID()];
    const { roomId: group } = (await alice.post("/messages", { userIds: ["bob"], name: "G" })).json;
    await alice.post(`/messages/${roomId}`, { message: "used", clientId: used });
    const commit = async (lines: readonly (readonly [number, string, string])[]) => {
      await raw.exchange("BEGIN", { transaction: "t" });
      for (const [room, body, clientId] of lines) await send(raw, room, body, { "client-id": clientId });
      const { command, headers } = (await raw.exchange("COMMIT", { transaction: "t", "on-refusal": "receipt" })) ?? {};
      return [command, headers?.["status"], headers?.["code"]];
    };
    const before = await textsOf(bob, roomId);
    const refused = ["RECEIPT", "422", "invalid"];
    expect(
      await commit([
        [roomId, "one", id],
        [roomId, "two", id],
      ]),
    ).toEqual(refused);
    expect(
      await commit([
        [roomId, "one", id],
        [group, "one", id],
      ]),
    ).toEqual(refused);
    expect(
      await commit([
        [roomId, "one", id],
        [roomId, "other words", used],
      ]),
    ).toEqual(refused);
    expect(
      await commit([
        [roomId, "one", id],
        [group, "used", used],
      ]),
    ).toEqual(refused);
    const alone = { destination: `/chat/${roomId}`, "client-id": used, "on-refusal": "receipt" };
    expect((await raw.exchange("SEND", alone, "other words"))?.headers).toMatchObject({
      status: "422",
      code: "invalid",
    });
    const overHttp = await alice.post(`/messages/${group}`, { message: "used", clientId: used });
    expect([overHttp.status, overHttp.json.code]).toEqual([422, "invalid"]);
    expect([await textsOf(bob, roomId), await textsOf(bob, group)]).toEqual([before, []]);
    expect(
      (
        await commit([
          [roomId, "one", id],
          [roomId, "one", id],
          [roomId, "used", used],
        ])
      )[1],
    ).not.toBe("422");
    expect(await textsOf(bob, roomId)).toEqual([...before, "one"]);
  });

  test("ABORT, a lost socket and an empty COMMIT leave nothing", async () => {
    const before = await textsOf(bob, roomId);
    using raw = await RawClient.connect(server.url, alice.token);
    await raw.exchange("BEGIN", { transaction: "t" });
    await send(raw, roomId, "aborted");
    expect((await raw.exchange("ABORT", { transaction: "t" }))?.command).toBe("RECEIPT");
    await raw.exchange("BEGIN", { transaction: "t" });
    expect((await raw.exchange("COMMIT", { transaction: "t" }))?.command).toBe("RECEIPT");
    await raw.exchange("BEGIN", { transaction: "t" });
    await send(raw, roomId, "lost");
    raw.frame("DISCONNECT", { receipt: "d" });
    await raw.closed();
    expect(await textsOf(bob, roomId)).toEqual(before);
  });

  test("S27: open transactions and what they hold are bounded", async () => {
    using raw = await RawClient.connect(server.url, alice.token);
    for (const name of ["a", "b", "c", "d"]) await raw.exchange("BEGIN", { transaction: name });
    expect((await raw.exchange("BEGIN", { transaction: "e" }))?.headers["code"]).toBe("too_many");
    expect(await raw.closed()).toBe(1009);

    using hoarder = await RawClient.connect(server.url, alice.token);
    await hoarder.exchange("BEGIN", { transaction: "t" });
    for (let i = 0; i < 257; i++) hoarder.frame("SEND", { destination: `/chat/${roomId}`, transaction: "t" }, "x");
    expect(await hoarder.closed()).toBe(1009);
    expect((await textsOf(bob, roomId)).includes("x")).toBe(false);
  });
});
