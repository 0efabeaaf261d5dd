import type { BulkAct, Database, Outcome } from "../../database/open.ts";
import { BirdieError, invalid } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { mentionsIn } from "../../domain/mention.ts";
import { NO_PICTURES, type Picture } from "../../domain/picture.ts";
import { type Message, type Quote, quoteOf } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { planOf } from "../plan.ts";
import {
  type Earlier,
  findingEarlier,
  type Line,
  moving,
  type QuoteRow,
  quoting,
  storing,
  storingWithPictures,
  USED_CLIENT_ID,
} from "./lines.ts";
import { mentionsOf, type Naming } from "./mentions.ts";
import { countedPictures, Taken, takingOf } from "./pictures.ts";
import { hasBlocked, type Rosters, readByAll, receiverIn, showsReading } from "./roster.ts";
import { waitsNoMore } from "./rows.ts";
import { missedBy, roomIn, type Unread, unreadOf } from "./unread.ts";

/** Who is where while something is said. Asked at the moment of the commit. */
export interface Surroundings {
  /** How a person is in a room now; see live/presence. */
  mannerOf(roomId: number, userId: string): "sees" | "acks" | undefined;
  /** Whether any tab or device of this person listens to their own queue. */
  isListening(userId: string): boolean;
  /** Counts whoever leaves a room: has nobody left, nobody needs to be looked for. */
  departures(): number;
}

/** Somebody who was in the room when a line was written down, and has gone before it was told. */
export interface Gone {
  readonly userId: string;
  readonly message: Message;
  /** Of one whose cursor was moved with it: where it was. */
  readonly readUpTo: number | undefined;
}

interface Audience {
  /** Present and seeing: their cursor moves with the message. */
  readonly seers: readonly string[];
  /** Present, saying by themselves what they have seen. */
  readonly ackers: readonly string[];
  /** Absent, with a tab open somewhere: they are told at once. */
  readonly told: readonly string[];
}

/** Who had not read all of a room, and now has: by being there when something was said. */
export interface CaughtUp {
  readonly roomId: number;
  readonly userIds: readonly string[];
}

/**
 * Saying something, for all who wait in this loop turn with the same few statements: the messages, the rooms' last
 * lines, the cursors of those who see it, and the counts of those who are told. `onGone` hears of those who left while
 * the disk was waited for: for them it is a line they have not seen. `onCaughtUp` hears of those whose numbers have changed
 * by it, or may have, though nothing tells them: they were let in by a way that does not read, as by accepting a request.
 */
export function sayAct(options: {
  readonly database: Database;
  readonly rosters: Rosters;
  readonly surroundings: Surroundings;
  readonly nowMs: () => number;
  readonly onGone: (gone: Gone) => void;
  readonly onCaughtUp: (those: CaughtUp) => void;
}): BulkAct<Line, Message> {
  const { database, rosters, surroundings, nowMs, onGone, onCaughtUp } = options;
  return {
    isSteady: true,
    prepare(lines, next) {
      const positions: number[] = [];
      const namings: Naming[] = [];
      for (const line of lines) {
        const position = next();
        positions.push(position);
        if (line.body.includes("@")) namings.push(namingOf(line, position, surroundings, next));
      }
      const atMs = nowMs();
      const departures = surroundings.departures();
      const audiences = lines.map((line) => audienceOf(line, surroundings));
      const told = lines.flatMap((line, i) => toldOf(line, audiences[i], surroundings));
      const mentions = mentionsOf(database, namings, atMs);
      const taking = takingOf(database, lines, positions);
      const plan = planOf([
        ["stored", storing({ lines, positions, atMs })],
        ["stored", taking ? storingWithPictures({ database, lines, positions, atMs, taking }) : []],
        ["earlier", findingEarlier(lines, positions)],
        ["rest", moving({ lines, positions, atMs, seers: audiences.map((one) => one.seers) })],
        ["rest", mentions.statements],
        // What is counted here counts the mentions, too.
        ["unread", told.length > 0 ? [unreadOf(told)] : []],
        ["quotes", quoting(database, lines, positions)],
        ["mentions", mentions.reading],
        ["taken", taking?.statements ?? []],
      ]);
      return {
        statements: plan.statements,
        done(results) {
          const stored = new Set(plan.rowsOf<{ readonly id: number }>(results, "stored").map((row) => row.id));
          const earlier = new Map(plan.rowsOf<Earlier>(results, "earlier").map((row) => [row.index, row]));
          const unread = new Map(
            plan.rowsOf<Unread>(results, "unread").map((row) => [`${row.roomId} ${row.userId}`, row]),
          );
          const quotes = new Map(plan.rowsOf<QuoteRow>(results, "quotes").map((row) => [row.position, row]));
          const [alarms, counts] = plan.resultsOf(results, "mentions");
          const taken = new Taken(plan.resultsOf(results, "taken").at(-1));
          const hasAnybodyGone = surroundings.departures() !== departures;
          return lines.map((line, i) => {
            const id = positions[i] ?? 0;
            if (stored.has(id)) {
              const whole = audiences[i] ?? NOBODY;
              const audience = hasAnybodyGone ? stillThere(line, whole, surroundings) : whole;
              const replyTo = toQuote(quotes.get(id));
              const pictures = taking ? taken.of(id) : NO_PICTURES;
              const said = conclude({ line, id, atMs, pictures, replyTo, audience, unread, rosters, onCaughtUp });
              if (audience !== whole) for (const gone of goneOf(said.value, whole, audience, line)) onGone(gone);
              const named = mentions.reading.length === 0 ? [] : mentions.eventsOf(id, alarms, counts);
              return {
                value: said.value,
                position: id,
                events: [...said.events, ...named],
                positions: [...said.events.map(() => id), ...named.map((one) => ("alarm" in one ? one.alarm.id : id))],
              };
            }
            const before = earlier.get(i);
            if (before) {
              if (!isSame(line, before, taken)) return invalid(USED_CLIENT_ID);
              return { position: id, value: repeated(line, before, taken), events: [] };
            }
            if (taking && taken.hindered(line)) return invalid({ field: "pictures", rule: "wrong" });
            rosters.forget(line.roster.roomId);
            // Nobody leaves a pair: there, what stands in the way is a block.
            return new BirdieError(line.roster.kind === "pair" ? "blocked" : "not_found");
          });
        },
      };
    },
  };
}

