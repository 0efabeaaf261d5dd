import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { Reportable } from "../../domain/report.ts";
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

/**
 * What follows, in the same commit, where an admin has removed what is somebody else's: it is written down, and nobody
 * need look at it any more. What its own author removes stays reported. `isRemoved` says that this act did it.
 */
export function followRemoval(database: Database, { me, kind, thingId, nowMs }: Removal, isRemoved: SQL) {
  const table = sql.raw({ post: "posts", comment: "comments", message: "messages" }[kind]);
  const author = sql`(select author_id from ${table} where id = ${thingId})`;
  const isByAdmin = sql`${isRemoved} and ${author} <> ${me}`;
  return [
    noted(database, { admin: me, act: "remove", about: author, detail: `${kind} ${thingId}`, nowMs }, isByAdmin),
    database.db.run(sql`
      update reports set closed_at_ms = ${nowMs}
      where kind = ${kind} and thing_id = ${thingId} and closed_at_ms is null and ${isByAdmin}`),
  ] as const;
}
