import { expect, test } from "bun:test";
import { isQuiet, quietSpan } from "../../src/domain/quiet.ts";

const at = (time: string) => Date.parse(`2026-11-22T${time}:00Z`);

test.each([
  {
    quiet: { fromMin: 22 * 60, toMin: 7 * 60 },
    zone: "UTC",
    loud: ["07:00", "21:59"],
    still: ["22:00", "00:00", "06:59"],
  },
  { quiet: { fromMin: 12 * 60, toMin: 13 * 60 }, zone: "UTC", loud: ["11:59", "13:00"], still: ["12:00", "12:59"] },
  {
    quiet: { fromMin: 22 * 60, toMin: 7 * 60 },
    zone: "Asia/Seoul",
    loud: ["22:00", "12:59"],
    still: ["13:00", "21:59"],
  },
  { quiet: { fromMin: 60, toMin: 60 }, zone: "UTC", loud: [], still: ["00:00", "12:00"] },
  { quiet: undefined, zone: "UTC", loud: ["00:00", "12:00"], still: [] },
  { quiet: { fromMin: 60, toMin: 120 }, zone: "Nowhere/Town", loud: ["02:00"], still: ["01:30"] },
])("quiet hours $quiet in $zone", ({ quiet, zone, loud, still }) => {
  for (const time of loud) expect([time, isQuiet(quiet, at(time), zone)]).toEqual([time, false]);
  for (const time of still) expect([time, isQuiet(quiet, at(time), zone)]).toEqual([time, true]);
});

test.each([
  // Before, in, at the end of, and after a night; by a clock of another place; the whole day.
  ["22:00-07:00 UTC", { fromMin: 1320, toMin: 420 }, "UTC", "21:59", "2026-11-22T22:00Z", "2026-11-23T07:00Z"],
  ["22:00-07:00 UTC", { fromMin: 1320, toMin: 420 }, "UTC", "22:00", "2026-11-22T22:00Z", "2026-11-23T07:00Z"],
  ["22:00-07:00 UTC", { fromMin: 1320, toMin: 420 }, "UTC", "06:59", "2026-11-21T22:00Z", "2026-11-22T07:00Z"],
  ["22:00-07:00 UTC", { fromMin: 1320, toMin: 420 }, "UTC", "07:00", "2026-11-22T22:00Z", "2026-11-23T07:00Z"],
  ["12:00-13:00 Seoul", { fromMin: 720, toMin: 780 }, "Asia/Seoul", "03:30", "2026-11-22T03:00Z", "2026-11-22T04:00Z"],
] as const)("%s as moments: %o in %s at %s", (_, quiet, zone, time, from, to) => {
  const span = quietSpan(quiet, at(time) + 30_500, zone);
  expect(span).toEqual({ fromMs: Date.parse(from), toMs: Date.parse(to) });
  expect(isQuiet(quiet, at(time), zone)).toBe(at(time) >= span.fromMs && at(time) < span.toMs);
});

test("quiet hours of a whole day have neither beginning nor end", () => {
  const { fromMs, toMs } = quietSpan({ fromMin: 60, toMin: 60 }, at("12:00"), "UTC");
  expect([fromMs, toMs > at("12:00")]).toEqual([0, true]);
});
