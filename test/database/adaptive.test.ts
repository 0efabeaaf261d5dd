import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { AdaptiveTransactor, type WriterThread } from "../../src/database/adaptive.ts";
import { Connection, type Order } from "../../src/database/connection.ts";
import { Writer } from "../../src/database/writer.ts";
import { testFolder } from "../support/folder.ts";

const PRAGMAS = ["journal_mode=wal", "synchronous=full"];

/** Both ways to one file, a clock that stands still, and how many went by the thread. */
function openBoth() {
  const path = join(testFolder(), "test.db");
  const reader = new Connection(path, PRAGMAS);
  reader.exec("create table t (a integer primary key)");
  reader.exec("pragma query_only=on");
  const writer = new Writer(path, PRAGMAS);
  const clock = { ms: 1_000, perTransactionMs: 0 };
  const counted: WriterThread = {
    transact(orders) {
      both.inThread++;
      return writer.transact(orders);
    },
    checkpoint() {
      both.checkpoints++;
      return writer.checkpoint();
    },
  };
  // The clock is asked at the beginning, and at the end of what is written here.
  const adaptive = new AdaptiveTransactor(path, PRAGMAS, counted, () => (clock.ms += clock.perTransactionMs));
  const both = {
    path,
    clock,
    inThread: 0,
    checkpoints: 0,
    writer,
    adaptive,
    add: (a: number) => adaptive.transact([["insert into t values (?)", [a]]] satisfies Order[]),
    rows: () => reader.run("select a from t order by a").rows.flat(),
    async close() {
      adaptive.close();
      await writer.close();
      reader.close();
    },
  };
  return both;
}

test("after a silence a transaction is written here, close behind another one in the thread; both are there in order", async () => {
  const both = openBoth();
  await both.add(1);
  expect(both.inThread).toBe(0);
  both.clock.ms += 9;
  await both.add(2);
  expect(both.inThread).toBe(1);
  await both.add(3);
  expect(both.inThread).toBe(2);
  both.clock.ms += 10;
  await both.add(4);
  expect(both.inThread).toBe(2);
  expect(both.rows()).toEqual([1, 2, 3, 4]);
  await both.close();
});

test("a slow disk is left to the thread for two hundred times as long as it took", async () => {
  const both = openBoth();
  both.clock.perTransactionMs = 5;
  await both.add(1);
  both.clock.perTransactionMs = 0;
  both.clock.ms += 985;
  await both.add(2);
  expect(both.inThread).toBe(1);
  both.clock.ms += 15;
  await both.add(3);
  expect(both.inThread).toBe(1);
  await both.close();
});

test("after 128 the thread moves the WAL into the file, beside what is written here", async () => {
  const both = openBoth();
  // Each takes some pages, so that 128 of them are above the thousand at which SQLite would move them by itself.
  const body = "x".repeat(40_000);
  await both.adaptive.transact(["create table bodies (a integer primary key, body text)"]);
  const sizes: number[] = [];
  for (let a = 1; a <= 127; a++) {
    both.clock.ms += 1_000;
    expect(both.checkpoints).toBe(0);
    await both.adaptive.transact([["insert into bodies values (?, ?)", [a, body]]]);
    sizes.push(statSync(`${both.path}-wal`).size);
  }
  const grown = sizes.every((size, i) => size > (sizes[i - 1] ?? 0));
  expect([both.inThread, both.checkpoints, grown]).toEqual([0, 1, true]);
  // It is done with what it was asked for.
  await both.writer.checkpoint();
  both.clock.ms += 1_000;
  await both.add(1);
  // What is in the file now is written over from the beginning.
  expect(statSync(`${both.path}-wal`).size).toBe(sizes.at(-1) ?? 0);
  await both.close();
});

test("what fails here leaves nothing", async () => {
  const both = openBoth();
  const orders: Order[] = [
    ["insert into t values (?)", [7]],
    ["insert into t values (?)", [7]],
  ];
  await expect(both.adaptive.transact(orders)).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  expect([both.inThread, both.rows()]).toEqual([0, []]);
  both.clock.ms += 1_000;
  await both.add(9);
  expect([both.inThread, both.rows()]).toEqual([0, [9]]);
  await both.close();
});

test("a locked database is left to the thread, and readers see what it writes then", async () => {
  const both = openBoth();
  const other = new Connection(both.path, PRAGMAS);
  other.exec("begin immediate");
  await expect(both.add(1)).rejects.toMatchObject({ code: "SQLITE_BUSY" });
  other.exec("rollback");
  // It took some milliseconds of the real clock: told to that of the test, they are too many.
  both.clock.perTransactionMs = 5;
  await both.add(2);
  both.clock.ms += 1_000;
  await both.add(3);
  expect([both.inThread, both.rows()]).toEqual([1, [2, 3]]);
  other.close();
  await both.close();
});
