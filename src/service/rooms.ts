import { sql } from "drizzle-orm";
import type { Announcement, Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import type { Message, NewMessage, RoomList, RoomPage, RoomPaging } from "../domain/room.ts";
import { eventsOfChanged } from "./alarms/rows.ts";
import type { Missed } from "./missed.ts";
import { cursorAct } from "./rooms/cursor.ts";
import { partedFrom } from "./rooms/door.ts";
import { checkClientIds, isAnyOther, isAnyRefused, USED_CLIENT_ID } from "./rooms/lines.ts";
import { memberActs } from "./rooms/members.ts";
import { mentionOf } from "./rooms/mentions.ts";
import { type MessageLike, type MessagePlace, messageActs } from "./rooms/messages.ts";
import { missedOfRoom, missedOfRooms } from "./rooms/missed.ts";
import { openingActs } from "./rooms/opening.ts";
import { listRooms, readRoom } from "./rooms/pages.ts";
import { checkOnce } from "./rooms/pictures.ts";
import { readingActs } from "./rooms/reading.ts";
import { hasBlocked, type Roster, Rosters } from "./rooms/roster.ts";
import { listedEvents, standings } from "./rooms/rows.ts";
import { type CaughtUp, type Gone, type Surroundings, sayAct } from "./rooms/say.ts";
import { missedBy, unreadOf } from "./rooms/unread.ts";
import { commitTogether, type Part, partOfMany } from "./together.ts";

export interface RoomsOptions {
  readonly database: Database;
  readonly nowMs: () => number;
  readonly surroundings: Surroundings;
  /** Who is in a room now, for the first HTML of its page. */
  readonly presentIn: (roomId: number) => readonly string[];
  /** Hears of every fault in what follows from an act without anybody waiting for it. */
  readonly report: (error: unknown) => void;
}

/** What is sent in one transaction. */
export interface SaidTogether {
  readonly lines: readonly (NewMessage & { readonly roomId: number })[];
  readonly reads: readonly { readonly roomId: number; readonly upTo: number }[];
  readonly also: readonly Part[];
}

export type Rooms = ReturnType<typeof createRooms>;

/**
 * The acts of chat. Every one looks the room up through the person who asks: a room one is not in does not exist
 * (BirdieError `not_found`).
 */
export function createRooms(options: RoomsOptions) {
  const { database, nowMs } = options;
  const rosters = new Rosters(database);
  const parts = { database, rosters, nowMs };
  const entering = cursorAct(database, rosters);
  const seeing = cursorAct(database, rosters, true);
  const reading = readingActs(parts);
  const saying = sayAct({
    ...parts,
    surroundings: options.surroundings,
    onGone: (gone) => void tellGone(gone).catch(options.report),
    onCaughtUp: (those) => void tellCaughtUp(those).catch(options.report),
  });
  const changing = messageActs(parts);
  const members = memberActs(parts);

  /** The roster of a room, for a member. @throws BirdieError `not_found` */
  async function rosterFor(me: Person, roomId: number) {
    const roster = await rosters.of(roomId);
    if (!roster?.members.has(me.userId)) throw new BirdieError("not_found");
    return roster;
  }

  /** @throws BirdieError `blocked`, `gone` where nothing can be said any more */
  function checkOpen(roster: Roster): void {
    if (roster.isClosed) throw new BirdieError("blocked");
    if (roster.isOver) throw new BirdieError("gone", "the other one has left");
  }

  /** Where something may be said to the others in it. @throws BirdieError `not_found`, `blocked`, `gone` */
  async function openRosterFor(me: Person, roomId: number) {
    const roster = await rosterFor(me, roomId);
    checkOpen(roster);
    return roster;
  }

  /** Of an act that asks again in its commit: where it was closed meanwhile, that is why. */
  async function whileOpen<T>(me: Person, roomId: number, act: () => Promise<T>): Promise<T> {
    await openRosterFor(me, roomId);
    return act().catch(async (error: unknown) => {
      if (error instanceof BirdieError) await openRosterFor(me, roomId);
      throw error;
    });
  }

  /**
   * Somebody is in the room but has not said that they saw the message: their other tabs are told now, if it is
   * still unread. What was said after it stays the last line of their lists.
   */
  async function tellIfUnread(userId: string, message: Message): Promise<void> {
    const roster = await rosters.of(message.roomId);
    if (!roster || (roster.members.get(userId) ?? 0) >= message.id) return;
    const isFromBlocked = hasBlocked(roster, userId, message.author.userId);
    await database.commit({
      statements: (next) => [
        ...mentionOf(database, { userId, message, nowMs: nowMs(), position: next() }),
        unreadOf([{ r: message.roomId, u: userId }]),
        standings(
          database,
          sql`k.room_id = ${message.roomId} and k.user_id = ${userId} and r.last_message_id > ${message.id}`,
          true,
        ),
      ],
      done: ([, , alarms, alarmCounts, [unread], listed]) => {
        const event = unread && unread.roomUnreadCount > 0 ? missedBy(unread, message, isFromBlocked) : undefined;
        const told = event ? [event, ...listedEvents(listed)] : [];
        return { value: undefined, events: [...told, ...eventsOfChanged(alarms, alarmCounts, 0)] };
      },
    });
  }

  /** Somebody left while what they would have seen was being written to disk. */
  async function tellGone({ userId, message, readUpTo }: Gone): Promise<void> {
    const { id, roomId } = message;
    if (readUpTo !== undefined) {
      const isBack = () => options.surroundings.mannerOf(roomId, userId) === "sees";
      await reading.stepBack({ userId, roomId, from: id, to: readUpTo, isBack });
    }
    await tellIfUnread(userId, message);
  }

  /** The numbers of those who are in a room and have read all of it. */
  async function tellCaughtUp({ roomId, userIds }: CaughtUp): Promise<void> {
    const areThey = sql`k.user_id in (select value from json_each(${JSON.stringify(userIds)}))`;
    await database.commit({
      statements: () => [standings(database, sql`k.room_id = ${roomId} and ${areThey}`, true)],
      done: ([rows]) => ({ value: undefined, events: listedEvents(rows) }),
    });
  }

  return {
    ...openingActs(parts),
    ...members,

    /** The rooms of one person in which something was said (or the requests), latest first. `before`: from the page before. */
    list(
      me: Person,
      page: { readonly before?: number | undefined; readonly isRequests?: boolean } = {},
    ): Promise<RoomList> {
      return listRooms(database, me, page);
    },

    /** One room's page: its newest 50 messages, or those before, after or around one. @throws BirdieError `not_found` */
    read(me: Person, roomId: number, paging: RoomPaging = {}): Promise<RoomPage> {
      return readRoom(database, me, { roomId, paging, presentIn: options.presentIn, nowMs: nowMs() });
    },

    /**
     * Says one line. Sent twice with the same `clientId` it is stored once and both get the stored message; what is not
     * the same, or for another room, is `invalid`.
     * Resolves once it is on disk. @throws BirdieError `not_found`, `blocked`, `gone` (the other one left), `invalid`
     * (a picture that is not one's own, of another room, used already or gone)
     */
    async say(me: Person, roomId: number, line: NewMessage): Promise<Message> {
      // No wait where the roster is at hand, so that lines of one sender keep their order.
      const known = rosters.at(roomId);
      const roster = known?.members.has(me.userId) ? known : await rosterFor(me, roomId);
      const { body, clientId, replyToId, pictures } = line;
      // Where it may have been said before the block, the act itself knows: then it is told so, and not that it was refused.
      if (clientId === undefined || !roster.isClosed) checkOpen(roster);
      return database.commitMany(saying, { roster, author: me, body, clientId, replyToId, pictures });
    },

    /**
     * What one person says and has seen, as one act: on disk together, or not at all where one room of it is not (or no
     * longer) theirs. `also` is committed with it. @throws BirdieError `not_found`, `blocked`, `gone`, `invalid`
     */
    async sayTogether(me: Person, said: SaidTogether): Promise<void> {
      checkOnce(said.lines);
      const roomIds = new Set([...said.lines, ...said.reads].map(({ roomId }) => roomId));
      const known = new Map<number, Roster>();
      for (const roomId of roomIds) known.set(roomId, await rosterFor(me, roomId));
      const lines = said.lines.flatMap(({ roomId, body, clientId, replyToId, pictures }) => {
        const roster = known.get(roomId);
        return roster ? [{ roster, author: me, body, clientId, replyToId, pictures }] : [];
      });
      checkClientIds(lines);
      for (const { roster } of lines) checkOpen(roster);
      const reads = said.reads.filter(({ roomId }) => !known.get(roomId)?.held.has(me.userId));
      const acts = [
        ...(lines.length > 0 ? [partOfMany(saying, lines)] : []),
        ...(reads.length > 0
          ? [
              partOfMany(
                seeing,
                reads.map((read) => ({ ...read, userId: me.userId })),
              ),
            ]
          : []),
        ...said.also,
      ];
      try {
        await commitTogether(database, acts, (first) => isAnyRefused(me, roomIds, lines, first));
      } catch (error) {
        if (!(error instanceof BirdieError)) throw error;
        const [row] = await database.db.all<{ is: 0 | 1 }>(sql`select ${isAnyOther(me, lines)} as "is"`);
        throw row?.is === 1 ? invalid(USED_CLIENT_ID) : error;
      }
    },

    /** Whether this person hears what others have read. For a member whose room was just looked up. */
    hearsReceipts(me: Person, roomId: number): boolean {
      return !rosters.at(roomId)?.withoutReceipts.has(me.userId);
    },

    /** Whether this person hears that others type. For a member whose room was just looked up. */
    hearsTyping(me: Person, roomId: number): boolean {
      return !rosters.at(roomId)?.withoutTyping.has(me.userId);
    },

    /** Whether others may see this person typing. @throws BirdieError `not_found` */
    async showsTyping(me: Person, roomId: number): Promise<boolean> {
      const roster = await rosterFor(me, roomId);
      return !roster.isClosed && !roster.withoutTyping.has(me.userId) && !roster.asked.has(me.userId);
    },

    /** Who is in a room as the others in it may know: nobody for whom it is a request yet. */
    async whoIsIn(roomId: number): Promise<readonly Person[]> {
      const asked = (await rosters.of(roomId))?.asked;
      const present = options.presentIn(roomId).filter((userId) => !asked?.has(userId));
      if (present.length === 0) return [];
      return database.db.all<Person>(sql`
        select a.user_id as "userId", a.name from json_each(${JSON.stringify(present)}) j
        cross join accounts a on a.user_id = j.value order by j.key`);
    },

    /** With whom this person has nothing to do in a room: they neither see nor hear of each other. */
    async partedIn(me: Pick<Person, "userId">, roomId: number): Promise<readonly string[]> {
      return partedFrom(me.userId, (await rosters.of(roomId))?.blocks ?? []);
    },

    /** Everybody in a room between whom and somebody else there a block stands. */
    async peopleApart(roomId: number): Promise<readonly string[]> {
      const blocks = (await rosters.of(roomId))?.blocks ?? [];
      return [...new Set(blocks.flatMap(({ blocker, blocked }) => [blocker, blocked]))];
    },

    /** What a person shows of their reading and typing has changed, or whom they have blocked. */
    settingsChanged(userId: string): void {
      rosters.forgetPerson(userId);
    },

    /** What holds for everybody who has not chosen has changed. */
    communityChanged(): void {
      rosters.forgetAll();
    },

    /** One's own message, to be edited. @throws BirdieError `not_found`, `gone`, `forbidden` */
    async own(me: Person, place: MessagePlace): Promise<Message> {
      await rosterFor(me, place.roomId);
      return changing.own(me, place);
    },

    /** Replaces the words of one's own message. @throws BirdieError `not_found`, `gone`, `forbidden`, `blocked` */
    async edit(me: Person, place: MessagePlace, body: string): Promise<Message> {
      return whileOpen(me, place.roomId, () => changing.edit(me, place, body));
    },

    /**
     * Deletes one's own message; a place holder stays where it was answered. @throws BirdieError `not_found`, `gone`,
     * `forbidden`
     */
    async deleteMessage(me: Person, place: MessagePlace): Promise<void> {
      await rosterFor(me, place.roomId);
      await changing.remove(me, place);
    },

    /**
     * Deletes, as an admin, a message that was reported, of whatever room. @throws BirdieError `not_found`, `gone`,
     * `forbidden`
     */
    removeReported: (me: Person, place: MessagePlace): Promise<void> => changing.remove(me, place),

    /** Likes a message, or takes it back. @throws BirdieError `not_found`, `gone`, `blocked` */
    async likeMessage(me: Person, place: MessagePlace, isLiked: boolean): Promise<MessageLike> {
      return whileOpen(me, place.roomId, () => changing.like(me, place, isLiked));
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
      const upTo = manner === "sees" ? Number.MAX_SAFE_INTEGER : 0;
      await database.commitMany(entering, { roomId, userId: me.userId, upTo, joined });
    },

    /** Somebody opens a room: whoever was brought into it and has not looked into it yet has now. */
    async lookIn(me: Person, roomId: number): Promise<void> {
      const roster = await rosters.of(roomId);
      if (roster?.fresh.has(me.userId)) await members.lookIn(me, roomId);
    },

    /** Somebody came or went: for who is no longer in the room, "marked unread by hand" ends. */
    async releaseAbsent(roomId: number): Promise<void> {
      const held = (await rosters.of(roomId))?.held ?? [];
      const present = new Set(options.presentIn(roomId));
      const absent = [...held].filter((userId) => !present.has(userId));
      for (const userId of absent) await reading.release(userId, roomId);
    },

    /**
     * Moves the read cursor forward, at most to the newest message; by itself (not `isDeliberate`) never in a room that
     * was marked unread by hand, or in a request. @throws BirdieError `not_found`
     */
    async readUpTo(me: Person, roomId: number, upTo: number, isDeliberate = false): Promise<void> {
      const roster = await rosterFor(me, roomId);
      if (roster.held.has(me.userId) && !isDeliberate) return;
      if ((roster.members.get(me.userId) ?? 0) >= Math.min(upTo, roster.lastMessageId)) return;
      await database.commitMany(seeing, { roomId, userId: me.userId, upTo, isDeliberate });
    },

    /** Everything from this message on is unread again, until the room is left. @throws BirdieError `not_found` */
    async markUnread(me: Person, roomId: number, messageId: number): Promise<void> {
      await rosterFor(me, roomId);
      // Who is not there (a page without script) cannot leave either.
      await reading.markUnread(me, { roomId, messageId, isHeld: options.presentIn(roomId).includes(me.userId) });
    },

    /** What was missed in a room since a position; undefined when that is too much. @throws BirdieError `not_found` */
    async since(me: Person, roomId: number, missed: Missed): Promise<readonly Announcement[] | undefined> {
      await rosterFor(me, roomId);
      return missedOfRoom(database, roomId, { ...missed, reader: me.userId });
    },

    /** What one's own queue missed about rooms since a position; undefined when that is too much. */
    changesSince(me: Person, missed: Missed): Promise<readonly Announcement[] | undefined> {
      return missedOfRooms(database, me.userId, missed);
    },

    tellIfUnread,
  };
}
