import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "../../src/database/open.ts";
import { ROOT } from "./database.ts";
import { testFolder } from "./folder.ts";

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[];
}

/** The list of all migrations, in order. */
export const journal: Journal = JSON.parse(readFileSync(join(ROOT, "migrations/meta/_journal.json"), "utf8"));

/**
 * A folder with `migrations/` as of the Birdie whose last one was called `tag`: the root to open a database with as that
 * one does.
 */
export async function rootUpTo(tag: string): Promise<string> {
  const root = testFolder();
  cpSync(join(ROOT, "migrations"), join(root, "migrations"), { recursive: true });
  const entries = journal.entries.slice(0, journal.entries.findIndex((entry) => entry.tag === tag) + 1);
  await Bun.write(join(root, "migrations/meta/_journal.json"), JSON.stringify({ ...journal, entries }));
  return root;
}

/** Opens a database as the Birdie does, or did, whose migrations are in `root`, and closes it again. */
export async function openOnce(url: string, root: string): Promise<void> {
  const database = await openDatabase({ url, root, announce: () => undefined });
  await database.close();
}
