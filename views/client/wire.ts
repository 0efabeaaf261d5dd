import { Client, type IFrame, type IMessage, Versions } from "@stomp/stompjs";

const delayMinMs = 500;
const delayMaxMs = 30_000;
const heartBeatMs = 20_000;
const attemptMs = 10_000;
const receiptMs = 10_000;
/** A connection that held this long was a good one: the next loss starts again with the shortest delay. */
const steadyMs = 5_000;
/** After this much silence a page that comes back to the front does not trust its socket any more. */
const silenceMs = 45_000;

/** Why something sent was not confirmed. Lost and late ones may be sent again with the same client-id. */
export class Failure extends Error {
  readonly why: "lost" | "late" | "refused";
  /** The HTTP status of a refusal; 0 otherwise. */
  readonly status: number;
  constructor(why: "lost" | "late" | "refused", status = 0, message = "") {
    super(message || why);
    this.why = why;
    this.status = status;
  }
}

/** `signed-out` may end by a sign-in in another tab; `ended` is for good. */
export type Loss = "lost" | "signed-out" | "ended";

export interface WireEvents {
  readonly connected: (userName: string | undefined) => void;
  readonly disconnected: (why: Loss) => void;
  readonly message: (message: IMessage) => void;
}

export type Headers = Readonly<Record<string, string>>;

/** One STOMP 1.2 session that comes back by itself, for the whole page. Signed in by the cookie. */
export class Wire {
  readonly #client: Client;
  readonly #events: WireEvents;
  readonly #waiting = new Map<string, (receipt: IFrame | Failure) => void>();
  #receiptCount = 0;
  #lossCount = 0;
  #refusedCount = 0;
  #isUrgent = false;
  #isBlocked = false;
  #endedBy: Loss | undefined;
  #connectedAtMs = 0;
  #heardAtMs = 0;
  #wake = () => {};

