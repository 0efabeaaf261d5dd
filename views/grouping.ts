import { dayKey } from "./time.ts";

interface Said {
  readonly userId: string;
  readonly atMs: number;
}

const MINUTE_MS = 60_000;
const APART_MS_MAX = 5 * MINUTE_MS;

/** Whether a message belongs under the name that already stands above `before`: same sender, same day, five minutes. */
function follows(before: Said | undefined, said: Said, timeZone: string): boolean {
  if (!before || before.userId !== said.userId) return false;
  if (Math.abs(said.atMs - before.atMs) > APART_MS_MAX) return false;
  return dayKey(timeZone, before.atMs) === dayKey(timeZone, said.atMs);
}

/** How a message stands below the one before it: a new name, under that name, or also at the time shown there already. */
export function standingOf(before: Said | undefined, said: Said, timeZone: string): "" | "follows" | "follows at-once" {
  if (!before || !follows(before, said, timeZone)) return "";
  const isSameMinute = Math.floor(before.atMs / MINUTE_MS) === Math.floor(said.atMs / MINUTE_MS);
  return isSameMinute ? "follows at-once" : "follows";
}
