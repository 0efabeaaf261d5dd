import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../../database/open.ts";
import { prepared } from "../../database/plain.ts";
import type { Counts } from "../../domain/account.ts";
import type { Event } from "../../domain/event.ts";
import { type Message, quoteOf } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { SENDS_RECEIPTS } from "../community.ts";
import { countsOf } from "../counts.ts";
import { type Change, inOrder, type Missed, orderOf } from "../missed.ts";
import { blocksIn, partedFrom } from "./door.ts";
import {
  isEmpty,
  type MessageRow,
  memberRowsSince,
  messageRows,
  requestedEvent,
  type StandingRow,
  standings,
  toMember,
  toMessage,
  toSummary,
  waitsNoMore,
} from "./rows.ts";
import { requestCountOf } from "./unread.ts";

interface RoomRow {
  readonly kind: "pair" | "group";
  readonly name: string | null;
  readonly changedPosition: number;
}

interface CursorRow {
  readonly userId: string;
  /** As the others know it. */
  readonly shownUpTo: number;
  readonly position: number;
  /** To everybody here. */
  readonly showsReading: 0 | 1;
}

const ROOM_ID = sql.placeholder("roomId");
const ROOM = prepared<RoomRow>(
  sql`select kind, name, changed_position as "changedPosition" from rooms where id = ${ROOM_ID}`,
);
const CURSORS = prepared<CursorRow>(sql`
  select k.user_id as "userId", max(k.read_up_to, k.shown_up_to) as "shownUpTo", k.position,
    ${SENDS_RECEIPTS} as "showsReading"
  from room_members k join accounts a on a.user_id = k.user_id where k.room_id = ${ROOM_ID}`);

/** /topic/{roomId}: what was said, edited, deleted and read. Rights are the caller's to check. */
export async function missedOfRoom(
  database: Database,
  roomId: number,
  { position, limit, reader }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const { db } = database;
  const [[room], rows, cursors, members, parted] = await db.batch([
    ROOM({ roomId }),
    messageRows(
      database,
      sql`m.room_id = ${roomId} and m.id in (
        select id from messages where room_id = ${roomId} and id > ${position}
        union all
        select id from messages where room_id = ${roomId} and position > ${position} and position > written_position
          and id <= ${position}) order by m.position limit ${limit + 1}`,
      reader,
    ),
    CURSORS({ roomId }),
    memberRowsSince(roomId, position),
    blocksIn(roomId),
  ]);
  if (!room || rows.length > limit) return room ? undefined : [];
  const everybody = parted.length > 0 ? 0 : Math.min(...cursors.map((k) => k.shownUpTo * k.showsReading));
  const receiverOf = (author: string) =>
    room.kind === "pair" ? cursors.find((cursor) => cursor.userId !== author)?.userId : undefined;
  const changes: Change[] = [];
  // Whoever says something also reads: told before the line of the same act, so that only reading could be told twice.
  for (const cursor of cursors) {
    if (cursor.position <= position || cursor.showsReading === 0) continue;
    const { userId: reader, shownUpTo: upTo } = cursor;
    if (partedFrom(reader, parted).length > 0) continue;
    const event = { type: "room-read", roomId, reader, upTo, readByAllUpTo: everybody } as const;
    changes.push({ position: cursor.position, events: [event], order: cursor.position });
  }
  for (const row of rows) {
    const events = eventsOf(row, position, everybody, receiverOf(row.authorId));
    changes.push({ position: row.position, events, order: orderOf(row, position) });
  }
  if (room.changedPosition > position) {
    const { changedPosition, name } = room;
    const people = members.map(toMember);
    const told: Event[] =
      room.kind === "pair"
        ? [{ type: "room-closed", roomId, isClosed: parted.length > 0 }]
        : [
            { type: "room-renamed", roomId, name: name ?? undefined },
            { type: "room-members", roomId, members: people, joined: [], left: [] },
          ];
    changes.push({ position: changedPosition, events: told, order: changedPosition });
  }
  return inOrder(changes, position);
}

/** What a changed row came to. A like and an edit leave the same mark: both are told as they are now. */
function eventsOf(
  row: MessageRow,
  position: number,
  everybody: number,
  receiver: string | undefined,
): readonly Event[] {
  const { id: messageId, roomId, likeCount } = row;
  // Also where it was written since: a page that asked for what is new by itself may show it.
  if (row.deletedAtMs !== null) return [{ type: "message-deleted", roomId, messageId, isKept: row.isAnswered === 1 }];
  const message = toMessage(row, everybody);
  const liked = row.isLikedByReader === 1 ? { isLikedByMe: true } : {};
  if (row.writtenPosition > position) return [{ type: "message-said", message, receiver, ...liked }];
  return [
    { type: "message-edited", message, excerpt: quoteOf(message.body) },
    { type: "message-liked", roomId, messageId, likeCount },
  ];
}

