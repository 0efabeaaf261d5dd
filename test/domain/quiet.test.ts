import { expect, test } from "bun:test";
import { isQuiet } from "../../src/domain/quiet.ts";

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
