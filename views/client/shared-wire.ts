import { me } from "./page.ts";
import { lockOf, type ToTab, type ToWorker } from "./tabs-words.ts";
import { Failure, type Headers, type Link, type WireEvents } from "./wire.ts";

const answerMs = 12_000;

/**
 * Whether this page shares one connection with the other tabs. Off unless this device is told otherwise
 * (`localStorage["birdie:one-socket"] = "on"`), and only where a tab that dies is noticed: by its lock.
 */
export function canShare(): boolean {
  try {
    return localStorage.getItem("birdie:one-socket") === "on" && "SharedWorker" in globalThis && "locks" in navigator;
  } catch {
    return false;
  }
}

/** A tab's end of the connection that the worker holds. To the page it is the same as one of its own. */
export class SharedWire implements Link {
  readonly #events: WireEvents;
  readonly #port: MessagePort;
  readonly #tab = crypto.randomUUID();
  readonly #waiting = new Map<
    number,
    { resolve: (answer: { headers: Headers }) => void; reject: (why: Failure) => void }
  >();
  #serial = 0;
  #isConnected = false;
  #isBlocked = false;

  constructor(url: string, events: WireEvents) {
    this.#events = events;
    // Another person's tabs, or those of another version, have a worker of their own.
    const worker = new SharedWorker(document.body.dataset["worker"] ?? "", { name: `birdie ${me}`, type: "module" });
    this.#port = worker.port;
    this.#port.onmessage = ({ data }: MessageEvent<ToTab>) => this.#hear(data);
    worker.addEventListener("error", () => this.#events.disconnected("lost"));
    void navigator.locks.request(lockOf(this.#tab), () => {
      this.#post({ type: "join", tab: this.#tab, url });
      return new Promise(() => undefined);
    });
    addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  ask(command: string, headers: Headers, body = ""): Promise<{ readonly headers: Headers }> {
    return new Promise((resolve, reject) => {
      if (!this.#isConnected) return reject(new Failure("lost"));
      const serial = ++this.#serial;
      const timer = setTimeout(() => this.#settle(serial)?.reject(new Failure("late")), answerMs);
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
      this.#post({ type: "ask", serial, command, headers: this.#own(command, headers), body });
    });
  }

  tell(command: string, headers: Headers, body = ""): void {
    if (this.#isConnected) this.#post({ type: "tell", command, headers: this.#own(command, headers), body });
  }

  hurry(): void {
    this.#post({ type: "hurry" });
  }

  #post(word: ToWorker): void {
    this.#port.postMessage(word);
  }

  /** Subscriptions of several tabs go over one connection: each says whose it is. */
  #own(command: string, headers: Headers): Headers {
    return /SUBSCRIBE$/.test(command) ? { ...headers, id: `${this.#tab} ${headers["id"] ?? ""}` } : headers;
  }

  #settle(serial: number) {
    const waiting = this.#waiting.get(serial);
    this.#waiting.delete(serial);
    return waiting;
  }

  #hear(word: ToTab): void {
    switch (word.type) {
      case "connected":
        this.#isConnected = true;
        this.#isBlocked = false;
        this.#events.connected(word.userName);
        return;
      case "disconnected":
        this.#isConnected = false;
        this.#isBlocked = word.isBlocked;
        for (const serial of [...this.#waiting.keys()]) this.#settle(serial)?.reject(new Failure("lost"));
        this.#events.disconnected(word.why);
        return;
      case "message": {
        const { epoch, body } = word;
        const subscription = (word.headers["subscription"] ?? "").slice(this.#tab.length + 1);
        const id = word.headers["ack"];
        const ack = () => id && this.#post({ type: "ack", id, epoch });
        this.#events.message({ headers: { ...word.headers, subscription }, body, ack });
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
