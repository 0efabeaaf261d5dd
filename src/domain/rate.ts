/** At most `burst` at once, refilled at `perMs` a millisecond. A `burst` of 0 means no limit. */
export interface Rate {
  readonly burst: number;
  readonly perMs: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/** `count` things in each span, all of them at once if one likes. `count` 0 switches the limit off. */
export function ratePer(count: number, spanMs: number): Rate {
  return { burst: count, perMs: count / spanMs };
}

/**
 * Token buckets by key (an address, an account). Buckets that are full again are forgotten, so the map stays as
 * small as the number of keys that were busy lately; it is bounded all the same.
 */
export class RateLimit {
  readonly #rate: Rate;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, nowMs: () => number) {
    this.#rate = rate;
    this.#nowMs = nowMs;
  }

  /** Takes one, or `count` together. Returns 0 where it was free, else the milliseconds until it is. */
  take(key: string, count = 1): number {
    const { burst, perMs } = this.#rate;
    if (burst === 0) return 0;
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * perMs);
    bucket.atMs = nowMs;
    if (!this.#buckets.has(key)) this.#remember(key, bucket);
    if (bucket.tokens < count - ALMOST_NOTHING) return Math.ceil((count - bucket.tokens) / perMs);
    bucket.tokens = Math.max(0, bucket.tokens - count);
    return 0;
  }

  /** Gives one back: what was taken turned out not to count. */
  giveBack(key: string): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens = Math.min(this.#rate.burst, bucket.tokens + 1);
  }

  #remember(key: string, bucket: Bucket): void {
    if (this.#buckets.size >= KEYS_MAX) this.#forgetFull();
    this.#buckets.set(key, bucket);
  }

  #forgetFull(): void {
    const nowMs = this.#nowMs();
    for (const [key, bucket] of this.#buckets) {
      if (bucket.tokens + (nowMs - bucket.atMs) * this.#rate.perMs >= this.#rate.burst) this.#buckets.delete(key);
    }
    // Every key busy at once is an attack; starting afresh costs the attacked one burst each.
    if (this.#buckets.size >= KEYS_MAX) this.#buckets.clear();
  }
}

const KEYS_MAX = 10_000;
/** Sums of fractions fall a little short of one: who waited as long as told is let through. */
const ALMOST_NOTHING = 1e-6;
