import { and, asc, desc, eq, lt, sql } from "drizzle-orm";
import type { Announcement, Database } from "../database/open.ts";
import { accounts, messages, roomMembers, rooms } from "../database/tables.ts";
import type { Person, Principal } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Message, RoomList, RoomPage, RoomSummary } from "../domain/room.ts";
import type { Missed } from "./missed.ts";
import { moveCursorAct } from "./rooms/cursor.ts";
import { missedOfRoom, missedOfRooms } from "./rooms/missed.ts";
import { type Roster, Rosters } from "./rooms/roster.ts";
import { isAnyRefused, type Surroundings, sayAct } from "./rooms/say.ts";
import { unreadOf } from "./rooms/unread.ts";
import { commitTogether, type Part, partOf, partOfMany } from "./together.ts";

export interface RoomsOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly surroundings: Surroundings;
  /** Who is in a room now, for the first HTML of its page. */
  readonly presentIn: (roomId: number) => readonly string[];
}

/** What is sent in one transaction. */
export interface SaidTogether {
  readonly lines: readonly { readonly roomId: number; readonly body: string; readonly clientId: string | undefined }[];
  readonly reads: readonly { readonly roomId: number; readonly upTo: number }[];
  readonly also: readonly Part[];
}

/** How many rows a page shows. */
const MESSAGES_A_PAGE = 50;
const ROOMS_A_PAGE = 30;

export type Rooms = ReturnType<typeof createRooms>;

/**
 * The acts of chat. Every one looks the room up through the person who asks: a room one is not in does not exist
 * (BirdieError `not_found`).
 */
