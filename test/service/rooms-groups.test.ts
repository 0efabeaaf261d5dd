import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { codeOf, principalOf, type TestRooms, testRooms } from "../support/rooms.ts";
import { until } from "../support/until.ts";

const alice = principalOf("alice");
const bob = principalOf("bob");
const carol = principalOf("carol");
const dave = principalOf("dave");
const line = (body: string) => ({ body, clientId: undefined });

let t: TestRooms;
beforeEach(async () => {
  t = await testRooms("alice", "bob", "carol", "dave");
});
afterEach(() => t[Symbol.asyncDispose]());

const openTo = (userId: string, whom: string) =>
  t.database.db.run(sql`update accounts set open_to = ${whom} where user_id = ${userId}`);
const membersOf = async (roomId: number) =>
  (await t.rooms.read(alice, roomId)).room.members.map(({ userId, role }) => `${userId}:${role}`);

describe("groups", () => {
  test("have their maker as owner and everybody in their list, told live", async () => {
    const { roomId } = await t.rooms.create(alice, { name: "Birds", userIds: ["bob", "carol", "alice"] });
    expect(await membersOf(roomId)).toEqual(["alice:owner", "bob:member", "carol:member"]);
    expect(
      t
        .heard("room-listed")
        .map((event) => event.receiver)
        .toSorted(),
    ).toEqual(["alice", "bob", "carol"]);
    expect((await t.rooms.list(bob)).rooms[0]).toMatchObject({ id: roomId, name: "Birds", kind: "group" });
  });

  test("are made with all or with nobody", async () => {
    expect(await codeOf(t.rooms.create(alice, { name: undefined, userIds: ["bob", "nobody"] }))).toBe("not_found");
    expect(await codeOf(t.rooms.create(alice, { name: undefined, userIds: ["alice"] }))).toBe("forbidden");
    await t.blocks.block(bob, "alice");
    expect(await codeOf(t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] }))).toBe("blocked");
    await openTo("dave", "known");
    expect(await codeOf(t.rooms.create(alice, { name: undefined, userIds: ["dave"] }))).toBe("forbidden");
    expect((await t.rooms.list(carol)).rooms).toEqual([]);
  });

  test("without a name are called by the others in the order they came in, in the list as on the page and in what is pushed", async () => {
    const { roomId } = await t.rooms.create(carol, { name: undefined, userIds: ["dave", "alice"] });
    await t.rooms.invite(carol, roomId, "bob");
    const idsOf = (people: readonly { readonly userId: string }[] = []) => people.map(({ userId }) => userId);
    expect(idsOf((await t.rooms.read(dave, roomId)).others)).toEqual(["carol", "alice", "bob"]);
    expect(idsOf((await t.rooms.list(dave)).rooms[0]?.others)).toEqual(["carol", "alice", "bob"]);
    expect(idsOf(t.heard("room-members").at(-1)?.members)).toEqual(["carol", "alice", "bob", "dave"]);
  });

  test("take in whom a member invites, who finds what was said, read", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob"] });
    await t.rooms.say(alice, roomId, line("before"));
    await t.rooms.invite(bob, roomId, "carol");
    const page = await t.rooms.read(carol, roomId);
    expect([page.messages.map((m) => m.body), page.unreadCount]).toEqual([["before"], 0]);
    expect(t.heard("room-members")).toMatchObject([{ roomId, joined: ["carol"], left: [] }]);
    await t.rooms.invite(bob, roomId, "carol");
    expect(t.heard("room-members")).toHaveLength(1);
    expect(await codeOf(t.rooms.invite(dave, roomId, "dave"))).toBe("not_found");
    expect(await codeOf(t.rooms.invite(bob, roomId, "nobody"))).toBe("not_found");
    await t.blocks.block(dave, "bob");
    expect(await codeOf(t.rooms.invite(bob, roomId, "dave"))).toBe("blocked");
    expect(await codeOf(t.rooms.invite(alice, roomId, "dave"))).toBe("done");
  });

  test("say who brought one in, until one has looked and something is said", async () => {
    const { roomId } = await t.rooms.create(alice, { name: "Birds", userIds: ["bob"] });
    await t.rooms.say(alice, roomId, line("before"));
    const later = await t.rooms.create(alice, { name: "Cats", userIds: ["carol"] });
    await t.rooms.say(alice, later.roomId, line("meow"));
    await t.rooms.invite(bob, roomId, "carol");
    const by = { userId: "bob", name: "bob" };
    const listed = () => t.heard("room-listed").filter(({ receiver }) => receiver === "carol");
    expect(listed().at(-1)).toMatchObject({ isNews: true, room: { id: roomId, addedBy: by, isNew: true } });
    const first = async (who = carol) => (await t.rooms.list(who)).rooms[0];
    // Above what was said later: it is news to her.
    expect(await first()).toMatchObject({ id: roomId, addedBy: by, isNew: true, unreadCount: 0 });
    expect((await t.rooms.read(carol, roomId)).addedBy).toEqual(by);
    expect((await t.rooms.read(bob, roomId)).addedBy).toBeUndefined();
    // Who made it was brought in by nobody.
    expect((await t.rooms.list(alice)).rooms.map(({ addedBy }) => addedBy)).toEqual([undefined, undefined]);

    await t.rooms.lookIn(carol, roomId);
    await t.rooms.lookIn(carol, roomId);
    expect(listed().at(-1)).toMatchObject({ room: { id: roomId, addedBy: by, isNew: false } });
    expect(listed().at(-1)?.isNews).toBeUndefined();
    expect(listed().filter(({ room }) => room.id === roomId)).toHaveLength(2);
    await t.rooms.say(alice, roomId, line("welcome"));
    expect((await first())?.addedBy).toBeUndefined();
    expect(await codeOf(t.rooms.lookIn(dave, roomId))).toBe("done");
  });

  test("B12, E4: show in every list what was read, also where somebody came or went between its being said and read", async () => {
    const { roomId } = await t.rooms.create(alice, { name: "Birds", userIds: ["bob", "carol"] });
    t.manners.set(`${roomId} bob`, "acks");
    t.listening.add("bob");
    const { id } = await t.rooms.say(alice, roomId, line("news"));
    await t.rooms.remove(alice, roomId, "carol");
    await t.rooms.readUpTo(bob, roomId, id);
    // Behind what that has begun.
    await t.rooms.mute(alice, roomId, true);
    const told = t.events.filter((event) => "receiver" in event && event.receiver === "bob").at(-1);
    expect(told).toMatchObject({ type: "room-listed", room: { unreadCount: 0, lastMessage: { body: "news" } } });
  });

  test("without a name are called by the others in every list, also when one comes or goes", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob"] });
    const othersOf = (userId: string) =>
      t
        .heard("room-listed")
        .findLast(({ receiver }) => receiver === userId)
        ?.room.others.map((one) => one.userId);
    await t.rooms.invite(alice, roomId, "carol");
    expect([othersOf("bob"), othersOf("carol")]).toEqual([
      ["alice", "carol"],
      ["alice", "bob"],
    ]);
    await t.rooms.leave(bob, roomId);
    expect([othersOf("alice"), othersOf("carol")]).toEqual([["carol"], ["alice"]]);
  });

  test("are left: nothing more is heard, said or seen, and an owner's place is taken", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    await t.rooms.say(carol, roomId, line("unread"));
    t.listening.add("alice").add("bob");
    await t.rooms.leave(alice, roomId);
    expect(t.heard("member-left")).toEqual([{ type: "member-left", roomId, userId: "alice" }]);
    expect(t.heard("room-unlisted")).toMatchObject([{ receiver: "alice", roomId, isLost: true }]);
    expect(t.heard("room-unlisted")[0]?.counts.unreadMessageCount).toBe(0);
    expect(await codeOf(t.rooms.say(alice, roomId, line("still here?")))).toBe("not_found");
    expect(await codeOf(t.rooms.read(alice, roomId))).toBe("not_found");
    const { members } = (await t.rooms.read(bob, roomId)).room;
    expect(members.filter(({ role }) => role === "owner")).toHaveLength(1);
    await t.rooms.say(bob, roomId, line("without alice"));
    expect(t.heard("message-missed").filter((event) => event.receiver === "alice")).toEqual([]);
    await t.rooms.leave(bob, roomId);
    await t.rooms.leave(carol, roomId);
    expect(await t.database.db.all(sql`select 1 from messages where room_id = ${roomId}`)).toEqual([]);
  });

  test("S24: what is said while somebody is sent away reaches the members of its commit only", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    for (const userId of ["alice", "bob", "carol"]) t.listening.add(userId);
    await t.rooms.say(alice, roomId, line("warm"));
    const from = t.events.length;
    await Promise.all([
      t.rooms.remove(alice, roomId, "bob"),
      t.rooms.say(alice, roomId, line("after")),
      codeOf(t.rooms.say(bob, roomId, line("too late"))).then((code) => expect(code).toBe("not_found")),
    ]);
    const told = t.events.slice(from).flatMap((event) => (event.type === "message-missed" ? [event.receiver] : []));
    expect(told).toEqual(["carol"]);
  });

  test("are the owner's to send away from and to hand over, and nobody else's", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    expect(await codeOf(t.rooms.remove(bob, roomId, "carol"))).toBe("forbidden");
    expect(await codeOf(t.rooms.handOver(bob, roomId, "bob"))).toBe("forbidden");
    expect(await codeOf(t.rooms.remove(dave, roomId, "carol"))).toBe("not_found");
    expect(await codeOf(t.rooms.remove(alice, roomId, "alice"))).toBe("forbidden");
    expect(await codeOf(t.rooms.remove(alice, roomId, "dave"))).toBe("not_found");
    expect(await codeOf(t.rooms.handOver(alice, roomId, "dave"))).toBe("not_found");
    await t.rooms.handOver(alice, roomId, "bob");
    expect(await codeOf(t.rooms.remove(alice, roomId, "carol"))).toBe("forbidden");
    await t.rooms.remove(bob, roomId, "carol");
    expect(await membersOf(roomId)).toEqual(["alice:member", "bob:owner"]);
  });

  test("have a name of their own, or none; a room of two is neither named, left nor joined", async () => {
    const { roomId } = await t.rooms.create(alice, { name: "Old", userIds: ["bob"] });
    await t.rooms.rename(bob, roomId, "New");
    expect((await t.rooms.list(alice)).rooms[0]?.name).toBe("New");
    await t.rooms.rename(bob, roomId, undefined);
    expect((await t.rooms.list(alice)).rooms[0]?.name).toBeUndefined();
    expect(await codeOf(t.rooms.rename(carol, roomId, "Mine"))).toBe("not_found");
    const pair = await t.rooms.open(alice, "bob");
    expect(await codeOf(t.rooms.rename(alice, pair.roomId, "Us"))).toBe("forbidden");
    expect(await codeOf(t.rooms.leave(alice, pair.roomId))).toBe("forbidden");
    expect(await codeOf(t.rooms.invite(alice, pair.roomId, "carol"))).toBe("forbidden");
  });

  test("E9: are muted by one member: counted in their list, in no total, and nothing rings", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    t.listening.add("bob").add("carol");
    await t.rooms.mute(bob, roomId, true);
    await t.rooms.say(alice, roomId, line("hush"));
    expect(t.heard("message-missed").map((event) => event.receiver)).toEqual(["carol"]);
    const changed = t.heard("room-changed").filter((event) => event.receiver === "bob");
    expect(changed).toMatchObject([{ roomUnreadCount: 1, counts: { unreadMessageCount: 0 } }]);
    expect((await t.rooms.list(bob)).rooms[0]).toMatchObject({ isMuted: true, unreadCount: 1 });
    await t.rooms.mute(bob, roomId, false);
    expect(t.heard("room-listed").at(-1)?.counts.unreadMessageCount).toBe(1);
    expect(await codeOf(t.rooms.mute(dave, roomId, true))).toBe("not_found");
  });

  test("F3: who comes back hears who is in it, its name, edits, deletions, likes, and what was left", async () => {
    const { roomId } = await t.rooms.create(alice, { name: "Old", userIds: ["bob", "carol"] });
    const kept = await t.rooms.say(alice, roomId, line("kept"));
    const lost = await t.rooms.say(alice, roomId, line("lost"));
    const position = Number(
      (await t.database.db.all<{ value: string }>(sql`select value from meta where key = 'position'`))[0]?.value,
    );
    await t.rooms.edit(alice, { roomId, messageId: kept.id }, "kept and changed");
    await t.rooms.likeMessage(bob, { roomId, messageId: kept.id }, true);
    await t.rooms.deleteMessage(alice, { roomId, messageId: lost.id });
    await t.rooms.rename(alice, roomId, "New");
    await t.rooms.leave(carol, roomId);
    const missed = (await t.rooms.since(bob, roomId, { position, limit: 100 })) ?? [];
    const types = missed.map(({ event }) => event.type);
    for (const type of [
      "message-edited",
      "message-liked",
      "message-deleted",
      "room-renamed",
      "room-members",
    ] as const) {
      expect(types).toContain(type);
    }
    const own = (await t.rooms.changesSince(carol, { position, limit: 100 })) ?? [];
    expect(own.map(({ event }) => event)).toMatchObject([{ type: "room-unlisted", roomId, isLost: true }]);
    const others = (await t.rooms.changesSince(bob, { position, limit: 100 })) ?? [];
    expect(others.map(({ event }) => event)).toMatchObject([
      { type: "room-listed", room: { id: roomId, name: "New" } },
    ]);
  });
});

