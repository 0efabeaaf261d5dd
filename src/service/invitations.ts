import { type SQL, sql } from "drizzle-orm";
import { secretOf } from "../auth/secrets.ts";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Invitation, InvitationState, NewInvitation } from "../domain/invitation.ts";
import { isAdmin, noted } from "./admin/rights.ts";

const DAY_MS = 86_400_000;
const KEY_BYTES = 16;
const PER_PAGE = 20;
const GUESTS_SHOWN = 20;

interface Row {
  readonly id: number;
  readonly key: string;
  readonly hostId: string;
  readonly hostName: string;
  readonly usesMax: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly revokedAtMs: number | null;
  readonly useCount: number;
  /** JSON: [{userId, name}], the latest first. */
  readonly guests: string;
}

export type Invitations = ReturnType<typeof createInvitations>;

/** Links by which people may sign up while sign-up is by invitation. Admins make them. */
export function createInvitations({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  const { db } = database;

  return {
    /** @throws BirdieError `not_found` for who is no admin */
    async invite(me: Person, { uses, days }: NewInvitation): Promise<Invitation> {
      const atMs = nowMs();
      const key = secretOf(KEY_BYTES);
      const isAllowed = isAdmin(me.userId, atMs);
      return database.commit({
        statements: () => [
          db.run(sql`
            insert into invitations (key, made_by, uses_max, created_at_ms, expires_at_ms)
            select ${key}, ${me.userId}, ${uses}, ${atMs}, ${atMs + days * DAY_MS} where ${isAllowed}`),
          noted(database, { admin: me.userId, act: "invite", uses, days, nowMs: atMs }, isAllowed),
          rows(sql`i.key = ${key}`, 1),
        ],
        done([, , [row]]) {
          if (!row) throw new BirdieError("not_found");
          return { value: toInvitation(row, atMs), events: [] };
        },
      });
    },

    /** Ends it; who came by it stays. Again changes nothing. @throws BirdieError `not_found` */
    async revoke(me: Person, id: number): Promise<void> {
      const atMs = nowMs();
      const isAllowed = isAdmin(me.userId, atMs);
      await database.commit({
        statements: () => [
          db.all<{ id: number }>(sql`select id from invitations where id = ${id} and ${isAllowed}`),
          noted(
            database,
            { admin: me.userId, act: "revoke", detail: `${id}`, nowMs: atMs },
            sql`${isAllowed} and exists (select 1 from invitations where id = ${id} and revoked_at_ms is null)`,
          ),
          db.run(sql`
            update invitations set revoked_at_ms = ${atMs} where id = ${id} and revoked_at_ms is null and ${isAllowed}`),
        ],
        done([found]) {
          if (found.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: [] };
        },
      });
    },

    /** All there are, the newest first, 20 a page. */
    async list(before?: number): Promise<{
      readonly invitations: readonly Invitation[];
      readonly before: number | undefined;
    }> {
      const found = await rows(before === undefined ? sql`true` : sql`i.id < ${before}`, PER_PAGE + 1);
      const invitations = found.slice(0, PER_PAGE).map((row) => toInvitation(row, nowMs()));
      return { invitations, before: found.length > PER_PAGE ? invitations.at(-1)?.id : undefined };
    },

    /** How a link stands for whoever holds it. */
    async stateOf(key: unknown): Promise<InvitationState | "unknown"> {
      if (!isKey(key)) return "unknown";
      const [row] = await rows(sql`i.key = ${key}`, 1);
      return row ? stateOf(row, nowMs()) : "unknown";
    },
  };

  function rows(where: SQL, limit: number) {
    return db.all<Row>(sql`
      select i.id, i.key, i.made_by as "hostId", h.name as "hostName", i.uses_max as "usesMax",
        i.created_at_ms as "createdAtMs", i.expires_at_ms as "expiresAtMs", i.revoked_at_ms as "revokedAtMs",
        ${useCount} as "useCount", (select json_group_array(json_object('userId', g.user_id, 'name', g.name))
          from (select user_id, name from accounts where invitation_id = i.id
            order by created_at_ms desc, user_id limit ${GUESTS_SHOWN}) g) as guests
      from invitations i join accounts h on h.user_id = i.made_by
      where ${where} order by i.id desc limit ${limit}`);
  }
}

const useCount = sql`(select count(*) from accounts where invitation_id = i.id)`;

/** A query for the `id` of the invitation with this key, if somebody may come in by it now; no row otherwise. */
export function livingInvitation(key: unknown, nowMs: number): SQL {
  return sql`select i.id from invitations i where i.key = ${isKey(key) ? key : ""} and i.revoked_at_ms is null
    and i.expires_at_ms > ${nowMs} and ${useCount} < i.uses_max`;
}

const isKey = (key: unknown): key is string => typeof key === "string" && /^[\w-]{22}$/.test(key);

function stateOf(row: Row, nowMs: number): InvitationState {
  if (row.revokedAtMs !== null) return "revoked";
  if (row.useCount >= row.usesMax) return "used-up";
  return row.expiresAtMs <= nowMs ? "expired" : "living";
}

function toInvitation(row: Row, nowMs: number): Invitation {
  const { id, key, hostId, hostName, usesMax, createdAtMs, expiresAtMs, useCount: used } = row;
  return {
    id,
    key,
    madeBy: { userId: hostId, name: hostName },
    usesMax,
    createdAtMs,
    expiresAtMs,
    state: stateOf(row, nowMs),
    guests: JSON.parse(row.guests) as Person[],
    useCount: used,
  };
}
