import { describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import type { Person } from "../../src/domain/account.ts";
import type { BirdieError, ErrorCode } from "../../src/domain/errors.ts";
import type { Event } from "../../src/domain/event.ts";
import type { PostPage } from "../../src/domain/post.ts";
import { createPosts } from "../../src/service/posts.ts";
import { testClock } from "../support/clock.ts";
import { addAccount, testDatabase } from "../support/database.ts";

async function community() {
  const t = await testDatabase();
  const clock = testClock();
  const posts = createPosts({ database: t.database, nowMs: clock.nowMs });
  const [alice, bob, carol] = await Promise.all(
    ["alice", "bob", "carol"].map((userId) => addAccount(t.database, userId, userId.toUpperCase())),
  );
  if (!alice || !bob || !carol) throw new Error("three people are needed");
  /** The events of the types, since the last call. */
  const heard = (...types: Event["type"][]) => t.events.splice(0).filter((event) => types.includes(event.type));
  const shown = (page: PostPage) =>
    page.threads.map(({ comment, replies }) => [comment.item.id, ...replies.map((reply) => reply.item.id)]);
  const say = async (me: Person, postId: number, body: string, parentId?: number) =>
    (await posts.comment(me, postId, { body, parentId })).comment.id;
  return { ...t, t, clock, posts, alice, bob, carol, heard, shown, say, hello: { title: "Hello", body: "World" } };
}

async function refusalOf(work: Promise<unknown>): Promise<ErrorCode | "none"> {
  return work.then(
    () => "none" as const,
    (error: BirdieError) => error.code,
  );
}

describe("posts", () => {
  test("a post is told on the feed and read by everybody, signed in or not", async () => {
    const { posts, alice, hello, heard, clock } = await community();
    const post = await posts.write(alice, hello);
    expect(post).toEqual({
      id: 1,
      author: { userId: "alice", name: "ALICE" },
      ...hello,
      pictures: [],
      createdAtMs: clock.nowMs(),
      editedAtMs: undefined,
      likeCount: 0,
      commentCount: 0,
    });
    expect(heard("post-written")).toEqual([{ type: "post-written", post }]);
    await posts.check(undefined, 1);
    const page = await posts.read(undefined, 1);
    expect(page.post).toEqual({ item: post, isLikedByMe: false });
    expect(page.threads).toEqual([]);
    expect((await posts.feed(undefined)).posts).toEqual([{ item: post, isLikedByMe: false }]);
  });

  test("the feed is newest first, 20 a page, with no gap or repetition when posts arrive between two pages", async () => {
    const { posts, alice, bob, hello, t } = await community();
    for (let i = 0; i < 45; i++) await posts.write(i % 2 === 0 ? alice : bob, hello);
    const first = await posts.feed(bob);
    await posts.write(alice, hello);
    const second = await posts.feed(bob, { before: first.before });
    const third = await posts.feed(bob, { before: second.before });
    const ids = [first, second, third].flatMap((feed) => feed.posts.map((post) => post.item.id));
    expect(ids).toEqual(Array.from({ length: 45 }, (_, i) => 45 - i));
    expect(third.before).toBeUndefined();
    expect(t.database.readPosition(third.position)).toBeGreaterThan(t.database.readPosition(first.position) ?? 0);
  });

  test("a feed of exactly one page has no further one", async () => {
    const { posts, alice, hello } = await community();
    for (let i = 0; i < 20; i++) await posts.write(alice, hello);
    expect((await posts.feed(undefined)).before).toBeUndefined();
  });

  test("the posts of one person are those of nobody else", async () => {
    const { posts, alice, bob, hello } = await community();
    await posts.write(alice, hello);
    await posts.write(bob, hello);
    await posts.like(alice, 2);
    expect((await posts.ofAuthor("bob", alice)).posts.map((post) => [post.item.id, post.isLikedByMe])).toEqual([
      [2, true],
    ]);
    expect((await posts.ofAuthor("carol", alice)).posts).toEqual([]);
  });

  test("an author edits a post; nobody else does", async () => {
    const { posts, alice, bob, hello, heard, clock } = await community();
    await posts.write(alice, hello);
    clock.advance(1_000);
    expect(await refusalOf(posts.edit(bob, 1, { title: "x", body: "y" }))).toBe("forbidden");
    expect(await refusalOf(posts.ownPost(bob, 1))).toBe("forbidden");
    const post = await posts.edit(alice, 1, { title: "New", body: "Text" });
    expect(post).toMatchObject({ title: "New", body: "Text", editedAtMs: clock.nowMs() });
    expect(await posts.ownPost(alice, 1)).toEqual(post);
    expect(heard("post-edited")).toEqual([{ type: "post-edited", post }]);
  });

  test("an author deletes a post; nobody else does; then it is gone for everybody", async () => {
    const { posts, alice, bob, hello, heard, say } = await community();
    await posts.write(alice, hello);
    const comment = await say(bob, 1, "hi");
    expect(await refusalOf(posts.remove(bob, 1))).toBe("forbidden");
    await posts.remove(alice, 1);
    expect(heard("post-deleted")).toEqual([{ type: "post-deleted", postId: 1 }]);
    const acts = [
      posts.read(bob, 1),
      posts.check(bob, 1),
      posts.ownPost(alice, 1),
      posts.edit(alice, 1, hello),
      posts.remove(alice, 1),
      posts.like(bob, 1),
      posts.unlike(bob, 1),
      posts.comment(bob, 1, { body: "x", parentId: undefined }),
      posts.likeComment(alice, comment),
      posts.unlikeComment(alice, comment),
      posts.ownComment(bob, comment),
      posts.editComment(bob, comment, "x"),
      posts.removeComment(bob, comment),
    ];
    expect(new Set(await Promise.all(acts.map(refusalOf)))).toEqual(new Set(["gone"]));
    expect((await posts.feed(undefined)).posts).toEqual([]);
    expect(heard("post-deleted", "post-liked", "comment-written", "comment-liked", "comment-edited")).toEqual([]);
  });

  test("what never was is not found", async () => {
    const { posts, alice, hello } = await community();
    const acts = [
      posts.read(alice, 9),
      posts.check(alice, 9),
      posts.ownPost(alice, 9),
      posts.edit(alice, 9, hello),
      posts.remove(alice, 9),
      posts.like(alice, 9),
      posts.unlike(alice, 9),
      posts.comment(alice, 9, { body: "x", parentId: undefined }),
      posts.likeComment(alice, 9),
      posts.unlikeComment(alice, 9),
      posts.ownComment(alice, 9),
      posts.editComment(alice, 9, "x"),
      posts.removeComment(alice, 9),
    ];
    expect(new Set(await Promise.all(acts.map(refusalOf)))).toEqual(new Set(["not_found"]));
  });
});

describe("likes", () => {
  test("liking and taking it back are idempotent, and told once each", async () => {
    const { posts, alice, bob, hello, heard, say } = await community();
    await posts.write(alice, hello);
    const comment = await say(alice, 1, "mine");
    expect(await posts.like(bob, 1)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: true });
    expect(await posts.like(bob, 1)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: true });
    expect(await posts.like(alice, 1)).toEqual({ postId: 1, likeCount: 2, isLikedByMe: true });
    expect(await posts.unlike(bob, 1)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: false });
    expect(await posts.unlike(bob, 1)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: false });
    expect(heard("post-liked").map((event) => "likeCount" in event && event.likeCount)).toEqual([1, 2, 1]);
    expect(await posts.likeComment(bob, comment)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: true });
    expect(await posts.likeComment(bob, comment)).toEqual({ postId: 1, likeCount: 1, isLikedByMe: true });
    expect(await posts.unlikeComment(bob, comment)).toEqual({ postId: 1, likeCount: 0, isLikedByMe: false });
    expect(heard("comment-liked")).toEqual([
      { type: "comment-liked", postId: 1, commentId: comment, likeCount: 1 },
      { type: "comment-liked", postId: 1, commentId: comment, likeCount: 0 },
    ]);
  });

  test("each reader sees the own likes, and one who is not signed in sees none", async () => {
    const { posts, alice, bob, hello, say } = await community();
    await posts.write(alice, hello);
    const comment = await say(alice, 1, "mine");
    await posts.like(bob, 1);
    await posts.likeComment(bob, comment);
    const liked = (page: PostPage) => [page.post.isLikedByMe, page.threads[0]?.comment.isLikedByMe];
    expect(liked(await posts.read(bob, 1))).toEqual([true, true]);
    expect(liked(await posts.read(alice, 1))).toEqual([false, false]);
    expect(liked(await posts.read(undefined, 1))).toEqual([false, false]);
    expect((await posts.read(undefined, 1)).post.item.likeCount).toBe(1);
  });
});

