import { type Placeholder, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { BirdieError } from "../../domain/errors.ts";
import { NO_PICTURES } from "../../domain/picture.ts";
import type { Comment, Liked, Post } from "../../domain/post.ts";
import { picturesOf, readPictures } from "../pictures.ts";

/** A post as SQL gives it. */
export interface PostRow {
  readonly id: number;
  readonly authorId: string;
  readonly authorName: string;
  readonly title: string;
  readonly body: string;
  readonly pictures: string | null;
  readonly createdAtMs: number;
  readonly editedAtMs: number | null;
  readonly deletedAtMs: number | null;
  readonly likeCount: number;
  readonly commentCount: number;
  readonly isLikedByMe: number;
  readonly position: number;
  readonly writtenPosition: number;
  readonly wordsPosition: number;
}

/**
 * A comment as SQL gives it. `hasReplies`: a living reply hangs under it, so that it is kept as a place holder once
 * deleted.
 */
export interface CommentRow {
  readonly id: number;
  readonly postId: number;
  readonly parentId: number | null;
  readonly authorId: string;
  readonly authorName: string;
  readonly body: string;
  readonly pictures: string | null;
  readonly createdAtMs: number;
  readonly editedAtMs: number | null;
  readonly deletedAtMs: number | null;
  readonly likeCount: number;
  readonly isLikedByMe: number;
  readonly hasReplies: number;
  readonly position: number;
  readonly writtenPosition: number;
}

/** A statement for posts as one person (or nobody) sees them. `where` names the table `p`, and may end in an order. */
export function postRows(database: Database, me: string | undefined, where: SQL) {
  return database.db.all<PostRow>(selectPosts(me ?? null, where));
}

/** `me`: a user id, null for nobody, or what stands for one of them. */
export function selectPosts(me: Placeholder | string | null, where: SQL): SQL {
  return sql`
    select p.id, p.author_id as "authorId", a.name as "authorName", p.title, p.body, p.created_at_ms as "createdAtMs",
      p.edited_at_ms as "editedAtMs", p.deleted_at_ms as "deletedAtMs", p.like_count as "likeCount",
      p.comment_count as "commentCount", ${picturesOf("p")} as "pictures", p.position, p.written_position as "writtenPosition",
      p.words_position as "wordsPosition", ${isLiked(me, sql`post_likes l where l.post_id = p.id`)} as "isLikedByMe"
    from posts p join accounts a on a.user_id = p.author_id where ${where}`;
}

/** A statement for comments as one person (or nobody) sees them. `where` names the table `c`, and may end in an order. */
export function commentRows(database: Database, me: string | undefined, where: SQL) {
  return database.db.all<CommentRow>(selectComments(me ?? null, where));
}

/** `me`: as for `selectPosts`. */
export function selectComments(me: Placeholder | string | null, where: SQL): SQL {
  return sql`
    select c.id, c.post_id as "postId", c.parent_id as "parentId", c.author_id as "authorId", a.name as "authorName",
      c.body, c.created_at_ms as "createdAtMs", c.edited_at_ms as "editedAtMs", c.deleted_at_ms as "deletedAtMs",
      c.like_count as "likeCount", ${picturesOf("c")} as "pictures", c.position, c.written_position as "writtenPosition",
      ${isLiked(me, sql`comment_likes l where l.comment_id = c.id`)} as "isLikedByMe", ${HAS_REPLIES} as "hasReplies"
    from comments c join accounts a on a.user_id = c.author_id where ${where}`;
}

/** Whether anybody's living reply hangs under the comment `c`. */
const HAS_REPLIES = sql`(c.parent_id is null and exists
  (select 1 from comments r where r.post_id = c.post_id and r.parent_id = c.id and r.deleted_at_ms is null))`;

/** What a page shows of the comments `c`: the living, and place holders of deleted ones with living replies. */
export const SHOWN = sql`(c.deleted_at_ms is null or ${HAS_REPLIES})`;

/** A living comment's post may be gone: then so is the comment. */
export const POST_LIVES = sql`exists (select 1 from posts where posts.id = c.post_id and posts.deleted_at_ms is null)`;

function isLiked(me: Placeholder | string | null, from: SQL): SQL {
  return sql`exists (select 1 from ${from} and l.user_id = ${me})`;
}

export function toPost(row: PostRow): Post {
  return {
    id: row.id,
    author: { userId: row.authorId, name: row.authorName },
    title: row.title,
    body: row.body,
    pictures: readPictures(row.pictures),
    createdAtMs: row.createdAtMs,
    editedAtMs: row.editedAtMs ?? undefined,
    likeCount: row.likeCount,
    commentCount: row.commentCount,
  };
}

export function toLikedPost(row: PostRow): Liked<Post> {
  return { item: toPost(row), isLikedByMe: row.isLikedByMe === 1 };
}

export function toComment(row: CommentRow): Comment {
  const isDeleted = row.deletedAtMs !== null;
  return {
    id: row.id,
    postId: row.postId,
    parentId: row.parentId ?? undefined,
    author: { userId: row.authorId, name: row.authorName },
    body: isDeleted ? "" : row.body,
    pictures: isDeleted ? NO_PICTURES : readPictures(row.pictures),
    createdAtMs: row.createdAtMs,
    editedAtMs: row.editedAtMs ?? undefined,
    isDeleted,
    likeCount: row.likeCount,
  };
}

export function toLikedComment(row: CommentRow): Liked<Comment> {
  return { item: toComment(row), isLikedByMe: row.isLikedByMe === 1 };
}

/**
 * The row if it can be shown to everybody.
 * @throws BirdieError `not_found`, `gone`
 */
export function living<R extends { readonly deletedAtMs: number | null }>(row: R | undefined): R {
  if (!row) throw new BirdieError("not_found");
  if (row.deletedAtMs !== null) throw new BirdieError("gone");
  return row;
}

/**
 * The row if it is `me` who may change it.
 * @throws BirdieError `not_found`, `gone`, `forbidden`
 */
export function own<R extends { readonly deletedAtMs: number | null; readonly authorId: string }>(
  row: R | undefined,
  me: string,
): R {
  const found = living(row);
  if (found.authorId !== me) throw new BirdieError("forbidden");
  return found;
}