  constructor(url: string, events: WireEvents) {
    this.#events = events;
    this.#client = new Client({
      stompVersions: new Versions([Versions.V1_2]),
      webSocketFactory: () => this.#open(url),
      beforeConnect: () => this.#wait(),
      // The delay is ours (see #wait), so that it can be cut short.
      reconnectDelay: 1,
      connectionTimeout: attemptMs,
      heartbeatIncoming: heartBeatMs,
      heartbeatOutgoing: heartBeatMs,
      discardWebsocketOnCommFailure: true,
      onConnect: (frame) => this.#connected(frame),
      onWebSocketClose: (event: CloseEvent) => this.#closed(event.code),
      onUnhandledMessage: (message) => events.message(message),
      onUnhandledReceipt: (frame) => this.#settle(frame.headers["receipt-id"] ?? "", frame),
    });
    addEventListener("online", () => this.hurry());
    addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.#client.activate();
  }

  get isConnected(): boolean {
    return this.#client.connected;
  }

  /** Pages are served, sockets are not: some proxy is in the way. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Resolves with the RECEIPT, or rejects with a Failure. The socket survives a refusal. */
  send(destination: string, body: string, headers: Headers = {}): Promise<IFrame> {
    return this.#withReceipt((receipt) =>
      this.#client.publish({ destination, body, headers: { ...headers, ...receipt } }),
    );
  }

  /** For what may be lost: neither receipt nor failure. */
  whisper(destination: string): void {
    if (this.isConnected) this.#client.publish({ destination, body: "", headers: { "on-refusal": "receipt" } });
  }

  subscribe(destination: string, headers: Headers): Promise<IFrame> {
    return this.#withReceipt((receipt) =>
      this.#client.subscribe(destination, (message) => this.#events.message(message), { ...headers, ...receipt }),
    );
  }

  unsubscribe(id: string): void {
    if (this.isConnected) this.#client.unsubscribe(id);
  }

  /** Somebody is looking: try at once, and do not trust a socket that has been silent for long. */
  hurry(): void {
    if (this.#endedBy === "signed-out") void this.#returnIfSignedIn();
    if (this.isConnected && Date.now() - this.#heardAtMs < silenceMs) return;
    this.#isUrgent = true;
    if (this.isConnected) this.#client.forceDisconnect();
    this.#wake();
  }

  #withReceipt(transmit: (headers: Headers) => void): Promise<IFrame> {
    return new Promise((resolve, reject) => {
      if (!this.isConnected) return reject(new Failure("lost"));
      const receipt = `r${++this.#receiptCount}`;
      const timer = setTimeout(() => this.#settle(receipt, new Failure("late")), receiptMs);
      this.#waiting.set(receipt, (answer) => {
        clearTimeout(timer);
        const refusal = answer instanceof Failure ? answer : refusalIn(answer);
        if (refusal) reject(refusal);
        else if (!(answer instanceof Failure)) resolve(answer);
      });
      transmit({ receipt, "on-refusal": "receipt" });
    });
  }

  #settle(receipt: string, answer: IFrame | Failure): void {
    const settle = this.#waiting.get(receipt);
    this.#waiting.delete(receipt);
    settle?.(answer);
  }

  #open(url: string): WebSocket {
    const socket = new WebSocket(url.replace(/^http/, "ws"), ["v12.stomp"]);
    socket.addEventListener("message", () => {
      this.#heardAtMs = Date.now();
    });
    return socket;
  }

  #connected(frame: IFrame): void {
    this.#connectedAtMs = Date.now();
    this.#refusedCount = 0;
    this.#isBlocked = false;
    this.#events.connected(frame.headers["user-name"]);
  }

  #closed(code: number): void {
    const wasConnected = this.#connectedAtMs > 0;
    const isSteady = wasConnected && Date.now() - this.#connectedAtMs > steadyMs;
    this.#connectedAtMs = 0;
    this.#lossCount = isSteady ? 1 : this.#lossCount + 1;
    this.#refusedCount = wasConnected ? 0 : this.#refusedCount + 1;
    for (const receipt of [...this.#waiting.keys()]) this.#settle(receipt, new Failure("lost"));
    if (code === 4501) this.#end("signed-out");
    else if (code >= 4500) this.#end("ended");
    else this.#events.disconnected("lost");
  }

  #end(why: Loss): void {
    this.#endedBy = why;
    void this.#client.deactivate();
    this.#events.disconnected(why);
  }

  /** Full jitter from 0.5 s to 30 s (so that a thousand tabs do not come back at once), cut short by hurry(). */
  async #wait(): Promise<void> {
    if (this.#lossCount === 0) return;
    const delayMs = Math.random() * Math.min(delayMaxMs, delayMinMs * 2 ** this.#lossCount);
    if (!this.#isUrgent) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, delayMs);
      });
    }
    this.#isUrgent = false;
    // A refused handshake tells nothing. A page does: it also renews the cookies, if they can be renewed.
    if (this.#refusedCount === 0) return;
    const answer = await askForPage();
    if (answer === "signed-out") this.#end(answer);
    this.#isBlocked = answer === "fine" && this.#refusedCount > 2;
    if (this.#isBlocked) this.#events.disconnected("lost");
  }

  async #returnIfSignedIn(): Promise<void> {
    if ((await askForPage()) !== "fine") return;
    this.#endedBy = undefined;
    this.#lossCount = 0;
    this.#client.activate();
  }
}

function refusalIn(receipt: IFrame): Failure | undefined {
  const status = Number(receipt.headers["status"] ?? 0);
  return status >= 400 ? new Failure("refused", status, receipt.headers["message"]) : undefined;
}

async function askForPage(): Promise<"fine" | "signed-out" | "down"> {
  try {
    const headers = { accept: "application/json" };
    const { ok, status, type } = await fetch("/alarms", {
      method: "HEAD",
      redirect: "manual",
      cache: "no-store",
      headers,
    });
    if (ok) return "fine";
    return status === 401 || status === 403 || type === "opaqueredirect" ? "signed-out" : "down";
  } catch {
    return "down";
  }
}
