import { frameOf } from "./wire.ts";

/** In every body: `~!` sender `.` number `.` moment of sending in microseconds. It survives JSON and HTML unchanged. */
const MARK = "~!0.00000000.0000000000000000";
export const MARK_BYTES = MARK.length;
const MARK_START = Buffer.from("~!");
const SENDER_AT = 2;
const NUMBER_AT = 4;
const SENT_AT = 13;
const RECEIPT = "receipt:q00000000";
const CLIENT_ID = "00000000-0000-4000-8000-000000000000";

export interface MessageOptions {
  /** SEND to this destination; undefined for the server that knows no protocol. */
  readonly destination: string | undefined;
  readonly bodyBytes: number;
  /** One digit. */
  readonly sender: number;
  readonly hasReceipt?: boolean;
  /** Eight hexadecimal digits that tell this sender's client ids from those of other runs; undefined sends none. */
  readonly clientIds?: string | undefined;
}

/** A message that is encoded once; for each sending only its digits are written anew. */
export class Outgoing {
  readonly #frame: Buffer;
  readonly #markAt: number;
  readonly #receiptAt: number;
  readonly #clientIdAt: number;
  /** The number of the next message. */
  next = 0;

  constructor({ destination, bodyBytes, sender, hasReceipt = false, clientIds }: MessageOptions) {
    const body = MARK.padEnd(bodyBytes, "x");
    const head =
      `SEND\ndestination:${destination}\ncontent-type:text/plain\ncontent-length:${body.length}\n` +
      `${hasReceipt ? `${RECEIPT}\n` : ""}${clientIds ? `client-id:${CLIENT_ID}\n` : ""}\n`;
    this.#frame = frameOf(destination === undefined ? body : `${head}${body}\0`);
    this.#markAt = this.#frame.indexOf(MARK);
    this.#receiptAt = hasReceipt ? this.#frame.indexOf(RECEIPT) + 9 : -1;
    this.#clientIdAt = clientIds ? this.#frame.indexOf(CLIENT_ID) : -1;
    if (clientIds) this.#frame.write(clientIds, this.#clientIdAt, "latin1");
    this.#frame[this.#markAt + SENDER_AT] = 48 + sender;
  }

  /** The next message, sent now. The octets are good until the next call. */
  frame(atUs: number): Buffer {
    const number = this.next++;
    if (this.#receiptAt > 0) writeDigits(this.#frame, this.#receiptAt, 8, number);
    if (this.#clientIdAt > 0) writeDigits(this.#frame, this.#clientIdAt + 24, 12, number);
    writeDigits(this.#frame, this.#markAt + NUMBER_AT, 8, number);
    writeDigits(this.#frame, this.#markAt + SENT_AT, 16, Math.floor(atUs));
    return this.#frame;
  }
}

export const isMarkAt = (bytes: Buffer, at: number) => bytes[at] === 126 && bytes[at + 1] === 33;
export const senderAt = (bytes: Buffer, at: number) => (bytes[at + SENDER_AT] ?? 48) - 48;
export const numberAt = (bytes: Buffer, at: number) => readDigits(bytes, at + NUMBER_AT, 8);
export const sentAtUs = (bytes: Buffer, at: number) => readDigits(bytes, at + SENT_AT, 16);

/** Where the mark begins between `from` and `to`; -1 where there is none. */
export function findMark(bytes: Buffer, from: number, to: number): number {
  const at = bytes.subarray(from, to).indexOf(MARK_START);
  return at < 0 ? -1 : from + at;
}

export function readDigits(bytes: Buffer, at: number, width: number): number {
  let value = 0;
  for (let i = at; i < at + width; i++) value = value * 10 + (bytes[i] ?? 48) - 48;
  return value;
}

function writeDigits(bytes: Buffer, at: number, width: number, value: number): void {
  let left = value;
  for (let i = at + width - 1; i >= at; i--) {
    bytes[i] = 48 + (left % 10);
    left = Math.floor(left / 10);
  }
}

/** One clock for all processes of a run, in microseconds. */
export const nowUs = () => (performance.timeOrigin + performance.now()) * 1000;
