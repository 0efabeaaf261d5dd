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
 * Alarms one person. `about` selects at most one row `receiver, target, post_id, reply_id`; no row, or a receiver who
 * is the actor, raises nothing. An unread group of the same receiver, kind and thing is joined and moves to the top.
 */
export function raise(database: Database, kind: AlarmKind, about: SQL, { actor, nowMs, position }: Doing) {
  return [
    database.db.run(sql`
      insert into alarms (id, receiver, kind, target, post_id, reply_id, created_at_ms, position)
      select ${position}, s.receiver, ${kind}, s.target, s.post_id, s.reply_id, ${nowMs}, ${position}
        from (${about}) s where s.receiver <> ${actor}
      on conflict (receiver, kind, target, post_id, room_id, reply_id) where read_at_ms is null and retracted_at_ms is null
      do update set id = excluded.id, created_at_ms = excluded.created_at_ms, position = excluded.position`),
    database.db.run(sql`
      insert into alarm_actors (alarm_key, actor_id, created_at_ms)
      select key, ${actor}, ${nowMs} from alarms where id = ${position}
      on conflict do nothing`),
  ] as const;
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

/** Retracts every alarm that `where` finds: what they are about is gone. */
export function retract(database: Database, where: SQL, { nowMs, position }: Omit<Doing, "actor">) {
  return database.db.run(sql`
    update alarms set position = ${position}, retracted_at_ms = ${nowMs}
    where ${where} and retracted_at_ms is null`);
}