describe("comments", () => {
  test("comments and replies make threads, counted on the post; a reply to a reply hangs under its top comment", async () => {
    const { posts, alice, bob, hello, heard, say, shown } = await community();
    await posts.write(alice, hello);
    const first = await say(bob, 1, "first");
    const second = await say(alice, 1, "second");
    const reply = await say(alice, 1, "reply", first);
    const deeper = await say(bob, 1, "deeper", reply);
    const page = await posts.read(alice, 1);
    expect(shown(page)).toEqual([[first, reply, deeper], [second]]);
    expect(page.threads[0]?.replies[1]?.item.parentId).toBe(first);
    expect(page.post.item.commentCount).toBe(4);
    expect(heard("comment-written").map((event) => "commentCount" in event && event.commentCount)).toEqual([
      1, 2, 3, 4,
    ]);
  });

  test("a reply needs a living comment of the same post", async () => {
    const { posts, alice, bob, hello, say, heard } = await community();
    await posts.write(alice, hello);
    await posts.write(alice, hello);
    const elsewhere = await say(bob, 2, "elsewhere");
    const deleted = await say(bob, 1, "deleted");
    await posts.removeComment(bob, deleted);
    heard();
    expect(await refusalOf(posts.comment(alice, 1, { body: "x", parentId: elsewhere }))).toBe("not_found");
    expect(await refusalOf(posts.comment(alice, 1, { body: "x", parentId: 999 }))).toBe("not_found");
    expect(await refusalOf(posts.comment(alice, 1, { body: "x", parentId: deleted }))).toBe("gone");
    expect((await posts.read(alice, 1)).post.item.commentCount).toBe(0);
    expect(heard("comment-written", "alarm-raised")).toEqual([]);
  });

  test("an author edits a comment; nobody else does", async () => {
    const { posts, alice, bob, hello, say, heard } = await community();
    await posts.write(alice, hello);
    const id = await say(bob, 1, "old");
    expect(await refusalOf(posts.editComment(alice, id, "new"))).toBe("forbidden");
    expect(await refusalOf(posts.ownComment(alice, id))).toBe("forbidden");
    const comment = await posts.editComment(bob, id, "new");
    expect(comment.body).toBe("new");
    expect(await posts.ownComment(bob, id)).toEqual(comment);
    expect(heard("comment-edited")).toEqual([{ type: "comment-edited", comment }]);
  });

  test("a deleted comment without replies disappears; only its author deletes it, and only once", async () => {
    const { posts, alice, bob, hello, say, heard, shown } = await community();
    await posts.write(alice, hello);
    const id = await say(bob, 1, "x");
    expect(await refusalOf(posts.removeComment(alice, id))).toBe("forbidden");
    const removed = { postId: 1, commentId: id, isKept: false, commentCount: 0 };
    expect(await posts.removeComment(bob, id)).toEqual(removed);
    expect(await refusalOf(posts.removeComment(bob, id))).toBe("gone");
    expect(await refusalOf(posts.likeComment(alice, id))).toBe("gone");
    expect(heard("comment-deleted")).toEqual([{ type: "comment-deleted", ...removed }]);
    expect(shown(await posts.read(alice, 1))).toEqual([]);
  });

  test("a deleted comment with replies stays as an empty place holder until its last reply goes", async () => {
    const { posts, alice, bob, hello, say, heard, shown } = await community();
    await posts.write(alice, hello);
    const top = await say(bob, 1, "secret");
    const reply = await say(alice, 1, "reply", top);
    expect(await posts.removeComment(bob, top)).toMatchObject({ isKept: true, commentCount: 1 });
    const page = await posts.read(alice, 1);
    expect(shown(page)).toEqual([[top, reply]]);
    expect(page.threads[0]?.comment.item).toMatchObject({ isDeleted: true, body: "", likeCount: 0 });
    const further = await say(bob, 1, "further", reply);
    expect(await posts.removeComment(alice, reply)).toMatchObject({ isKept: false, commentCount: 1 });
    heard();
    await posts.removeComment(bob, further);
    expect(heard("comment-deleted")).toEqual([
      { type: "comment-deleted", postId: 1, commentId: further, isKept: false, commentCount: 0 },
      { type: "comment-deleted", postId: 1, commentId: top, isKept: false, commentCount: 0 },
    ]);
    expect(shown(await posts.read(alice, 1))).toEqual([]);
  });

  test("a page holds the newest 50 threads, oldest first, and leads back to the first", async () => {
    const { posts, alice, hello, say, shown } = await community();
    await posts.write(alice, hello);
    const ids: number[] = [];
    for (let i = 0; i < 120; i++) ids.push(await say(alice, 1, `n${i}`));
    const newest = await posts.read(alice, 1);
    await say(alice, 1, "meanwhile");
    const middle = await posts.read(alice, 1, { before: newest.before });
    const oldest = await posts.read(alice, 1, { before: middle.before });
    expect([oldest, middle, newest].flatMap(shown)).toEqual(ids.map((id) => [id]));
    expect(oldest.before).toBeUndefined();
  });

  test("a page asked for with a comment always shows it, with all that came after", async () => {
    const { posts, alice, bob, hello, say, shown } = await community();
    await posts.write(alice, hello);
    const early = await say(alice, 1, "early");
    const reply = await say(bob, 1, "early reply", early);
    for (let i = 0; i < 80; i++) await say(alice, 1, `n${i}`);
    expect(shown(await posts.read(alice, 1)).flat()).not.toContain(reply);
    const page = await posts.read(alice, 1, { comment: reply });
    expect(shown(page)[0]).toEqual([early, reply]);
    expect(page.threads).toHaveLength(81);
    expect(page.before).toBeUndefined();
    expect((await posts.read(alice, 1, { comment: 9999 })).threads).toHaveLength(50);
    expect(await posts.isOnNewestPage(1, await say(alice, 1, "late answer", early))).toBe(false);
    const last = await say(alice, 1, "last");
    expect(await posts.isOnNewestPage(1, last)).toBe(true);
    expect(await posts.isOnNewestPage(1, last - 50)).toBe(true);
    expect(await posts.isOnNewestPage(1, last - 51)).toBe(false);
  });
});

