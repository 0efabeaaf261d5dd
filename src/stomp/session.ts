import {
  alreadyConnected,
  checkFrame,
  findSubscription,
  notConnected,
  readAck,
  readSend,
  readSubscription,
  readTransaction,
  tooFast,
  tooManySubscriptions,
  unknownCommand,
} from "./commands.ts";
import { type Heartbeat, NO_HEARTBEAT, negotiateHeartbeat, negotiateVersion, withoutPadding } from "./connect.ts";
import { Decoder } from "./decoder.ts";
import { StompError } from "./errors.ts";
import { asBytes, type Body, encodeFrame, type Frame, type Header, headerOf, type Version } from "./frame.ts";
import { errorHeaders, type Goodbye, plain } from "./goodbye.ts";
import type { ActFrame, Answer, Explanation, Handler, SessionLimits, Subscription, Wire } from "./handler.ts";
import { isConnect, loginLimits } from "./limits.ts";
import { Step, StepQueue } from "./step.ts";
import { Transactions } from "./transactions.ts";

export type { ActFrame, Answer, Explanation, Handler, SessionLimits, Subscription, Wire } from "./handler.ts";

export interface SessionOptions<P> {
  readonly wire: Wire;
  readonly handler: Handler<P>;
  readonly limits: SessionLimits;
}

/**
 * `new`: nothing but a CONNECT is let in. `connecting`: CONNECT is being answered. `gone`: the wire is lost while frames
 * that came whole still take effect. `over`: nothing happens any more.
 */
type Stage = "new" | "connecting" | "connected" | "gone" | "over";

const NO_SUBSCRIPTIONS: readonly Subscription[] = [];
const PENDING_FRAMES = 1_024;
const PENDING_BYTES = 1_048_576;

/**
 * One STOMP conversation of a client, on the server's side, in version 1.0, 1.1 or 1.2.
 *
 * Frames take effect strictly in the order they came, and are answered in it (StepQueue). SEND, ACK and NACK begin without
 * waiting for the one before; all others wait for everything earlier, and everything later waits for them. An ERROR is
 * the last frame, then the wire is closed. There are no timers here: who owns the session sweeps `hasReceived` and `heartbeat`.
 */
export class Session<P> {
  /** Set by every message that comes, also by a heart-beat; cleared by the owner's sweep. */
  hasReceived = false;
  /** The owner's. */
  data: unknown = undefined;

  readonly #wire: Wire;
  readonly #handler: Handler<P>;
  readonly #limits: SessionLimits;
  readonly #decoder: Decoder;
  readonly #steps = new StepQueue();
  #stage: Stage = "new";
  /** No more input is taken: after DISCONNECT, a fault, or the end. */
  #isDeaf = false;
  #isBinary = false;
  #isAdvancing = false;
  #principal: P | undefined;
  /** The handler knows of this session and has to hear of its end. */
  #isOwedEnd = false;
  #heartbeat = NO_HEARTBEAT;
  #subscriptions = NO_SUBSCRIPTIONS;
  #transactions: Transactions | undefined;

  constructor(options: SessionOptions<P>) {
    this.#wire = options.wire;
    this.#handler = options.handler;
    this.#limits = options.limits;
    this.#decoder = new Decoder(loginLimits(options.limits));
  }

  /** "1.0" until CONNECT has been read. */
  get version(): Version {
    return this.#decoder.version;
  }

  /** Kept when the session is over, for whoever clears up behind it. */
  get principal(): P | undefined {
    return this.#principal;
  }

  /** Still the same one, by another name. */
  set principal(principal: P | undefined) {
    this.#principal = principal;
  }

  /** CONNECT came whole: the client has done its part. */
  get hasGreeted(): boolean {
    return this.#stage !== "new";
  }

  /** CONNECTED was sent and the wire is there. */
  get isConnected(): boolean {
    return this.#stage === "connected";
  }

  /** The client's CONNECT came in a binary message: everything is answered in binary ones. */
  get isBinary(): boolean {
    return this.#isBinary;
  }

  /** Also those that are being let in. */
  get subscriptions(): readonly Subscription[] {
    return this.#subscriptions;
  }

  get heartbeat(): Heartbeat {
    return this.#heartbeat;
  }

  /** The frame that has begun to come and is not whole: the same object as long as it is the same frame. */
  get halfFrame(): object | undefined {
    return this.#decoder.half;
  }

