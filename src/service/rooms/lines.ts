import { sql } from "drizzle-orm";
import type { Database, Statement } from "../../database/open.ts";
import { PlainRows, type Value } from "../../database/plain.ts";
import type { Person } from "../../domain/account.ts";
import { type Fault, invalid } from "../../domain/errors.ts";
import type { ChosenPicture } from "../../domain/picture.ts";
import { isBanned } from "../banned.ts";
import { isAnyNotTaken, type Taking } from "./pictures.ts";
import { type Roster, receiverIn } from "./roster.ts";

/** The same client id again, with other words or in another room. */
export const USED_CLIENT_ID: Fault = { field: "clientId", rule: "taken" };

/** One line for one room, by a member of it. */
export interface Line {
  readonly roster: Roster;
  readonly author: Person;
  readonly body: string;
  readonly clientId: string | undefined;
  readonly replyToId: number | undefined;
  readonly pictures?: readonly ChosenPicture[] | undefined;
}

/** What a client id was given to before; `index` is that of the line. */
export interface Earlier {
  readonly index: number;
  readonly id: number;
  readonly roomId: number;
  readonly body: string;
  readonly createdAtMs: number;
  /** 1 where it was edited or deleted since: what was said first is not known any more. */
  readonly isChanged: 0 | 1;
}

/** What a line answers; `position` is that of the line. */
export interface QuoteRow {
  readonly position: number;
  readonly id: number;
  readonly author: string;
  readonly authorName: string;
  readonly body: string;
  readonly pictureCount: number;
}

// The id of a message is the position of the act that wrote it. `p`: position, `r`: room, `a`: author, `b`: body, `c`:
// client id, `q`: the message it answers, `o`: the other one of a pair.
const STORE = new PlainRows<{ readonly id: number }>(
  ["p", "r", "a", "b", "c", "q", "o"],
  `insert into messages (id, room_id, author_id, body, client_id, created_at_ms, position, written_position, reply_to_id)
  select p, r, a, b, c, ?, p, p,
    case when q is not null then (select m.id from messages m where m.id = q and m.room_id = r and m.deleted_at_ms is null) end
  from given
  where exists (select 1 from room_members k where k.room_id = r and k.user_id = a)
    and not exists (select 1 from blocks where blocker_id = a and blocked_id = o)
    and not exists (select 1 from blocks where blocker_id = o and blocked_id = a)
    and not exists (select 1 from accounts indexed by accounts_banned
      where user_id = a and banned_at_ms is not null and (banned_until_ms is null or banned_until_ms > ?))
  on conflict (author_id, client_id) where client_id is not null do nothing
  returning id`,
);

/** Lines with the position of each. */
interface Writing {
  readonly lines: readonly Line[];
  readonly positions: readonly number[];
  readonly atMs: number;
}

/** The lines themselves, each where its author may say it, but those with pictures. Gives the ids of those that were stored. */
export function storing({ lines, positions, atMs }: Writing): readonly Statement[] {
  return STORE.of(
    lines.flatMap((line, i) => (hasPictures(line) ? [] : [rowOf(line, positions[i] ?? 0)])),
    atMs,
    atMs,
  );
}

/** Those with pictures, each where all of them are there to be taken. */
export function storingWithPictures(
  parts: Writing & { readonly database: Database; readonly taking: Taking },
): readonly Statement[] {
  const { database, lines, positions, atMs, taking } = parts;
  const rows = lines.flatMap((line, i) => (hasPictures(line) ? [rowOf(line, positions[i] ?? 0)] : []));
  const said = JSON.stringify(rows.map(([p, r, a, b, c, q, o]) => ({ p, r, a, b, c, q, o })));
  return [
    database.db.all<{ readonly id: number }>(sql`
      insert into messages (id, room_id, author_id, body, client_id, created_at_ms, position, written_position, reply_to_id
        ${taking.columns})
      select j.value ->> 'p', j.value ->> 'r', j.value ->> 'a', j.value ->> 'b', j.value ->> 'c', ${atMs}, j.value ->> 'p',
        j.value ->> 'p', (select m.id from messages m
          where m.id = j.value ->> 'q' and m.room_id = j.value ->> 'r' and m.deleted_at_ms is null)
        ${taking.values}
      from json_each(${said}) j
      where exists (select 1 from room_members k where k.room_id = j.value ->> 'r' and k.user_id = j.value ->> 'a')
        and not exists (select 1 from blocks
          where (blocker_id = j.value ->> 'a' and blocked_id = j.value ->> 'o')
            or (blocker_id = j.value ->> 'o' and blocked_id = j.value ->> 'a'))
        and not exists (select 1 from accounts where user_id = j.value ->> 'a' and ${isBanned(atMs)})
        ${taking.where}
      on conflict (author_id, client_id) where client_id is not null do nothing
      returning id`),
  ];
}

const hasPictures = ({ pictures }: Line) => pictures !== undefined && pictures.length > 0;

/** The values of STORE. */
function rowOf({ roster, author, body, clientId, replyToId }: Line, position: number): Value[] {
  const other = receiverIn(roster, author.userId) ?? null;
  return [position, roster.roomId, author.userId, body, clientId ?? null, replyToId ?? null, other];
}

const EARLIER = new PlainRows<Earlier>(
  ["i", "p", "a", "c"],
  `select i as "index", m.id, m.room_id as "roomId", m.body, m.created_at_ms as "createdAtMs",
    m.edited_at_ms is not null or m.deleted_at_ms is not null as "isChanged"
  from given cross join messages m on m.author_id = a and m.client_id = c
  where m.id <> p`,
);

