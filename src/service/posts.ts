import { eq, sql } from "drizzle-orm";
import type { Announcement, Database } from "../database/open.ts";
import { posts } from "../database/tables.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import { mentionsIn } from "../domain/mention.ts";
import type { Comment, Feed, NewComment, NewPost, Post, PostPage } from "../domain/post.ts";
import { followRemoval, mayRemove, tellAuthor, waitingEvents } from "./admin/removal.ts";
import { changedAlarms, eventsOfChanged } from "./alarms/rows.ts";
import { mention, retract, unmention } from "./alarms/rules.ts";
import { mayAct } from "./banned.ts";
import type { Missed } from "./missed.ts";
import { missedOwnLikes } from "./own-likes.ts";
import { type CommentRemoved, editComment, removeComment, type Written, writeComment } from "./posts/comments.ts";
import { type LikeState, like } from "./posts/likes.ts";
import { missedOfFeed, missedOfPost, writtenSince } from "./posts/missed.ts";
import { isOnNewestPage, type Paging, type PostPaging, readFeed, readPostPage } from "./posts/pages.ts";
import { areTakeable, dropPictures, takePictures } from "./posts/pictures.ts";
import { commentRows, living, own, postRows, toComment, toPost } from "./posts/rows.ts";

export type { CommentRemoved, Written } from "./posts/comments.ts";
export type { LikeState } from "./posts/likes.ts";
export type { Paging, PostPaging } from "./posts/pages.ts";

export interface PostsOptions {
  readonly database: Database;
  readonly nowMs: () => number;
}

export type Posts = ReturnType<typeof createPosts>;

/**
 * What people do with posts and comments. `me` is who asks; reading is open to everybody. Every act
 * is one commit with the alarms it raises or retracts. Acts on what is missing throw BirdieError `not_found`, on what
 * was deleted `gone`, on what is somebody else's `forbidden`.
 */
export function createPosts({ database, nowMs }: PostsOptions) {
  const setLike = (me: Person, kind: "post" | "comment", id: number, isLiked: boolean) =>
    like(database, { me: me.userId, kind, id, isLiked, nowMs: nowMs() });

  return {
    /** The newest posts of all, 20 a page. */
    feed(me: Person | undefined, paging: Paging = {}): Promise<Feed> {
      return readFeed(database, me?.userId, undefined, paging);
    },

    /** The newest posts of one person, 20 a page. */
    ofAuthor(userId: string, me: Person | undefined, paging: Paging = {}): Promise<Feed> {
      return readFeed(database, me?.userId, userId, paging);
    },

    /** A post with its newest 50 threads, oldest first; with those before `before`; or with one `comment` among them. */
    read(me: Person | undefined, postId: number, paging: PostPaging = {}): Promise<PostPage> {
      return readPostPage(database, me?.userId, postId, paging);
    },

    /** Whether the page of a post shows a comment without being asked for it (`read` with `comment`). */
    isOnNewestPage(postId: number, commentId: number): Promise<boolean> {
      return isOnNewestPage(database, postId, commentId);
    },

    /** Whether `me` may hear of a post: resolves, or refuses. Every post is for everybody. */
    async check(_me: Person | undefined, postId: number): Promise<void> {
      const [row] = await database.db
        .select({ deletedAtMs: posts.deletedAtMs })
        .from(posts)
        .where(eq(posts.id, postId))
        .limit(1);
      living(row);
    },

    /** One's own post, to edit it. */
    async ownPost(me: Person, postId: number): Promise<Post> {
      const [row] = await postRows(database, me.userId, sql`p.id = ${postId}`);
      return toPost(own(row, me.userId));
    },

    /** One's own comment, to edit it. */
    async ownComment(me: Person, commentId: number): Promise<Comment> {
      const [[comment], [post]] = await database.db.batch([
        commentRows(database, me.userId, sql`c.id = ${commentId}`),
        postRows(database, me.userId, sql`p.id = (select post_id from comments where id = ${commentId})`),
      ]);
      const row = own(comment, me.userId);
      if (post?.deletedAtMs !== null) throw new BirdieError("gone");
      return toComment(row);
    },

    write: (me: Person, post: NewPost): Promise<Post> => writePost({ database, nowMs }, me.userId, post),
    /** `dropped`: which of its pictures go. */
    edit: (me: Person, postId: number, post: NewPost, dropped: readonly string[] = []): Promise<Post> =>
      editPost({ database, nowMs }, me.userId, { postId, dropped, ...post }),
    remove: (me: Person, postId: number): Promise<void> => removePost({ database, nowMs }, me.userId, postId),

    /** Likes a post; liking it again changes nothing. Alarms its author, once per person. */
    like: (me: Person, postId: number): Promise<LikeState> => setLike(me, "post", postId, true),
    /** Takes a like back, and the alarm with it. */
    unlike: (me: Person, postId: number): Promise<LikeState> => setLike(me, "post", postId, false),
    likeComment: (me: Person, commentId: number): Promise<LikeState> => setLike(me, "comment", commentId, true),
    unlikeComment: (me: Person, commentId: number): Promise<LikeState> => setLike(me, "comment", commentId, false),

    /** Comments on a post, or replies to one of its comments. */
    comment(me: Person, postId: number, comment: NewComment): Promise<Written> {
      return writeComment(database, {
        ...comment,
        me: me.userId,
        postId,
        nowMs: nowMs(),
      });
    },
    /** `dropped`: which of its pictures go. */
    editComment(me: Person, commentId: number, body: string, dropped: readonly string[] = []): Promise<Comment> {
      return editComment(database, { me: me.userId, commentId, nowMs: nowMs() }, { body, dropped });
    },
    removeComment(me: Person, commentId: number): Promise<CommentRemoved> {
      return removeComment(database, { me: me.userId, commentId, nowMs: nowMs() });
    },

    /** What /topic/posts/{postId} missed since a position; undefined when more than `limit` comments changed. */
    since(postId: number, missed: Missed): Promise<readonly Announcement[] | undefined> {
      return missedOfPost(database, postId, missed);
    },
    /** The posts written since a position, oldest first; undefined when there are more than `limit`. */
    writtenSince(position: number, limit: number): Promise<readonly Post[] | undefined> {
      return writtenSince(database, { position, limit });
    },
    /** What one person's queue missed of their own likes, those of messages too; undefined when there are more than `limit`. */
    ownLikesSince(me: Person, position: number, limit: number): Promise<readonly Announcement[] | undefined> {
      return missedOwnLikes(database, me.userId, { position, limit });
    },
    /** What /topic/feed missed since a position; undefined when more than `limit` posts are new or changed. */
    feedSince(missed: Missed): Promise<readonly Announcement[] | undefined> {
      return missedOfFeed(database, missed);
    },
  };
}

