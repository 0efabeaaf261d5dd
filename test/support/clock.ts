/** A clock that stands still until it is told otherwise. */
export interface TestClock {
  readonly nowMs: () => number;
  /** Moves on (or back, by a negative number). */
  readonly advance: (ms: number) => void;
  readonly set: (ms: number) => void;
}

/** Starts on 2026-11-22 10:00 UTC unless told otherwise. */
export function testClock(startMs = Date.UTC(2026, 10, 22, 10)): TestClock {
  let ms = startMs;
  return {
    nowMs: () => ms,
    advance: (by) => {
      ms += by;
    },
    set: (to) => {
      ms = to;
    },
  };
}
