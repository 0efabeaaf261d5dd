import { sql } from "drizzle-orm";
import type { BulkAct, Database, Outcome } from "../../database/open.ts";
import { PlainRows, type Value } from "../../database/plain.ts";
import { BirdieError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { withoutWords } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { NO_COUNTS } from "../counts.ts";
import { planOf } from "../plan.ts";
import { hasBlocked, type Rosters, readByAll, shownUpTo, showsReading } from "./roster.ts";
import { listedEvents, type StandingRow, standings } from "./rows.ts";
import { type Unread, unreadOf } from "./unread.ts";

export interface CursorMove {
  readonly roomId: number;
  readonly userId: string;
  /** At most to the newest message; nothing happens where the cursor is there or beyond. */
  readonly upTo: number;
  /** Asked for by hand: it also ends "marked unread". By itself it never moves there, and never in a request. */
  readonly isDeliberate?: boolean;
  /** Called at this act's place in the order of the commits, for a member only. */
  readonly joined?: (() => void) | undefined;
}

interface Member {
  readonly roomId: number;
  readonly userId: string;
}
interface Moved extends Member {
  readonly readUpTo: number;
}

/**
 * Moves read cursors forward, for all who read, enter or acknowledge in this loop turn with the same few statements.
 * `isLast`: behind all that is said in that turn; for moves that nobody enters by.
 * Refuses who is not, or no longer, a member (BirdieError `not_found`).
 */
export function cursorAct(database: Database, rosters: Rosters, isLast = false): BulkAct<CursorMove, undefined> {
  return {
    isLast,
    // Who enters is in the room once that has been told.
    isSteady: isLast,
    prepare(moves, next) {
      const positions = moves.map(next);
      const keys = moves.map(keyOf);
      // Of several moves of one cursor the furthest counts, and the last one tells of it.
      const lastOf = new Map(keys.map((key, i) => [key, i]));
      const wanted = moves.filter(({ upTo }) => upTo > 0);
      const asked = [...new Map(wanted.map((move) => [keyOf(move), { r: move.roomId, u: move.userId }])).values()];
      // Their rosters were read anew since something was said: what stands last in their lists is asked for.
      const untold = asked.filter(({ r }) => !rosters.at(r)?.lastMessage);
      const rowsFor = (isDeliberate: boolean) =>
        rowsOf(
          wanted.filter((move) => (move.isDeliberate ?? false) === isDeliberate),
          (key) => positions[lastOf.get(key) ?? 0] ?? 0,
        );
      const plan = planOf([
        ["moved", BY_ITSELF.of(rowsFor(false))],
        ["moved", BY_HAND.of(rowsFor(true))],
        ["members", MEMBERS.of([...new Map(moves.map((one, i) => [keys[i], [one.roomId, one.userId]])).values()])],
        ["unread", asked.length > 0 ? [unreadOf(asked)] : []],
        ["listed", untold.length > 0 ? [standings(database, areIn(untold), true)] : []],
      ]);
      return {
        statements: plan.statements,
        done(results) {
          const members = new Set(plan.rowsOf<Member>(results, "members").map(keyOf));
          const moved = new Map(plan.rowsOf<Moved>(results, "moved").map((row) => [keyOf(row), row.readUpTo]));
          const unread = new Map(plan.rowsOf<Unread>(results, "unread").map((row) => [keyOf(row), row]));
          const listed = Map.groupBy(plan.rowsOf<StandingRow>(results, "listed"), ({ id, userId }) =>
            keyOf({ roomId: id, userId }),
          );
          return moves.map((move, i) => {
            const key = keys[i] ?? "";
            const position = positions[i] ?? 0;
            if (!members.has(key)) {
              rosters.forget(move.roomId);
              return new BirdieError("not_found");
            }
            move.joined?.();
            const readUpTo = lastOf.get(key) === i ? moved.get(key) : undefined;
            if (readUpTo === undefined) return { value: undefined, events: [], position };
            const { value, events } = conclude(rosters, move, { readUpTo, unread: unread.get(key) });
            return { value, events: [...events, ...listedEvents(listed.get(key) ?? [])], position };
          });
        },
      };
    },
  };
}

/** Of `k` in `standings`: these members of these rooms. */
const areIn = (members: readonly { readonly r: number; readonly u: string }[]) => sql`k.rowid in (
  select o.rowid from json_each(${JSON.stringify(members)}) j
  cross join room_members o on o.room_id = j.value ->> 'r' and o.user_id = j.value ->> 'u')`;

const keyOf = ({ roomId, userId }: Member) => `${roomId} ${userId}`;

/** One row for each cursor. */
function rowsOf(moves: readonly CursorMove[], positionOf: (key: string) => number): Value[][] {
  const furthest = new Map<string, CursorMove>();
  for (const move of moves) {
    const key = keyOf(move);
    if (move.upTo > (furthest.get(key)?.upTo ?? 0)) furthest.set(key, move);
  }
  return [...furthest].map(([key, { roomId, userId, upTo }]) => [roomId, userId, upTo, positionOf(key)]);
}

function conclude(
  rosters: Rosters,
  { roomId, userId, isDeliberate }: CursorMove,
  { readUpTo, unread }: { readonly readUpTo: number; readonly unread: Unread | undefined },
): Outcome<undefined> {
  if (isDeliberate) rosters.forget(roomId);
  rosters.move(roomId, userId, readUpTo);
  const roster = rosters.at(roomId);
  const last = roster?.lastMessage;
  const isFromBlocked = roster && last && hasBlocked(roster, userId, last.author.userId);
  const events: Event[] = [
    {
      type: "room-changed",
      receiver: userId,
      roomId,
      // Whoever is there is told of nothing missed: their lists learn of the line by its being read.
      lastMessage: last && isFromBlocked ? withoutWords(last) : last,
      kind: roster?.kind,
      roomUnreadCount: unread?.roomUnreadCount ?? 0,
      isReading: true,
      counts: unread ? toCounts(unread) : NO_COUNTS,
    },
  ];
  if (roster && showsReading(roster, userId)) {
    const readByAllUpTo = readByAll(roster);
    events.unshift({ type: "room-read", roomId, reader: userId, upTo: shownUpTo(roster, userId), readByAllUpTo });
  }
  return { value: undefined, events };
}

// `r`: room, `u`: person, `t`: up to where, at most to the newest message, `p`: position.
const moving = (mayMove: string) =>
  new PlainRows<Moved>(
    ["r", "u", "t", "p"],
    `update room_members set read_up_to = s.newest, position = s.p, held_unread_at_ms = null
    from (select r, u, p, min(t, coalesce((select last_message_id from rooms where id = r), 0)) as newest from given) s
    where room_members.room_id = s.r and room_members.user_id = s.u and room_members.read_up_to < s.newest and ${mayMove}
    returning room_id as "roomId", user_id as "userId", read_up_to as "readUpTo"`,
  );
const BY_ITSELF = moving("coalesce(held_unread_at_ms, requested_at_ms) is null");
const BY_HAND = moving("requested_at_ms is null");

const MEMBERS = new PlainRows<Member>(
  ["r", "u"],
  `select k.room_id as "roomId", k.user_id as "userId"
  from given cross join room_members k on k.room_id = r and k.user_id = u`,
);
