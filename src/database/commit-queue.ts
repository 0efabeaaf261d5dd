import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { BirdieError } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { isBusy, libsqlCode } from "./errors.ts";
import { Plain } from "./plain.ts";

/** One statement of an act: any drizzle query that has not run yet. */
export type Statement = BatchItem<"sqlite">;

/** What an act came to: the value for its caller, and what is told to everybody once it is on disk. */
export interface Outcome<T> {
  readonly value: T;
  readonly events: readonly Event[];
  /** Of each event, where an act took several. Default: the last one it took, for all. */
  readonly positions?: readonly number[];
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
  /** Nothing that waits with it depends on its place: it is done behind all else, and so parts no neighbours. */
  readonly isLast?: boolean;
  /** What `prepare` asks for outside of the database may lack what the act before it is about to tell. */
  readonly isSteady?: boolean;
  prepare(inputs: readonly I[], next: () => number): PreparedBulk<T>;
}
export interface PreparedBulk<T> {
  readonly statements: readonly Statement[];
  done(results: readonly unknown[]): readonly ((Outcome<T> & Pick<Announcement, "position" | "first">) | Error)[];
}

/** An event with the position at which it became true. */
export interface Announcement {
  readonly event: Event;
  readonly position: number;
  /** The first that its act took, where that took several and tells of all by the last. */
  readonly first?: number | undefined;
}

export type Announce = (announcements: readonly Announcement[]) => void;

/** How many acts one transaction takes at most: bounds how long a commit holds up the loop. */
const ACTS_PER_COMMIT_MAX = 256;

export interface CommitQueueOptions {
  readonly db: LibSQLDatabase;
  /** The greatest position given out so far. */
  readonly position: number;
  readonly announce: Announce;
  /** Whether a group is written by somebody else, while the one before it is told. */
  readonly isOverlapping?: boolean;
  /** How long an act waits for a database that another process has locked before it is refused. */
  readonly busyPatienceMs: number;
  /** Hears of every act that was refused because nothing can be written now. */
  readonly onUnwritable?: ((error: BirdieError) => void) | undefined;
}

interface Waiting {
  readonly kind: BulkAct<unknown, unknown>;
  readonly input: unknown;
  readonly sinceMs: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** A group on its way to the disk. */
interface Flight {
  readonly group: readonly Waiting[];
  readonly runs: readonly Run[];
  /** Never rejected. */
  readonly landing: Promise<Landing>;
}

/** What became of a group. `refused`: everybody in it has been told why. `parted`: somebody's act fails, nobody knows whose. */
type Landing =
  | { readonly kind: "written"; readonly results: readonly unknown[] }
  | { readonly kind: "refused" }
  | { readonly kind: "parted" };

/** Neighbours of one kind, as they stand together in one transaction. */
interface Run {
  readonly members: readonly Waiting[];
  readonly prepared: PreparedBulk<unknown>;
  /** The last that was given out by then: of what is told by an act that took none. All before it has been told. */
  readonly last: number;
}

/**
 * The one writer. What waits at the end of a loop turn is committed together, in the order it was asked for (but what is
 * done last, see BulkAct); a group that fails is tried again one by one, so that nobody fails for a neighbour. A locked
 * database fails all of them.
 */
export class CommitQueue {
  readonly #db: LibSQLDatabase;
  readonly #announce: Announce;
  readonly #busyPatienceMs: number;
  readonly #isOverlapping: boolean;
  readonly #onUnwritable: CommitQueueOptions["onUnwritable"];
  readonly #waiting: Waiting[] = [];
  readonly #pauses: (() => Promise<void>)[] = [];
  #position: number;
  #isDraining = false;

  constructor(options: CommitQueueOptions) {
    this.#db = options.db;
    this.#position = options.position;
    this.#announce = options.announce;
    this.#busyPatienceMs = options.busyPatienceMs;
    this.#isOverlapping = options.isOverlapping ?? false;
    this.#onUnwritable = options.onUnwritable;
  }

  /** The greatest that was given out. */
  get position(): number {
    return this.#position;
  }