export function createRooms(options: RoomsOptions) {
  const { database, nowMs } = options;
  const { db } = database;
  const rosters = new Rosters(database);
  const saying = sayAct({ database, rosters, surroundings: options.surroundings, nowMs });

  /** The roster of a room, for a member. @throws BirdieError `not_found` */
  async function rosterFor(me: Person, roomId: number) {
    const roster = await rosters.of(roomId);
    if (!roster?.members.has(me.userId)) throw new BirdieError("not_found");
    return roster;
  }

  return {
    /** Opens, or finds, the one room of two people. @throws BirdieError `not_found` (nobody of that name), `forbidden` (oneself) */
    async open(me: Principal, otherUserId: string): Promise<{ readonly roomId: number }> {
      if (otherUserId === me.userId) throw new BirdieError("forbidden", "you cannot open a room with yourself");
      const pair = [me.userId, otherUserId].sort().join(":");
      const atMs = nowMs();
      return database.commit({
        statements: (next) => {
          const position = next();
          return [
            db.run(sql`
              insert into rooms (kind, pair, created_at_ms, active_at_ms, position)
              select 'pair', ${pair}, ${atMs}, ${atMs}, ${position}
              where exists (select 1 from accounts where user_id = ${otherUserId})
              on conflict (pair) do nothing`),
            db.run(sql`
              insert into room_members (room_id, user_id, joined_at_ms, position)
              select r.id, j.value, ${atMs}, ${position}
              from rooms r, json_each(${JSON.stringify([me.userId, otherUserId])}) j
              where r.pair = ${pair}
              on conflict (room_id, user_id) do nothing`),
            db.select({ id: rooms.id }).from(rooms).where(eq(rooms.pair, pair)),
          ];
        },
        done: ([, , [room]]) => {
          if (!room) throw new BirdieError("not_found");
          return { value: { roomId: room.id }, events: [] };
        },
      });
    },

    /** The rooms of one person in which something was said, latest first. `before` is the value an earlier page gave. */
    async list(me: Principal, page: { readonly before?: number | undefined } = {}): Promise<RoomList> {
      const [rows, [position]] = await db.batch([
        listQuery(database, me.userId, page.before ?? Number.MAX_SAFE_INTEGER),
        database.currentPosition(),
      ]);
      const shown = rows.slice(0, ROOMS_A_PAGE);
      return {
        rooms: shown.map(toSummary),
        before: rows.length > ROOMS_A_PAGE ? shown.at(-1)?.position : undefined,
        position: database.formatPosition(position?.value),
      };
    },

    /** One room's page: its newest 50 messages, or those before one. @throws BirdieError `not_found` */
    async read(me: Principal, roomId: number, page: { readonly before?: number | undefined } = {}): Promise<RoomPage> {
      const [[room], members, rows, [unread], [position]] = await db.batch([
        db.select({ kind: rooms.kind, name: rooms.name }).from(rooms).where(eq(rooms.id, roomId)),
        db
          .select({
            userId: accounts.userId,
            name: accounts.name,
            readUpTo: roomMembers.readUpTo,
            sendsReceipts: accounts.sendsReceipts,
          })
          .from(roomMembers)
          .innerJoin(accounts, eq(accounts.userId, roomMembers.userId))
          .where(eq(roomMembers.roomId, roomId))
          .orderBy(asc(accounts.name)),
        db
          .select({ message: messages, authorName: accounts.name })
          .from(messages)
          .innerJoin(accounts, eq(accounts.userId, messages.authorId))
          .where(
            and(
              eq(messages.roomId, roomId),
              sql`${messages.deletedAtMs} is null`,
              page.before === undefined ? undefined : lt(messages.id, page.before),
            ),
          )
          .orderBy(desc(messages.id))
          .limit(MESSAGES_A_PAGE + 1),
        unreadOf(database, JSON.stringify([{ r: roomId, u: me.userId }])),
        database.currentPosition(),
      ]);
      const mine = members.find((member) => member.userId === me.userId);
      if (!room || !mine) throw new BirdieError("not_found");
      const people = members.map(({ userId, name }) => ({ userId, name }));
      const everybody = Math.min(...members.map((member) => (member.sendsReceipts ? member.readUpTo : 0)));
      const shown = rows.slice(0, MESSAGES_A_PAGE);
      return {
        room: { id: roomId, kind: room.kind, name: room.name ?? undefined, members: people },
        others: people.filter((person) => person.userId !== me.userId),
        messages: shown.map((row) => toMessage(row.message, row.authorName, everybody)).reverse(),
        before: rows.length > MESSAGES_A_PAGE ? shown.at(-1)?.message.id : undefined,
        readUpTo: mine.readUpTo,
        unreadCount: unread?.roomUnreadCount ?? 0,
        present: options.presentIn(roomId),
        position: database.formatPosition(position?.value),
      };
    },

    /**
     * Says one line. Sent twice with the same `clientId` it is stored once and both get the stored message.
     * Resolves once it is on disk. @throws BirdieError `not_found`
     */
    async say(
      me: Person,
      roomId: number,
      line: { readonly body: string; readonly clientId: string | undefined },
    ): Promise<Message> {
      // No wait where the roster is at hand, so that lines of one sender keep their order.
      const known = rosters.at(roomId);
      const roster = known?.members.has(me.userId) ? known : await rosterFor(me, roomId);
      return database.commitMany(saying, { roster, author: me, body: line.body, clientId: line.clientId });
    },

    /**
     * What one person says and has seen, as one act: on disk together, or not at all where one room of it is not (or no
     * longer) theirs. `also` is committed with it. @throws BirdieError `not_found`
     */
    async sayTogether(me: Person, said: SaidTogether): Promise<void> {
      const roomIds = new Set([...said.lines, ...said.reads].map(({ roomId }) => roomId));
      const known = new Map<number, Roster>();
      for (const roomId of roomIds) known.set(roomId, await rosterFor(me, roomId));
      const lines = said.lines.flatMap(({ roomId, body, clientId }) => {
        const roster = known.get(roomId);
        return roster ? [{ roster, author: me, body, clientId, replyToId: undefined }] : [];
      });
      const parts = [
        ...(lines.length > 0 ? [partOfMany(saying, lines)] : []),
        ...said.reads.map((read) => partOf(moveCursorAct(database, rosters, { ...read, userId: me.userId }))),
        ...said.also,
      ];
      await commitTogether(database, parts, (first) => isAnyRefused(me, roomIds, lines, first));
    },

    /** Whether this person hears what others have read. For a member whose room was just looked up. */
    hearsReceipts(me: Person, roomId: number): boolean {
      return !rosters.at(roomId)?.withoutReceipts.has(me.userId);
    },

    /** Whether others may see this person typing. @throws BirdieError `not_found` */
    async showsTyping(me: Person, roomId: number): Promise<boolean> {
      return !(await rosterFor(me, roomId)).withoutTyping.has(me.userId);
    },

    /** What a person shows of their reading and typing has changed. */
    settingsChanged(userId: string): void {
      rosters.forgetPerson(userId);
    },

    /** Whether this person is in the room: needed for what is not stored (typing). @throws BirdieError `not_found` */
    async check(me: Person, roomId: number): Promise<void> {
      await rosterFor(me, roomId);
    },

    /**
     * Enters a room. `joined` is called at the very place in the order of the commits from which on the newcomer
     * hears what happens. With `sees`, the cursor moves to the newest message. @throws BirdieError `not_found`
     */
    async enter(me: Person, roomId: number, manner: "sees" | "acks", joined: () => void): Promise<void> {
      await rosterFor(me, roomId);
      await moveCursor(me, roomId, manner === "sees" ? Number.MAX_SAFE_INTEGER : 0, joined);
    },

    /** Moves the read cursor forward, at most to the newest message. @throws BirdieError `not_found` */
    async readUpTo(me: Person, roomId: number, upTo: number): Promise<void> {
      const roster = await rosterFor(me, roomId);
      if ((roster.members.get(me.userId) ?? 0) >= Math.min(upTo, roster.lastMessageId)) return;
      await moveCursor(me, roomId, upTo);
    },

    /** What was missed in a room since a position; undefined when that is too much. @throws BirdieError `not_found` */
    async since(me: Person, roomId: number, missed: Missed): Promise<readonly Announcement[] | undefined> {
      await rosterFor(me, roomId);
      return missedOfRoom(database, roomId, missed);
    },

    /** What one's own queue missed about rooms since a position; undefined when that is too much. */
    changesSince(me: Person, missed: Missed): Promise<readonly Announcement[] | undefined> {
      return missedOfRooms(database, me.userId, missed);
    },

    /**
     * Somebody is in the room but has not said that they saw the message: their other tabs are told now, if it is
     * still unread.
     */
    async tellIfUnread(userId: string, message: Message): Promise<void> {
      const cursor = rosters.at(message.roomId)?.members.get(userId) ?? 0;
      if (cursor >= message.id) return;
      await database.commit({
        statements: () => [unreadOf(database, JSON.stringify([{ r: message.roomId, u: userId }]))],
        done: ([[counts]]) => ({
          value: undefined,
          events:
            counts && counts.roomUnreadCount > 0
              ? [{ type: "message-missed", receiver: userId, message, roomUnreadCount: counts.roomUnreadCount, counts }]
              : [],
        }),
      });
    },
  };

  function moveCursor(me: Person, roomId: number, upTo: number, joined?: () => void): Promise<undefined> {
    return database.commit(moveCursorAct(database, rosters, { roomId, userId: me.userId, upTo, joined }));
  }
}