test("S76: a page holds a thousand replies, of each thread the newest in turn, and the one that was asked for", async () => {
  const { posts, alice, hello, say, t } = await community();
  await posts.write(alice, hello);
  const [loud, quiet] = [await say(alice, 1, "loud"), await say(alice, 1, "quiet")];
  const quietReplies = [await say(alice, 1, "a", quiet), await say(alice, 1, "b", quiet)];
  await t.database.commit({
    statements: (next) => [
      t.database.db.run(sql`
        insert into comments (post_id, parent_id, author_id, body, created_at_ms, position, written_position)
        with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
        select 1, ${loud}, 'alice', 'x', 1, ${next()}, 1 from n`),
    ],
    done: () => ({ value: undefined, events: [] }),
  });
  const idsOf = ({ threads }: PostPage) => threads.map(({ replies }) => replies.map(({ item }) => item.id));
  const first = quietReplies[1] ?? 0;
  const [louds = [], quiets] = idsOf(await posts.read(undefined, 1));
  expect([louds.length, louds[0], louds.at(-1), quiets]).toEqual([998, first + 203, first + 1200, quietReplies]);
  const [asked = []] = idsOf(await posts.read(undefined, 1, { comment: first + 5 }));
  expect([asked.length, asked[0], asked[1]]).toEqual([998, first + 5, first + 204]);
});