describe("numbers", () => {
  test("are told to whoever is there and had not read all, as after accepting a request: the next line reads what was before it", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    t.listening.add("bob");
    await t.rooms.say(alice, roomId, line("one"));
    await t.rooms.say(alice, roomId, line("two"));
    expect(t.heard("message-missed").at(-1)?.counts.unreadMessageCount).toBe(2);
    t.manners.set(`${roomId} bob`, "sees");
    await t.rooms.say(alice, roomId, line("three"));
    const listed = () => t.heard("room-listed").filter(({ room }) => room.unreadCount === 0 && room.lastMessage);
    await until(() => listed().length > 0);
    expect(listed()).toMatchObject([{ receiver: "bob", counts: { unreadMessageCount: 0 } }]);
    // And once only.
    await t.rooms.say(alice, roomId, line("four"));
    await t.rooms.say(alice, roomId, line("five"));
    expect(listed()).toHaveLength(1);
  });

  test("are told to whoever marks the room unread while something is said in it", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    t.listening.add("bob");
    t.manners.set(`${roomId} bob`, "sees");
    const first = await t.rooms.say(alice, roomId, line("one"));
    const marking = t.rooms.markUnread(bob, roomId, first.id);
    // It waits for the same commit, in front of the line.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    await Promise.all([marking, t.rooms.say(alice, roomId, line("two"))]);
    const listed = () => t.heard("room-listed").filter(({ room }) => room.lastMessage?.body === "two");
    await until(() => listed().length > 0);
    expect(listed()).toMatchObject([{ receiver: "bob", counts: { unreadMessageCount: 2 } }]);
  });
});

