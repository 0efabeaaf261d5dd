import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { RateLimit, ratePer } from "../../src/domain/rate.ts";
import { testClock } from "../support/clock.ts";

/** How many are free in a row. */
function free(limit: RateLimit, key: string, most = 1_000): number {
  let count = 0;
  while (count < most && limit.take(key) === 0) count++;
  return count;
}

describe("a rate limit", () => {
  test("lets the burst through at once, then tells how long to wait", () => {
    const clock = testClock();
    const limit = new RateLimit(ratePer(3, 60_000), clock.nowMs);
    expect([limit.take("a"), limit.take("a"), limit.take("a"), limit.take("a")]).toEqual([0, 0, 0, 20_000]);
    clock.advance(19_999);
    expect(limit.take("a")).toBe(1);
    clock.advance(1);
    expect([limit.take("a"), limit.take("a")]).toEqual([0, 20_000]);
  });

  test("counts each key for itself", () => {
    const limit = new RateLimit(ratePer(2, 1_000), testClock().nowMs);
    expect([free(limit, "a"), free(limit, "b"), free(limit, "a")]).toEqual([2, 2, 0]);
  });

  test("refills to the burst and no further", () => {
    const clock = testClock();
    const limit = new RateLimit({ burst: 40, perMs: 20 / 1_000 }, clock.nowMs);
    expect(free(limit, "a")).toBe(40);
    clock.advance(1_000);
    expect(free(limit, "a")).toBe(20);
    clock.advance(86_400_000);
    expect(free(limit, "a")).toBe(40);
  });

  test("keeps its word: after the wait it named, one is free, whatever the rate", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 3_600_000 }), (count, spanMs) => {
        const clock = testClock();
        const limit = new RateLimit(ratePer(count, spanMs), clock.nowMs);
        for (let i = 0; i < 5; i++) {
          free(limit, "a");
          const waitMs = limit.take("a");
          expect(Number.isInteger(waitMs)).toBe(true);
          if (waitMs === 0) continue;
          clock.advance(waitMs);
          expect(limit.take("a")).toBe(0);
        }
      }),
    );
  });

  test("never lets more through than burst and time allow", () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (waits) => {
        const clock = testClock();
        const limit = new RateLimit(ratePer(5, 10_000), clock.nowMs);
        let taken = free(limit, "a");
        let passedMs = 0;
        for (const waitMs of waits) {
          clock.advance(waitMs);
          passedMs += waitMs;
          taken += free(limit, "a");
          expect(taken).toBeLessThanOrEqual(5 + Math.floor(passedMs / 2_000 + 1e-6));
        }
      }),
    );
  });

  test("is neither opened nor locked by a clock that is set back", () => {
    const clock = testClock();
    const limit = new RateLimit(ratePer(2, 2_000), clock.nowMs);
    expect(free(limit, "a")).toBe(2);
    clock.advance(-3_600_000);
    expect(limit.take("a")).toBe(1_000);
    clock.advance(1_000);
    expect(limit.take("a")).toBe(0);
  });

  test("gives back what did not count, and no more than was taken", () => {
    const limit = new RateLimit(ratePer(2, 1_000), testClock().nowMs);
    limit.giveBack("unknown");
    free(limit, "a");
    limit.giveBack("a");
    expect(free(limit, "a")).toBe(1);
    for (let i = 0; i < 9; i++) limit.giveBack("a");
    expect(free(limit, "a")).toBe(2);
  });

  test("of 0 is none", () => {
    const limit = new RateLimit(ratePer(0, 60_000), testClock().nowMs);
    expect(free(limit, "a", 5_000)).toBe(5_000);
  });

  test("forgets those who have been quiet, not those who are busy", () => {
    const clock = testClock();
    const limit = new RateLimit(ratePer(2, 10_000), clock.nowMs);
    for (let i = 0; i < 9_999; i++) limit.take(`quiet_${i}`);
    clock.advance(10_000);
    free(limit, "busy");
    // The one that makes the map overflow: the quiet ones go, the busy one is still known.
    limit.take("one more");
    limit.take("and another");
    expect(limit.take("busy")).toBeGreaterThan(0);
    expect(free(limit, "quiet_7")).toBe(2);
  });
});