  /** One message from the wire, text or binary. Never throws: whatever is wrong is answered with ERROR and a close. */
  receive(data: string | Uint8Array): void {
    this.hasReceived = true;
    if (this.#isDeaf) return;
    if (this.#stage === "new") this.#isBinary = typeof data !== "string";
    try {
      this.#decoder.push(data, (frame, octets) => this.#take(frame, octets));
    } catch (error) {
      this.#takeFault(error);
    }
  }

  /** The wire is gone. Frames that came whole still take effect; open transactions and subscriptions end. */
  closed(): void {
    if (this.#stage === "over") return;
    this.#isDeaf = true;
    if (this.#steps.isEmpty && !this.#isAdvancing) this.#finish();
    else this.#stage = "gone";
  }

  /** The server's goodbye: ERROR, then close. What had not begun is dropped. */
  end(goodbye: Goodbye): void {
    if (this.#stage === "over") return;
    this.#fail(goodbye);
  }

  /** Sends one frame of the server in the session's version and kind of message. Nothing once the session is over. */
  send(command: string, headers: Iterable<Header>, body: Body = ""): void {
    if (this.#stage === "over" || this.#stage === "gone") return;
    const frame = encodeFrame(this.version, command, headers, body);
    this.#wire.send(this.#isBinary ? asBytes(frame) : frame);
  }

  #take(frame: Frame, octets: number): void {
    if (this.#isDeaf) return;
    const { pendingFrames = PENDING_FRAMES, pendingBytes = PENDING_BYTES } = this.#limits;
    const steps = this.#steps;
    const isFull = steps.count >= pendingFrames || steps.octets + octets > pendingBytes;
    const flood = this.#stage === "connected" ? this.#handler.arrived?.(this, octets) : undefined;
    if (flood) this.#takeFault(flood, frame);
    else if (isFull && !steps.isEmpty) this.#takeFault(tooFast(), frame);
    else if (this.#stage === "new") this.#greet(frame, octets);
    else if (isConnect(frame.command)) this.#takeFault(alreadyConnected(), frame);
    else {
      if (frame.command === "DISCONNECT") this.#isDeaf = true;
      this.#append(new Step(frame, octets, undefined));
    }
  }

  /** The first frame. From the next one on its version counts, even in the same message. */
  #greet(frame: Frame, octets: number): void {
    try {
      if (!isConnect(frame.command)) throw notConnected();
      const version = negotiateVersion(frame);
      this.#heartbeat = negotiateHeartbeat(frame, version, this.#limits.heartbeatMs);
      this.#decoder.version = version;
      this.#decoder.limits = this.#limits.frame;
    } catch (error) {
      this.#takeFault(error, frame);
      return;
    }
    this.#stage = "connecting";
    this.#append(new Step(frame, octets, undefined));
  }

  /** The last step there will be: it is answered with ERROR when its turn comes. */
  #takeFault(error: unknown, frame?: Frame): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#append(new Step(frame, 0, error));
  }

  #append(step: Step): void {
    this.#steps.append(step);
    this.#advance();
  }

  /** Answers what is settled and starts what may start, until neither is possible. */
  #advance(): void {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    while (this.#stage !== "over") {
      const settled = this.#steps.takeSettled();
      if (settled !== undefined) {
        this.#answer(settled);
        continue;
      }
      const step = this.#steps.takeStartable();
      if (step === undefined) break;
      this.#start(step);
    }
    this.#isAdvancing = false;
    if (this.#stage === "gone" && this.#steps.isEmpty) this.#finish();
  }

  #start(step: Step): void {
    const { frame } = step;
    let effect: Promise<Answer | undefined> | undefined;
    try {
      if (frame === undefined || step.error !== undefined) throw step.error;
      effect = this.#perform(frame, step.octets);
    } catch (error) {
      this.#refuse(step, error);
      return;
    }
    if (effect === undefined) step.isSettled = true;
    else {
      effect.then(
        (answer) => {
          step.answer = answer;
          step.isSettled = true;
          this.#advance();
        },
        (error: unknown) => {
          this.#refuse(step, error);
          this.#advance();
        },
      );
    }
  }

  /** Settles a step as refused. Where that ends the session, nothing that has not begun will begin. */
  #refuse(step: Step, error: unknown): void {
    step.error = error;
    step.refusal = this.#explain(error);
    step.isSettled = true;
    if (step.isSpared) return;
    this.#isDeaf = true;
    this.#steps.dropUnstarted();
  }

  #answer(step: Step): void {
    const { refusal, receipt } = step;
    if (refusal !== undefined && !step.isSpared) {
      this.#fail({ ...refusal, receiptId: step.receiptId });
      return;
    }
    if (receipt !== undefined) this.send("RECEIPT", step.receiptHeaders(receipt));
    if (step.frame?.command === "DISCONNECT") {
      this.#close(1000, "disconnected");
      return;
    }
    try {
      step.answer?.after?.();
    } catch (error) {
      this.#fail(this.#explain(error));
    }
  }