describe("what a reader missed", () => {
  test("the feed tells of posts written since, oldest first, also after they were liked, and of those whose words changed", async () => {
    const { posts, alice, bob, hello, t } = await community();
    await posts.write(alice, hello);
    const from = t.database.readPosition((await posts.feed(bob)).position) ?? 0;
    await posts.like(bob, 1);
    await posts.edit(alice, 1, hello);
    await posts.write(alice, hello);
    await posts.write(alice, hello);
    await posts.write(alice, hello);
    await posts.like(bob, 2);
    await posts.edit(alice, 2, hello);
    await posts.remove(alice, 4);
    const missed = await posts.feedSince({ position: from, limit: 10 });
    expect(missed?.map(({ event }) => [event.type, "post" in event && event.post.id])).toEqual([
      ["post-edited", 1],
      ["post-written", 2],
      ["post-written", 3],
    ]);
    expect(await posts.feedSince({ position: from, limit: 2 })).toBeUndefined();
    expect((await posts.writtenSince(from, 2))?.map(({ id }) => id)).toEqual([2, 3]);
    expect(await posts.writtenSince(from, 1)).toBeUndefined();
    // A replay that breaks off anywhere goes on from there, and tells nothing twice once it is through.
    for (const [i, one] of (missed ?? []).entries()) {
      const position = Math.floor(one.position);
      const rest = (await posts.feedSince({ position, limit: 10 }))?.map(({ event }) => event) ?? [];
      for (const { event } of missed?.slice(i + 1) ?? []) expect(rest).toContainEqual(event);
    }
    const last = missed?.at(-1)?.position ?? 0;
    const after = async () => (await posts.feedSince({ position: last, limit: 10 }))?.map(({ event }) => event);
    // Whoever was told live of what came and went meanwhile is told that it went.
    expect(await after()).toEqual([{ type: "post-deleted", postId: 4 }]);
    await posts.like(bob, 3);
    await posts.remove(alice, 1);
    expect(await after()).toEqual([
      { type: "post-deleted", postId: 4 },
      { type: "post-deleted", postId: 1 },
    ]);
    expect((await posts.feedSince({ position: from, limit: 10 }))?.map(({ event }) => event.type)).toEqual([
      "post-written",
      "post-written",
      "post-deleted",
    ]);
  });

  test("a post tells its comments as they are now: new ones once and in order, changed ones as changes", async () => {
    const { posts, alice, bob, hello, say, t } = await community();
    await posts.write(alice, hello);
    const old = await say(alice, 1, "old");
    const edited = await say(alice, 1, "edited");
    const deleted = await say(alice, 1, "deleted");
    const untouched = await say(alice, 1, "untouched");
    const from = t.database.readPosition((await posts.read(bob, 1)).position) ?? 0;
    expect(await posts.since(1, { position: from, limit: 10 })).toEqual([]);
    const fresh = await say(bob, 1, "fresh");
    const reply = await say(alice, 1, "reply", fresh);
    const fleeting = await say(bob, 1, "fleeting");
    await posts.removeComment(bob, fleeting);
    await posts.likeComment(alice, fresh);
    await posts.likeComment(bob, old);
    await posts.editComment(alice, edited, "edited now");
    await posts.removeComment(alice, deleted);
    await posts.like(bob, 1);
    const missed = await posts.since(1, { position: from, limit: 10 });
    const told = missed?.map(({ event }) => {
      const id = "comment" in event ? event.comment.id : "commentId" in event ? event.commentId : 0;
      return `${event.type} ${id}`;
    });
    expect(told).toEqual([
      `comment-written ${fresh}`,
      `comment-written ${reply}`,
      // Whoever asked in between shows it.
      `comment-deleted ${fleeting}`,
      `comment-liked ${old}`,
      `comment-edited ${edited}`,
      `comment-liked ${edited}`,
      `comment-deleted ${deleted}`,
      "post-liked 0",
    ]);
    expect(JSON.stringify(told)).not.toContain(` ${untouched}"`);
    expect(await posts.since(1, { position: from, limit: 3 })).toBeUndefined();
    expect(await posts.since(1, { position: missed?.at(-1)?.position ?? 0, limit: 10 })).toEqual([]);
  });

  test("a replay that breaks off goes on without a gap from the last position it reached", async () => {
    const { posts, alice, bob, hello, say } = await community();
    await posts.write(alice, hello);
    const first = await say(bob, 1, "first");
    await say(bob, 1, "second");
    await posts.likeComment(alice, first);
    const missed = (await posts.since(1, { position: 0, limit: 10 })) ?? [];
    const ids = (list: typeof missed) =>
      list.flatMap(({ event }) => (event.type === "comment-written" ? [event.comment.id] : []));
    for (const [i, one] of missed.entries()) {
      const rest = (await posts.since(1, { position: Math.floor(one.position), limit: 10 })) ?? [];
      const known = new Set(ids(missed.slice(0, i + 1)));
      expect([...known, ...rest.map(({ event }) => ("comment" in event ? event.comment.id : 0))]).toEqual(
        expect.arrayContaining(ids(missed)),
      );
    }
  });

  test("a deleted post tells only that", async () => {
    const { posts, alice, hello, say } = await community();
    await posts.write(alice, hello);
    await say(alice, 1, "x");
    await posts.remove(alice, 1);
    expect((await posts.since(1, { position: 0, limit: 10 }))?.map(({ event }) => event)).toEqual([
      { type: "post-deleted", postId: 1 },
    ]);
    expect(await posts.since(99, { position: 0, limit: 10 })).toEqual([]);
  });
});
