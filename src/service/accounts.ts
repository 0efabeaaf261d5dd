import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Passwords } from "../auth/passwords.ts";
import type { Tokens } from "../auth/tokens.ts";
import type { Database } from "../database/open.ts";
import { accounts } from "../database/tables.ts";
import {
  type Language,
  type Principal,
  type Profile,
  parseName,
  parseNewPassword,
  parseSignUp,
  readTimeZone,
  readUserId,
  type SignIn,
} from "../domain/account.ts";
import type { Ban } from "../domain/ban.ts";
import { BirdieError, type ErrorCode, invalid, tooFast } from "../domain/errors.ts";
import type { Input } from "../domain/input.ts";
import { RateLimit, ratePer } from "../domain/rate.ts";
import { livingInvitation } from "./invitations.ts";
import { createSignIns, type Device, endEvents, endingOthers, type Pair, type SignedIn } from "./sign-ins.ts";

export type { Device, Pair, SignedIn } from "./sign-ins.ts";

export interface AccountsOptions {
  readonly database: Database;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly nowMs: () => number;
  readonly signup: "open" | "invite" | "closed";
  /** Opens sign-up for the very first account, where it is otherwise not open: the one-time set-up link's key. */
  readonly setupKey?: string;
  /** Hears what somebody is called or has chosen from now on: their open sockets know them by what was. */
  readonly onChanged?: (userId: string, changes: Changes) => void;
  /** Wrong passwords for one account, and from one address; 0 switches the limit off. */
  readonly signInsPerMin: number;
  readonly signInsPerMinAddress: number;
  /** New accounts from one address; 0 switches the limit off. */
  readonly signUpsPerHour: number;
}

export type Changes = Partial<Pick<Principal, "name" | "language" | "timeZone">>;

/** What a request proves about who asks. Without `principal` it proves nothing. */
export interface Proof {
  readonly principal: Principal | undefined;
  /** The tokens the browser has to take over from now on. */
  readonly renewed?: Pair;
  /** What it carries is good for nothing any more: the browser may drop it. */
  readonly isOver?: boolean;
  /** It proves somebody who is banned. */
  readonly ban?: Ban;
}

export interface Accounts {
  /**
   * A new account, signed in. Who comes by the set-up link becomes the admin, once; without such a link, the first of all.
   * While sign-up is by invitation, `invite` is the key of one.
   * @throws BirdieError `invalid` (also a taken userId, as a fault), `sign_up_closed`, `too_fast`
   */
  signUp(input: Input, device: Device): Promise<SignedIn>;
  /** @throws BirdieError `wrong_credentials`, the same for a wrong password and for nobody; `banned`, `too_fast` */
  logIn(input: Input, device: Device): Promise<SignedIn>;
  /** Ends the sign-in that asks. Doing so twice is no fault. */
  logOut(me: Principal): Promise<void>;
  /** @throws BirdieError `not_signed_in`, `sign_in_ended` (also when the token was used before), `banned` */
  refresh(refreshToken: string, device: Device): Promise<SignedIn>;
  /** By an access token: one question to the database. @throws BirdieError `not_signed_in`, `sign_in_ended`, `banned` */
  authenticate(accessToken: string): Promise<Principal>;
  /**
   * STOMP's login and passcode: a user id with its password or with an access token of its own. A password joins the
   * living sign-in of the same device, or begins one.
   */
  authenticateWith(userId: string, passcode: string, device: Device): Promise<Principal>;
  /** By the cookies of a page, which are renewed when they must be. `mayRenew: false` where no cookie can be set. */
  principalOf(input: {
    readonly accessToken?: string;
    readonly refreshToken?: string;
    readonly device: Device;
    readonly mayRenew?: boolean;
  }): Promise<Proof>;
  /** Whether somebody who was let in a moment ago still is. @throws BirdieError `sign_in_ended`, `banned` */
  check(me: Principal): Promise<void>;
  signIns(me: Principal): Promise<SignIn[]>;
  /** @throws BirdieError `not_found`, also for somebody else's */
  endSignIn(me: Principal, signInId: string): Promise<void>;
  endOtherSignIns(me: Principal): Promise<void>;
  /**
   * The hash of one's own password, for an act that wants it again: the act stands under the condition that it still is.
   * @throws BirdieError `invalid` for a wrong one, at `field`; `too_fast`
   */
  provenHash(
    me: Principal,
    password: { readonly field: string; readonly value: unknown },
    device: Device,
  ): Promise<string>;
  /** From `currentPassword` to `newPassword`. Ends all other sign-ins. @throws BirdieError `invalid`, `too_fast` */
  changePassword(me: Principal, input: Input, device: Device): Promise<void>;
  /** @throws BirdieError `invalid` */
  rename(me: Principal, input: Input): Promise<string>;
  /** Undefined: as the browser asks. */
  setLanguage(me: Principal, language: Language | undefined): Promise<void>;
  /** Undefined (or a name nobody knows): as the browser says. */
  setTimeZone(me: Principal, timeZone: string | undefined): Promise<void>;
  /** Whether nobody has signed up yet. */
  isEmpty(): Promise<boolean>;
  /** Whether this is the set-up link's key, and nobody is the admin yet. */
  isSetupKey(key: unknown): Promise<boolean>;
  /** @throws BirdieError `not_found`, `gone` of who has left */
  profile(userId: string): Promise<Profile>;
}

