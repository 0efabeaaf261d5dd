import type { Client } from "@libsql/client";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { drizzle } from "drizzle-orm/libsql/sqlite3";
import { AdaptiveTransactor } from "./adaptive.ts";
import {
  type Act,
  type Announce,
  type BulkAct,
  CommitQueue,
  type CommitQueueOptions,
  type Statement,
} from "./commit-queue.ts";
import { Connection } from "./connection.ts";
import { LocalClient } from "./local-client.ts";
import { migrate } from "./migrate.ts";
import { Plain } from "./plain.ts";
import { copyFirst, type SafeCopies } from "./safe-copy.ts";
import { localPathOf, newDatabaseId } from "./snapshot.ts";
import { meta } from "./tables.ts";
import { Writer } from "./writer.ts";

export { type Act, type Announcement, alone, type BulkAct, type Outcome, type Statement } from "./commit-queue.ts";
export { isUniqueViolation } from "./errors.ts";

export interface Database {
  /** For reads. Writes go through `commit` only. */
  readonly db: LibSQLDatabase;
  /**
   * Puts an act in the one writer queue. Resolves once it is on disk (WAL, synchronous FULL) and its events are out.
   * @throws BirdieError `full` when the disk is, `unavailable` when another process holds the database
   */
  commit<const S extends readonly Statement[], T>(act: Act<S, T>): Promise<T>;
  /** The same queue and promises for one input of a bulk act; neighbours of the same kind share its statements. */
  commitMany<I, T>(kind: BulkAct<I, T>, input: I): Promise<T>;
  /**
   * Runs between two commits: all that is on disk has been announced, and nothing more happens until it is done. For
   * reads that must join what follows without a gap or a repeat; keep it short.
   */
  between<T>(work: () => Promise<T>): Promise<T>;
  /** A statement for the same `db.batch` as the rows of a page: the position the page is true for. */
  currentPosition(): Plain<{ readonly value: string }>;
  /**
   * Position as the outside sees it: opaque, and of this database only. Takes the value of `currentPosition`, too, and
   * `andMore` of a position.
   */
  formatPosition(position: number | string | undefined): string;
  /** The whole number in a position that this database has given out, or undefined for any other text. */
  readPosition(text: string): number | undefined;
  close(): Promise<void>;
}

/** Ends a position behind which some is told already. */
const AND_MORE = "+";

export interface DatabaseOptions {
  /** Any libSQL address: file:, http(s):, libsql:, ws(s):. */
  readonly url: string;
  readonly authToken?: string;
  /** The folder that holds `migrations/`. */
  readonly root: string;
  /** Where an older database is copied to before it is brought up to date; without it, no copy is made. */
  readonly copies?: SafeCopies;
  /** Called after the commit with each act's events, in the order of the acts, before any promise resolves. Must not throw. */
  readonly announce: Announce;
  /**
   * Where a local file is written: "here", holding up this thread for every fsync, or in a "thread" of its own but for
   * what comes after a silence (see adaptive.ts). Default: here.
   */
  readonly writes?: "here" | "thread";
  /** How long an act waits for a database that another process has locked before it is refused. Default: 3000. */
  readonly busyPatienceMs?: number;
  readonly onUnwritable?: CommitQueueOptions["onUnwritable"];
}

const BUSY_PATIENCE_MS = 3_000;
const PRAGMAS = [
  "journal_mode=wal",
  "synchronous=full",
  "foreign_keys=on",
  "temp_store=memory",
  "cache_size=-16000",
  "journal_size_limit=67108864",
  "busy_timeout=5",
  // 32 MiB: a checkpoint every 1,000 pages would cost one commit in ten an fsync of the database too.
  "wal_autocheckpoint=8000",
];

/** Opens (and migrates, and on first use creates) the database. @throws when it cannot be opened */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const path = localPathOf(options.url);
  const connection = path === undefined ? undefined : new Connection(path, PRAGMAS);
  const client = connection ? new LocalClient(connection) : await remoteClient(options);
  const db = drizzle(client);
  await migrate(db, options.root, async () => {
    if (options.copies) await copyFirst(options.url, options.copies);
  });
  await db
    .insert(meta)
    .values([
      { key: "id", value: newDatabaseId() },
      { key: "position", value: "0" },
    ])
    .onConflictDoNothing();
  const facts = new Map((await db.select().from(meta)).map((row) => [row.key, row.value]));
  const databaseId = facts.get("id") ?? "";
  const writer = path !== undefined && options.writes === "thread" ? new Writer(path, PRAGMAS) : undefined;
  // From here on the queue alone writes, and SQLite holds everybody else to it.
  if (writer) connection?.exec("pragma query_only=on");
  const transactor = path !== undefined && writer ? new AdaptiveTransactor(path, PRAGMAS, writer) : undefined;
  const queue = new CommitQueue({
    db: connection && transactor ? drizzle(new LocalClient(connection, transactor)) : db,
    position: Number(facts.get("position")),
    isOverlapping: writer !== undefined,
    announce: options.announce,
    busyPatienceMs: options.busyPatienceMs ?? BUSY_PATIENCE_MS,
    onUnwritable: options.onUnwritable,
  });
  const format = (value: number | string | undefined) => {
    const position = Number(value ?? 0);
    const whole = Math.floor(position);
    return `${databaseId}-${whole.toString(36)}${position > whole ? AND_MORE : ""}`;
  };

  return {
    db,
    commit: (act) => queue.addOne(act),
    commitMany: (kind, input) => queue.add(kind, input),
    between: (work) => queue.between(work),
    currentPosition: () => new Plain("select value from meta where key = 'position'", []),
    formatPosition: format,
    readPosition(text) {
      const whole = text.endsWith(AND_MORE) ? text.slice(0, -AND_MORE.length) : text;
      const position = Number.parseInt(whole.slice(databaseId.length + 1), 36);
      const isGivenOut = Number.isSafeInteger(position) && position >= 0 && position <= queue.position;
      return isGivenOut && format(position) === whole ? position : undefined;
    },
    async close() {
      await queue.idle();
      transactor?.close();
      if (writer) await writer.close();
      else connection?.checkpoint("truncate");
      client.close();
    },
  };
}

/** Half of that package speaks to servers: it is loaded only where one is spoken to. */
async function remoteClient({ url, authToken }: DatabaseOptions): Promise<Client> {
  const { createClient } = await import("@libsql/client");
  return createClient({ url, ...(authToken === undefined ? {} : { authToken }) });
}
