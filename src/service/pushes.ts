import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Counts, Language, Person, Principal } from "../domain/account.ts";
import type { Alarm } from "../domain/alarm.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { type Input, readId } from "../domain/input.ts";
import { isQuiet, quietZoneOf } from "../domain/quiet.ts";
import type { RoomSummary } from "../domain/room.ts";
import { Turns } from "../domain/turns.ts";
import { alarmRows, toAlarm } from "./alarms/rows.ts";
import { isBanned } from "./banned.ts";
import { countsOf } from "./counts.ts";

/** A browser that takes pushes, as its owner sees it. */
export interface PushDevice {
  readonly id: number;
  readonly userAgent: string;
  readonly createdAtMs: number;
  readonly sentAtMs: number | undefined;
  /** What the push service said last, when it was no success. */
  readonly failure: string | undefined;
  readonly isThisSignIn: boolean;
  readonly endpoint: string;
}

/** What a push tells of. `test` is for the button; `self-test` shows nothing, it only answers. */
export type Occasion =
  | { readonly kind: "alarm"; readonly alarm: Alarm }
  | {
      readonly kind: "message";
      readonly roomId: number;
      readonly author: Person;
      readonly body: string;
      readonly pictureCount: number;
    }
  /** Brought into a group by `author`. */
  | { readonly kind: "added"; readonly room: Pick<RoomSummary, "id" | "name" | "others">; readonly author: Person }
  | { readonly kind: "test" }
  | { readonly kind: "self-test"; readonly id: string };

/** What the service worker gets, as JSON. */
export interface Notice {
  readonly title: string;
  readonly body: string;
  /** Of a later notice about the same thing, which replaces this one; also the topic at the push service. */
  readonly tag: string;
  readonly url: string;
}

export interface PushesOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  /** Runs what decides once something had the time to be read; gives back how to forget it. */
  readonly afterGrace: (run: () => void) => () => void;
  /** Whether this person is looking at a page of ours anywhere. */
  readonly isHere: (userId: string) => boolean;
  /** In the person's language; without what it is about where they hide that. */
  readonly noticeOf: (occasion: Occasion, options: { language: Language; isHidden: boolean }) => Notice;
  readonly arePushKeys: (keys: { readonly p256dh: string; readonly auth: string }) => Promise<boolean>;
  /** The endpoint in its one form. @throws where it is none */
  readonly readEndpoint: (text: unknown) => string;
  readonly send: (
    target: { readonly endpoint: string; readonly p256dh: string; readonly auth: string },
    message: { body: string; topic: string; ttlS: number; urgency: "normal" | "high" },
  ) => Promise<{ readonly outcome: "delivered" | "gone" | "failed"; readonly reason?: string }>;
  /** Hears of every fault of ours. */
  readonly report: (error: unknown) => void;
}

export type Pushes = ReturnType<typeof createPushes>;

const DEVICES_MAX = 20;
const WAITING_MAX = 10_000;
/** A push service that is slow must not hold thousands of sockets of ours, nor one person's all of these. */
const SENDING_MAX = 32;
const SENDING_PER_PERSON_MAX = 2;
const TTL_S = 86_400;
const TEST_TTL_S = 60;
const FAILURE_CHARS_MAX = 300;

interface Target {
  readonly id: number;
  readonly userId: string;
  readonly endpoint: string;
  readonly p256dh: string;
  readonly auth: string;
  readonly language: Language | null;
  readonly timeZone: string | null;
  readonly quietFromMin: number | null;
  readonly quietToMin: number | null;
  readonly isHidden: number;
}

/**
 * Which devices hear of what, by Web Push: only what is still unread after a grace, only of people who are looking at
 * no page of ours, outside of their quiet hours. What waits is in memory: a restart forgets it, the inbox does not.
 */
