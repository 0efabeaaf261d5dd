import { StompError } from "./errors.ts";
import { readHeader } from "./escapes.ts";
import type { Frame, Header, Version } from "./frame.ts";
import { octetsOf } from "./octets.ts";

/** What one frame may be, in octets of UTF-8 after any inflating. The command is always at most 32 octets. */
export interface FrameLimits {
  /** From the command to the closing NUL. */
  readonly frameBytes: number;
  readonly bodyBytes: number;
  /** How many header lines, repeated ones included. */
  readonly headers: number;
  /** One header line without its end of line. */
  readonly headerBytes: number;
}

export const COMMAND_BYTES_MAX = 32;

const SIZE_LIMITS = "Size Limits";

/** The two commands that open a session. */
export function isConnect(command: string): boolean {
  return command === "CONNECT" || command === "STOMP";
}

/** CONNECT and its like open a session and CONNECTED answers them: none is ever escaped (STOMP 1.2 "Value Encoding"). */
export function isRaw(command: string): boolean {
  return isConnect(command) || command === "CONNECTED";
}

function tooLarge(message: string, limit: string): StompError {
  return new StompError(message, { code: "too_large", closeCode: 1009, heading: SIZE_LIMITS, limit });
}

export function commandTooLong(): StompError {
  return tooLarge("The command is too long", "command");
}

export function headerTooLong(): StompError {
  return tooLarge("A header line is too long", "header-bytes");
}

export function bodyTooLarge(): StompError {
  return tooLarge("The body is too large", "body-bytes");
}

export function frameTooLarge(): StompError {
  return tooLarge("The frame is too large", "frame-bytes");
}

export function endMissing(): StompError {
  return new StompError("The body is not followed by a NUL", { code: "bad_length", heading: "Header content-length" });
}

export function notText(): StompError {
  return new StompError("A header is not UTF-8", { code: "bad_utf8", heading: "Value Encoding" });
}

/** How header lines are read: `isRaw` for CONNECT, STOMP and CONNECTED. */
export interface Reading {
  readonly limits: FrameLimits;
  readonly version: Version;
  readonly isRaw: boolean;
}

/**
 * Reads one more header line, without its end of line, onto `headers`.
 * @throws StompError `too_large`, `bad_header`, `bad_escape`
 */
export function addHeader(headers: Header[], line: string, { limits, version, isRaw }: Reading): void {
  if (headers.length >= limits.headers) throw tooLarge("There are too many headers", "frame-headers");
  headers.push(readHeader(line, version, isRaw));
}

/** @throws StompError `too_large`, `bad_header` */
export function checkCommand(command: string): string {
  if (octetsOf(command) > COMMAND_BYTES_MAX) throw commandTooLong();
  if (command.includes("\0")) throw nulInHead();
  return command;
}

/** A head that ends in NUL without an empty line. Refused at once: no later octet could mend it. */
export function nulInHead(): StompError {
  return new StompError("A NUL came before the empty line that ends the headers", {
    code: "bad_header",
    heading: "STOMP Frames",
  });
}

/**
 * The declared length of the body in octets, -1 where none is declared. Digits only, nothing lenient.
 * Refuses what the limits will not hold before any of the body is waited for.
 * @throws StompError `bad_length`, `too_large`
 */
export function readContentLength(headers: readonly Header[], headOctets: number, limits: FrameLimits): number {
  for (const header of headers) {
    if (header[0] !== "content-length") continue;
    const digits = header[1];
    if (!/^[0-9]+$/.test(digits)) {
      throw new StompError("content-length is not a number of octets", {
        code: "bad_length",
        heading: "Header content-length",
      });
    }
    const length = Number(digits);
    if (length > bodyBytesMax(headers, limits)) throw bodyTooLarge();
    if (headOctets + length + 1 > limits.frameBytes) throw frameTooLarge();
    return length;
  }
  return -1;
}

/**
 * How long a body may be. Where the frame asks that a refusal spare the socket, the body is taken as long as the frame
 * has room for it, so that it can be refused that way.
 */
export function bodyBytesMax(headers: readonly Header[], { bodyBytes, frameBytes }: FrameLimits): number {
  const isSpared = headers.some(([name, value]) => name === "on-refusal" && value === "receipt");
  return isSpared ? frameBytes : bodyBytes;
}

/** The error again, naming the receipt that the broken frame asked for, as far as its headers were read. */
export function withReceipt(error: unknown, headers: readonly Header[]): unknown {
  const receipt = headers.find((header) => header[0] === "receipt");
  if (!(error instanceof StompError) || receipt === undefined) return error;
  const { message, code, closeCode, heading, limit } = error;
  return new StompError(message, { code, closeCode, heading, limit, receiptId: receipt[1] });
}

/** Before a CONNECT there are smaller frames. */
export function loginLimits({
  login,
  frame,
}: {
  readonly login?: FrameLimits | undefined;
  readonly frame: FrameLimits;
}): FrameLimits {
  if (login !== undefined) return login;
  return frame.frameBytes <= LOGIN_FRAME_BYTES ? frame : { ...frame, frameBytes: LOGIN_FRAME_BYTES };
}

const LOGIN_FRAME_BYTES = 16_384;

/** What a decoder hands on: a frame, and its size in octets (exact but for characters beyond ASCII in its head). */
export type OnFrame = (frame: Frame, octets: number) => void;
