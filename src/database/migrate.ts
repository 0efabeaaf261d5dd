import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { migrate as applyMigrations } from "drizzle-orm/libsql/migrator";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { StartError } from "./errors.ts";

/**
 * Brings an older or empty database up to this version. `root` is the folder that holds `migrations/`.
 * @throws StartError when the database knows migrations that this version does not: a newer Birdie made it
 */
export async function migrate(db: LibSQLDatabase, root: string): Promise<void> {
  await refuseNewer(db, root);
  await applyMigrations(db, { migrationsFolder: join(root, "migrations") });
}

/** @throws StartError when the database knows migrations that this version does not */
export async function refuseNewer(db: LibSQLDatabase, root: string): Promise<void> {
  const migrationsFolder = join(root, "migrations");
  const known = new Set(readMigrationFiles({ migrationsFolder }).map((migration) => migration.folderMillis));
  const applied = await appliedAtMs(db);
  if (applied.some((ms) => !known.has(ms))) {
    throw new StartError(
      "The database was made by a newer Birdie: start that one, or choose another folder with --data",
    );
  }
}

/** The migrations this database has been through, each named by its time; none where it is new. */
async function appliedAtMs(db: LibSQLDatabase): Promise<readonly number[]> {
  const tables = await db.all(sql`select 1 from sqlite_master where type = 'table' and name = '__drizzle_migrations'`);
  if (tables.length === 0) return [];
  const rows = await db.all<{ readonly at: number | string }>(sql`select created_at as at from __drizzle_migrations`);
  return rows.map((row) => Number(row.at));
}
