import { sql } from "drizzle-orm";
import type { Person } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import type { RoomParts } from "./opening.ts";
import { listedEvents, standings } from "./rows.ts";

/** The read cursor's one step back, by hand. Who asks is a member already. Forward: cursor.ts. */
export function readingActs({ database, rosters, nowMs }: RoomParts) {
  const { db } = database;

  return {
    /**
     * The one step back: everything from this message on is unread again, and nothing is read by itself until the room
     * is left. What others know to have been read stays so. @throws BirdieError `not_found`
     */
    async markUnread(
      me: Person,
      { roomId, messageId, isHeld }: { readonly roomId: number; readonly messageId: number; readonly isHeld: boolean },
    ): Promise<void> {
      await database.commit({
        statements: (next) => [
          db.all<{ readUpTo: number }>(sql`
            update room_members set shown_up_to = max(shown_up_to, read_up_to),
              read_up_to = min(read_up_to, ${messageId} - 1), position = ${next()},
              held_unread_at_ms = ${isHeld ? nowMs() : null}
            where room_id = ${roomId} and user_id = ${me.userId}
              and exists (select 1 from messages where id = ${messageId} and room_id = ${roomId} and deleted_at_ms is null)
            returning read_up_to as "readUpTo"`),
          standings(database, sql`k.room_id = ${roomId} and k.user_id = ${me.userId}`, true),
        ],
        done: ([[moved], rows]) => {
          if (!moved) throw new BirdieError("not_found");
          rosters.forget(roomId);
          return { value: undefined, events: listedEvents(rows) };
        },
      });
    },

    /** Takes back that a line was seen, where nothing more has been seen since and they are not back by then. */
    async stepBack(step: {
      readonly userId: string;
      readonly roomId: number;
      readonly from: number;
      readonly to: number;
      readonly isBack: () => boolean;
    }): Promise<void> {
      const { userId, roomId, from, to, isBack } = step;
      await database.commit({
        statements: (next) => [
          db.run(sql`
            update room_members set read_up_to = ${to}, position = ${next()}
            where room_id = ${roomId} and user_id = ${userId} and read_up_to = ${from}
              and ${isBack() ? 0 : 1}`),
        ],
        done: () => {
          rosters.forget(roomId);
          return { value: undefined, events: [] };
        },
      });
    },

    /** The room was left by the last tab: "marked unread" ends, and the next visit reads again. */
    async release(userId: string, roomId: number): Promise<void> {
      await database.commit({
        statements: () => [
          db.run(sql`
            update room_members set held_unread_at_ms = null
            where room_id = ${roomId} and user_id = ${userId} and held_unread_at_ms is not null`),
        ],
        done: () => {
          rosters.forget(roomId);
          return { value: undefined, events: [] };
        },
      });
    },
  };
}