interface ListRow {
  readonly id: number;
  readonly kind: "pair" | "group";
  readonly name: string | null;
  readonly position: number;
  readonly activeAtMs: number;
  readonly others: string;
  readonly lastId: number;
  readonly lastBody: string;
  readonly lastAtMs: number;
  readonly lastAuthor: string;
  readonly lastAuthorName: string;
  readonly unreadCount: number;
}

function listQuery({ db }: Database, userId: string, before: number) {
  return db.all<ListRow>(sql`
    select r.id, r.kind, r.name, r.position, r.active_at_ms as "activeAtMs",
      m.id as "lastId", m.body as "lastBody", m.created_at_ms as "lastAtMs",
      m.author_id as "lastAuthor", w.name as "lastAuthorName",
      (select json_group_array(json_object('userId', a.user_id, 'name', a.name))
        from room_members o join accounts a on a.user_id = o.user_id
        where o.room_id = r.id and o.user_id <> ${userId}) as others,
      (select count(*) from messages u where u.room_id = r.id and u.id > k.read_up_to
        and u.author_id <> ${userId} and u.deleted_at_ms is null) as "unreadCount"
    from room_members k
    join rooms r on r.id = k.room_id
    join messages m on m.id = r.last_message_id
    join accounts w on w.user_id = m.author_id
    where k.user_id = ${userId} and r.position < ${before}
    order by r.position desc
    limit ${ROOMS_A_PAGE + 1}`);
}

function toSummary(row: ListRow): RoomSummary {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name ?? undefined,
    others: JSON.parse(row.others) as Person[],
    lastMessage: {
      id: row.lastId,
      body: row.lastBody,
      author: { userId: row.lastAuthor, name: row.lastAuthorName },
      createdAtMs: row.lastAtMs,
    },
    unreadCount: row.unreadCount,
    activeAtMs: row.activeAtMs,
  };
}

function toMessage(row: typeof messages.$inferSelect, authorName: string, everybodyReadUpTo: number): Message {
  return {
    id: row.id,
    roomId: row.roomId,
    author: { userId: row.authorId, name: authorName },
    body: row.deletedAtMs === null ? row.body : "",
    clientId: row.clientId ?? undefined,
    createdAtMs: row.createdAtMs,
    editedAtMs: row.editedAtMs ?? undefined,
    isDeleted: row.deletedAtMs !== null,
    isReadByAll: everybodyReadUpTo >= row.id,
  };
}
