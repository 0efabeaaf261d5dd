import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { constant, type Plain, prepared } from "../../database/plain.ts";
import type { Counts } from "../../domain/account.ts";
import type { Event } from "../../domain/event.ts";
import { type Member, type Message, type Quote, quoteOf, type RoomSummary } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { countColumns, ROOM_UNREAD } from "../counts.ts";
import { picturesOf, readPictures } from "../pictures.ts";
import { countedPictures } from "./pictures.ts";
import { byJoining, OTHERS, readPeople, readPerson, requestCountOf } from "./unread.ts";

/** A message as SQL gives it, with what it answers. */
export interface MessageRow {
  readonly id: number;
  readonly roomId: number;
  readonly authorId: string;
  readonly authorName: string;
  readonly body: string;
  readonly clientId: string | null;
  readonly createdAtMs: number;
  readonly editedAtMs: number | null;
  readonly deletedAtMs: number | null;
  readonly likeCount: number;
  readonly position: number;
  readonly writtenPosition: number;
  /** Somebody answered it, and the answer is still there. */
  readonly isAnswered: number;
  /** 0 where no reader was named. */
  readonly isLikedByReader: number;
  readonly quoteId: number | null;
  readonly quoteAuthor: string | null;
  readonly quoteAuthorName: string | null;
  readonly quoteBody: string | null;
  readonly quotePictures: number | null;
  /** JSON; null where there are none. */
  readonly pictures: string | null;
}

/** A place holder stays for a deleted message that was answered. Of a message `m`. */
const IS_ANSWERED = sql.raw("exists (select 1 from messages z where z.reply_to_id = m.id and z.deleted_at_ms is null)");

/** What a reader sees of a room: all but what was deleted and answered by nobody. Of a message `m`. */
export const IS_SHOWN = sql`(m.deleted_at_ms is null or ${IS_ANSWERED})`;

/** A statement for messages. `where` names the table `m`, and may end in an order and a limit. */
export function messageRows(database: Database, where: SQL, reader = "") {
  return database.db.all<MessageRow>(sql`${MESSAGES.upToReader} ${reader} ${MESSAGES.rest} where ${where}`);
}

const MESSAGES = {
  upToReader: constant(sql`
    select m.id, m.room_id as "roomId", m.author_id as "authorId", a.name as "authorName", m.body,
      m.client_id as "clientId", m.created_at_ms as "createdAtMs", m.edited_at_ms as "editedAtMs",
      m.deleted_at_ms as "deletedAtMs", m.like_count as "likeCount", m.position,
      m.written_position as "writtenPosition", ${IS_ANSWERED} as "isAnswered",
      m.like_count > 0 and exists (select 1 from message_likes ml
        where ml.message_id = m.id and ml.user_id =`),
  rest: constant(sql`) as "isLikedByReader",
      q.id as "quoteId", q.author_id as "quoteAuthor", qa.name as "quoteAuthorName",
      case when q.deleted_at_ms is null then substr(q.body, 1, 400) else '' end as "quoteBody",
      case when q.deleted_at_ms is null then q.picture_count else 0 end as "quotePictures",
      ${picturesOf("m")} as pictures
    from messages m join accounts a on a.user_id = m.author_id
    left join messages q on q.id = m.reply_to_id left join accounts qa on qa.user_id = q.author_id`),
};

export function toMessage(row: MessageRow, readByAllUpTo: number): Message {
  const isDeleted = row.deletedAtMs !== null;
  return {
    id: row.id,
    roomId: row.roomId,
    author: { userId: row.authorId, name: row.authorName },
    body: isDeleted ? "" : row.body,
    pictures: isDeleted ? [] : readPictures(row.pictures),
    clientId: row.clientId ?? undefined,
    createdAtMs: row.createdAtMs,
    editedAtMs: row.editedAtMs ?? undefined,
    isDeleted,
    isReadByAll: readByAllUpTo >= row.id,
    likeCount: row.likeCount,
    replyTo: isDeleted ? undefined : quoteIn(row),
  };
}

function quoteIn(row: MessageRow): Quote | undefined {
  const { quoteId, quoteAuthor, quoteAuthorName, quoteBody, quotePictures } = row;
  if (quoteId === null || quoteAuthor === null) return undefined;
  const author = { userId: quoteAuthor, name: quoteAuthorName ?? quoteAuthor };
  return { id: quoteId, author, excerpt: quoteOf(quoteBody ?? ""), ...countedPictures(quotePictures) };
}

/** How a room stands in the list of one of its members. */
export interface StandingRow extends Counts {
  readonly userId: string;
  readonly id: number;
  readonly kind: "pair" | "group";
  readonly name: string | null;
  readonly position: number;
  readonly changedPosition: number;
  readonly memberPosition: number;
  /** When something was last said, or one was brought in: the order of the list. */
  readonly listPosition: number;
  readonly addedPosition: number;
  /** JSON of a person; null where something was said since. */
  readonly addedBy: string | null;
  readonly isNew: number;
  readonly activeAtMs: number;
  readonly others: string;
  readonly isMuted: number;
  readonly isRequest: number;
  readonly isDeclined: number;
  /** 0 where this is no request. */
  readonly requestCount: number;
  readonly lastId: number | null;
  readonly lastBody: string | null;
  readonly lastPictures: string | null;
  readonly lastAtMs: number | null;
  readonly lastAuthor: string | null;
  readonly lastAuthorName: string | null;
  readonly isLastFromBlocked: number;
  readonly unreadCount: number;
}

/** Rooms stand in the list by what was last said in them, or by when one was brought in. Of `k` and `r`. */
export const LIST_POSITION = sql.raw("max(r.position, k.added_position)");

