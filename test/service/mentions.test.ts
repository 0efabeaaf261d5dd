import { describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import type { Person } from "../../src/domain/account.ts";
import type { Alarm, AlarmKind } from "../../src/domain/alarm.ts";
import { MENTIONS_MAX, mentionsIn } from "../../src/domain/mention.ts";
import { createAlarms } from "../../src/service/alarms.ts";
import { createBlocks } from "../../src/service/blocks.ts";
import { createPosts } from "../../src/service/posts.ts";
import { createRooms } from "../../src/service/rooms.ts";
import { testClock } from "../support/clock.ts";
import { addAccount, fail, testDatabase } from "../support/database.ts";

describe("a text names", () => {
  test("whoever stands behind an @, each once, also right before Korean letters", () => {
    expect(mentionsIn("@alice 안녕@bob님, (@carol) @alice!")).toEqual(["alice", "bob", "carol"]);
  });
  test("nobody in e-mail addresses, links, longer words and what no user id can be", () => {
    expect(mentionsIn("a@bob.com https://x.test/@carol @al @Alice @abcdefghijklmnopqrstu @@dave @eve@x")).toEqual([]);
  });
  test("twenty people at most (S76)", () => {
    const all = Array.from({ length: 500 }, (_, i) => `@member${i}`);
    expect(mentionsIn(all.join(" "))).toEqual(all.slice(0, MENTIONS_MAX).map((name) => name.slice(1)));
  });
});

async function community() {
  const t = await testDatabase();
  const options = { database: t.database, nowMs: testClock().nowMs };
  const posts = createPosts(options);
  const alarms = createAlarms(options);
  const blocks = createBlocks({ ...options, forgetPerson: () => undefined });
  const alice = await addAccount(t.database, "alice");
  const bob = await addAccount(t.database, "bob");
  const carol = await addAccount(t.database, "carol");
  const inboxOf = async (me: Person) => (await alarms.inbox(me)).alarms.map(short);
  const run = (statement: ReturnType<typeof sql>) =>
    t.database.commit({
      statements: () => [t.database.db.run(statement)],
      done: () => ({ value: undefined, events: [] }),
    });
  return { t, posts, alarms, blocks, alice, bob, carol, inboxOf, run };
}

const short = ({ kind, target, postId, replyId, actors }: Alarm) =>
  `${kind} ${target} ${postId} ${replyId ?? "-"} ${actors.map((actor) => actor.userId).join(",")}`;

describe("a mention alarms", () => {
  test("whom a post names, once, and not its author", async () => {
    const { posts, alice, bob, carol, inboxOf } = await community();
    await posts.write(alice, { title: "Hello", body: "@bob and @bob and @alice and @nobody" });
    expect(await inboxOf(bob)).toEqual(["MENTION POST 1 - alice"]);
    expect(await inboxOf(alice)).toEqual([]);
    expect(await inboxOf(carol)).toEqual([]);
  });

  test("whom a comment names, but who is told of the comment already is not told twice", async () => {
    const { posts, alice, bob, carol, inboxOf } = await community();
    await posts.write(alice, { title: "Hello", body: "World" });
    await posts.comment(bob, 1, { body: "@alice @carol look", parentId: undefined });
    expect(await inboxOf(alice)).toEqual(["REPLY POST 1 1 bob"]);
    expect(await inboxOf(carol)).toEqual(["MENTION POST_REPLY 1 1 bob"]);
  });

  test("stands among the mentions also where a reply told of it, as one alarm that either kind reads", async () => {
    const { posts, alarms, alice, bob, carol } = await community();
    const mentionsOf = async (me: Person) => (await alarms.inbox(me, { kind: "MENTION" })).alarms.map(short);
    await posts.write(alice, { title: "Hello", body: "World" });
    await posts.comment(bob, 1, { body: "hm, a@alice.example and @alice2", parentId: undefined });
    expect(await mentionsOf(alice)).toEqual([]);
    const named = (await posts.comment(bob, 1, { body: "so\n@alice님", parentId: undefined })).comment.id;
    expect(await mentionsOf(alice)).toEqual([`REPLY POST 1 ${named} bob`]);
    expect((await alarms.inbox(alice, { kind: "REPLY" })).alarms).toHaveLength(2);
    expect((await alarms.counts("alice")).unreadAlarmCount).toBe(2);
    await posts.comment(carol, 1, { body: "@bob", parentId: named });
    expect(await mentionsOf(bob)).toEqual([`REPLY POST_REPLY 1 ${named + 1} carol`]);
    await alarms.readUpTo(alice, Number.MAX_SAFE_INTEGER, "MENTION");
    expect((await alarms.inbox(alice)).alarms.map(({ replyId, isRead }) => [replyId, isRead])).toEqual([
      [named + 1, false],
      [named, true],
      [named - 1, false],
    ]);
    await posts.editComment(bob, named, "so");
    expect(await mentionsOf(alice)).toEqual([]);
  });

  test("after an edit only who is named for the first time; who is no longer named hears no more of it", async () => {
    const { t, posts, alice, bob, carol, inboxOf, alarms } = await community();
    await posts.write(alice, { title: "Hello", body: "@bob" });
    await alarms.readUpTo(bob, Number.MAX_SAFE_INTEGER);
    await posts.edit(alice, 1, { title: "Hello", body: "@bob and @carol" });
    expect(await inboxOf(bob)).toEqual(["MENTION POST 1 - alice"]);
    expect((await alarms.counts("bob")).unreadAlarmCount).toBe(0);
    expect(await inboxOf(carol)).toEqual(["MENTION POST 1 - alice"]);
    t.events.splice(0);
    await posts.edit(alice, 1, { title: "Hello", body: "@bob" });
    expect(await inboxOf(carol)).toEqual([]);
    expect(t.events.map((event) => event.type)).toEqual(["post-edited", "alarm-retracted"]);
    const comment = (await posts.comment(bob, 1, { body: "hm", parentId: undefined })).comment.id;
    await posts.editComment(bob, comment, "hm @carol @alice");
    expect(await inboxOf(carol)).toEqual([`MENTION POST_REPLY 1 ${comment} bob`]);
    expect(await inboxOf(alice)).toEqual([`REPLY POST 1 ${comment} bob`]);
  });

  test("nobody through somebody else's post or comment", async () => {
    const { posts, alice, bob, carol, inboxOf } = await community();
    await posts.write(alice, { title: "Hello", body: "World" });
    const comment = (await posts.comment(alice, 1, { body: "hm", parentId: undefined })).comment.id;
    const refused = [
      posts.edit(bob, 1, { title: "x", body: "@carol" }),
      posts.editComment(bob, comment, "@carol"),
      posts.comment(bob, 7, { body: "@carol", parentId: undefined }),
    ];
    for (const act of refused)
      expect(
        await act.then(
          () => "done",
          (error) => error.code,
        ),
      ).not.toBe("done");
    expect(await inboxOf(carol)).toEqual([]);
  });
});

describe("nothing is raised for", () => {
  const everyKind = async ({ posts, alice, bob }: Awaited<ReturnType<typeof community>>) => {
    await posts.write(alice, { title: "Hello", body: "World" });
    await posts.like(bob, 1);
    await posts.comment(bob, 1, { body: "hm", parentId: undefined });
    await posts.write(bob, { title: "Hello", body: "@alice" });
  };

  test("people one of whom blocks the other, either way round (A14)", async () => {
    for (const [blocker, blocked] of [
      ["alice", "bob"],
      ["bob", "alice"],
    ]) {
      const c = await community();
      await c.run(sql`insert into blocks values (${blocker}, ${blocked}, 1)`);
      await everyKind(c);
      expect(await c.inboxOf(c.alice)).toEqual([]);
    }
  });

  test("who turned the kind off; the other kinds still ring", async () => {
    const kinds: AlarmKind[] = ["LIKES", "REPLY", "MENTION"];
    for (const off of kinds) {
      const c = await community();
      await c.run(sql`update accounts set alarms_off = ${off} where user_id = 'alice'`);
      await everyKind(c);
      const heard = (await c.inboxOf(c.alice)).map((row) => row.split(" ")[0]);
      expect(heard.toSorted()).toEqual(kinds.filter((kind) => kind !== off).toSorted());
    }
  });

  test("who muted the post; other posts still ring", async () => {
    const c = await community();
    await c.posts.write(c.alice, { title: "Muted", body: "x" });
    await c.run(sql`insert into post_mutes values ('alice', 1, 1)`);
    await c.posts.like(c.bob, 1);
    await c.posts.comment(c.bob, 1, { body: "hm", parentId: undefined });
    expect(await c.inboxOf(c.alice)).toEqual([]);
    await c.posts.write(c.alice, { title: "Other", body: "x" });
    await c.posts.like(c.bob, 2);
    expect(await c.inboxOf(c.alice)).toEqual(["LIKES POST 2 - bob"]);
  });
});

describe("a block", () => {
  test("takes both out of each other's alarms, and unblocking brings nothing back (A14)", async () => {
    const c = await community();
    await c.posts.write(c.alice, { title: "Hello", body: "World" });
    await c.posts.write(c.bob, { title: "Hello", body: "World" });
    await c.posts.like(c.bob, 1);
    await c.posts.like(c.carol, 1);
    await c.posts.comment(c.bob, 1, { body: "hm", parentId: undefined });
    await c.posts.like(c.alice, 2);
    await c.alarms.readUpTo(c.bob, Number.MAX_SAFE_INTEGER);
    c.t.events.splice(0);
    await c.blocks.block(c.alice, "bob");
    expect(await c.inboxOf(c.alice)).toEqual(["LIKES POST 1 - carol"]);
    expect(await c.inboxOf(c.bob)).toEqual([]);
    const told = c.t.events.flatMap((event) =>
      "counts" in event ? [`${event.receiver} ${event.type} ${event.counts.unreadAlarmCount}`] : [],
    );
    expect(told.toSorted()).toEqual([
      "alice alarm-raised 1",
      "alice alarm-retracted 1",
      "alice people-blocked 1",
      "bob alarm-retracted 0",
    ]);
    await c.posts.unlike(c.bob, 1);
    await c.posts.like(c.bob, 1);
    await c.blocks.unblock(c.alice, "bob");
    expect(await c.inboxOf(c.alice)).toEqual(["LIKES POST 1 - carol"]);
    await c.posts.comment(c.bob, 1, { body: "again", parentId: undefined });
    expect(await c.inboxOf(c.alice)).toEqual(["REPLY POST 1 2 bob", "LIKES POST 1 - carol"]);
  });
});

describe("in a room", () => {
  /** Alice, Bob and Carol are in a group of Alice's; Dave is not. `at` says who is in the room, and how. */
  async function group(at: Readonly<Record<string, "sees" | "acks">> = {}) {
    const c = await community();
    const dave = await addAccount(c.t.database, "dave");
    const rooms = createRooms({
      database: c.t.database,
      nowMs: testClock().nowMs,
      surroundings: { mannerOf: (_, userId) => at[userId], isListening: () => true, departures: () => 0 },
      presentIn: () => Object.keys(at),
      report: fail,
    });
    const { roomId } = await rooms.create(c.alice, { name: "Us", userIds: ["bob", "carol"] });
    const line = (body: string) => ({ body, clientId: undefined, replyToId: undefined });
    const say = (me: Person, body: string) => rooms.say(me, roomId, line(body));
    return { ...c, dave, rooms, roomId, say };
  }

  test("a member who is elsewhere is told, with the message's own count; nobody else is", async () => {
    const { t, say, alice, bob, carol, dave, inboxOf } = await group({ carol: "sees" });
    t.events.splice(0);
    const message = await say(alice, "@bob @carol @dave @alice come");
    expect(await inboxOf(bob)).toEqual([`MENTION MESSAGE 0 ${message.id} alice`]);
    for (const person of [alice, carol, dave]) expect(await inboxOf(person)).toEqual([]);
    const toBob = t.events.filter((event) => "receiver" in event && event.receiver === "bob" && "counts" in event);
    expect(toBob.map((event) => event.type)).toEqual(["message-missed", "alarm-raised"]);
    expect(toBob.map((event) => "counts" in event && event.counts.unreadAlarmCount)).toEqual([1, 1]);
  });

  test("neighbours in one commit are told each of their own", async () => {
    const { say, alice, bob, carol, inboxOf } = await group();
    const [first, , third] = await Promise.all([say(alice, "@bob"), say(bob, "nobody"), say(bob, "@carol @alice")]);
    expect(await inboxOf(bob)).toEqual([`MENTION MESSAGE 0 ${first?.id} alice`]);
    expect(await inboxOf(carol)).toEqual([`MENTION MESSAGE 0 ${third?.id} bob`]);
  });

  test("who is there without looking is told later, unless they have read it by then", async () => {
    const { t, rooms, roomId, say, alice, bob, carol, inboxOf } = await group({ bob: "acks", carol: "acks" });
    const message = await say(alice, "@bob @carol");
    expect(await inboxOf(bob)).toEqual([]);
    await rooms.readUpTo(carol, roomId, message.id);
    t.events.splice(0);
    for (const { userId } of [bob, carol]) await rooms.tellIfUnread(userId, message);
    expect(await inboxOf(bob)).toEqual([`MENTION MESSAGE 0 ${message.id} alice`]);
    expect(await inboxOf(carol)).toEqual([]);
    expect(t.events.map((event) => event.type)).toEqual(["message-missed", "alarm-raised"]);
  });

  test("an edit tells whom it names for the first time, and takes back what it no longer says", async () => {
    const { rooms, roomId, say, alice, bob, carol, dave, inboxOf } = await group();
    const { id: messageId } = await say(alice, "@bob");
    await rooms.edit(alice, { roomId, messageId }, "@bob @carol @dave");
    const row = `MENTION MESSAGE 0 ${messageId} alice`;
    for (const person of [bob, carol]) expect(await inboxOf(person)).toEqual([row]);
    expect(await inboxOf(dave)).toEqual([]);
    await rooms.edit(alice, { roomId, messageId }, "@carol");
    expect(await inboxOf(bob)).toEqual([]);
    const refused = rooms.edit(bob, { roomId, messageId }, "@alice");
    expect(
      await refused.then(
        () => "done",
        (error) => error.code,
      ),
    ).toBe("forbidden");
    expect(await inboxOf(alice)).toEqual([]);
    expect(await inboxOf(carol)).toEqual([row]);
  });

  test("reading past it reads it; deleting it or leaving takes it back", async () => {
    const { alarms, rooms, roomId, say, alice, bob, carol, inboxOf } = await group();
    const message = await say(alice, "@bob @carol");
    await alarms.readOfRoom("bob", roomId);
    expect((await alarms.counts("bob")).unreadAlarmCount).toBe(1);
    await rooms.readUpTo(bob, roomId, message.id);
    await alarms.readOfRoom("bob", roomId);
    expect((await alarms.counts("bob")).unreadAlarmCount).toBe(0);
    await rooms.leave(carol, roomId);
    expect(await inboxOf(carol)).toEqual([]);
    await rooms.deleteMessage(alice, { roomId, messageId: message.id });
    expect(await inboxOf(bob)).toEqual([]);
  });
});