describe("requests", () => {
  test("from somebody unknown ring nowhere, count nowhere, tell nothing of reading, and wait to be accepted", async () => {
    await openTo("bob", "requests");
    t.listening.add("bob");
    const { roomId } = await t.rooms.open(alice, "bob");
    const said = await t.rooms.say(alice, roomId, line("hello, you do not know me"));
    expect(t.heard("message-missed")).toEqual([]);
    expect((await t.rooms.list(bob)).rooms).toEqual([]);
    expect(await t.rooms.list(bob, { isRequests: true })).toMatchObject({ requestCount: 1, rooms: [{ id: roomId }] });
    await t.rooms.readUpTo(bob, roomId, said.id, true);
    expect(t.heard("room-read").filter((event) => event.reader === "bob")).toEqual([]);
    expect((await t.rooms.read(alice, roomId)).messages[0]?.isReadByAll).toBe(false);
    await t.rooms.accept(bob, roomId);
    expect(t.heard("room-listed").at(-1)).toMatchObject({ receiver: "bob", counts: { unreadMessageCount: 1 } });
    await t.rooms.say(alice, roomId, line("thank you"));
    expect(t.heard("message-missed")).toHaveLength(1);
    expect(await codeOf(t.rooms.accept(carol, roomId))).toBe("not_found");
  });

  test("that are declined are shown nowhere, whatever follows, and their sender is told nothing", async () => {
    await openTo("bob", "requests");
    const { roomId } = await t.rooms.open(alice, "bob");
    await t.rooms.say(alice, roomId, line("hello"));
    const from = t.events.length;
    await t.rooms.decline(bob, roomId);
    expect(t.events.slice(from)).toMatchObject([
      { type: "room-requested", receiver: "bob", roomId, room: undefined, requestCount: 0 },
    ]);
    t.listening.add("bob").add("alice");
    await t.rooms.say(alice, roomId, line("hello?"));
    expect(t.events.slice(from).filter((event) => "counts" in event && event.receiver === "bob")).toHaveLength(1);
    expect(await t.rooms.list(bob, { isRequests: true })).toMatchObject({ requestCount: 0, rooms: [] });
    expect((await t.rooms.list(bob)).rooms).toEqual([]);
    expect(await codeOf(t.rooms.decline(carol, roomId))).toBe("not_found");
  });

  test("are none from those one has answered, and writing back accepts", async () => {
    const first = await t.rooms.create(carol, { name: undefined, userIds: ["alice", "bob"] });
    await openTo("bob", "requests");
    await t.rooms.say(alice, first.roomId, line("hi"));
    const { roomId } = await t.rooms.open(alice, "bob");
    await t.rooms.say(alice, roomId, line("psst"));
    expect((await t.rooms.list(bob, { isRequests: true })).requestCount).toBe(1);
    await t.rooms.say(bob, roomId, line("yes?"));
    expect((await t.rooms.list(bob, { isRequests: true })).requestCount).toBe(0);
    await openTo("bob", "known");
    expect(await codeOf(t.rooms.create(alice, { name: undefined, userIds: ["bob"] }))).toBe("done");
    expect(await codeOf(t.rooms.open(dave, "bob"))).toBe("forbidden");
  });
});

