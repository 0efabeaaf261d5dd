import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { type AlarmKind, readAlarmKind } from "../domain/alarm.ts";
import { type AlarmChoices, type Choices, OPEN_TO, type PrivacyChoices } from "../domain/choices.ts";
import { BirdieError } from "../domain/errors.ts";
import { showingOfCommunity, toShowing } from "./community.ts";

export interface ChoicesOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  /** Hears whose choices about what others see of them have changed, once they are on disk. */
  readonly privacyChanged?: (userId: string) => unknown;
}

export type ChoiceActs = ReturnType<typeof createChoices>;

interface ChoicesRow {
  readonly alarmsOff: string;
  readonly quietFromMin: number | null;
  readonly quietToMin: number | null;
  readonly hidesPushContent: number;
  readonly sendsReceipts: number | null;
  readonly sendsTyping: number | null;
  readonly openTo: string;
}

/** How many muted posts the settings name. */
const MUTED_SHOWN_MAX = 100;

/** What people choose for themselves: which alarms they want and when, who may write to them, what others see of them. */
export function createChoices({ database, nowMs, privacyChanged }: ChoicesOptions) {
  const { db } = database;
  const commit = (statement: SQL): Promise<void> =>
    database.commit({ statements: () => [db.run(statement)], done: () => ({ value: undefined, events: [] }) });

  return {
    /** @throws BirdieError `not_found` */
    async of(me: Person): Promise<Choices> {
      const [[row], mutedPosts, community] = await db.batch([
        db.all<ChoicesRow>(sql`
          select alarms_off as "alarmsOff", quiet_from_min as "quietFromMin", quiet_to_min as "quietToMin",
            hides_push_content as "hidesPushContent", sends_receipts as "sendsReceipts", sends_typing as "sendsTyping",
            open_to as "openTo" from accounts where user_id = ${me.userId}`),
        db.all<{ readonly id: number; readonly title: string }>(sql`
          select p.id, p.title from post_mutes q join posts p on p.id = q.post_id
          where q.user_id = ${me.userId} and p.deleted_at_ms is null
          order by q.created_at_ms desc, p.id desc limit ${MUTED_SHOWN_MAX}`),
        showingOfCommunity(database),
      ]);
      if (!row) throw new BirdieError("not_found");
      return { ...toChoices(row), community: toShowing(community), mutedPosts };
    },

    /** `timeZone`: whose clock quiet hours go by, where the account has not chosen one. */
    setAlarms(me: Person, { alarmsOff, quiet, hidesPushContent }: AlarmChoices, timeZone: string): Promise<void> {
      return commit(sql`
        update accounts set alarms_off = ${alarmsOff.join(" ")}, quiet_from_min = ${quiet?.fromMin ?? null},
          quiet_to_min = ${quiet?.toMin ?? null}, hides_push_content = ${hidesPushContent},
          time_zone = coalesce(time_zone, ${quiet ? timeZone : null})
        where user_id = ${me.userId} and closed_at_ms is null`);
    },

    async setPrivacy(me: Person, { openTo, sendsReceipts, sendsTyping }: PrivacyChoices): Promise<void> {
      await commit(sql`
        update accounts set open_to = ${openTo}, sends_receipts = ${sendsReceipts ?? null},
          sends_typing = ${sendsTyping ?? null}
        where user_id = ${me.userId} and closed_at_ms is null`);
      privacyChanged?.(me.userId);
    },

    /** No more alarms of a kind; those that are there stay. Asked for again, it changes nothing. */
    turnOff(me: Person, kind: AlarmKind): Promise<void> {
      return commit(sql`
        update accounts set alarms_off = trim(alarms_off || ' ' || ${kind})
        where user_id = ${me.userId} and ' ' || alarms_off || ' ' not like ${`% ${kind} %`}`);
    },

    turnOn(me: Person, kind: AlarmKind): Promise<void> {
      return commit(sql`
        update accounts set alarms_off = trim(replace(' ' || alarms_off || ' ', ${` ${kind} `}, ' '))
        where user_id = ${me.userId}`);
    },

    /** No more alarms about a post and what is said under it. @throws BirdieError `not_found`, `gone` */
    mutePost(me: Person, postId: number): Promise<void> {
      return database.commit({
        statements: () => [
          db.run(sql`
            insert into post_mutes (user_id, post_id, created_at_ms)
            select ${me.userId}, id, ${nowMs()} from posts where id = ${postId} and deleted_at_ms is null
            on conflict do nothing`),
          db.all<{ readonly isGone: number }>(sql`
            select deleted_at_ms is not null as "isGone" from posts where id = ${postId}`),
        ],
        done([, [post]]) {
          if (!post) throw new BirdieError("not_found");
          if (post.isGone === 1) throw new BirdieError("gone");
          return { value: undefined, events: [] };
        },
      });
    },

    unmutePost(me: Person, postId: number): Promise<void> {
      return commit(sql`delete from post_mutes where user_id = ${me.userId} and post_id = ${postId}`);
    },

    async isMuted(me: Person, postId: number): Promise<boolean> {
      const rows = await db.all(sql`select 1 from post_mutes where user_id = ${me.userId} and post_id = ${postId}`);
      return rows.length > 0;
    },
  };
}

function toChoices(row: ChoicesRow): Omit<Choices, "mutedPosts" | "community"> {
  const { quietFromMin: fromMin, quietToMin: toMin } = row;
  return {
    alarmsOff: row.alarmsOff
      .split(" ")
      .map(readAlarmKind)
      .filter((kind) => kind !== undefined),
    quiet: fromMin === null || toMin === null ? undefined : { fromMin, toMin },
    hidesPushContent: row.hidesPushContent === 1,
    sendsReceipts: row.sendsReceipts === null ? undefined : row.sendsReceipts === 1,
    sendsTyping: row.sendsTyping === null ? undefined : row.sendsTyping === 1,
    openTo: OPEN_TO.find((one) => one === row.openTo) ?? "everybody",
  };
}
