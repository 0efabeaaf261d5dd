export interface TurnLimits {
  /** How much is worked at together. */
  readonly atOnce: number;
  /** And of that, for one person. */
  readonly atOncePerPerson: number;
  /** What waits beyond this is left out. */
  readonly waitingMax: number;
}

interface Waiting {
  readonly userId: string;
  readonly begin: () => void;
}

/**
 * Turns at what takes a while (sending to a push service, which may be slow or somebody's own; reading a picture): there
 * is a bound on what is under way, and nobody alone can take all of the places.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #busy = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #busyCount = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** Does the work in its turn. Undefined: too much waits already, and it was left out. */
  async take<T>(userId: string, work: () => Promise<T>): Promise<T | undefined> {
    if (this.#isFree(userId)) this.#count(userId, 1);
    else if (this.#waiting.size >= this.#limits.waitingMax) return undefined;
    else await new Promise<void>((begin) => this.#waiting.add({ userId, begin }));
    try {
      return await work();
    } finally {
      this.#count(userId, -1);
      this.#next();
    }
  }

  #isFree(userId: string): boolean {
    const { atOnce, atOncePerPerson } = this.#limits;
    return this.#busyCount < atOnce && (this.#busy.get(userId) ?? 0) < atOncePerPerson;
  }

  /** The first in the queue whose person has a place to spare. */
  #next(): void {
    for (const one of this.#waiting) {
      if (!this.#isFree(one.userId)) continue;
      this.#waiting.delete(one);
      this.#count(one.userId, 1);
      one.begin();
      return;
    }
  }

  #count(userId: string, by: number): void {
    this.#busyCount += by;
    const count = (this.#busy.get(userId) ?? 0) + by;
    if (count > 0) this.#busy.set(userId, count);
    else this.#busy.delete(userId);
  }
}
