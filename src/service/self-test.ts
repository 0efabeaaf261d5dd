import { sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Counts, Person } from "../domain/account.ts";
import type { Alarm } from "../domain/alarm.ts";
import { countsOf, NO_COUNTS } from "./counts.ts";

export type SelfTest = ReturnType<typeof createSelfTest>;

/** An alarm about nothing: no post, no room. Real ones never are, so that these can be found and swept. */
const ABOUT_NOTHING = sql`target = 'POST' and post_id = 0 and room_id = 0 and reply_id = 0`;

/** The alarm by which somebody sees whether alarms arrive: stored, told and counted like any other, then swept away. */
export function createSelfTest({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  const { db } = database;

  /** Takes the test alarm of one person away, in every tab too. Without one, nothing happens. */
  function end(me: Person): Promise<void> {
    return database.commit({
      statements: () => [
        db.all<{ id: number; key: number }>(sql`
          delete from alarms where receiver = ${me.userId} and ${ABOUT_NOTHING} returning id, key`),
        countsOf(me.userId),
      ],
      done: ([gone, [counts = NO_COUNTS]]) => ({
        value: undefined,
        events: gone.map(({ id, key }) => ({
          type: "alarm-retracted" as const,
          receiver: me.userId,
          alarm: { id, key, kind: "LIKES" as const },
          counts,
        })),
      }),
    });
  }

  return {
    end,

    /** Raises the test alarm. It is no news, so that nothing rings. Gives the counts that every tab will show. */
    async begin(me: Person): Promise<Counts> {
      await end(me);
      let position = 0;
      return database.commit({
        statements(next) {
          position = next();
          return [
            db.all<{ key: number }>(sql`
              insert into alarms (id, receiver, kind, target, created_at_ms, position)
              values (${position}, ${me.userId}, 'LIKES', 'POST', ${nowMs()}, ${position}) returning key`),
            countsOf(me.userId),
          ];
        },
        done([[row], [counts = NO_COUNTS]]) {
          const alarm: Alarm = {
            id: position,
            key: row?.key ?? 0,
            kind: "LIKES",
            receiver: me.userId,
            actors: [],
            actorCount: 0,
            target: "POST",
            postId: 0,
            roomId: undefined,
            replyId: undefined,
            excerpt: "",
            isRead: false,
            createdAtMs: nowMs(),
          };
          const event = { type: "alarm-raised", receiver: me.userId, alarm, isNews: false, counts } as const;
          return { value: counts, events: [event] };
        },
      });
    },

    /** What a test left behind that was interrupted, of anybody. */
    sweep(): Promise<void> {
      return database.commit({
        statements: () => [db.run(sql`delete from alarms where ${ABOUT_NOTHING}`)],
        done: () => ({ value: undefined, events: [] }),
      });
    },
  };
}
