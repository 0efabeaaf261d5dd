import { Decoder, type FrameLimits } from "../../src/stomp/decoder.ts";
import { type Frame, type Header, headerOf, type Version } from "../../src/stomp/frame.ts";
import { bytesOf } from "../../src/stomp/octets.ts";
import {
  type ActFrame,
  type Answer,
  type Handler,
  Session,
  type SessionLimits,
  type Subscription,
  type Wire,
} from "../../src/stomp/session.ts";

export const FRAME_LIMITS: FrameLimits = { frameBytes: 4_096, bodyBytes: 1_024, headers: 8, headerBytes: 256 };

export const LIMITS: SessionLimits = {
  frame: FRAME_LIMITS,
  subscriptions: 4,
  transactions: 2,
  heartbeatMs: 20_000,
  pendingFrames: 64,
  pendingBytes: 65_536,
  transactionFrames: 4,
  transactionBytes: 2_048,
};

/** What the broker refuses. */
export class Refusal extends Error {
  readonly spares: boolean;
  constructor(message: string, spares = true) {
    super(message);
    this.spares = spares;
  }
}

/**
 * The least that can stand behind sessions: everybody but "mallory" may connect, every destination but those under /no
 * is open, what is sent reaches all who subscribed. Its effects wait, in order, while it is held.
 */
export class Broker implements Handler<string> {
  readonly sessions = new Set<Session<string>>();
  /** What happened, in words. */
  readonly log: string[] = [];
  /** Every SUBSCRIBE that came as far as here. */
  readonly subscribes: Frame[] = [];
  /** Every call of `act`, in the order of the calls. */
  readonly calls: (readonly ActFrame[])[] = [];
  readonly explained: unknown[] = [];
  answer: Answer | undefined;
  readonly #waiting: (() => void)[] = [];
  #isHeld = false;
  #count = 0;

  hold(): void {
    this.#isHeld = true;
  }

  /** Lets the oldest waiting effect happen, or all of them. */
  async release(count = Number.POSITIVE_INFINITY): Promise<void> {
    if (count === Number.POSITIVE_INFINITY) this.#isHeld = false;
    for (const go of this.#waiting.splice(0, count)) go();
    await turn();
  }

  /** Lets the youngest waiting effect happen. */
  async releaseLast(): Promise<void> {
    this.#waiting.pop()?.();
    await turn();
  }

  async authenticate(session: Session<string>, frame: Frame) {
    await this.#gate();
    const login = headerOf(frame, "login") ?? "guest";
    if (login === "mallory") throw new Refusal("These credentials are not accepted");
    this.log.push(`connected ${login} ${headerOf(frame, "passcode") ?? ""}`.trimEnd());
    this.sessions.add(session);
    const headers: Header[] = [
      ["user-name", login],
      ["session", `s-${++this.#count}`],
      ["server", "test/1"],
    ];
    return { principal: login, headers };
  }

  async subscribe(_session: Session<string>, subscription: Subscription, frame: Frame) {
    this.subscribes.push(frame);
    await this.#gate();
    if (subscription.destination.startsWith("/no")) throw new Refusal("There is no such destination");
    this.log.push(`subscribed ${subscription.id ?? "-"} ${subscription.destination} ${subscription.ack}`);
    return this.answer;
  }

  unsubscribe(_session: Session<string>, subscription: Subscription): void {
    this.log.push(`unsubscribed ${subscription.id ?? "-"}`);
  }

  async act(_session: Session<string>, acts: readonly ActFrame[]) {
    this.calls.push(acts);
    await this.#gate();
    for (const act of acts) {
      if (act.verb === "SEND" && act.destination.startsWith("/no")) throw new Refusal("Not allowed");
      if (act.verb === "SEND" && act.destination === "/fatal") throw new Refusal("Banned", false);
      if (act.verb === "SEND" && act.destination === "/bug") throw new TypeError("passcode=secret");
    }
    for (const act of acts) {
      if (act.verb === "SEND") this.#publish(act.destination, act.frame);
      else this.log.push(`${act.verb} ${act.subscription?.id ?? "-"} ${act.ack}`);
    }
    return this.answer;
  }

  ended(session: Session<string>): void {
    this.sessions.delete(session);
    this.log.push(`ended ${session.principal} [${session.subscriptions.map((one) => one.id).join()}]`);
  }

  explain(error: unknown) {
    this.explained.push(error);
    if (!(error instanceof Refusal)) {
      return { message: "Something went wrong", code: "internal", status: 500, closeCode: 1011, spares: false };
    }
    return { message: error.message, code: "refused", status: 403, closeCode: 4507, spares: error.spares };
  }

  #publish(destination: string, frame: Frame): void {
    this.log.push(`sent ${destination} ${typeof frame.body === "string" ? frame.body : "bytes"}`);
    const own = ["destination", "receipt", "transaction", "on-refusal", "message-id", "subscription", "ack"];
    const passed = frame.headers.filter(([name]) => !own.includes(name));
    const messageId = `m-${++this.#count}`;
    for (const session of this.sessions) {
      for (const { id, destination: heard } of session.subscriptions) {
        if (heard !== destination) continue;
        const headers: Header[] = id === undefined ? [] : [["subscription", id]];
        headers.push(["message-id", messageId], ["destination", destination], ...passed);
        session.send("MESSAGE", headers, frame.body);
      }
    }
  }

