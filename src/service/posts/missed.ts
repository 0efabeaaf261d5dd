import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../../database/open.ts";
import type { Event, FeedEvent } from "../../domain/event.ts";
import type { Post } from "../../domain/post.ts";
import { type Change, inOrder, type Missed, orderOf } from "../missed.ts";
import { type CommentRow, commentRows, type PostRow, postRows, toComment, toPost } from "./rows.ts";

/** The posts written since, oldest first; undefined where there are more than `limit`. */
export async function writtenSince(
  database: Database,
  { position, limit }: Missed,
): Promise<readonly Post[] | undefined> {
  const written = await newestRows(database, undefined, position, limit + 1);
  return written.length > limit ? undefined : written.toReversed().map(toPost);
}

/** New posts, oldest first, then those of the others that were edited or deleted: /topic/feed. */
export async function missedOfFeed(
  database: Database,
  { position, limit, reader }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [written, reworded] = await database.db.batch([
    newestRows(database, reader, position, limit + 1),
    postRows(
      database,
      undefined,
      // By name, so that the index of these alone is used.
      sql`p.words_position > 0 and p.words_position > ${position} and p.written_position <= ${position}
        order by p.words_position limit ${limit + 1}`,
    ),
  ]);
  if (written.length + reworded.length > limit) return undefined;
  const changes = [...written, ...reworded].map((row): Change => {
    const now = { position: Math.max(row.writtenPosition, row.wordsPosition), writtenPosition: row.writtenPosition };
    return { position: now.position, events: [eventOfFeed(row, position)], order: orderOf(now, position) };
  });
  return inOrder(changes, position);
}

/** The living that were written since, newest first. */
function newestRows(database: Database, reader: string | undefined, position: number, count: number) {
  const which = sql`p.written_position > ${position} and p.deleted_at_ms is null order by p.written_position desc`;
  return postRows(database, reader, sql`${which} limit ${count}`);
}

function eventOfFeed(row: PostRow, seen: number): FeedEvent {
  if (row.deletedAtMs !== null) return { type: "post-deleted", postId: row.id };
  const post = toPost(row);
  return row.writtenPosition > seen ? { type: "post-written", post, ...likedOf(row) } : { type: "post-edited", post };
}

/** What changed on one post and among its comments: /topic/posts/{postId}. Nothing for a post that never was. */
export async function missedOfPost(
  database: Database,
  postId: number,
  { position, limit, reader }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [[post], comments] = await database.db.batch([
    postRows(database, undefined, sql`p.id = ${postId}`),
    commentRows(
      database,
      reader,
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
  // Also where it was written since: a page that asked for what is new by itself may show it.
  if (row.deletedAtMs !== null && !(isNew && isKept)) {
    return [{ type: "comment-deleted", postId, commentId, isKept, commentCount }];
  }
  const comment = toComment(row);
  if (isNew) return [{ type: "comment-written", comment, commentCount, ...likedOf(row) }];
  const liked: Event = { type: "comment-liked", postId, commentId, likeCount };
  return row.editedAtMs === null ? [liked] : [{ type: "comment-edited", comment }, liked];
}

const likedOf = ({ isLikedByMe }: PostRow | CommentRow) => (isLikedByMe === 1 ? { isLikedByMe: true } : {});