  add<I, T>(kind: BulkAct<I, T>, input: I): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, input, sinceMs: performance.now(), resolve, reject } as Waiting);
      this.#wake();
    });
  }

  /**
   * Runs between two commits: all that is on disk has been announced, and nothing more happens until it is done. For
   * reads that must join what follows without a gap or a repeat; keep it short.
   */
  between<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#pauses.push(() => work().then(resolve, reject));
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    setImmediate(() => this.#drain());
  }

  addOne<const S extends readonly Statement[], T>(act: Act<S, T>): Promise<T> {
    return this.add(alone(act), undefined);
  }

  async idle(): Promise<void> {
    while (this.#isDraining) await nextTurn();
  }

  async #drain(): Promise<void> {
    let ahead: Flight | undefined;
    for (;;) {
      if (!ahead) {
        // Those who ask for another one meanwhile wait for the next turn, so that writing is not put off for ever.
        for (const pause of this.#pauses.splice(0)) await pause();
        if (this.#waiting.length + this.#pauses.length === 0) break;
      }
      const flight = ahead ?? this.#launch();
      const landing = await flight.landing;
      // A group of lines and readers leaves nothing to be told that the next one must know: the writer need not wait.
      const isSteady = this.#isOverlapping && flight.group.every((one) => one.kind.isSteady);
      const mayGoOn = isSteady && landing.kind === "written" && this.#pauses.length === 0 && this.#waiting.length > 0;
      ahead = mayGoOn ? this.#launch() : undefined;
      if (landing.kind === "written") this.#conclude(flight.runs, landing.results);
      if (landing.kind === "parted") for (const one of flight.group) await this.#attempt(one);
      // A macrotask between commits: sockets get their turn, and the client frees its statements.
      if (!ahead && this.#waiting.length + this.#pauses.length > 0) await nextTurn();
    }
    this.#isDraining = false;
  }

  /** Nobody else can fail for it. */
  async #attempt(one: Waiting): Promise<void> {
    const { runs, landing } = this.#write([one]);
    const landed = await landing;
    if (landed.kind === "written") this.#conclude(runs, landed.results);
  }

  #launch(): Flight {
    return this.#write(this.#waiting.splice(0, ACTS_PER_COMMIT_MAX));
  }

  /** Has the group written as one transaction. */
  #write(group: readonly Waiting[]): Flight {
    try {
      const runs = this.#prepare(group);
      const statements = runs.flatMap((run) => run.prepared.statements);
      const remember = new Plain("update meta set value = ? where key = 'position'", [String(this.#position)]);
      const untilMs = (group[0]?.sinceMs ?? 0) + this.#busyPatienceMs;
      const landing = whenNotBusy(untilMs, () => this.#db.batch([remember, ...statements])).then(
        ([, ...results]): Landing => ({ kind: "written", results }),
        (error: unknown) => this.#refuse(group, error),
      );
      return { group, runs, landing };
    } catch (error) {
      return { group, runs: [], landing: Promise.resolve(this.#refuse(group, error)) };
    }
  }

  /**
   * A locked database fails all of a group, and so does a fault of the disk, after which the group may be written all the
   * same: what is tried again would be there twice. For any other fault its members are tried one by one.
   */
  #refuse(group: readonly Waiting[], error: unknown): Landing {
    const isOfAll = isBusy(error) || libsqlCode(error).startsWith("SQLITE_IOERR");
    if (group.length > 1 && !isOfAll) return { kind: "parted" };
    const refusal = asRefusal(error);
    for (const one of group) one.reject(refusal);
    if (refusal instanceof BirdieError) this.#onUnwritable?.(refusal);
    return { kind: "refused" };
  }

  #prepare(group: readonly Waiting[]): readonly Run[] {
    const next = () => ++this.#position;
    const runs: Run[] = [];
    const ordered = [...group.filter((one) => !one.kind.isLast), ...group.filter((one) => one.kind.isLast)];
    for (let from = 0; from < ordered.length; ) {
      const kind = ordered[from]?.kind;
      let to = from + 1;
      while (ordered[to]?.kind === kind) to++;
      const members = ordered.slice(from, to);
      const inputs = members.map((one) => one.input);
      if (kind) runs.push({ members, prepared: kind.prepare(inputs, next), last: this.#position });
      from = to;
    }
    return runs;
  }

  /** Announces and settles in the order of the acts. Never throws. */
  #conclude(runs: readonly Run[], results: readonly unknown[]): void {
    const settle: (() => void)[] = [];
    let from = 0;
    for (const { members, prepared, last } of runs) {
      const until = from + prepared.statements.length;
      const outcomes = conclusionOf(prepared, results.slice(from, until));
      from = until;
      const announcements: Announcement[] = [];
      const own: (() => void)[] = [];
      members.forEach((one, i) => {
        const outcome = outcomes instanceof Error ? outcomes : outcomes[i];
        if (outcome === undefined || outcome instanceof Error) {
          own.push(() => one.reject(outcome ?? new Error("a bulk act lost an outcome")));
          return;
        }
        const { events, positions, position, first } = outcome;
        for (const [n, event] of events.entries())
          announcements.push({ event, position: positions?.[n] || position || last, first });
        own.push(() => one.resolve(outcome.value));
      });
      try {
        if (announcements.length > 0) this.#announce(announcements);
        settle.push(...own);
      } catch (error) {
        // A fault of ours: what was done stays done, and its people hear that something went wrong.
        for (const one of members) settle.push(() => one.reject(error));
      }
    }
    for (const one of settle) one();
  }
}

/** An ordinary act as a bulk act of one. Each is its own kind, so it merges with nobody. */
export function alone<const S extends readonly Statement[], T>(act: Act<S, T>): BulkAct<undefined, T> {
  return {
    prepare(_inputs, next) {
      let position = 0;
      let first: number | undefined;
      const statements = act.statements(() => {
        position = next();
        first ??= position;
        return position;
      });
      return { statements, done: (results) => [{ ...act.done(results as BatchResponse<S>), position, first }] };
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

/** Tries again while another process holds the database, until the deadline; at least once. */
async function whenNotBusy<T>(untilMs: number, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > untilMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  }
}

function asRefusal(error: unknown): unknown {
  const code = libsqlCode(error);
  if (/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY)/.test(code)) {
    return new BirdieError(
      code.startsWith("SQLITE_FULL") ? "full" : "unavailable",
      `the database cannot be written now (${code})`,
      { cause: error },
    );
  }
  return error;
}
