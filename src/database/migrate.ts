import { join } from "node:path";
import type { LibSQLDatabase } from "drizzle-orm/libsql";
import { migrate as applyMigrations } from "drizzle-orm/libsql/migrator";

/** Brings an older or empty database up to this version. `root` is the folder that holds `migrations/`. */
export async function migrate(db: LibSQLDatabase, root: string): Promise<void> {
  await applyMigrations(db, { migrationsFolder: join(root, "migrations") });
}
