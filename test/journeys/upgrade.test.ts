import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "libsql";
import { copyFirst } from "../../src/database/safe-copy.ts";
import { ROOT } from "../support/database.ts";
import { testFolder } from "../support/folder.ts";
import { journal, openOnce, rootUpTo } from "../support/old-database.ts";
import { runBirdie, startBirdie } from "../support/process.ts";

setDefaultTimeout(120_000);

const OLD = "0008_told_of_removal";
const OLD_COUNT = 9;
const COPY = /^before-\d+\.\d+\.\d+-\d{8}T\d{9}Z\.db$/;
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const argsOf = (data: string) => ["serve", "--port", "0", "--data", data];

/** What a database in a file answers to one question. */
function ask(path: string, question: string): unknown {
  const database = new Sqlite(path);
  try {
    const [row]: unknown[] = database.prepare(question).raw().all();
    return Array.isArray(row) ? row[0] : undefined;
  } finally {
    database.close();
  }
}
const migrationsIn = (path: string) => ask(path, "select count(*) from __drizzle_migrations");
const membersIn = (path: string) => ask(path, "select group_concat(user_id) from accounts");

/** A data folder that an older Birdie has left, with alice in it. `bytes`: how much else is in its database. */
async function oldData(bytes = 0) {
  const data = join(testFolder(), "data");
  mkdirSync(data);
  const path = join(data, "birdie.db");
  const root = await rootUpTo(OLD);
  await openOnce(`file:${path}`, root);
  const database = new Sqlite(path);
  database.exec("insert into accounts (user_id, name, password_hash, created_at_ms) values ('alice', 'Alice', 'x', 1)");
  database.exec(`create table ballast (bytes); insert into ballast values (zeroblob(${bytes}))`);
  database.close();
  return { data, path, root, backups: join(data, "backups") };
}