const MINUTE_MS = 60_000;
/** How many passwords for one account are looked at from one address for each wrong one that may be said to it. */
const ATTEMPTS_PER_WRONG = 12;

type Password = Parameters<Accounts["provenHash"]>[1];

/** Accounts and their sign-ins: the acts of people at the door. */
export function createAccounts(options: AccountsOptions): Accounts {
  const { database, tokens, passwords, nowMs } = options;
  const { db } = database;
  const signIns = createSignIns({ database, tokens, nowMs });
  const wrongForAccount = new RateLimit(ratePer(options.signInsPerMin, MINUTE_MS), nowMs);
  const wrongFromAddress = new RateLimit(ratePer(options.signInsPerMinAddress, MINUTE_MS), nowMs);
  const attempts = new RateLimit(ratePer(options.signInsPerMin * ATTEMPTS_PER_WRONG, MINUTE_MS), nowMs);
  const newFromAddress = new RateLimit(ratePer(options.signUpsPerHour, 60 * MINUTE_MS), nowMs);

  /**
   * Only wrong passwords are counted. An address that guessed too often is refused before anything is computed. An
   * account that is being guessed at opens to its password only from addresses it was signed in from before: so nobody
   * can lock another out, and guessing from a thousand addresses is as slow as from one.
   */
  async function checkPassword(userId: string, password: string, device: Device): Promise<string | undefined> {
    const address = addressKey(device.address);
    // Also the right password costs us time and memory: nobody signs in without end.
    refuseUntil(attempts.take(`${userId} ${address}`));
    refuseUntil(wrongFromAddress.take(address));
    let hash: string | undefined;
    const waitMs = wrongForAccount.take(userId);
    try {
      if (waitMs > 0) {
        const known = await signIns.addressesOf(userId);
        if (!known.some((one) => addressKey(one) === address)) refuseUntil(waitMs);
      }
      const [account] = await db.select().from(accounts).where(eq(accounts.userId, userId));
      hash = (await passwords.verify(password, account?.passwordHash)) ? account?.passwordHash : undefined;
    } catch (error) {
      wrongFromAddress.giveBack(address);
      if (waitMs === 0) wrongForAccount.giveBack(userId);
      throw error;
    }
    if (hash === undefined) refuseUntil(waitMs);
    else {
      wrongFromAddress.giveBack(address);
      if (waitMs === 0) wrongForAccount.giveBack(userId);
    }
    return hash;
  }

  async function begin(userId: string, password: string, device: Device, isShared: boolean): Promise<SignedIn> {
    const passwordHash = await checkPassword(userId, password, device);
    if (passwordHash === undefined) throw new BirdieError("wrong_credentials");
    const renewedHash = passwords.isOutdated(passwordHash) ? await passwords.hash(password) : undefined;
    return signIns.begin({ userId, passwordHash, renewedHash, device, isShared });
  }

  async function provenHash(me: Principal, { field, value }: Password, device: Device): Promise<string> {
    const hash = await checkPassword(me.userId, typeof value === "string" ? value : "", device);
    if (hash === undefined) throw invalid({ field, rule: "wrong" });
    return hash;
  }

  async function isEmpty(): Promise<boolean> {
    return (await db.select({ userId: accounts.userId }).from(accounts).limit(1)).length === 0;
  }

  async function isSetupKey(key: unknown): Promise<boolean> {
    if (!options.setupKey || key !== options.setupKey) return false;
    return (await db.select({ userId: accounts.userId }).from(accounts).where(eq(accounts.role, "admin"))).length === 0;
  }

  /** A condition: sign-up is open to whoever holds this. A key that fits nothing shuts no open door. */
  function isWelcome({ setup, invite }: Input): SQL {
    if (options.signup === "open") return sql`true`;
    const isFirst = sql`(${setup !== undefined && setup === options.setupKey}
      and not exists (select 1 from accounts where role = 'admin'))`;
    if (options.signup === "closed") return isFirst;
    return sql`(${isFirst} or exists (${livingInvitation(invite, nowMs())}))`;
  }

  /** @throws BirdieError `banned` */
  async function prove(proofs: Parameters<Accounts["principalOf"]>[0]): Promise<Proof> {
    const { accessToken, refreshToken, device, mayRenew = true } = proofs;
    if (accessToken === undefined && refreshToken === undefined) return { principal: undefined };
    const principal = accessToken && (await signIns.authenticate(accessToken).catch(asUndefined));
    if (principal) return { principal };
    if (!refreshToken) return { principal: undefined, isOver: true };
    if (!mayRenew) return { principal: await signIns.peek(refreshToken).catch(asUndefined) };
    const renewed = await signIns.renew(refreshToken, device).catch(asUndefined);
    if (!renewed) return { principal: undefined, isOver: true };
    return { principal: renewed.principal, renewed: renewed.tokens };
  }

  return {
    async signUp(input, device) {
      // Asked before anything is computed, and again in the commit, where it counts.
      const welcome = isWelcome(input);
      const [asked] = await db.all<{ yes: number }>(sql`select ${welcome} as yes`);
      if (asked?.yes !== 1) throw new BirdieError("sign_up_closed");
      const { userId, name, password } = parseSignUp(input);
      refuseUntil(newFromAddress.take(addressKey(device.address)));
      const mayBeAdmin = options.setupKey === undefined || input["setup"] === options.setupKey;
      const passwordHash = await passwords.hash(password);
      await database.commit({
        statements: () => [
          db.all<{ userId: string }>(sql`select user_id as "userId" from accounts where user_id = ${userId}`),
          // However many hold the same key at once, it lets in as many as it was made for.
          db.all<{ userId: string }>(sql`
            insert into accounts (user_id, name, password_hash, role, created_at_ms, invitation_id)
            select ${userId}, ${name}, ${passwordHash},
              case when ${mayBeAdmin} and not exists (select 1 from accounts where role = 'admin') then 'admin'
                else 'member' end, ${nowMs()}, (${livingInvitation(input["invite"], nowMs())})
            where ${welcome}
            on conflict do nothing returning user_id as "userId"`),
        ],
        done([[taken], [added]]) {
          if (taken) throw invalid({ field: "userId", rule: "taken" });
          if (!added) throw new BirdieError("sign_up_closed");
          return { value: undefined, events: [] };
        },
      });
      return signIns.begin({ userId, passwordHash, device });
    },

    async logIn(input, device) {
      const { userId, password } = input;
      // Keyboards capitalise and leave blanks; no two accounts differ by that.
      const name = typeof userId === "string" ? readUserId(userId.trim().toLowerCase()) : undefined;
      return begin(name ?? "", typeof password === "string" ? password : "", device, false);
    },

    logOut: (me) => signIns.end(me.userId, me.signInId),
    refresh: (refreshToken, device) => signIns.renew(refreshToken, device),
    authenticate: (accessToken) => signIns.authenticate(accessToken),

    async authenticateWith(userId, passcode, device) {
      if (looksLikeToken(passcode)) {
        const principal = await signIns.authenticate(passcode).catch(asUndefined);
        if (principal?.userId === userId) return principal;
      }
      return (await begin(readUserId(userId) ?? "", passcode, device, true)).principal;
    },

    principalOf(proofs) {
      return prove(proofs).catch((error: unknown) => {
        if (error instanceof BirdieError && error.ban) return { principal: undefined, ban: error.ban };
        throw error;
      });
    },

    check: (me) => signIns.check(me),
    signIns: (me) => signIns.list(me),
    endSignIn: (me, signInId) => signIns.end(me.userId, signInId),
    endOtherSignIns: (me) => signIns.endOthers(me),

    provenHash,

    async changePassword(me, input, device) {
      const { currentPassword } = input;
      const next = parseNewPassword(input, "newPassword", me.userId);
      const old = await provenHash(me, { field: "currentPassword", value: currentPassword }, device);
      const passwordHash = await passwords.hash(next);
      await database.commit({
        statements: () => [
          db.all<{ userId: string }>(sql`update accounts set password_hash = ${passwordHash}, feed_key = null
            where user_id = ${me.userId} and password_hash = ${old} returning user_id as "userId"`),
          // Salted, so that no hash is made twice: it is there only if the statement above put it there.
          endingOthers(
            database,
            me,
            nowMs(),
            sql`exists (select 1 from accounts
            where user_id = ${me.userId} and password_hash = ${passwordHash})`,
          ),
        ],
        done([changed, ended]) {
          // Two changes at once: the later one's present password is no longer present.
          if (changed.length === 0) throw invalid({ field: "currentPassword", rule: "wrong" });
          return { value: undefined, events: endEvents(ended) };
        },
      });
    },

    async rename(me, input) {
      const name = parseName(input);
      await update(me, { name });
      return name;
    },
    isEmpty,
    isSetupKey,
    setLanguage: (me, language) => update(me, { language }),
    setTimeZone: (me, timeZone) => update(me, { timeZone: readTimeZone(timeZone) }),

    async profile(userId) {
      const [profile] = await db.all<Profile & { readonly isClosed: number }>(sql`
        select a.user_id as "userId", a.name, a.created_at_ms as "createdAtMs", a.closed_at_ms is not null as "isClosed",
          (select count(*) from posts p where p.author_id = a.user_id and p.deleted_at_ms is null) as "postCount"
        from accounts a where a.user_id = ${readUserId(userId) ?? ""}`);
      if (!profile) throw new BirdieError("not_found");
      const { isClosed, ...rest } = profile;
      if (isClosed === 1) throw new BirdieError("gone", "this member has left");
      return rest;
    },
  };

  async function update(me: Principal, changes: Changes): Promise<void> {
    const values = Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, value ?? null]));
    await database.commit({
      statements: () => [
        db
          .update(accounts)
          .set(values)
          .where(and(eq(accounts.userId, me.userId), isNull(accounts.closedAtMs))),
      ],
      done: () => ({ value: undefined, events: [] }),
    });
    options.onChanged?.(me.userId, changes);
  }
}

/** What a rate counts as one address: an IPv6 subscriber usually has a whole /64. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.toLowerCase().split("::", 2);
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(zeros).fill("0"), ...back];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

function refuseUntil(waitMs: number): void {
  if (waitMs > 0) throw tooFast(waitMs, "too many attempts");
}

function looksLikeToken(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text);
}

const PROVES_NOTHING: ReadonlySet<ErrorCode> = new Set(["not_signed_in", "sign_in_ended"]);

/** A proof that proves nothing is no error for a page that anybody may see. */
function asUndefined(error: unknown): undefined {
  if (error instanceof BirdieError && PROVES_NOTHING.has(error.code)) return undefined;
  throw error;
}
