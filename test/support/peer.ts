import { expect } from "bun:test";

/** One message as it came: a frame of the server read without unescaping, or a heart-beat (command ""). */
export class Heard {
  readonly bytes: Uint8Array;
  readonly isBinary: boolean;
  readonly command: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;

  constructor(bytes: Uint8Array, isBinary: boolean) {
    this.bytes = bytes;
    this.isBinary = isBinary;
    const end = Buffer.from(bytes).indexOf("\n\n");
    const [command = "", ...lines] = end < 0 ? [] : Buffer.from(bytes.subarray(0, end)).toString().split("\n");
    this.command = command;
    this.headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)] as const);
    this.body = end < 0 ? bytes : bytes.subarray(end + 2, -1);
    if (end >= 0 && bytes.at(-1) !== 0) throw new Error("a frame does not end in NUL, or something stands behind it");
  }

  /** The first value of a header, as it stood on the wire. */
  get(name: string): string | undefined {
    return this.headers.find(([one]) => one === name)?.[1];
  }

  get text(): string {
    return Buffer.from(this.body).toString();
  }
}

export interface PeerOptions {
  readonly protocols?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Path and query. */
  readonly path?: string;
}

const TEXT = 1;
const BINARY = 2;
const CLOSE = 8;
const PING = 9;
const PONG = 10;

/** A WebSocket client written out by hand, so that tests say every octet and see every octet. */
export class Peer implements Disposable {
  /** Everything that came and is no heart-beat. */
  readonly frames: Heard[] = [];
  beats = 0;
  readonly pongs: string[] = [];
  status = 0;
  readonly answer = new Map<string, string[]>();
  /** Undefined while open; 0 where the wire ended without a Close. */
  closeCode: number | undefined;
  #socket: { write(data: Uint8Array): number; end(): void } | undefined;
  #unsent: Uint8Array = new Uint8Array();
  #received: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #isOpen = false;
  #waiting: (() => void)[] = [];
  #receipts = 0;

