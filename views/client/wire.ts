import { FrameImpl, Parser } from "@stomp/stompjs";
import { Failure, type Headers, type Link, type Loss, receiptMs, type WireEvents } from "./link.ts";

const delayMinMs = 500;
const delayMaxMs = 30_000;
const heartBeatMs = 20_000;
const attemptMs = 10_000;
/** An attempt that has not come through after this long is given up as soon as somebody hurries. */
const stuckMs = 1_000;
/** A connection that held this long was a good one: the next loss starts again with the shortest delay. */
const steadyMs = 5_000;
/** After this much silence a page that comes back to the front does not trust its socket any more. */
const silenceMs = 45_000;
/** And a socket that has been silent for a moment is asked a question, and given up without an answer after so long. */
const probeMs = 1_500;

/**
 * One STOMP 1.2 session that comes back by itself, for the whole page; signed in by the cookie. Frames are read and
 * written by stompjs. Its client is not used: a page needs other rules for coming back, and a fifth of the size.
 */
export class Wire implements Link {
  readonly #url: string;
  readonly #events: WireEvents;
  readonly #waiting = new Map<string, (receipt: FrameImpl | Failure) => void>();
  #socket: WebSocket | undefined;
  #receiptCount = 0;
  #lossCount = 0;
  #refusedCount = 0;
  #isUrgent = false;
  #isProbing = false;
  /** The last attempt was made without asking for a page. */
  #hasHurried = false;
  #isBlocked = false;
  #endedBy: Loss | undefined;
  /** 0 while not connected. */
  #connectedAtMs = 0;
  #heardAtMs = 0;
  #openedAtMs = 0;
  #timers: ReturnType<typeof setTimeout>[] = [];
  #wake = () => {};

