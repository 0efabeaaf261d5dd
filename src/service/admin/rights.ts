import type { SQL } from "drizzle-orm";
import { sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { AdminAct } from "../../domain/admin.ts";
import { isBanned } from "../banned.ts";

/** The condition that every act of an admin stands under, asked in the act itself: a right taken back counts at once. */
export function isAdmin(userId: string, nowMs: number): SQL {
  return sql`exists (select 1 from accounts where user_id = ${userId} and role = 'admin' and not ${isBanned(nowMs)})`;
}

/** Of a row of accounts: an admin who may sign in, and not this one. */
export function isAnotherAdmin(userId: string, nowMs: number): SQL {
  return sql`(role = 'admin' and user_id <> ${userId} and not ${isBanned(nowMs)})`;
}

/** The statement that writes an act down for the other admins, if `condition` holds. */
export function noted(
  database: Database,
  note: {
    readonly admin: string;
    readonly act: AdminAct;
    readonly about?: SQL | string;
    readonly kind?: SQL | string;
    readonly thingId?: SQL | number;
    readonly days?: number | undefined;
    readonly uses?: number;
    readonly detail?: string;
    readonly nowMs: number;
  },
  condition: SQL,
) {
  const { admin, act, about = "", kind = null, thingId = null, days = null, uses = null, detail = "", nowMs } = note;
  return database.db.run(sql`
    insert into admin_acts (admin_id, act, about, kind, thing_id, days, uses, detail, created_at_ms)
    select ${admin}, ${act}, ${about}, ${kind}, ${thingId}, ${days}, ${uses}, ${detail}, ${nowMs} where ${condition}`);
}
