import { type SQL, sql } from "drizzle-orm";
import { type Plain, prepared } from "../../database/plain.ts";
import type { Counts, Person } from "../../domain/account.ts";
import type { Event } from "../../domain/event.ts";
import { type Message, type RoomSummary, withoutWords } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { countColumns, ROOM_UNREAD } from "../counts.ts";

/** How a room stands for one member, at the end of an act. */
export interface Unread extends Counts {
  readonly userId: string;
  readonly roomId: number;
  readonly roomUnreadCount: number;
  readonly isMuted: number;
  readonly isRequest: number;
  readonly isDeclined: number;
  /** Of somebody with a request, or for whom this may have been one: how many wait. 0 for all others. */
  readonly requestCount: number;
  /** Asked for as `n`: the room may be new in this person's own list. */
  readonly isNew: number | null;
  readonly kind: "pair" | "group";
  readonly name: string | null;
  /** JSON: of a group, or of a room that is new, the first few members besides this one; else null. */
  readonly others: string | null;
}

/** Of which room and person. `n`: it may be new in their list. */
interface UnreadPair {
  readonly r: number;
  readonly u: string;
  readonly n?: 1;
}

/** How many of the others a row of a group names. */
export const OTHERS_NAMED = 5;

/** One order wherever members are named: a group without a name is called by the others in it, and so everywhere the same. */
export const byJoining = (alias: "k" | "o") => sql.raw(`order by ${alias}.joined_at_ms, ${alias}.user_id`);

/** JSON of the members besides `k` of the statement around it. */
export const OTHERS = sql`(
  select json_group_array(json_object('userId', x.user_id, 'name', x.name)) from (
    select a.user_id, a.name from room_members o cross join accounts a on a.user_id = o.user_id
    where o.room_id = k.room_id and o.user_id <> k.user_id
    ${byJoining("o")} limit ${sql.raw(String(OTHERS_NAMED))}) x)`;

/** A request that waits, in a room that can be shown. Of `k` and `r`. */
export const IS_REQUESTED = sql.raw(
  "k.requested_at_ms is not null and k.declined_at_ms is null and (r.last_message_id is not null or r.kind = 'group')",
);

/** How many requests wait for one person, who may be named by a column of the statement around it. */
export function requestCountOf(userId: SQL): SQL {
  return sql`(select count(*) from room_members k join rooms r on r.id = k.room_id
    where k.user_id = ${userId} and ${IS_REQUESTED})`;
}

const UNREAD = prepared<Unread>(sql`
    select k.user_id as "userId", k.room_id as "roomId", ${ROOM_UNREAD} as "roomUnreadCount",
      ${countColumns(sql`j.value ->> 'u'`)},
      k.muted_at_ms is not null as "isMuted", k.requested_at_ms is not null as "isRequest",
      k.declined_at_ms is not null as "isDeclined", j.value ->> 'n' as "isNew", r.kind, r.name,
      case when k.requested_at_ms is not null or j.value ->> 'n' then ${requestCountOf(sql`j.value ->> 'u'`)} else 0 end
        as "requestCount",
      case when r.kind = 'group' or j.value ->> 'n' then ${OTHERS} end as others
    from json_each(${sql.placeholder("pairs")}) j
    join room_members k on k.room_id = j.value ->> 'r' and k.user_id = j.value ->> 'u'
    join rooms r on r.id = k.room_id`);

/** How rooms stand for some of their members. Who is no member (any more) has no row. */
export function unreadOf(pairs: readonly UnreadPair[]): Plain<Unread> {
  return UNREAD({ pairs: JSON.stringify(pairs) });
}

/**
 * What somebody who is not in the room hears of a message: an interruption, for a muted room only the new numbers, of
 * somebody they have blocked only that there is something, and of a request that it waits.
 */
export function missedBy(unread: Unread, message: Message, isFromBlocked = false): Event | undefined {
  const { userId: receiver, roomUnreadCount, kind } = unread;
  const counts = toCounts(unread);
  if (unread.isRequest === 1) return requestedBy(unread, isFromBlocked ? withoutWords(message) : message);
  const room = roomIn(unread, message.author);
  if (unread.isMuted === 1 || isFromBlocked) {
    return {
      type: "room-changed",
      receiver,
      roomId: message.roomId,
      lastMessage: isFromBlocked ? withoutWords(message) : message,
      kind,
      room: { ...room, isMuted: unread.isMuted === 1 },
      roomUnreadCount,
      counts,
    };
  }
  return { type: "message-missed", receiver, message, room, roomUnreadCount, counts };
}

/** What a list needs for a row it does not have yet. `other`: of a pair whose people were not asked for. */
export function roomIn({ kind, name, others }: Unread, other: Person): Pick<RoomSummary, "kind" | "name" | "others"> {
  return { kind, name: name ?? undefined, others: others === null ? [other] : readPeople(others) };
}

/** It rings nowhere and counts nowhere: only the list of requests shows it. One that was declined is shown nowhere. */
function requestedBy(unread: Unread, message: Message): Event | undefined {
  if (unread.isDeclined === 1) return undefined;
  const { roomId, userId: receiver, requestCount, roomUnreadCount: unreadCount } = unread;
  const room: RoomSummary = {
    id: roomId,
    ...roomIn(unread, message.author),
    isMuted: false,
    isRequest: true,
    lastMessage: message,
    unreadCount,
    activeAtMs: message.createdAtMs,
  };
  return { type: "room-requested", receiver, roomId, room, requestCount, counts: toCounts(unread) };
}

/** One person out of such JSON. */
export function readPerson(json: string): Person {
  return JSON.parse(json) as Person;
}

/** People out of the JSON that OTHERS makes. */
export function readPeople(json: string): Person[] {
  return JSON.parse(json) as Person[];
}