  #perform(frame: Frame, octets: number): Promise<Answer | undefined> | undefined {
    const { version } = this;
    checkFrame(frame, version);
    switch (frame.command) {
      case "SEND":
        return this.#act(readSend(frame), octets);
      case "ACK":
      case "NACK":
        return this.#act(readAck(frame, version, this.#subscriptions), octets);
      case "SUBSCRIBE":
        return this.#stage === "gone" ? undefined : this.#subscribe(frame);
      case "UNSUBSCRIBE":
        if (this.#stage !== "gone") this.#unsubscribe(findSubscription(frame, version, this.#subscriptions));
        return undefined;
      case "BEGIN":
        this.#openTransactions.begin(readTransaction(frame));
        return undefined;
      case "COMMIT":
        return this.#commit(this.#openTransactions.end(readTransaction(frame), "COMMIT"));
      case "ABORT":
        this.#openTransactions.end(readTransaction(frame), "ABORT");
        return undefined;
      case "DISCONNECT":
        return undefined;
      case "CONNECT":
      case "STOMP":
        return this.#connect(frame);
      default:
        throw unknownCommand();
    }
  }

  get #openTransactions(): Transactions {
    this.#transactions ??= new Transactions(this.#limits);
    return this.#transactions;
  }

  #act(act: ActFrame, octets: number): Promise<Answer | undefined> | undefined {
    const transaction = headerOf(act.frame, "transaction");
    if (transaction === undefined) return this.#handler.act(this, [act]);
    this.#openTransactions.hold(transaction, act, octets);
    return undefined;
  }

  #commit(acts: readonly ActFrame[]): Promise<Answer | undefined> | undefined {
    return acts.length === 0 ? undefined : this.#handler.act(this, acts);
  }

  async #connect(frame: Frame): Promise<undefined> {
    const given = this.version === "1.0" ? withoutPadding(frame) : frame;
    const { principal, headers } = await this.#handler.authenticate(this, given);
    this.#principal = principal;
    this.#isOwedEnd = true;
    if (this.#stage === "over") this.#tellEnded();
    if (this.#stage !== "connecting") return;
    this.#stage = "connected";
    const { heartbeatMs } = this.#limits;
    const own: Header[] = [["version", this.version]];
    if (this.version !== "1.0") own.push(["heart-beat", `${heartbeatMs},${heartbeatMs}`]);
    this.send("CONNECTED", [...own, ...headers]);
  }

  async #subscribe(frame: Frame): Promise<Answer | undefined> {
    if (this.#subscriptions.length >= this.#limits.subscriptions) throw tooManySubscriptions();
    const subscription = readSubscription(frame, this.version, this.#subscriptions);
    // Listed before it is let in: it may hear already when whoever takes the right away looks for it here.
    this.#subscriptions = [...this.#subscriptions, subscription];
    let isLetIn = false;
    try {
      const answer = await this.#handler.subscribe(this, subscription, frame);
      isLetIn = this.#stage !== "over";
      return answer;
    } finally {
      if (!isLetIn) this.#unsubscribe(subscription);
    }
  }

  #unsubscribe(subscription: Subscription): void {
    this.#subscriptions = this.#subscriptions.filter((one) => one !== subscription);
    this.#handler.unsubscribe(this, subscription);
  }

  #explain(error: unknown): Explanation {
    if (error instanceof StompError) {
      this.#handler.faulted?.(error);
      const { message, code, closeCode } = error;
      return { message, code, closeCode, status: 400, spares: false };
    }
    try {
      return this.#handler.explain(error);
    } catch {
      return { message: "Something went wrong", code: "internal", closeCode: 1011, status: 500, spares: false };
    }
  }

  /** ERROR, then close. Before a version is agreed the ERROR holds nothing that would have to be escaped. */
  #fail(goodbye: Goodbye): void {
    const given = this.#stage === "connected" ? goodbye : plain(goodbye);
    this.send("ERROR", errorHeaders(given), given.message);
    this.#close(goodbye.closeCode, goodbye.code);
  }

  #close(code: number, reason: string): void {
    if (this.#stage !== "gone" && this.#stage !== "over") this.#wire.close(code, reason);
    this.#finish();
  }

  #finish(): void {
    if (this.#stage === "over") return;
    this.#stage = "over";
    this.#isDeaf = true;
    this.#steps.clear();
    this.#transactions = undefined;
    this.#tellEnded();
    this.#subscriptions = NO_SUBSCRIPTIONS;
  }

  #tellEnded(): void {
    if (!this.#isOwedEnd) return;
    this.#isOwedEnd = false;
    try {
      this.#handler.ended(this);
    } catch (error) {
      // It cannot be answered any more; `explain` is where the owner hears of faults.
      this.#explain(error);
    }
  }
}
