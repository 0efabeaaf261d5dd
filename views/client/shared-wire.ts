import { Failure, type Headers, type Link, receiptMs, type WireEvents } from "./link.ts";
import { OwnWire } from "./own-wire.ts";
import { isLookedAt, me } from "./page.ts";
import { lockOf, type ToTab, type ToWorker } from "./tabs-words.ts";

/** A worker that has said nothing for so long will not. */
const helloMs = 4_000;

/**
 * A tab's end of the connection that the worker holds. To the page it is the same as one of its own, and becomes one
 * where the worker does not start, dies, has no room for this tab, or was told to go for good.
 */
export class SharedWire implements Link {
  readonly #url: string;
  readonly #events: WireEvents;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: { headers: Headers }) => void; reject: (why: Failure) => void }
  >();
  #port: MessagePort | undefined;
  /** Ended by leaving the worker. */
  #stay = new AbortController();
  #own: OwnWire | undefined;
  #serial = 0;
  #epoch = 0;
  #impatience: ReturnType<typeof setTimeout> | undefined;
  #isConnected = false;
  #isBlocked = false;

  constructor(url: string, events: WireEvents) {
    this.#url = url;
    this.#events = events;
    // A page that goes may come back as it was: from the browser's memory, without having been loaded.
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", (event: PageTransitionEvent) => {
      if (!event.persisted || this.#own) return;
      events.disconnected("lost");
      this.#join();
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.#join();
  }

  get isConnected(): boolean {
    return this.#own?.isConnected ?? this.#isConnected;
  }

  get isBlocked(): boolean {
    return this.#own?.isBlocked ?? this.#isBlocked;
  }

  ask(command: string, headers: Headers, body = ""): Promise<{ readonly headers: Headers }> {
    if (this.#own) return this.#own.ask(command, headers, body);
    return new Promise((resolve, reject) => {
      if (!this.#isConnected) return reject(new Failure("lost"));
      const serial = ++this.#serial;
      const timer = setTimeout(() => this.#settle(serial)?.reject(new Failure("late")), receiptMs);
      this.#waiting.set(serial, {
        resolve: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        reject: (why) => {
          clearTimeout(timer);
          reject(why);
        },
      });
      this.#post({ type: "ask", serial, epoch: this.#epoch, command, headers, body });
    });
  }

  tell(command: string, headers: Headers, body = ""): void {
    if (this.#own) this.#own.tell(command, headers, body);
    else if (this.#isConnected) this.#post({ type: "tell", epoch: this.#epoch, command, headers, body });
  }

  hurry(): void {
    if (this.#own) this.#own.hurry();
    else this.#post({ type: "hurry" });
  }

  #post(word: ToWorker): void {
    this.#port?.postMessage(word);
  }

  #join(): void {
    this.#stay = new AbortController();
    const { signal } = this.#stay;
    const giveUp = () => this.#giveUp(signal);
    const tab = crypto.randomUUID();
    try {
      // Another person's tabs, or those of another version (by its address), have a worker of their own.
      const worker = new SharedWorker(document.body.dataset["worker"] ?? "", { name: `birdie ${me}`, type: "module" });
      worker.addEventListener("error", giveUp);
      this.#port = worker.port;
      worker.port.onmessage = ({ data }: MessageEvent<ToTab>) => signal.aborted || this.#hear(data);
    } catch {
      giveUp();
      return;
    }
    this.#impatience = setTimeout(giveUp, helloMs);
    const stand = () => {
      this.#post({ type: "join", tab, me, url: this.#url, isHere: isLookedAt() });
      return new Promise((resolve) => signal.addEventListener("abort", resolve));
    };
    navigator.locks.request(lockOf(tab), { signal }, stand).catch(giveUp);
  }

  /** The worker is there. Its lock is granted when it is dead. */
  #watch(lock: string): void {
    clearTimeout(this.#impatience);
    const { signal } = this.#stay;
    navigator.locks.request(lock, { signal }, () => this.#giveUp(signal)).catch(() => undefined);
  }

  /** Nothing more is expected of the worker, unless it has been left already. */
  #giveUp(signal: AbortSignal): void {
    if (!signal.aborted) this.#goAlone();
  }

  #goAlone(): void {
    const wasConnected = this.#isConnected;
    this.#leave();
    this.#own = new OwnWire(this.#url, this.#events);
    if (wasConnected) this.#events.disconnected("lost");
  }

  #leave(): void {
    if (this.#own) return;
    this.#post({ type: "leave" });
    clearTimeout(this.#impatience);
    this.#stay.abort();
    this.#port?.close();
    this.#port = undefined;
    this.#lose();
  }

  #lose(): void {
    this.#isConnected = false;
    for (const serial of [...this.#waiting.keys()]) this.#settle(serial)?.reject(new Failure("lost"));
  }

  #settle(serial: number) {
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    return waiting;
  }

  #hear(word: ToTab): void {
    switch (word.type) {
      case "hello":
        this.#watch(word.lock);
        return;
      case "full":
        this.#goAlone();
        return;
      case "connected":
        this.#isConnected = true;
        this.#isBlocked = false;
        this.#epoch = word.epoch;
        this.#events.connected(word.userName);
        return;
      case "disconnected":
        this.#isBlocked = word.isBlocked;
        this.#lose();
        // What ended for all of them may be the fault of one: each tries for itself, and hears why it may not.
        if (word.why === "ended") this.#goAlone();
        else this.#events.disconnected(word.why);
        return;
      case "message": {
        const { epoch, stream, headers, body } = word;
        const id = headers["ack"];
        const ack = () => id && this.#post({ type: "ack", id, stream, epoch });
        this.#events.message({ headers, body, ack });
        return;
      }
      case "answered":
        this.#settle(word.serial)?.resolve(word);
        return;
      case "failed":
        this.#settle(word.serial)?.reject(new Failure(word.why, word.status, word.message));
        return;
      default:
        word satisfies never;
    }
  }
}
