import { eq } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { BirdieError } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { libsqlCode } from "./errors.ts";
import { meta } from "./tables.ts";

/** One statement of an act: any drizzle query that has not run yet. */
export type Statement = BatchItem<"sqlite">;

/** What an act came to: the value for its caller, and what is told to everybody once it is on disk. */
export interface Outcome<T> {
  readonly value: T;
  readonly events: readonly Event[];
}

/**
 * One act of a person as plain statements, decided by SQL alone: what it may do stands in the `where` of each write,
 * so that nothing can change between a check and a write. `next` gives out positions, greater than all before.
 * `done` turns the rows into the outcome; what it throws (a BirdieError) reaches the caller, so a refused act must
 * have written nothing. It runs in the order of the commits, right before the act's own events leave.
 */
export interface Act<S extends readonly Statement[], T> {
  statements(next: () => number): S;
  done(results: BatchResponse<S>): Outcome<T>;
}

/**
 * An act that many people do at once, written so that all who wait share the same few statements. `done` gives one
 * outcome (with its own position) or refusal per input, in their order.
 */
export interface BulkAct<I, T> {
  prepare(inputs: readonly I[], next: () => number): PreparedBulk<T>;
}
export interface PreparedBulk<T> {
  readonly statements: readonly Statement[];
  done(results: readonly unknown[]): readonly ((Outcome<T> & { readonly position: number }) | Error)[];
}

/** An event with the position at which it became true. */
export interface Announcement {
  readonly event: Event;
  readonly position: number;
}

export type Announce = (announcements: readonly Announcement[]) => void;

/** How many acts one transaction takes at most: bounds how long a commit holds up the loop. */
const ACTS_PER_COMMIT_MAX = 256;
/** How long a database that another process has locked is asked again before the act is refused. */
const BUSY_PATIENCE_MS = 3_000;

interface Waiting {
  readonly kind: BulkAct<unknown, unknown>;
  readonly input: unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Neighbours of one kind, as they stand together in one transaction. */
interface Run {
  readonly members: readonly Waiting[];
  readonly prepared: PreparedBulk<unknown>;
}

/**
 * The one writer. What waits at the end of a loop turn is committed together, in the order it was asked for; a group
 * that fails is tried again one by one, so that nobody fails for a neighbour.
 */
export class CommitQueue {
  readonly #db: LibSQLDatabase;
  readonly #announce: Announce;
  readonly #waiting: Waiting[] = [];
  #position: number;
  #isDraining = false;

  constructor(db: LibSQLDatabase, position: number, announce: Announce) {
    this.#db = db;
    this.#position = position;
    this.#announce = announce;
  }

  add<I, T>(kind: BulkAct<I, T>, input: I): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, input, resolve, reject } as Waiting);
      if (this.#isDraining) return;
      this.#isDraining = true;
      setImmediate(() => this.#drain());
    });
  }

  addOne<const S extends readonly Statement[], T>(act: Act<S, T>): Promise<T> {
    return this.add(alone(act), undefined);
  }

  async idle(): Promise<void> {
    while (this.#isDraining) await nextTurn();
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, ACTS_PER_COMMIT_MAX);
      if (!(await this.#attempt(group)) && group.length > 1) {
        for (const one of group) await this.#attempt([one]);
      }
      // A macrotask between commits: sockets get their turn, and the client frees its statements.
      if (this.#waiting.length > 0) await nextTurn();
    }
    this.#isDraining = false;
  }

  /** Commits the group as one transaction. False when it failed; a group of one has then been refused. */
  async #attempt(group: readonly Waiting[]): Promise<boolean> {
    try {
      const runs = this.#prepare(group);
      const statements = runs.flatMap((run) => run.prepared.statements);
      const remember = this.#db.update(meta).set({ value: String(this.#position) }).where(eq(meta.key, "position"));
      const results = await whenNotBusy(() => this.#db.batch([remember, ...statements]));
      this.#conclude(runs, results.slice(1));
      return true;
    } catch (error) {
      if (group.length === 1) group[0]?.reject(asRefusal(error));
      return false;
    }
  }

  #prepare(group: readonly Waiting[]): readonly Run[] {
    const next = () => ++this.#position;
    const runs: Run[] = [];
    for (let from = 0; from < group.length; ) {
      const kind = group[from]?.kind;
      let to = from + 1;
      while (group[to]?.kind === kind) to++;
      const members = group.slice(from, to);
      if (kind) runs.push({ members, prepared: kind.prepare(members.map((one) => one.input), next) });
      from = to;
    }
    return runs;
  }

  /** Announces and settles in the order of the acts. Nothing here may throw: the rows are on disk. */
  #conclude(runs: readonly Run[], results: readonly unknown[]): void {
    const settle: (() => void)[] = [];
    let from = 0;
    for (const { members, prepared } of runs) {
      const own = results.slice(from, from + prepared.statements.length);
      from += prepared.statements.length;
      const outcomes = conclusionOf(prepared, own);
      const announcements: Announcement[] = [];
      members.forEach((one, i) => {
        const outcome = outcomes instanceof Error ? outcomes : outcomes[i];
        if (outcome === undefined || outcome instanceof Error) {
          settle.push(() => one.reject(outcome ?? new Error("a bulk act lost an outcome")));
          return;
        }
        for (const event of outcome.events) announcements.push({ event, position: outcome.position });
        settle.push(() => one.resolve(outcome.value));
      });
      if (announcements.length > 0) this.#announce(announcements);
    }
    for (const one of settle) one();
  }
}

/** An ordinary act as a bulk act of one. Each is its own kind, so it merges with nobody. */
function alone<const S extends readonly Statement[], T>(act: Act<S, T>): BulkAct<undefined, T> {
  return {
    prepare(_inputs, next) {
      let position = 0;
      const statements = act.statements(() => {
        position = next();
        return position;
      });
      return { statements, done: (results) => [{ ...act.done(results as BatchResponse<S>), position }] };
    },
  };
}

function conclusionOf(prepared: PreparedBulk<unknown>, results: readonly unknown[]) {
  try {
    return prepared.done(results);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function whenNotBusy<T>(work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isBusy = /^SQLITE_(BUSY|LOCKED)/.test(libsqlCode(error));
      if (!isBusy || performance.now() - startMs > BUSY_PATIENCE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  }
}

function asRefusal(error: unknown): unknown {
  const code = libsqlCode(error);
  if (/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY)/.test(code)) {
    return new BirdieError("unavailable", `the database cannot be written now (${code})`, { cause: error });
  }
  return error;
}
