import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { changedAlarms, eventsOfChanged } from "./alarms/rows.ts";
import { takeBack } from "./alarms/rules.ts";

export interface BlocksOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  /** The room of two is looked at anew. */
  readonly forgetRoom: (roomId: number) => void;
}

export type Blocks = ReturnType<typeof createBlocks>;

interface PairRow {
  readonly isThere: number;
  readonly roomId: number | null;
  readonly isClosed: number;
}

/**
 * Who wants nothing of whom. A block works both ways and at once: no new room, no message, no alarm, no presence and no
 * typing between the two. What was said stays readable. Alarms that are there vanish, and do not come back.
 */
export function createBlocks({ database, nowMs, forgetRoom }: BlocksOptions) {
  const { db } = database;

  const pairOf = (me: Person, other: string) => [me.userId, other].sort().join(":");

  /** How it stands between the two at the end of an act. */
  const standing = (me: Person, other: string) =>
    db.all<PairRow>(sql`
      select exists (select 1 from accounts where user_id = ${other}) as "isThere",
        (select id from rooms where pair = ${pairOf(me, other)}) as "roomId",
        exists (select 1 from blocks where blocker_id in (${me.userId}, ${other})
          and blocked_id in (${me.userId}, ${other})) as "isClosed"`);

  function closed(row: PairRow): Event[] {
    if (row.roomId === null) return [];
    forgetRoom(row.roomId);
    return [{ type: "room-closed", roomId: row.roomId, isClosed: row.isClosed === 1 }];
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
            standing(me, other),
          ];
        },
        done: ([, , , , , alarms, counts, [row]]) => {
          if (row?.isThere !== 1) throw new BirdieError("not_found");
          return { value: undefined, events: [...eventsOfChanged(alarms, counts, mark), ...closed(row)] };
        },
      });
    },

    /** Takes a block back. What happened in between stays as it is. @throws BirdieError `not_found` */
    async unblock(me: Person, other: string): Promise<void> {
      await database.commit({
        statements: (next) => {
          next();
          return [
            db.run(sql`delete from blocks where blocker_id = ${me.userId} and blocked_id = ${other}`),
            standing(me, other),
          ];
        },
        done: ([, [row]]) => {
          if (row?.isThere !== 1) throw new BirdieError("not_found");
          return { value: undefined, events: closed(row) };
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
