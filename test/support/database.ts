import { join } from "node:path";
import { type Announcement, type Database, openDatabase } from "../../src/database/open.ts";
import { accounts } from "../../src/database/tables.ts";
import type { Person } from "../../src/domain/account.ts";
import type { Event } from "../../src/domain/event.ts";
import { removeTestFolders, testFolder } from "./folder.ts";

export const ROOT = join(import.meta.dir, "../..");

export interface TestDatabase extends AsyncDisposable {
  readonly database: Database;
  /** Its own temporary folder. */
  readonly folder: string;
  /** Every event that left after a commit, in order. */
  readonly events: Event[];
}

/**
 * A real file database in a folder of its own. `await using t = await testDatabase()` closes it with the scope;
 * without that, its folder goes with the tests of its file.
 */
export async function testDatabase(
  options: {
    readonly announce?: (announcements: readonly Announcement[]) => void;
    readonly writes?: "here" | "thread";
  } = {},
): Promise<TestDatabase> {
  const folder = testFolder();
  const events: Event[] = [];
  const database = await openDatabase({
    url: `file:${join(folder, "birdie.db")}`,
    root: ROOT,
    ...(options.writes ? { writes: options.writes } : {}),
    announce(announcements) {
      for (const { event } of announcements) events.push(event);
      options.announce?.(announcements);
    },
  });
  return {
    database,
    folder,
    events,
    async [Symbol.asyncDispose]() {
      await database.close();
      removeTestFolders([folder]);
    },
  };
}

/** An account that exists but cannot log in (its password hash fits nothing): enough for every test but those of signing in. */
export async function addAccount(database: Database, userId: string, name = userId): Promise<Person> {
  await database.commit({
    statements: () => [
      database.db.insert(accounts).values({ userId, name, passwordHash: "!", createdAtMs: Date.UTC(2026, 10, 1) }),
    ],
    done: () => ({ value: undefined, events: [] }),
  });
  return { userId, name };
}

/** For `report`: what is reported there fails the test that runs. */
export function fail(error: unknown): never {
  throw error;
}

/** Another process that has the write lock of the database, as soon as it is free, until it is told to let go. */
export async function holdLock(url: string): Promise<AsyncDisposable> {
  const code = `
    const { createClient } = await import("@libsql/client");
    const hold = await createClient({ url: ${JSON.stringify(url)}, timeout: 10_000 }).transaction("write");
    process.stdout.write("held");
    for await (const _ of process.stdin) break;
    await hold.rollback();
    process.exit(0);`;
  const holder = Bun.spawn([process.execPath, "-e", code], { cwd: ROOT, stdio: ["pipe", "pipe", "inherit"] });
  const { value } = await holder.stdout.getReader().read();
  if (new TextDecoder().decode(value) !== "held") throw new Error("the database could not be locked");
  return {
    async [Symbol.asyncDispose]() {
      holder.stdin.write("go\n");
      holder.stdin.end();
      await holder.exited;
    },
  };
}
