import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { migrate as applyMigrations } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { StartError } from "./errors.ts";

/**
 * Brings an older or empty database up to this version. `root` is the folder that holds `migrations/`; `copyFirst` is
 * called before anything is changed in one that is not empty.
 * @throws StartError when the database knows migrations that this version does not: a newer Birdie made it
 */
export async function migrate(db: LibSQLDatabase, root: string, copyFirst: () => Promise<void>): Promise<void> {
  const { known, applied } = await refuseNewer(db, root);
  if (applied.length > 0 && applied.length < known.size) await copyFirst();
  await applyMigrations(db, { migrationsFolder: join(root, "migrations") });
}

/** Tells of migrations by their times. @throws StartError when the database knows some that this version does not */
export async function refuseNewer(
  db: LibSQLDatabase,
  root: string,
): Promise<{ readonly known: ReadonlySet<number>; readonly applied: readonly number[] }> {
  const migrationsFolder = join(root, "migrations");
  const known = new Set(readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis));
  const applied = await appliedAtMs(db);
  if (applied.some((ms) => !known.has(ms))) {
    throw new StartError(
      "The database was made by a newer Birdie: start that one, or choose another folder with --data",
    );
  }
  return { known, applied };
}

/** The migrations this database has been through, each named by its time; none where it is new. */
async function appliedAtMs(db: LibSQLDatabase): Promise<readonly number[]> {
  const tables = await db.all(sql`select 1 from sqlite_master where type = 'table' and name = '__drizzle_migrations'`);
  if (tables.length === 0) return [];
  const rows = await db.all<{ readonly at: number | string }>(sql`select created_at as at from __drizzle_migrations`);
  return rows.map((row) => Number(row.at));
}
