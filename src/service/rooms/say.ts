import { sql } from "drizzle-orm";
import type { BulkAct, Database, Outcome, Statement } from "../../database/open.ts";
import type { Person } from "../../domain/account.ts";
import { BirdieError, invalid } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { type ChosenPicture, NO_PICTURES, type Picture } from "../../domain/picture.ts";
import { type Message, type Quote, quoteOf } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { mentionsOf, type Naming } from "./mentions.ts";
import { countedPictures, isAnyNotTaken, Taken, type Taking, takingOf } from "./pictures.ts";
import { hasBlocked, type Roster, type Rosters, readByAll, showsReading } from "./roster.ts";
import { missedBy, roomIn, type Unread, unreadOf } from "./unread.ts";

/** One line for one room, by a member of it. */
export interface Line {
  readonly roster: Roster;
  readonly author: Person;
  readonly body: string;
  readonly clientId: string | undefined;
  readonly replyToId: number | undefined;
  readonly pictures?: readonly ChosenPicture[] | undefined;
}

/** Who is where while something is said. Asked at the moment of the commit. */
export interface Surroundings {
  /** How a person is in a room now; see live/presence. */
  mannerOf(roomId: number, userId: string): "sees" | "acks" | undefined;
  /** Whether any tab or device of this person listens to their own queue. */
  isListening(userId: string): boolean;
}

interface Audience {
  /** Present and seeing: their cursor moves with the message. */
  readonly seers: readonly string[];
  /** Absent, with a tab open somewhere: they are told at once. */
  readonly told: readonly string[];
}

interface Stored {
  readonly id: number;
  readonly position: number;
}
interface Earlier extends Stored {
  readonly index: number;
  readonly roomId: number;
  readonly body: string;
  readonly createdAtMs: number;
}
interface QuoteRow {
  readonly position: number;
  readonly id: number;
  readonly author: string;
  readonly authorName: string;
  readonly body: string;
  readonly pictureCount: number;
}

/**
 * Saying something, for all who wait in this loop turn with the same few statements: the messages, the rooms' last
 * lines, the cursors of those who see it, and the counts of those who are told.
 */