export function createPushes(options: PushesOptions) {
  const { database, nowMs } = options;
  const { db } = database;
  const waiting = new Map<string, { flush: () => Promise<void>; forget: () => void }>();
  const turns = new Turns({ atOnce: SENDING_MAX, atOncePerPerson: SENDING_PER_PERSON_MAX, waitingMax: WAITING_MAX });

  /** Again about the same thing while it waits: the latest is told, at the time of the first. */
  function hold(key: string, flush: () => Promise<void>): void {
    const held = waiting.get(key);
    if (held) {
      held.flush = flush;
      return;
    }
    if (waiting.size >= WAITING_MAX) return;
    const forget = options.afterGrace(() => {
      const due = waiting.get(key);
      waiting.delete(key);
      due?.flush().catch(options.report);
    });
    waiting.set(key, { flush, forget });
  }

  /** Living targets of living sign-ins. `which` is a condition on `p` (push_subscriptions). */
  function targetsOf(which: SQL): Promise<Target[]> {
    return db.all<Target>(sql`
      select p.id, p.user_id as "userId", p.endpoint, p.p256dh, p.auth, a.language, a.time_zone as "timeZone",
        a.quiet_from_min as "quietFromMin", a.quiet_to_min as "quietToMin", a.hides_push_content as "isHidden"
      from push_subscriptions p join accounts a on a.user_id = p.user_id and not ${isBanned(nowMs())}
        join sign_ins s on s.id = p.sign_in_id and s.ended_at_ms is null
      where ${which}`);
  }

  async function tell(occasion: Occasion, which: SQL): Promise<void> {
    for (const target of await targetsOf(which)) {
      if (options.isHere(target.userId) || isQuietNow(target, nowMs())) continue;
      void turns.take(target.userId, () => send(target, occasion)).catch(options.report);
    }
  }

  async function tellAlarm(key: number, id: number): Promise<void> {
    const unread = sql`al.key = ${key} and al.id >= ${id} and al.read_at_ms is null and al.retracted_at_ms is null`;
    const [row] = await alarmRows(database, unread);
    if (row) await tell({ kind: "alarm", alarm: toAlarm(row) }, sql`p.user_id = ${row.receiver}`);
  }

  async function tellMessage(messageId: number): Promise<void> {
    const [said] = await db.all<Said>(sql`
      select m.room_id as "roomId", m.body, m.picture_count as "pictureCount", m.author_id as "userId", a.name
      from messages m join accounts a on a.user_id = m.author_id where m.id = ${messageId} and m.deleted_at_ms is null`);
    if (!said) return;
    const { roomId, body, pictureCount, userId, name } = said;
    await tell(
      { kind: "message", roomId, body, pictureCount, author: { userId, name } },
      sql`p.user_id in (select k.user_id from room_members k
        where k.room_id = ${roomId} and k.user_id <> ${userId} and k.read_up_to < ${messageId}
          and k.muted_at_ms is null and k.requested_at_ms is null and k.declined_at_ms is null
          and not exists (select 1 from blocks b where (b.blocker_id = k.user_id and b.blocked_id = ${userId})
            or (b.blocker_id = ${userId} and b.blocked_id = k.user_id)))`,
    );
  }

  /** Unless they have looked in, or something was said there since, which is told by itself. */
  async function tellAdded(receiver: string, room: RoomSummary, author: Person): Promise<void> {
    await tell(
      { kind: "added", room, author },
      sql`p.user_id = ${receiver} and exists (select 1 from room_members k join rooms r on r.id = k.room_id
        where k.room_id = ${room.id} and k.user_id = p.user_id and k.is_new and k.added_by = ${author.userId}
          and coalesce(r.last_message_id, 0) < k.added_position
          and k.muted_at_ms is null and k.requested_at_ms is null and k.declined_at_ms is null
          and not exists (select 1 from blocks b where (b.blocker_id = k.user_id and b.blocked_id = ${author.userId})
            or (b.blocker_id = ${author.userId} and b.blocked_id = k.user_id)))`,
    );
  }

  async function send(target: Target, occasion: Occasion): Promise<string | undefined> {
    const language = target.language ?? "ko";
    const isHidden = target.isHidden === 1;
    const notice = options.noticeOf(occasion, { language, isHidden });
    const [[counts]] = await database.db.batch([countsOf(target.userId)]);
    const isTest = occasion.kind === "test" || occasion.kind === "self-test";
    const { outcome, reason } = await options.send(target, {
      body: JSON.stringify({ ...notice, kind: occasion.kind, badge: badgeOf(counts) }),
      topic: notice.tag,
      ttlS: isTest ? TEST_TTL_S : TTL_S,
      urgency: occasion.kind === "alarm" || occasion.kind === "added" ? "normal" : "high",
    });
    await note(target.id, outcome, reason);
    return outcome === "delivered" ? undefined : (reason ?? outcome);
  }

  function note(id: number, outcome: "delivered" | "gone" | "failed", reason = ""): Promise<void> {
    const statement =
      outcome === "gone"
        ? db.run(sql`delete from push_subscriptions where id = ${id}`)
        : outcome === "delivered"
          ? db.run(sql`update push_subscriptions set sent_at_ms = ${nowMs()}, failure = null where id = ${id}`)
          : db.run(sql`update push_subscriptions set failure = ${reason.slice(0, FAILURE_CHARS_MAX)} where id = ${id}`);
    return database.commit({ statements: () => [statement], done: () => ({ value: undefined, events: [] }) });
  }

  return {
    /** Told of every event after its commit; keeps what may become a push. */
    hear(event: Event): void {
      if (event.type === "alarm-raised" && event.isNews) {
        const { key, id } = event.alarm;
        hold(`alarm ${key}`, () => tellAlarm(key, id));
      }
      if (event.type === "message-said") {
        const { roomId, id } = event.message;
        hold(`room ${roomId}`, () => tellMessage(id));
      }
      if (event.type === "room-listed" && event.isNews && event.room.addedBy) {
        const { receiver, room } = event;
        const { addedBy } = event.room;
        hold(`added ${receiver} ${room.id}`, () => tellAdded(receiver, room, addedBy));
      }
      if (event.type === "sign-in-ended") this.forgetSignIn(event.signInId).catch(options.report);
    },

    /**
     * Takes what `PushSubscription.toJSON()` gives: `endpoint`, and `keys` or `p256dh` and `auth`. A browser has one,
     * whoever was signed in there before; of more than 20 of one person the oldest goes.
     * @throws BirdieError `invalid`
     */
    async subscribe(me: Principal, input: Input, userAgent: string): Promise<{ readonly id: number }> {
      const endpoint = readEndpoint(options, input["endpoint"]);
      const keys = readKeys(input);
      if (!(await options.arePushKeys(keys))) throw invalid({ field: "keys", rule: "format" });
      const { p256dh, auth } = keys;
      return database.commit({
        statements: () => [
          db.all<{ id: number }>(sql`
            insert into push_subscriptions (endpoint, user_id, sign_in_id, p256dh, auth, user_agent, created_at_ms)
            select ${endpoint}, ${me.userId}, id, ${p256dh}, ${auth}, ${userAgent.slice(0, 200)}, ${nowMs()}
            from sign_ins where id = ${me.signInId} and ended_at_ms is null
            on conflict (endpoint) do update set user_id = excluded.user_id, sign_in_id = excluded.sign_in_id,
              p256dh = excluded.p256dh, auth = excluded.auth, user_agent = excluded.user_agent, failure = null
            returning id`),
          db.run(sql`delete from push_subscriptions where user_id = ${me.userId} and id in
            (select id from push_subscriptions where user_id = ${me.userId} order by id desc limit -1 offset ${DEVICES_MAX})`),
        ],
        done([[row]]) {
          if (!row) throw new BirdieError("sign_in_ended");
          return { value: row, events: [] };
        },
      });
    },

    /** By `id` or by `endpoint`, one's own only; what is not there needs no removing. */
    async unsubscribe(me: Person, input: Input): Promise<void> {
      const id = readId(input["id"]) ?? 0;
      const endpoint = typeof input["endpoint"] === "string" ? input["endpoint"] : "";
      await remove(sql`user_id = ${me.userId} and (id = ${id} or endpoint = ${endpoint})`);
    },

    /** One's devices, newest first. */
    async devices(me: Principal): Promise<PushDevice[]> {
      const rows = await db.all<DeviceRow>(sql`
        select id, endpoint, user_agent as "userAgent", created_at_ms as "createdAtMs", sent_at_ms as "sentAtMs",
          failure, sign_in_id as "signInId"
        from push_subscriptions where user_id = ${me.userId} order by id desc limit ${DEVICES_MAX}`);
      return rows.map(({ signInId, sentAtMs, failure, ...row }) => {
        const isThisSignIn = signInId === me.signInId;
        return { ...row, sentAtMs: sentAtMs ?? undefined, failure: failure ?? undefined, isThisSignIn };
      });
    },

    /**
     * Sends a test to one of one's own devices. Undefined when the push service took it, else exactly what went wrong.
     * @throws BirdieError `not_found`
     */
    async test(me: Person, id: number, selfTest?: string): Promise<string | undefined> {
      const [target] = await targetsOf(sql`p.id = ${id} and p.user_id = ${me.userId}`);
      if (!target) throw new BirdieError("not_found");
      const occasion = selfTest ? ({ kind: "self-test", id: selfTest } as const) : ({ kind: "test" } as const);
      const sent = await turns.take(me.userId, async () => ({ failure: await send(target, occasion) }));
      if (!sent) throw new BirdieError("unavailable", "too many pushes wait");
      return sent.failure;
    },

    /** How this person wants to be told now: not at all in quiet hours; without content where they hide it. */
    async manner(me: Person): Promise<{ readonly isQuiet: boolean; readonly isHidden: boolean }> {
      const [row] = await db.all<Omit<Target, "id" | "endpoint" | "p256dh" | "auth">>(sql`
        select user_id as "userId", language, time_zone as "timeZone", quiet_from_min as "quietFromMin",
          quiet_to_min as "quietToMin", hides_push_content as "isHidden" from accounts where user_id = ${me.userId}`);
      if (!row) throw new BirdieError("not_found");
      return { isQuiet: isQuietNow(row, nowMs()), isHidden: row.isHidden === 1 };
    },

    forgetSignIn: (signInId: string): Promise<void> => remove(sql`sign_in_id = ${signInId}`),

    stop(): void {
      for (const { forget } of waiting.values()) forget();
      waiting.clear();
    },
  };

  function remove(which: SQL): Promise<void> {
    return database.commit({
      statements: () => [db.run(sql`delete from push_subscriptions where ${which}`)],
      done: () => ({ value: undefined, events: [] }),
    });
  }
}

