import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../../database/open.ts";
import type { Event } from "../../domain/event.ts";
import { type CommentRow, commentRows, type PostRow, postRows, toComment, toPost } from "./rows.ts";

/*
 * What a reader who saw everything up to a position has missed: not the history, but the few events that lead from
 * there to how things are now. Undefined when more rows changed than `limit`, so that the page must be fetched again.
 */

interface Missed {
  readonly position: number;
  readonly limit: number;
}

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
    // New ones come first and in the order they were written, so that a reply finds its thread.
    order: row.writtenPosition > position ? row.writtenPosition - Number.MAX_SAFE_INTEGER : row.position,
  }));
  if (post.position > position) {
    changes.push({ position: post.position, events: eventsOfPost(post), order: post.position });
  }
  return inOrder(changes, position);
}

interface Change {
  /** Of the row as it is now. */
  readonly position: number;
  readonly events: readonly Event[];
  readonly order: number;
}

/** Each event with the last position up to which nothing is left to tell: from there a broken replay goes on. */
function inOrder(changes: readonly Change[], seen: number): Announcement[] {
  const sorted = changes.toSorted((a, b) => a.order - b.order);
  const announcements: Announcement[] = [];
  let untold = Number.POSITIVE_INFINITY;
  const newest = Math.max(seen, ...sorted.map((change) => change.position));
  for (const { events, position } of sorted.toReversed()) {
    const reached = Math.min(newest, untold - 1);
    for (const event of events.toReversed()) announcements.unshift({ event, position: reached });
    untold = Math.min(untold, position);
  }
  return announcements;
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
