import { escapeText, isPlain } from "./escapes.ts";
import { bytesOf, octetsOf, textOf } from "./octets.ts";

export type Version = "1.0" | "1.1" | "1.2";

/** A body as text where its octets are valid UTF-8, else as they are. */
export type Body = string | Uint8Array;

export type Header = readonly [name: string, value: string];

/** One frame with its headers decoded, in the order they came, repeated ones included. */
export interface Frame {
  readonly command: string;
  readonly headers: readonly Header[];
  readonly body: Body;
}

/** The value of a header, or undefined. Of a repeated header the first counts (STOMP 1.2 "Repeated Header Entries"). */
export function headerOf(frame: Frame, name: string): string | undefined {
  const { headers } = frame;
  for (let i = 0; i < headers.length; i++) {
    const header = headers[i];
    if (header !== undefined && header[0] === name) return header[1];
  }
  return undefined;
}

/**
 * One frame as it goes into one WebSocket message: text when the whole of it is valid text, octets otherwise.
 *
 * Names and values are escaped as the version has it (STOMP 1.2 "Value Encoding"): not in 1.0 and not in CONNECTED. What a
 * version cannot carry never reaches the wire raw: LF, CR and NUL become blanks, a name that cannot be written drops
 * its header. So nobody's words can end a line or a frame. (A CR is plain data in 1.1.)
 *
 * `content-length` is written here, in octets, wherever there is a body; one that is given is left out.
 */
export function encodeFrame(
  version: Version,
  command: string,
  headers: Iterable<Header>,
  body: Body = "",
): string | Uint8Array {
  const escapes = command === "CONNECTED" ? "1.0" : version;
  let head = `${command}\n`;
  for (const header of headers) {
    const name = header[0];
    const value = header[1];
    if (name === "content-length") continue;
    if (isPlain(name) && name !== "" && isPlain(value)) head += `${name}:${value}\n`;
    else head += escapeLine(escapes, name, value);
  }
  if (typeof body === "string") return joinText(head, body);
  const text = textOf(body);
  return text === undefined ? joinBytes(`${head}content-length:${body.length}\n\n`, body) : joinText(head, text);
}

/** The octets of a frame, for a session that is answered in binary messages throughout. */
export function asBytes(frame: string | Uint8Array): Uint8Array {
  return typeof frame === "string" ? bytesOf(frame) : frame;
}

function escapeLine(version: Version, name: string, value: string): string {
  if (name === "" || (version === "1.0" && /[:\n\r\0]/.test(name))) return "";
  return `${escapeText(version, name)}:${escapeText(version, value)}\n`;
}

function joinText(head: string, body: string): string {
  return body === "" ? `${head}\n\0` : `${head}content-length:${octetsOf(body)}\n\n${body}\0`;
}

function joinBytes(head: string, body: Uint8Array): Uint8Array {
  const start = bytesOf(head);
  const whole = new Uint8Array(start.length + body.length + 1);
  whole.set(start);
  whole.set(body, start.length);
  return whole;
}