/** What was said before under the same client id. */
export function findingEarlier(lines: readonly Line[], positions: readonly number[]): readonly Statement[] {
  return EARLIER.of(
    lines.flatMap(({ author, clientId }, i) =>
      clientId === undefined ? [] : [[i, positions[i] ?? null, author.userId, clientId]],
    ),
  );
}

// Both take the newest line of the room that this act has stored: from its first position to the room's or person's last.
const LAST_LINES = new PlainRows(
  ["r", "p"],
  `update rooms set last_message_id = s.id, active_at_ms = ?, position = s.id
  from (select r, (select max(m.id) from messages m where m.room_id = r and m.id between ? and p) as id from given) s
  where rooms.id = s.r and s.id is not null`,
);
const CURSORS = new PlainRows(
  ["r", "u", "p", "o"],
  `update room_members set read_up_to = s.id, position = s.id,
    held_unread_at_ms = null, requested_at_ms = null, declined_at_ms = null
  from (select r, u, o, (select max(m.id) from messages m where m.room_id = r and m.id between ? and p) as id from given) s
  where room_members.room_id = s.r and room_members.user_id = s.u and room_members.read_up_to < s.id
    and (s.o or coalesce(held_unread_at_ms, requested_at_ms) is null)`,
);

// Writing accepts what was a request: who comes back with another device has fewer of them waiting.
const ANSWERED = new PlainRows(
  ["r", "u", "p"],
  `update accounts set lists_position = s.id
  from (select u, (select max(m.id) from messages m where m.room_id = r and m.id between ? and p) as id from given) s
  where accounts.user_id = s.u and s.id is not null`,
);

/** The rooms' last lines, and the cursors of those who wrote them or see them. */
export function moving(parts: Writing & { readonly seers: readonly (readonly string[])[] }): readonly Statement[] {
  const { lines, positions, seers, atMs } = parts;
  const first = positions[0] ?? 0;
  const rooms = new Map<number, Value[]>();
  const people = new Map<string, Value[]>();
  const answered = new Map<string, Value[]>();
  lines.forEach(({ roster, author }, i) => {
    const { roomId } = roster;
    const position = positions[i] ?? 0;
    rooms.set(roomId, [roomId, position]);
    const key = `${roomId} ${author.userId}`;
    for (const userId of seers[i] ?? []) {
      const known = people.get(`${roomId} ${userId}`);
      if (known) known[2] = position;
      else people.set(`${roomId} ${userId}`, [roomId, userId, position, 0]);
    }
    people.set(key, [roomId, author.userId, position, 1]);
    // Held is a request, or what was marked unread: telling the latter's number once more costs nothing.
    if (roster.held.has(author.userId)) answered.set(key, [roomId, author.userId, position]);
  });
  return [
    ...LAST_LINES.of([...rooms.values()], atMs, first),
    ...CURSORS.of([...people.values()], first),
    ...ANSWERED.of([...answered.values()], first),
  ];
}

/** What the lines answer. */
export function quoting(
  database: Database,
  lines: readonly Line[],
  positions: readonly number[],
): readonly Statement[] {
  const answers = lines.flatMap((line, i) => (line.replyToId === undefined ? [] : [positions[i]]));
  if (answers.length === 0) return [];
  return [
    database.db.all<QuoteRow>(sql`
      select m.position, q.id, q.author_id as author, a.name as "authorName", substr(q.body, 1, 400) as body,
        q.picture_count as "pictureCount"
      from json_each(${JSON.stringify(answers)}) j
      cross join messages m on m.id = j.value
      join messages q on q.id = m.reply_to_id join accounts a on a.user_id = q.author_id`),
  ];
}

/**
 * Whether anything of what one person says (from position `first` on) and reads together was not let in: a room of it is
 * not theirs, or a line was not stored, now or earlier with its client id, or that one was given to another line.
 */
export function isAnyRefused(me: Person, roomIds: ReadonlySet<number>, lines: readonly Line[], first: number) {
  const said = JSON.stringify(lines.map((line) => ({ r: line.roster.roomId, c: line.clientId ?? null })));
  return sql`
    exists (select 1 from json_each(${JSON.stringify([...roomIds])}) j
      where not exists (select 1 from room_members k where k.room_id = j.value and k.user_id = ${me.userId}))
    or exists (select 1 from json_each(${said}) j
      where not exists (select 1 from messages m where m.author_id = ${me.userId}
        and ((m.room_id = j.value ->> 'r' and m.id >= ${first}) or m.client_id = j.value ->> 'c')))
    or ${isAnyOther(me, lines)}
    or ${isAnyNotTaken(me.userId, lines, first)}`;
}

/** @throws BirdieError `invalid` where two lines of one act have the same client id and are not the same */
export function checkClientIds(lines: readonly Omit<Line, "author">[]): void {
  const told = new Map<string, string>();
  for (const { clientId, roster, body } of lines) {
    if (clientId === undefined) continue;
    const line = `${roster.roomId} ${body}`;
    if ((told.get(clientId) ?? line) !== line) throw invalid(USED_CLIENT_ID);
    told.set(clientId, line);
  }
}

/** Whether the client id of any of these lines was given to another one: of other words, or of another room. */
export function isAnyOther(me: Person, lines: readonly Line[]) {
  const given = lines.filter((line) => line.clientId !== undefined);
  const said = JSON.stringify(given.map((line) => ({ r: line.roster.roomId, c: line.clientId, b: line.body })));
  return sql`
    exists (select 1 from json_each(${said}) j
      join messages m on m.author_id = ${me.userId} and m.client_id = j.value ->> 'c'
      where m.room_id <> j.value ->> 'r'
        or (m.body <> j.value ->> 'b' and m.edited_at_ms is null and m.deleted_at_ms is null))`;
}
