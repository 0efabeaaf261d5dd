import { drizzle } from "drizzle-orm/libsql/sqlite3";
import { Connection } from "./connection.ts";
import { StartError } from "./errors.ts";
import { LocalClient } from "./local-client.ts";
import { refuseNewer } from "./migrate.ts";

/** Another process may hold the database for the length of a commit. */
const PATIENCE = "busy_timeout=10000";

/** The path of a database in a file: `file:///srv/birdie.db`, or as people write it: `file:data/birdie.db`. */
export function localPathOf(url: string): string | undefined {
  if (url.startsWith("file://")) return Bun.fileURLToPath(url);
  return url.startsWith("file:") ? url.slice("file:".length) : undefined;
}

/**
 * Copies a database as it is at one moment into a new file, also while a server writes to it. For a process of its own:
 * it takes as long as it takes, and nothing else happens meanwhile.
 */
export async function snapshotDatabase(path: string, into: string): Promise<void> {
  const client = new LocalClient(new Connection(path, [PATIENCE]));
  try {
    await client.execute("vacuum into ?", [into]);
  } finally {
    client.close();
  }
}

/** Of a database that is new, or goes its own way from here on: positions of another one say nothing about it. */
export const newDatabaseId = () => crypto.randomUUID().slice(0, 8);

/** Lets a copy go its own way. What browsers know of the one it was made of, they fetch anew. */
export function partWays(path: string): void {
  const connection = new Connection(path, [PATIENCE]);
  try {
    connection.run("update meta set value = ? where key = 'id'", [newDatabaseId()]);
  } finally {
    connection.close();
  }
}

/** @throws StartError where it is broken, or a newer Birdie made it. `root` is the folder that holds `migrations/`. */
export async function checkDatabase(path: string, root: string): Promise<void> {
  const client = new LocalClient(new Connection(path, [PATIENCE]));
  try {
    const { rows } = await client.execute("pragma integrity_check");
    if (rows[0]?.[0] !== "ok") throw new StartError("The database in it is damaged: take another backup");
    await refuseNewer(drizzle(client), root);
  } finally {
    client.close();
  }
}