  /** Opens and shakes hands; resolves also where the handshake was refused (see `status`). */
  static async open(url: string, options: PeerOptions = {}): Promise<Peer> {
    const peer = new Peer();
    const { hostname, port } = new URL(url);
    await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        open: (socket) => {
          peer.#socket = socket;
        },
        data: (_socket, data) => peer.#take(data),
        drain: () => peer.#flush(),
        close: () => peer.#end(0),
        error: () => peer.#end(0),
      },
    });
    const lines = [
      `GET ${options.path ?? "/stomp"} HTTP/1.1`,
      `Host: ${hostname}:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ...(options.protocols === undefined ? [] : [`Sec-WebSocket-Protocol: ${options.protocols}`]),
      ...Object.entries(options.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
    ];
    peer.#write(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
    await peer.until(() => peer.status !== 0);
    return peer;
  }

  /** Opens and connects as the guest; what came until CONNECTED is in `frames` no more. */
  static async connect(url: string, version = "1.2", lines: readonly string[] = GUEST): Promise<Peer> {
    const peer = await Peer.open(url, { protocols: `v${version.replace(".", "")}.stomp` });
    peer.say(frame("CONNECT", [...(version === "1.0" ? [] : [`accept-version:${version}`]), ...lines]));
    const connected = await peer.next("CONNECTED");
    expect(connected.get("version") ?? "1.0").toBe(version);
    peer.frames.length = 0;
    return peer;
  }

  /** One message: text for a string, binary for octets. */
  say(...messages: readonly (string | Uint8Array)[]): this {
    for (const message of messages) {
      this.raw(typeof message === "string" ? TEXT : BINARY, typeof message === "string" ? bytesOf(message) : message);
    }
    return this;
  }

  ping(text: string): void {
    this.raw(PING, bytesOf(text));
  }

  /** One WebSocket frame; `first` is its first octet where more than the opcode counts. */
  raw(opcode: number, payload: Uint8Array, first = 0x80 | opcode): void {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14);
    head[0] = first;
    head[1] = 0x80 | (length < 126 ? length : length < 65_536 ? 126 : 127);
    if (length >= 65_536) head.writeBigUInt64BE(BigInt(length), 2);
    else if (length >= 126) head.writeUInt16BE(length, 2);
    // A mask of zeros is one, too: the payload stands as it is.
    this.#write(Buffer.concat([head, payload]));
  }

  /** Says a frame with a receipt and waits for it, so that all that was caused before has come. */
  async ask(command: string, lines: readonly string[] = [], body = ""): Promise<Heard> {
    const receipt = `ask-${++this.#receipts}`;
    this.say(frame(command, [...lines, `receipt:${receipt}`], body));
    return this.receipt(receipt);
  }

  /** Everything that was said before has taken effect. */
  async settled(): Promise<void> {
    const id = `settled-${this.#receipts}`;
    await this.ask("BEGIN", [`transaction:${id}`]);
    await this.ask("ABORT", [`transaction:${id}`]);
  }

  receipt(id: string): Promise<Heard> {
    return this.first((one) => one.command === "RECEIPT" && one.get("receipt-id") === id, `RECEIPT ${id}`);
  }

  next(command: string): Promise<Heard> {
    return this.first((one) => one.command === command, command);
  }

  /** The first frame for which it holds, among those that are here and those to come. */
  async first(holds: (frame: Heard) => boolean, what = "frame"): Promise<Heard> {
    await this.until(() => this.frames.some(holds));
    const found = this.frames.find(holds);
    if (!found) throw new Error(`no ${what}, closed with ${this.closeCode}: ${this.gist.join(" | ")}`);
    return found;
  }

  /** Resolves when it holds or the wire has ended. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds() && this.closeCode === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get messages(): readonly Heard[] {
    return this.frames.filter((one) => one.command === "MESSAGE");
  }

  /** The bodies of all MESSAGEs as text, once there are so many. */
  async bodies(count: number): Promise<readonly string[]> {
    await this.until(() => this.messages.length >= count);
    return this.messages.map((one) => one.text);
  }

  get gist(): readonly string[] {
    return this.frames.map((one) => `${one.command} ${one.get("code") ?? one.get("receipt-id") ?? one.text}`.trim());
  }

  async closed(): Promise<number> {
    await this.until(() => false);
    return this.closeCode ?? 0;
  }

  /** Exactly one ERROR, the last frame, then the Close with this code. Resolves with the ERROR. */
  async refused(code: number, errorCode?: string): Promise<Heard> {
    expect(await this.closed()).toBe(code);
    const errors = this.frames.filter((one) => one.command === "ERROR");
    expect(errors).toHaveLength(1);
    const error = this.frames.at(-1);
    if (error?.command !== "ERROR") throw new Error(`something came behind the ERROR: ${this.gist.join(" | ")}`);
    expect(error.get("content-type")).toBe("text/plain");
    expect(error.get("message")).toBeTruthy();
    expect(Number(error.get("content-length"))).toBe(error.body.length);
    if (errorCode !== undefined) expect(error.get("code")).toBe(errorCode);
    return error;
  }

  /** Cuts the wire without a word. */
  cut(): void {
    this.#socket?.end();
  }

  [Symbol.dispose](): void {
    this.cut();
  }

  #write(data: Uint8Array): void {
    this.#unsent = this.#unsent.length === 0 ? data : Buffer.concat([this.#unsent, data]);
    this.#flush();
  }

  #flush(): void {
    if (this.#unsent.length === 0 || !this.#socket) return;
    const written = this.#socket.write(this.#unsent);
    this.#unsent = this.#unsent.subarray(Math.max(0, written));
  }

  #take(data: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, data]);
    if (!this.#isOpen && !this.#takeAnswer()) return;
    while (this.#takeFrame());
    this.#wake();
  }

  #takeAnswer(): boolean {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const [first = "", ...lines] = this.#received.subarray(0, end).toString().split("\r\n");
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(":")).toLowerCase();
      this.answer.set(name, [...(this.answer.get(name) ?? []), line.slice(line.indexOf(":") + 1).trim()]);
    }
    this.status = Number(first.split(" ")[1]);
    this.#received = this.#received.subarray(end + 4);
    this.#isOpen = this.status === 101;
    this.#wake();
    return this.#isOpen;
  }

  #takeFrame(): boolean {
    const data = this.#received;
    const [first = 0, second = 0] = data;
    const start = second === 126 ? 4 : second === 127 ? 10 : 2;
    if (data.length < start) return false;
    const length = second === 126 ? data.readUInt16BE(2) : second === 127 ? Number(data.readBigUInt64BE(2)) : second;
    if (data.length < start + length) return false;
    const payload = data.subarray(start, start + length);
    this.#received = data.subarray(start + length);
    this.#heard(first & 15, payload);
    return true;
  }

  #heard(opcode: number, payload: Buffer): void {
    if (opcode === CLOSE) {
      this.#end(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
      this.#socket?.end();
    } else if (opcode === PING) this.raw(PONG, payload);
    else if (opcode === PONG) this.pongs.push(payload.toString());
    else if (payload.length === 1 && payload[0] === 10) this.beats++;
    else this.frames.push(new Heard(new Uint8Array(payload), opcode === BINARY));
  }

  #end(code: number): void {
    this.closeCode ??= code;
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

export const GUEST = ["login:guest", "passcode:guest"];

/** A frame as a client writes it, with lines given one by one. */
export function frame(command: string, lines: readonly string[] = [], body = ""): string {
  return `${[command, ...lines].join("\n")}\n\n${body}\0`;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function joinBytes(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? bytesOf(part) : part))));
}
