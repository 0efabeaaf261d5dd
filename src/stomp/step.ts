import { StompError } from "./errors.ts";
import { type Frame, type Header, headerOf } from "./frame.ts";
import type { Answer, Explanation } from "./handler.ts";
import { isConnect } from "./limits.ts";

/** One frame, or one fault, on its way from its arrival to its answer. Steps form the session's queue. */
export class Step {
  /** Undefined for a fault that no whole frame belongs to. */
  readonly frame: Frame | undefined;
  readonly octets: number;
  /** The fault that was seen at arrival, later whatever refused the frame. */
  error: unknown;
  isSettled = false;
  answer: Answer | undefined;
  refusal: Explanation | undefined;
  next: Step | undefined;

  constructor(frame: Frame | undefined, octets: number, error: unknown) {
    this.frame = frame;
    this.octets = octets;
    this.error = error;
  }

  /** SEND, ACK and NACK start while earlier ones still run; everything else waits for all before it. */
  get isPipelined(): boolean {
    if (this.error !== undefined && !this.isSettled) return false;
    const command = this.frame?.command;
    return command === "SEND" || command === "ACK" || command === "NACK";
  }

  /** The receipt it asked for. CONNECT gets none. */
  get receipt(): string | undefined {
    const { frame } = this;
    return frame === undefined || isConnect(frame.command) ? undefined : headerOf(frame, "receipt");
  }

  /** What an ERROR about it names. */
  get receiptId(): string | undefined {
    const { frame, error } = this;
    if (frame !== undefined) return headerOf(frame, "receipt");
    return error instanceof StompError ? error.receiptId : undefined;
  }

  /** Whether the session lives on though this was refused: the frame asked for it and the refusal allows it. */
  get isSpared(): boolean {
    const { frame, refusal } = this;
    if (refusal === undefined || !refusal.spares || frame === undefined || isConnect(frame.command)) return false;
    return headerOf(frame, "on-refusal") === "receipt";
  }

  /** What its RECEIPT says. */
  receiptHeaders(receipt: string): Header[] {
    const headers: Header[] = [["receipt-id", receipt]];
    const { refusal, answer } = this;
    if (refusal !== undefined) {
      headers.push(["status", `${refusal.status}`], ["code", refusal.code], ["message", refusal.message]);
      if (refusal.headers) headers.push(...refusal.headers);
    } else if (answer !== undefined) headers.push(...answer.headers);
    return headers;
  }
}

/**
 * The steps of one session in the order they came, and the rule of that order: which may start while earlier ones still
 * run. Every step in it is either settled or not, and started or not; what is started always lies before what is not.
 */
export class StepQueue {
  #head: Step | undefined;
  #tail: Step | undefined;
  #unstarted: Step | undefined;
  #count = 0;
  #octets = 0;

  get isEmpty(): boolean {
    return this.#head === undefined;
  }

  get count(): number {
    return this.#count;
  }

  get octets(): number {
    return this.#octets;
  }

  append(step: Step): void {
    if (this.#tail === undefined) this.#head = step;
    else this.#tail.next = step;
    this.#tail = step;
    this.#unstarted ??= step;
    this.#count++;
    this.#octets += step.octets;
  }

  /** The oldest step, taken out, if it is settled: the next that may be answered. */
  takeSettled(): Step | undefined {
    const head = this.#head;
    if (head === undefined || !head.isSettled) return undefined;
    this.#head = head.next;
    if (head.next === undefined) this.#tail = undefined;
    this.#count--;
    this.#octets -= head.octets;
    return head;
  }

  /** The next step whose effect may begin, marked as begun. */
  takeStartable(): Step | undefined {
    const step = this.#unstarted;
    const head = this.#head;
    if (step === undefined || head === undefined) return undefined;
    if (step !== head && !(step.isPipelined && head.isPipelined)) return undefined;
    this.#unstarted = step.next;
    return step;
  }

  /** Nothing that has not begun will begin. */
  dropUnstarted(): void {
    this.#unstarted = undefined;
  }

  clear(): void {
    this.#head = undefined;
    this.#tail = undefined;
    this.#unstarted = undefined;
  }
}