/** Who brought the member `k` into the group `r`, as JSON, until something is said. */
export const ADDED_BY = sql`(
  select json_object('userId', p.user_id, 'name', p.name) from accounts p
  where p.user_id = k.added_by and coalesce(r.last_message_id, 0) < k.added_position)`;

/**
 * A statement for rooms as their members see them, one row per member and room. `where` names the member `k`, the room
 * `r` and its last message `l`. The counts are 0 where nobody asks for them: they cost a question each.
 */
export function standings(database: Database, where: SQL, withCounts: boolean) {
  return database.db.all<StandingRow>(sql`${withCounts ? STANDINGS.counted : STANDINGS.plain} where ${where}`);
}

const standingsWith = (counts: SQL) =>
  constant(sql`
    select k.user_id as "userId", r.id, r.kind, r.name, r.position, r.changed_position as "changedPosition",
      k.position as "memberPosition", ${LIST_POSITION} as "listPosition", k.added_position as "addedPosition",
      ${ADDED_BY} as "addedBy", k.is_new as "isNew",
      case when k.added_position > r.position then k.joined_at_ms else r.active_at_ms end as "activeAtMs",
      ${OTHERS} as others, k.muted_at_ms is not null as "isMuted", k.requested_at_ms is not null as "isRequest",
      k.declined_at_ms is not null as "isDeclined",
      case when k.requested_at_ms is not null then ${requestCountOf(sql.raw("k.user_id"))} else 0 end as "requestCount",
      l.id as "lastId", l.body as "lastBody", ${picturesOf("l")} as "lastPictures", l.created_at_ms as "lastAtMs", l.author_id as "lastAuthor",
      w.name as "lastAuthorName", r.kind = 'group' and exists (select 1 from blocks b
        where b.blocker_id = k.user_id and b.blocked_id = l.author_id) as "isLastFromBlocked", ${ROOM_UNREAD} as "unreadCount", ${counts}
    from room_members k
    join rooms r on r.id = k.room_id
    left join messages l on l.id = r.last_message_id
    left join accounts w on w.user_id = l.author_id`);
const STANDINGS = {
  counted: standingsWith(countColumns(sql.raw("k.user_id"))),
  plain: standingsWith(sql.raw('0 as "unreadAlarmCount", 0 as "unreadMessageCount"')),
};

export function toSummary(row: StandingRow): RoomSummary {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name ?? undefined,
    others: readPeople(row.others),
    isMuted: row.isMuted === 1,
    isRequest: row.isRequest === 1,
    lastMessage:
      row.lastId === null
        ? undefined
        : {
            id: row.lastId,
            body: row.isLastFromBlocked === 1 ? "" : (row.lastBody ?? ""),
            pictures: row.isLastFromBlocked === 1 ? [] : readPictures(row.lastPictures),
            author: { userId: row.lastAuthor ?? "", name: row.lastAuthorName ?? "" },
            createdAtMs: row.lastAtMs ?? 0,
            ...(row.isLastFromBlocked === 1 && { isFromBlocked: true }),
          },
    unreadCount: row.unreadCount,
    ...(row.addedBy !== null && { addedBy: readPerson(row.addedBy), isNew: row.isNew === 1 }),
    activeAtMs: row.activeAtMs,
  };
}

/**
 * What each of these members hears in their own queue of how a room stands now. `addedPosition`: of the act that brought
 * some of them in.
 */
export function listedEvents(rows: readonly StandingRow[], addedPosition?: number): Event[] {
  return rows.flatMap((row): Event | readonly Event[] => {
    if (row.isRequest === 1) return requestedEvent(row) ?? [];
    const [receiver, counts] = [row.userId, toCounts(row)];
    if (isEmpty(row)) return { type: "room-unlisted", receiver, roomId: row.id, isLost: false, counts };
    const isNews = row.isNew === 1 && row.addedPosition === addedPosition;
    return { type: "room-listed", receiver, room: toSummary(row), ...(isNews && { isNews }), counts };
  });
}

/** A pair in which nothing is said, or nothing is left: it is in no list. */
export const isEmpty = (row: StandingRow): boolean => row.kind === "pair" && row.lastId === null;

/**
 * That a request waits, or no more because nothing is left in it; undefined where it was declined: whatever follows is
 * told to nobody.
 */
export function requestedEvent(row: StandingRow): Event | undefined {
  if (row.isDeclined === 1) return undefined;
  return isEmpty(row) ? waitsNoMore(row) : { ...waitsNoMore(row), room: toSummary(row) };
}

/** That a request waits no more: of one room, for one person. */
export function waitsNoMore(row: Counts & Pick<StandingRow, "userId" | "id" | "requestCount">) {
  const { userId: receiver, id: roomId, requestCount } = row;
  return { type: "room-requested", receiver, roomId, room: undefined, requestCount, counts: toCounts(row) } as const;
}

/** A statement for who is in a room, by the order they came in. */
export function memberRows(roomId: number): Plain<Member> {
  return memberRowsSince(roomId, -1);
}

/** The same, where that or the name of the room has changed since a position. Else none. */
export function memberRowsSince(roomId: number, position: number): Plain<Member> {
  return MEMBERS({ roomId, position });
}

const MEMBERS = prepared<Member>(sql`
  select k.user_id as "userId", a.name, k.role
  from rooms r join room_members k on k.room_id = r.id join accounts a on a.user_id = k.user_id
  where r.id = ${sql.placeholder("roomId")} and r.changed_position > ${sql.placeholder("position")}
  ${byJoining("k")}`);

/** Just the three facts out of a row, which may have a prototype of its own. */
export const toMember = ({ userId, name, role }: Member): Member => ({ userId, name, role });
