import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { type Person, readUserId } from "../domain/account.ts";
import { invalid } from "../domain/errors.ts";
import { tidy } from "../domain/input.ts";
import { MEMBERS_MAX } from "../domain/room.ts";
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
const HANGUL = /\p{Script=Hangul}/u;
/** Words and names of one text: more than a whole group has. */
const NAMED_MAX = 4 * MEMBERS_MAX;
/** People on the page of those who were found. */
export const FOUND_MAX = 100;

/** Finding members by what somebody begins to type. */
export function createMembers({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  /** Of an account `a`: another one who is not banned, and between whom and oneself no block stands. */
  const isFound = (me: Person) => sql`(
    a.user_id <> ${me.userId} and not ${isBanned(nowMs())}
    and not exists (select 1 from blocks b where b.blocker_id = a.user_id and b.blocked_id = ${me.userId})
    and not exists (select 1 from blocks b where b.blocker_id = ${me.userId} and b.blocked_id = a.user_id))`;

  return {
    /**
     * The user ids of the people in a text: ids with blanks, commas or @ between them, or whole names where a comma, an @
     * or a line parts them. A name counts where exactly one member has it whom one could find; an id always does, whether
     * there is such an account or not. @throws BirdieError `invalid`, with a fault of `field` that names who is meant by nobody
     * or by several
     */
    async named(me: Person, field: string, text: string): Promise<readonly string[]> {
      const parts = text
        .split(/[,;@\n]/)
        .map((part) => tidy(part, false))
        .filter((part) => part !== "");
      const wordsOf = (part: string) => part.split(" ");
      const asked = new Set(parts.flatMap((part) => [part, ...wordsOf(part)]));
      if (asked.size > NAMED_MAX) throw invalid({ field, rule: "too_long", limit: MEMBERS_MAX - 1 });
      const given = sql`(select value from json_each(${JSON.stringify([...asked])}))`;
      const rows = await database.db.all<Person>(sql`
        select a.user_id as "userId", a.name from accounts a
        where a.user_id in ${given} or (a.name collate nocase in ${given} and ${isFound(me)})`);
      const isThere = (userId: string) => rows.some((row) => row.userId === userId);
      const called = (name: string) => [
        ...new Set(rows.filter((row) => isSame(row.name, name)).map(({ userId }) => userId)),
      ];
      const [unknown, several]: [string[], string[]] = [[], []];
      const one = (name: string): readonly string[] => {
        if (isThere(name)) return [name];
        const [userId, ...more] = called(name);
        if (more.length > 0) several.push(name);
        // An id of nobody is refused where all others are asked for.
        else if (userId === undefined && readUserId(name) === undefined) unknown.push(name);
        return [userId ?? name];
      };
      const userIds = parts.flatMap((part) => {
        const words = wordsOf(part);
        const isName = called(part).length > 0 || !words.some((word) => readUserId(word) ?? called(word)[0]);
        return isName && !words.every(isThere) ? one(part) : words.flatMap(one);
      });
      if (several.length > 0) throw invalid({ field, rule: "several", names: several });
      if (unknown.length > 0) throw invalid({ field, rule: "wrong", names: unknown });
      return [...new Set(userIds)];
    },

    /**
     * At most `limit` others whose user id, name or a further word of it begins with `query` (small letters; empty:
     * anybody), in Hangul also those who have it within their name: the one of that very id first, then those who take
     * part in the post, those one talks with, the newest. In a room, its members only. Nobody who is banned, or between
     * whom and oneself a block stands.
     */
    find(me: Person, query: string, { roomId, postId, limit = OFFERED_MAX }: Around = {}): Promise<readonly Person[]> {
      const start = `${query.replace(/[\\%_]/g, "\\$&")}%`;
      // Korean names have the family's first and no blank: people look for the rest of them.
      const inside = HANGUL.test(query) ? `%${start}` : start;
      return database.db.all<Person>(sql`
        select a.user_id as "userId", a.name from accounts a
        where ${isFound(me)}
          and (a.user_id like ${start} escape '\\' or a.name like ${inside} escape '\\'
            or a.name like ${`% ${start}`} escape '\\')
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

/** As SQLite compares them: letters of the alphabet whatever their case. */
function isSame(one: string, other: string): boolean {
  const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return folded(one) === folded(other);
}