interface Said extends Person {
  readonly roomId: number;
  readonly body: string;
  readonly pictureCount: number;
}

interface DeviceRow extends Omit<PushDevice, "sentAtMs" | "failure" | "isThisSignIn"> {
  readonly sentAtMs: number | null;
  readonly failure: string | null;
  readonly signInId: string;
}

type Quietness = Pick<Target, "quietFromMin" | "quietToMin" | "timeZone" | "language">;

function isQuietNow({ quietFromMin, quietToMin, timeZone, language }: Quietness, nowMs: number): boolean {
  if (quietFromMin === null || quietToMin === null) return false;
  return isQuiet({ fromMin: quietFromMin, toMin: quietToMin }, nowMs, quietZoneOf(timeZone, language));
}

const badgeOf = (counts: Counts | undefined) => (counts?.unreadAlarmCount ?? 0) + (counts?.unreadMessageCount ?? 0);

function readEndpoint({ readEndpoint }: Pick<PushesOptions, "readEndpoint">, value: unknown): string {
  try {
    return readEndpoint(value);
  } catch {
    throw invalid({ field: "endpoint", rule: "format" });
  }
}

function readKeys(input: Input): { readonly p256dh: string; readonly auth: string } {
  const { keys } = input;
  const from = typeof keys === "object" && keys !== null ? keys : input;
  const p256dh: unknown = Reflect.get(from, "p256dh");
  const auth: unknown = Reflect.get(from, "auth");
  if (typeof p256dh !== "string" || typeof auth !== "string") throw invalid({ field: "keys", rule: "required" });
  return { p256dh, auth };
}
