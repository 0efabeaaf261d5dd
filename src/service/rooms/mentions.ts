import { sql } from "drizzle-orm";
import type { Database, Statement } from "../../database/open.ts";
import type { Counts } from "../../domain/account.ts";
import type { QueueEvent } from "../../domain/event.ts";
import { mentionsIn } from "../../domain/mention.ts";
import type { Message } from "../../domain/room.ts";
import { type AlarmRow, changedAlarms, eventsOfChanged } from "../alarms/rows.ts";
import { mention } from "../alarms/rules.ts";

/** A message in which somebody may be named. */
export interface Naming {
  readonly actor: string;
  readonly roomId: number;
  /** Of the message itself: where it is found. */
  readonly position: number;
  /** Who is named, but whoever has it before their eyes, or may have: they are not told now. */
  readonly named: readonly string[];
  /** Of the alarm of each. */
  readonly positions: readonly number[];
}

export interface Mentions {
  /** In the commit of the messages, behind them. Empty where nobody is named. */
  readonly statements: readonly Statement[];
  /** The two that read what came of it. */
  readonly reading: readonly Statement[];
  /** Of one message, out of the rows of `reading`. */
  eventsOf(messageId: number, rows: unknown, counts: unknown): readonly QueueEvent[];
}

/** For `maySee`: the account `a` is in the room, and not only asked to be. */
export function membersOf(roomId: number) {
  return sql`exists (select 1 from room_members k
    where k.room_id = ${roomId} and k.user_id = a.user_id and k.requested_at_ms is null)`;
}

/** Alarms the members of a room whom a message names. */
export function mentionsOf(database: Database, namings: readonly Naming[], nowMs: number): Mentions {
  const given = namings.flatMap(({ positions }) => positions);
  const statements: Statement[] = [];
  for (const { actor, roomId, position, named, positions } of namings) {
    if (named.length === 0) continue;
    statements.push(
      ...mention(database, {
        actor,
        nowMs,
        named,
        positions,
        about: sql`select 'MESSAGE' as target, 0 as post_id, m.room_id, m.id as reply_id, '' as before
          from messages m where m.id = ${position} and m.room_id = ${roomId}`,
        maySee: membersOf(roomId),
      }),
    );
  }
  const first = given[0] ?? 0;
  const among = sql`al.id in (select value from json_each(${JSON.stringify(given)}))`;
  return {
    statements,
    reading: given.length === 0 ? [] : changedAlarms(database, among, first),
    eventsOf(messageId, rows = [], counts = []) {
      const own = (rows as readonly AlarmRow[]).filter((row) => row.replyId === messageId);
      return eventsOfChanged(own, counts as readonly (Counts & { readonly userId: string })[], first);
    },
  };
}

/**
 * Four statements: alarms somebody whom a message names and who was there, but has not seen it; none where they have.
 * The last two are those of `changedAlarms`.
 */
export function mentionOf(database: Database, { userId, message, nowMs, position }: Waiting) {
  const { id, roomId, author, body } = message;
  const named = mentionsIn(body).filter((one) => one === userId);
  return [
    ...mention(database, {
      actor: author.userId,
      nowMs,
      named,
      positions: named.map(() => position),
      about: sql`select 'MESSAGE' as target, 0 as post_id, room_id, id as reply_id, '' as before from messages
        where id = ${id} and deleted_at_ms is null`,
      maySee: sql`exists (select 1 from room_members k where k.room_id = ${roomId} and k.user_id = a.user_id
        and k.requested_at_ms is null and k.read_up_to < ${id})`,
    }),
    ...changedAlarms(database, sql`al.id = ${position}`, position),
  ] as const;
}

/** Somebody who was there when a message came. `position`: a fresh one. */
interface Waiting {
  readonly userId: string;
  readonly message: Message;
  readonly nowMs: number;
  readonly position: number;
}
