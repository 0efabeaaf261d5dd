import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../../database/open.ts";
import type { Event } from "../../domain/event.ts";
import { type Change, inOrder, type Missed, orderOf } from "../missed.ts";
import { type CommentRow, commentRows, type PostRow, postRows, toComment, toPost } from "./rows.ts";

/** New posts, oldest first: /topic/feed. */
export async function missedOfFeed(
  database: Database,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  // The newest by id, and only then by position: both grow alike, and only the id has an index.
  const newest = await postRows(
    database,
    undefined,
    sql`p.deleted_at_ms is null order by p.id desc limit ${limit + 1}`,
  );
  const rows = newest.filter((row) => row.writtenPosition > position);
  if (rows.length > limit) return undefined;
  return rows
    .toReversed()
    .map((row) => ({ event: { type: "post-written", post: toPost(row) }, position: row.writtenPosition }));
}

/** What changed on one post and among its comments: /topic/posts/{postId}. Nothing for a post that never was. */
export async function missedOfPost(
  database: Database,
  postId: number,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [[post], comments] = await database.db.batch([
    postRows(database, undefined, sql`p.id = ${postId}`),
    commentRows(
      database,
      undefined,
      sql`c.post_id = ${postId} and c.position > ${position} order by c.position, c.id limit ${limit + 1}`,
    ),
  ]);
  if (!post) return [];
  if (post.deletedAtMs !== null) return [{ event: { type: "post-deleted", postId }, position: post.position }];
  if (comments.length > limit) return undefined;
  const { commentCount } = post;
  const changes: Change[] = comments.map((row) => ({
    position: row.position,
    events: eventsOfComment(row, position, commentCount),
    order: orderOf(row, position),
  }));
  if (post.position > position) {
    changes.push({ position: post.position, events: eventsOfPost(post), order: post.position });
  }
  return inOrder(changes, position);
}

function eventsOfPost(row: PostRow): Event[] {
  const liked: Event = { type: "post-liked", postId: row.id, likeCount: row.likeCount };
  return row.editedAtMs === null ? [liked] : [{ type: "post-edited", post: toPost(row) }, liked];
}

function eventsOfComment(row: CommentRow, seen: number, commentCount: number): Event[] {
  const { id: commentId, postId, likeCount } = row;
  const isNew = row.writtenPosition > seen;
  const isKept = row.hasReplies === 1;
  if (row.deletedAtMs !== null && !(isNew && isKept)) {
    return isNew ? [] : [{ type: "comment-deleted", postId, commentId, isKept, commentCount }];
  }
  const comment = toComment(row);
  if (isNew) return [{ type: "comment-written", comment, commentCount }];
  const liked: Event = { type: "comment-liked", postId, commentId, likeCount };
  return row.editedAtMs === null ? [liked] : [{ type: "comment-edited", comment }, liked];
}
