import type { Socket } from "bun";

export interface WireOptions {
  readonly port: number;
  /** Path and query of the handshake. */
  readonly path: string;
  readonly protocol: string | undefined;
  /** One WebSocket message: the octets `from` to `to` of `bytes`, valid during the call only. */
  readonly onMessage: (bytes: Buffer, from: number, to: number) => void;
  /** The other side has closed, or refused the handshake. */
  readonly onClose: (reason: string) => void;
}

/**
 * A WebSocket client on raw TCP. It frames by itself, so that measuring costs less than what is measured: a message
 * is handed on where it lies in the octets that came, and what is sent was framed once, long before.
 */
export class Wire {
  readonly #options: WireOptions;
  readonly #opened = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #isUpgraded = false;
  #isClosed = false;
  /** The beginning of a message whose end has not come. */
  #rest: Buffer | undefined;
  readonly #unsent: Buffer[] = [];

  private constructor(options: WireOptions) {
    this.#options = options;
  }

  static async open(options: WireOptions): Promise<Wire> {
    const wire = new Wire(options);
    await Bun.connect({
      hostname: "127.0.0.1",
      port: options.port,
      socket: {
        open: (socket) => wire.#ask(socket),
        data: (_socket, bytes) => wire.#take(bytes),
        drain: () => wire.#flush(),
        close: () => wire.#end("the connection was closed"),
        error: (_socket, error) => wire.#end(error.message),
      },
    });
    await wire.#opened.promise;
    return wire;
  }

  /** Sends octets that `frameOf` made. They are copied only when they cannot leave at once. */
  send(frame: Buffer): void {
    if (this.#isClosed) return;
    if (this.#unsent.length > 0) {
      this.#unsent.push(Buffer.from(frame));
      return;
    }
    const sent = Math.max(0, this.#socket?.write(frame) ?? 0);
    if (sent < frame.length) this.#unsent.push(Buffer.from(frame.subarray(sent)));
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.end();
  }

  #ask(socket: Socket): void {
    this.#socket = socket;
    const { port, path, protocol } = this.#options;
    const key = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n` +
        `${protocol === undefined ? "" : `Sec-WebSocket-Protocol: ${protocol}\r\n`}\r\n`,
    );
  }

  #flush(): void {
    const waiting = Buffer.concat(this.#unsent.splice(0));
    if (waiting.length > 0) this.send(waiting);
  }

  #end(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#opened.reject(new Error(reason));
    if (this.#isUpgraded) this.#options.onClose(reason);
  }

  #take(bytes: Buffer): void {
    const all = this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes;
    this.#rest = undefined;
    let at = 0;
    if (!this.#isUpgraded) {
      const end = all.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#rest = all;
        return;
      }
      const [status = ""] = all.toString("latin1", 0, end).split("\r\n");
      if (!status.startsWith("HTTP/1.1 101")) {
        this.#end(status);
        return;
      }
      this.#isUpgraded = true;
      this.#opened.resolve();
      at = end + 4;
    }
    at = this.#read(all, at);
    if (at < all.length) this.#rest = at === 0 ? all : all.subarray(at);
  }

  /** Reads whole messages from `at` on; returns where the first that is not whole begins. */
  #read(bytes: Buffer, start: number): number {
    let at = start;
    while (bytes.length - at >= 2) {
      const short = (bytes[at + 1] ?? 0) & 127;
      const head = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (bytes.length - at < head) break;
      const length = head === 2 ? short : head === 4 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6);
      const from = at + head;
      const to = from + length;
      if (bytes.length < to) break;
      const opcode = (bytes[at] ?? 0) & 15;
      if (opcode < 3) this.#options.onMessage(bytes, from, to);
      else if (opcode === 9) this.send(frameOf(bytes.subarray(from, to), 10));
      else if (opcode === 8) this.#end(`closed by the server: ${bytes.toString("utf8", from + 2, to)}`);
      at = to;
    }
    return at;
  }
}

/** One WebSocket frame of a client, masked with zero so that its payload can be changed in place. */
export function frameOf(payload: string | Uint8Array, opcode = 1): Buffer {
  const bytes = Buffer.from(payload as string);
  const { length } = bytes;
  const head = length < 126 ? 2 : 4;
  if (length > 65_535) throw new Error("frames of more than 64 KiB are not measured");
  const frame = Buffer.alloc(head + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | Math.min(length, 126);
  if (head === 4) frame.writeUInt16BE(length, 2);
  bytes.copy(frame, head + 4);
  return frame;
}
