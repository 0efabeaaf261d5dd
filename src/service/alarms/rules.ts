import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { AlarmKind } from "../../domain/alarm.ts";

/*
 * When somebody is alarmed, as statements for the commit of the act itself: an alarm is true when its like or comment
 * is, and a client has no say in it. Every act gives the positions it got from `next`.
 */

/** Somebody who does something at a time; `position` is a fresh one, used for this alarm only. */
interface Doing {
  readonly actor: string;
  readonly nowMs: number;
  readonly position: number;
}

/**
 * Who wants to hear of it: not those who did it themselves, not those who want nothing of one another (it works both
 * ways), not those who turned the kind off or muted the post. The receiver is `receiver`, the post `postId`, in SQL.
 */
function wants(kind: AlarmKind, actor: string, { receiver, postId }: { readonly receiver: SQL; readonly postId: SQL }) {
  return sql`${receiver} <> ${actor}
    and not exists (select 1 from blocks b where b.blocker_id = ${receiver} and b.blocked_id = ${actor})
    and not exists (select 1 from blocks b where b.blocker_id = ${actor} and b.blocked_id = ${receiver})
    and not exists (select 1 from post_mutes q where q.user_id = ${receiver} and q.post_id = ${postId})
    and not exists (select 1 from accounts w where w.user_id = ${receiver}
      and ' ' || w.alarms_off || ' ' like ${`% ${kind} %`})`;
}

const JOINING = sql`
  on conflict (receiver, kind, target, post_id, room_id, reply_id) where read_at_ms is null and retracted_at_ms is null
  do update set id = excluded.id, created_at_ms = excluded.created_at_ms, position = excluded.position`;

/**
 * Alarms one person. `about` selects at most one row `receiver, target, post_id, reply_id`; no row, or a receiver who
 * does not want to hear of it (see `wants`), raises nothing. An unread group of the same receiver, kind and thing is
 * joined and moves to the top.
 */
export function raise(database: Database, kind: AlarmKind, about: SQL, { actor, nowMs, position }: Doing) {
  return [
    database.db.run(sql`
      insert into alarms (id, receiver, kind, target, post_id, reply_id, created_at_ms, position)
      select ${position}, s.receiver, ${kind}, s.target, s.post_id, s.reply_id, ${nowMs}, ${position}
        from (${about}) s where ${wants(kind, actor, { receiver: sql`s.receiver`, postId: sql`s.post_id` })}
      ${JOINING}`),
    database.db.run(sql`
      insert into alarm_actors (alarm_key, actor_id, created_at_ms)
      select key, ${actor}, ${nowMs} from alarms where id = ${position}
      on conflict do nothing`),
  ] as const;
}

/** People named in a text, and what is done with it. */
export interface Mentioning {
  readonly actor: string;
  readonly nowMs: number;
  /** Of the text as it will be: see domain/mention. */
  readonly named: readonly string[];
  /** As many fresh positions as there are names. */
  readonly positions: readonly number[];
  /** One row `target, post_id, room_id, reply_id, before`: the thing, and its text until now ('' for a new one); or none. */
  readonly about: SQL;
  /** A condition on the account `a`: who may see the thing. */
  readonly maySee?: SQL;
}

/**
 * Alarms everybody whom a text names for the first time, once per text and person: nobody whom the text before named,
 * nobody whom a REPLY about the same comment has told already. Must come before the text is changed.
 */
export function mention(database: Database, mentioning: Mentioning) {
  const { actor, nowMs, named, positions, about, maySee = sql`true` } = mentioning;
  const names = JSON.stringify(named.map((u, i) => ({ u, p: positions[i] })));
  return [
    database.db.run(sql`
      insert into alarms (id, receiver, kind, target, post_id, room_id, reply_id, created_at_ms, position)
      select j.value ->> 'p', a.user_id, 'MENTION', s.target, s.post_id, s.room_id, s.reply_id, ${nowMs}, j.value ->> 'p'
      from json_each(${names}) j join accounts a on a.user_id = j.value ->> 'u' join (${about}) s
      where ${wants("MENTION", actor, { receiver: sql`a.user_id`, postId: sql`s.post_id` })} and ${maySee}
        and not (s.before || ' ') glob '*@' || a.user_id || '[^a-z0-9_]*'
        and not exists (select 1 from alarms o where o.receiver = a.user_id and o.post_id = s.post_id
          and o.room_id = s.room_id and o.reply_id = s.reply_id
          and (o.kind = 'MENTION' or (o.kind = 'REPLY' and o.retracted_at_ms is null)))
      ${JOINING}`),
    database.db.run(sql`
      insert into alarm_actors (alarm_key, actor_id, created_at_ms)
      select key, ${actor}, ${nowMs} from alarms where id in (select value ->> 'p' from json_each(${names}))
      on conflict do nothing`),
  ] as const;
}

/** Retracts the mentions that a changed text no longer makes. `thing` is a condition on `alarms` and its permission. */
export function unmention(
  database: Database,
  thing: SQL,
  { named, nowMs, position }: { readonly named: readonly string[]; readonly nowMs: number; readonly position: number },
) {
  return retract(
    database,
    sql`${thing} and kind = 'MENTION' and receiver not in (select value from json_each(${JSON.stringify(named)}))`,
    { nowMs, position },
  );
}

/**
 * Takes one person out of every group, read or not, that `thing` finds (a condition on the table `alarms`). A group
 * nobody is left in is retracted.
 */
export function takeBack(database: Database, thing: SQL, { actor, nowMs, position }: Doing) {
  return [
    database.db.run(sql`
      update alarms set position = ${position}, retracted_at_ms = case
        when exists (select 1 from alarm_actors a where a.alarm_key = alarms.key and a.actor_id <> ${actor})
        then null else ${nowMs} end
      where ${thing} and retracted_at_ms is null
        and exists (select 1 from alarm_actors a where a.alarm_key = alarms.key and a.actor_id = ${actor})`),
    database.db.run(sql`
      delete from alarm_actors
      where actor_id = ${actor} and alarm_key in (select key from alarms where ${thing})`),
  ] as const;
}

/** Retracts every alarm that `where` finds: what they are about is gone. That it was removed stays to be told. */
export function retract(database: Database, where: SQL, { nowMs, position }: Omit<Doing, "actor">) {
  return database.db.run(sql`
    update alarms set position = ${position}, retracted_at_ms = ${nowMs}
    where ${where} and kind <> 'REMOVED' and retracted_at_ms is null`);
}

/** Retracts what one person heard of a room they are no longer in. */
export function retractOfRoom(
  database: Database,
  { userId, roomId, nowMs, position }: { readonly userId: string; readonly roomId: number } & Omit<Doing, "actor">,
) {
  return retract(
    database,
    sql`receiver = ${userId} and room_id = ${roomId} and room_id <> 0
      and not exists (select 1 from room_members k where k.room_id = ${roomId} and k.user_id = ${userId})`,
    { nowMs, position },
  );
}
