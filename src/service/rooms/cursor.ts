import { sql } from "drizzle-orm";
import type { Act, Database } from "../../database/open.ts";
import { BirdieError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { withoutWords } from "../../domain/room.ts";
import { toCounts } from "../alarms/rows.ts";
import { NO_COUNTS } from "../counts.ts";
import { hasBlocked, type Rosters, readByAll, shownUpTo, showsReading } from "./roster.ts";
import { unreadOf } from "./unread.ts";

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

type CursorAct = Act<ReturnType<typeof statementsFor>, undefined>;

/** Moves a read cursor forward. Refuses who is not, or no longer, a member (BirdieError `not_found`). */
export function moveCursorAct(database: Database, rosters: Rosters, move: CursorMove): CursorAct {
  const { roomId, userId } = move;
  return {
    statements: (next) => statementsFor(database, move, next()),
    done: ([[moved], [member], [unread]]) => {
      if (!member) {
        rosters.forget(roomId);
        throw new BirdieError("not_found");
      }
      move.joined?.();
      if (!moved) return { value: undefined, events: [] };
      if (move.isDeliberate) rosters.forget(roomId);
      rosters.move(roomId, userId, moved.readUpTo);
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
    },
  };
}

function statementsFor(
  database: Database,
  { roomId, userId, upTo, isDeliberate = false }: CursorMove,
  position: number,
) {
  const { db } = database;
  const newest = sql`min(${upTo}, coalesce((select last_message_id from rooms where id = ${roomId}), 0))`;
  const mayMove = isDeliberate
    ? sql`requested_at_ms is null`
    : sql`coalesce(held_unread_at_ms, requested_at_ms) is null`;
  return [
    db.all<{ readUpTo: number }>(sql`
      update room_members set read_up_to = ${newest}, position = ${position}, held_unread_at_ms = null
      where room_id = ${roomId} and user_id = ${userId} and read_up_to < ${newest} and ${mayMove}
      returning read_up_to as "readUpTo"`),
    db.all<{ isMember: 1 }>(
      sql`select 1 as "isMember" from room_members where room_id = ${roomId} and user_id = ${userId}`,
    ),
    unreadOf(database, JSON.stringify([{ r: roomId, u: userId }])),
  ] as const;
}
