import { RxStomp } from "@stomp/rx-stomp";
import { Client, type StompHeaders, Versions } from "@stomp/stompjs";
import { connect as connectStompit } from "stompit";
import webstomp from "webstomp-client";
import { type Bridge, tcpBridge } from "./tcp-bridge.ts";

export type ForeignVersion = "1.0" | "1.1" | "1.2";

export interface ForeignMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  ack(): void;
  nack(): void;
}

/** What all clients of others can do, in one shape. */
export interface Foreign extends AsyncDisposable {
  /** Of the session, as the client understood it. */
  readonly version: string;
  subscribe(destination: string, ack?: string): Mailbox;
  unsubscribe(mailbox: Mailbox): void;
  send(destination: string, body: string, headers?: Record<string, string>): void;
  begin(id: string): void;
  commit(id: string): void;
  abort(id: string): void;
  /** Ends as the client ends; resolves when it thinks that it has. */
  disconnect(): Promise<void>;
}

export interface ForeignOptions {
  readonly url: string;
  readonly version: ForeignVersion;
  readonly login: string;
  readonly passcode: string;
}

/** What came by one subscription. */
export class Mailbox {
  readonly messages: ForeignMessage[] = [];
  end: () => void = () => undefined;
  #waiting: (() => void)[] = [];

