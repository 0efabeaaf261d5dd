import { expect, test } from "bun:test";
import { Turns } from "../../src/domain/turns.ts";

test("S67: devices that answer nothing hold their owner's places, and nobody else's", async () => {
  const turns = new Turns({ atOnce: 3, atOncePerPerson: 2, waitingMax: 100 });
  const never = Promise.withResolvers<string>();
  const trolls = Array.from({ length: 20 }, () => turns.take("troll", () => never.promise));
  expect(await turns.take("alice", async () => "told")).toBe("told");
  expect(await Promise.all([1, 2, 3].map((n) => turns.take("bob", async () => n)))).toEqual([1, 2, 3]);
  never.resolve("at last");
  expect(new Set(await Promise.all(trolls))).toEqual(new Set(["at last"]));
});

test("no more is under way at once than may be, and a failure gives its place back", async () => {
  const turns = new Turns({ atOnce: 2, atOncePerPerson: 2, waitingMax: 100 });
  let running = 0;
  let most = 0;
  const work = async (n: number) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (n % 3 === 0) throw new Error("gone");
    return n;
  };
  const done = await Promise.allSettled(
    Array.from({ length: 30 }, (_, n) => turns.take(`person-${n % 5}`, () => work(n))),
  );
  expect(most).toBe(2);
  expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(20);
  expect(await turns.take("later", async () => "free")).toBe("free");
});

test("what waits is bounded: the rest is left out", async () => {
  const turns = new Turns({ atOnce: 1, atOncePerPerson: 1, waitingMax: 2 });
  const gate = Promise.withResolvers<void>();
  const all = Array.from({ length: 5 }, (_, n) => turns.take("alice", () => gate.promise.then(() => n)));
  gate.resolve();
  expect(await Promise.all(all)).toEqual([0, 1, 2, undefined, undefined]);
});
