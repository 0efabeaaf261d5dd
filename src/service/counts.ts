import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { type Plain, prepared } from "../database/plain.ts";
import type { Counts, Principal } from "../domain/account.ts";

/**
 * A statement for the two unread counts of one person: one row `Counts`. Put it last in an act, so that it sees what
 * the act wrote, or into the batch of a page.
 */
export function countsOf(userId: string): Plain<Counts> {
  return COUNTS({ userId });
}

/**
 * The same for several people: one row each. `people` selects their user ids as `user_id`, each once; who they are
 * may depend on what the act wrote.
 */
export function countsOfEach(database: Database, people: SQL) {
  return database.db.all<Counts & { readonly userId: string }>(
    sql`select u.user_id as "userId", ${countColumns(sql`u.user_id`)} from (${people}) u`,
  );
}

/** What every page of a member says of them: the counts, and the position they are true for. */
export interface Standing {
  readonly counts: Counts;
  readonly position: string;
  /** Of admins only. */
  readonly openReportCount?: number | undefined;
}

interface StandingRow extends Counts {
  readonly position: string;
  readonly openReportCount: number | null;
}

const standing = (reports: SQL) =>
  prepared<StandingRow>(sql`select ${countColumns(USER_ID)},
    (select value from meta where key = 'position') as position, ${reports} as "openReportCount"`);

/** One question to the database, so that nothing falls between a page's badges and its subscription. */
export async function standingOf(
  database: Database,
  { userId, isAdmin }: Pick<Principal, "userId" | "isAdmin">,
): Promise<Standing> {
  const [[row]] = await database.db.batch([(isAdmin ? STANDING.admin : STANDING.member)({ userId })]);
  const { unreadAlarmCount = 0, unreadMessageCount = 0, openReportCount } = row ?? {};
  return {
    counts: { unreadAlarmCount, unreadMessageCount },
    position: database.formatPosition(row?.position),
    openReportCount: openReportCount ?? undefined,
  };
}

/** How many reports wait for an admin. */
export const OPEN_REPORTS = sql`(select count(*) from reports where closed_at_ms is null)`;

export const NO_COUNTS: Counts = { unreadAlarmCount: 0, unreadMessageCount: 0 };

/**
 * Of a message `m` in the room of a member: it is new to that member, and of nobody whom they have blocked. The one
 * definition of "unread"; `k` is the name that the statement gives its row of room_members.
 */
const isUnread = (k: string) =>
  sql.raw(
    `m.room_id = ${k}.room_id and m.id > ${k}.read_up_to and m.author_id <> ${k}.user_id and m.deleted_at_ms is null
      and not exists (select 1 from blocks b where b.blocker_id = ${k}.user_id and b.blocked_id = m.author_id)`,
  );

/** The room counts in totals, titles and notices of its member `k`: it is neither muted nor a request. */
const isCounted = (k: string) => sql.raw(`${k}.muted_at_ms is null and ${k}.requested_at_ms is null`);

/**
 * Unread messages are counted up to here, in one room and in all together: whoever has more has very many, and every line
 * they hear of would cost a walk through all of them.
 */
export const UNREAD_MESSAGES_MAX = 1_000;
const UP_TO_MAX = sql.raw(`limit ${UNREAD_MESSAGES_MAX}`);

/** How many messages of one room are unread by the member `k` of the statement around it, at most UNREAD_MESSAGES_MAX. */
export const ROOM_UNREAD = sql`(select count(*) from (select 1 from messages m where ${isUnread("k")} ${UP_TO_MAX}))`;

/** The two columns of `Counts` for one person, who may be named by a column of the statement around it. */
export function countColumns(userId: SQL): SQL {
  return sql`
    (select count(*) from alarms
      where receiver = ${userId} and read_at_ms is null and retracted_at_ms is null) as "unreadAlarmCount",
    (select count(*) from (select 1 from room_members c join messages m on ${isUnread("c")}
      where c.user_id = ${userId} and ${isCounted("c")} ${UP_TO_MAX})) as "unreadMessageCount"`;
}

const USER_ID = sql`${sql.placeholder("userId")}`;
const COUNTS = prepared<Counts>(sql`select ${countColumns(USER_ID)}`);
const STANDING = { member: standing(sql`null`), admin: standing(OPEN_REPORTS) };