export function sayAct(options: {
  readonly database: Database;
  readonly rosters: Rosters;
  readonly surroundings: Surroundings;
  readonly nowMs: () => number;
}): BulkAct<Line, Message> {
  const { database, rosters, surroundings, nowMs } = options;
  return {
    prepare(lines, next) {
      const positions = lines.map(next);
      const atMs = nowMs();
      const audiences = lines.map((line) => audienceOf(line, surroundings));
      const told = lines.flatMap((line, i) => toldOf(line, audiences[i], surroundings));
      const namings = lines.flatMap((line, i) =>
        line.body.includes("@") ? [namingOf(line, positions[i] ?? 0, surroundings)] : [],
      );
      const mentions = mentionsOf(database, namings, { nowMs: atMs, next });
      const taking = takingOf(database, lines, positions);
      const saying = statementsFor({ database, lines, positions, audiences, told, atMs, taking });
      // What is counted at the end counts the mentions, too.
      const stem = saying.slice(0, COUNTED_FROM);
      const statements = [...stem, ...mentions.statements, ...saying.slice(COUNTED_FROM), ...mentions.reading];
      const all = taking ? [...statements, ...taking.statements] : statements;
      const counted = COUNTED_FROM + mentions.statements.length;
      return {
        statements: all,
        done(results) {
          const stored = new Map((results[0] as readonly Stored[]).map((row) => [row.position, row.id]));
          const earlier = new Map((results[1] as readonly Earlier[]).map((row) => [row.index, row]));
          const unread = new Map(
            (results[counted] as readonly Unread[]).map((row) => [`${row.roomId} ${row.userId}`, row]),
          );
          const quotes = new Map(
            saying.length > COUNTED_FROM + 1
              ? (results[counted + 1] as readonly QuoteRow[]).map((row) => [row.position, row])
              : [],
          );
          const [alarms, counts] =
            mentions.reading.length > 0 ? results.slice(0, statements.length).slice(-mentions.reading.length) : [];
          const taken = new Taken(taking && results.at(-1));
          return lines.map((line, i) => {
            const position = positions[i] ?? 0;
            const id = stored.get(position);
            if (id !== undefined) {
              const audience = audiences[i] ?? { seers: [], told: [] };
              const replyTo = toQuote(quotes.get(position));
              const pictures = taking ? taken.of(id) : NO_PICTURES;
              const said = conclude({ line, id, atMs, pictures, replyTo, audience, unread, rosters });
              return { ...said, position, events: [...said.events, ...mentions.eventsOf(id, alarms, counts)] };
            }
            const before = earlier.get(i);
            if (before) return { position, value: repeated(line, before, taken), events: [] };
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

/**
 * Whether anything of what one person says (from position `first` on) and reads together was not let in: a room of it is
 * not theirs, or a line was not stored, now or earlier with its client id.
 */
export function isAnyRefused(me: Person, roomIds: ReadonlySet<number>, lines: readonly Line[], first: number) {
  const said = JSON.stringify(lines.map((line) => ({ r: line.roster.roomId, c: line.clientId ?? null })));
  return sql`
    exists (select 1 from json_each(${JSON.stringify([...roomIds])}) j
      where not exists (select 1 from room_members k where k.room_id = j.value and k.user_id = ${me.userId}))
    or exists (select 1 from json_each(${said}) j
      where not exists (select 1 from messages m where m.author_id = ${me.userId}
        and ((m.room_id = j.value ->> 'r' and m.id >= ${first}) or m.client_id = j.value ->> 'c')))
    or ${isAnyNotTaken(me.userId, lines, first)}`;
}

/** In statementsFor, the first statement that reads the counts. */
const COUNTED_FROM = 4;

/** Whoever is in the room, in any manner, is not alarmed yet: see `tellIfUnread`. */
function namingOf({ roster, author, body }: Line, position: number, surroundings: Surroundings): Naming {
  const present = [...roster.members.keys()].filter(
    (userId) => surroundings.mannerOf(roster.roomId, userId) !== undefined && !roster.held.has(userId),
  );
  return { actor: author.userId, roomId: roster.roomId, body, position, present: new Set(present) };
}

function audienceOf(line: Line, surroundings: Surroundings): Audience {
  const seers: string[] = [];
  const told: string[] = [];
  for (const userId of line.roster.members.keys()) {
    if (userId === line.author.userId) continue;
    const manner = surroundings.mannerOf(line.roster.roomId, userId);
    const isHeld = line.roster.held.has(userId);
    if (manner === "sees" && !isHeld) seers.push(userId);
    else if ((manner === undefined || isHeld) && surroundings.isListening(userId)) told.push(userId);
  }
  return { seers, told };
}

/** Whose counts are wanted: the told ones, and the author's own other tabs. */
function toldOf(line: Line, audience: Audience | undefined, surroundings: Surroundings) {
  const { userId } = line.author;
  const told = (audience?.told ?? []).map((u) => ({ r: line.roster.roomId, u }));
  // Where nothing was said before, or only in a request, the author's own lists do not have it.
  const isNew = line.roster.lastMessageId === 0 || line.roster.held.has(userId);
  const own = { r: line.roster.roomId, u: userId, ...(isNew && { n: 1 }) };
  return surroundings.isListening(userId) ? [...told, own] : told;
}

function statementsFor(parts: {
  readonly database: Database;
  readonly lines: readonly Line[];
  readonly positions: readonly number[];
  readonly audiences: readonly Audience[];
  readonly told: readonly { readonly r: number; readonly u: string }[];
  readonly atMs: number;
  readonly taking: Taking | undefined;
}): readonly Statement[] {
  const { database, lines, positions, audiences, told, atMs, taking } = parts;
  const { db } = database;
  const said = JSON.stringify(
    lines.map((line, i) => ({
      i,
      p: positions[i],
      r: line.roster.roomId,
      a: line.author.userId,
      b: line.body,
      c: line.clientId ?? null,
      q: line.replyToId ?? null,
      k: line.roster.kind,
    })),
  );
  const named = JSON.stringify(
    lines.flatMap(({ author, clientId }, i) =>
      clientId === undefined ? [] : [{ i, p: positions[i], a: author.userId, c: clientId }],
    ),
  );
  const seen = JSON.stringify(
    lines.flatMap((line, i) =>
      [line.author.userId, ...(audiences[i]?.seers ?? [])].map((u, n) => ({
        p: positions[i],
        r: line.roster.roomId,
        u,
        o: n === 0 ? 1 : 0,
      })),
    ),
  );
  // The id of a message is the position of the act that wrote it, so what was stored is found by its rowid. `cross join`
  // keeps the few lines outside and the many messages inside, whatever SQLite has been told of their numbers.
  const statements: Statement[] = [
    db.all<Stored>(sql`
      insert into messages (id, room_id, author_id, body, client_id, created_at_ms, position, written_position, reply_to_id
        ${taking?.columns ?? sql``})
      select j.value ->> 'p', j.value ->> 'r', j.value ->> 'a', j.value ->> 'b', j.value ->> 'c', ${atMs}, j.value ->> 'p',
        j.value ->> 'p',
        case when j.value ->> 'q' is not null then (select q.id from messages q
          where q.id = j.value ->> 'q' and q.room_id = j.value ->> 'r' and q.deleted_at_ms is null) end
        ${taking?.values ?? sql``}
      from json_each(${said}) j
      where exists (select 1 from room_members k where k.room_id = j.value ->> 'r' and k.user_id = j.value ->> 'a')
        and (j.value ->> 'k' <> 'pair' or not exists (
          select 1 from room_members o join blocks b
            on b.blocker_id in (o.user_id, j.value ->> 'a') and b.blocked_id in (o.user_id, j.value ->> 'a')
          where o.room_id = j.value ->> 'r' and o.user_id <> j.value ->> 'a'))
        ${taking?.where ?? sql``}
      on conflict (author_id, client_id) where client_id is not null do nothing
      returning id, position`),
    db.all<Earlier>(sql`
      select j.value ->> 'i' as "index", m.id, m.position, m.room_id as "roomId", m.body, m.created_at_ms as "createdAtMs"
      from json_each(${named}) j
      cross join messages m on m.author_id = j.value ->> 'a' and m.client_id = j.value ->> 'c'
      where m.id <> j.value ->> 'p'`),
    db.run(sql`
      update rooms set last_message_id = s.id, active_at_ms = ${atMs}, position = s.position
      from (
        select m.room_id, max(m.id) as id, max(m.position) as position
        from json_each(${said}) j cross join messages m on m.id = j.value ->> 'p'
        group by m.room_id
      ) s where rooms.id = s.room_id`),
    db.run(sql`
      update room_members set read_up_to = s.id, position = s.position,
        held_unread_at_ms = null, requested_at_ms = null, declined_at_ms = null
      from (
        select m.room_id, j.value ->> 'u' as user_id, max(m.id) as id, max(m.position) as position,
          max(j.value ->> 'o') as is_author
        from json_each(${seen}) j
        cross join messages m on m.id = j.value ->> 'p'
        group by m.room_id, j.value ->> 'u'
      ) s
      where room_members.room_id = s.room_id and room_members.user_id = s.user_id and room_members.read_up_to < s.id
        and (s.is_author or coalesce(held_unread_at_ms, requested_at_ms) is null)`),
    unreadOf(database, JSON.stringify(told)),
  ];
  const answers = lines.flatMap((line, i) => (line.replyToId === undefined ? [] : [positions[i]]));
  if (answers.length > 0) {
    statements.push(
      db.all<QuoteRow>(sql`
        select m.position, q.id, q.author_id as author, a.name as "authorName", substr(q.body, 1, 400) as body,
          q.picture_count as "pictureCount"
        from json_each(${JSON.stringify(answers)}) j
        cross join messages m on m.id = j.value
        join messages q on q.id = m.reply_to_id join accounts a on a.user_id = q.author_id`),
    );
  }
  return statements;
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
}): Outcome<Message> {
  const { line, id, atMs, pictures, replyTo, audience, unread, rosters } = parts;
  const { roster, author } = line;
  const wasHeld = roster.held.has(author.userId);
  if (wasHeld) rosters.forget(roster.roomId);
  const hadReadAll = (roster.members.get(author.userId) ?? 0) >= roster.lastMessageId;
  const said = { ...messageOf(line, id, atMs), pictures, replyTo };
  rosters.advance(said);
  for (const userId of [author.userId, ...audience.seers]) rosters.move(roster.roomId, userId, id);
  const message: Message = { ...said, isReadByAll: readByAll(roster) >= id };
  const events: Event[] = [{ type: "message-said", message, receiver: receiverIn(roster, author.userId) }];
  const { userId } = author;
  if (!hadReadAll && showsReading(roster, userId)) {
    events.push({
      type: "room-read",
      roomId: roster.roomId,
      reader: userId,
      upTo: id,
      readByAllUpTo: readByAll(roster),
    });
  }
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
      room: own.isNew === null ? undefined : { ...roomIn(own, author), isMuted: own.isMuted === 1 },
      roomUnreadCount: own.roomUnreadCount,
      counts: toCounts(own),
    });
  }
  if (own && wasHeld) {
    const { requestCount } = own;
    const counts = toCounts(own);
    events.push({
      type: "room-requested",
      receiver: userId,
      roomId: roster.roomId,
      room: undefined,
      requestCount,
      counts,
    });
  }
  return { value: message, events };
}

/** The other person of a pair; undefined in a group. */
export function receiverIn(roster: Roster, userId: string): string | undefined {
  if (roster.kind !== "pair") return undefined;
  return [...roster.members.keys()].find((member) => member !== userId);
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

function repeated(line: Line, before: Earlier, taken: Taken): Message {
  return {
    ...messageOf(line, before.id, before.createdAtMs),
    roomId: before.roomId,
    body: before.body,
    pictures: taken.of(before.id),
    isReadByAll: readByAll(line.roster) >= before.id,
  };
}
