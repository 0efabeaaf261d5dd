import { expect, test } from "bun:test";
import { join } from "node:path";
import { AdaptiveTransactor } from "../../src/database/adaptive.ts";
import { Connection, type Order } from "../../src/database/connection.ts";
import { Writer } from "../../src/database/writer.ts";
import { testFolder } from "../support/database.ts";

const PRAGMAS = ["journal_mode=wal", "synchronous=full"];

/** Both ways to one file, a clock that stands still, and how many went by the thread. */
function openBoth() {
  const path = join(testFolder(), "test.db");
  const here = new Connection(path, PRAGMAS);
  here.exec("create table t (a integer primary key)");
  const writer = new Writer(path, PRAGMAS);
  const clock = { ms: 1_000, perTransactionMs: 0 };
  const both = {
    here,
    clock,
    inThread: 0,
    adaptive: new AdaptiveTransactor(
      here,
      {
        transact(orders) {
          both.inThread++;
          return writer.transact(orders);
        },
      },
      // Asked at the beginning and at the end of what is written here.
      () => (clock.ms += clock.perTransactionMs),
    ),
    add: (a: number) => both.adaptive.transact([["insert into t values (?)", [a]]] satisfies Order[]),
    rows: () => here.run("select a from t order by a").rows.flat(),
    async close() {
      await writer.close();
      here.close();
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

test("a slow disk is left to the thread for ten seconds", async () => {
  const both = openBoth();
  both.clock.perTransactionMs = 5;
  await both.add(1);
  both.clock.perTransactionMs = 0;
  both.clock.ms += 9_000;
  await both.add(2);
  expect(both.inThread).toBe(1);
  both.clock.ms += 1_100;
  await both.add(3);
  expect(both.inThread).toBe(1);
  await both.close();
});

test("one in 256 goes by the thread however calm it is, and takes the WAL of the others into the file", async () => {
  const both = openBoth();
  for (let a = 1; a <= 512; a++) {
    both.clock.ms += 1_000;
    await both.add(a);
  }
  expect(both.inThread).toBe(2);
  expect(both.rows()).toHaveLength(512);
  expect(both.here.run("pragma wal_autocheckpoint").rows).toEqual([[0]]);
  await both.close();
});

test("what fails here leaves nothing, and nobody else may write here before or after", async () => {
  const both = openBoth();
  const orders: Order[] = [
    ["insert into t values (?)", [7]],
    ["insert into t values (?)", [7]],
  ];
  await expect(both.adaptive.transact(orders)).rejects.toMatchObject({ code: "SQLITE_CONSTRAINT_PRIMARYKEY" });
  expect([both.inThread, both.rows()]).toEqual([0, []]);
  expect(() => both.here.run("insert into t values (8)")).toThrow(/readonly|query_only|read-only/i);
  both.clock.ms += 1_000;
  await both.add(9);
  expect(() => both.here.run("insert into t values (8)")).toThrow();
  expect([both.inThread, both.rows()]).toEqual([0, [9]]);
  await both.close();
});
