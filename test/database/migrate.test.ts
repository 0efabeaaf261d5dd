import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { sql } from "drizzle-orm";
import { openDatabase } from "../../src/database/open.ts";
import { meta } from "../../src/database/tables.ts";
import { addAccount, ROOT, testDatabase } from "../support/database.ts";
import { testFolder } from "../support/folder.ts";
import { journal, openOnce, rootUpTo } from "../support/old-database.ts";

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

  test("take what admins did out of its words into columns, and leave alone what reads otherwise", async () => {
    const url = `file:${join(testFolder(), "birdie.db")}`;
    await openOnce(url, await rootUpTo("0009_closed"));
    const old = createClient({ url });
    const acts = [
      ["remove", "post 3", { kind: "post", thing_id: 3, detail: "" }],
      ["remove", "comment 12", { kind: "comment", thing_id: 12, detail: "" }],
      ["dismiss", "message 900", { kind: "message", thing_id: 900, detail: "" }],
      ["dismiss", "message 900 or so", { detail: "message 900 or so" }],
      ["remove", "a comment 12", { detail: "a comment 12" }],
      ["remove", "", { detail: "" }],
      ["ban", "7\nSpam\n12 times", { days: 7, detail: "Spam\n12 times" }],
      ["ban", "1", { days: 1, detail: "" }],
      ["ban", "\n7 lies", { detail: "7 lies" }],
      ["ban", "", { detail: "" }],
      ["ban", "7 lies\nin a row", { detail: "7 lies\nin a row" }],
      ["invite", "25 / 7 d", { uses: 25, days: 7, detail: "" }],
      ["invite", "some / 7 d", { detail: "some / 7 d" }],
      ["revoke", "4", { detail: "4" }],
      ["promote", "", { detail: "" }],
    ] as const;
    await old.batch([
      `insert into accounts (user_id, name, password_hash, created_at_ms) values ('admin', 'Admin', 'x', 1)`,
      ...acts.map(([act, detail], i) => ({
        sql: "insert into admin_acts (admin_id, act, about, detail, created_at_ms) values ('admin', ?, 'bob', ?, ?)",
        args: [act, detail, i],
      })),
    ]);
    old.close();
    const database = await open(url);
    const rows = await database.db.all(sql`
      select act, about, kind, thing_id, days, uses, detail, created_at_ms from admin_acts order by id`);
    const nothing = { kind: null, thing_id: null, days: null, uses: null };
    expect(rows).toEqual(acts.map(([act, , now], i) => ({ act, about: "bob", ...nothing, ...now, created_at_ms: i })));
    await database.close();
  });

  test("E11: keep as a choice what had been switched off; who had left it on has chosen nothing", async () => {
    const url = `file:${join(testFolder(), "birdie.db")}`;
    await openOnce(url, await rootUpTo("0010_admin_acts_in_columns"));
    const old = createClient({ url });
    await old.execute(`
      insert into accounts (user_id, name, password_hash, created_at_ms, sends_receipts, sends_typing)
      values ('alice', 'Alice', '', 0, 1, 0), ('bob', 'Bob', '', 0, 0, 1)`);
    old.close();
    const database = await open(url);
    expect(await database.db.all(sql`select user_id, sends_receipts, sends_typing from accounts order by 1`)).toEqual([
      { user_id: "alice", sends_receipts: null, sends_typing: 0 },
      { user_id: "bob", sends_receipts: 0, sends_typing: null },
    ]);
    expect(await database.db.all(sql`select * from community`)).toEqual([{ sends_receipts: 1, sends_typing: 1 }]);
    expect(await database.db.all(sql`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
    await database.close();
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
