import type { Socket, TCPSocketListener } from "bun";

type Way = "flowing" | "stalled" | "refusing";

interface Pair {
  readonly near: Socket<undefined>;
  far: Socket<undefined> | undefined;
  /** What the other end has not taken yet. */
  readonly toFar: Buffer[];
  readonly toNear: Buffer[];
}

/**
 * A wire between browser and server that breaks as wires do. Stalled, it swallows what is said both ways and tells
 * nobody; refusing, it lets nobody in and cuts who is; it delays, and it resets.
 */
export class TcpProxy implements Disposable {
  readonly #pairs = new Set<Pair>();
  /** A wire that was there while all stalled never comes back. */
  readonly #dead = new WeakSet<Pair>();
  readonly #farPort: () => number;
  readonly #listener: TCPSocketListener<undefined>;
  #way: Way = "flowing";
  delayMs = 0;

  constructor(farPort: () => number) {
    this.#farPort = farPort;
    this.#listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (near) => this.#open(near),
        data: (near, data) => this.#carry(near, Buffer.from(data)),
        drain: (near) => this.#flush(near),
        close: (near) => this.#close(near),
        error: (near) => this.#close(near),
      },
    });
  }

  get port(): number {
    return this.#listener.port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pairCount(): number {
    return this.#pairs.size;
  }

  /** Every wire there is goes dead without a word; new ones are dead, too. */
  stall(): void {
    this.#way = "stalled";
    for (const pair of this.#pairs) this.#dead.add(pair);
  }

  /** Everybody is thrown out, and nobody comes in. `reset`: with a RST instead of a FIN. */
  cut(manner: "end" | "reset" = "end"): void {
    this.#way = "refusing";
    this.#dropAll(manner);
  }

  /** New wires work. Those that stalled stay as dead as they are. */
  heal(): void {
    this.#way = "flowing";
  }

  [Symbol.dispose](): void {
    this.#dropAll("reset");
    this.#listener.stop(true);
  }

  #dropAll(manner: "end" | "reset"): void {
    for (const { near, far } of [...this.#pairs]) {
      for (const socket of [near, far]) manner === "reset" ? socket?.terminate() : socket?.end();
    }
    this.#pairs.clear();
  }

  #open(near: Socket<undefined>): void {
    if (this.#way === "refusing") {
      near.terminate();
      return;
    }
    const pair: Pair = { near, far: undefined, toFar: [], toNear: [] };
    this.#pairs.add(pair);
    if (this.#way === "stalled") {
      this.#dead.add(pair);
      return;
    }
    Bun.connect({
      hostname: "127.0.0.1",
      port: this.#farPort(),
      socket: {
        open: (far) => {
          pair.far = far;
          this.#drain(pair);
        },
        data: (_, data) => this.#later(pair, () => pair.toNear.push(Buffer.from(data))),
        drain: () => this.#drain(pair),
        close: () => {
          if (!this.#dead.has(pair)) near.end();
        },
        error: () => near.terminate(),
      },
    }).catch(() => near.terminate());
  }

  #carry(near: Socket<undefined>, data: Buffer): void {
    const pair = this.#pairOf(near);
    if (pair) this.#later(pair, () => pair.toFar.push(data));
  }

  #later(pair: Pair, put: () => void): void {
    if (this.#dead.has(pair)) return;
    const go = () => {
      put();
      this.#drain(pair);
    };
    if (this.delayMs > 0) setTimeout(go, this.delayMs);
    else go();
  }

  #flush(near: Socket<undefined>): void {
    const pair = this.#pairOf(near);
    if (pair) this.#drain(pair);
  }

  #drain({ near, far, toNear, toFar }: Pair): void {
    send(near, toNear);
    if (far) send(far, toFar);
  }

  #close(near: Socket<undefined>): void {
    const pair = this.#pairOf(near);
    // The server does not hear of the end of a dead wire either.
    if (!pair || this.#dead.has(pair)) return;
    this.#pairs.delete(pair);
    pair.far?.end();
  }

  #pairOf(near: Socket<undefined>): Pair | undefined {
    return [...this.#pairs].find((pair) => pair.near === near);
  }
}

function send(socket: Socket<undefined>, waiting: Buffer[]): void {
  for (let chunk = waiting[0]; chunk; chunk = waiting[0]) {
    const written = socket.write(chunk);
    if (written < chunk.length) {
      waiting[0] = chunk.subarray(Math.max(0, written));
      return;
    }
    waiting.shift();
  }
}
