import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import { type Person, readUserId } from "../domain/account.ts";
import type { AdminEntry, AdminThing, Inhabitant, Inhabitants } from "../domain/admin.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Reportable } from "../domain/report.ts";
import { isAdmin, isAnotherAdmin, noted } from "./admin/rights.ts";
import { type BanRow, banOf, isBanned } from "./banned.ts";

const PEOPLE_PER_PAGE = 30;
const ENTRIES_PER_PAGE = 30;

/** Which members are listed. `query` is the beginning of a user id or of a word of a name. */
export interface Census {
  readonly query?: string | undefined;
  readonly show?: "banned" | "admins" | undefined;
  readonly before?: string | undefined;
}

interface InhabitantRow extends BanRow, Person {
  readonly role: "member" | "admin";
  readonly joinedAtMs: number;
  readonly seenAtMs: number | null;
}

interface EntryRow extends Pick<AdminEntry, "id" | "act" | "detail" | "atMs"> {
  readonly kind: Reportable | null;
  readonly thingId: number | null;
  readonly days: number | null;
  readonly uses: number | null;
  readonly adminId: string;
  readonly adminName: string;
  readonly aboutId: string;
  readonly aboutName: string | null;
  readonly postId: number | null;
  readonly title: string | null;
  readonly isThere: number;
}

export type Admin = ReturnType<typeof createAdmin>;

