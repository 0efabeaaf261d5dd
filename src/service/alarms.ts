import { type SQL, sql } from "drizzle-orm";
import type { Announcement, Database, Outcome } from "../database/open.ts";
import type { Counts, Person } from "../domain/account.ts";
import type { Alarm, AlarmKind, Inbox } from "../domain/alarm.ts";
import { BirdieError } from "../domain/errors.ts";
import { type Input, readId } from "../domain/input.ts";
import { type AlarmName, type AlarmRow, alarmRows, isOfKind, nameOf, toAlarm, toCounts } from "./alarms/rows.ts";
import { countsOf } from "./counts.ts";
import { type Part, partOf } from "./together.ts";

export interface AlarmsOptions {
  readonly database: Database;
  readonly nowMs: () => number;
}

/** What reading came to: the alarms that became read, newest first, at most 500 of them named. */
export interface AlarmsRead {
  readonly alarms: readonly AlarmName[];
  readonly counts: Counts;
}

export type Alarms = ReturnType<typeof createAlarms>;

const ALARMS_PER_PAGE = 30;
/** How many of the alarms that were read at once are named to the one who did it, and can be unread again at once. */
export const ALARMS_NAMED_MAX = 500;
/** How many of them are named in the event. */
const ALARMS_TOLD_MAX = 100;

