import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { type Inbox, RawClient, TestClient } from "../support/stomp-client.ts";

/** CONTRACT section 3, "What counts as seen": ACK with a meaning. */
describe("acknowledgement", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });
  const say = async (message: string): Promise<number> =>
    (await alice.post(`/messages/${roomId}`, { message })).json.id;
  const unread = async () => (await bob.get("/alarms")).json.unreadMessageCnt ?? (await unreadInRoom());
  const unreadInRoom = async () => (await bob.get("/messages")).json.rooms[0].unreadCount;
  const messageOf = (inbox: Inbox, text: string) =>
    inbox.messages.find((message) => message.headers["event"] === "said" && JSON.parse(message.body).message === text);
  const ackOf = (inbox: Inbox, text: string) => messageOf(inbox, text)?.headers["ack"] ?? "";

  /** ACK or NACK with a receipt: resolves with it, or rejects with the ERROR. */
  function acknowledge(client: TestClient, command: "ACK" | "NACK", id: string, headers = {}) {
    return client.exchange(command, { id, ...headers });
  }

  test("in a room ACK is cumulative and forward only, and the sender sees it live", async () => {
    await using alices = await connect(alice);
    await using bobs = await connect(bob);
    const atAlice = await alices.subscribe(`/topic/${roomId}`, { ack: "client" });
    const atBob = await bobs.subscribe(`/topic/${roomId}`, { ack: "client" });
    const ids = [await say("one"), await say("two"), await say("three")];
    await atBob.next((body) => body.message === "three");
    expect(await unread()).toBe(3);

    await acknowledge(bobs, "ACK", ackOf(atBob, "two"));
    expect(await unreadInRoom()).toBe(1);
    expect(await atAlice.next((body) => body.event === "read" && body.reader === "bob")).toMatchObject({
      roomId,
      upTo: ids[1],
    });
    // An earlier one moves nothing back, and tells nobody.
    await acknowledge(bobs, "ACK", ackOf(atBob, "one"));
    expect(await unreadInRoom()).toBe(1);
    await acknowledge(bobs, "ACK", ackOf(atBob, "three"));
    await atAlice.next((body) => body.event === "read" && body.upTo === ids[2]);
    expect(atAlice.bodies.filter((body) => body.event === "read" && body.reader === "bob")).toHaveLength(2);
    expect((await alice.get(`/messages/${roomId}`)).json.messages.at(-1).readingStatus).toBe("YES");
  });

  test("NACK in a room leaves everything unread", async () => {
    await using bobs = await connect(bob);
    const atBob = await bobs.subscribe(`/topic/${roomId}`, { ack: "client" });
    await say("kept");
    await atBob.next((body) => body.message === "kept");
    const before = await unreadInRoom();
    await acknowledge(bobs, "NACK", ackOf(atBob, "kept"));
    expect(await unreadInRoom()).toBe(before);
    await acknowledge(bobs, "ACK", ackOf(atBob, "kept"));
    expect(await unreadInRoom()).toBe(0);
  });

  test("the sender's page gets the read mark as HTML", async () => {
    await using alices = await connect(alice);
    await using bobs = await connect(bob);
    const atAlice = await alices.subscribe(`/topic/${roomId}`, { ack: "client", accept: "text/html" });
    const atBob = await bobs.subscribe(`/topic/${roomId}`, { ack: "client" });
    await say("mark me");
    await atBob.next((body) => body.message === "mark me");
    await acknowledge(bobs, "ACK", ackOf(atBob, "mark me"));
    await atAlice.untilMessages((messages) => messages.some((message) => message.headers["event"] === "read"));
    const read = atAlice.messages.find((message) => message.headers["event"] === "read");
    expect(read?.headers["content-type"]).toStartWith("text/html");
    expect(read?.body).toContain("hx-partial");
  });

  test("a plain subscription sees what arrives: entering and each delivery move the cursor", async () => {
    await say("before entering");
    await using alices = await connect(alice);
    await using bobs = await connect(bob);
    const atAlice = await alices.subscribe(`/topic/${roomId}`);
    const atBob = await bobs.subscribe(`/topic/${roomId}`);
    expect(await unreadInRoom()).toBe(0);
    const id = await say("seen as it comes");
    expect(await atBob.next((body) => body.id === id)).toMatchObject({ readingStatus: "YES" });
    expect(await unreadInRoom()).toBe(0);
    expect(atAlice.bodies.find((body) => body.id === id)).toMatchObject({ readingStatus: "YES" });
  });

  test("the person's other tabs hear of an unread line unless the ACK comes within about a second", async () => {
    await using room = await connect(bob);
    await using other = await connect(bob);
    const queue = await other.subscribe("/queue/bob");
    const atBob = await room.subscribe(`/topic/${roomId}`, { ack: "client" });
    await say("quickly seen");
    await atBob.next((body) => body.message === "quickly seen");
    await acknowledge(room, "ACK", ackOf(atBob, "quickly seen"));
    await say("not looked at");
    const missed = await queue.next((body) => body.type === "CHAT" && body.event === "raised");
    expect(missed).toMatchObject({ message: "not looked at", roomUnreadCnt: 1 });
    expect(queue.bodies.filter((body) => body.event === "raised")).toHaveLength(1);
    await atBob.next((body) => body.message === "not looked at");
    await acknowledge(room, "ACK", ackOf(atBob, "not looked at"));
    await queue.until((bodies) => bodies.at(-1)?.event === "read" && bodies.at(-1)?.unreadMessageCnt === 0);
  });

  test("on one's own queue ACK reads that alarm alone, NACK keeps it, and plain subscriptions read none", async () => {
    const posts = await Promise.all([1, 2, 3].map((n) => bob.post("/posts", { title: `t${n}`, body: "b" })));
    await using bobs = await connect(bob);
    await using plain = await connect(bob);
    const queue = await bobs.subscribe("/queue/bob", { ack: "client-individual" });
    await plain.subscribe("/queue/bob");
    for (const { json } of posts) await alice.post(`/posts/${json.id}/like`);
    await queue.until((bodies) => bodies.filter((body) => body.type === "LIKES").length === 3);
    const alarmAcks = queue.messages
      .filter((message) => JSON.parse(message.body).type === "LIKES")
      .map((message) => message.headers["ack"] ?? "");
    const states = async () =>
      (await bob.get("/alarms")).json.alarms.map((alarm: { isRead: boolean }) => alarm.isRead).reverse();
    expect(await states()).toEqual([false, false, false]);
    await acknowledge(bobs, "ACK", alarmAcks[1] ?? "");
    await acknowledge(bobs, "NACK", alarmAcks[2] ?? "");
    expect(await states()).toEqual([false, true, false]);
    expect(await queue.next((body) => body.event === "read")).toMatchObject({ unreadAlarmCount: 2 });
  });

  test("S27, K5: an ACK of what was never told on that subscription is refused", async () => {
    await using bobs = await connect(bob);
    await using alices = await connect(alice);
    const queue = await alices.subscribe("/queue/alice", { ack: "client-individual" });
    const post = await alice.post("/posts", { title: "hers", body: "b" });
    await bob.post(`/posts/${post.json.id}/like`);
    await queue.next((body) => body.type === "LIKES");
    const hers = queue.messages.find((message) => message.body.includes("LIKES"))?.headers["ack"] ?? "";

    const atBob = await bobs.subscribe(`/topic/${roomId}`, { id: "room", ack: "client" });
    const own = await bobs.subscribe("/queue/bob", {
      id: queue.messages[0]?.headers["subscription"] ?? "q",
      ack: "client",
    });
    expect(own.messages).toHaveLength(0);
    const id = await say("mine to see");
    await atBob.next((body) => body.id === id);
    const good = ackOf(atBob, "mine to see");
    const [messageId = "", subscription = ""] = good.split("~");
    const [thing = "", serial = "", seal = ""] = messageId.split(".");
    for (const forged of [
      hers,
      "",
      "1",
      `${messageId}~elsewhere`,
      `${Number(thing) + 1}.${serial}.${seal}~${subscription}`,
      `${thing}.${serial}.zzz~${subscription}`,
      `${thing}.${serial}~${subscription}`,
    ]) {
      for (const command of ["ACK", "NACK"] as const) {
        const refused = await acknowledge(bobs, command, forged, { "on-refusal": "receipt" });
        expect(refused.headers).toMatchObject({ status: "404", code: "not_found" });
      }
    }
    expect(await unreadInRoom()).toBe(1);
    await acknowledge(bobs, "ACK", good);
    expect(await unreadInRoom()).toBe(0);
    expect((await alice.get("/alarms")).json.alarms[0].isRead).toBe(false);

    using raw = await RawClient.connect(server.url, bob.token);
    raw.frame("ACK", { id: hers, receipt: "r" });
    expect(await raw.closed()).toBe(4507);
    expect(raw.frames.at(-1)).toContain("receipt-id:r");
  });

  test("in 1.1 and 1.0 a message is acknowledged by its message-id", async () => {
    for (const version of ["1.1", "1.0"]) {
      using raw = await RawClient.open(server.url, {}, []);
      raw.send(`CONNECT\naccept-version:${version}\nAuthorization:${bob.token}\n\n\0`);
      await raw.until((frames) => frames.length > 0);
      raw.send(`SUBSCRIBE\nid:1\ndestination:/topic/${roomId}\nack:client\nreceipt:s\n\n\0`);
      await raw.until((frames) => frames.some((frame) => frame.startsWith("RECEIPT")));
      await say(`in ${version}`);
      await raw.until((frames) => frames.some((frame) => frame.includes(`in ${version}`)));
      const frame = raw.frames.find((one) => one.includes(`in ${version}`)) ?? "";
      expect(frame).not.toContain("\nack:");
      const messageId = /\nmessage-id:(.*)\n/.exec(frame)?.[1] ?? "";
      expect(await unreadInRoom()).toBe(1);
      raw.send(`ACK\n${version === "1.1" ? "subscription:1\n" : ""}message-id:${messageId}\nreceipt:a\n\n\0`);
      await raw.until((frames) => frames.some((one) => one.includes("receipt-id:a")));
      expect(await unreadInRoom()).toBe(0);
    }
  });

  test("who switches receipts off is told of nobody's reading, and nobody of theirs", async () => {
    await using alices = await connect(alice);
    await using bobs = await connect(bob);
    const atAlice = await alices.subscribe(`/topic/${roomId}`, { ack: "client" });
    const atBob = await bobs.subscribe(`/topic/${roomId}`, { ack: "client" });
    const privacy = (sendsReceipts: boolean) =>
      bob.post("/settings/privacy", { openTo: "everybody", sendsReceipts, sendsTyping: true });
    expect((await privacy(false)).status).toBe(200);
    const id = await say("read in secret");
    await atBob.next((body) => body.id === id);
    await acknowledge(bobs, "ACK", ackOf(atBob, "read in secret"));
    expect(await unreadInRoom()).toBe(0);
    const reply = (await bob.post(`/messages/${roomId}`, { message: "and answered" })).json.id;
    await atAlice.next((body) => body.id === reply);
    await acknowledge(alices, "ACK", ackOf(atAlice, "and answered"));
    const statuses = (await alice.get(`/messages/${roomId}`)).json.messages.slice(-2);
    expect(statuses.map((message: { readingStatus: string }) => message.readingStatus)).toEqual(["NO", "NO"]);

    expect((await privacy(true)).status).toBe(200);
    const open = await say("openly");
    await atBob.next((body) => body.id === open);
    await acknowledge(bobs, "ACK", ackOf(atBob, "openly"));
    await atAlice.next((body) => body.event === "read" && body.upTo === open);
    const reads = [...atAlice.bodies, ...atBob.bodies].filter((body) => body.event === "read" && body.upTo < open);
    expect(reads.filter((body) => body.upTo >= id)).toEqual([]);
  });

  test("typing is told once in a while, never stored, and not of who switched it off", async () => {
    await using alices = await connect(alice);
    await using bobs = await connect(bob);
    const atAlice = await alices.subscribe(`/topic/${roomId}`, { ack: "client" });
    const before = (await alice.get(`/messages/${roomId}`)).json.messages.length;
    for (let i = 0; i < 5; i++) await bobs.send(`/chat/typing/${roomId}`);
    expect(await atAlice.next((body) => body.event === "typing")).toMatchObject({ sender: "bob", roomId });
    await bob.post("/settings/privacy", { openTo: "everybody", sendsReceipts: true, sendsTyping: false });
    await alices.send(`/chat/typing/${roomId}`);
    await bobs.send(`/chat/typing/${roomId}`);
    await bobs.send(`/chat/${roomId}`, "done");
    await atAlice.next((body) => body.message === "done");
    const typing = atAlice.bodies.filter((body) => body.event === "typing").map((body) => body.sender);
    expect(typing).toEqual(["bob", "alice"]);
    expect((await alice.get(`/messages/${roomId}`)).json.messages).toHaveLength(before + 1);
  });
});
