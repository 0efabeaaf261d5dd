import { type SQL, sql } from "drizzle-orm";
import type { Language } from "../domain/account.ts";
import type { Ban } from "../domain/ban.ts";

/** What a row of `accounts` says of a ban. */
export interface BanRow {
  readonly language: Language | null;
  readonly bannedAtMs: number | null;
  /** Null: for good. */
  readonly bannedUntilMs: number | null;
  readonly bannedReason: string;
  /** Who has left is kept out by a ban without end, and is not told of one. */
  readonly closedAtMs: number | null;
}

/** The ban that holds now; undefined where there is none, or none any more. */
export function banOf(row: BanRow, nowMs: number): Ban | undefined {
  if (row.closedAtMs !== null || row.bannedAtMs === null || (row.bannedUntilMs !== null && row.bannedUntilMs <= nowMs))
    return undefined;
  return {
    untilMs: row.bannedUntilMs ?? undefined,
    reason: row.bannedReason,
    language: row.language ?? undefined,
  };
}

/** The same as a condition on the one table `accounts` of a query. Never null. */
export function isBanned(nowMs: number): SQL {
  return sql`(banned_at_ms is not null and (banned_until_ms is null or banned_until_ms > ${nowMs}))`;
}

/** Somebody who may use their account: not banned, and has not left, since they were asked who they are. */
export function mayAct(userId: string, nowMs: number): SQL {
  return sql`exists (select 1 from accounts where user_id = ${userId} and not ${isBanned(nowMs)})`;
}
