import type { Connection, Order, Result } from "./connection.ts";
import type { Transactor } from "./local-client.ts";

/** After so long a silence a transaction is alone, and likely to stay so. */
const CALM_MS = 10;
/** What takes longer holds up sockets for long enough to be felt. */
const QUICK_MS = 4;
/** For so long nothing is written here after something slow. */
const WARY_MS = 10_000;
/** One in so many goes to the thread however calm it is: only there a commit moves the WAL into the file. */
const THREAD_EVERY = 256;

/**
 * Transactions where they cost least: in a crowd in the writer's thread, so that this one need not wait for the disk; after
 * a silence here, for changing threads twice takes half a millisecond, which is half of what a lone chat line takes. A disk
 * that is not quick is left to the thread. One transaction at a time, as the commit queue asks for them.
 */
export class AdaptiveTransactor implements Transactor {
  readonly #here: Connection;
  readonly #thread: Transactor;
  readonly #nowMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waryUntilMs = Number.NEGATIVE_INFINITY;
  #calm = 0;

  /** `here` is the connection of the readers: between transactions SQLite holds it to reading. */
  constructor(here: Connection, thread: Transactor, nowMs: () => number = () => performance.now()) {
    this.#here = here;
    this.#thread = thread;
    this.#nowMs = nowMs;
    here.exec("pragma query_only=on");
    here.exec("pragma wal_autocheckpoint=0");
  }

  transact(orders: readonly Order[]): Promise<Result[]> {
    const nowMs = this.#nowMs();
    const isCalm = nowMs - this.#lastMs >= CALM_MS && nowMs >= this.#waryUntilMs;
    this.#lastMs = nowMs;
    if (!isCalm || ++this.#calm % THREAD_EVERY === 0) return this.#thread.transact(orders);
    return this.#transactHere(orders, nowMs);
  }

  async #transactHere(orders: readonly Order[], startMs: number): Promise<Result[]> {
    this.#here.exec("pragma query_only=off");
    try {
      return await this.#here.transact(orders);
    } finally {
      this.#here.exec("pragma query_only=on");
      if (this.#nowMs() - startMs > QUICK_MS) this.#waryUntilMs = startMs + WARY_MS;
    }
  }
}
