import type { Message } from "../domain/room.ts";

/**
 * Messages that reached somebody who is in the room but has not said yet that they saw them. After the grace the
 * person's other tabs are told, unless an ACK came first (`tell` asks the cursor). One timer for all.
 */
export class Grace {
  readonly #graceMs: number;
  readonly #tell: (userId: string, message: Message) => void;
  /** By person and room: the newest message, and since when one has been waiting. */
  readonly #waiting = new Map<string, { userId: string; message: Message; sinceMs: number }>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(graceMs: number, tell: (userId: string, message: Message) => void) {
    this.#graceMs = graceMs;
    this.#tell = tell;
  }

  add(userId: string, message: Message): void {
    const key = `${message.roomId} ${userId}`;
    const sinceMs = this.#waiting.get(key)?.sinceMs ?? performance.now();
    this.#waiting.set(key, { userId, message, sinceMs });
    this.#timer ??= setTimeout(() => this.#sweep(), this.#graceMs);
  }

  /** The person has seen all of a room: the next message there gets the whole grace. */
  seen(userId: string, roomId: number): void {
    this.#waiting.delete(`${roomId} ${userId}`);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }

  #sweep(): void {
    this.#timer = undefined;
    const nowMs = performance.now();
    for (const [key, { userId, message, sinceMs }] of this.#waiting) {
      // Insertion order is the order of waiting: the first that is too young ends the sweep.
      const leftMs = sinceMs + this.#graceMs - nowMs;
      if (leftMs > 1) {
        this.#timer = setTimeout(() => this.#sweep(), leftMs);
        return;
      }
      this.#waiting.delete(key);
      this.#tell(userId, message);
    }
  }
}
