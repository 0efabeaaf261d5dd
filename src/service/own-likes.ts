import { type SQL, sql } from "drizzle-orm";
import type { Announcement, Database } from "../database/open.ts";
import type { Counts } from "../domain/account.ts";
import type { QueueEvent } from "../domain/event.ts";
import { toCounts } from "./alarms/rows.ts";
import { countsOf } from "./counts.ts";
import type { Missed } from "./missed.ts";

/*
 * What somebody likes, for their own other tabs and devices: their queue alone hears of it, since nobody else learns who
 * likes a thing. One row for each thing that was liked or whose like was taken back, so that whoever comes back hears of it.
 */

export interface OwnLike {
  readonly me: string;
  readonly kind: "post" | "comment" | "message";
  readonly id: number;
  readonly isLiked: boolean;
}

/** The two statements that end an act of liking: they note it where `isChanged` holds, and read the counts of its person. */
export function noteLike(database: Database, { me, kind, id, isLiked }: OwnLike, mark: number, isChanged: SQL) {
  return [
    database.db.run(sql`
      insert into own_likes (user_id, kind, thing_id, is_liked, position)
      select ${me}, ${kind}, ${id}, ${isLiked ? 1 : 0}, ${mark} where ${isChanged}
      on conflict do update set is_liked = excluded.is_liked, position = excluded.position`),
    countsOf(me),
  ] as const;
}

/** Where a thing is, and how many like it. */
export interface LikedPlace {
  readonly postId: number | undefined;
  readonly roomId: number | undefined;
  readonly likeCount: number;
}

export function ownLikeEvent(
  { me, kind, id, isLiked }: OwnLike,
  { postId, roomId, likeCount }: LikedPlace,
  counts: Counts | undefined,
): QueueEvent {
  return { type: "like-changed", receiver: me, kind, id, postId, roomId, isLiked, likeCount, counts: toCounts(counts) };
}

interface MissedRow {
  readonly kind: OwnLike["kind"];
  readonly id: number;
  readonly isLiked: number;
  readonly position: number;
  readonly likeCount: number;
  readonly postId: number | null;
  readonly roomId: number | null;
}

/** /queue/{userId}, its part about one's own likes, as they are now: of what is there still, in rooms one is still in. */
export async function missedOwnLikes(
  database: Database,
  me: string,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [rows, [counts]] = await database.db.batch([
    database.db.all<MissedRow>(sql`
      select o.kind, o.thing_id as id, o.is_liked as "isLiked", o.position,
        coalesce(p.like_count, c.like_count, m.like_count) as "likeCount",
        coalesce(p.id, c.post_id) as "postId", m.room_id as "roomId"
      from own_likes o
      left join posts p on o.kind = 'post' and p.id = o.thing_id and p.deleted_at_ms is null
      left join comments c on o.kind = 'comment' and c.id = o.thing_id and c.deleted_at_ms is null
        and exists (select 1 from posts cp where cp.id = c.post_id and cp.deleted_at_ms is null)
      left join messages m on o.kind = 'message' and m.id = o.thing_id and m.deleted_at_ms is null
        and exists (select 1 from room_members k where k.room_id = m.room_id and k.user_id = o.user_id)
      where o.user_id = ${me} and o.position > ${position} and coalesce(p.id, c.id, m.id) is not null
      order by o.position limit ${limit + 1}`),
    countsOf(me),
  ]);
  if (rows.length > limit) return undefined;
  return rows.map(({ kind, id, isLiked, position: at, likeCount, postId, roomId }) => {
    const like: OwnLike = { me, kind, id, isLiked: isLiked === 1 };
    const place = { postId: postId ?? undefined, roomId: roomId ?? undefined, likeCount };
    return { event: ownLikeEvent(like, place, counts), position: at };
  });
}
