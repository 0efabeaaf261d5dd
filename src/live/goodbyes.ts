import { BirdieError, type ErrorCode } from "../domain/errors.ts";
import { StompError } from "../stomp/errors.ts";
import type { Explanation } from "../stomp/handler.ts";

/**
 * Why a socket is closed, as its close code. 4000-4499: come back later; 4500-4999: do not.
 * The list is closed; CONTRACT section 3 "Goodbyes" promises it.
 */
export const GOODBYE = {
  disconnected: 1000,
  brokenFrame: 1002,
  notSignedIn: 1008,
  tooLarge: 1009,
  ourFault: 1011,
  restarting: 1012,
  slowReader: 4008,
  noHeartBeat: 4012,
  tooFast: 4013,
  signInEnded: 4501,
  banned: 4503,
  tooMany: 4504,
  notAllowed: 4507,
} as const;

interface Refusal {
  readonly status: number;
  readonly closeCode: number;
}

/** What a refusal is on the wire: the number for `on-refusal:receipt`, and the goodbye where the socket is not spared. */
const REFUSALS: Readonly<Record<ErrorCode, Refusal>> = {
  invalid: { status: 422, closeCode: GOODBYE.notSignedIn },
  not_signed_in: { status: 401, closeCode: GOODBYE.notSignedIn },
  wrong_credentials: { status: 401, closeCode: GOODBYE.notSignedIn },
  sign_in_ended: { status: 401, closeCode: GOODBYE.signInEnded },
  forbidden: { status: 403, closeCode: GOODBYE.notAllowed },
  not_found: { status: 404, closeCode: GOODBYE.notAllowed },
  gone: { status: 410, closeCode: GOODBYE.notAllowed },
  taken: { status: 409, closeCode: GOODBYE.notAllowed },
  sign_up_closed: { status: 403, closeCode: GOODBYE.notAllowed },
  blocked: { status: 403, closeCode: GOODBYE.notAllowed },
  banned: { status: 403, closeCode: GOODBYE.banned },
  wrong_origin: { status: 403, closeCode: GOODBYE.notAllowed },
  too_large: { status: 413, closeCode: GOODBYE.tooLarge },
  unsupported: { status: 415, closeCode: GOODBYE.notAllowed },
  quota: { status: 429, closeCode: GOODBYE.notAllowed },
  full: { status: 507, closeCode: GOODBYE.ourFault },
  too_fast: { status: 429, closeCode: GOODBYE.tooFast },
  too_many: { status: 429, closeCode: GOODBYE.tooMany },
  unavailable: { status: 503, closeCode: GOODBYE.ourFault },
};

/** Refusals after which there is nothing to spare: the socket has no right to be open. */
const FATAL: ReadonlySet<ErrorCode> = new Set(["not_signed_in", "wrong_credentials", "sign_in_ended", "banned"]);

/** Short English words for programs; pages say it in the reader's own language. */
const WORDS: Readonly<Record<ErrorCode, string>> = {
  invalid: "The content is not valid",
  not_signed_in: "Sign in first",
  wrong_credentials: "These credentials are not accepted",
  sign_in_ended: "The sign-in has ended",
  forbidden: "Not allowed",
  not_found: "There is no such destination for you",
  gone: "It was removed",
  taken: "Taken",
  sign_up_closed: "Sign-up is closed",
  blocked: "The other person does not want it",
  banned: "This account is banned",
  wrong_origin: "Wrong origin",
  too_large: "Too large",
  unsupported: "Not a kind of file that is taken here",
  quota: "That is as much as fits into a day",
  full: "No space is left",
  too_fast: "Too fast: slow down",
  too_many: "Too many at once",
  unavailable: "Try again later",
};

/** Anything thrown while a frame was served, in the words of the wire. Never repeats what the client sent. */
export function explain(error: unknown): Explanation {
  if (error instanceof StompError) {
    const { message, code, closeCode } = error;
    return { message, code, status: 400, closeCode, spares: false };
  }
  if (error instanceof BirdieError) {
    const isTooLong = error.code === "invalid" && error.faults.some((fault) => fault.rule === "too_long");
    const code: ErrorCode = isTooLong ? "too_large" : error.code;
    const words =
      error.code === "invalid" && error.message !== "invalid" ? `${WORDS.invalid}: ${error.message}` : WORDS[code];
    const wait = error.retryAfterS;
    const headers = wait === undefined ? {} : { headers: [["retry-after", String(wait)]] as const };
    return { message: words, code, ...REFUSALS[code], ...headers, spares: !FATAL.has(error.code) };
  }
  return { message: "Something went wrong", code: "internal", status: 500, closeCode: GOODBYE.ourFault, spares: false };
}
