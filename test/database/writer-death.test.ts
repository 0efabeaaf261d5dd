import { expect, test } from "bun:test";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/libsql";
import { CommitQueue } from "../../src/database/commit-queue.ts";
import { Connection } from "../../src/database/connection.ts";
import { LocalClient } from "../../src/database/local-client.ts";
import { Plain } from "../../src/database/plain.ts";
import { Writer } from "../../src/database/writer.ts";
import { DEATHS } from "../support/deaths.ts";
import { testFolder } from "../support/folder.ts";
import { until } from "../support/until.ts";

const PRAGMAS = ["journal_mode=wal", "synchronous=full", "busy_timeout=5"];
const MORTAL = new URL("../support/mortal-thread.ts", import.meta.url);

/** The queue as open.ts puts it together, over a thread that dies when it is told to. */
function openMortal() {
  const path = join(testFolder(), "test.db");
  const here = new Connection(path, PRAGMAS);
  here.exec("create table meta (key text primary key, value text not null); insert into meta values ('position', '0')");
  here.exec("create table notes (text text not null)");
  const writer = new Writer(path, PRAGMAS, MORTAL);
  const queue = new CommitQueue({
    db: drizzle(new LocalClient(here, writer)),
    position: 0,
    isOverlapping: true,
    announce: () => undefined,
    busyPatienceMs: 2_000,
  });
  return {
    writer,
    write: (...texts: readonly string[]) =>
      queue.addOne({
        statements: () => texts.map((text) => new Plain("insert into notes values (?)", [text])),
        done: () => ({ value: "written", events: [] }),
      }),
    notes: () => here.run("select text from notes order by rowid").rows.flat(),
    [Symbol.dispose]: () => here.close(),
  };
}

for (const [when, word] of [
  ["in the middle of a transaction", DEATHS.midway],
  ["right before its commit", DEATHS.beforeCommit],
] as const) {
  test(`a thread that dies ${when} leaves nothing half done: refused as unavailable, and the next act is written`, async () => {
    using mortal = openMortal();
    expect(await mortal.write("before")).toBe("written");
    await expect(mortal.write("one", word, "three")).rejects.toMatchObject({ code: "unavailable" });
    expect(mortal.notes()).toEqual(["before"]);
    expect(await mortal.write("after")).toBe("written");
    expect(mortal.notes()).toEqual(["before", "after"]);
    await mortal.writer.close();
  });
}

test("what was committed when the thread died before it could say so is not done a second time, however many waited together", async () => {
  using mortal = openMortal();
  const together = await Promise.allSettled([
    mortal.write("one"),
    mortal.write(DEATHS.afterCommit),
    mortal.write("three"),
  ]);
  for (const one of together) expect(one).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
  expect(mortal.notes()).toEqual(["one", DEATHS.afterCommit, "three"]);
  expect(await mortal.write("after")).toBe("written");
  expect(mortal.notes()).toHaveLength(4);
  await mortal.writer.close();
});

test("an error in the thread that nobody catches ends it in order: what it said is there, and a new one goes on", async () => {
  using mortal = openMortal();
  const insert = insertBy(mortal.writer);
  const asked = await Promise.allSettled([DEATHS.uncaught, "one", "two", "three"].map(insert));
  const saidCount = asked.filter(({ status }) => status === "fulfilled").length;
  expect(mortal.notes().length).toBeGreaterThanOrEqual(saidCount);
  // It dies between two turns of its own, which nobody here can see.
  await until(() =>
    insert("anew").then(
      () => true,
      () => false,
    ),
  );
  expect(mortal.notes().slice(0, saidCount)).toEqual([DEATHS.uncaught, "one", "two", "three"].slice(0, saidCount));
  expect(mortal.notes()).toContain("anew");
  await mortal.writer.close();
});

test("all that had been asked for when the thread died fails; what is asked for then is done by a new one", async () => {
  using mortal = openMortal();
  const insert = insertBy(mortal.writer);
  const asked = await Promise.allSettled([insert("first"), insert(DEATHS.beforeCommit), insert("behind it")]);
  expect(asked.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
  for (const one of asked.slice(1)) expect(one).toMatchObject({ reason: { code: "SQLITE_IOERR" } });
  await insert("anew");
  expect(mortal.notes()).toEqual(["first", "anew"]);
  await mortal.writer.close();
});

test("closing ends where the thread dies of it, where it has died before, and a second time", async () => {
  using closing = openMortal();
  await closing.write(DEATHS.closing);
  await closing.writer.close();
  await closing.writer.close();
  expect(closing.notes()).toEqual([DEATHS.closing]);
  using dead = openMortal();
  await expect(dead.write(DEATHS.midway)).rejects.toMatchObject({ code: "unavailable" });
  await dead.writer.close();
});

/** Two statements, as one alone needs no commit. */
const insertBy = (writer: Writer) => (text: string) =>
  writer.transact(["select 1", ["insert into notes values (?)", [text]]]);
