import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { Counts } from "../../domain/account.ts";
import type { QueueEvent } from "../../domain/event.ts";
import type { Reportable } from "../../domain/report.ts";
import { toCounts } from "../alarms/rows.ts";
import { isBanned } from "../banned.ts";
import { countColumns, OPEN_REPORTS } from "../counts.ts";
import { isAdmin, noted } from "./rights.ts";

interface Removal {
  /** Who removes: the author, or an admin. */
  readonly me: string;
  readonly kind: Reportable;
  readonly thingId: number;
  readonly nowMs: number;
}

/** Who may take away what stands in a column `author_id`: its author, and an admin. */
export function mayRemove(me: string, nowMs: number): SQL {
  return sql`(author_id = ${me} or ${isAdmin(me, nowMs)})`;
}

/** Whether somebody asked the admins to look at a message: without that they have nothing to do with it. */
export function isReported(messageId: number | SQL): SQL {
  return sql`exists (
    select 1 from reports where kind = 'message' and thing_id = ${messageId} and closed_at_ms is null)`;
}

/** What is about to be removed, as a condition on its row: it is there, and an admin may take it. */
interface Removing extends Removal {
  readonly where: SQL;
  readonly position: number;
}

/**
 * Tells the author, in the same commit, that an admin removes something of theirs: with how it began, and not by whom.
 * Must come before it is removed, since its words go with it. `where` has to be what the removal itself asks for.
 */
export function tellAuthor(database: Database, { me, kind, thingId, nowMs, where, position }: Removing) {
  const [table, columns] = {
    post: ["posts", "'POST', id, 0, 0, title"],
    comment: ["comments", "'POST_REPLY', post_id, 0, id, body"],
    message: ["messages", "'MESSAGE', 0, room_id, id, body"],
  }[kind].map((text) => sql.raw(text));
  return database.db.run(sql`
    insert into alarms (target, post_id, room_id, reply_id, words, kind, id, receiver, created_at_ms, position)
    select ${columns}, 'REMOVED', ${position}, author_id, ${nowMs}, ${position} from ${table} as c
    where id = ${thingId} and deleted_at_ms is null and author_id <> ${me} and ${isAdmin(me, nowMs)} and ${where}
    on conflict do nothing`);
}

interface WaitingRow extends Counts {
  readonly userId: string;
  readonly openReportCount: number;
}

/** What every admin is told once the reports that wait have changed: last in an act, under its condition. */
export function reportsWaiting(database: Database, { nowMs, condition }: { nowMs: number; condition: SQL }) {
  return database.db.all<WaitingRow>(sql`
    select a.user_id as "userId", ${OPEN_REPORTS} as "openReportCount", ${countColumns(sql`a.user_id`)}
    from accounts a where a.role = 'admin' and not ${isBanned(nowMs)} and ${condition}`);
}

/** One event for each row of `reportsWaiting`. */
export function waitingEvents(rows: readonly WaitingRow[]): QueueEvent[] {
  return rows.map(({ userId: receiver, openReportCount, ...row }) => ({
    type: "reports-waiting",
    receiver,
    openReportCount,
    counts: toCounts(row),
  }));
}

/**
 * What follows, in the same commit, where an admin has removed what is somebody else's: it is written down, and nobody
 * need look at it any more. What its own author removes stays reported. `isRemoved` says that this act did it.
 */
export function followRemoval(database: Database, { me, kind, thingId, nowMs }: Removal, isRemoved: SQL) {
  const table = sql.raw({ post: "posts", comment: "comments", message: "messages" }[kind]);
  const author = sql`(select author_id from ${table} where id = ${thingId})`;
  const isByAdmin = sql`${isRemoved} and ${author} <> ${me}`;
  return [
    noted(database, { admin: me, act: "remove", about: author, kind, thingId, nowMs }, isByAdmin),
    database.db.run(sql`
      update reports set closed_at_ms = ${nowMs}
      where kind = ${kind} and thing_id = ${thingId} and closed_at_ms is null and ${isByAdmin}`),
    reportsWaiting(database, { nowMs, condition: isByAdmin }),
  ] as const;
}
