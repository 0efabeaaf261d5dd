import { type SQL, sql } from "drizzle-orm";
import { type Act, type Announcement, alone, type BulkAct, type Database, type Statement } from "../database/open.ts";
import { BirdieError } from "../domain/errors.ts";

/** An act, or some of a bulk act, that can be committed together with others. */
export interface Part {
  prepare(next: () => number): {
    readonly statements: readonly Statement[];
    readonly done: (results: readonly unknown[]) => readonly Announcement[];
  };
}

/** An ordinary act as a part of more. Its value is dropped. */
export const partOf = <const S extends readonly Statement[], T>(act: Act<S, T>): Part =>
  partOfMany(alone(act), [undefined]);

/** Some inputs of a bulk act as a part of more. What its own `done` would refuse, `isRefused` must refuse before. */
export function partOfMany<I, T>(kind: BulkAct<I, T>, inputs: readonly I[]): Part {
  return {
    prepare(next) {
      const { statements, done } = kind.prepare(inputs, next);
      return {
        statements,
        done: (results) =>
          done(results).flatMap((outcome) => {
            if (outcome instanceof Error) throw outcome;
            const { events, positions, position } = outcome;
            return events.map((event, n) => ({ event, position: positions?.[n] ?? position }));
          }),
      };
    },
  };
}

/**
 * Commits all parts in one transaction, on disk together or not at all; their events leave together, in their order.
 * Where `isRefused` holds after everything was written (at `firstPosition` and above), all of it is taken back.
 * @throws BirdieError `not_found` where it was refused
 */
export async function commitTogether(
  database: Database,
  parts: readonly Part[],
  isRefused: (firstPosition: number) => SQL,
): Promise<void> {
  const whole: BulkAct<undefined, undefined> = {
    prepare(_inputs, next) {
      const firstPosition = next();
      const prepared = parts.map((part) => part.prepare(next));
      // A row that cannot be: the statement fails, and with it the transaction.
      const refusal = database.db.run(
        sql`insert into meta (key, value) select ${REFUSED}, null where ${isRefused(firstPosition)}`,
      );
      return {
        statements: [...prepared.flatMap((part) => part.statements), refusal],
        done(results) {
          let from = 0;
          const announcements = prepared.flatMap(({ statements, done }) => {
            const own = results.slice(from, from + statements.length);
            from += statements.length;
            return done(own);
          });
          const positions = announcements.map((announcement) => announcement.position);
          const events = announcements.map((announcement) => announcement.event);
          return [{ value: undefined, events, positions, position: positions.at(-1) ?? 0 }];
        },
      };
    },
  };
  try {
    await database.commitMany(whole, undefined);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new BirdieError("not_found", "what was sent together can not all be done");
  }
}

const REFUSED = "refused";

function isRefusal(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e.message.includes("NOT NULL constraint failed: meta.value")) return true;
  }
  return false;
}
