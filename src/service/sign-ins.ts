import { eq, type SQL, sql } from "drizzle-orm";
import type { RefreshClaims, Tokens } from "../auth/tokens.ts";
import type { Database } from "../database/open.ts";
import { Plain } from "../database/plain.ts";
import { accounts, signIns } from "../database/tables.ts";
import type { Principal, SignIn } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { EndEvent } from "../domain/event.ts";
import { type BanRow, banOf, isBanned } from "./banned.ts";

/** What somebody signs in from, as they will recognise it in their settings. */
export interface Device {
  readonly userAgent: string;
  /** IP address, or empty where none is known. */
  readonly address: string;
}

/** The two tokens of a sign-in. */
export interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A principal with the tokens that prove it. */
export interface SignedIn {
  readonly principal: Principal;
  readonly tokens: Pair;
}

/** For how long after a renewal the refresh token before still leads to the same new one: two tabs, one lost answer. */
const GRACE_MS = 10_000;
/** How many sign-ins one account may have at once; the one that was used least lately ends first. */
const SIGN_INS_MAX = 100;

interface Row extends BanRow {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  readonly role: "member" | "admin";
  readonly timeZone: string | null;
  readonly quietFromMin: number | null;
  readonly quietToMin: number | null;
  readonly generation: number;
  readonly rotatedAtMs: number;
  readonly endedAtMs: number | null;
}

/** Asked for by every request and every CONNECT: a text at hand costs half of what a query that is put together does. */
const ROW = `
  select s.id, s.user_id as "userId", a.name, a.role, a.language, a.time_zone as "timeZone",
    a.quiet_from_min as "quietFromMin", a.quiet_to_min as "quietToMin", a.banned_at_ms as "bannedAtMs",
    a.banned_until_ms as "bannedUntilMs", a.banned_reason as "bannedReason", a.closed_at_ms as "closedAtMs",
    s.generation, s.rotated_at_ms as "rotatedAtMs", s.ended_at_ms as "endedAtMs"
  from sign_ins s join accounts a on a.user_id = s.user_id
  where s.id = ?`;

