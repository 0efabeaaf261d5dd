import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { isBanned } from "./banned.ts";

export type Members = ReturnType<typeof createMembers>;

/** Where somebody is about to be named: only those who are there can hear of it, or they come first. */
export interface Around {
  readonly roomId?: number | undefined;
  readonly postId?: number | undefined;
  /** At most this many, itself at most FOUND_MAX and one more; eight by default. */
  readonly limit?: number | undefined;
}

const OFFERED_MAX = 8;
/** People on the page of those who were found. */
export const FOUND_MAX = 100;

/** Finding members by what somebody begins to type. */
export function createMembers({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  return {
    /**
     * At most `limit` others whose user id, name or a further word of it begins with `query` (small letters; empty:
     * anybody): the one of that very id first, then those who take part in the post, those one talks with, the
     * newest. In a room, its members only. Nobody who is banned, or between whom and oneself a block stands.
     */
    find(me: Person, query: string, { roomId, postId, limit = OFFERED_MAX }: Around = {}): Promise<readonly Person[]> {
      const start = `${query.replace(/[\\%_]/g, "\\$&")}%`;
      return database.db.all<Person>(sql`
        select a.user_id as "userId", a.name from accounts a
        where a.user_id <> ${me.userId} and not ${isBanned(nowMs())}
          and (a.user_id like ${start} escape '\\' or a.name like ${start} escape '\\'
            or a.name like ${`% ${start}`} escape '\\')
          and not exists (select 1 from blocks b where b.blocker_id = a.user_id and b.blocked_id = ${me.userId})
          and not exists (select 1 from blocks b where b.blocker_id = ${me.userId} and b.blocked_id = a.user_id)
          and (${roomId === undefined} or a.user_id in (
            select o.user_id from room_members k join room_members o on o.room_id = k.room_id
            where k.room_id = ${roomId ?? 0} and k.user_id = ${me.userId}))
        order by a.user_id = ${query} desc,
          (a.user_id in (select author_id from posts where id = ${postId ?? 0}
            union select author_id from comments where post_id = ${postId ?? 0} and deleted_at_ms is null)) desc,
          (a.user_id in (select o.user_id from room_members k join room_members o on o.room_id = k.room_id
            where k.user_id = ${me.userId})) desc,
          a.created_at_ms desc, a.user_id
        limit ${Math.min(limit, FOUND_MAX + 1)}`);
    },
  };
}
