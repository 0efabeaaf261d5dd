import { expect, test } from "bun:test";
import { join } from "node:path";
import { Writer } from "../../src/database/writer.ts";
import { testFolder } from "../support/folder.ts";

const open = () => new Writer(join(testFolder(), "test.db"), ["journal_mode=wal", "synchronous=full"]);

test("transactions are done in the order they were asked for, whole or not at all, though nobody waited", async () => {
  const writer = open();
  const [, broken, read] = await Promise.allSettled([
    writer.transact(["create table t (a integer primary key)"]),
    writer.transact([
      ["insert into t values (?)", [7]],
      ["insert into t values (?)", [7]],
    ]),
    writer.transact([["insert into t values (?) returning a", [8]], "select a from t"]),
  ]);
  expect(broken).toMatchObject({ status: "rejected", reason: { code: "SQLITE_CONSTRAINT_PRIMARYKEY" } });
  expect(read.status === "fulfilled" && read.value.map(({ rows }) => rows)).toEqual([[[8]], [[8]]]);
  await writer.close();
});

test("what cannot be opened fails whatever is asked for, with its code", async () => {
  const writer = new Writer(testFolder(), []);
  await expect(writer.transact(["select 1"])).rejects.toMatchObject({ code: "SQLITE_IOERR" });
  await expect(writer.transact(["select 1"])).rejects.toThrow();
  await writer.close();
});

test("values of every kind come back as they went", async () => {
  const writer = open();
  const values = ["김치찌개 🏌️", 1.5, -3, null, 9_007_199_254_740_991];
  const [result] = await writer.transact([["select ?, ?, ?, ?, ?", values]]);
  expect(result?.rows).toEqual([values]);
  await writer.close();
});
