import { Failure, type Headers, type Link, type WireEvents } from "./link.ts";
import type { Wire } from "./wire.ts";

const retryMs = 5_000;

/** A wire of this page's own. What speaks STOMP comes only now: most pages leave that to the worker of all tabs. */
export class OwnWire implements Link {
  #wire: Wire | undefined;

  constructor(url: string, events: WireEvents) {
    const open = () =>
      import("./wire.ts").then(
        ({ Wire }) => {
          this.#wire = new Wire(url, events);
        },
        // The network is away: the script is asked for again as a connection would be.
        () => {
          events.disconnected("lost");
          setTimeout(open, retryMs);
        },
      );
    void open();
  }

  get isConnected(): boolean {
    return this.#wire?.isConnected ?? false;
  }

  get isBlocked(): boolean {
    return this.#wire?.isBlocked ?? false;
  }

  ask(command: string, headers: Headers, body?: string): Promise<{ readonly headers: Headers }> {
    return this.#wire?.ask(command, headers, body) ?? Promise.reject(new Failure("lost"));
  }

  tell(command: string, headers: Headers, body?: string): void {
    this.#wire?.tell(command, headers, body);
  }

  hurry(): void {
    this.#wire?.hurry();
  }
}