/**
 * The post, its pictures and the alarms of whom it names are one commit. @throws BirdieError `invalid` (a picture that
 * is not to be had)
 */
function writePost(
  { database, nowMs }: PostsOptions,
  me: string,
  { title, body, pictures = [] }: NewPost,
): Promise<Post> {
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const named = mentionsIn(body);
      return [
        database.db.run(sql`
          insert into posts (author_id, title, body, picture_count, created_at_ms, position, written_position)
          select ${me}, ${title}, ${body}, ${pictures.length}, ${nowMs()}, ${mark}, ${mark}
          where ${mayAct(me, nowMs())} and ${areTakeable({ me, pictures })}`),
        takePictures(database, "post", sql`select id from posts where position = ${mark}`, pictures),
        ...mention(database, {
          actor: me,
          nowMs: nowMs(),
          named,
          positions: named.map(next),
          about: sql`select 'POST' as target, id as post_id, 0 as room_id, 0 as reply_id, '' as before
            from posts where position = ${mark}`,
        }),
        postRows(database, me, sql`p.position = ${mark}`),
        ...changedAlarms(database, sql`al.post_id = (select id from posts where position = ${mark})`, mark),
      ];
    },
    done([, , , , [row], rows, counts]) {
      if (!row)
        throw pictures.length > 0 ? invalid({ field: "pictures", rule: "wrong" }) : new BirdieError("sign_in_ended");
      const post = toPost(row);
      return { value: post, events: [{ type: "post-written", post }, ...eventsOfChanged(rows, counts, mark)] };
    },
  });
}

/** Whom the new text names for the first time hears of it; whom it no longer names has not been mentioned. */
function editPost(
  { database, nowMs }: PostsOptions,
  me: string,
  { postId, dropped, title, body }: NewPost & { readonly postId: number; readonly dropped: readonly string[] },
): Promise<Post> {
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const named = mentionsIn(body);
      return [
        ...mention(database, {
          actor: me,
          nowMs: nowMs(),
          named,
          positions: named.map(next),
          about: sql`select 'POST' as target, id as post_id, 0 as room_id, 0 as reply_id, body as before
            from posts where id = ${postId} and author_id = ${me} and deleted_at_ms is null`,
        }),
        database.db.run(sql`
          update posts set title = ${title}, body = ${body}, edited_at_ms = ${nowMs()}, position = ${mark}, words_position = ${mark}
          where id = ${postId} and author_id = ${me} and deleted_at_ms is null`),
        unmention(
          database,
          sql`post_id = ${postId} and reply_id = 0 and exists (select 1 from posts where id = ${postId} and position = ${mark})`,
          { named, nowMs: nowMs(), position: next() },
        ),
        ...dropPictures(database, "post", { id: postId, position: mark, dropped }),
        postRows(database, me, sql`p.id = ${postId}`),
        ...changedAlarms(database, sql`al.post_id = ${postId} and al.reply_id = 0`, mark),
      ];
    },
    done([, , , , , , [row], rows, counts]) {
      const post = toPost(own(row, me));
      return { value: post, events: [{ type: "post-edited", post }, ...eventsOfChanged(rows, counts, mark)] };
    },
  });
}

/**
 * Deletes one's own post, or as an admin anybody's: its text goes, its comments are no longer reachable, every alarm
 * about either is retracted.
 */
function removePost({ database, nowMs }: PostsOptions, me: string, postId: number): Promise<void> {
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const removal = { me, kind: "post", thingId: postId, nowMs: nowMs() } as const;
      return [
        tellAuthor(database, { ...removal, where: sql`true`, position: next() }),
        database.db.run(sql`
          update posts set title = '', body = '', deleted_at_ms = ${nowMs()}, position = ${mark}, words_position = ${mark}
          where id = ${postId} and ${mayRemove(me, nowMs())} and deleted_at_ms is null`),
        retract(
          database,
          sql`post_id = ${postId} and exists (select 1 from posts where id = ${postId} and position = ${mark})`,
          { nowMs: nowMs(), position: next() },
        ),
        postRows(database, me, sql`p.id = ${postId}`),
        ...changedAlarms(database, sql`al.post_id = ${postId}`, mark),
        ...followRemoval(
          database,
          removal,
          sql`exists (select 1 from posts where id = ${postId} and position = ${mark})`,
        ),
      ];
    },
    done([, , , [row], rows, counts, , , waiting]) {
      if (row?.position !== mark) own(row, me);
      return {
        value: undefined,
        events: [{ type: "post-deleted", postId }, ...eventsOfChanged(rows, counts, mark), ...waitingEvents(waiting)],
      };
    },
  });
}
