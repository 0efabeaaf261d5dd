import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Counts, Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { changedAlarms, eventsOfChanged, toCounts } from "./alarms/rows.ts";
import { takeBack } from "./alarms/rules.ts";
import { countsOf } from "./counts.ts";
import { blockedBy, pairOf } from "./rooms/door.ts";
import { listedEvents, type StandingRow, standings, waitsNoMore } from "./rooms/rows.ts";

export interface BlocksOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  /** Every room in which this person is is looked at anew. */
  readonly forgetPerson: (userId: string) => void;
}

export type Blocks = ReturnType<typeof createBlocks>;

interface PairRow {
  readonly isThere: number;
  readonly roomId: number | null;
  readonly isClosed: number;
}

/**
 * Who wants nothing of whom. A block works both ways and at once: no new room, no message in the room of two, no alarm, no
 * presence, no typing and no receipt between the two. In a group both go on speaking to everybody: what the blocked say
 * there is folded away for who blocked them, and counts as nothing new. What was said stays readable. Alarms that are
 * there vanish, and do not come back.
 */
export function createBlocks({ database, nowMs, forgetPerson }: BlocksOptions) {
  const { db } = database;

  /** How it stands between the two at the end of an act. */
  const standing = (me: Person, other: string) =>
    db.all<PairRow>(sql`
      select exists (select 1 from accounts where user_id = ${other}) as "isThere",
        (select id from rooms where pair = ${pairOf(me, other)}) as "roomId",
        exists (select 1 from blocks where blocker_id in (${me.userId}, ${other})
          and blocked_id in (${me.userId}, ${other})) as "isClosed"`);

  /** Who comes back hears of it, too. */
  const stamp = (me: Person, other: string, position: number) =>
    [
      db.run(sql`update accounts set lists_position = ${position} where user_id = ${me.userId}`),
      db.run(sql`update rooms set changed_position = ${position} where pair = ${pairOf(me, other)}`),
    ] as const;

  /** At the end of an act: how it stands between the two, whom one blocks, one's rooms with the other, one's counts. */
  const afterwards = (me: Person, other: string) =>
    [
      standing(me, other),
      db.all<{ userId: string }>(blockedBy(me)),
      standings(
        database,
        sql`k.user_id = ${me.userId} and (r.last_message_id is not null or r.kind = 'group')
          and exists (select 1 from room_members o where o.room_id = k.room_id and o.user_id = ${other})`,
        true,
      ),
      countsOf(me.userId),
    ] as const;

  interface Standing {
    readonly row: PairRow | undefined;
    readonly blocked: readonly { readonly userId: string }[];
    readonly rooms: readonly StandingRow[];
    readonly counts: Counts | undefined;
  }

  /** @throws BirdieError `not_found` */
  function told(me: Person, other: string, { row, blocked, rooms, counts }: Standing): Event[] {
    if (row?.isThere !== 1) throw new BirdieError("not_found");
    forgetPerson(me.userId);
    const { roomId } = row;
    const list = blocked.map(({ userId }) => userId);
    const roomIds = rooms.map(({ id }) => id);
    return [
      ...(roomId === null ? [] : [{ type: "room-closed", roomId, isClosed: row.isClosed === 1 } as const]),
      {
        type: "people-blocked",
        receiver: me.userId,
        blocked: list,
        parted: { from: other, roomIds },
        counts: toCounts(counts),
      },
      ...listedEvents(rooms),
    ];
  }

  return {
    /** Blocks somebody; again changes nothing. @throws BirdieError `not_found`, `forbidden` (oneself) */
    async block(me: Person, other: string): Promise<void> {
      if (other === me.userId) throw new BirdieError("forbidden", "you cannot block yourself");
      let mark = 0;
      await database.commit({
        statements(next) {
          mark = next();
          const atMs = nowMs();
          return [
            db.run(sql`
              insert into blocks (blocker_id, blocked_id, created_at_ms)
              select ${me.userId}, user_id, ${atMs} from accounts where user_id = ${other}
              on conflict do nothing`),
            ...takeBack(database, sql`receiver = ${me.userId}`, { actor: other, nowMs: atMs, position: next() }),
            ...takeBack(database, sql`receiver = ${other}`, { actor: me.userId, nowMs: atMs, position: next() }),
            ...changedAlarms(database, sql`al.receiver in (${me.userId}, ${other})`, mark),
            // Whom one wants nothing of, one wants no request of either.
            db.run(sql`
              update room_members set declined_at_ms = ${atMs}, position = ${mark}
              where user_id = ${me.userId} and requested_at_ms is not null and declined_at_ms is null
                and room_id = (select id from rooms where pair = ${pairOf(me, other)})`),
            ...stamp(me, other, mark),
            ...afterwards(me, other),
          ] as const;
        },
        done: ([, , , , , alarms, alarmCounts, , , , [row], blocked, rooms, [counts]]) => {
          const events = told(me, other, { row, blocked, rooms, counts });
          const declined = rooms.filter((room) => room.memberPosition === mark && room.isDeclined === 1);
          return {
            value: undefined,
            events: [...eventsOfChanged(alarms, alarmCounts, mark), ...events, ...declined.map(waitsNoMore)],
          };
        },
      });
    },

    /** Takes a block back. What happened in between stays as it is. @throws BirdieError `not_found` */
    async unblock(me: Person, other: string): Promise<void> {
      await database.commit({
        statements: (next) =>
          [
            db.run(sql`delete from blocks where blocker_id = ${me.userId} and blocked_id = ${other}`),
            ...stamp(me, other, next()),
            ...afterwards(me, other),
          ] as const,
        done: ([, , , [row], blocked, rooms, [counts]]) => {
          return { value: undefined, events: told(me, other, { row, blocked, rooms, counts }) };
        },
      });
    },

    /** Whom one has blocked, latest first. */
    list(me: Person): Promise<readonly Person[]> {
      return db.all<Person>(sql`
        select a.user_id as "userId", a.name from blocks b join accounts a on a.user_id = b.blocked_id
        where b.blocker_id = ${me.userId} order by b.created_at_ms desc, a.user_id limit ${BLOCKS_SHOWN}`);
    },

    /** Whether this reader has blocked that person. That it is the other way round is for nobody to see. */
    async hasBlocked(me: Person, other: string): Promise<boolean> {
      const rows = await db.all(sql`
        select 1 from blocks where blocker_id = ${me.userId} and blocked_id = ${other}`);
      return rows.length > 0;
    },
  };
}

const BLOCKS_SHOWN = 1_000;