  async #gate(): Promise<void> {
    if (this.#isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** One client's end of a wire that records what it is sent. */
export class Client implements Wire {
  readonly session: Session<string>;
  readonly sent: (string | Uint8Array)[] = [];
  readonly closes: { readonly code: number; readonly reason: string }[] = [];

  readonly broker: Broker;

  constructor(broker: Broker = new Broker(), limits: SessionLimits = LIMITS) {
    this.broker = broker;
    this.session = new Session({ wire: this, handler: broker, limits });
  }

  send(frame: string | Uint8Array): void {
    if (this.closes.length > 0) throw new Error("a frame after the close");
    this.sent.push(frame);
  }

  close(code: number, reason: string): void {
    this.closes.push({ code, reason });
  }

  /** Hands messages to the session and waits until everything that can happen has happened. */
  async say(...messages: readonly (string | Uint8Array)[]): Promise<this> {
    for (const message of messages) this.session.receive(message);
    await turn();
    return this;
  }

  async connect(version: Version = "1.2"): Promise<this> {
    await this.say(version === "1.0" ? "CONNECT\n\n\0" : `CONNECT\naccept-version:${version}\n\n\0`);
    this.sent.length = 0;
    return this;
  }

  /** All that was sent as text, one frame an element; what is not text throws. */
  get texts(): readonly string[] {
    return this.sent.map((frame) =>
      typeof frame === "string" ? frame : new TextDecoder("utf-8", { fatal: true }).decode(frame),
    );
  }

  /** What was sent, read again. */
  get frames(): readonly Frame[] {
    return this.sent.flatMap((frame) => decode(frame, this.session.version));
  }

  /** "RECEIPT a", "ERROR bad_header", "MESSAGE hello": the gist of what was sent. */
  get gist(): readonly string[] {
    return this.frames.map((frame) => {
      const what = headerOf(frame, "receipt-id") ?? headerOf(frame, "code") ?? headerOf(frame, "version");
      if (frame.command === "ERROR") return `ERROR ${headerOf(frame, "code")}`;
      return `${frame.command} ${frame.command === "MESSAGE" ? String(frame.body) : what}`;
    });
  }

  get closeCode(): number | undefined {
    return this.closes[0]?.code;
  }
}

/** Lets everything that waits in this turn of the loop happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function decode(
  data: string | Uint8Array,
  version: Version = "1.2",
  limits: Partial<FrameLimits> = {},
): Frame[] {
  return decodeAll([data], version, limits);
}

const WIDE: FrameLimits = { frameBytes: 4_000_000, bodyBytes: 2_000_000, headers: 1_000, headerBytes: 100_000 };

export function decodeAll(
  messages: readonly (string | Uint8Array)[],
  version: Version = "1.2",
  limits: Partial<FrameLimits> = {},
): Frame[] {
  const decoder = new Decoder({ ...WIDE, ...limits });
  decoder.version = version;
  const frames: Frame[] = [];
  for (const message of messages) decoder.push(message, (frame) => frames.push(frame));
  return frames;
}

/** A frame as a client writes it, with lines given one by one. */
export function frame(command: string, lines: readonly string[] = [], body = ""): string {
  return `${[command, ...lines].join("\n")}\n\n${body}\0`;
}

export { bytesOf };