  take(message: ForeignMessage): void {
    this.messages.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  get bodies(): readonly string[] {
    return this.messages.map((message) => message.body);
  }

  async until(holds: (messages: readonly ForeignMessage[]) => boolean): Promise<void> {
    while (!holds(this.messages)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async first(holds: (message: ForeignMessage) => boolean): Promise<ForeignMessage> {
    await this.until((messages) => messages.some(holds));
    const found = this.messages.find(holds);
    if (!found) throw new Error("unreachable");
    return found;
  }
}

const socketUrl = (url: string) => `${url.replace(/^http/, "ws")}/stomp`;

export interface StompjsSettings {
  readonly forceBinaryWSFrames?: boolean;
  readonly splitLargeFrames?: boolean;
  readonly heartbeatMs?: number;
}

export async function withStompjs(options: ForeignOptions, settings: StompjsSettings = {}): Promise<Foreign> {
  const { heartbeatMs = 0, ...more } = settings;
  const client = new Client({
    brokerURL: socketUrl(options.url),
    stompVersions: new Versions([options.version]),
    connectHeaders: { login: options.login, passcode: options.passcode },
    reconnectDelay: 0,
    heartbeatIncoming: heartbeatMs,
    heartbeatOutgoing: heartbeatMs,
    ...more,
  });
  await new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve();
    client.onStompError = (frame) => reject(new Error(frame.headers["message"]));
    client.activate();
  });
  return overStompjs(client);
}

function overStompjs(client: Client): Foreign {
  return {
    get version() {
      return client.connectedVersion ?? "";
    },
    subscribe(destination, ack = "auto") {
      const mailbox = new Mailbox();
      const subscription = client.subscribe(destination, (message) => mailbox.take(message), { ack });
      mailbox.end = () => subscription.unsubscribe({ destination });
      return mailbox;
    },
    unsubscribe: (mailbox) => mailbox.end(),
    send: (destination, body, headers = {}) => client.publish({ destination, body, headers }),
    begin: (id) => {
      client.begin(id);
    },
    commit: (id) => client.commit(id),
    abort: (id) => client.abort(id),
    disconnect: () => client.deactivate(),
    [Symbol.asyncDispose]: () => client.deactivate({ force: true }),
  };
}

export async function withRxStomp(options: ForeignOptions): Promise<Foreign> {
  const rx = new RxStomp();
  rx.configure({
    brokerURL: socketUrl(options.url),
    stompVersions: new Versions([options.version]),
    connectHeaders: { login: options.login, passcode: options.passcode },
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
  });
  const connected = new Promise<void>((resolve, reject) => {
    rx.connected$.subscribe(() => resolve());
    rx.stompErrors$.subscribe((frame) => reject(new Error(frame.headers["message"])));
  });
  rx.activate();
  await connected;
  return {
    ...overStompjs(rx.stompClient),
    version: rx.stompClient.connectedVersion ?? "",
    subscribe(destination, ack = "auto") {
      const mailbox = new Mailbox();
      const unsubHeaders: StompHeaders = { destination };
      const watching = rx.watch({ destination, subHeaders: { ack }, unsubHeaders });
      const subscription = watching.subscribe((message) => mailbox.take(message));
      mailbox.end = () => subscription.unsubscribe();
      return mailbox;
    },
    send: (destination, body, headers = {}) => rx.publish({ destination, body, headers }),
    disconnect: () => rx.deactivate(),
    [Symbol.asyncDispose]: () => rx.deactivate({ force: true }),
  };
}

export async function withWebstomp(options: ForeignOptions, isBinary = false): Promise<Foreign> {
  const protocols = [`v${options.version.replace(".", "")}.stomp`];
  return overWebstomp(options, { protocols, isBinary });
}

/** As its users have it: all its subprotocols, the lowest first. */
export function withWebstompAsIs(options: ForeignOptions): Promise<Foreign> {
  return overWebstomp(options, { isBinary: false });
}

async function overWebstomp(
  options: ForeignOptions,
  { protocols, isBinary }: { readonly protocols?: string[]; readonly isBinary: boolean },
): Promise<Foreign> {
  const client = webstomp.client(socketUrl(options.url), {
    debug: false,
    binary: isBinary,
    heartbeat: false,
    ...(protocols ? { protocols } : {}),
  });
  const { login, passcode } = options;
  const connected = await new Promise<{ readonly headers: Readonly<Record<string, string | undefined>> }>(
    (resolve, reject) => {
      client.connect(
        { login, passcode },
        (frame) => resolve(frame ?? { headers: {} }),
        (error) => reject(new Error(String("headers" in error ? error.headers["message"] : error.code))),
      );
    },
  );
  return {
    version: connected.headers["version"] ?? "1.0",
    subscribe(destination, ack = "auto") {
      const mailbox = new Mailbox();
      const { id } = client.subscribe(destination, (message) => mailbox.take(message), { ack });
      mailbox.end = () => client.unsubscribe(id);
      return mailbox;
    },
    unsubscribe: (mailbox) => mailbox.end(),
    send: (destination, body, headers) => client.send(destination, body, headers),
    begin: (id) => client.begin(id),
    commit: (id) => client.commit(id),
    abort: (id) => client.abort(id),
    async disconnect() {
      client.disconnect();
    },
    async [Symbol.asyncDispose]() {
      if (client.connected) client.disconnect();
    },
  };
}

/** stompit speaks TCP alone: over the bridge. */
export async function withStompit(options: ForeignOptions): Promise<Foreign> {
  const bridge: Bridge = tcpBridge(options.url);
  const { login, passcode, version } = options;
  const client = await new Promise<import("stompit").Client>((resolve, reject) => {
    const connecting = connectStompit(
      {
        host: "127.0.0.1",
        port: bridge.port,
        connectHeaders: { host: "/", login, passcode, "accept-version": version },
      },
      (error, connected) => (error ? reject(error) : resolve(connected)),
    );
    // It tells of an error a second time, and nobody listening would be a fault.
    connecting.on("error", () => undefined);
  });
  const transactions = new Map<string, import("stompit").Transaction>();
  return {
    version: client.headers["version"] ?? "1.0",
    subscribe(destination, ack = "auto") {
      const mailbox = new Mailbox();
      const subscription = client.subscribe({ destination, ack }, (error, message) => {
        if (error) return;
        message.readString("utf-8", (_error, body) => {
          const { headers } = message;
          mailbox.take({ body, headers, ack: () => client.ack(message), nack: () => client.nack(message) });
        });
      });
      mailbox.end = () => subscription.unsubscribe();
      return mailbox;
    },
    unsubscribe: (mailbox) => mailbox.end(),
    send(destination, body, headers = {}) {
      const { transaction = "", ...more } = headers;
      const given = { destination, ...more };
      (transactions.get(transaction)?.send(given) ?? client.send(given)).end(body);
    },
    begin: (id) => {
      transactions.set(id, client.begin({ transaction: id }));
    },
    commit: (id) => transactions.get(id)?.commit(),
    abort: (id) => transactions.get(id)?.abort(),
    disconnect: () =>
      new Promise((resolve, reject) => client.disconnect((error) => (error ? reject(error) : resolve()))),
    async [Symbol.asyncDispose]() {
      client.destroy();
      bridge[Symbol.dispose]();
    },
  };
}
