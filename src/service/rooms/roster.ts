import { eq, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { accounts, roomMembers, rooms } from "../../database/tables.ts";
import type { Message } from "../../domain/room.ts";
import { SENDS_RECEIPTS, SENDS_TYPING } from "../community.ts";
import { type BlockRow, blocksIn } from "./door.ts";

/** What saying something needs to know of a room: who is in it and how far each has read. */
export interface Roster {
  readonly roomId: number;
  readonly kind: "pair" | "group";
  /** user id -> read cursor */
  readonly members: Map<string, number>;
  /** How far the others know a member to have read, where the cursor has been put back behind that. */
  readonly shown: ReadonlyMap<string, number>;
  /**
   * Members who keep to themselves what they read, and so hear nothing of what others read: by choice, or because a block
   * stands between them and somebody here.
   */
  readonly withoutReceipts: ReadonlySet<string>;
  /** Members who do not show that they are typing, and so do not hear it of others. */
  readonly withoutTyping: ReadonlySet<string>;
  /** Members whose cursor stays where it is: marked unread by hand, or a request that is not accepted yet. */
  readonly held: ReadonlySet<string>;
  /** Members for whom it is a request: nothing of theirs shows that they are here. */
  readonly asked: ReadonlySet<string>;
  /** Members who were brought in and have not looked into it yet. */
  readonly fresh: ReadonlySet<string>;
  /** Who here has blocked whom. */
  readonly blocks: readonly BlockRow[];
  /** A pair of whom one blocked the other: nothing can be said, and neither sees the other come and go. */
  readonly isClosed: boolean;
  /** A pair of whom one has left the community: likewise, but nothing stands between them. */
  readonly isOver: boolean;
  lastMessageId: number;
  /** As it was said; undefined where that was before this was read. */
  lastMessage: Message | undefined;
}

const ROSTERS_MAX = 5_000;

/**
 * The rosters of rooms that were busy lately. This process is the only writer, and every act on rooms updates them
 * after its commit, so they are never older than the database. Oldest use is forgotten first.
 */
export class Rosters {
  readonly #database: Database;
  readonly #rosters = new Map<number, Roster>();
  /** Counts every change, so that a read which a change overtook is done again. */
  #changes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The roster at hand, without asking the database. */
  at(roomId: number): Roster | undefined {
    const roster = this.#rosters.get(roomId);
    if (roster) {
      this.#rosters.delete(roomId);
      this.#rosters.set(roomId, roster);
    }
    return roster;
  }

  /** The roster, read where it is not at hand; undefined where there is no such room. */
  async of(roomId: number): Promise<Roster | undefined> {
    const known = this.at(roomId);
    if (known) return known;
    for (;;) {
      const changesBefore = this.#changes;
      const roster = await this.#read(roomId);
      const raced = this.at(roomId);
      if (raced || !roster) return raced;
      if (changesBefore !== this.#changes) continue;
      this.#keep(roster);
      return roster;
    }
  }

  async #read(roomId: number): Promise<Roster | undefined> {
    const { db } = this.#database;
    const [[room], members, blocks] = await db.batch([
      db.select({ kind: rooms.kind, lastMessageId: rooms.lastMessageId }).from(rooms).where(eq(rooms.id, roomId)),
      db
        .select({
          userId: roomMembers.userId,
          readUpTo: roomMembers.readUpTo,
          shownUpTo: roomMembers.shownUpTo,
          sendsReceipts: sql<number>`${SENDS_RECEIPTS}`,
          sendsTyping: sql<number>`${SENDS_TYPING}`,
          closedAtMs: accounts.closedAtMs,
          isNew: roomMembers.isNew,
          isAsked: sql<number>`${roomMembers.requestedAtMs} is not null`,
          isHeld: sql<number>`coalesce(${roomMembers.heldUnreadAtMs}, ${roomMembers.requestedAtMs}) is not null`,
        })
        .from(roomMembers)
        .innerJoin(accounts, eq(accounts.userId, roomMembers.userId))
        .where(eq(roomMembers.roomId, roomId)),
      blocksIn(roomId),
    ]);
    if (!room) return undefined;
    const parted = new Set(blocks.flatMap(({ blocker, blocked }) => [blocker, blocked]));
    return {
      roomId,
      kind: room.kind,
      members: new Map(members.map((m) => [m.userId, m.readUpTo])),
      held: new Set(members.filter((m) => m.isHeld === 1).map((m) => m.userId)),
      asked: new Set(members.filter((m) => m.isAsked === 1).map((m) => m.userId)),
      fresh: new Set(members.filter((m) => m.isNew).map((m) => m.userId)),
      shown: new Map(members.filter((m) => m.shownUpTo > m.readUpTo).map((m) => [m.userId, m.shownUpTo])),
      blocks,
      isClosed: room.kind === "pair" && blocks.length > 0,
      isOver: room.kind === "pair" && members.some((m) => m.closedAtMs !== null),
      withoutReceipts: new Set(
        members.filter((m) => m.sendsReceipts === 0 || parted.has(m.userId)).map((m) => m.userId),
      ),
      withoutTyping: new Set(members.filter((m) => m.sendsTyping === 0).map((m) => m.userId)),
      lastMessageId: room.lastMessageId ?? 0,
      lastMessage: undefined,
    };
  }

  #keep(roster: Roster): void {
    this.#rosters.set(roster.roomId, roster);
    if (this.#rosters.size <= ROSTERS_MAX) return;
    const oldest = this.#rosters.keys().next();
    if (!oldest.done) this.#rosters.delete(oldest.value);
  }

  /** Something was said: the newest message of the room. */
  advance(message: Message): void {
    this.#changes++;
    const roster = this.#rosters.get(message.roomId);
    if (!roster || message.id <= roster.lastMessageId) return;
    roster.lastMessageId = message.id;
    roster.lastMessage = message;
  }

  /** What was said last has other words now. */
  edited(message: Message): void {
    const roster = this.#rosters.get(message.roomId);
    if (roster?.lastMessage?.id === message.id) roster.lastMessage = message;
  }

  /** The cursor of a member has moved. Forward only. */
  move(roomId: number, userId: string, readUpTo: number): void {
    this.#changes++;
    const roster = this.#rosters.get(roomId);
    const before = roster?.members.get(userId);
    if (roster && before !== undefined && readUpTo > before) roster.members.set(userId, readUpTo);
  }

  /** Its members or cursors changed in another way: read again when next asked for. */
  forget(roomId: number): void {
    this.#changes++;
    this.#rosters.delete(roomId);
  }

  /** A person's settings changed: every roster they are on is read again. */
  forgetPerson(userId: string): void {
    this.#changes++;
    for (const [roomId, roster] of this.#rosters) if (roster.members.has(userId)) this.#rosters.delete(roomId);
  }

  /** What holds for everybody who has not chosen has changed: all of them are read again. */
  forgetAll(): void {
    this.#changes++;
    this.#rosters.clear();
  }
}

/**
 * Up to which message every member is known to have read. Who wrote a message has read it, so this is "everybody else"
 * too. 0 where somebody keeps that to themselves: of them nothing is known, and they know nothing of others.
 */
export function readByAll(roster: Roster): number {
  if (roster.withoutReceipts.size > 0) return 0;
  let least = Number.MAX_SAFE_INTEGER;
  const { members, shown } = roster;
  for (const [userId, readUpTo] of members) {
    least = Math.min(least, shown.size === 0 ? readUpTo : shownUpTo(roster, userId));
  }
  return least;
}

/** Up to where the others know this member to have read. Marking something unread again takes nothing of it back. */
export function shownUpTo({ members, shown }: Roster, userId: string): number {
  const readUpTo = members.get(userId) ?? 0;
  return shown.size === 0 ? readUpTo : Math.max(readUpTo, shown.get(userId) ?? 0);
}

/** The author is somebody whom this reader has blocked. */
export function hasBlocked({ blocks }: Roster, reader: string, author: string): boolean {
  return blocks.some(({ blocker, blocked }) => blocker === reader && blocked === author);
}

/** Whether anybody may hear that this member has read: they show it, and somebody else wants to know. */
export function showsReading(roster: Roster, userId: string): boolean {
  const { members, withoutReceipts } = roster;
  if (withoutReceipts.has(userId)) return false;
  for (const one of members.keys()) if (one !== userId && !withoutReceipts.has(one)) return true;
  return false;
}

/** The other person of a pair; undefined in a group. */
export function receiverIn(roster: Roster, userId: string): string | undefined {
  if (roster.kind !== "pair") return undefined;
  for (const member of roster.members.keys()) if (member !== userId) return member;
  return undefined;
}
