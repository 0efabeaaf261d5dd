import { describe, expect, test } from "bun:test";
import type { Person } from "../../src/domain/account.ts";
import type { Alarm } from "../../src/domain/alarm.ts";
import type { BirdieError, ErrorCode } from "../../src/domain/errors.ts";
import type { Event, QueueEvent } from "../../src/domain/event.ts";
import { createAlarms } from "../../src/service/alarms.ts";
import { createPosts } from "../../src/service/posts.ts";
import { testClock } from "../support/clock.ts";
import { addAccount, testDatabase } from "../support/database.ts";

type Of<T extends QueueEvent["type"]> = Extract<QueueEvent, { type: T }>;

/** Alice has written post 1; bob, carol, dave and eve are there. */
async function community() {
  const t = await testDatabase();
  const clock = testClock();
  const options = { database: t.database, nowMs: clock.nowMs };
  const posts = createPosts(options);
  const alarms = createAlarms(options);
  const person = (userId: string) => addAccount(t.database, userId, userId.toUpperCase());
  const alice = await person("alice");
  const bob = await person("bob");
  const carol = await person("carol");
  const dave = await person("dave");
  const eve = await person("eve");
  await posts.write(alice, { title: "Hello", body: "World" });
  t.events.splice(0);
  /** The events of one type since the last call; all others are forgotten. */
  const heard = <T extends QueueEvent["type"]>(type: T): Of<T>[] =>
    t.events.splice(0).filter((event: Event): event is Of<T> => event.type === type);
  const say = async (me: Person, body: string, parentId?: number) =>
    (await posts.comment(me, 1, { body, parentId })).comment.id;
  const inboxOf = async (me: Person) => (await alarms.inbox(me)).alarms;
  const unreadOf = async (me: Person) => (await alarms.counts(me.userId)).unreadAlarmCount;
  return { t, clock, posts, alarms, alice, bob, carol, dave, eve, heard, say, inboxOf, unreadOf };
}

const names = (alarm: Alarm | undefined) => alarm?.actors.map((actor) => actor.userId);
const short = ({ kind, target, replyId }: Alarm) => `${kind} ${target} ${replyId ?? "-"}`;

async function refusalOf(work: Promise<unknown>): Promise<ErrorCode | "none"> {
  return work.then(
    () => "none" as const,
    (error: BirdieError) => error.code,
  );
}

