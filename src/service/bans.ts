import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import type { NewBan } from "../domain/ban.ts";
import { BirdieError } from "../domain/errors.ts";
import { isAdmin, noted } from "./admin/rights.ts";
import { isBanned } from "./banned.ts";
import { ENDED, type Ended, endEvents } from "./sign-ins.ts";

const DAY_MS = 86_400_000;

export type Bans = ReturnType<typeof createBans>;

/** Keeping somebody out, and letting them in again. Their posts and rooms stay as they are. */
export function createBans({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  const { db } = database;

  return {
    /**
     * Ends every sign-in of somebody and with them their sockets, takes their devices off Web Push, and keeps them from
     * signing in until the ban is over. A further ban replaces the one before. Nobody bans themselves, so that an admin
     * is always left.
     * @throws BirdieError `not_found` (also for who is no admin, and of who has left), `forbidden` for oneself
     */
    async ban(me: Person, userId: string, { days, reason }: NewBan): Promise<{ readonly untilMs: number | undefined }> {
      if (userId === me.userId) throw new BirdieError("forbidden", "nobody bans themselves");
      const atMs = nowMs();
      const untilMs = days === undefined ? undefined : atMs + days * DAY_MS;
      const isNow = sql`exists (select 1 from accounts where user_id = ${userId} and banned_at_ms = ${atMs} and closed_at_ms is null)
        and ${isAdmin(me.userId, atMs)}`;
      await database.commit({
        statements: () => [
          db.all<{ userId: string }>(sql`
            update accounts set banned_at_ms = ${atMs}, banned_until_ms = ${untilMs ?? null}, banned_reason = ${reason}
            where user_id = ${userId} and closed_at_ms is null and ${isAdmin(me.userId, atMs)} returning user_id as "userId"`),
          db.all<Ended>(sql`
            update sign_ins set ended_at_ms = ${atMs} where user_id = ${userId} and ended_at_ms is null and ${isNow}
            returning ${ENDED}`),
          db.run(sql`delete from push_subscriptions where user_id = ${userId} and ${isNow}`),
          noted(database, { admin: me.userId, act: "ban", about: userId, days, detail: reason, nowMs: atMs }, isNow),
        ],
        done([banned, ended]) {
          if (banned.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: endEvents(ended, "banned") };
        },
      });
      return { untilMs };
    },

    /** Lets somebody sign in again. Of who is not banned, it changes nothing. @throws BirdieError `not_found` */
    async unban(me: Person, userId: string): Promise<void> {
      const atMs = nowMs();
      const isAllowed = isAdmin(me.userId, atMs);
      await database.commit({
        statements: () => [
          db.all<{ userId: string }>(sql`
            select user_id as "userId" from accounts
            where user_id = ${userId} and closed_at_ms is null and ${isAllowed}`),
          noted(
            database,
            { admin: me.userId, act: "unban", about: userId, nowMs: atMs },
            sql`${isAllowed} and exists (select 1 from accounts
              where user_id = ${userId} and closed_at_ms is null and ${isBanned(atMs)})`,
          ),
          db.run(sql`
            update accounts set banned_at_ms = null, banned_until_ms = null, banned_reason = ''
            where user_id = ${userId} and closed_at_ms is null and ${isAllowed}`),
        ],
        done([found]) {
          if (found.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: [] };
        },
      });
    },
  };
}
