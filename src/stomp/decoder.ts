import type { Frame, Header, Version } from "./frame.ts";
import {
  addHeader,
  bodyBytesMax,
  bodyTooLarge,
  checkCommand,
  endMissing,
  type FrameLimits,
  frameTooLarge,
  headerTooLong,
  isRaw,
  type OnFrame,
  readContentLength,
  withReceipt,
} from "./limits.ts";
import { bytesOf, indexAfter, octetsOf, textOf } from "./octets.ts";
import { PartialFrame } from "./partial.ts";

export type { FrameLimits, OnFrame } from "./limits.ts";

const NUL = 0;
const LF = 10;
const CR = 13;

/**
 * Cuts a stream of WebSocket messages, text or binary, into frames. Frames may be split or joined anywhere, in binary
 * messages also inside a character.
 *
 * Whole frames in a text message (or in a binary one that is valid UTF-8) are walked as a string, without copying them to
 * octets; only a frame that comes in pieces is gathered as octets, by PartialFrame. Lines may end in CR LF in every
 * version. Between frames any number of ends of line is skipped, and of NULs too, which old clients send.
 */
export class Decoder {
  /** The agreed version. Until it is set nothing is unescaped. */
  version: Version = "1.0";
  /** May be replaced between frames: there are smaller ones before a CONNECT. */
  limits: FrameLimits;
  #partial: PartialFrame | undefined;
  /** The cursor in the text that is being walked, and the size of the frame cut last. */
  #at = 0;
  #octets = 0;

  constructor(limits: FrameLimits) {
    this.limits = limits;
  }

  /** True between frames. */
  get isIdle(): boolean {
    return this.#partial === undefined;
  }

  /** The frame that has begun to come: the same object as long as it is the same frame. */
  get half(): object | undefined {
    return this.#partial;
  }

  /** Octets of the frame that has begun to come. Never more than one frame may have. */
  get pendingBytes(): number {
    return this.#partial?.octets ?? 0;
  }

  /**
   * Hands on every frame that `data` completes, in order. After a throw the stream is beyond mending.
   * @throws StompError `bad_header`, `bad_escape`, `bad_length`, `bad_utf8`, `too_large`
   */
  push(data: string | Uint8Array, onFrame: OnFrame): void {
    if (this.#partial !== undefined) {
      this.#gather(typeof data === "string" ? bytesOf(data) : data, onFrame, true);
      return;
    }
    const text = typeof data === "string" ? data : textOf(data);
    if (text !== undefined) this.#walk(text, onFrame);
    else if (typeof data !== "string") this.#gather(data, onFrame, false);
  }

  #walk(text: string, onFrame: OnFrame): void {
    this.#at = 0;
    while (this.#at < text.length) {
      const unit = text.charCodeAt(this.#at);
      if (unit === LF || unit === NUL) {
        this.#at++;
        continue;
      }
      if (unit === CR && text.charCodeAt(this.#at + 1) === LF) {
        this.#at += 2;
        continue;
      }
      const from = this.#at;
      const frame = this.#cut(text);
      if (frame !== undefined) onFrame(frame, this.#octets);
      else if (this.#at === from) {
        this.#gather(bytesOf(text.slice(from)), onFrame, false);
        return;
      }
    }
  }

  /** Takes octets into a frame in pieces. What is left after it is text again, if it can be (`mayBeText`). */
  #gather(bytes: Uint8Array, onFrame: OnFrame, mayBeText: boolean): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#partial === undefined) {
        if (bytes[at] === LF || bytes[at] === NUL) {
          at++;
          continue;
        }
        const rest = mayBeText ? textOf(bytes.subarray(at)) : undefined;
        if (rest !== undefined) {
          this.#walk(rest, onFrame);
          return;
        }
        this.#partial = new PartialFrame(this.limits, this.version);
      }
      const partial: PartialFrame = this.#partial;
      at = partial.push(bytes, at);
      if (!partial.isDone) continue;
      this.#partial = undefined;
      const { frame } = partial;
      if (frame !== undefined) onFrame(frame, partial.octets);
    }
  }

  /**
   * The frame that begins at the cursor, which then stands after it. Undefined: nothing but an end of line was there, or,
   * where the cursor has not moved, the rest of the frame has not come.
   */
  #cut(text: string): Frame | undefined {
    const from = this.#at;
    const lf = text.indexOf("\n", from);
    if (lf < 0) return undefined;
    const end = endOfLine(text, from, lf);
    if (end === from) {
      this.#at = lf + 1;
      return undefined;
    }
    const command = checkCommand(text.slice(from, end));
    const headers: Header[] = [];
    try {
      const bodyAt = this.#cutHead(text, lf + 1, command, headers);
      if (bodyAt < 0) return undefined;
      const body = this.#cutBody(text, bodyAt, headers);
      return body === undefined ? undefined : { command, headers, body };
    } catch (error) {
      throw withReceipt(error, headers);
    }
  }

  /** Reads header lines up to the empty one: the index after it, or -1 where it has not come. */
  #cutHead(text: string, from: number, command: string, headers: Header[]): number {
    const { limits } = this;
    const reading = { limits, version: this.version, isRaw: isRaw(command) };
    let at = from;
    for (;;) {
      const lf = text.indexOf("\n", at);
      if (lf < 0) return -1;
      const end = endOfLine(text, at, lf);
      if (end === at) return lf + 1;
      const line = text.slice(at, end);
      if (isLonger(line, limits.headerBytes)) throw headerTooLong();
      addHeader(headers, line, reading);
      at = lf + 1;
    }
  }

  /** Reads the body and its NUL and moves the cursor behind them; undefined where they have not come. */
  #cutBody(text: string, from: number, headers: readonly Header[]): string | undefined {
    const { limits } = this;
    const headOctets = from - this.#at;
    const length = readContentLength(headers, headOctets, limits);
    const nul = text.indexOf("\0", from);
    const end = length < 0 || hasOctets(text.slice(from, nul), nul, length) ? nul : indexAfter(text, from, length);
    if (end === -2) throw endMissing();
    if (end === -1 || end === text.length) return undefined;
    if (text.charCodeAt(end) !== NUL) throw endMissing();
    const body = text.slice(from, end);
    if (length < 0 && isLonger(body, bodyBytesMax(headers, limits))) throw bodyTooLarge();
    if (isLonger(text.slice(this.#at, end + 1), limits.frameBytes)) throw frameTooLarge();
    this.#octets = headOctets + (length < 0 ? end - from : length) + 1;
    this.#at = end + 1;
    return body;
  }
}

function endOfLine(text: string, from: number, lf: number): number {
  return lf > from && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
}

/** Whether the body up to the first NUL is just what was declared, as it is unless the body holds a NUL itself. */
function hasOctets(body: string, nul: number, octets: number): boolean {
  return nul >= 0 && body.length <= octets && octets <= body.length * 3 && octetsOf(body) === octets;
}

/** Whether a text has more than `max` octets. They are counted only where the number of characters leaves it open. */
function isLonger(text: string, max: number): boolean {
  return text.length > max || (text.length * 3 > max && octetsOf(text) > max);
}