/** Sign-ins as rows: begun by a password, kept alive by refresh tokens, over when the row says so. */
export function createSignIns(options: {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly nowMs: () => number;
}) {
  const { database, tokens, nowMs } = options;
  const { db } = database;

  async function find(id: string): Promise<Row> {
    const [[row]] = await db.batch([new Plain<Row>(ROW, [id])]);
    if (!row) throw new BirdieError("sign_in_ended");
    // The ban that ended it is told to whoever still holds its tokens; what was over before it is just over.
    const ban = row.endedAtMs === null || row.endedAtMs === row.bannedAtMs ? banOf(row, nowMs()) : undefined;
    if (ban) throw new BirdieError("banned", "this account is banned", { ban });
    if (row.endedAtMs !== null) throw new BirdieError("sign_in_ended");
    return row;
  }

  async function pairOf(row: Pick<Row, "id" | "userId" | "generation" | "rotatedAtMs">): Promise<Pair> {
    return {
      accessToken: await tokens.makeAccess({ userId: row.userId, signInId: row.id }),
      refreshToken: await tokens.makeRefresh({ signInId: row.id, generation: row.generation }, row.rotatedAtMs),
    };
  }

  /** Ends a sign-in whose refresh token came back after its time: one of the two who hold it is a thief. */
  async function endReused({ signInId, generation }: RefreshClaims): Promise<never> {
    await database.commit({
      statements: () => [
        db.all<Ended>(sql`
          update sign_ins set ended_at_ms = ${nowMs()} where id = ${signInId} and ended_at_ms is null
            and (generation > ${generation + 1}
              or (generation = ${generation + 1} and rotated_at_ms <= ${nowMs() - GRACE_MS}))
          returning ${ENDED}`),
      ],
      done: ([ended]) => ({ value: undefined, events: endEvents(ended) }),
    });
    throw new BirdieError("sign_in_ended");
  }

  async function rotate({ signInId, generation }: RefreshClaims, device: Device): Promise<boolean> {
    const atMs = nowMs();
    return database.commit({
      statements: () => [
        db.all<{ id: string }>(sql`
          update sign_ins set generation = generation + 1, rotated_at_ms = ${atMs}, last_used_at_ms = ${atMs},
            user_agent = ${device.userAgent}, address = ${device.address}
          where id = ${signInId} and generation = ${generation} and ended_at_ms is null returning id`),
      ],
      done: ([rotated]) => ({ value: rotated.length > 0, events: [] }),
    });
  }

  return {
    /** Whoever an access token stands for. One question to the database. */
    async authenticate(accessToken: string): Promise<Principal> {
      const { signInId, userId } = await tokens.readAccess(accessToken);
      const row = await find(signInId);
      if (row.userId !== userId) throw new BirdieError("not_signed_in");
      return principalOf(row);
    },

    /** Whether somebody who was let in a moment ago still is. @throws BirdieError `sign_in_ended`, `banned` */
    async check({ signInId }: Principal): Promise<void> {
      await find(signInId);
    },

    /** The same by a refresh token, without using it up: for a socket, which cannot hand out the next one. */
    async peek(refreshToken: string): Promise<Principal> {
      const claims = await tokens.readRefresh(refreshToken);
      const row = await find(claims.signInId);
      if (isCurrent(row, claims) || isInGrace(row, claims, nowMs())) return principalOf(row);
      throw new BirdieError("not_signed_in");
    },

    /**
     * A new pair for a refresh token. The current one begins the next generation; the one before, for 10 seconds,
     * gets what the first to come got; any older one ends the sign-in.
     * @throws BirdieError `not_signed_in`, `sign_in_ended`, `banned`
     */
    async renew(refreshToken: string, device: Device): Promise<SignedIn> {
      const claims = await tokens.readRefresh(refreshToken);
      let row = await find(claims.signInId);
      if (isCurrent(row, claims)) {
        await rotate(claims, device);
        // Read again: of two who came at once, one has renewed it, and both get that generation.
        row = await find(claims.signInId);
      }
      if (!isInGrace(row, claims, nowMs())) return endReused(claims);
      return { principal: principalOf(row), tokens: await pairOf(row) };
    },

    /**
     * Begins a sign-in for whoever knew the password of `passwordHash`; `renewedHash` replaces it when given.
     * `isShared`: join the living one of the same device, if there is one, rather than begin another.
     * @throws BirdieError `wrong_credentials` when the password changed meanwhile, `banned`
     */
    async begin(input: {
      readonly userId: string;
      readonly passwordHash: string;
      readonly renewedHash?: string | undefined;
      readonly device: Device;
      readonly isShared?: boolean;
    }): Promise<SignedIn> {
      const { userId, passwordHash, renewedHash = passwordHash, device } = input;
      const id = crypto.randomUUID();
      const atMs = nowMs();
      const living = sql`user_id = ${userId} and ended_at_ms is null`;
      const isSameDevice = sql`${living} and user_agent = ${device.userAgent} and address = ${device.address}`;
      const used = await database.commit({
        statements: () => [
          db.all<{ id: string }>(sql`
            update sign_ins set last_used_at_ms = ${atMs} where ${input.isShared === true} and id =
              (select id from sign_ins where ${isSameDevice} order by last_used_at_ms desc limit 1) returning id`),
          db.all<{ id: string }>(sql`
            insert into sign_ins (id, user_id, rotated_at_ms, user_agent, address, created_at_ms, last_used_at_ms)
            select ${id}, user_id, ${atMs}, ${device.userAgent}, ${device.address}, ${atMs}, ${atMs} from accounts
            where user_id = ${userId} and password_hash = ${passwordHash} and not ${isBanned(atMs)}
              and not (${input.isShared === true} and exists (select 1 from sign_ins where ${isSameDevice}))
            returning id`),
          db.all<Ended>(sql`
            update sign_ins set ended_at_ms = ${atMs} where ${living} and id in (select id from sign_ins
              where ${living} order by last_used_at_ms desc, created_at_ms desc limit -1 offset ${SIGN_INS_MAX})
            returning ${ENDED}`),
          db.run(sql`delete from sign_ins where user_id = ${userId}
            and max(rotated_at_ms, last_used_at_ms) < ${atMs - tokens.refreshTokenS * 1_000}`),
          db.run(sql`delete from sign_ins where user_id = ${userId} and ended_at_ms is not null
            and id in (select id from sign_ins where user_id = ${userId} and ended_at_ms is not null
              order by ended_at_ms desc limit -1 offset ${SIGN_INS_MAX})`),
          db.run(sql`update accounts set password_hash = ${renewedHash}
            where user_id = ${userId} and password_hash = ${passwordHash}`),
        ],
        done: ([shared, begun, ended]) => ({
          value: shared[0]?.id ?? begun[0]?.id,
          events: endEvents(ended),
        }),
      });
      if (used === undefined) throw await whyNot(userId);
      const row = await find(used);
      return { principal: principalOf(row), tokens: await pairOf(row) };
    },

    /** The living sign-ins of one account, the last used first. */
    async list(me: Principal): Promise<SignIn[]> {
      const rows = await db
        .select()
        .from(signIns)
        .where(
          sql`${signIns.userId} = ${me.userId} and ${signIns.endedAtMs} is null
            and max(${signIns.rotatedAtMs}, ${signIns.lastUsedAtMs}) > ${nowMs() - tokens.refreshTokenS * 1_000}`,
        )
        .orderBy(sql`${signIns.lastUsedAtMs} desc`)
        .limit(SIGN_INS_MAX);
      return rows.map(({ id, userAgent, address, createdAtMs, lastUsedAtMs }) => {
        return { id, userAgent, address, createdAtMs, lastUsedAtMs, isThisOne: id === me.signInId };
      });
    },

    /** Where this account was signed in from lately, also where it no longer is. */
    async addressesOf(userId: string): Promise<readonly string[]> {
      const rows = await db.all<{ address: string }>(sql`
        select distinct address from sign_ins where user_id = ${userId} limit ${SIGN_INS_MAX}`);
      return rows.map(({ address }) => address);
    },

    /** Ends one sign-in of this account. Ending it twice is no fault. @throws BirdieError `not_found` */
    async end(userId: string, id: string): Promise<void> {
      await database.commit({
        statements: () => [
          db.all<{ id: string }>(sql`select id from sign_ins where id = ${id} and user_id = ${userId}`),
          db.all<Ended>(sql`update sign_ins set ended_at_ms = ${nowMs()}
            where id = ${id} and user_id = ${userId} and ended_at_ms is null returning ${ENDED}`),
        ],
        done([found, ended]) {
          if (found.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: endEvents(ended) };
        },
      });
    },

    async endOthers(me: Principal): Promise<void> {
      await database.commit({
        statements: () => [endingOthers(database, me, nowMs(), sql`true`)],
        done: ([ended]) => ({ value: undefined, events: endEvents(ended) }),
      });
    },
  };

  /** Asked only for whoever knew the password. */
  async function whyNot(userId: string): Promise<BirdieError> {
    const [account] = await db.select().from(accounts).where(eq(accounts.userId, userId));
    const ban = account && banOf(account, nowMs());
    return ban ? new BirdieError("banned", "this account is banned", { ban }) : new BirdieError("wrong_credentials");
  }
}