describe("likes alarm", () => {
  test("the author of a post, in the commit of the like, with the true count", async () => {
    const { posts, bob, alice, heard, inboxOf, clock } = await community();
    await posts.like(bob, 1);
    const [alarm] = await inboxOf(alice);
    expect(alarm).toEqual({
      id: alarm?.id ?? 0,
      key: 1,
      kind: "LIKES",
      receiver: "alice",
      actors: [{ userId: "bob", name: "BOB" }],
      actorCount: 1,
      target: "POST",
      postId: 1,
      roomId: undefined,
      replyId: undefined,
      excerpt: "Hello",
      isRead: false,
      createdAtMs: clock.nowMs(),
    });
    const counts = { unreadAlarmCount: 1, unreadMessageCount: 0 };
    const event = { type: "alarm-raised", receiver: "alice", isNews: true, counts } as const;
    expect(heard("alarm-raised")).toEqual([{ ...event, alarm: alarm as Alarm }]);
    expect(await inboxOf(bob)).toEqual([]);
  });

  test("the author of a comment, about that comment", async () => {
    const { posts, alice, bob, say, inboxOf } = await community();
    const comment = await say(bob, "so  good\nindeed");
    await posts.likeComment(alice, comment);
    expect(await inboxOf(bob)).toMatchObject([
      { kind: "LIKES", target: "POST_REPLY", postId: 1, replyId: comment, excerpt: "so good indeed" },
    ]);
  });

  test("nobody by their own acts", async () => {
    const { posts, alice, inboxOf, heard, say } = await community();
    await posts.like(alice, 1);
    const comment = await say(alice, "me again");
    await say(alice, "and again", comment);
    await posts.likeComment(alice, comment);
    expect(await inboxOf(alice)).toEqual([]);
    expect(heard("alarm-raised")).toEqual([]);
  });

  test("as one group of distinct people, latest first, that counts once", async () => {
    const { posts, alice, bob, carol, dave, eve, inboxOf, unreadOf, clock, heard } = await community();
    const ids: number[] = [];
    for (const person of [bob, carol, dave, eve]) {
      clock.advance(1_000);
      await posts.like(person, 1);
      ids.push((await inboxOf(alice))[0]?.id ?? 0);
    }
    const inbox = await inboxOf(alice);
    expect(inbox).toHaveLength(1);
    expect(names(inbox[0])).toEqual(["eve", "dave"]);
    expect(inbox[0]).toMatchObject({ key: 1, actorCount: 4, createdAtMs: clock.nowMs() });
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(await unreadOf(alice)).toBe(1);
    expect(heard("alarm-raised").map((event) => event.alarm.key)).toEqual([1, 1, 1, 1]);
  });

  test("once, however often the same person likes", async () => {
    const { posts, alice, bob, inboxOf, heard } = await community();
    await Promise.all([posts.like(bob, 1), posts.like(bob, 1), posts.like(bob, 1)]);
    expect(heard("alarm-raised")).toHaveLength(1);
    expect((await inboxOf(alice))[0]?.actorCount).toBe(1);
  });

  test("like, unlike, like gives exactly one row", async () => {
    const { posts, alice, bob, inboxOf, unreadOf, heard } = await community();
    await posts.like(bob, 1);
    const [first] = await inboxOf(alice);
    await posts.unlike(bob, 1);
    expect(await inboxOf(alice)).toEqual([]);
    expect(await unreadOf(alice)).toBe(0);
    expect(heard("alarm-retracted")).toEqual([
      {
        type: "alarm-retracted",
        receiver: "alice",
        alarm: { id: first?.id ?? 0, key: 1, kind: "LIKES" },
        counts: { unreadAlarmCount: 0, unreadMessageCount: 0 },
      },
    ]);
    await posts.like(bob, 1);
    expect(await inboxOf(alice)).toHaveLength(1);
    expect(await unreadOf(alice)).toBe(1);
  });

  test("a group that loses one of its people says so without ringing", async () => {
    const { posts, alice, bob, carol, heard, inboxOf } = await community();
    await posts.like(bob, 1);
    await posts.like(carol, 1);
    const [before] = await inboxOf(alice);
    heard("alarm-raised");
    await posts.unlike(carol, 1);
    const [event] = heard("alarm-raised");
    expect(event).toMatchObject({ isNews: false, alarm: { id: before?.id ?? 0, actorCount: 1, isRead: false } });
    expect(names(event?.alarm)).toEqual(["bob"]);
  });

  test("anew once the group was read, and the older stays read", async () => {
    const { posts, alarms, alice, bob, carol, inboxOf, unreadOf } = await community();
    await posts.like(bob, 1);
    await alarms.readUpTo(alice, (await inboxOf(alice))[0]?.id ?? 0);
    await posts.like(carol, 1);
    expect((await inboxOf(alice)).map((alarm) => [names(alarm), alarm.isRead])).toEqual([
      [["carol"], false],
      [["bob"], true],
    ]);
    expect(await unreadOf(alice)).toBe(1);
  });

  test("and are taken back from a read group too", async () => {
    const { posts, alarms, alice, bob, inboxOf, heard } = await community();
    await posts.like(bob, 1);
    await alarms.readUpTo(alice, 1_000);
    await posts.unlike(bob, 1);
    expect(await inboxOf(alice)).toEqual([]);
    expect(heard("alarm-retracted")).toHaveLength(1);
  });

  test("a hundred people at once: one row, the right counts", async () => {
    const { t, posts, alice, inboxOf, unreadOf, heard } = await community();
    const people = await Promise.all(Array.from({ length: 100 }, (_, i) => addAccount(t.database, `fan_${i}`)));
    heard("alarm-raised");
    const states = await Promise.all(people.flatMap((person) => [posts.like(person, 1), posts.like(person, 1)]));
    expect(Math.max(...states.map((state) => state.likeCount))).toBe(100);
    expect((await posts.read(alice, 1)).post.item.likeCount).toBe(100);
    const inbox = await inboxOf(alice);
    expect(inbox).toHaveLength(1);
    expect(inbox[0]?.actorCount).toBe(100);
    expect(await unreadOf(alice)).toBe(1);
    const raised = heard("alarm-raised");
    expect(raised.map((event) => event.alarm.actorCount)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(new Set(raised.map((event) => event.counts.unreadAlarmCount))).toEqual(new Set([1]));
    await Promise.all(people.map((person) => posts.unlike(person, 1)));
    expect(await inboxOf(alice)).toEqual([]);
  });
});

describe("comments alarm", () => {
  test("the author of the post, one row for each, apart from likes", async () => {
    const { posts, alice, bob, say, inboxOf, unreadOf } = await community();
    const first = await say(bob, "first");
    const second = await say(bob, "second");
    await posts.like(bob, 1);
    expect((await inboxOf(alice)).map(short)).toEqual(["LIKES POST -", `REPLY POST ${second}`, `REPLY POST ${first}`]);
    expect(await unreadOf(alice)).toBe(3);
  });

  test("the one who is answered, and the author of the post if that is another", async () => {
    const { alice, bob, carol, say, inboxOf, heard } = await community();
    const comment = await say(bob, "comment");
    heard("alarm-raised");
    const reply = await say(carol, "reply", comment);
    expect((await inboxOf(bob)).map(short)).toEqual([`REPLY POST_REPLY ${reply}`]);
    expect((await inboxOf(alice)).map(short)).toEqual([`REPLY POST ${reply}`, `REPLY POST ${comment}`]);
    expect(heard("alarm-raised").map((event) => event.receiver)).toEqual(["bob", "alice"]);
  });

  test("one who is both only once", async () => {
    const { alice, bob, say, inboxOf } = await community();
    const comment = await say(alice, "my own post, my own comment");
    const reply = await say(bob, "reply", comment);
    expect((await inboxOf(alice)).map(short)).toEqual([`REPLY POST_REPLY ${reply}`]);
  });

  test("whom a reply to a reply answers, not the author of the thread", async () => {
    const { bob, carol, dave, say, inboxOf } = await community();
    const comment = await say(bob, "comment");
    const reply = await say(carol, "reply", comment);
    const deeper = await say(dave, "deeper", reply);
    expect((await inboxOf(carol)).map(short)).toEqual([`REPLY POST_REPLY ${deeper}`]);
    expect((await inboxOf(bob)).map(short)).toEqual([`REPLY POST_REPLY ${reply}`]);
  });

  test("the author of the post also when one answers oneself", async () => {
    const { alice, bob, say, inboxOf } = await community();
    const comment = await say(bob, "comment");
    const reply = await say(bob, "ps", comment);
    expect(await inboxOf(bob)).toEqual([]);
    expect((await inboxOf(alice)).map(short)).toEqual([`REPLY POST ${reply}`, `REPLY POST ${comment}`]);
  });

  test("and are quoted as they are now, in one line of about a hundred characters", async () => {
    const { posts, alice, bob, say, inboxOf, heard } = await community();
    const comment = await say(bob, "draft");
    heard("alarm-raised");
    await posts.editComment(bob, comment, `${"가".repeat(300)}\n<b>`);
    const [alarm] = await inboxOf(alice);
    expect(alarm?.excerpt).toBe(`${"가".repeat(100)}…`);
    expect(heard("alarm-raised")).toEqual([]);
  });
});

describe("deleting retracts", () => {
  test("everything about a comment: the alarm it raised, likes of it, answers to it", async () => {
    const { posts, alice, bob, carol, say, inboxOf, unreadOf, heard } = await community();
    const comment = await say(bob, "comment");
    await posts.likeComment(carol, comment);
    const reply = await say(carol, "reply", comment);
    expect(await unreadOf(bob)).toBe(2);
    heard("alarm-raised");
    await posts.removeComment(bob, comment);
    expect(await inboxOf(bob)).toEqual([]);
    // The reply is still there to be read, and so is the word of it to the author of the post.
    expect((await inboxOf(alice)).map(short)).toEqual([`REPLY POST ${reply}`]);
    const told = heard("alarm-retracted").map((event) => [event.receiver, event.counts.unreadAlarmCount]);
    expect(told.sort()).toEqual([
      ["alice", 1],
      ["bob", 0],
      ["bob", 0],
    ]);
  });

  test("answers to a deleted reply, unless its author has more in that thread", async () => {
    const { posts, bob, carol, dave, say, inboxOf } = await community();
    const comment = await say(bob, "comment");
    const one = await say(carol, "one", comment);
    const two = await say(carol, "two", comment);
    const answer = await say(dave, "answer", one);
    await posts.removeComment(carol, two);
    expect((await inboxOf(carol)).map(short)).toEqual([`REPLY POST_REPLY ${answer}`]);
    await posts.removeComment(carol, one);
    expect(await inboxOf(carol)).toEqual([]);
  });

  test("everything about a post, read or not, for everybody", async () => {
    const { posts, alarms, alice, bob, carol, say, inboxOf, unreadOf } = await community();
    await posts.write(bob, { title: "Another", body: "x" });
    await posts.like(carol, 1);
    await alarms.readUpTo(alice, 1_000);
    const comment = await say(bob, "comment");
    await posts.likeComment(carol, comment);
    await posts.like(carol, 2);
    await posts.remove(alice, 1);
    expect(await inboxOf(alice)).toEqual([]);
    expect((await inboxOf(bob)).map((alarm) => alarm.postId)).toEqual([2]);
    expect([await unreadOf(alice), await unreadOf(bob)]).toEqual([0, 1]);
  });
});

describe("reading", () => {
  test("one alarm: told to all tabs with the new count, once", async () => {
    const { alarms, alice, bob, say, inboxOf, heard, clock } = await community();
    await say(bob, "first");
    await say(bob, "second");
    const [second, first] = await inboxOf(alice);
    heard("alarms-read");
    clock.advance(5_000);
    const { alarm, counts } = await alarms.read(alice, first?.id ?? 0);
    expect(alarm).toEqual({ ...(first as Alarm), isRead: true });
    expect(counts.unreadAlarmCount).toBe(1);
    await alarms.read(alice, first?.id ?? 0);
    expect(heard("alarms-read")).toEqual([
      {
        type: "alarms-read",
        receiver: "alice",
        alarms: [{ id: first?.id ?? 0, key: first?.key ?? 0, kind: "REPLY" }],
        counts: { unreadAlarmCount: 1, unreadMessageCount: 0 },
      },
    ]);
    expect((await inboxOf(alice)).map((a) => a.isRead)).toEqual([false, true]);
    expect(second?.isRead).toBe(false);
  });

  test("one that was delivered and seen, however late the word of it comes", async () => {
    const { posts, alarms, alice, bob, inboxOf, unreadOf } = await community();
    await posts.like(bob, 1);
    const id = (await inboxOf(alice))[0]?.id ?? 0;
    await alarms.acknowledge(bob, id);
    expect(await unreadOf(alice)).toBe(1);
    await alarms.acknowledge(alice, id);
    await alarms.acknowledge(alice, id);
    await alarms.acknowledge(alice, 999);
    expect(await unreadOf(alice)).toBe(0);
  });

  test("not somebody else's, not one that never was, not one that was taken back", async () => {
    const { posts, alarms, alice, bob, inboxOf, unreadOf } = await community();
    await posts.like(bob, 1);
    const id = (await inboxOf(alice))[0]?.id ?? 0;
    expect(await refusalOf(alarms.read(bob, id))).toBe("not_found");
    expect(await refusalOf(alarms.read(alice, id + 100))).toBe("not_found");
    expect((await alarms.readUpTo(bob, id)).alarms).toEqual([]);
    expect((await alarms.unread(bob, [id])).alarms).toEqual([]);
    expect(await unreadOf(alice)).toBe(1);
    await posts.unlike(bob, 1);
    expect(await refusalOf(alarms.read(alice, id))).toBe("gone");
  });

  test("everything up to the newest shown; what arrives meanwhile stays unread", async () => {
    const { alarms, alice, bob, carol, say, inboxOf, unreadOf, heard } = await community();
    await say(bob, "first");
    await say(bob, "second");
    const shown = await inboxOf(alice);
    await say(carol, "meanwhile");
    heard("alarms-read");
    const read = await alarms.readUpTo(alice, shown[0]?.id ?? 0);
    expect(read.alarms.map((alarm) => alarm.id)).toEqual(shown.map((alarm) => alarm.id));
    expect(read.counts.unreadAlarmCount).toBe(1);
    expect(await unreadOf(alice)).toBe(1);
    expect(heard("alarms-read").map((event) => event.alarms)).toEqual([read.alarms]);
    expect((await alarms.readUpTo(alice, shown[0]?.id ?? 0)).alarms).toEqual([]);
    expect(heard("alarms-read")).toEqual([]);
  });

  test("a group that was raised again after it was shown stays unread", async () => {
    const { posts, alarms, alice, bob, carol, inboxOf, unreadOf } = await community();
    await posts.like(bob, 1);
    const upTo = (await inboxOf(alice))[0]?.id ?? 0;
    await posts.like(carol, 1);
    await alarms.readUpTo(alice, upTo);
    expect(await unreadOf(alice)).toBe(1);
  });

  test("the alarms of a post by looking at it, and of no other post", async () => {
    const { posts, alarms, alice, bob, say, inboxOf, unreadOf } = await community();
    await posts.write(alice, { title: "Another", body: "x" });
    await posts.like(bob, 2);
    await posts.like(bob, 1);
    const upTo = (await inboxOf(alice))[0]?.id ?? 0;
    await say(bob, "later");
    expect((await alarms.readOfPost(alice, 1, upTo)).alarms).toHaveLength(1);
    expect((await alarms.readOfPost(alice, 1)).alarms).toHaveLength(1);
    expect(await unreadOf(alice)).toBe(1);
    expect((await inboxOf(alice)).filter((alarm) => !alarm.isRead).map((alarm) => alarm.postId)).toEqual([2]);
  });

  test("can be undone, but never makes a second unread group of one thing", async () => {
    const { posts, alarms, alice, bob, carol, say, inboxOf, heard } = await community();
    await posts.like(bob, 1);
    await say(bob, "comment");
    const { alarms: read } = await alarms.readUpTo(alice, 1_000);
    await posts.like(carol, 1);
    heard("alarm-raised");
    const undone = await alarms.unread(
      alice,
      read.map((alarm) => alarm.id),
    );
    expect(undone.alarms.map((alarm) => alarm.kind)).toEqual(["REPLY"]);
    expect(undone.counts.unreadAlarmCount).toBe(2);
    expect(heard("alarm-raised")).toMatchObject([{ isNews: false, counts: undone.counts, alarm: { isRead: false } }]);
    expect((await inboxOf(alice)).map((alarm) => alarm.isRead)).toEqual([false, false, true]);
  });
});

describe("a client that announces its own doing", () => {
  test("is believed when it happened, and raises nothing by it", async () => {
    const { posts, alarms, alice, bob, say, unreadOf, heard } = await community();
    await posts.like(bob, 1);
    const comment = await say(bob, "x");
    heard("alarm-raised");
    await alarms.confirm(bob, "alice", { alarmType: "LIKES", target: "POST", postId: 1 });
    await alarms.confirm(bob, "alice", { type: "REPLY", postId: "1", replyId: comment });
    await alarms.confirm(alice, "alice", { type: "LIKES", postId: 1 });
    expect(await unreadOf(alice)).toBe(2);
    expect(heard("alarm-raised")).toEqual([]);
  });

  test("is refused when it did not, or no longer", async () => {
    const { posts, alarms, bob, carol, say } = await community();
    const comment = await say(bob, "x");
    await posts.likeComment(carol, comment);
    await posts.like(bob, 1);
    await posts.unlike(bob, 1);
    const lies = [
      alarms.confirm(bob, "alice", { type: "LIKES", postId: 1 }),
      alarms.confirm(carol, "alice", { type: "LIKES", postId: 1 }),
      alarms.confirm(carol, "bob", { type: "LIKES", postId: 1 }),
      alarms.confirm(carol, "bob", { type: "REPLY", postId: 1, replyId: comment }),
      alarms.confirm(carol, "nobody", { type: "LIKES", postId: 1, replyId: comment }),
      alarms.confirm(carol, "bob", { type: "LIKES", replyId: comment }),
      alarms.confirm(carol, "bob", { type: "CHAT", postId: 1 }),
      alarms.confirm(carol, "bob", {}),
    ];
    expect(new Set(await Promise.all(lies.map(refusalOf)))).toEqual(new Set(["forbidden"]));
    expect(await refusalOf(alarms.confirm(carol, "bob", { type: "LIKES", postId: 1, replyId: comment }))).toBe("none");
  });
});

describe("the inbox", () => {
  test("pages by keyset: nothing twice and no gap when alarms arrive between two pages", async () => {
    const { alarms, alice, bob, say } = await community();
    const ids: number[] = [];
    for (let i = 0; i < 70; i++) ids.unshift(await say(bob, `n${i}`));
    const first = await alarms.inbox(alice);
    for (let i = 0; i < 5; i++) await say(bob, "between");
    const second = await alarms.inbox(alice, { before: first.before });
    const third = await alarms.inbox(alice, { before: second.before });
    expect([first, second, third].map((inbox) => inbox.alarms.length)).toEqual([30, 30, 10]);
    expect([first, second, third].flatMap((inbox) => inbox.alarms.map((alarm) => alarm.replyId ?? 0))).toEqual(ids);
    expect(third.before).toBeUndefined();
  });

  test("shows one kind where asked", async () => {
    const { posts, alarms, alice, bob, say } = await community();
    await posts.like(bob, 1);
    await say(bob, "x");
    expect((await alarms.inbox(alice, { kind: "LIKES" })).alarms.map((alarm) => alarm.kind)).toEqual(["LIKES"]);
    expect((await alarms.inbox(alice, { kind: "MENTION" })).alarms).toEqual([]);
  });
});

describe("what a queue missed", () => {
  test("is told as it is now, in order, each alarm once", async () => {
    const { t, posts, alarms, alice, bob, carol, say } = await community();
    const read = await say(bob, "read meanwhile");
    const retracted = await say(bob, "retracted meanwhile");
    const inbox = await alarms.inbox(alice);
    const from = t.database.readPosition(inbox.position) ?? 0;
    expect(await alarms.since(alice, from, 10)).toEqual([]);
    await posts.like(bob, 1);
    await posts.like(carol, 1);
    await posts.removeComment(bob, retracted);
    await alarms.read(alice, inbox.alarms.find((alarm) => alarm.replyId === read)?.id ?? 0);
    const missed = await alarms.since(alice, from, 10);
    expect(missed?.map(({ event }) => event)).toMatchObject([
      { type: "alarm-raised", isNews: true, alarm: { actorCount: 2 } },
      { type: "alarm-retracted" },
      { type: "alarms-read", counts: { unreadAlarmCount: 1 } },
    ]);
    expect(await alarms.since(alice, missed?.at(-1)?.position ?? 0, 10)).toEqual([]);
    expect(await alarms.since(alice, from, 2)).toBeUndefined();
    expect(await alarms.since(carol, 0, 10)).toEqual([]);
  });
});
