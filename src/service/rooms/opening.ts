import { eq, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { rooms } from "../../database/tables.ts";
import type { Person } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import { type Door, doorTo, pairOf, pass } from "./door.ts";
import type { Rosters } from "./roster.ts";
import { listedEvents, standings, waitsNoMore } from "./rows.ts";
import { requestCountOf } from "./unread.ts";

/** What the acts on rooms share. */
export interface RoomParts {
  readonly database: Database;
  readonly rosters: Rosters;
  readonly nowMs: () => number;
}

/** Opening rooms of two, and what becomes of a request. */
export function openingActs({ database, rosters, nowMs }: RoomParts) {
  const { db } = database;

  return {
    /**
     * Opens, or finds, the one room of two people. A room that is there is found whatever stands between the two now:
     * what was said stays readable.
     * @throws BirdieError `not_found` (nobody of that name), `forbidden` (oneself; or they take messages only from
     * people they know), `blocked`
     */
    async open(me: Person, otherUserId: string): Promise<{ readonly roomId: number }> {
      if (otherUserId === me.userId) throw new BirdieError("forbidden", "you cannot open a room with yourself");
      const pair = pairOf(me, otherUserId);
      const atMs = nowMs();
      return database.commit({
        statements: (next) => {
          const position = next();
          return [
            db.run(sql`
              insert into rooms (kind, pair, created_at_ms, active_at_ms, position)
              select 'pair', ${pair}, ${atMs}, ${atMs}, ${position}
              from accounts a where a.user_id = ${otherUserId} and ${doorTo(me.userId)} in ('open', 'request')
              on conflict (pair) do nothing`),
            db.run(sql`
              insert into room_members (room_id, user_id, joined_at_ms, position, requested_at_ms)
              select r.id, a.user_id, ${atMs}, ${position},
                case when a.user_id <> ${me.userId} and ${doorTo(me.userId)} = 'request' then ${atMs} end
              from rooms r, accounts a
              where r.pair = ${pair} and a.user_id in (${me.userId}, ${otherUserId})
              on conflict (room_id, user_id) do nothing`),
            db.select({ id: rooms.id }).from(rooms).where(eq(rooms.pair, pair)),
            db.all<{ door: Door }>(sql`
              select ${doorTo(me.userId)} as door from accounts a where a.user_id = ${otherUserId}`),
          ];
        },
        done: ([, , [room], [other]]) => {
          if (!room) {
            pass(other?.door);
            throw new BirdieError("not_found");
          }
          return { value: { roomId: room.id }, events: [] };
        },
      });
    },

    /**
     * Whether it leads anywhere to write to somebody: not where they take messages only from people they know, and no
     * room is there. That they have blocked one is nothing to be seen beforehand.
     */
    async takesFrom(me: Person, otherUserId: string): Promise<boolean> {
      const pair = pairOf(me, otherUserId);
      const [row] = await db.all<{ readonly door: Door; readonly isThere: number }>(sql`
        select ${doorTo(me.userId)} as door, exists (select 1 from rooms where pair = ${pair}) as "isThere"
        from accounts a where a.user_id = ${otherUserId}`);
      return row?.isThere === 1 || row?.door !== "closed";
    },

    /** Accepts a request: from now on it is a room like any other. @throws BirdieError `not_found` */
    accept: (me: Person, roomId: number) => answer(me, roomId, "accept"),

    /** Declines a request. Its sender is not told. @throws BirdieError `not_found` */
    decline: (me: Person, roomId: number) => answer(me, roomId, "decline"),
  };

  async function answer(me: Person, roomId: number, how: "accept" | "decline"): Promise<void> {
    const isMine = sql`room_id = ${roomId} and user_id = ${me.userId}`;
    await database.commit({
      statements: (next) => {
        const position = next();
        return [
          db.all<{ userId: string }>(
            how === "accept"
              ? sql`update room_members set requested_at_ms = null, declined_at_ms = null, position = ${position}
                  where ${isMine} and requested_at_ms is not null returning user_id as "userId"`
              : sql`update room_members set declined_at_ms = ${nowMs()}, position = ${position}
                  where ${isMine} and requested_at_ms is not null returning user_id as "userId"`,
          ),
          db.run(sql`update accounts set lists_position = ${position} where user_id = ${me.userId}
            and exists (select 1 from room_members where ${isMine} and position = ${position})`),
          standings(database, sql`k.room_id = ${roomId} and k.user_id = ${me.userId}`, true),
          db.all<{ count: number }>(sql`select ${requestCountOf(sql`${me.userId}`)} as count`),
        ];
      },
      done: ([[changed], , rows, [waiting]]) => {
        const [row] = rows;
        if (!row) throw new BirdieError("not_found");
        rosters.forget(roomId);
        if (!changed) return { value: undefined, events: [] };
        const answered = { ...waitsNoMore(row), requestCount: waiting?.count ?? 0 };
        return { value: undefined, events: [answered, ...listedEvents(rows)] };
      },
    });
  }
}
