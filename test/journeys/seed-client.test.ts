import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";

/** What the client code of the seed does, in its order, with @stomp/stompjs as it used it. */
describe("the seed's client", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice", "앨리스"), signUp(server, "bob", "Bob")]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });
  const alarmsOf = (client: TestClient, member: Member) =>
    client.subscribe(`/queue/${member.userId}`, { id: "notice-sub", type: "ALARM", userId: member.userId });

  test("liking somebody's comment rings at its author, and unliking takes it back", async () => {
    await using bobsClient = await connect(bob);
    const alarms = await alarmsOf(bobsClient, bob);
    const post = await alice.post("/posts", { title: "제목", body: "본문" });
    const comment = await bob.post(`/posts/${post.json.id}/comments`, { body: "멋져요" });
    expect((await alice.post(`/comments/${comment.json.id}/like`)).status).toBe(200);

    const raised = await alarms.next((body) => body.type === "LIKES" && body.event === "raised");
    expect(raised).toMatchObject({
      type: "LIKES",
      event: "raised",
      alarmType: "LIKES",
      sender: "alice",
      senderName: "앨리스",
      receiver: "bob",
      message: "님이 회원님의 댓글을 좋아합니다.",
      content: "멋져요",
      target: "POST_REPLY",
      postId: post.json.id,
      replyId: comment.json.id,
      others: 0,
      isRead: false,
      unreadAlarmCount: 1,
      unreadMessageCnt: 0,
    });
    expect(new Date(raised.createdAt).toISOString()).toBe(raised.createdAt);

    await alice.post(`/comments/${comment.json.id}/unlike`);
    const retracted = await alarms.next((body) => body.event === "retracted");
    expect(retracted).toMatchObject({ type: "LIKES", id: raised.id, unreadAlarmCount: 0 });
  });

  test("one's own likes and comments ring nowhere", async () => {
    await using bobsClient = await connect(bob);
    const alarms = await alarmsOf(bobsClient, bob);
    const post = await bob.post("/posts", { title: "mine", body: "text" });
    await bob.post(`/posts/${post.json.id}/like`);
    await bob.post(`/posts/${post.json.id}/comments`, { body: "me again" });
    // Somebody else's like is heard after whatever came before it.
    await alice.post(`/posts/${post.json.id}/like`);
    expect(await alarms.next()).toMatchObject({ type: "LIKES", sender: "alice", unreadAlarmCount: 1 });
  });

  test("announcing one's own like, as the seed's client does, is accepted and raises nothing more", async () => {
    await using alicesClient = await connect(alice);
    const post = await bob.post("/posts", { title: "announce", body: "text" });
    await alice.post(`/posts/${post.json.id}/like`);
    const { json: before } = await bob.get("/alarms");
    await alicesClient.send("/alarm/bob", {
      type: "LIKES",
      alarmType: "LIKES",
      sender: "alice",
      receiver: "bob",
      target: "POST",
      postId: post.json.id,
    });
    const { json: after } = await bob.get("/alarms");
    expect(after.alarms).toEqual(before.alarms);
  });

  test("a line reaches the other one in the room; the one who is elsewhere hears of it as CHAT", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await using alicesClient = await connect(alice);
    await using bobsClient = await connect(bob);
    const alarms = await alarmsOf(bobsClient, bob);

    const enter = async (client: TestClient, member: Member) => {
      client.client.publish({ destination: `/chat/subscribe/${roomId}`, body: "participate" });
      return client.subscribe(`/topic/${roomId}`, {
        id: `chat-sub-${roomId}`,
        roomId: String(roomId),
        userId: member.userId,
        type: "CHAT",
      });
    };
    const atAlice = await enter(alicesClient, alice);
    const atBob = await enter(bobsClient, bob);

    await alicesClient.send(`/chat/${roomId}`, { sender: "alice", message: "내일 봐요" });
    const said = await atBob.next((body) => body.event === "said");
    expect(said).toMatchObject({
      type: "CHAT",
      roomId,
      sender: "alice",
      senderName: "앨리스",
      receiver: "bob",
      message: "내일 봐요",
      readingStatus: "YES",
    });
    await atAlice.next((body) => body.event === "said" && body.id === said.id);
    expect((await bob.get("/messages")).json.rooms[0]).toMatchObject({ unreadCount: 0 });

    // Leaves: unsubscribe with headers, as the seed does.
    atBob.unsubscribe({ id: `chat-sub-${roomId}`, roomId: String(roomId), userId: "bob", type: "CHAT" });
    await atAlice.next((body) => body.event === "presence" && !body.present.includes("bob"));
    await alicesClient.send(`/chat/${roomId}`, { message: "아직 계세요?" });
    const missed = await alarms.next((body) => body.type === "CHAT" && body.event === "raised");
    expect(missed).toMatchObject({
      roomId,
      sender: "alice",
      receiver: "bob",
      message: "아직 계세요?",
      roomUnreadCnt: 1,
      unreadMessageCnt: 1,
    });
    expect(atBob.bodies.some((body) => body.message === "아직 계세요?")).toBe(false);

    // Comes back: entering reads what was missed, and every tab of theirs hears of it.
    await enter(bobsClient, bob);
    expect(await alarms.next((body) => body.type === "CHAT" && body.event === "read")).toMatchObject({
      roomId,
      unreadMessageCnt: 0,
    });
    expect(await atAlice.next((body) => body.event === "read" && body.reader === "bob")).toBeTruthy();
  });

  test("a client that goes without a word leaves the room", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await using alicesClient = await connect(alice);
    const atAlice = await alicesClient.subscribe(`/topic/${roomId}`);
    const isHere = (bodies: readonly { event: string; present: string[] }[]) =>
      bodies.findLast((body) => body.event === "presence")?.present.includes("bob") === true;
    {
      await using bobsClient = await connect(bob);
      const atBob = await bobsClient.subscribe(`/topic/${roomId}`);
      await using second = await connect(bob);
      await second.subscribe(`/topic/${roomId}`);
      await atAlice.until(isHere);
      await second.client.deactivate({ force: true });
      await second.closed();
      // What is said next still finds the first tab in the room.
      await alicesClient.send(`/chat/${roomId}`, { message: "still there?" });
      expect(await atBob.next((body) => body.message === "still there?")).toMatchObject({ readingStatus: "YES" });
      expect(isHere(atAlice.bodies)).toBe(true);
    }
    await atAlice.until((bodies) => !isHere(bodies));
    expect(server.app.presence.presentIn(roomId)).toEqual(["alice"]);
    await alicesClient.client.deactivate();
    await alicesClient.closed();
  });
});
