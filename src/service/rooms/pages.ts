import { eq, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { rooms } from "../../database/tables.ts";
import type { Person } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import { type Quote, quoteOf, type RoomList, type RoomPage, type RoomPaging } from "../../domain/room.ts";
import { isBanned } from "../banned.ts";
import { SENDS_RECEIPTS } from "../community.ts";
import { ROOM_UNREAD } from "../counts.ts";
import { readPictures } from "../pictures.ts";
import { type BlockRow, blockedBy, blocksIn, partedFrom } from "./door.ts";
import { countedPictures } from "./pictures.ts";
import {
  ADDED_BY,
  IS_SHOWN,
  LIST_POSITION,
  type MessageRow,
  messageRows,
  standings,
  toMessage,
  toSummary,
} from "./rows.ts";
import { byJoining, IS_REQUESTED, readPerson, requestCountOf } from "./unread.ts";

/** How many rows a page shows. */
const MESSAGES_A_PAGE = 50;
const ROOMS_A_PAGE = 30;

/** Neither a request nor a pair in which nothing was said: a room of the list. Of `k` and `r`. */
const IS_LISTED = sql.raw("k.requested_at_ms is null and (r.last_message_id is not null or r.kind = 'group')");

/** The rooms of one person, or the requests that wait for them; latest first. */
export async function listRooms(
  database: Database,
  me: Person,
  { before, isRequests = false }: { readonly before?: number | undefined; readonly isRequests?: boolean },
): Promise<RoomList> {
  const [rows, [requests], [position]] = await database.db.batch([
    standings(
      database,
      sql`k.user_id = ${me.userId} and ${LIST_POSITION} < ${before ?? Number.MAX_SAFE_INTEGER}
        and ${isRequests ? IS_REQUESTED : IS_LISTED}
        order by ${LIST_POSITION} desc limit ${ROOMS_A_PAGE + 1}`,
      false,
    ),
    database.db.all<{ count: number }>(sql`select ${requestCountOf(sql`${me.userId}`)} as count`),
    database.currentPosition(),
  ]);
  const shown = rows.slice(0, ROOMS_A_PAGE);
  return {
    rooms: shown.map(toSummary),
    isRequests,
    requestCount: requests?.count ?? 0,
    before: rows.length > ROOMS_A_PAGE ? shown.at(-1)?.listPosition : undefined,
    position: database.formatPosition(position?.value),
  };
}

interface MemberRow {
  readonly userId: string;
  readonly name: string;
  readonly role: "owner" | "member";
  readonly readUpTo: number;
  readonly shownUpTo: number;
  readonly sendsReceipts: number;
  readonly isMuted: number;
  readonly isRequest: number;
  readonly isHeld: number;
  readonly isBanned: number;
  readonly isGone: number;
  /** JSON: of the reader only. */
  readonly addedBy: string | null;
  readonly unreadCount: number;
}

interface RoomAsked {
  readonly roomId: number;
  readonly paging: RoomPaging;
  readonly presentIn: (roomId: number) => readonly string[];
  readonly nowMs: number;
}

/** One room's page: its newest 50 messages, or those before, after or around one. @throws BirdieError `not_found` */
export async function readRoom(
  database: Database,
  me: Person,
  { roomId, paging, presentIn, nowMs }: RoomAsked,
): Promise<RoomPage> {
  const { db } = database;
  const part = partOf(paging);
  const inRoom = (where: SQL) =>
    messageRows(database, sql`m.room_id = ${roomId} and ${IS_SHOWN} and ${where}`, me.userId);
  const [[room], members, older, newer, parted, blocked, answered, [position]] = await db.batch([
    db.select({ kind: rooms.kind, name: rooms.name }).from(rooms).where(eq(rooms.id, roomId)),
    db.all<MemberRow>(sql`
      select k.user_id as "userId", a.name, k.role, k.read_up_to as "readUpTo", ${SENDS_RECEIPTS} as "sendsReceipts",
        k.muted_at_ms is not null as "isMuted", k.requested_at_ms is not null as "isRequest",
        k.shown_up_to as "shownUpTo", k.held_unread_at_ms is not null as "isHeld",
        ${isBanned(nowMs)} as "isBanned", a.closed_at_ms is not null as "isGone",
        case when k.user_id = ${me.userId} then ${ADDED_BY} end as "addedBy",
        case when k.user_id = ${me.userId} then ${ROOM_UNREAD} else 0 end as "unreadCount"
      from room_members k join rooms r on r.id = k.room_id join accounts a on a.user_id = k.user_id
      where k.room_id = ${roomId} ${byJoining("k")}`),
    inRoom(sql`m.id < ${part.olderThan} order by m.id desc limit ${part.olderMax + 1}`),
    inRoom(sql`m.id >= ${part.olderThan} order by m.id limit ${part.newerMax + 1}`),
    blocksIn(roomId),
    db.all<{ userId: string }>(blockedBy(me)),
    messageRows(database, sql`m.id = ${paging.reply ?? 0} and m.room_id = ${roomId} and m.deleted_at_ms is null`),
    database.currentPosition(),
  ]);
  const mine = members.find((member) => member.userId === me.userId);
  if (!room || !mine) throw new BirdieError("not_found");
  const everybody = Math.min(...members.map((member) => Math.max(member.readUpTo, member.shownUpTo)));
  const hasReceipts = parted.length === 0 && members.every((member) => member.sendsReceipts === 1);
  const shown = [...older.slice(0, part.olderMax).toReversed(), ...newer.slice(0, part.newerMax)];
  const people = members.map(({ userId, name, role }) => ({ userId, name, role }));
  const asked = members.flatMap(({ userId, isRequest }) => (isRequest === 1 ? [userId] : []));
  const apart = [...partedFrom(me.userId, parted), ...asked];
  return {
    room: { id: roomId, kind: room.kind, name: room.name ?? undefined, members: people },
    others: people.filter((person) => person.userId !== me.userId).map(({ userId, name }) => ({ userId, name })),
    messages: shown.map((row) => toMessage(row, hasReceipts ? everybody : 0)),
    liked: shown.filter((row) => row.isLikedByReader === 1).map(({ id }) => id),
    before: older.length > part.olderMax ? shown[0]?.id : undefined,
    after: newer.length > part.newerMax ? shown.at(-1)?.id : undefined,
    around: shown.find(({ id }) => id === paging.around)?.id,
    answering: toAnswering(answered[0]),
    readUpTo: mine.readUpTo,
    unreadCount: mine.unreadCount,
    addedBy: mine.addedBy === null ? undefined : readPerson(mine.addedBy),
    isMuted: mine.isMuted === 1,
    isRequest: mine.isRequest === 1,
    isHeld: mine.isHeld === 1,
    closedBy: room.kind === "pair" ? closedBy(me, parted) : undefined,
    isOtherAway: room.kind === "pair" && members.some((one) => one !== mine && one.isBanned === 1 && one.isGone === 0),
    isOtherGone: room.kind === "pair" && members.some((one) => one !== mine && one.isGone === 1),
    blocked: blocked.map(({ userId }) => userId),
    hasReceipts,
    present: presentIn(roomId).flatMap((userId) => {
      const person = apart.includes(userId) ? undefined : people.find((one) => one.userId === userId);
      return person ? [{ userId, name: person.name }] : [];
    }),
    position: database.formatPosition(position?.value),
  };
}

/** Of a room of two. Whoever has blocked the other may take it back; that both did is told to neither. */
function closedBy(me: Person, parted: readonly BlockRow[]): "me" | "other" | undefined {
  if (parted.length === 0) return undefined;
  return parted.some(({ blocker }) => blocker === me.userId) ? "me" : "other";
}

/** `olderThan` parts the page in two: how many are shown from each side of it. */
function partOf({ before, after, around }: RoomPaging) {
  if (around !== undefined) return { olderThan: around, olderMax: MESSAGES_A_PAGE / 2, newerMax: MESSAGES_A_PAGE / 2 };
  if (after !== undefined) return { olderThan: after + 1, olderMax: 0, newerMax: MESSAGES_A_PAGE };
  return { olderThan: before ?? Number.MAX_SAFE_INTEGER, olderMax: MESSAGES_A_PAGE, newerMax: 0 };
}

function toAnswering(row: MessageRow | undefined): Quote | undefined {
  if (!row) return undefined;
  const author = { userId: row.authorId, name: row.authorName };
  const { length } = readPictures(row.pictures);
  return { id: row.id, author, excerpt: quoteOf(row.body), ...countedPictures(length) };
}
