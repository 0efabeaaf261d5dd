import { Connection, type Order, type Result } from "./connection.ts";
import type { Transactor } from "./local-client.ts";

/** After so long a silence a transaction is alone, and likely to stay so. */
const CALM_MS = 10;
/** What takes longer holds up sockets for long enough to be felt. */
const QUICK_MS = 4;
/** For so long nothing is written here after something slow. */
const WARY_MS = 10_000;
/** One in so many goes to the thread however calm it is: only there a commit moves the WAL into the file. */
const THREAD_EVERY = 256;
/** Beside those of every connection. What is written here is little, so it needs no large cache. */
const PRAGMAS = ["wal_autocheckpoint=0", "cache_size=-2000"];

/**
 * Transactions where they cost least: in a crowd in the writer's thread, so that this one need not wait for the disk; after
 * a silence here, for changing threads twice takes half a millisecond, which is half of what a lone chat line takes. A disk
 * that is not quick is left to the thread. One transaction at a time, as the commit queue asks for them. What is written here
 * has a connection of its own: a statement that met a locked database holds on to its snapshot, and readers would see no more.
 */
export class AdaptiveTransactor implements Transactor {
  readonly #path: string;
  readonly #pragmas: readonly string[];
  readonly #thread: Transactor;
  readonly #nowMs: () => number;
  #here: Connection | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waryUntilMs = Number.NEGATIVE_INFINITY;
  #calm = 0;

  /** `path` and `pragmas` as of Connection. */
  constructor(
    path: string,
    pragmas: readonly string[],
    thread: Transactor,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#path = path;
    this.#pragmas = [...pragmas, ...PRAGMAS];
    this.#thread = thread;
    this.#nowMs = nowMs;
  }

  /** The thread is its owner's. */
  close(): void {
    this.#here?.close();
    this.#here = undefined;
  }

  transact(orders: readonly Order[]): Promise<Result[]> {
    const nowMs = this.#nowMs();
    const isCalm = nowMs - this.#lastMs >= CALM_MS && nowMs >= this.#waryUntilMs;
    this.#lastMs = nowMs;
    if (!isCalm || ++this.#calm % THREAD_EVERY === 0) return this.#thread.transact(orders);
    return this.#transactHere(orders, nowMs);
  }

  async #transactHere(orders: readonly Order[], startMs: number): Promise<Result[]> {
    try {
      this.#here ??= new Connection(this.#path, this.#pragmas);
      return await this.#here.transact(orders);
    } finally {
      if (this.#nowMs() - startMs > QUICK_MS) this.#waryUntilMs = startMs + WARY_MS;
    }
  }
}