/** The statement that ends every sign-in of this account but the one that asks, if `condition` holds. One row `id` for each. */
export function endingOthers(database: Database, me: Principal, atMs: number, condition: SQL) {
  return database.db.all<Ended>(sql`
    update sign_ins set ended_at_ms = ${atMs}
    where user_id = ${me.userId} and id <> ${me.signInId} and ended_at_ms is null and ${condition}
    returning ${ENDED}`);
}

/** A sign-in that a statement has just ended. */
export interface Ended {
  readonly id: string;
  readonly userId: string;
}
export const ENDED = sql`id, user_id as "userId"`;

export function endEvents(rows: readonly Ended[], why: "ended" | "banned" = "ended"): EndEvent[] {
  return rows.map(({ id, userId }) => ({ type: "sign-in-ended", userId, signInId: id, why }));
}

function principalOf(row: Row): Principal {
  const { id, userId, name, language, timeZone, role, quietFromMin, quietToMin } = row;
  return {
    userId,
    name,
    signInId: id,
    language: language ?? undefined,
    timeZone: timeZone ?? undefined,
    isAdmin: role === "admin",
    ...(quietFromMin === null || quietToMin === null ? {} : { quiet: { fromMin: quietFromMin, toMin: quietToMin } }),
  };
}

function isCurrent(row: Row, claims: RefreshClaims): boolean {
  return row.generation === claims.generation;
}

function isInGrace(row: Row, claims: RefreshClaims, nowMs: number): boolean {
  return row.generation === claims.generation + 1 && nowMs - row.rotatedAtMs < GRACE_MS;
}
