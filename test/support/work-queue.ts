import type { Header } from "../../src/stomp/frame.ts";

/** One message of a work queue. `number` is its place among all of the broker's. */
export interface Work {
  readonly number: number;
  readonly headers: readonly Header[];
  readonly contentType: string | undefined;
  readonly body: string | Uint8Array;
}

/** Who takes work: one subscription. What it was given and has not settled is in `unsettled`, oldest first. */
export interface Worker {
  /** With `ack:auto`, what is delivered is settled. */
  readonly isAuto: boolean;
  readonly unsettled: Work[];
  deliver(work: Work): void;
}

/** How much one worker may hold unsettled, and one queue keep waiting. */
export const UNSETTLED_MAX = 1_000;
export const WAITING_MAX = 100_000;

/**
 * A queue whose messages each go to one worker, round robin, and wait while there is none. What a worker leaves unsettled
 * when it goes, or refuses, is offered again in its old place.
 */
export class WorkQueue {
  readonly #waiting: Work[] = [];
  readonly #workers: Worker[] = [];
  #isDelivering = false;

  get isFull(): boolean {
    return this.#waiting.length >= WAITING_MAX;
  }

  get isIdle(): boolean {
    return this.#waiting.length === 0 && this.#workers.length === 0;
  }

  add(work: Work): void {
    this.#waiting.push(work);
    this.#deliver();
  }

  join(worker: Worker): void {
    this.#workers.push(worker);
    this.#deliver();
  }

  leave(worker: Worker): void {
    const at = this.#workers.indexOf(worker);
    if (at >= 0) this.#workers.splice(at, 1);
    this.offerAgain(worker.unsettled.splice(0));
  }

  /** Offers these again and, since something was settled, whatever else waited for room. */
  offerAgain(works: readonly Work[]): void {
    this.#waiting.push(...works);
    this.#waiting.sort((a, b) => a.number - b.number);
    this.#deliver();
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    while (this.#waiting.length > 0) {
      const at = this.#workers.findIndex((one) => one.unsettled.length < UNSETTLED_MAX);
      const [worker] = at < 0 ? [] : this.#workers.splice(at, 1);
      if (!worker) break;
      // Behind all others: the next piece is somebody else's turn.
      this.#workers.push(worker);
      const work = this.#waiting.shift();
      if (!work) break;
      if (!worker.isAuto) worker.unsettled.push(work);
      worker.deliver(work);
    }
    this.#isDelivering = false;
  }
}
