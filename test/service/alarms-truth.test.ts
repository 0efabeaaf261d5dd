import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import type { Person } from "../../src/domain/account.ts";
import type { Alarm, AlarmKind } from "../../src/domain/alarm.ts";
import { BirdieError } from "../../src/domain/errors.ts";
import type { Event } from "../../src/domain/event.ts";
import { createAlarms } from "../../src/service/alarms.ts";
import { createBlocks } from "../../src/service/blocks.ts";
import { createChoices } from "../../src/service/choices.ts";
import { createPosts } from "../../src/service/posts.ts";
import { testClock } from "../support/clock.ts";
import { addAccount, type TestDatabase, testDatabase } from "../support/database.ts";

/*
 * PRODUCT A15: after any sequence of acts every badge equals a fresh count, and every inbox that of a model simple
 * enough to be read as the rules themselves.
 */

const PEOPLE = ["alice", "bob", "carol", "dave"];

type Deed =
  | { readonly type: "like" | "unlike"; readonly who: number; readonly thing: number }
  | { readonly type: "comment"; readonly who: number; readonly thing: number }
  | { readonly type: "delete"; readonly who: number; readonly thing: number }
  | { readonly type: "mute" | "unmute" | "block" | "unblock"; readonly who: number; readonly thing: number }
  | { readonly type: "read-all" | "read-one" | "read-post" | "undo"; readonly who: number; readonly thing: number };

const deed: fc.Arbitrary<Deed> = fc.record({
  type: fc.constantFrom<Deed["type"][]>(
    ...(["like", "like", "like", "unlike", "comment", "comment", "delete"] as const),
    ...(["read-all", "read-one", "read-post", "undo"] as const),
    ...(["mute", "unmute", "block", "unblock", "unblock"] as const),
  ),
  who: fc.nat(PEOPLE.length - 1),
  thing: fc.nat(30),
});

interface ModelComment {
  readonly id: number;
  readonly postId: number;
  readonly author: string;
  /** The comment at the top of its thread: itself, if it is one. */
  readonly top: number;
  isDeleted: boolean;
}

/** What a comment answers, and whom it names. */
interface Said {
  readonly parent: ModelComment | undefined;
  readonly named: string | undefined;
}

interface ModelAlarm {
  readonly receiver: string;
  readonly kind: AlarmKind;
  readonly target: "POST" | "POST_REPLY";
  readonly postId: number;
  readonly replyId: number | undefined;
  actors: string[];
  isRead: boolean;
  raised: number;
}

/** What should be, in plain arrays. */
class Model {
  readonly postAuthors = new Map([
    [1, "alice"],
    [2, "bob"],
  ]);
  readonly comments: ModelComment[] = [];
  readonly likes = new Map<string, Set<string>>();
  alarms: ModelAlarm[] = [];
  /** "alice 1": Alice wants nothing of post 1. */
  readonly mutes = new Set<string>();
  /** "alice bob": Alice has blocked Bob. */
  readonly blocks = new Set<string>();
  #raises = 0;

  wants(receiver: string, actor: string, postId: number): boolean {
    const isBlocked = this.blocks.has(`${receiver} ${actor}`) || this.blocks.has(`${actor} ${receiver}`);
    return receiver !== actor && !isBlocked && !this.mutes.has(`${receiver} ${postId}`);
  }

  block(one: string, other: string): void {
    this.blocks.add(`${one} ${other}`);
    for (const alarm of this.alarms) {
      const gone = alarm.receiver === one ? other : alarm.receiver === other ? one : undefined;
      alarm.actors = alarm.actors.filter((actor) => actor !== gone);
    }
    this.alarms = this.alarms.filter((alarm) => alarm.actors.length > 0);
  }

  like(who: string, postId: number, replyId: number | undefined): void {
    const likes = this.likesOf(postId, replyId);
    if (likes.has(who)) return;
    likes.add(who);
    const comment = this.comments.find(({ id }) => id === replyId);
    const receiver = comment?.author ?? this.postAuthors.get(postId) ?? "";
    if (!this.wants(receiver, who, postId)) return;
    const open = this.alarms.find(
      (a) => a.kind === "LIKES" && a.postId === postId && a.replyId === replyId && !a.isRead,
    );
    if (open) {
      open.actors.unshift(who);
      open.raised = ++this.#raises;
    } else this.#raise("LIKES", replyId === undefined ? "POST" : "POST_REPLY", { receiver, postId, replyId }, who);
  }