describe("R15: a start that brings an older database up to date", () => {
  test("first copies it as it was, for the owner's eyes only, keeps the last three copies, and says so in one line", async () => {
    const { data, path, backups } = await oldData();
    mkdirSync(backups);
    const earlier = [1, 2, 3].map((n) => `before-0.${4 - n}.0-2026010${n}T000000000Z.db`);
    const others = ["before-the-fair.db", "night.tar"];
    for (const name of [...earlier, ...others, "before-0.1.0-20260104T000000000Z.db.part"]) {
      writeFileSync(join(backups, name), name);
    }
    await using birdie = await startBirdie(argsOf(data));
    const [copy = "", ...more] = readdirSync(backups).filter((name) => COPY.test(name) && !earlier.includes(name));
    expect([copy, more]).toEqual([expect.stringMatching(COPY), []]);
    expect(readdirSync(backups).toSorted()).toEqual([...earlier.slice(1), ...others, copy].toSorted());
    const told = birdie.complained().trim().split("\n");
    expect(told.filter((line) => line.includes("brought up to date"))).toEqual([expect.stringContaining(copy)]);
    expect(modeOf(join(backups, copy))).toBe("600");
    expect(ask(join(backups, copy), "pragma integrity_check")).toBe("ok");
    expect([migrationsIn(join(backups, copy)), membersIn(join(backups, copy))]).toEqual([OLD_COUNT, "alice"]);
    // Who goes back to it, goes another way: positions that browsers have of the newer one say nothing about it.
    const ids = [path, join(backups, copy)].map((one) => ask(one, "select value from meta where key = 'id'"));
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/), expect.stringMatching(/^[0-9a-f]{8}$/)]);
    expect(ids[0]).not.toBe(ids[1]);
    await birdie.stop();
    expect([migrationsIn(path), membersIn(path)]).toEqual([journal.entries.length, "alice"]);
  });

  test("leaves a copy that the older Birdie goes on with, put in the database's place, and the newer one again", async () => {
    const { data, path, root, backups } = await oldData();
    await using birdie = await startBirdie(argsOf(data));
    // Without time to tidy up: what SQLite keeps beside the database stays.
    await birdie.stop("SIGKILL");
    const [copy = ""] = readdirSync(backups);
    await expect(openOnce(`file:${path}`, root)).rejects.toThrow("newer Birdie");
    for (const name of readdirSync(data).filter((one) => one.startsWith("birdie.db"))) rmSync(join(data, name));
    copyFileSync(join(backups, copy), path);
    await openOnce(`file:${path}`, root);
    expect([migrationsIn(path), membersIn(path)]).toEqual([OLD_COUNT, "alice"]);
    await using again = await startBirdie(argsOf(data));
    await again.stop();
    expect([migrationsIn(path), membersIn(path)]).toEqual([journal.entries.length, "alice"]);
    expect(readdirSync(backups)).toHaveLength(2);
  });

  test("copies nothing where the database is new, or of this version", async () => {
    const data = join(testFolder(), "data");
    for (const _ of ["first", "second"]) {
      await using birdie = await startBirdie(argsOf(data));
      expect(birdie.complained()).not.toContain("up to date");
      await birdie.stop();
      expect(existsSync(join(data, "backups"))).toBe(false);
    }
  });

  test("copies it also where it is only opened for a new password", async () => {
    const { data, path, backups } = await oldData();
    const { code, said, complained } = await runBirdie(["password", "alice", "--data", data]);
    expect([code, said, complained]).toEqual([
      0,
      expect.stringContaining("new password of alice"),
      expect.stringMatching(/^\S+ info the database is brought up to date[^\n]*\n$/),
    ]);
    expect(readdirSync(backups)).toEqual([expect.stringMatching(COPY)]);
    expect(migrationsIn(path)).toBe(journal.entries.length);
  });

  test("does not touch it where the copy cannot be written, and says why in one line", async () => {
    const { data, path, backups } = await oldData(8_000_000);
    const refused = async (why: string, command: readonly string[]) => {
      const birdie = Bun.spawn([...command], {
        cwd: ROOT,
        env: { PATH: process.env["PATH"] ?? "" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const [said, complained] = await Promise.all([
        new Response(birdie.stdout).text(),
        new Response(birdie.stderr).text(),
      ]);
      expect([await birdie.exited, said]).toEqual([1, ""]);
      expect(complained.trim().split("\n")).toEqual([expect.stringContaining(`none can be written there (${why}`)]);
      expect(complained).toContain(`${backups}, and`);
      expect([migrationsIn(path), membersIn(path)]).toEqual([OLD_COUNT, "alice"]);
    };
    const serve = [process.execPath, join(ROOT, "src/main.ts"), ...argsOf(data)];
    // No file may become larger than 2 or 4 MB, as shells count: the nearest to a full disk that needs no rights.
    const cramped = ["sh", "-c", `trap "" XFSZ; ulimit -f 4000; exec "$0" "$@"`];
    await refused("SQLITE_IOERR", [...cramped, ...serve]);
    expect(readdirSync(backups)).toEqual([]);
    rmSync(backups, { recursive: true });
    writeFileSync(backups, "");
    await refused("EEXIST", serve);
    rmSync(backups);
    await using birdie = await startBirdie(argsOf(data));
    await birdie.stop();
    expect(migrationsIn(path)).toBe(journal.entries.length);
  });

  test("leaves one on another server alone, and says so", async () => {
    const folder = join(testFolder(), "backups");
    const told: string[] = [];
    const copies = { folder, version: "9.9.9", nowMs: Date.now, tell: (message: string) => void told.push(message) };
    for (const url of ["http://127.0.0.1:1", "libsql://db.example", "ws://127.0.0.1:1"]) await copyFirst(url, copies);
    expect(new Set(told)).toEqual(new Set([expect.stringContaining("on another server")]));
    expect([told.length, existsSync(folder)]).toEqual([3, false]);
  });
});
