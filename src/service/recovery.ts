import { sql } from "drizzle-orm";
import type { Passwords } from "../auth/passwords.ts";
import { secretOf } from "../auth/secrets.ts";
import type { Database } from "../database/open.ts";
import { readUserId } from "../domain/account.ts";

const PASSWORD_BYTES = 15;

export interface RecoveryOptions {
  readonly database: Database;
  readonly passwords: Pick<Passwords, "hash">;
  readonly nowMs: () => number;
}

/**
 * Gives an account a new password, for somebody who has forgotten theirs, and ends all its sign-ins and the address of
 * its feed: an act of whoever has the machine, while no server runs that would have to close sockets. Resolves to the
 * password; undefined where there is no such account.
 */
export async function renewPassword(
  { database, passwords, nowMs }: RecoveryOptions,
  userId: string,
): Promise<string | undefined> {
  const { db } = database;
  const name = readUserId(userId) ?? "";
  const password = secretOf(PASSWORD_BYTES);
  const hash = await passwords.hash(password);
  return database.commit({
    statements: () => [
      db.all<{ userId: string }>(sql`
        update accounts set password_hash = ${hash}, feed_key = null where user_id = ${name} and closed_at_ms is null returning user_id as "userId"`),
      db.run(sql`update sign_ins set ended_at_ms = ${nowMs()} where user_id = ${name} and ended_at_ms is null`),
      db.run(sql`delete from push_subscriptions where user_id = ${name}`),
    ],
    done: ([found]) => ({ value: found.length > 0 ? password : undefined, events: [] }),
  });
}
