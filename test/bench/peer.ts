import { findMark, isMarkAt, numberAt, readDigits } from "./mark.ts";
import type { Target } from "./plan.ts";
import { frameOf, Wire } from "./wire.ts";

const RECEIPT_OF_SEND = Buffer.from("receipt-id:q");

/** What went wrong on the connections of this process. Every figure stands on these being 0. */
export interface Faults {
  duplicated: number;
  outOfOrder: number;
  firstError: string;
  errors: number;
}

export const newFaults = (): Faults => ({ duplicated: 0, outOfOrder: 0, firstError: "", errors: 0 });

/** One connection that has signed in, or a connection to the server without a protocol. */
export class Peer {
  readonly #faults: Faults;
  #wire: Wire | undefined;
  /** Where the mark lay in the last message and how long that was: the next one is usually alike. */
  #shapeBytes = -1;
  #shapeMarkAt = 0;
  readonly #waiting: ((text: string) => void)[] = [];
  #nextNumber = 0;
  #nextReceipt = 0;
  readonly #missing = new Set<number>();
  /** Length of the last message with a mark. */
  messageBytes = 0;
  otherCount = 0;

  /** A message with a mark came; its sender, number and time are read by the functions of mark.ts. */
  onMark: (bytes: Buffer, markAt: number) => void = () => undefined;
  /** The receipt of a SEND, in order. */
  onReceipt: (number: number) => void = () => undefined;
  /** A message without a mark. */
  onOther: ((text: string) => void) | undefined;

  private constructor(faults: Faults) {
    this.#faults = faults;
  }

  /** The handshake alone. */
  static async dial(target: Target, faults: Faults): Promise<Peer> {
    const peer = new Peer(faults);
    peer.#wire = await Wire.open({
      port: target.port,
      path: target.path,
      protocol: target.kind === "raw" ? undefined : "v12.stomp",
      onMessage: (bytes, from, to) => peer.#take(bytes, from, to),
      onClose: (reason) => peer.#fail(reason),
    });
    return peer;
  }

  static async open(target: Target, token: string, faults: Faults, heartbeat = "0,0"): Promise<Peer> {
    const peer = await Peer.dial(target, faults);
    if (target.kind !== "raw") {
      const head = `CONNECT\naccept-version:1.2\nhost:127.0.0.1\nheart-beat:${heartbeat}\n`;
      await peer.#ask(`${head}Authorization:${token}\n\n\0`);
    }
    return peer;
  }

  /** Resolves with its RECEIPT. `headers` are whole lines. */
  async subscribe(destination: string, id: string, headers = ""): Promise<void> {
    await this.#ask(`SUBSCRIBE\nid:${id}\ndestination:${destination}\nreceipt:c\n${headers}\n\0`);
  }

  send(frame: Buffer): void {
    this.#wire?.send(frame);
  }

  close(): void {
    this.#wire?.close();
  }

  /** Notes that message `number` came to this connection, and whether it came once and in its turn. */
  note(number: number): void {
    if (number === this.#nextNumber) this.#nextNumber++;
    else if (number > this.#nextNumber) {
      for (let i = this.#nextNumber; i < number; i++) this.#missing.add(i);
      this.#nextNumber = number + 1;
    } else if (this.#missing.delete(number)) this.#faults.outOfOrder++;
    else this.#faults.duplicated++;
  }

  #ask(frame: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.push(resolve);
    this.send(frameOf(frame));
    return promise;
  }

  #take(bytes: Buffer, from: number, to: number): void {
    const length = to - from;
    if (length === this.#shapeBytes && isMarkAt(bytes, from + this.#shapeMarkAt)) {
      this.onMark(bytes, from + this.#shapeMarkAt);
      return;
    }
    // RECEIPT begins with R, CONNECTED with C, ERROR with E; a heart-beat is one line feed.
    const first = bytes[from];
    if (length <= 1) return;
    if (first === 82) {
      this.#takeReceipt(bytes, from, to);
      return;
    }
    if (first === 67 || first === 69) {
      this.#takeAnswer(bytes.toString("utf8", from, to));
      return;
    }
    const at = findMark(bytes, from, to);
    if (at < 0) {
      this.otherCount++;
      this.onOther?.(bytes.toString("utf8", from, to));
      return;
    }
    this.#shapeBytes = length;
    this.#shapeMarkAt = at - from;
    this.messageBytes = length;
    this.onMark(bytes, at);
  }

  #takeReceipt(bytes: Buffer, from: number, to: number): void {
    const at = bytes.indexOf(RECEIPT_OF_SEND, from);
    if (at < 0 || at >= to) {
      this.#takeAnswer(bytes.toString("utf8", from, to));
      return;
    }
    const number = readDigits(bytes, at + RECEIPT_OF_SEND.length, 8);
    if (number !== this.#nextReceipt) this.#faults[number < this.#nextReceipt ? "duplicated" : "outOfOrder"]++;
    this.#nextReceipt = number + 1;
    this.onReceipt(number);
  }

  #takeAnswer(text: string): void {
    if (text.startsWith("ERROR")) this.#fail(text);
    else this.#waiting.shift()?.(text);
  }

  #fail(reason: string): void {
    this.#faults.errors++;
    this.#faults.firstError ||= reason.slice(0, 300);
  }
}

/** Notes a message in the peer's order and returns its number. */
export function noteMark(peer: Peer, bytes: Buffer, markAt: number): number {
  const number = numberAt(bytes, markAt);
  peer.note(number);
  return number;
}