  unlike(who: string, postId: number, replyId: number | undefined): void {
    this.likesOf(postId, replyId).delete(who);
    for (const alarm of this.alarms) {
      const isAbout = alarm.kind === "LIKES" && alarm.postId === postId && alarm.replyId === replyId;
      if (isAbout) alarm.actors = alarm.actors.filter((actor) => actor !== who);
    }
    this.alarms = this.alarms.filter((alarm) => alarm.actors.length > 0);
  }

  comment(who: string, postId: number, id: number, { parent, named }: Said): void {
    this.comments.push({ id, postId, author: who, top: parent?.top ?? id, isDeleted: false });
    const author = this.postAuthors.get(postId) ?? "";
    const about = { postId, replyId: id };
    const told = new Set<string>();
    const tell = (kind: AlarmKind, target: ModelAlarm["target"], receiver: string) => {
      if (told.has(receiver) || !this.wants(receiver, who, postId)) return;
      told.add(receiver);
      this.#raise(kind, target, { receiver, ...about }, who);
    };
    if (parent) tell("REPLY", "POST_REPLY", parent.author);
    if (author !== parent?.author) tell("REPLY", "POST", author);
    if (named) tell("MENTION", "POST_REPLY", named);
  }

  deleteComment(comment: ModelComment): void {
    comment.isDeleted = true;
    this.likesOf(comment.postId, comment.id).clear();
    const isTop = comment.top === comment.id;
    const hasMore = this.comments.some((c) => c.top === comment.top && c.author === comment.author && !c.isDeleted);
    const threadIds = this.comments.filter((c) => c.top === comment.top && c.id !== c.top).map((c) => c.id);
    const isAnswer = (a: ModelAlarm) =>
      a.kind === "REPLY" &&
      a.target === "POST_REPLY" &&
      a.receiver === comment.author &&
      threadIds.includes(a.replyId ?? 0);
    this.alarms = this.alarms.filter(
      (alarm) => alarm.replyId !== comment.id && !((isTop || !hasMore) && isAnswer(alarm)),
    );
  }

  deletePost(postId: number): void {
    this.postAuthors.delete(postId);
    this.alarms = this.alarms.filter((alarm) => alarm.postId !== postId);
  }

  inboxOf(receiver: string): ModelAlarm[] {
    return this.alarms.filter((alarm) => alarm.receiver === receiver).sort((a, b) => b.raised - a.raised);
  }

  likesOf(postId: number, replyId: number | undefined): Set<string> {
    const key = `${postId} ${replyId ?? 0}`;
    const likes = this.likes.get(key) ?? new Set();
    this.likes.set(key, likes);
    return likes;
  }

