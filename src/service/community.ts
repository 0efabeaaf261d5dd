import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import type { Showing } from "../domain/choices.ts";
import { BirdieError } from "../domain/errors.ts";
import { isAdmin, noted } from "./admin/rights.ts";

/** Whether the one row of `accounts` of a query shows others what was read: 0 or 1. A choice of one's own wins. */
export const SENDS_RECEIPTS = sql.raw("coalesce(sends_receipts, (select y.sends_receipts from community y))");
/** Likewise, that they are typing. */
export const SENDS_TYPING = sql.raw("coalesce(sends_typing, (select y.sends_typing from community y))");

interface ShowingRow {
  readonly sendsReceipts: number;
  readonly sendsTyping: number;
}

export interface CommunityOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  /** Hears that what holds for everybody who has not chosen is another now, once it is on disk. */
  readonly showingChanged?: () => unknown;
}

export type Community = ReturnType<typeof createCommunity>;

/** What admins decide for everybody who has not chosen otherwise. */
export function createCommunity({ database, nowMs, showingChanged }: CommunityOptions) {
  const { db } = database;
  return {
    async showing(): Promise<Showing> {
      return toShowing(await showingOfCommunity(database));
    },

    /** Whoever has chosen is not touched. Only what changes is written down. @throws BirdieError `not_found` for members */
    async setShowing(me: Person, { sendsReceipts, sendsTyping }: Showing): Promise<void> {
      const atMs = nowMs();
      const isAllowed = isAdmin(me.userId, atMs);
      const note = (what: "receipts" | "typing", isOn: boolean) =>
        noted(
          database,
          { admin: me.userId, act: `${what}-${isOn ? "on" : "off"}`, nowMs: atMs },
          sql`${isAllowed} and exists (select 1 from community where ${sql.raw(`sends_${what}`)} <> ${isOn})`,
        );
      const hasChanged = await database.commit({
        statements: () => [
          db.all<ShowingRow & { readonly isAllowed: number }>(sql`
            select sends_receipts as "sendsReceipts", sends_typing as "sendsTyping", ${isAllowed} as "isAllowed"
            from community`),
          note("receipts", sendsReceipts),
          note("typing", sendsTyping),
          db.run(sql`
            update community set sends_receipts = ${sendsReceipts}, sends_typing = ${sendsTyping} where ${isAllowed}`),
        ],
        done([[before]]) {
          if (!before?.isAllowed) throw new BirdieError("not_found");
          const was = toShowing([before]);
          return { value: was.sendsReceipts !== sendsReceipts || was.sendsTyping !== sendsTyping, events: [] };
        },
      });
      if (hasChanged) showingChanged?.();
    },
  };
}

/** The statement that reads what holds for those who have not chosen. */
export function showingOfCommunity({ db }: Database) {
  return db.all<ShowingRow>(sql`
    select sends_receipts as "sendsReceipts", sends_typing as "sendsTyping" from community`);
}

/** Of the rows of that. */
export function toShowing([row]: readonly ShowingRow[]): Showing {
  return { sendsReceipts: row?.sendsReceipts === 1, sendsTyping: row?.sendsTyping === 1 };
}