describe("reading", () => {
  test("E5: marked unread again is one's own affair: what others know to be read stays so, and never goes back", async () => {
    const { roomId } = await t.rooms.open(alice, "bob");
    const ids = [];
    for (const body of ["one", "two", "three"]) ids.push((await t.rooms.say(alice, roomId, line(body))).id);
    const [one = 0, two = 0, three = 0] = ids;
    await t.rooms.readUpTo(bob, roomId, three);
    await t.rooms.markUnread(bob, roomId, one);
    const isRead = async () => (await t.rooms.read(alice, roomId)).messages.map((m) => m.isReadByAll);
    expect(await isRead()).toEqual([true, true, true]);
    expect((await t.rooms.read(bob, roomId)).unreadCount).toBe(3);
    await t.rooms.readUpTo(bob, roomId, two);
    expect((await t.rooms.read(bob, roomId)).unreadCount).toBe(1);
    expect(await isRead()).toEqual([true, true, true]);
    const told = t.heard("room-read").filter(({ reader }) => reader === "bob");
    expect(told.map(({ upTo, readByAllUpTo }) => [upTo, readByAllUpTo])).toEqual([
      [three, three],
      [three, three],
    ]);
    const missed = (await t.rooms.since(alice, roomId, { position: three, limit: 10 })) ?? [];
    expect(missed.map(({ event }) => event)).toMatchObject([{ type: "room-read", upTo: three, readByAllUpTo: three }]);
  });
});