/** Whoever is in the room, in any manner, is not alarmed yet: see `tellIfUnread`. */
function namingOf(
  { roster, author, body }: Line,
  position: number,
  surroundings: Surroundings,
  next: () => number,
): Naming {
  const { roomId, held } = roster;
  const named = mentionsIn(body).filter(
    (userId) => surroundings.mannerOf(roomId, userId) === undefined || held.has(userId),
  );
  return { actor: author.userId, roomId, position, named, positions: named.map(next) };
}

const NOBODY: Audience = { seers: [], ackers: [], told: [] };

function audienceOf(line: Line, surroundings: Surroundings): Audience {
  const { roomId, members, held } = line.roster;
  const seers: string[] = [];
  const ackers: string[] = [];
  const told: string[] = [];
  for (const userId of members.keys()) {
    if (userId === line.author.userId) continue;
    const manner = held.has(userId) ? undefined : surroundings.mannerOf(roomId, userId);
    if (manner === "sees") seers.push(userId);
    else if (manner === "acks") ackers.push(userId);
    else if (surroundings.isListening(userId)) told.push(userId);
  }
  return { seers, ackers, told };
}

/** The same audience where everybody of it is still there. */
function stillThere({ roster }: Line, audience: Audience, surroundings: Surroundings): Audience {
  const seers = audience.seers.filter((userId) => surroundings.mannerOf(roster.roomId, userId) === "sees");
  const ackers = audience.ackers.filter((userId) => surroundings.mannerOf(roster.roomId, userId) !== undefined);
  const isSame = seers.length === audience.seers.length && ackers.length === audience.ackers.length;
  return isSame ? audience : { ...audience, seers, ackers };
}

/** Whoever of `whole` is missing in `audience`. The cursors of the roster have not been moved for them. */
function goneOf(message: Message, whole: Audience, audience: Audience, { roster }: Line): readonly Gone[] {
  const seers = whole.seers.filter((userId) => !audience.seers.includes(userId));
  const ackers = whole.ackers.filter((userId) => !audience.ackers.includes(userId));
  return [
    ...seers.map((userId) => ({ userId, message, readUpTo: roster.members.get(userId) })),
    ...ackers.map((userId) => ({ userId, message, readUpTo: undefined })),
  ];
}

