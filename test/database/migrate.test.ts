import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/database/open.ts";
import { meta } from "../../src/database/tables.ts";
import { addAccount, ROOT, testDatabase, testFolder } from "../support/database.ts";

const journal: { readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[] } =
  JSON.parse(readFileSync(join(ROOT, "migrations/meta/_journal.json"), "utf8"));

const open = (url: string) => openDatabase({ url, root: ROOT, announce: () => undefined });

describe("migrations", () => {
  test("follow each other in time, for an older one would be skipped without a word", () => {
    const whens = journal.entries.map((entry) => entry.when);
    expect(whens.length).toBeGreaterThan(0);
    expect(whens).toEqual([...new Set(whens)].toSorted((a, b) => a - b));
    expect(journal.entries.map((entry) => entry.idx)).toEqual([...whens.keys()]);
    const files = readdirSync(join(ROOT, "migrations")).filter((name) => name.endsWith(".sql"));
    expect(files.toSorted()).toEqual(journal.entries.map((entry) => `${entry.tag}.sql`));
  });

  test("leave a sound database with the settings that a receipt rests on", async () => {
    await using t = await testDatabase();
    const pragma = async (name: string) =>
      Object.values((await t.database.db.all<Record<string, unknown>>(sql.raw(`pragma ${name}`)))[0] ?? {})[0];
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("busy_timeout")).toBe(5);
    expect(await pragma("integrity_check")).toBe("ok");
  });

  test("are done once: what was written stays, and the database keeps its id", async () => {
    const url = `file:${join(testFolder(), "birdie.db")}`;
    const first = await open(url);
    await addAccount(first, "alice");
    const facts = await first.db.select().from(meta).orderBy(meta.key);
    await first.close();
    const second = await open(url);
    expect(await second.db.select().from(meta).orderBy(meta.key)).toEqual(facts);
    expect(await second.db.all(sql`select user_id from accounts`)).toEqual([{ user_id: "alice" }]);
    await second.close();
  });

  test("of a newer Birdie are a reason not to start, told in one line, and nothing is touched", async () => {
    const url = `file:${join(testFolder(), "birdie.db")}`;
    await (await open(url)).close();
    const client = createClient({ url });
    const later = (journal.entries.at(-1)?.when ?? 0) + 1;
    await client.execute({
      sql: "insert into __drizzle_migrations (hash, created_at) values ('later', ?)",
      args: [later],
    });
    const error: unknown = await open(url).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "StartError", message: expect.stringContaining("newer Birdie") });
    expect(String(error)).not.toContain("\n");
    const { rows } = await client.execute("select count(*) from __drizzle_migrations");
    expect(rows[0]?.[0]).toBe(journal.entries.length + 1);
    client.close();
  });
});

test("a file that is no database is refused with its code", async () => {
  const path = join(testFolder(), "birdie.db");
  await Bun.write(path, "not a database ".repeat(500));
  await expect(open(`file:${path}`)).rejects.toMatchObject({ code: "SQLITE_NOTADB" });
});