describe("blocks", () => {
  test("A14: take back the alarms between the two at once, raise none, and bring none back", async () => {
    const { createPosts } = await import("../../src/service/posts.ts");
    const posts = createPosts({ database: t.database, nowMs: () => 1_000 });
    const post = await posts.write(alice, { title: "Mine", body: "post" });
    await posts.like(bob, post.id);
    await posts.like(carol, post.id);
    await t.blocks.block(alice, "bob");
    const changed = t.events.findLast((event) => event.type === "alarm-raised");
    expect(changed).toMatchObject({ receiver: "alice", isNews: false, alarm: { actors: [{ userId: "carol" }] } });
    const from = t.events.length;
    await posts.comment(bob, post.id, { body: "hello", parentId: undefined });
    await t.blocks.unblock(alice, "bob");
    expect(t.events.slice(from).filter((event) => event.type.startsWith("alarm"))).toEqual([]);
  });

  test("close the room of two for both, live, from the very next line, until taken back", async () => {
    const { roomId } = await t.rooms.open(alice, "bob");
    const first = { ...line("before"), clientId: crypto.randomUUID() };
    const said = await t.rooms.say(alice, roomId, first);
    await Promise.all([
      t.blocks.block(bob, "alice"),
      codeOf(t.rooms.say(alice, roomId, line("in the same turn"))).then((code) => expect(code).toBe("blocked")),
    ]);
    expect(t.heard("room-closed")).toEqual([{ type: "room-closed", roomId, isClosed: true }]);
    // Nor are other words given to what was said, or hearts, by an act that waits for the same commit.
    await t.blocks.unblock(bob, "alice");
    expect(await codeOf(t.rooms.check(alice, roomId))).toBe("done");
    const place = { roomId, messageId: said.id };
    const [, ...codes] = await Promise.all([
      t.blocks.block(bob, "alice"),
      codeOf(t.rooms.edit(alice, place, "other words")),
      codeOf(t.rooms.likeMessage(alice, place, true)),
    ]);
    expect(codes).toEqual(["blocked", "blocked"]);
    expect([t.heard("message-edited"), t.heard("message-liked")]).toEqual([[], []]);
    // What was said before the block and is sent once more was said; nothing else is.
    expect((await t.rooms.say(alice, roomId, first)).id).toBe(said.id);
    for (const me of [alice, bob]) {
      expect(await codeOf(t.rooms.say(me, roomId, line("no")))).toBe("blocked");
      expect(await codeOf(t.rooms.say(me, roomId, { ...first, clientId: crypto.randomUUID() }))).toBe("blocked");
      expect(await codeOf(t.rooms.likeMessage(me, { roomId, messageId: said.id }, true))).toBe("blocked");
      expect(await t.rooms.showsTyping(me, roomId)).toBe(false);
      expect((await t.rooms.read(me, roomId)).messages).toHaveLength(1);
      expect(await codeOf(t.rooms.open(me, me === alice ? "bob" : "alice"))).toBe("done");
    }
    expect(await codeOf(t.rooms.edit(alice, { roomId, messageId: said.id }, "around it"))).toBe("blocked");
    expect(await t.rooms.partedIn(alice, roomId)).toEqual(["bob"]);
    await t.blocks.unblock(bob, "alice");
    expect(await codeOf(t.rooms.say(alice, roomId, line("again")))).toBe("done");
  });

  test("S25: in a group what the blocked say rings nowhere, counts as nothing new and shows no words; others hear all", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol"] });
    for (const userId of ["alice", "bob", "carol"]) t.listening.add(userId);
    await t.rooms.say(bob, roomId, line("before"));
    expect((await t.rooms.list(alice)).rooms[0]).toMatchObject({ unreadCount: 1, lastMessage: { body: "before" } });
    const from = t.events.length;
    await t.blocks.block(alice, "bob");
    expect(t.events.slice(from)).toMatchObject([
      { type: "people-blocked", receiver: "alice", blocked: ["bob"], parted: { from: "bob", roomIds: [roomId] } },
      { type: "room-listed", receiver: "alice", room: { unreadCount: 0 }, counts: { unreadMessageCount: 0 } },
    ]);
    const said = t.events.length;
    await t.rooms.say(bob, roomId, line("@alice psst"));
    const told = t.events.slice(said).filter((event) => "counts" in event && event.receiver !== "bob");
    expect(told).toMatchObject([
      { type: "room-changed", receiver: "alice", roomUnreadCount: 0, lastMessage: { body: "", isFromBlocked: true } },
      { type: "message-missed", receiver: "carol", roomUnreadCount: 2 },
    ]);
    expect(t.events.slice(said).filter((event) => event.type === "alarm-raised")).toEqual([]);
    expect((await t.rooms.list(alice)).rooms[0]).toMatchObject({ unreadCount: 0, lastMessage: { body: "" } });
    // It works one way for the words: whom one has blocked reads on, as everybody does.
    await t.rooms.say(alice, roomId, line("to all"));
    expect(t.heard("message-missed").findLast(({ receiver }) => receiver === "bob")?.message.body).toBe("to all");
    const fromBob = t.heard("message-said").findLast(({ message }) => message.author.userId === "bob");
    if (fromBob) await t.rooms.tellIfUnread("alice", fromBob.message);
    expect(t.heard("message-missed").filter(({ receiver }) => receiver === "alice")).toHaveLength(1);
    await t.blocks.unblock(alice, "bob");
    expect((await t.rooms.list(alice)).rooms[0]?.lastMessage?.body).toBe("to all");
    expect((await t.rooms.read(alice, roomId)).blocked).toEqual([]);
  });

  test("E11: between two of whom one blocked the other there are no receipts, nor may anybody draw them from a group", async () => {
    const { roomId } = await t.rooms.create(alice, { name: undefined, userIds: ["bob", "carol", "dave"] });
    const first = await t.rooms.say(alice, roomId, line("first"));
    await t.blocks.block(bob, "alice");
    for (const me of [bob, carol]) await t.rooms.readUpTo(me, roomId, first.id);
    expect(t.heard("room-read").map(({ reader, readByAllUpTo }) => [reader, readByAllUpTo])).toEqual([["carol", 0]]);
    for (const me of [alice, bob, carol]) {
      const page = await t.rooms.read(me, roomId);
      expect([page.hasReceipts, page.messages[0]?.isReadByAll]).toEqual([false, false]);
    }
    expect([alice, bob, carol].map((me) => t.rooms.hearsReceipts(me, roomId))).toEqual([false, false, true]);
    const missed = (await t.rooms.since(carol, roomId, { position: first.id, limit: 100 })) ?? [];
    expect(missed.map(({ event }) => event)).toMatchObject([{ type: "room-read", reader: "carol", readByAllUpTo: 0 }]);
    expect(await t.rooms.partedIn(alice, roomId)).toEqual(["bob"]);
    expect(await t.rooms.partedIn(carol, roomId)).toEqual([]);
  });

  test("F3: who comes back hears whom they blocked elsewhere, and that the room of two is closed", async () => {
    const { roomId } = await t.rooms.open(alice, "bob");
    const said = await t.rooms.say(alice, roomId, line("before"));
    await t.blocks.block(alice, "bob");
    const missed = { position: said.id, limit: 100 };
    const own = (await t.rooms.changesSince(alice, missed)) ?? [];
    expect(own.map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ type: "people-blocked", receiver: "alice", blocked: ["bob"] }),
    );
    const others = (await t.rooms.changesSince(bob, missed)) ?? [];
    expect(others.map(({ event }) => event.type)).not.toContain("people-blocked");
    for (const me of [alice, bob]) {
      const inRoom = (await t.rooms.since(me, roomId, missed)) ?? [];
      expect(inRoom.map(({ event }) => event)).toContainEqual({ type: "room-closed", roomId, isClosed: true });
    }
  });

  test("open no new room, either way", async () => {
    await t.blocks.block(alice, "bob");
    expect(await codeOf(t.rooms.open(alice, "bob"))).toBe("blocked");
    expect(await codeOf(t.rooms.open(bob, "alice"))).toBe("blocked");
    expect(await t.blocks.hasBlocked(alice, "bob")).toBe(true);
    expect(await t.blocks.hasBlocked(bob, "alice")).toBe(false);
  });
});
