import { Connection, type Order, type Result } from "./connection.ts";
import type { Transactor } from "./local-client.ts";
import type { Writer } from "./writer.ts";

/** After so long a silence a transaction is alone, and likely to stay so. */
const CALM_MS = 10;
/** What takes longer holds up sockets for long enough to be felt. */
const QUICK_MS = 4;
/**
 * For so many times as long nothing is written here after something slow: it holds up sockets for half a percent of the
 * time at most.
 */
const WARY_TIMES = 200;
/** After so many the thread moves the WAL into the file, beside those that follow: here it would hold up sockets. */
const CHECKPOINT_EVERY = 128;
/** Beside those of every connection. What is written here is little, so it needs no large cache. */
const PRAGMAS = ["wal_autocheckpoint=0", "cache_size=-2000"];

export type WriterThread = Transactor & Pick<Writer, "checkpoint">;

/**
 * Transactions where they cost least: in a crowd in the writer's thread, so that this one need not wait for the disk; after
 * a silence here, for changing threads twice takes half a millisecond, which is half of what a lone chat line takes. A disk
 * that is not quick is left to the thread. One transaction at a time, as the commit queue asks for them. What is written here
 * has a connection of its own: a statement that met a locked database holds on to its snapshot, and readers would see no more.
 */
export class AdaptiveTransactor implements Transactor {
  readonly #path: string;
  readonly #pragmas: readonly string[];
  readonly #thread: WriterThread;
  readonly #nowMs: () => number;
  #here: Connection | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #waryUntilMs = Number.NEGATIVE_INFINITY;
  #calm = 0;

  /** `path` and `pragmas` as of Connection. */
  constructor(
    path: string,
    pragmas: readonly string[],
    thread: WriterThread,
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
    return isCalm ? this.#transactHere(orders, nowMs) : this.#thread.transact(orders);
  }

  async #transactHere(orders: readonly Order[], startMs: number): Promise<Result[]> {
    try {
      this.#here ??= new Connection(this.#path, this.#pragmas);
      return await this.#here.transact(orders);
    } finally {
      if (++this.#calm % CHECKPOINT_EVERY === 0) void this.#thread.checkpoint();
      const tookMs = this.#nowMs() - startMs;
      if (tookMs > QUICK_MS) this.#waryUntilMs = startMs + tookMs * WARY_TIMES;
    }
  }
}
