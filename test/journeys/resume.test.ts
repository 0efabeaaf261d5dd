import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { type Inbox, RawClient, TestClient } from "../support/stomp-client.ts";

/** CONTRACT section 3, `resume`: what was missed comes once, in order, before what is new. */
describe("coming back", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer({ settings: { "resume-messages": 20 } });
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });
  const said = (inbox: Inbox) => inbox.bodies.filter((body) => body.event === "said").map((body) => body.message);
  const say = (member: Member, message: string) => member.post(`/messages/${roomId}`, { message });
  const pageOf = async () => (await bob.get(`/messages/${roomId}`)).json;

  test("a room gives what was said since the page was made, then what is new, nothing twice", async () => {
    await say(alice, "on the page");
    const { position } = await pageOf();
    for (let i = 1; i <= 5; i++) await say(alice, `missed ${i}`);
    await using client = await connect(bob);
    const room = await client.subscribe(`/topic/${roomId}`, { resume: position, ack: "client" });
    await say(alice, "live");
    await room.next((body) => body.message === "live");
    expect(said(room)).toEqual(["missed 1", "missed 2", "missed 3", "missed 4", "missed 5", "live"]);
    const lines = room.messages.filter((message) => message.headers["event"] === "said");
    const positions = lines.map((message) => message.headers["position"]);
    expect(new Set(positions).size).toBe(positions.length);

    // And from each place in between, just the rest.
    const middle = room.messages.find((message) => JSON.parse(message.body).message === "missed 3");
    await using again = await connect(bob);
    const rest = await again.subscribe(`/topic/${roomId}`, {
      resume: middle?.headers["position"] ?? "",
      ack: "client",
    });
    await say(alice, "the end");
    await rest.next((body) => body.message === "the end");
    expect(said(rest)).toEqual(["missed 4", "missed 5", "live", "the end"]);
  });

  test("while lines are said without a pause, nothing falls between and nothing comes twice", async () => {
    const { position } = await pageOf();
    const all = Array.from({ length: 15 }, (_, i) => `storm ${i}`);
    const saying = Promise.all(all.map((message) => say(alice, message)));
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(bob)));
    const inboxes = await Promise.all(
      clients.map((client) => client.subscribe(`/topic/${roomId}`, { resume: position, ack: "client" })),
    );
    await saying;
    await say(alice, "storm over");
    for (const inbox of inboxes) {
      await inbox.next((body) => body.message === "storm over");
      const texts = said(inbox);
      expect(new Set(texts).size).toBe(texts.length);
      expect(texts.toSorted()).toEqual([...all, "storm over"].toSorted());
    }
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });

  test("one's own queue gives the alarms raised, taken back and read, and the rooms that changed, with true counts", async () => {
    const post = (await bob.post("/posts", { title: "t", body: "b" })).json;
    const other = (await bob.post("/posts", { title: "u", body: "b" })).json;
    await alice.post(`/posts/${other.id}/like`);
    const { position } = (await bob.get("/alarms")).json;
    await alice.post(`/posts/${post.id}/like`);
    await alice.post(`/posts/${other.id}/unlike`);
    await say(alice, "unread");
    await using client = await connect(bob);
    const queue = await client.subscribe("/queue/bob", { resume: position });
    await queue.next((body) => body.type === "CHAT");
    const events = queue.bodies.map((body) => `${body.type} ${body.event}`);
    expect(events).toEqual(["LIKES raised", "LIKES retracted", "CHAT raised"]);
    const { json } = await bob.get("/alarms");
    for (const body of queue.bodies) {
      expect(body.unreadAlarmCount).toBe(json.alarms.filter((alarm: { isRead: boolean }) => !alarm.isRead).length);
    }
  });

  test("a post gives the comments that were missed", async () => {
    const post = (await bob.post("/posts", { title: "t", body: "b" })).json;
    const { position } = (await alice.get(`/posts/${post.id}`)).json;
    await bob.post(`/posts/${post.id}/comments`, { body: "one" });
    await using client = await connect(alice);
    const comments = await client.subscribe(`/topic/posts/${post.id}`, { resume: position });
    await bob.post(`/posts/${post.id}/comments`, { body: "two" });
    await comments.next((body) => body.body === "two");
    expect(comments.bodies.filter((body) => body.event === "written").map((body) => body.body)).toEqual(["one", "two"]);
  });

  test("a post says that it was removed to whoever comes back to it; to who only comes, or to one that never was, it is refused", async () => {
    const post = (await bob.post("/posts", { title: "t", body: "b" })).json;
    const { position } = (await alice.get(`/posts/${post.id}`)).json;
    await bob.post(`/posts/${post.id}/comments`, { body: "goes with it" });
    await bob.post(`/posts/${post.id}/delete`);
    await using client = await connect(alice);
    const comments = await client.subscribe(`/topic/posts/${post.id}`, { resume: position });
    await comments.next((body) => body.event === "deleted");
    expect(comments.bodies).toEqual([{ type: "POST", event: "deleted", id: post.id }]);
    for (const [id, headers] of [
      [post.id, {}],
      [post.id, { resume: "other-db" }],
      [post.id + 1, { resume: position }],
    ] as const) {
      using raw = await RawClient.connect(server.url, alice.token);
      raw.frame("SUBSCRIBE", { id: "1", destination: `/topic/posts/${id}`, ...headers });
      expect([id, headers, await raw.closed()]).toEqual([id, headers, 4507]);
      expect(raw.frames.join("")).not.toContain("MESSAGE");
    }
  });

  test("the feed tells of an edit and a deletion as the post does, live and to whoever comes back", async () => {
    const post = (await bob.post("/posts", { title: "t", body: "b" })).json;
    const { position } = (await alice.get("/")).json;
    await using client = await connect(alice);
    const [feed, ofPost] = [await client.subscribe("/topic/feed"), await client.subscribe(`/topic/posts/${post.id}`)];
    await bob.post(`/posts/${post.id}/edit`, { title: "t2", body: "b" });
    await alice.post(`/posts/${post.id}/like`);
    await bob.post(`/posts/${post.id}/delete`);
    await Promise.all([feed, ofPost].map((inbox) => inbox.next((body) => body.event === "deleted")));
    expect(ofPost.bodies.map((body) => body.event)).toEqual(["edited", "liked", "deleted"]);
    expect(feed.bodies).toEqual(ofPost.bodies.filter((body) => body.event !== "liked"));
    const again = await client.subscribe("/topic/feed", { resume: position });
    await again.next((body) => body.event === "deleted");
    expect(again.bodies).toEqual([{ type: "POST", event: "deleted", id: post.id }]);
  });

  test("who is there by another connection hears who else is, whether they come or come back", async () => {
    const { position } = await pageOf();
    const there = { ack: "client" };
    await using phone = await connect(bob);
    const onPhone = await phone.subscribe(`/topic/${roomId}`, there);
    const isOf =
      (...userIds: string[]) =>
      (body: { event?: string; present?: unknown }) =>
        body.event === "presence" && Bun.deepEquals(body.present, userIds);
    await using laptop = await connect(bob);
    {
      await using atAlice = await connect(alice);
      await atAlice.subscribe(`/topic/${roomId}`, there);
      await onPhone.next(isOf("bob", "alice"));
      const onLaptop = await laptop.subscribe(`/topic/${roomId}`, there);
      await onLaptop.next(isOf("bob", "alice"));
      await onLaptop.unsubscribe();
    }
    await onPhone.next(isOf("bob"));
    const again = await laptop.subscribe(`/topic/${roomId}`, { ...there, resume: position });
    await again.next(isOf("bob"));
    expect(onPhone.bodies.filter(({ event }) => event === "presence").length).toBeLessThanOrEqual(4);
  });

  const receiptOf = async (headers: Record<string, string>) => {
    using raw = await RawClient.connect(server.url, bob.token);
    raw.frame("SUBSCRIBE", { id: "1", destination: `/topic/${roomId}`, ack: "client", ...headers });
    await raw.until((frames) => frames.some((frame) => frame.startsWith("RECEIPT") || frame.includes("resync")));
    return raw.frames.slice(1).join("\n---\n");
  };

  test("the RECEIPT says whether all of it came", async () => {
    const { position } = await pageOf();
    expect(await receiptOf({ resume: position, receipt: "r" })).toContain("recovered:true");
    for (let i = 0; i < 21; i++) await say(alice, `too much ${i}`);
    const tooMuch = await receiptOf({ resume: position, receipt: "r" });
    expect(tooMuch).toContain("recovered:false");
    expect(tooMuch).not.toContain("MESSAGE");
    expect(await receiptOf({ resume: "other-db", receipt: "r" })).toContain("recovered:false");
    const neverGiven = position.replace(/[^-]*$/, "zzzzzz");
    expect(await receiptOf({ resume: neverGiven, receipt: "r" })).toContain("recovered:false");
  });

  test("without a receipt, a MESSAGE says that too much was missed", async () => {
    expect(await receiptOf({ resume: "other-db" })).toContain("event:resync");
  });

  test("rights are asked for again: a stranger gets nothing, whatever position they name", async () => {
    const carol = await signUp(server, "carol");
    const { position } = await pageOf();
    using raw = await RawClient.connect(server.url, carol.token);
    raw.frame("SUBSCRIBE", { id: "1", destination: `/topic/${roomId}`, resume: position });
    expect(await raw.closed()).toBe(4507);
    expect(raw.frames.join("")).not.toContain("MESSAGE");
  });
});
