import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import type { Alarm } from "../domain/alarm.ts";
import type { Post } from "../domain/post.ts";
import type { RoomSummary } from "../domain/room.ts";
import type { Alarms } from "./alarms.ts";
import { isBanned } from "./banned.ts";
import type { Posts } from "./posts.ts";
import type { Rooms } from "./rooms.ts";

/** How many posts are told; of more, the feed itself tells. */
const POSTS_MAX = 50;

/** What one person missed across the feed, their alarms and their rooms. */
export interface Missed {
  /** When the person said last that they have seen everything; undefined: never yet. */
  readonly sinceMs: number | undefined;
  /** Newest first, not one's own. Undefined: more than 50. */
  readonly posts: readonly Post[] | undefined;
  readonly alarms: readonly Alarm[];
  readonly rooms: readonly RoomSummary[];
  /** Of this page: "seen up to here". */
  readonly position: string;
}

export type Visits = ReturnType<typeof createVisits>;

/** "Since your last visit": where it begins is a position of the database, set by its reader and by nobody else. */
export function createVisits(options: {
  readonly database: Database;
  readonly posts: Posts;
  readonly alarms: Alarms;
  readonly rooms: Rooms;
  readonly nowMs: () => number;
}) {
  const { database, posts, alarms, rooms, nowMs } = options;
  const { db } = database;

  return {
    async missed(me: Person): Promise<Missed> {
      const [[visit], [position]] = await db.batch([
        db.all<{ position: number; atMs: number | null }>(sql`
          select visited_position as position, visited_at_ms as "atMs" from accounts where user_id = ${me.userId}`),
        database.currentPosition(),
      ]);
      const from = visit?.position ?? 0;
      const [written, inbox, list] = await Promise.all([
        posts.writtenSince(from, POSTS_MAX),
        alarms.inbox(me),
        rooms.list(me),
      ]);
      return {
        sinceMs: visit?.atMs ?? undefined,
        posts: written?.filter((post) => post.author.userId !== me.userId).toReversed(),
        alarms: inbox.alarms.filter((alarm) => alarm.id > from || !alarm.isRead),
        rooms: list.rooms.filter((room) => room.unreadCount > 0),
        position: database.formatPosition(position?.value),
      };
    },

    /** Everything up to a position of this database has been seen. Forward only; any other text changes nothing. */
    async saw(me: Person, upTo: string): Promise<void> {
      const position = database.readPosition(upTo);
      if (position === undefined) return;
      await database.commit({
        statements: () => [
          db.run(sql`
            update accounts set visited_position = ${position}, visited_at_ms = ${nowMs()}
            where user_id = ${me.userId} and visited_position <= ${position}
              and ${position} <= (select cast(value as integer) from meta where key = 'position')`),
        ],
        done: () => ({ value: undefined, events: [] }),
      });
    },

    /** The secret part of the address of one's own Atom feed, or undefined while there is none. */
    async feedKey(me: Person): Promise<string | undefined> {
      const [row] = await db.all<{ feedKey: string | null }>(
        sql`select feed_key as "feedKey" from accounts where user_id = ${me.userId}`,
      );
      return row?.feedKey ?? undefined;
    },

    /** Makes a new secret address; the one before ends. Undefined instead of a key: the feed ends. */
    async setFeedKey(me: Person, isOn: boolean): Promise<void> {
      const key = isOn ? crypto.randomUUID().replaceAll("-", "") : null;
      await database.commit({
        statements: () => [
          db.run(sql`update accounts set feed_key = ${key} where user_id = ${me.userId} and closed_at_ms is null`),
        ],
        done: () => ({ value: undefined, events: [] }),
      });
    },

    /** Whose feed a secret address is; undefined for any other text, and for those who may not sign in. */
    async readerOf(feedKey: string): Promise<(Person & { readonly language: "ko" | "en" | null }) | undefined> {
      if (!/^[0-9a-f]{32}$/.test(feedKey)) return undefined;
      const [row] = await db.all<Person & { readonly language: "ko" | "en" | null }>(sql`
        select user_id as "userId", name, language from accounts
        where feed_key = ${feedKey} and not ${isBanned(nowMs())}`);
      return row;
    },
  };
}