/** Whose counts are wanted: the told ones, and the author's own other tabs. */
function toldOf(line: Line, audience: Audience | undefined, surroundings: Surroundings) {
  const { userId } = line.author;
  const told = (audience?.told ?? []).map((u) => ({ r: line.roster.roomId, u }));
  // Where nothing was said before, or only in a request, the author's own lists do not have it.
  const isNew = line.roster.lastMessageId === 0 || line.roster.held.has(userId);
  const own = { r: line.roster.roomId, u: userId, ...(isNew && { n: 1 as const }) };
  return surroundings.isListening(userId) ? [...told, own] : told;
}

function conclude(parts: {
  readonly line: Line;
  readonly id: number;
  readonly atMs: number;
  readonly pictures: readonly Picture[];
  readonly replyTo: Quote | undefined;
  readonly audience: Audience;
  readonly unread: ReadonlyMap<string, Unread>;
  readonly rosters: Rosters;
  readonly onCaughtUp: (those: CaughtUp) => void;
}): Outcome<Message> {
  const { line, id, atMs, pictures, replyTo, audience, unread, rosters, onCaughtUp } = parts;
  const { roster, author } = line;
  const { roomId, lastMessageId } = roster;
  // The room may have changed since the line was taken: perhaps somebody has marked it unread.
  const isOld = rosters.at(roomId) !== roster;
  const userIds = audience.seers.filter((userId) => isOld || (roster.members.get(userId) ?? 0) < lastMessageId);
  if (userIds.length > 0) onCaughtUp({ roomId, userIds });
  const wasHeld = roster.held.has(author.userId);
  if (wasHeld) rosters.forget(roomId);
  const hadReadAll = (roster.members.get(author.userId) ?? 0) >= lastMessageId;
  const said = { ...messageOf(line, id, atMs), pictures, replyTo };
  rosters.advance(said);
  rosters.move(roomId, author.userId, id);
  for (const userId of audience.seers) rosters.move(roomId, userId, id);
  const message: Message = { ...said, isReadByAll: readByAll(roster) >= id };
  const { userId } = author;
  const events: Event[] = [];
  // Told before the line, as to whoever comes back: should only one of both arrive, reading is told again, not the line.
  if (!hadReadAll && showsReading(roster, userId)) {
    events.push({
      type: "room-read",
      roomId: roster.roomId,
      reader: userId,
      upTo: id,
      readByAllUpTo: readByAll(roster),
    });
  }
  events.push({ type: "message-said", message, receiver: receiverIn(roster, userId) });
  for (const receiver of audience.told) {
    const counts = unread.get(`${roster.roomId} ${receiver}`);
    const event = counts && missedBy(counts, message, hasBlocked(roster, receiver, userId));
    if (event) events.push(event);
  }
  const own = unread.get(`${roster.roomId} ${author.userId}`);
  if (own) {
    events.push({
      type: "room-changed",
      receiver: author.userId,
      roomId: roster.roomId,
      lastMessage: message,
      kind: roster.kind,
      room: own.isNew === null ? undefined : { ...roomIn(own, author), isMuted: own.isMuted === 1 },
      roomUnreadCount: own.roomUnreadCount,
      counts: toCounts(own),
    });
  }
  if (own && wasHeld) events.push(waitsNoMore({ ...own, id: roster.roomId }));
  return { value: message, events };
}

function messageOf(line: Line, id: number, createdAtMs: number): Message {
  const { roster, author, body, clientId } = line;
  return {
    id,
    roomId: roster.roomId,
    author: { userId: author.userId, name: author.name },
    body,
    pictures: NO_PICTURES,
    clientId,
    createdAtMs,
    editedAtMs: undefined,
    isDeleted: false,
    isReadByAll: false,
    likeCount: 0,
    replyTo: undefined,
  };
}

function toQuote(row: QuoteRow | undefined): Quote | undefined {
  if (!row) return undefined;
  const author = { userId: row.author, name: row.authorName };
  return { id: row.id, author, excerpt: quoteOf(row.body), ...countedPictures(row.pictureCount) };
}

/** Whether a line is the one its client id was given to, as far as that can be known. */
function isSame({ roster, body, pictures = [] }: Line, before: Earlier, taken: Taken): boolean {
  if (before.roomId !== roster.roomId) return false;
  const carried = new Set(taken.of(before.id).map(({ id }) => id));
  return before.isChanged === 1 || (before.body === body && pictures.every(({ id }) => carried.has(id)));
}

function repeated(line: Line, before: Earlier, taken: Taken): Message {
  return {
    ...messageOf(line, before.id, before.createdAtMs),
    roomId: before.roomId,
    body: before.body,
    pictures: taken.of(before.id),
    isReadByAll: readByAll(line.roster) >= before.id,
  };
}
