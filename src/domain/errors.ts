import type { Ban } from "./ban.ts";

/**
 * A refusal that the person may read. The list of codes is closed: `web` holds one table from code to HTTP status,
 * `live` one from code to STOMP goodbye, `views` one from code to words.
 */
export type ErrorCode =
  | "invalid" // the input is not of the right form; `faults` name the fields
  | "not_signed_in"
  | "wrong_credentials"
  | "sign_in_ended" // a token or sign-in that was good once
  | "forbidden"
  | "not_found" // also for what one may not know to exist
  | "gone" // existed, was removed
  | "taken" // a name somebody else has
  | "sign_up_closed"
  | "blocked" // the other person does not want it
  | "banned"
  | "wrong_origin"
  | "too_large"
  | "unsupported" // a file of a kind we do not take
  | "quota" // as much as one person may bring in within a day
  | "full" // the disk is
  | "too_fast" // a rate limit; `retryAfterS` says when to come back
  | "too_many" // a count limit (sockets, subscriptions, transactions)
  | "unavailable"; // the database or the server cannot answer now; try again

/** Why one field was refused. `limit` is in the unit of the rule: code points for lengths. */
export interface Fault {
  readonly field: string;
  readonly rule: "required" | "too_short" | "too_long" | "format" | "taken" | "wrong" | "several" | "too_common";
  readonly limit?: number;
  /** Which ones of a list of names; not all of them where they are many. */
  readonly names?: readonly string[];
}

export class BirdieError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  readonly retryAfterS: number | undefined;
  /** Of the refusal `banned`, where whoever asks has proved who they are. */
  readonly ban: Ban | undefined;

  constructor(
    code: ErrorCode,
    message: string = code,
    more: { faults?: readonly Fault[]; retryAfterS?: number; ban?: Ban; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "BirdieError";
    this.code = code;
    this.faults = more.faults ?? [];
    this.retryAfterS = more.retryAfterS;
    this.ban = more.ban;
  }
}

/** The refusal of whoever has to wait before the next one. */
export function tooFast(waitMs: number, message = "too_fast"): BirdieError {
  return new BirdieError("too_fast", message, { retryAfterS: Math.ceil(waitMs / 1_000) });
}

/** The refusal of one or more fields. */
export function invalid(...faults: readonly Fault[]): BirdieError {
  const what = faults.map((f) => `${f.field}: ${f.rule}${f.limit === undefined ? "" : ` (${f.limit})`}`).join(", ");
  return new BirdieError("invalid", what, { faults });
}