/** What people do with their own alarms. Who raises and retracts them: alarms/rules.ts. */
export function createAlarms({ database, nowMs }: AlarmsOptions) {
  /** Marks as read what `which` finds among the unread alarms of one person. Nothing new to read is no event. */
  function readWhere(me: string, which: SQL): Promise<AlarmsRead> {
    return database.commit(readingAct(me, which));
  }

  function readingAct(me: string, which: SQL) {
    let position = 0;
    return {
      statements(next: () => number) {
        position = next();
        return [
          database.db.run(sql`
            update alarms set read_at_ms = ${nowMs()}, position = ${position}
            where receiver = ${me} and read_at_ms is null and retracted_at_ms is null and ${which}`),
          database.db.all<AlarmName>(sql`
            select id, key, kind from alarms where receiver = ${me} and position = ${position}
            order by id desc limit ${ALARMS_NAMED_MAX}`),
          countsOf(me),
        ] as const;
      },
      done: ([, rows, [counts]]: readonly [unknown, readonly AlarmName[], readonly Counts[]]) =>
        readOutcome(me, rows, toCounts(counts)),
    };
  }

  return {
    /** The inbox of one person, newest first, 30 a page; `before` is the id the page before ended with. */
    async inbox(
      me: Person,
      { before, kind }: { readonly before?: number | undefined; readonly kind?: AlarmKind | undefined } = {},
    ): Promise<Inbox> {
      const [[position], rows] = await database.db.batch([
        database.currentPosition(),
        alarmRows(
          database,
          sql`al.receiver = ${me.userId} and al.retracted_at_ms is null
            ${before === undefined ? sql`` : sql`and al.id < ${before}`}
            ${kind === undefined ? sql`` : sql`and ${isOfKind(kind)}`}
            order by al.id desc limit ${ALARMS_PER_PAGE + 1}`,
        ),
      ]);
      const alarms = rows.slice(0, ALARMS_PER_PAGE).map(toAlarm);
      return {
        alarms,
        before: rows.length > ALARMS_PER_PAGE ? alarms.at(-1)?.id : undefined,
        position: database.formatPosition(position?.value),
      };
    },

    /** The two unread counts, as every tab shows them. */
    async counts(userId: string): Promise<Counts> {
      const [[counts]] = await database.db.batch([countsOf(userId)]);
      return toCounts(counts);
    },

    /**
     * Marks one of one's own alarms as read, and gives it back. Reading it again changes nothing.
     * @throws BirdieError `not_found` (also for somebody else's), `gone` when it was retracted
     */
    async read(me: Person, id: number): Promise<{ readonly alarm: Alarm; readonly counts: Counts }> {
      let position = 0;
      return database.commit({
        statements(next) {
          position = next();
          return [
            database.db.run(sql`
              update alarms set read_at_ms = ${nowMs()}, position = ${position}
              where receiver = ${me.userId} and id = ${id} and read_at_ms is null and retracted_at_ms is null`),
            alarmRows(database, sql`al.receiver = ${me.userId} and al.id = ${id}`),
            countsOf(me.userId),
          ];
        },
        done([, [row], [counts]]) {
          if (!row) throw new BirdieError("not_found");
          if (row.isRetracted === 1) throw new BirdieError("gone");
          const names = row.position === position ? [nameOf(row)] : [];
          const { events } = readOutcome(me.userId, names, toCounts(counts));
          return { value: { alarm: toAlarm(row), counts: toCounts(counts) }, events };
        },
      });
    },

    /** The same for an alarm that was delivered and seen; what is no longer there needs no reading. */
    acknowledge(me: Person, id: number): Promise<AlarmsRead> {
      return readWhere(me.userId, sql`id = ${id}`);
    },

    /** The same as a part of more. */
    acknowledging(me: Person, id: number): Part {
      return partOf(readingAct(me.userId, sql`id = ${id}`));
    },

    /**
     * Checks what a client announces of its own doing (`alarmType` or `type`, `postId`, `replyId`) against what really
     * happened. It raises nothing: that was done with the like or comment. One's own things alarm nobody, so that
     * announcing those is no lie.
     * @throws BirdieError `forbidden` where the receiver has no such alarm
     */
    async confirm(me: Person, receiver: string, input: Input): Promise<void> {
      if (receiver === me.userId) return;
      const kind = input["alarmType"] ?? input["type"];
      const postId = readId(input["postId"]);
      const replyId = readId(input["replyId"]);
      if ((kind !== "LIKES" && kind !== "REPLY") || postId === undefined) throw new BirdieError("forbidden");
      // A client that replied may name the comment it answered: only what is liked is named by all alike.
      const isAbout = kind === "LIKES" ? sql`al.reply_id = ${replyId ?? 0}` : sql`true`;
      const rows = await database.db.all(sql`
        select 1 from alarms al join alarm_actors a on a.alarm_key = al.key and a.actor_id = ${me.userId}
        where al.post_id = ${postId} and al.receiver = ${receiver} and al.kind = ${kind} and ${isAbout}
          and al.retracted_at_ms is null limit 1`);
      if (rows.length === 0) throw new BirdieError("forbidden", "there is nothing of yours to announce");
    },

    /** Marks everything (of one kind) up to and with the newest id shown as read. What arrived meanwhile stays unread. */
    readUpTo(me: Person, upTo: number, kind?: AlarmKind): Promise<AlarmsRead> {
      return readWhere(
        me.userId,
        kind === undefined ? sql`id <= ${upTo}` : sql`id <= ${upTo} and ${isOfKind(kind, sql`alarms`)}`,
      );
    },

    /** Marks the mentions as read that somebody has read past in a room. */
    readOfRoom(userId: string, roomId: number): Promise<AlarmsRead> {
      return readWhere(
        userId,
        sql`${IS_SEEN_THERE} and room_id = ${roomId} and reply_id <= (select read_up_to from room_members
          where room_id = ${roomId} and user_id = ${userId})`,
      );
    },

    /** Marks the alarms about one post and its comments as read: it is being looked at. */
    readOfPost(me: Person, postId: number, upTo?: number): Promise<AlarmsRead> {
      return readWhere(
        me.userId,
        sql`${IS_SEEN_THERE} and post_id = ${postId} ${upTo === undefined ? sql`` : sql`and id <= ${upTo}`}`,
      );
    },

    /**
     * Takes reading back (undo): at most the first 500 of `ids`. A group that was raised anew meanwhile stays as it is,
     * since there is one unread group per thing at most. Tells of each as raised, but not as news.
     */
    unread(me: Person, ids: readonly number[]): Promise<AlarmsRead> {
      let position = 0;
      const named = JSON.stringify(ids.slice(0, ALARMS_NAMED_MAX));
      return database.commit({
        statements(next) {
          position = next();
          return [
            // "or ignore": a row that would be a second unread group violates alarms_open_group and is passed over.
            database.db.run(sql`
              update or ignore alarms set read_at_ms = null, position = ${position}
              where receiver = ${me.userId} and id in (select value from json_each(${named}))
                and read_at_ms is not null and retracted_at_ms is null`),
            alarmRows(database, sql`al.receiver = ${me.userId} and al.position = ${position} order by al.id desc`),
            countsOf(me.userId),
          ];
        },
        done([, rows, [row]]) {
          const counts = toCounts(row);
          return {
            value: { alarms: rows.map(nameOf), counts },
            events: rows.map((changed) => raised(changed, false, counts)),
          };
        },
      });
    },

    /**
     * What one person's queue missed since a position, as states in the order they came about; undefined when that is
     * more than `limit` alarms, so that the page must be fetched again.
     */
    async since(me: Person, position: number, limit: number): Promise<readonly Announcement[] | undefined> {
      const [rows, [row]] = await database.db.batch([
        alarmRows(
          database,
          sql`al.receiver = ${me.userId} and al.position > ${position} order by al.position, al.id limit ${limit + 1}`,
        ),
        countsOf(me.userId),
      ]);
      if (rows.length > limit) return undefined;
      const counts = toCounts(row);
      return rows.map((changed) => ({ event: missed(changed, position, counts), position: changed.position }));
    },
  };
}

/** What is not there any more is not seen by looking at its place. */
const IS_SEEN_THERE = sql`kind <> 'REMOVED'`;

function readOutcome(me: string, rows: readonly AlarmName[], counts: Counts): Outcome<AlarmsRead> {
  const alarms = rows.map(nameOf);
  return {
    value: { alarms, counts },
    events:
      alarms.length === 0
        ? []
        : [{ type: "alarms-read", receiver: me, alarms: alarms.slice(0, ALARMS_TOLD_MAX), counts }],
  };
}

/** The one event that brings a reader who saw everything up to `position` to what the alarm is now. */
function missed(row: AlarmRow, position: number, counts: Counts): Announcement["event"] {
  const { receiver } = row;
  if (row.isRetracted === 1) return { type: "alarm-retracted", receiver, alarm: nameOf(row), counts };
  const isNew = row.id > position;
  if (row.isRead === 1 && !isNew) return { type: "alarms-read", receiver, alarms: [nameOf(row)], counts };
  return raised(row, isNew, counts);
}

function raised(row: AlarmRow, isNews: boolean, counts: Counts): Announcement["event"] {
  return { type: "alarm-raised", receiver: row.receiver, alarm: toAlarm(row), isNews, counts };
}
