import type { Language } from "./account.ts";
import { invalid } from "./errors.ts";
import { type Input, readTexts } from "./input.ts";

/** Why somebody may not sign in, and for how long. It is told to nobody but them and the admins. */
export interface Ban {
  /** Undefined: for good. */
  readonly untilMs: number | undefined;
  /** Empty where none was given. */
  readonly reason: string;
  /** The account's own choice, for telling it to them. */
  readonly language: Language | undefined;
}

/** A ban as an admin asks for it. */
export interface NewBan {
  /** Undefined: for good. */
  readonly days: number | undefined;
  readonly reason: string;
}

/** As a form says it: days, or `forever`. */
export const BAN_LENGTHS = ["1", "7", "forever"] as const;
/** Code points of what the banned person is told, of what a report says. */
export const REASON_MAX = 500;

/** From `days` (1, 7 or forever) and an optional `reason`. @throws BirdieError `invalid` */
export function parseBan(input: Input): NewBan {
  const { reason } = readTexts(input, { reason: { min: 0, max: REASON_MAX } });
  const days = BAN_LENGTHS.find((length) => length === input["days"] || Number(length) === input["days"]);
  if (days === undefined) throw invalid({ field: "days", rule: "required" });
  return { days: days === "forever" ? undefined : Number(days), reason };
}