/** /queue/{userId}, its part about rooms: every room in which something was said, read or changed, as it is now. */
export async function missedOfRooms(
  database: Database,
  userId: string,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [rows, lost, [counts], [lists]] = await database.db.batch([
    standings(
      database,
      sql`k.user_id = ${userId} and max(r.position, r.changed_position, k.position) > ${position}
        order by max(r.position, r.changed_position, k.position) limit ${limit + 1}`,
      true,
    ),
    database.db.all<{ roomId: number; position: number }>(sql`
      select room_id as "roomId", position from room_departures
      where user_id = ${userId} and position > ${position} order by position limit ${limit + 1}`),
    countsOf(userId),
    database.db.all<ListsRow>(sql`
      select lists_position as position, ${requestCountOf(sql`a.user_id`)} as "requestCount",
        (select json_group_array(b.blocked_id) from blocks b where b.blocker_id = a.user_id) as blocked
      from accounts a where a.user_id = ${userId} and lists_position > ${position}`),
  ]);
  if (rows.length + lost.length > limit) return undefined;
  const changes = rows.flatMap((row) => {
    const event = changeOf(row, position);
    const at = Math.max(row.position, row.changedPosition, row.memberPosition);
    // Accepted on another device, perhaps: where it is open as a request, there is nothing to answer any more.
    const isAnswered = lists !== undefined && row.isRequest === 0 && row.memberPosition > position;
    const answered = { ...row, requestCount: lists?.requestCount ?? 0 };
    return [...(isAnswered ? [waitsNoMore(answered)] : []), ...(event ? [event] : [])].map((one) => ({
      event: one,
      position: at,
    }));
  });
  const gone = lost.map(({ roomId, position: at }) => ({
    event: { type: "room-unlisted", receiver: userId, roomId, isLost: true, counts: toCounts(counts) } as const,
    position: at,
  }));
  const own = lists ? ownLists(userId, lists, toCounts(counts)) : [];
  return [...changes, ...gone, ...own];
}

interface ListsRow {
  readonly position: number;
  readonly requestCount: number;
  /** JSON */
  readonly blocked: string;
}

/** Whom one has blocked, and how many requests wait. */
function ownLists(receiver: string, { position, requestCount, blocked }: ListsRow, counts: Counts): Announcement[] {
  const people = JSON.parse(blocked) as string[];
  return [
    { event: { type: "people-blocked", receiver, blocked: people, parted: undefined, counts }, position },
    { event: { type: "room-requested", receiver, roomId: undefined, room: undefined, requestCount, counts }, position },
  ];
}

/** A request only waits. A room in which something was said, and is unread and not muted, rings. */
function changeOf(row: StandingRow, seen: number): Event | undefined {
  const room = toSummary(row);
  const { userId: receiver, unreadCount: roomUnreadCount } = row;
  if (room.isRequest) {
    // Declined on another device: what follows it is told to nobody, that it waits no more is.
    return row.isDeclined === 1 && row.memberPosition > seen ? waitsNoMore(row) : requestedEvent(row);
  }
  const counts = toCounts(row);
  const { lastMessage } = room;
  if (isEmpty(row)) return { type: "room-unlisted", receiver, roomId: room.id, isLost: false, counts };
  const message: Message | undefined = lastMessage && {
    ...lastMessage,
    roomId: room.id,
    clientId: undefined,
    editedAtMs: undefined,
    isDeleted: false,
    isReadByAll: false,
    likeCount: 0,
    replyTo: undefined,
  };
  if (row.position > seen && message && !message.isFromBlocked && roomUnreadCount > 0 && !room.isMuted) {
    return { type: "message-missed", receiver, message, room, roomUnreadCount, counts };
  }
  if (row.changedPosition > seen || room.isMuted || !message || row.addedPosition > seen) {
    const isNews = row.isNew === 1 && row.addedPosition > seen;
    return { type: "room-listed", receiver, room, ...(isNews && { isNews }), counts };
  }
  const { id: roomId, kind } = room;
  return { type: "room-changed", receiver, roomId, lastMessage: message, kind, room, roomUnreadCount, counts };
}
