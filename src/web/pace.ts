import { tooFast } from "../domain/errors.ts";
import { type Rate, RateLimit } from "../domain/rate.ts";

export interface PaceOptions {
  readonly rate: Rate;
  readonly nowMs: () => number;
  /** Counts whoever was refused. */
  readonly onTooFast: () => void;
}

/** Lets one thing of a person pass at a time. What it gives throws BirdieError `too_fast`, which says when to come back. */
export function createPace({ rate, nowMs, onTooFast }: PaceOptions): (userId: string) => void {
  const limit = new RateLimit(rate, nowMs);
  return (userId) => {
    const waitMs = limit.take(userId);
    if (waitMs === 0) return;
    onTooFast();
    throw tooFast(waitMs);
  };
}
