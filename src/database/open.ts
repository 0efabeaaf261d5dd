import { createClient } from "@libsql/client";
import { eq, sql } from "drizzle-orm";
import type { BatchItem, BatchResponse } from "drizzle-orm/batch";
import { drizzle, type LibSQLDatabase } from "drizzle-orm/libsql";
import { BirdieError } from "../domain/errors.ts";
import type { Event } from "../domain/event.ts";
import { migrate } from "./migrate.ts";
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
 * have written nothing.
 */
export interface Act<S extends readonly Statement[], T> {
  statements(next: () => number): S;
  done(results: BatchResponse<S>): Outcome<T>;
}

/** An event with the position at which it became true. */
export interface Announcement {
  readonly event: Event;
  readonly position: number;
}

export interface Database {
  /** For reads. Writes go through `commit` only. */
  readonly db: LibSQLDatabase;
  /**
   * Puts an act in the one writer queue. Resolves once it is on disk (WAL, synchronous FULL) and its events are out.
   * What waits together at the end of a loop turn is committed together, in the order it was asked for.
   * @throws BirdieError `unavailable` when the disk is full or another process holds the database
   */
  commit<const S extends readonly Statement[], T>(act: Act<S, T>): Promise<T>;
  /** A statement for the same `db.batch` as the rows of a page: the position the page is true for. */
  currentPosition(): ReturnType<typeof positionQuery>;
  /** Position as the outside sees it: opaque, and of this database only. */
  formatPosition(position: number | string | undefined): string;
  /** The number in a position of this database, or undefined for any other text. */
  readPosition(text: string): number | undefined;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Any libSQL address: file:, http(s):, libsql:, ws(s):. */
  readonly url: string;
  readonly authToken?: string;
  /** The folder that holds `migrations/`. */
  readonly root: string;
  /** Called after each commit, in the order of the commits, before the acts' promises resolve. Must not throw. */
  readonly announce: (announcements: readonly Announcement[]) => void;
}

/** How many acts one transaction takes at most: bounds how long a commit holds up the loop. */
const ACTS_PER_COMMIT_MAX = 128;
/** How long a database that another process has locked is asked again before the act is refused. */
const BUSY_PATIENCE_MS = 3_000;
const PRAGMAS = [
  "journal_mode=wal",
  "synchronous=full",
  "foreign_keys=on",
  "temp_store=memory",
  "cache_size=-16000",
  "journal_size_limit=67108864",
  "busy_timeout=5",
];

interface Waiting {
  readonly act: Act<readonly Statement[], unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Opens (and migrates, and on first use creates) the database. @throws when it cannot be opened */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const isLocal = options.url.startsWith("file:");
  const client = createClient({
    url: options.url,
    ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
    ...(isLocal ? { concurrency: 1, timeout: 5 } : {}),
  });
  if (isLocal) for (const pragma of PRAGMAS) await client.execute(`pragma ${pragma}`);
  const db = drizzle(client);
  await migrate(db, options.root);
  await db
    .insert(meta)
    .values([
      { key: "id", value: crypto.randomUUID().slice(0, 8) },
      { key: "position", value: "0" },
    ])
    .onConflictDoNothing();
  const facts = new Map((await db.select().from(meta)).map((row) => [row.key, row.value]));
  const databaseId = facts.get("id") ?? "";
  let position = Number(facts.get("position"));

  const waiting: Waiting[] = [];
  let isDraining = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0, ACTS_PER_COMMIT_MAX);
      const isCommitted = await attempt(group);
      if (!isCommitted) for (const one of group) await attempt([one]);
      // A macrotask between commits: sockets get their turn, and the client frees its statements.
      if (waiting.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    isDraining = false;
  }

  /** Commits the group as one transaction. False when a group of several failed and each must be tried alone. */
  async function attempt(group: readonly Waiting[]): Promise<boolean> {
    let results: readonly unknown[];
    const built: { readonly one: Waiting; readonly from: number; readonly to: number; readonly position: number }[] =
      [];
    try {
      const all: Statement[] = [];
      for (const one of group) {
        const from = all.length;
        all.push(...one.act.statements(() => ++position));
        built.push({ one, from, to: all.length, position });
      }
      all.push(
        db
          .update(meta)
          .set({ value: String(position) })
          .where(eq(meta.key, "position")),
      );
      results = await whenNotBusy(() => db.batch(all as [Statement, ...Statement[]]));
    } catch (error) {
      if (group.length > 1) return false;
      for (const one of group) one.reject(asRefusal(error));
      return true;
    }
    const announcements: Announcement[] = [];
    const settle: (() => void)[] = [];
    for (const { one, from, to, position } of built) {
      try {
        const { value, events } = one.act.done(results.slice(from, to) as never);
        for (const event of events) announcements.push({ event, position });
        settle.push(() => one.resolve(value));
      } catch (error) {
        settle.push(() => one.reject(error));
      }
    }
    if (announcements.length > 0) options.announce(announcements);
    for (const one of settle) one();
    return true;
  }

  return {
    db,
    commit: (act) =>
      new Promise((resolve, reject) => {
        waiting.push({ act: act as unknown as Waiting["act"], resolve: resolve as Waiting["resolve"], reject });
        if (isDraining) return;
        isDraining = true;
        setImmediate(drain);
      }),
    currentPosition: () => positionQuery(db),
    formatPosition: (value) => `${databaseId}-${Number(value ?? 0).toString(36)}`,
    readPosition(text) {
      const [id, digits = ""] = text.split("-");
      return id === databaseId && /^[0-9a-z]{1,11}$/.test(digits) ? Number.parseInt(digits, 36) : undefined;
    },
    async close() {
      while (isDraining) await new Promise((resolve) => setImmediate(resolve));
      if (isLocal) await client.execute("pragma wal_checkpoint(truncate)").catch(() => undefined);
      client.close();
    },
  };
}

function positionQuery(db: LibSQLDatabase) {
  return db
    .select({ value: sql<string>`${meta.value}` })
    .from(meta)
    .where(eq(meta.key, "position"));
}

async function whenNotBusy<T>(work: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!/^SQLITE_(BUSY|LOCKED)/.test(libsqlCode(error)) || performance.now() - startMs > BUSY_PATIENCE_MS)
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 20));
    }
  }
}

/** The libSQL code behind a drizzle error ("" for anything else). drizzle's own message carries the parameters: never log it. */
export function libsqlCode(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ("code" in e && typeof e.code === "string" && e.code.startsWith("SQLITE")) return e.code;
  }
  return "";
}

/** Whether the error is a violated UNIQUE or PRIMARY KEY constraint on the named column, as `table.column`. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e.message.includes("UNIQUE constraint failed") && e.message.includes(column)) return true;
  }
  return false;
}

function asRefusal(error: unknown): unknown {
  const code = libsqlCode(error);
  if (/^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY)/.test(code)) {
    return new BirdieError("unavailable", `the database cannot be written now (${code})`, { cause: error });
  }
  return error;
}