/** What admins see of the members, whom they make admins, and what all of them did. */
export function createAdmin({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  const { db } = database;

  function inhabitantRows(where: SQL, limit: number) {
    return db.all<InhabitantRow>(sql`
      select a.user_id as "userId", a.name, a.role, a.language, a.created_at_ms as "joinedAtMs",
        a.closed_at_ms as "closedAtMs", a.banned_at_ms as "bannedAtMs", a.banned_until_ms as "bannedUntilMs", a.banned_reason as "bannedReason",
        (select max(s.last_used_at_ms) from sign_ins s where s.user_id = a.user_id) as "seenAtMs"
      from accounts a where ${where} order by a.created_at_ms desc, a.user_id desc limit ${limit}`);
  }

  function toInhabitant(row: InhabitantRow): Inhabitant {
    const { userId, name, joinedAtMs, seenAtMs, bannedAtMs, closedAtMs } = row;
    const ban = banOf(row, nowMs());
    return {
      userId,
      name,
      isAdmin: row.role === "admin",
      joinedAtMs,
      seenAtMs: seenAtMs ?? undefined,
      closedAtMs: closedAtMs ?? undefined,
      ban: ban && { sinceMs: bannedAtMs ?? 0, untilMs: ban.untilMs, reason: ban.reason },
    };
  }

  return {
    /** The newest members first, 30 a page. */
    async members({ query = "", show, before }: Census = {}): Promise<Inhabitants> {
      const start = `${query.replace(/[\\%_]/g, "\\$&")}%`;
      const isAsked = sql`(a.user_id like ${start} escape '\\' or a.name like ${start} escape '\\'
        or a.name like ${`% ${start}`} escape '\\')`;
      const isShown =
        show === "banned"
          ? sql`${isBanned(nowMs())} and a.closed_at_ms is null`
          : show === "admins"
            ? sql`a.role = 'admin'`
            : sql`true`;
      const isFurther =
        before === undefined
          ? sql`true`
          : sql`(a.created_at_ms, a.user_id) < (select created_at_ms, user_id from accounts where user_id = ${before})`;
      const rows = await inhabitantRows(sql`${isAsked} and ${isShown} and ${isFurther}`, PEOPLE_PER_PAGE + 1);
      const people = rows.slice(0, PEOPLE_PER_PAGE).map(toInhabitant);
      return { people, before: rows.length > PEOPLE_PER_PAGE ? people.at(-1)?.userId : undefined };
    },

    /** One member, who invited them, and what admins did to them lately. @throws BirdieError `not_found` */
    async member(userId: string): Promise<{
      readonly person: Inhabitant;
      readonly invitedBy: Person | undefined;
      readonly entries: readonly AdminEntry[];
      readonly isLastAdmin: boolean;
    }> {
      const name = readUserId(userId) ?? "";
      const [[row], [host], entries, others] = await db.batch([
        inhabitantRows(sql`a.user_id = ${name}`, 1),
        db.all<Person>(sql`
          select h.user_id as "userId", h.name from accounts a join invitations i on i.id = a.invitation_id
            join accounts h on h.user_id = i.made_by where a.user_id = ${name}`),
        entryRows(sql`e.about = ${name}`),
        db.all(sql`select 1 from accounts where ${isAnotherAdmin(name, nowMs())} limit 1`),
      ]);
      if (!row) throw new BirdieError("not_found");
      const person = toInhabitant(row);
      const isLastAdmin = person.isAdmin && others.length === 0;
      return { person, invitedBy: host, entries: entries.slice(0, ENTRIES_PER_PAGE).map(toEntry), isLastAdmin };
    },

    /** Makes somebody an admin, or takes it back: of oneself too, but never of the last one who may sign in. */
    async setRole(me: Person, userId: string, role: "admin" | "member"): Promise<void> {
      const atMs = nowMs();
      const isAllowed = isAdmin(me.userId, atMs);
      const isAnotherLeft = sql`exists (select 1 from accounts where ${isAnotherAdmin(userId, atMs)})`;
      const isThere = sql`exists (select 1 from accounts where user_id = ${userId} and closed_at_ms is null)`;
      const mayChange = sql`${isAllowed} and ${isThere} and (${role === "admin"} or ${isAnotherLeft})`;
      const isOther = sql`exists (select 1 from accounts where user_id = ${userId} and role <> ${role})`;
      await database.commit({
        statements: () => [
          db.all<{ isAllowed: number; mayChange: number }>(sql`
            select ${isAllowed} as "isAllowed", ${mayChange} as "mayChange" from accounts where user_id = ${userId}`),
          noted(
            database,
            { admin: me.userId, act: role === "admin" ? "promote" : "demote", about: userId, nowMs: atMs },
            sql`${mayChange} and ${isOther}`,
          ),
          // The right is looked up before it may be one's own that goes.
          db.run(sql`update accounts set role = ${role} where user_id = ${userId} and ${mayChange}`),
        ],
        done([[found]]) {
          if (!found?.isAllowed) throw new BirdieError("not_found");
          if (!found.mayChange) throw new BirdieError("forbidden", "the last admin stays one");
          return { value: undefined, events: [] };
        },
      });
    },

    /** What all admins did, the latest first, 30 a page. */
    async entries(before?: number): Promise<{
      readonly entries: readonly AdminEntry[];
      readonly before: number | undefined;
    }> {
      const rows = await entryRows(before === undefined ? sql`true` : sql`e.id < ${before}`);
      const entries = rows.slice(0, ENTRIES_PER_PAGE).map(toEntry);
      return { entries, before: rows.length > ENTRIES_PER_PAGE ? entries.at(-1)?.id : undefined };
    },
  };

  function entryRows(where: SQL) {
    return db.all<EntryRow>(sql`
      select e.id, e.act, e.kind, e.thing_id as "thingId", e.days, e.uses, e.detail, e.created_at_ms as "atMs", e.admin_id as "adminId", a.name as "adminName",
        e.about as "aboutId", o.name as "aboutName", p.id as "postId", p.title,
        p.id is not null and (c.id is null or c.deleted_at_ms is null) as "isThere"
      from admin_acts e join accounts a on a.user_id = e.admin_id left join accounts o on o.user_id = e.about
        left join comments c on e.kind = 'comment' and c.id = e.thing_id
        left join posts p on p.id = case e.kind when 'post' then e.thing_id else c.post_id end and p.deleted_at_ms is null
      where ${where} order by e.id desc limit ${ENTRIES_PER_PAGE + 1}`);
  }
}

function toEntry(row: EntryRow): AdminEntry {
  const { id, act, days, uses, detail, atMs, adminId, adminName, aboutId, aboutName } = row;
  return {
    id,
    act,
    days: days ?? undefined,
    uses: uses ?? undefined,
    detail,
    atMs,
    admin: { userId: adminId, name: adminName },
    about: aboutName === null ? undefined : { userId: aboutId, name: aboutName },
    thing: thingOf(row),
  };
}

function thingOf({ kind, thingId, postId, title, isThere }: EntryRow): AdminThing | undefined {
  if (kind === null || thingId === null) return undefined;
  const post = postId === null ? undefined : { id: postId, title: title ?? "" };
  return { kind, id: thingId, isThere: isThere === 1, post };
}
