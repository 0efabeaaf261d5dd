import { Client, type IFrame, type IMessage, type StompHeaders } from "@stomp/stompjs";
import { encodeFrame } from "../../src/stomp/frame.ts";

/** @stomp/stompjs as somebody else's program would use it, with promises for tests to wait on. */
export class TestClient implements AsyncDisposable {
  readonly client: Client;
  readonly errors: IFrame[] = [];
  readonly closes: number[] = [];
  readonly #waiting: { readonly check: () => boolean; readonly resolve: () => void }[] = [];

  private constructor(client: Client) {
    this.client = client;
  }

  /** Resolves once CONNECTED came, or the socket was closed instead. */
  static async connect(
    url: string,
    headers: StompHeaders,
    options: { reconnectMs?: number } = {},
  ): Promise<TestClient> {
    const client = new Client({
      brokerURL: `${url.replace(/^http/, "ws")}/stomp`,
      connectHeaders: headers,
      reconnectDelay: options.reconnectMs ?? 0,
      heartbeatIncoming: 0,
      heartbeatOutgoing: 0,
    });
    const test = new TestClient(client);
    client.onConnect = () => test.#look();
    client.onStompError = (frame) => {
      test.errors.push(frame);
      test.#look();
    };
    client.onWebSocketClose = (event: CloseEvent) => {
      test.closes.push(event.code);
      test.#look();
    };
    client.activate();
    await test.until(() => client.connected || test.closes.length > 0);
    return test;
  }

  /** Subscribes and resolves with the inbox once the RECEIPT came. */
  async subscribe(destination: string, headers: StompHeaders = {}): Promise<Inbox> {
    const inbox = new Inbox(destination);
    const receipt = crypto.randomUUID();
    const done = this.#receipt(receipt);
    inbox.unsubscribe = this.client.subscribe(destination, (message) => inbox.take(message), {
      ...headers,
      receipt,
    }).unsubscribe;
    await done;
    return inbox;
  }

  /** Resolves with the RECEIPT; rejects when the server says ERROR or goes. */
  send(destination: string, body: string | object = "", headers: StompHeaders = {}): Promise<IFrame> {
    const receipt = crypto.randomUUID();
    const done = this.#receipt(receipt);
    this.client.publish({
      destination,
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { ...(typeof body === "string" ? {} : { "content-type": "application/json" }), ...headers, receipt },
    });
    return done;
  }

  /** ACK or NACK of an `ack` header; resolves with its RECEIPT. */
  exchange(command: "ACK" | "NACK", { id, ...headers }: { readonly id: string } & StompHeaders): Promise<IFrame> {
    const receipt = crypto.randomUUID();
    const done = this.#receipt(receipt);
    const { client } = this;
    const say = command === "ACK" ? client.ack.bind(client) : client.nack.bind(client);
    say(id, "", { ...headers, receipt });
    return done;
  }

  /** Resolves when the condition holds; looked at whenever something comes in. */
  until(check: () => boolean): Promise<void> {
    if (check()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ check, resolve }));
  }

  /** Resolves once the socket is closed, with the code. */
  async closed(): Promise<number> {
    await this.until(() => this.closes.length > 0);
    return this.closes.at(-1) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.deactivate({ force: true });
  }

  #receipt(receipt: string): Promise<IFrame> {
    return new Promise((resolve, reject) => {
      this.client.watchForReceipt(receipt, resolve);
      this.until(() => this.errors.length > 0 || this.closes.length > 0).then(() =>
        reject(new Error(this.errors[0]?.headers["message"] ?? `closed ${this.closes[0]}`)),
      );
    });
  }

  #look(): void {
    for (const one of this.#waiting.splice(0)) {
      if (one.check()) one.resolve();
      else this.#waiting.push(one);
    }
  }
}

/** What came by one subscription. */
export class Inbox {
  readonly destination: string;
  readonly messages: IMessage[] = [];
  unsubscribe: (headers?: StompHeaders) => void = () => undefined;
  readonly #waiting: (() => void)[] = [];

  constructor(destination: string) {
    this.destination = destination;
  }

  take(message: IMessage): void {
    this.messages.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The bodies as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  get bodies(): any[] {
    return this.messages.map((message) => JSON.parse(message.body));
  }

  /** Resolves once the bodies so far are as the test wants them. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  async until(holds: (bodies: readonly any[]) => boolean): Promise<void> {
    while (!holds(this.bodies)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The same, where bodies are no JSON. */
  async untilMessages(holds: (messages: readonly IMessage[]) => boolean): Promise<void> {
    while (!holds(this.messages)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves with the first body (also of those that are here) for which the test holds. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  async next(holds: (body: any) => boolean = () => true): Promise<any> {
    for (;;) {
      const found = this.bodies.find(holds);
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A bare WebSocket that says exactly what it is told, and keeps every frame that came. */
export class RawClient implements Disposable {
  readonly frames: string[] = [];
  /** How many messages came as octets. */
  binaryCount = 0;
  closeCode: number | undefined;
  readonly #socket: WebSocket;
  readonly #waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      if (typeof event.data !== "string") this.binaryCount++;
      this.frames.push(typeof event.data === "string" ? event.data : Buffer.from(event.data).toString());
      this.#wake();
    };
    socket.onclose = (event) => {
      this.closeCode = event.code;
      this.#wake();
    };
  }

  static async open(url: string, headers: Record<string, string> = {}, protocols = ["v12.stomp"]): Promise<RawClient> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/stomp`, { protocols, headers } as never);
    const raw = new RawClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error("the handshake was refused"));
    });
    return raw;
  }

  /** Opens and signs in by a token. */
  static async connect(url: string, token: string): Promise<RawClient> {
    const raw = await RawClient.open(url);
    raw.frame("CONNECT", { "accept-version": "1.2", Authorization: token });
    await raw.until((frames) => frames.some((frame) => frame.startsWith("CONNECTED")));
    return raw;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket.send(data);
  }

  frame(command: string, headers: Record<string, string> = {}, body = ""): void {
    this.#socket.send(encodeFrame("1.2", command, Object.entries(headers), body) as string);
  }

  /** Says one frame with a receipt; resolves with the RECEIPT or ERROR that answers it, or undefined when it closed. */
  async exchange(
    command: string,
    headers: Record<string, string> = {},
    body = "",
  ): Promise<{ readonly command: string; readonly headers: Record<string, string> } | undefined> {
    const receipt = crypto.randomUUID();
    this.frame(command, { ...headers, receipt }, body);
    const isAnswer = (frame: string) => frame.includes(`receipt-id:${receipt}`);
    await this.until((frames) => frames.some(isAnswer));
    const [answered = "", ...lines] = this.frames.find(isAnswer)?.split("\n\n")[0]?.split("\n") ?? [];
    if (answered === "") return undefined;
    return { command: answered, headers: Object.fromEntries(lines.map((line) => line.split(/:(.*)/s, 2))) };
  }

  /** Resolves when the condition holds, or the socket has closed. */
  async until(holds: (frames: readonly string[]) => boolean): Promise<void> {
    while (!holds(this.frames) && this.closeCode === undefined) await this.#next();
  }

  /** Resolves with the close code; what came before is in `frames`. */
  async closed(): Promise<number> {
    while (this.closeCode === undefined) await this.#next();
    return this.closeCode;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
