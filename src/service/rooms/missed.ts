import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../../database/open.ts";
import type { Counts } from "../../domain/account.ts";
import type { Event } from "../../domain/event.ts";
import type { Message } from "../../domain/room.ts";
import { type Change, inOrder, type Missed, NEW_FIRST, orderOf } from "../missed.ts";

interface MessageRow {
  readonly id: number;
  readonly roomId: number;
  readonly authorId: string;
  readonly authorName: string;
  readonly body: string;
  readonly clientId: string | null;
  readonly createdAtMs: number;
  readonly editedAtMs: number | null;
  readonly deletedAtMs: number | null;
  readonly position: number;
  readonly writtenPosition: number;
}

interface CursorRow {
  readonly userId: string;
  readonly readUpTo: number;
  readonly position: number;
}

/** /topic/{roomId}: what was said, edited, deleted and read. Rights are the caller's to check. */
export async function missedOfRoom(
  { db }: Database,
  roomId: number,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const [[room], rows, cursors] = await db.batch([
    db.all<{ kind: "pair" | "group" }>(sql`select kind from rooms where id = ${roomId}`),
    db.all<MessageRow>(sql`
      select m.id, m.room_id as "roomId", m.author_id as "authorId", a.name as "authorName", m.body,
        m.client_id as "clientId", m.created_at_ms as "createdAtMs", m.edited_at_ms as "editedAtMs",
        m.deleted_at_ms as "deletedAtMs", m.position, m.written_position as "writtenPosition"
      from messages m join accounts a on a.user_id = m.author_id
      where m.room_id = ${roomId} and m.position > ${position}
      order by m.position limit ${limit + 1}`),
    db.all<CursorRow>(sql`
      select user_id as "userId", read_up_to as "readUpTo", position from room_members where room_id = ${roomId}`),
  ]);
  if (!room || rows.length > limit) return room ? undefined : [];
  const everybody = Math.min(...cursors.map((cursor) => cursor.readUpTo));
  const receiverOf = (author: string) =>
    room.kind === "pair" ? cursors.find((cursor) => cursor.userId !== author)?.userId : undefined;
  const changes: Change[] = [];
  for (const row of rows) {
    const event = eventOf(row, position, everybody, receiverOf(row.authorId));
    changes.push({ position: row.position, events: event ? [event] : [], order: orderOf(row, position) });
  }
  for (const cursor of cursors) {
    if (cursor.position <= position) continue;
    const { userId: reader, readUpTo: upTo } = cursor;
    const event = { type: "room-read", roomId, reader, upTo, readByAllUpTo: everybody } as const;
    // Whoever says something also reads: told before the line of the same act, so that only reading could be told twice.
    changes.push({ position: cursor.position, events: [event], order: cursor.position - 0.5 - NEW_FIRST });
  }
  return inOrder(changes, position);
}

function eventOf(
  row: MessageRow,
  position: number,
  everybody: number,
  receiver: string | undefined,
): Event | undefined {
  const isNew = row.writtenPosition > position;
  if (row.deletedAtMs !== null) {
    return isNew ? undefined : { type: "message-deleted", roomId: row.roomId, messageId: row.id };
  }
  const message: Message = {
    id: row.id,
    roomId: row.roomId,
    author: { userId: row.authorId, name: row.authorName },
    body: row.body,
    clientId: row.clientId ?? undefined,
    createdAtMs: row.createdAtMs,
    editedAtMs: row.editedAtMs ?? undefined,
    isDeleted: false,
    isReadByAll: row.id <= everybody,
  };
  return isNew ? { type: "message-said", message, receiver } : { type: "message-edited", message };
}

interface ChangedRoomRow extends Counts {
  readonly roomId: number;
  readonly roomUnreadCount: number;
  readonly position: number;
  readonly lastId: number | null;
  readonly lastBody: string | null;
  readonly lastAtMs: number | null;
  readonly lastAuthor: string | null;
  readonly lastAuthorName: string | null;
}

/** /queue/{userId}, its part about rooms: every room in which something was said or read, as it is now. */
export async function missedOfRooms(
  { db }: Database,
  userId: string,
  { position, limit }: Missed,
): Promise<readonly Announcement[] | undefined> {
  const rows = await db.all<ChangedRoomRow>(sql`
    select k.room_id as "roomId", max(r.position, k.position) as position,
      m.id as "lastId", m.body as "lastBody", m.created_at_ms as "lastAtMs", m.author_id as "lastAuthor",
      a.name as "lastAuthorName",
      (select count(*) from messages u where u.room_id = k.room_id and u.id > k.read_up_to
        and u.author_id <> ${userId} and u.deleted_at_ms is null) as "roomUnreadCount",
      (select count(*) from alarms where receiver = ${userId} and read_at_ms is null and retracted_at_ms is null)
        as "unreadAlarmCount",
      (select count(*) from room_members o join messages u on u.room_id = o.room_id and u.id > o.read_up_to
        where o.user_id = ${userId} and u.author_id <> ${userId} and u.deleted_at_ms is null) as "unreadMessageCount"
    from room_members k
    join rooms r on r.id = k.room_id
    left join messages m on m.id = r.last_message_id
    left join accounts a on a.user_id = m.author_id
    where k.user_id = ${userId} and (r.position > ${position} or k.position > ${position})
    order by 2 limit ${limit + 1}`);
  if (rows.length > limit) return undefined;
  return rows.map((row) => ({ event: changeOf(row, userId), position: row.position }));
}

function changeOf(row: ChangedRoomRow, receiver: string): Event {
  const { roomId, roomUnreadCount } = row;
  const counts = { unreadAlarmCount: row.unreadAlarmCount, unreadMessageCount: row.unreadMessageCount };
  const message: Message | undefined =
    row.lastId === null
      ? undefined
      : {
          id: row.lastId,
          roomId,
          author: { userId: row.lastAuthor ?? "", name: row.lastAuthorName ?? "" },
          body: row.lastBody ?? "",
          clientId: undefined,
          createdAtMs: row.lastAtMs ?? 0,
          editedAtMs: undefined,
          isDeleted: false,
          isReadByAll: false,
        };
  return message && roomUnreadCount > 0
    ? { type: "message-missed", receiver, message, roomUnreadCount, counts }
    : { type: "room-changed", receiver, roomId, lastMessage: message, roomUnreadCount, counts };
}
