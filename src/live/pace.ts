import { tooFast } from "../domain/errors.ts";
import { RateLimit } from "../domain/rate.ts";
import { StompError } from "../stomp/errors.ts";
import type { OnLimit } from "./limits.ts";

export interface PaceOptions {
  readonly sendsPerS: number;
  readonly sendsBurst: number;
  readonly nowMs: () => number;
  readonly onLimit: OnLimit;
}

interface Hurry {
  readonly sinceMs: number;
  readonly lastMs: number;
}

/** Refusals further apart than this are of somebody who slowed down in between. */
const PAUSE_MS = 1_000;
/** Who is too fast for so long is not only in a hurry. */
const PATIENCE_MS = 10_000;

/**
 * How fast people may send, over all their sockets. Each refusal says when to come back; a socket that goes on in spite of
 * refusals for 10 seconds is closed.
 */
export class Pace {
  readonly #options: PaceOptions;
  readonly #sends: RateLimit;
  readonly #hurries = new WeakMap<object, Hurry>();

  constructor(options: PaceOptions) {
    this.#options = options;
    const { sendsPerS, sendsBurst, nowMs } = options;
    this.#sends = new RateLimit({ burst: sendsPerS === 0 ? 0 : sendsBurst, perMs: sendsPerS / 1_000 }, nowMs);
  }

  /**
   * Lets `count` SENDs of a person pass, or none; more than a burst cost as much as one. `socket` is whatever stands
   * for the connection.
   * @throws BirdieError `too_fast`; StompError `too_fast` (never spared) after 10 seconds of it
   */
  take(userId: string, socket: object, count = 1): void {
    const cost = Math.min(count, Math.max(1, this.#options.sendsBurst));
    const waitMs = this.#sends.take(userId, cost);
    if (waitMs === 0) return;
    this.#options.onLimit("sends-per-s");
    throw this.#refusal(socket, waitMs);
  }

  #refusal(socket: object, waitMs: number): Error {
    const nowMs = this.#options.nowMs();
    const before = this.#hurries.get(socket);
    const sinceMs = before && nowMs - before.lastMs < PAUSE_MS ? before.sinceMs : nowMs;
    this.#hurries.set(socket, { sinceMs, lastMs: nowMs });
    return nowMs - sinceMs < PATIENCE_MS ? tooFast(waitMs) : notListening("Too fast for too long");
  }
}

/** What ends a socket whose client does not listen. */
export function notListening(message: string): StompError {
  return new StompError(message, { code: "too_fast", closeCode: 4013, heading: "Size Limits" });
}
