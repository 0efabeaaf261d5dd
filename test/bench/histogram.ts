const SUB_BUCKETS = 64;
const BUCKETS = 27 * SUB_BUCKETS;

/** Durations in buckets 1.6 % wide: what lies below 128 microseconds exactly, up to half an hour. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  add(us: number): void {
    const whole = us < 0 ? 0 : us | 0;
    const shift = whole < 2 * SUB_BUCKETS ? 0 : 25 - Math.clz32(whole);
    const at = shift * SUB_BUCKETS + (whole >> shift);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total++;
  }

  /** The duration that a part `q` (0 to 1) of all does not exceed, in milliseconds. 0 when nothing was added. */
  atMs(q: number): number {
    let left = Math.ceil(this.#total * q);
    for (let i = 0; i < BUCKETS; i++) {
      const count = this.#counts[i] ?? 0;
      left -= count;
      if (left > 0 || count === 0) continue;
      const shift = i < 2 * SUB_BUCKETS ? 0 : Math.floor(i / SUB_BUCKETS) - 1;
      return Math.round((i - shift * SUB_BUCKETS) * 2 ** shift) / 1000;
    }
    return 0;
  }
}
