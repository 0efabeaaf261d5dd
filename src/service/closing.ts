import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person, Principal } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import type { Accounts } from "./accounts.ts";
import { isAdmin, isAnotherAdmin } from "./admin/rights.ts";
import type { Posts } from "./posts.ts";
import type { Rooms } from "./rooms.ts";
import { type Device, ENDED, type Ended, endEvents } from "./sign-ins.ts";

export interface ClosingOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly accounts: Pick<Accounts, "provenHash">;
  readonly posts: Pick<Posts, "remove" | "removeComment">;
  readonly rooms: Pick<Rooms, "leave" | "settingsChanged">;
  readonly report: (error: unknown) => void;
}

/** What somebody would leave behind. */
export interface Legacy {
  readonly postCount: number;
  readonly commentCount: number;
  /** Nobody else could run the community: they have to stay, or make somebody else an admin. */
  readonly isLastAdmin: boolean;
}

export type Closing = ReturnType<typeof createClosing>;

/** How many of somebody's things are taken away at once: they share a commit. */
const AT_ONCE = 20;

/** Leaving for good. The row of the account stays, without a name: nobody else can ever be taken for that person. */
export function createClosing(options: ClosingOptions) {
  const { database, nowMs, accounts, posts, rooms } = options;
  const { db } = database;
  let isStopped = false;
  let clearing: Promise<void> = Promise.resolve();

  /** As a condition: this is an admin, and the only one who may sign in. */
  function isLastAdmin(userId: string, atMs: number): SQL {
    return sql`(${isAdmin(userId, atMs)}
      and not exists (select 1 from accounts where ${isAnotherAdmin(userId, atMs)}))`;
  }

  /** What is left of `userId` in a table, the newest first, some at a time: what cannot be taken away is passed over. */
  async function each(from: SQL, act: (id: number) => Promise<unknown>): Promise<void> {
    let before = Number.MAX_SAFE_INTEGER;
    while (!isStopped) {
      const rows = await db.all<{ id: number }>(sql`
        select id from (${from}) where id < ${before} order by id desc limit ${AT_ONCE}`);
      const last = rows.at(-1);
      if (!last) return;
      before = last.id;
      for (const done of await Promise.allSettled(rows.map(({ id }) => act(id)))) {
        // What somebody else has taken away meanwhile, or a post's end, needs nothing more.
        if (done.status === "rejected" && !(done.reason instanceof BirdieError)) throw done.reason;
      }
    }
  }

  /** Comments under posts that are gone: nobody reads them, and nobody is told. */
  function wipe(userId: string, commentId: number): Promise<void> {
    return database.commit({
      statements: (next) => [
        db.run(sql`
          update comments set body = '', deleted_at_ms = ${nowMs()}, position = ${next()}
          where id = ${commentId} and author_id = ${userId} and deleted_at_ms is null`),
      ],
      done: () => ({ value: undefined, events: [] }),
    });
  }

  /** Every step is an act like any other, so that all who look at it follow. */
  async function clear({ userId, erasesPosts }: { readonly userId: string; readonly erasesPosts: number }) {
    const me: Person = { userId, name: "" };
    await each(groupsOf(sql`${userId}`), (id) => rooms.leave(me, id));
    if (erasesPosts === 0) return;
    const comments = livingOf("comments", sql`${userId}`);
    await each(comments, (id) => posts.removeComment(me, id));
    await each(livingOf("posts", sql`${userId}`), (id) => posts.remove(me, id));
    await each(comments, (id) => wipe(userId, id));
  }

  /** Whoever has left and not gone from everywhere. */
  async function clearAll(): Promise<void> {
    const gone = await db.all<{ userId: string; erasesPosts: number }>(sql`
      select user_id as "userId", erases_posts as "erasesPosts" from accounts a
      where banned_at_ms is not null and closed_at_ms is not null and (exists (${groupsOf(sql`a.user_id`)})
        or (erases_posts = 1 and (exists (${livingOf("posts", sql`a.user_id`)})
          or exists (${livingOf("comments", sql`a.user_id`)}))))`);
    for (const one of gone) await clear(one);
  }

  /** One at a time, one after the other. Never rejects. */
  function inTurn(): Promise<void> {
    clearing = clearing.then(clearAll).catch(options.report);
    return clearing;
  }

  return {
    /** What there would be to say before somebody leaves. */
    async legacyOf(me: Person): Promise<Legacy> {
      const [row] = await db.all<{ postCount: number; commentCount: number; isLastAdmin: number }>(sql`
        select (select count(*) from (${livingOf("posts", sql`${me.userId}`)})) as "postCount",
          (select count(*) from (${livingOf("comments", sql`${me.userId}`)})) as "commentCount",
          ${isLastAdmin(me.userId, nowMs())} as "isLastAdmin"`);
      const { postCount = 0, commentCount = 0 } = row ?? {};
      return { postCount, commentCount, isLastAdmin: row?.isLastAdmin === 1 };
    },

    /**
     * Closes one's own account for good, by its password. In one commit every sign-in ends, and with them their sockets;
     * devices are taken off Web Push; name, rights and settings go. The user id stays taken. Then they leave their groups
     * and, if they want, their posts and comments are removed: see `recover`.
     * @throws BirdieError `invalid` (the password), `too_fast`, `forbidden` for the last admin
     */
    async close(
      me: Principal,
      { password, erasesPosts }: { readonly password: unknown; readonly erasesPosts: boolean },
      device: Device,
    ): Promise<void> {
      if ((await this.legacyOf(me)).isLastAdmin) throw lastAdmin();
      const hash = await accounts.provenHash(me, { field: "password", value: password }, device);
      const atMs = nowMs();
      const isClosed = sql`exists (select 1 from accounts where user_id = ${me.userId} and closed_at_ms is not null)`;
      await database.commit({
        statements: () => [
          db.all<{ isLastAdmin: number }>(sql`select ${isLastAdmin(me.userId, atMs)} as "isLastAdmin"`),
          db.all<{ userId: string }>(sql`
            update accounts set name = '', password_hash = '', role = 'member', language = null, time_zone = null,
              quiet_from_min = null, quiet_to_min = null, feed_key = null, erases_posts = ${erasesPosts},
              closed_at_ms = ${atMs}, banned_at_ms = ${atMs}, banned_until_ms = null, banned_reason = ''
            where user_id = ${me.userId} and password_hash = ${hash} and not ${isLastAdmin(me.userId, atMs)}
            returning user_id as "userId"`),
          db.all<Ended>(sql`
            update sign_ins set ended_at_ms = ${atMs}
            where user_id = ${me.userId} and ended_at_ms is null and ${isClosed} returning ${ENDED}`),
          db.run(sql`delete from push_subscriptions where user_id = ${me.userId} and ${isClosed}`),
          // Kept for tabs that come back, of which there are none any more; the likes themselves count on.
          db.run(sql`delete from own_likes where user_id = ${me.userId} and ${isClosed}`),
        ],
        done([[before], [closed], ended]) {
          if (before?.isLastAdmin === 1) throw lastAdmin();
          // The password was changed meanwhile.
          if (!closed) throw invalid({ field: "password", rule: "wrong" });
          rooms.settingsChanged(me.userId);
          return { value: undefined, events: endEvents(ended) };
        },
      });
      void inTurn();
    },

    /** Goes on, at a start, with what an earlier process had not finished. Never rejects. */
    recover: inTurn,

    async stop(): Promise<void> {
      isStopped = true;
      await clearing;
    },
  };
}

const lastAdmin = () => new BirdieError("forbidden", "the last admin stays: make somebody else an admin first");

const livingOf = (table: "posts" | "comments", author: SQL) =>
  sql`select id from ${sql.raw(table)} where author_id = ${author} and deleted_at_ms is null`;

const groupsOf = (userId: SQL) =>
  sql`select r.id from room_members k join rooms r on r.id = k.room_id where k.user_id = ${userId} and r.kind = 'group'`;
