import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import type { Announcement, BulkAct, Database, Outcome } from "../../src/database/open.ts";
import { isUniqueViolation, openDatabase } from "../../src/database/open.ts";
import { accounts } from "../../src/database/tables.ts";
import { BirdieError } from "../../src/domain/errors.ts";
import type { Event } from "../../src/domain/event.ts";
import { holdLock, ROOT, testDatabase } from "../support/database.ts";
import { testFolder } from "../support/folder.ts";

const eventOf = (name: string): Event => ({ type: "typing", roomId: 1, userId: name, name });
const namesOf = (announcements: readonly Announcement[]) =>
  announcements.map(({ event }) => (event.type === "typing" ? event.userId : event.type));

/** Writes an account and says so; the value is its position. */
function signUp(database: Database, userId: string): Promise<number> {
  let position = 0;
  return database.commit({
    statements(next) {
      position = next();
      return [database.db.insert(accounts).values({ userId, name: userId, passwordHash: "!", createdAtMs: 0 })];
    },
    done: () => ({ value: position, events: [eventOf(userId)] }),
  });
}

const userIds = async ({ db }: Database) =>
  (await db.select({ userId: accounts.userId }).from(accounts).orderBy(sql`rowid`)).map((row) => row.userId);

for (const writes of ["here", "thread"] as const) {
  describe(writes === "here" ? "written here" : "written by a thread", () => {
    describe("acts that wait in the same loop turn", () => {
      test("are committed in the order they were asked for, with strictly increasing positions", async () => {
        await using t = await testDatabase({ writes });
        const names = Array.from({ length: 600 }, (_, i) => `user_${i}`);
        const positions = await Promise.all(names.map((name) => signUp(t.database, name)));
        expect(await userIds(t.database)).toEqual(names);
        expect(positions.every((position, i) => position > (positions[i - 1] ?? 0))).toBe(true);
        expect(t.events.map((event) => (event.type === "typing" ? event.userId : ""))).toEqual(names);
        const [[row]] = await t.database.db.batch([t.database.currentPosition()]);
        expect(Number(row?.value)).toBe(positions.at(-1) ?? 0);
      });

      test("that take no position of their own tell what they tell as of the last one before", async () => {
        const told: Announcement[] = [];
        await using t = await testDatabase({ writes, announce: (announcements) => told.push(...announcements) });
        const done = () => ({ value: undefined, events: [eventOf("nothing")] });
        const positions = await Promise.all([
          signUp(t.database, "first"),
          t.database.commit({ statements: () => [t.database.db.run(sql`select 1`)], done }).then(() => 0),
          signUp(t.database, "second"),
        ]);
        expect(namesOf(told)).toEqual(["first", "nothing", "second"]);
        expect([told[1]?.position, positions[2]]).toEqual([positions[0], (positions[0] ?? 0) + 1]);
      });

      test("do not fail for a neighbour that does", async () => {
        const told: string[] = [];
        await using t = await testDatabase({
          writes,
          announce: (announcements) => told.push(...namesOf(announcements)),
        });
        await signUp(t.database, "taken");
        const results = await Promise.allSettled(
          ["first", "taken", "second", "taken", "third"].map((name) => signUp(t.database, name)),
        );
        expect(results.map((result) => result.status)).toEqual([
          "fulfilled",
          "rejected",
          "fulfilled",
          "rejected",
          "fulfilled",
        ]);
        for (const result of results) {
          if (result.status === "rejected") expect(isUniqueViolation(result.reason, "accounts.user_id")).toBe(true);
        }
        expect(await userIds(t.database)).toEqual(["taken", "first", "second", "third"]);
        expect(told).toEqual(["taken", "first", "second", "third"]);
        const positions = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
        expect(positions).toEqual(positions.toSorted((a, b) => a - b));
      });

      test("do not fail for a neighbour that cannot even be put together", async () => {
        await using t = await testDatabase({ writes });
        const broken = t.database.commit({
          statements: () => {
            throw new BirdieError("not_found");
          },
          done: () => ({ value: 0, events: [] }),
        });
        const sound = signUp(t.database, "sound");
        await expect(broken).rejects.toMatchObject({ code: "not_found" });
        expect(await sound).toBeGreaterThan(0);
      });

      test("are refused one by one by what they found, and tell nothing then", async () => {
        await using t = await testDatabase({ writes });
        const refused = t.database.commit({
          statements: () => [t.database.db.select().from(accounts)],
          done: () => {
            throw new BirdieError("forbidden");
          },
        });
        const sound = signUp(t.database, "sound");
        await expect(refused).rejects.toMatchObject({ code: "forbidden" });
        await sound;
        expect(t.events).toHaveLength(1);
      });
    });

    describe("events", () => {
      test("leave after COMMIT, before the promise resolves, in the order of the acts", async () => {
        const order: string[] = [];
        const folder = testFolder();
        const url = `file:${join(folder, "birdie.db")}`;
        // A second connection sees only what is committed.
        const witness = await openDatabase({ url, root: ROOT, writes, announce: () => undefined });
        const seen: Promise<readonly string[]>[] = [];
        const database = await openDatabase({
          url,
          root: ROOT,
          writes,
          announce(announcements) {
            order.push(...namesOf(announcements));
            seen.push(userIds(witness));
          },
        });
        await Promise.all(
          ["ann", "bea", "cho"].map((name) => signUp(database, name).then(() => order.push(`${name} knows`))),
        );
        expect(order).toEqual(["ann", "bea", "cho", "ann knows", "bea knows", "cho knows"]);
        for (const names of await Promise.all(seen)) expect(names).toEqual(["ann", "bea", "cho"]);
        await database.close();
        await witness.close();
      });

      test("that cannot be told undo nothing and are not written twice", async () => {
        await using t = await testDatabase({
          writes,
          announce(announcements) {
            if (namesOf(announcements).includes("mute")) throw new Error("no voice");
          },
        });
        const [mute, loud] = await Promise.allSettled([signUp(t.database, "mute"), signUp(t.database, "loud")]);
        expect(mute).toMatchObject({ status: "rejected", reason: new Error("no voice") });
        expect(loud.status).toBe("fulfilled");
        expect(await userIds(t.database)).toEqual(["mute", "loud"]);
        expect(await signUp(t.database, "later")).toBeGreaterThan(0);
      });
    });

    describe("a bulk act", () => {
      /** Inserts all names in one statement; refuses those that are there. */
      function bulk(database: Database, sizes: number[]): BulkAct<string, string> {
        return {
          prepare(names, next) {
            sizes.push(names.length);
            const positions = names.map(next);
            const rows = JSON.stringify(names);
            return {
              statements: [
                database.db.all<{ name: string }>(sql`
              insert into accounts (user_id, name, password_hash, created_at_ms)
              select value, value, '!', 0 from json_each(${rows}) where true
              on conflict do nothing returning user_id as name`),
              ],
              done([rows]) {
                const written = new Set((rows as readonly { name: string }[]).map((row) => row.name));
                return names.map((name, i): (Outcome<string> & { position: number }) | Error =>
                  written.has(name)
                    ? { value: name, events: [eventOf(name)], position: positions[i] ?? 0 }
                    : new BirdieError("taken"),
                );
              },
            };
          },
        };
      }

      test("is run once for all neighbours, and again behind an act that came between", async () => {
        await using t = await testDatabase({ writes });
        const sizes: number[] = [];
        const kind = bulk(t.database, sizes);
        const add = (name: string) => t.database.commitMany(kind, name);
        const values = await Promise.all([
          add("one"),
          add("two"),
          add("three"),
          signUp(t.database, "between"),
          add("four"),
        ]);
        expect(sizes).toEqual([3, 1]);
        expect(values.filter((value) => typeof value === "string")).toEqual(["one", "two", "three", "four"]);
        expect(await userIds(t.database)).toEqual(["one", "two", "three", "between", "four"]);
        expect(t.events.map((event) => (event.type === "typing" ? event.userId : ""))).toEqual([
          "one",
          "two",
          "three",
          "between",
          "four",
        ]);
      });

      test("that may be done last is done behind all others, and parts no neighbours", async () => {
        await using t = await testDatabase({ writes });
        const [first, last]: [number[], number[]] = [[], []];
        const kind = bulk(t.database, first);
        const later = { ...bulk(t.database, last), isLast: true };
        await Promise.all([
          t.database.commitMany(kind, "one"),
          t.database.commitMany(later, "late"),
          t.database.commitMany(kind, "two"),
          t.database.commitMany(later, "later"),
          signUp(t.database, "three"),
        ]);
        expect([first, last]).toEqual([[2], [2]]);
        expect(await userIds(t.database)).toEqual(["one", "two", "three", "late", "later"]);
      });

      test("refuses one input without the others", async () => {
        await using t = await testDatabase({ writes });
        await signUp(t.database, "old");
        const kind = bulk(t.database, []);
        const results = await Promise.allSettled(
          ["new", "old", "newer"].map((name) => t.database.commitMany(kind, name)),
        );
        expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect(await userIds(t.database)).toEqual(["old", "new", "newer"]);
      });
    });

    describe("positions", () => {
      test("go on above all that were told when the database is opened again", async () => {
        const url = `file:${join(testFolder(), "birdie.db")}`;
        let last = 0;
        for (let run = 0; run < 3; run++) {
          const database = await openDatabase({ url, root: ROOT, writes, announce: () => undefined });
          const positions = await Promise.all([signUp(database, `a_${run}`), signUp(database, `b_${run}`)]);
          expect(Math.min(...positions)).toBeGreaterThan(last);
          last = Math.max(...positions);
          await database.close();
        }
      });

      test("are read as they were written, and nothing else is", async () => {
        await using t = await testDatabase({ writes });
        await using other = await testDatabase({ writes });
        const { formatPosition, readPosition } = t.database;
        let last = 0;
        while (last < 75) last = await signUp(t.database, `ann_${last}`);
        for (const position of [0, 1, 35, 36, last]) {
          expect(readPosition(formatPosition(position))).toBe(position);
          expect(readPosition(other.database.formatPosition(position))).toBeUndefined();
        }
        for (const never of [last + 1, 123_456_789, Number.MAX_SAFE_INTEGER]) {
          expect([never, readPosition(formatPosition(never))]).toEqual([never, undefined]);
        }
        const text = formatPosition(71);
        const id = text.split("-")[0] ?? "";
        const wrong = [
          "",
          "-",
          id,
          `${id}-`,
          `${id}--1`,
          `${text}-1`,
          ` ${text}`,
          `${text} `,
          `${id}-01`,
          `${id}-1Z`,
          "71",
        ];
        for (const one of [
          ...wrong,
          `${id}-zzzzzzzzzzzz`,
          `${id}-1.5`,
          text.toUpperCase().replace(id, "x"),
          `x${text}`,
        ]) {
          expect([one, readPosition(one)]).toEqual([one, undefined]);
        }
        expect(formatPosition(undefined)).toBe(formatPosition(0));
      });
    });

    describe("a database that cannot be written", () => {
      test("because another process holds it: refuses all who waited their time, reads on, and recovers", async () => {
        const url = `file:${join(testFolder(), "birdie.db")}`;
        const database = await openDatabase({ url, root: ROOT, writes, announce: () => undefined, busyPatienceMs: 60 });
        await signUp(database, "before");
        {
          await using _lock = await holdLock(url);
          const waiting = Array.from({ length: 300 }, (_, i) => signUp(database, `waiting_${i}`));
          const results = await Promise.allSettled(waiting);
          for (const result of results)
            expect(result).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
          expect(await userIds(database)).toEqual(["before"]);
        }
        expect(await signUp(database, "after")).toBeGreaterThan(0);
        expect(await userIds(database)).toEqual(["before", "after"]);
        await database.close();
      });

      test("because another process holds it for less than the patience: waits and loses nothing", async () => {
        const url = `file:${join(testFolder(), "birdie.db")}`;
        const database = await openDatabase({
          url,
          root: ROOT,
          writes,
          announce: () => undefined,
          busyPatienceMs: 20_000,
        });
        const lock = await holdLock(url);
        const waiting = Promise.all([signUp(database, "ann"), signUp(database, "bea")]);
        // The loop is free meanwhile: a read is answered while the writes wait.
        expect(await userIds(database)).toEqual([]);
        await lock[Symbol.asyncDispose]();
        await waiting;
        expect(await userIds(database)).toEqual(["ann", "bea"]);
        await database.close();
      });

      test("because the disk is full: refuses what does not fit, reads on, and recovers", async () => {
        await using t = await testDatabase({ writes });
        const { database } = t;
        await signUp(database, "before");
        const [page] = await database.db.all<{ page_count: number }>(sql`pragma page_count`);
        const pageCount = page?.page_count ?? 0;
        // The bound is of a connection: of the one that writes this.
        const long = (userId: string, pages: number) =>
          database.commit({
            statements: () => [
              database.db.all(sql.raw(`pragma max_page_count=${pages}`)),
              database.db
                .insert(accounts)
                .values({ userId, name: "x".repeat(100_000), passwordHash: "!", createdAtMs: 0 }),
            ],
            done: () => ({ value: userId, events: [eventOf(userId)] }),
          });
        const results = await Promise.allSettled([long("long_1", pageCount + 1), long("long_2", pageCount + 1)]);
        for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code: "full" } });
        expect(await userIds(database)).toEqual(["before"]);
        expect(t.events).toHaveLength(1);

        expect(await long("long_1", 1_000_000)).toBe("long_1");
        expect(await userIds(database)).toEqual(["before", "long_1"]);
        expect(await database.db.all(sql`pragma integrity_check`)).toEqual([{ integrity_check: "ok" }]);
      });
    });

    test("closing waits for what was asked for", async () => {
      const folder = testFolder();
      const url = `file:${join(folder, "birdie.db")}`;
      const database = await openDatabase({ url, root: ROOT, writes, announce: () => undefined });
      const asked = Array.from({ length: 300 }, (_, i) => signUp(database, `late_${i}`));
      await database.close();
      expect((await Promise.allSettled(asked)).every((result) => result.status === "fulfilled")).toBe(true);
      const again = await openDatabase({ url, root: ROOT, writes, announce: () => undefined });
      expect(await userIds(again)).toHaveLength(300);
      await again.close();
      rmSync(folder, { recursive: true });
    });
  });
}

test("with a writer of its own, nothing but the queue can write", async () => {
  await using t = await testDatabase({ writes: "thread" });
  const { db } = t.database;
  await expect(db.all(sql`insert into meta (key, value) values ('a', 'b')`).execute()).rejects.toThrow();
  expect(await signUp(t.database, "ann")).toBeGreaterThan(0);
});
