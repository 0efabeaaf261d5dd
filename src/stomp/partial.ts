import type { Body, Frame, Header, Version } from "./frame.ts";
import {
  addHeader,
  bodyBytesMax,
  bodyTooLarge,
  COMMAND_BYTES_MAX,
  checkCommand,
  commandTooLong,
  endMissing,
  type FrameLimits,
  frameTooLarge,
  headerTooLong,
  isRaw,
  notText,
  nulInHead,
  type Reading,
  readContentLength,
  withReceipt,
} from "./limits.ts";
import { textOf } from "./octets.ts";

const LF = 10;
const CR = 13;
const HOLD_BYTES = 256;

/** `command` and `header` wait for a line, `body` for a NUL, `counted` for the declared octets, `end` for the NUL after. */
type Stage = "command" | "header" | "body" | "counted" | "end" | "done";

/**
 * One frame that comes in pieces, cut anywhere. Each octet is looked at once and held at most once; every limit is
 * applied as soon as the octets that break it are there.
 */
export class PartialFrame {
  readonly #limits: FrameLimits;
  readonly #version: Version;
  #stage: Stage = "command";
  #command = "";
  #headers: Header[] = [];
  #body: Body = "";
  #length = -1;
  #octets = 0;
  #hold: Uint8Array | undefined;
  #held = 0;

  constructor(limits: FrameLimits, version: Version) {
    this.#limits = limits;
    this.#version = version;
  }

  /** Octets taken so far. */
  get octets(): number {
    return this.#octets;
  }

  /** The frame, once it is whole. Undefined also where all that came was an empty line. */
  get frame(): Frame | undefined {
    if (this.#command === "") return undefined;
    return { command: this.#command, headers: this.#headers, body: this.#body };
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  /**
   * Takes what belongs to this frame out of `bytes` from index `from` on.
   * @returns the index after what it took; less than the length only when the frame is done
   * @throws StompError
   */
  push(bytes: Uint8Array, from: number): number {
    let at = from;
    try {
      while (at < bytes.length && this.#stage !== "done") {
        const next = this.#take(bytes, at);
        this.#octets += next - at;
        at = next;
        if (this.#octets > this.#limits.frameBytes) throw frameTooLarge();
      }
    } catch (error) {
      throw withReceipt(error, this.#headers);
    }
    return at;
  }

  #take(bytes: Uint8Array, at: number): number {
    switch (this.#stage) {
      case "command":
      case "header":
        return this.#takeLine(bytes, at);
      case "body":
        return this.#takeBody(bytes, at);
      case "counted":
        return this.#takeCounted(bytes, at);
      case "end":
        if (bytes[at] !== 0) throw endMissing();
        this.#stage = "done";
        return at + 1;
      case "done":
        return at;
      default:
        return this.#stage satisfies never;
    }
  }

  #takeLine(bytes: Uint8Array, at: number): number {
    const isCommand = this.#stage === "command";
    const max = isCommand ? COMMAND_BYTES_MAX : this.#limits.headerBytes;
    const lf = bytes.indexOf(LF, at);
    const to = lf < 0 ? bytes.length : lf;
    const octets = this.#held + to - at;
    const last = to > at ? bytes[to - 1] : this.#hold?.[this.#held - 1];
    const hasReturn = octets > 0 && last === CR;
    if (octets - (hasReturn ? 1 : 0) > max) throw isCommand ? commandTooLong() : headerTooLong();
    if (lf < 0) {
      if (bytes.indexOf(0, at) >= 0) throw nulInHead();
      this.#keep(bytes.subarray(at, to));
      return to;
    }
    const line = textOf(this.#join(bytes.subarray(at, to)));
    if (line === undefined) throw notText();
    const length = hasReturn ? line.length - 1 : line.length;
    if (isCommand) this.#beginHead(line.slice(0, length));
    else if (length === 0) this.#endHead(lf + 1 - at);
    else addHeader(this.#headers, line.slice(0, length), this.#reading());
    return lf + 1;
  }

  #reading(): Reading {
    return { limits: this.#limits, version: this.#version, isRaw: isRaw(this.#command) };
  }

  #beginHead(command: string): void {
    this.#command = checkCommand(command);
    // An empty line before a command is only an end of line.
    this.#stage = command === "" ? "done" : "header";
  }

  #endHead(lineOctets: number): void {
    this.#length = readContentLength(this.#headers, this.#octets + lineOctets, this.#limits);
    this.#stage = this.#length < 0 ? "body" : this.#length === 0 ? "end" : "counted";
  }

  #takeBody(bytes: Uint8Array, at: number): number {
    const nul = bytes.indexOf(0, at);
    const to = nul < 0 ? bytes.length : nul;
    if (this.#held + to - at > bodyBytesMax(this.#headers, this.#limits)) throw bodyTooLarge();
    if (nul < 0) {
      if (this.#octets + to - at > this.#limits.frameBytes) throw frameTooLarge();
      this.#keep(bytes.subarray(at, to));
      return to;
    }
    this.#setBody(bytes.subarray(at, to));
    this.#stage = "done";
    return nul + 1;
  }

  #takeCounted(bytes: Uint8Array, at: number): number {
    const missing = this.#length - this.#held;
    const to = Math.min(bytes.length, at + missing);
    if (to - at < missing) this.#keep(bytes.subarray(at, to));
    else {
      this.#setBody(bytes.subarray(at, to));
      this.#stage = "end";
    }
    return to;
  }

  #setBody(rest: Uint8Array): void {
    const octets = this.#join(rest);
    // The octets are copied: they lie in the message that brought them, or in what holds the next line.
    this.#body = textOf(octets) ?? new Uint8Array(octets);
  }

  /** Everything held and `rest`, in one piece; nothing is held afterwards. */
  #join(rest: Uint8Array): Uint8Array {
    if (this.#held === 0) return rest;
    this.#keep(rest);
    const whole = (this.#hold ?? rest).subarray(0, this.#held);
    this.#held = 0;
    return whole;
  }

  #keep(bytes: Uint8Array): void {
    const needed = this.#held + bytes.length;
    const hold = this.#hold;
    if (hold === undefined || needed > hold.length) {
      const larger = new Uint8Array(Math.max(HOLD_BYTES, needed, hold === undefined ? 0 : hold.length * 2));
      if (hold !== undefined) larger.set(hold.subarray(0, this.#held));
      larger.set(bytes, this.#held);
      this.#hold = larger;
    } else hold.set(bytes, this.#held);
    this.#held = needed;
  }
}