  #raise(
    kind: ModelAlarm["kind"],
    target: ModelAlarm["target"],
    about: Pick<ModelAlarm, "receiver" | "postId" | "replyId">,
    who: string,
  ): void {
    this.alarms.push({ kind, target, ...about, actors: [who], isRead: false, raised: ++this.#raises });
  }
}

const seen = (alarm: Alarm) => ({
  what: `${alarm.kind} ${alarm.target} ${alarm.postId} ${alarm.replyId}`,
  actors: alarm.actors.map((actor) => actor.userId),
  actorCount: alarm.actorCount,
  isRead: alarm.isRead,
});
const expected = (alarm: ModelAlarm) => ({
  what: `${alarm.kind} ${alarm.target} ${alarm.postId} ${alarm.replyId}`,
  actors: alarm.actors.slice(0, 2),
  actorCount: alarm.actors.length,
  isRead: alarm.isRead,
});

async function community() {
  const t = await testDatabase();
  const options = { database: t.database, nowMs: testClock().nowMs };
  const posts = createPosts(options);
  const alarms = createAlarms(options);
  const choices = createChoices(options);
  const blocks = createBlocks({ ...options, forgetPerson: () => undefined });
  const people: Person[] = [];
  for (const userId of PEOPLE) people.push(await addAccount(t.database, userId));
  const [alice, bob] = people;
  if (!alice || !bob) throw new Error("two people are needed");
  await posts.write(alice, { title: "One", body: "x" });
  await posts.write(bob, { title: "Two", body: "x" });
  t.events.splice(0);
  return { t, posts, alarms, choices, blocks, people, model: new Model() };
}

type Community = Awaited<ReturnType<typeof community>>;

/** Does it for real and in the model. What is refused changes nothing in either. */
async function perform(
  { posts, alarms, choices, blocks, people, model }: Community,
  { type, who, thing }: Deed,
  lastRead: number[],
) {
  const me = people[who];
  if (!me) return;
  const inbox = model.inboxOf(me.userId);
  const postId = (thing % 2) + 1;
  const comment = thing < 2 ? undefined : model.comments[thing % (model.comments.length + 1)];
  const living = model.postAuthors.has(comment?.postId ?? postId) && !comment?.isDeleted;
  switch (type) {
    case "like":
    case "unlike":
      if (comment) await (type === "like" ? posts.likeComment(me, comment.id) : posts.unlikeComment(me, comment.id));
      else await posts[type](me, postId);
      if (living) model[type](me.userId, comment?.postId ?? postId, comment?.id);
      return;
    case "comment": {
      const at = comment?.postId ?? postId;
      const named = thing % 3 === 0 ? PEOPLE[(who + thing) % PEOPLE.length] : undefined;
      const body = named ? `n${thing} @${named}` : `n${thing}`;
      const written = await posts.comment(me, at, { body, parentId: comment?.id });
      model.comment(me.userId, at, written.comment.id, { parent: comment, named });
      return;
    }
    case "delete":
      if (comment) {
        await posts.removeComment(me, comment.id);
        model.deleteComment(comment);
      } else if (thing === 0) {
        await posts.remove(me, postId);
        model.deletePost(postId);
      }
      return;
    case "mute":
      await choices.mutePost(me, postId);
      model.mutes.add(`${me.userId} ${postId}`);
      return;
    case "unmute":
      await choices.unmutePost(me, postId);
      model.mutes.delete(`${me.userId} ${postId}`);
      return;
    case "block":
    case "unblock": {
      const other = PEOPLE[thing % PEOPLE.length] ?? "";
      await blocks[type](me, other);
      if (type === "block") model.block(me.userId, other);
      else model.blocks.delete(`${me.userId} ${other}`);
      return;
    }
    case "read-all": {
      const upTo = (await alarms.inbox(me)).alarms[0]?.id ?? 0;
      const read = await alarms.readUpTo(me, upTo);
      lastRead.splice(0, lastRead.length, ...read.alarms.map((alarm) => alarm.id));
      for (const alarm of inbox) alarm.isRead = true;
      return;
    }
    case "read-one": {
      const place = thing % 5;
      const alarm = (await alarms.inbox(me)).alarms[place];
      const modelled = inbox[place];
      if (alarm && modelled) {
        await alarms.read(me, alarm.id);
        modelled.isRead = true;
      }
      return;
    }
    case "read-post":
      await alarms.readOfPost(me, postId);
      for (const alarm of inbox) if (alarm.postId === postId) alarm.isRead = true;
      return;
    case "undo": {
      const { alarms: before } = await alarms.inbox(me);
      const undone = new Set((await alarms.unread(me, lastRead)).alarms.map((alarm) => alarm.id));
      for (const [i, alarm] of before.entries()) {
        const modelled = inbox[i];
        if (!modelled || !lastRead.includes(alarm.id) || !modelled.isRead) continue;
        const isOpen = inbox.some((other) => !other.isRead && expected(other).what === expected(modelled).what);
        expect(undone.has(alarm.id)).toBe(!isOpen);
        if (!isOpen) modelled.isRead = false;
      }
      return;
    }
    default:
      return type satisfies never;
  }
}

/** The badges as a plain count over the rows sees them. */
async function freshCounts(t: TestDatabase): Promise<Map<string, number>> {
  const rows = await t.database.db.all<{ receiver: string; count: number }>(sql`
    select receiver, count(*) as count from alarms where read_at_ms is null and retracted_at_ms is null group by receiver`);
  return new Map(rows.map((row) => [row.receiver, row.count]));
}

function badgesIn(events: readonly Event[]): [string, number][] {
  return events.flatMap((event) => ("counts" in event ? [[event.receiver, event.counts.unreadAlarmCount]] : []));
}

/** What a list on a page becomes by the events of its queue. */
function follow(list: Map<number, Alarm>, event: Event): void {
  if (event.type === "alarm-raised") list.set(event.alarm.key, event.alarm);
  if (event.type === "alarm-retracted") list.delete(event.alarm.key);
  if (event.type !== "alarms-read") return;
  for (const { key } of event.alarms) {
    const alarm = list.get(key);
    if (alarm) list.set(key, { ...alarm, isRead: true });
  }
}

const inOrder = (list: Map<number, Alarm>) => [...list.values()].sort((a, b) => b.id - a.id);

async function wholeInbox(alarms: Community["alarms"], me: Person): Promise<Alarm[]> {
  const all: Alarm[] = [];
  let before: number | undefined;
  do {
    const page = await alarms.inbox(me, { before });
    all.push(...page.alarms);
    before = page.before;
  } while (before !== undefined);
  return all;
}

test("A15: after any sequence of acts the badges are true, the inboxes follow the rules, and live pages show the same", async () => {
  const property = fc.asyncProperty(fc.array(deed, { minLength: 60, maxLength: 200 }), async (deeds) => {
    const c = await community();
    const { t, alarms, people, model } = c;
    const pages = new Map(people.map(({ userId }) => [userId, new Map<number, Alarm>()]));
    const lastRead: number[] = [];
    const half = Math.floor(deeds.length / 2);
    const leftAt = { position: 0, lists: new Map<string, Map<number, Alarm>>() };
    for (const [i, one] of deeds.entries()) {
      await perform(c, one, lastRead).catch((error: unknown) => {
        if (!(error instanceof BirdieError)) throw error;
      });
      const events = t.events.splice(0);
      const fresh = await freshCounts(t);
      for (const { userId } of people) {
        const unread = model.inboxOf(userId).filter((alarm) => !alarm.isRead).length;
        expect([i, one.type, userId, fresh.get(userId) ?? 0]).toEqual([i, one.type, userId, unread]);
      }
      for (const [receiver, count] of badgesIn(events)) expect(count).toBe(fresh.get(receiver) ?? 0);
      for (const event of events) if ("receiver" in event) follow(pages.get(event.receiver ?? "") ?? new Map(), event);
      if (i === half) {
        const position = t.database.readPosition((await alarms.inbox({ userId: "alice", name: "" })).position);
        leftAt.position = position ?? 0;
        for (const [userId, list] of pages) leftAt.lists.set(userId, new Map(list));
      }
    }
    for (const me of people) {
      const inbox = await wholeInbox(alarms, me);
      expect(inbox.map(seen)).toEqual(model.inboxOf(me.userId).map(expected));
      expect(inOrder(pages.get(me.userId) ?? new Map())).toEqual(inbox);
      // One who was away since half-way catches up. (Who is behind a group that was read meanwhile is not told.)
      const list = leftAt.lists.get(me.userId) ?? new Map<number, Alarm>();
      for (const { event } of (await alarms.since(me, leftAt.position, 10_000)) ?? []) follow(list, event);
      const rows = (alarm: Alarm) => [alarm.id, alarm.key, alarm.isRead];
      expect(inOrder(list).map(rows)).toEqual(inbox.map(rows));
    }
    for (const comment of model.comments.filter((one) => model.postAuthors.has(one.postId))) {
      const [row] = await t.database.db.all<{ likeCount: number }>(
        sql`select like_count as "likeCount" from comments where id = ${comment.id}`,
      );
      expect(row?.likeCount).toBe(model.likesOf(comment.postId, comment.id).size);
    }
    for (const postId of model.postAuthors.keys()) {
      const { item } = (await c.posts.read(undefined, postId)).post;
      expect(item.likeCount).toBe(model.likesOf(postId, undefined).size);
      expect(item.commentCount).toBe(model.comments.filter((one) => one.postId === postId && !one.isDeleted).length);
    }
    await t[Symbol.asyncDispose]();
  });
  await fc.assert(property, { seed: 20261122, numRuns: 12, interruptAfterTimeLimit: 15_000 });
}, 180_000);