  constructor(url: string, events: WireEvents) {
    this.#url = url.replace(/^http/, "ws");
    this.#events = events;
    addEventListener("online", () => this.hurry());
    addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && this.hurry());
    // A worker that holds the connection of several tabs has no document; they hurry it.
    globalThis.document?.addEventListener("visibilitychange", () => document.hidden || this.hurry());
    this.#open();
  }

  get isConnected(): boolean {
    return this.#connectedAtMs > 0;
  }

  /** Pages are served, sockets are not: some proxy is in the way. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Resolves with the RECEIPT, or rejects with a Failure. The socket survives a refusal. */
  ask(command: string, headers: Headers, body = ""): Promise<FrameImpl> {
    return new Promise((resolve, reject) => {
      if (!this.isConnected) return reject(new Failure("lost"));
      const receipt = `r${++this.#receiptCount}`;
      const askedAtMs = Date.now();
      const timer = setTimeout(() => {
        this.#settle(receipt, new Failure("late"));
        this.#dropIfSilentSince(askedAtMs);
      }, receiptMs);
      this.#waiting.set(receipt, (answer) => {
        clearTimeout(timer);
        const refusal = answer instanceof Failure ? answer : refusalIn(answer);
        if (refusal) reject(refusal);
        else if (!(answer instanceof Failure)) resolve(answer);
      });
      this.tell(command, { ...headers, receipt, "on-refusal": "receipt" }, body);
    });
  }

  /** For what may be lost: neither receipt nor failure. */
  tell(command: string, headers: Headers, body = ""): void {
    if (this.isConnected) this.#transmit(command, headers, body, true);
  }

  /** Somebody is looking: try at once, and do not trust a socket that has been silent for long. */
  hurry(): void {
    if (this.#endedBy === "signed-out") void this.#returnIfSignedIn();
    if (this.isConnected && Date.now() - this.#heardAtMs < silenceMs) {
      this.#probe();
      return;
    }
    this.#isUrgent = true;
    // An attempt that has waited for a while was begun on a network that may be no more.
    const isStuck = this.#socket !== undefined && Date.now() - this.#openedAtMs > stuckMs;
    if (this.isConnected || isStuck) this.#drop();
    this.#wake();
  }

  /** The network may be another one than a moment ago. BEGIN is a question that is answered at once and changes nothing. */
  #probe(): void {
    const askedAtMs = Date.now();
    if (this.#isProbing || askedAtMs - this.#heardAtMs < stuckMs) return;
    this.#isProbing = true;
    const transaction = `probe-${askedAtMs}`;
    this.ask("BEGIN", { transaction }).catch(() => undefined);
    this.tell("ABORT", { transaction });
    const socket = this.#socket;
    setTimeout(() => {
      this.#isProbing = false;
      if (socket === this.#socket) this.#dropIfSilentSince(askedAtMs);
    }, probeMs);
  }

  /** Who does not answer at all is not there any more, whatever the socket says: heart-beats would take longer to tell. */
  #dropIfSilentSince(askedAtMs: number): void {
    if (!this.isConnected || this.#heardAtMs >= askedAtMs) return;
    this.#isUrgent = true;
    this.#drop();
  }

  /** For good, and without an event: who held it wants nothing more of it. */
  close(): void {
    const socket = this.#socket;
    this.#endedBy = "ended";
    this.#forget();
    socket?.close();
    this.#wake();
  }

  #open(): void {
    this.#openedAtMs = Date.now();
    const socket = new WebSocket(this.#url, ["v12.stomp"]);
    socket.binaryType = "arraybuffer";
    const parser = new Parser(
      // What comes before the session is agreed, CONNECTED itself, is not escaped.
      (frame) => this.#hear(FrameImpl.fromRawFrame(frame, this.isConnected)),
      () => undefined,
    );
    socket.onopen = () => {
      const heartBeat = `${heartBeatMs},${heartBeatMs}`;
      const headers = { "accept-version": "1.2", host: location.hostname, "heart-beat": heartBeat };
      this.#transmit("CONNECT", headers, "", false);
    };
    socket.onmessage = ({ data }) => {
      this.#heardAtMs = Date.now();
      if (socket === this.#socket) parser.parseChunk(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#closed(code);
    };
    this.#socket = socket;
    this.#timers = [setTimeout(() => this.#drop(), attemptMs)];
  }

  #transmit(command: string, headers: Headers, body: string, escapeHeaderValues: boolean): void {
    this.#socket?.send(FrameImpl.marshall({ command, headers: { ...headers }, body, escapeHeaderValues }));
  }

  #hear(frame: FrameImpl): void {
    const { command, headers, body } = frame;
    const socket = this.#socket;
    if (command === "CONNECTED") this.#connected(headers);
    else if (command === "RECEIPT") this.#settle(headers["receipt-id"] ?? "", frame);
    else if (command === "MESSAGE") {
      // What one session delivered cannot be acknowledged in the next.
      const { ack: id } = headers;
      const ack = () => id && socket === this.#socket && this.tell("ACK", { id });
      this.#events.message({ headers, body, ack });
    }
    // ERROR needs no words: the server closes, and says in the close code whether to come back.
  }

  #settle(receipt: string, answer: FrameImpl | Failure): void {
    const settle = this.#waiting.get(receipt);
    this.#waiting.delete(receipt);
    settle?.(answer);
  }

  #connected(headers: Headers): void {
    this.#connectedAtMs = Date.now();
    this.#refusedCount = 0;
    this.#isBlocked = false;
    for (const timer of this.#timers) clearTimeout(timer);
    const [fromServerMs = 0, toServerMs = 0] = (headers["heart-beat"] ?? "").split(",").map(Number);
    const sendMs = Math.max(heartBeatMs, toServerMs);
    const hearMs = Math.max(heartBeatMs, fromServerMs);
    if (toServerMs) this.#timers.push(setInterval(() => this.#socket?.send("\n"), sendMs));
    if (fromServerMs) {
      this.#timers.push(setInterval(() => Date.now() - this.#heardAtMs > hearMs * 1.6 && this.#drop(), hearMs / 4));
    }
    this.#events.connected(headers["user-name"]);
  }

  /** A dead socket may take minutes to close: it is left behind. */
  #drop(): void {
    this.#socket?.close();
    this.#closed(1006);
  }

  #closed(code: number): void {
    const wasConnected = this.isConnected;
    const isSteady = wasConnected && Date.now() - this.#connectedAtMs > steadyMs;
    this.#lossCount = isSteady ? 1 : this.#lossCount + 1;
    this.#refusedCount = wasConnected ? 0 : this.#refusedCount + 1;
    this.#forget();
    if (code === 4501 || code === 4503) this.#end("signed-out");
    else if (code >= 4500) this.#end("ended");
    else {
      this.#events.disconnected("lost");
      void this.#comeBack();
    }
  }

  #forget(): void {
    this.#socket = undefined;
    this.#connectedAtMs = 0;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const receipt of [...this.#waiting.keys()]) this.#settle(receipt, new Failure("lost"));
  }

  #end(why: Loss): void {
    this.#endedBy = why;
    this.#events.disconnected(why);
  }

  /** Full jitter from 0.5 s to 30 s (so that a thousand tabs do not come back at once), cut short by hurry(). */
  async #comeBack(): Promise<void> {
    const delayMs = Math.random() * Math.min(delayMaxMs, delayMinMs * 2 ** this.#lossCount);
    if (!this.#isUrgent) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, delayMs);
      });
    }
    // Somebody waits, and the network may just have come back: nothing is asked before the first attempt. Twice in a row
    // would never find out that sockets are not let through.
    const isHurried = this.#isUrgent && !this.#isBlocked && !this.#hasHurried;
    this.#hasHurried = isHurried;
    this.#isUrgent = false;
    this.#wake = () => {};
    // A refused handshake tells nothing. A page does: it also renews the cookies, if they can be renewed.
    const answer = this.#refusedCount > 0 && !isHurried ? await this.#askForPage() : undefined;
    if (this.#endedBy) return;
    if (answer === "signed-out") return this.#end(answer);
    // Without a network nothing tells whether sockets are let through.
    if (answer === "down") this.#refusedCount = 0;
    this.#isBlocked = answer === "fine" && this.#refusedCount > 2;
    if (this.#isBlocked) this.#events.disconnected("lost");
    this.#open();
  }

  /** Given up when somebody hurries after it has waited for a while: the network it was asked over may be no more. */
  async #askForPage(): Promise<PageAnswer> {
    const askedAtMs = Date.now();
    const hurried = new Promise<PageAnswer>((resolve) => {
      this.#wake = () => Date.now() - askedAtMs > stuckMs && resolve("down");
    });
    return Promise.race([askForPage(), hurried]);
  }

  async #returnIfSignedIn(): Promise<void> {
    if ((await askForPage()) !== "fine" || this.#endedBy !== "signed-out") return;
    this.#endedBy = undefined;
    this.#open();
  }
}

function refusalIn(receipt: FrameImpl): Failure | undefined {
  const status = Number(receipt.headers["status"] ?? 0);
  return status >= 400 ? new Failure("refused", status, receipt.headers["message"]) : undefined;
}

type PageAnswer = "fine" | "signed-out" | "down";

async function askForPage(): Promise<PageAnswer> {
  try {
    const headers = { accept: "application/json" };
    const { ok, status, type } = await fetch("/alarms", {
      method: "HEAD",
      redirect: "manual",
      cache: "no-store",
      headers,
      // A network that swallows everything must not be waited for: the next attempt may find another.
      signal: AbortSignal.timeout(attemptMs),
    });
    if (ok) return "fine";
    return status === 401 || status === 403 || type === "opaqueredirect" ? "signed-out" : "down";
  } catch {
    return "down";
  }
}
