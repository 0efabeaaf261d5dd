import type { Socket } from "bun";

export interface Bridge extends Disposable {
  readonly port: number;
}

/**
 * Plain TCP on one side, a WebSocket at `/stomp` on the other, for clients that speak STOMP over TCP alone. Octets go on as
 * they come, cut wherever TCP cut them, in binary messages.
 */
export function tcpBridge(url: string): Bridge {
  const listener = Bun.listen<Line>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = new Line(socket, `${url.replace(/^http/, "ws")}/stomp`);
      },
      data: (socket, data) => socket.data.say(new Uint8Array(data)),
      drain: (socket) => socket.data.flush(),
      close: (socket) => socket.data.hangUp(),
      error: (socket) => socket.data.hangUp(),
    },
  });
  return { port: listener.port, [Symbol.dispose]: () => listener.stop(true) };
}

/** One connection through the bridge. */
class Line {
  readonly #tcp: Socket<Line>;
  readonly #ws: WebSocket;
  #early: Uint8Array<ArrayBuffer>[] = [];
  #unsent: Uint8Array = new Uint8Array();
  #isOver = false;

  constructor(tcp: Socket<Line>, url: string) {
    this.#tcp = tcp;
    this.#ws = new WebSocket(url);
    this.#ws.binaryType = "arraybuffer";
    this.#ws.onopen = () => {
      for (const data of this.#early.splice(0)) this.#ws.send(data);
    };
    this.#ws.onmessage = ({ data }) => {
      this.#unsent = Buffer.concat([this.#unsent, typeof data === "string" ? Buffer.from(data) : new Uint8Array(data)]);
      this.flush();
    };
    this.#ws.onclose = () => {
      this.#isOver = true;
      this.flush();
    };
  }

  say(data: Uint8Array<ArrayBuffer>): void {
    if (this.#ws.readyState === WebSocket.OPEN) this.#ws.send(data);
    else this.#early.push(data);
  }

  flush(): void {
    if (this.#unsent.length > 0) this.#unsent = this.#unsent.subarray(Math.max(0, this.#tcp.write(this.#unsent)));
    if (this.#isOver && this.#unsent.length === 0) this.#tcp.end();
  }

  hangUp(): void {
    this.#ws.close();
  }
}
