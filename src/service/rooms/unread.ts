import { sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { Counts, Person } from "../../domain/account.ts";
import type { Event } from "../../domain/event.ts";
import type { Message } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { countColumns, ROOM_UNREAD } from "../counts.ts";

/** How a room stands for one member, at the end of an act. */
export interface Unread extends Counts {
  readonly userId: string;
  readonly roomId: number;
  readonly roomUnreadCount: number;
  readonly isMuted: number;
  readonly isRequest: number;
  readonly kind: "pair" | "group";
  readonly name: string | null;
  /** JSON: of a group the first few members besides this one; null for a pair. */
  readonly others: string | null;
}

/** How many of the others a row of a group names. */
export const OTHERS_NAMED = 5;

/** JSON of the members besides `k` of the statement around it. */
export const OTHERS = sql`(
  select json_group_array(json_object('userId', x.user_id, 'name', x.name)) from (
    select a.user_id, a.name from room_members o cross join accounts a on a.user_id = o.user_id
    where o.room_id = k.room_id and o.user_id <> k.user_id
    order by o.joined_at_ms, o.user_id limit ${sql.raw(String(OTHERS_NAMED))}) x)`;

/** Room and total unread counts for each `{r: room, u: user}` of a JSON array. Who is no member (any more) has no row. */
export function unreadOf(database: Database, pairs: string) {
  return database.db.all<Unread>(sql`
    select k.user_id as "userId", k.room_id as "roomId", ${ROOM_UNREAD} as "roomUnreadCount",
      ${countColumns(sql`j.value ->> 'u'`)},
      k.muted_at_ms is not null as "isMuted", k.requested_at_ms is not null as "isRequest", r.kind, r.name,
      case when r.kind = 'group' then ${OTHERS} end as others
    from json_each(${pairs}) j
    join room_members k on k.room_id = j.value ->> 'r' and k.user_id = j.value ->> 'u'
    join rooms r on r.id = k.room_id`);
}

/**
 * What somebody who is not in the room hears of a message: an interruption, for a muted room only the new numbers, and
 * of a request nothing at all.
 */
export function missedBy(unread: Unread, message: Message): Event | undefined {
  if (unread.isRequest === 1) return undefined;
  const { userId: receiver, roomUnreadCount, kind } = unread;
  const counts = toCounts(unread);
  if (unread.isMuted === 1) {
    return { type: "room-changed", receiver, roomId: message.roomId, lastMessage: message, roomUnreadCount, counts };
  }
  const others = unread.others === null ? [message.author] : readPeople(unread.others);
  const room = { kind, name: unread.name ?? undefined, others };
  return { type: "message-missed", receiver, message, room, roomUnreadCount, counts };
}

/** People out of the JSON that OTHERS makes. */
export function readPeople(json: string): Person[] {
  return JSON.parse(json) as Person[];
}
