import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { constant } from "../../database/plain.ts";
import type { Counts, Person } from "../../domain/account.ts";
import { type Alarm, type AlarmKind, type AlarmReason, type AlarmTarget, excerptOf } from "../../domain/alarm.ts";
import type { QueueEvent } from "../../domain/event.ts";
import { countsOfEach, NO_COUNTS } from "../counts.ts";

/** An alarm as SQL gives it, with the words of the thing as they are now. */
export interface AlarmRow {
  readonly key: number;
  readonly id: number;
  readonly receiver: string;
  readonly kind: AlarmReason;
  readonly target: AlarmTarget;
  readonly postId: number;
  readonly roomId: number;
  readonly replyId: number;
  readonly createdAtMs: number;
  readonly isRead: number;
  readonly isRetracted: number;
  readonly position: number;
  readonly actorCount: number;
  /** JSON: the latest two as [[userId, name], ...]. */
  readonly actors: string;
  readonly text: string;
  readonly isFar: number;
  readonly isNaming: number;
}

/** Threads on the first page of a post: see posts/pages. Deleted ones count here, which only makes far what is nearly so. */
const NEAR_MAX = sql.raw("50");
/** More than any excerpt needs: what is read of a long text, in code points. */
const TEXT_MAX = sql.raw("500");

/**
 * A statement for alarms with everything a renderer needs. `where` names the table `al`, and may end in an order and
 * a limit. The people of a group are in the order they came in: that of `rowid`, which no clock can turn round.
 */
export function alarmRows(database: Database, where: SQL) {
  return database.db.all<AlarmRow>(sql`${ALARMS} where ${where}`);
}

const ALARMS = constant(sql`
    select al.key, al.id, al.receiver, al.kind, al.target, al.post_id as "postId", al.room_id as "roomId",
      al.reply_id as "replyId",
      al.created_at_ms as "createdAtMs", al.read_at_ms is not null as "isRead",
      al.retracted_at_ms is not null as "isRetracted", al.position,
      (select count(*) from alarm_actors aa where aa.alarm_key = al.key) as "actorCount",
      (select json_group_array(json_array(x.user_id, x.name)) from
        (select ac.user_id, ac.name from alarm_actors aa join accounts ac on ac.user_id = aa.actor_id
          where aa.alarm_key = al.key order by aa.rowid desc limit 2) x) as "actors",
      substr(coalesce(case when al.kind = 'REMOVED' then al.words when al.room_id <> 0 then m.body when al.reply_id = 0 then p.title else c.body end, ''),
        1, ${TEXT_MAX}) as "text",
      c.id is not null and (select count(*) from (select 1 from comments n where n.post_id = al.post_id
        and n.parent_id is null and n.id > coalesce(c.parent_id, c.id) limit ${NEAR_MAX})) >= ${NEAR_MAX} as "isFar",
      ${isNaming(sql`al`, sql`c.body`)} as "isNaming"
    from alarms al left join posts p on p.id = al.post_id
      left join comments c on c.id = al.reply_id and al.room_id = 0
      left join messages m on m.id = al.reply_id and al.room_id <> 0`);

/** Whether the comment of a REPLY names its receiver: as domain/mention reads it, but for what stands in a link. */
function isNaming(al: SQL, body: SQL): SQL {
  return sql`(${al}.kind = 'REPLY' and
    ' ' || ${body} || ' ' glob '*[^A-Za-z0-9_@/.]@' || ${al}.receiver || '[^A-Za-z0-9_@]*')`;
}

/** Which alarms of the table `al` are shown where one kind is asked for: mentions are also the replies that name one. */
export function isOfKind(kind: AlarmKind, al: SQL = sql`al`): SQL {
  if (kind !== "MENTION") return sql`${al}.kind = ${kind}`;
  return sql`(${al}.kind = 'MENTION' or (${al}.kind = 'REPLY' and exists (
    select 1 from comments n where n.id = ${al}.reply_id and ${isNaming(al, sql`n.body`)})))`;
}

/** What an event names an alarm by that it need not show. */
export type AlarmName = Pick<Alarm, "id" | "key" | "kind">;

export function nameOf({ id, key, kind }: AlarmName): AlarmName {
  return { id, key, kind };
}

export function toAlarm(row: AlarmRow): Alarm {
  return {
    id: row.id,
    key: row.key,
    kind: row.kind,
    receiver: row.receiver,
    actors: readPeople(row.actors),
    actorCount: row.actorCount,
    target: row.target,
    postId: row.postId,
    roomId: row.roomId === 0 ? undefined : row.roomId,
    replyId: row.replyId === 0 ? undefined : row.replyId,
    ...(row.isFar === 1 ? { isFar: true } : {}),
    ...(row.isNaming === 1 ? { isNaming: true } : {}),
    excerpt: excerptOf(row.text),
    isRead: row.isRead === 1,
    createdAtMs: row.createdAtMs,
  };
}

/**
 * The two statements that end every act which touches alarms: those it changed (`where` finds the thing, so that an
 * index is used; `from` is the act's first position), and the true counts of everybody they concern.
 */
export function changedAlarms(database: Database, where: SQL, from: number) {
  return [
    alarmRows(database, sql`${where} and al.position >= ${from} order by al.key`),
    countsOfEach(
      database,
      sql`select distinct al.receiver as user_id from alarms al where ${where} and al.position >= ${from}`,
    ),
  ] as const;
}

/** What is told of the alarms an act changed. Those it did not raise anew (their id is older) only lost a person. */
export function eventsOfChanged(
  rows: readonly AlarmRow[],
  counts: readonly (Counts & { readonly userId: string })[],
  from: number,
): QueueEvent[] {
  const countsByPerson = new Map(counts.map((c) => [c.userId, toCounts(c)]));
  return rows.map((row) => {
    const { receiver } = row;
    const counts = countsByPerson.get(receiver) ?? NO_COUNTS;
    if (row.isRetracted === 1) return { type: "alarm-retracted", receiver, alarm: nameOf(row), counts };
    return { type: "alarm-raised", receiver, alarm: toAlarm(row), isNews: row.id >= from, counts };
  });
}

/** Just the two numbers out of a row, which may have more columns and a prototype of its own. */
export function toCounts(row: Counts | undefined): Counts {
  return row ? { unreadAlarmCount: row.unreadAlarmCount, unreadMessageCount: row.unreadMessageCount } : NO_COUNTS;
}

function readPeople(json: string): Person[] {
  const pairs: unknown = JSON.parse(json);
  if (!Array.isArray(pairs)) return [];
  return pairs.map((pair: unknown) => {
    const [userId, name] = Array.isArray(pair) ? pair : [];
    return { userId: String(userId), name: String(name) };
  });
}
