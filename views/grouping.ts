import { dayKey } from "./time.ts";

interface Said {
  readonly userId: string;
  readonly atMs: number;
}

const APART_MS_MAX = 5 * 60_000;

/** Whether a message belongs under the name that already stands above `before`: same sender, same day, five minutes. */
export function follows(before: Said | undefined, said: Said, timeZone: string): boolean {
  if (!before || before.userId !== said.userId) return false;
  if (Math.abs(said.atMs - before.atMs) > APART_MS_MAX) return false;
  return dayKey(timeZone, before.atMs) === dayKey(timeZone, said.atMs);
}
