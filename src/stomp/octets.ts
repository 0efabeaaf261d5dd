const ENCODER = new TextEncoder();
/** A byte order mark is a character of the body like any other: it must come out again. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** From this many characters on the runtime's own encoder is faster than a loop over them. */
const LOOP_CHARS_MAX = 128;
/** Written to and never read: only the counts of `encodeInto` matter. */
let scratch: Uint8Array<ArrayBuffer> | undefined;
const SCRATCH_BYTES = 16_384;

/** How many octets a text has in UTF-8. A lone surrogate counts as the U+FFFD it becomes on the wire. */
export function octetsOf(text: string): number {
  const chars = text.length;
  if (chars > LOOP_CHARS_MAX) return countByEncoder(text);
  let octets = chars;
  for (let i = 0; i < chars; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    octets += unit < 0x800 ? 1 : 2;
    if (isPairAt(text, i, unit)) i++;
  }
  return octets;
}

/**
 * Where in `text` the octets number `from` + `octets` lie: the index of the first character after them.
 * -1: the text ends before; -2: the count ends inside a character.
 */
export function indexAfter(text: string, from: number, octets: number): number {
  if (octets > LOOP_CHARS_MAX) return findByEncoder(text, from, octets);
  let left = octets;
  let at = from;
  while (left > 0) {
    if (at >= text.length) return -1;
    const unit = text.charCodeAt(at);
    const isPair = isPairAt(text, at, unit);
    left -= unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    at += isPair ? 2 : 1;
  }
  return left < 0 ? -2 : at;
}

/** UTF-8 as text, or undefined where it is not valid. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}

export function bytesOf(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** The same text in memory of its own: what is cut out of a message otherwise keeps the whole message alive. */
export function detach(text: string): string {
  return DECODER.decode(ENCODER.encode(text));
}

function isPairAt(text: string, at: number, unit: number): boolean {
  return (unit & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

function countByEncoder(text: string): number {
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  let octets = 0;
  let at = 0;
  while (at < text.length) {
    const { read, written } = ENCODER.encodeInto(at === 0 ? text : text.slice(at), scratch);
    octets += written;
    at += read;
  }
  return octets;
}

function findByEncoder(text: string, from: number, octets: number): number {
  scratch ??= new Uint8Array(SCRATCH_BYTES);
  let left = octets;
  let at = from;
  while (left > 0) {
    if (at >= text.length) return -1;
    const room = Math.min(left, SCRATCH_BYTES);
    const { read, written } = ENCODER.encodeInto(text.slice(at, at + room), scratch.subarray(0, room));
    at += read;
    left -= written;
    // Nothing fitted: the next character has more octets than are left.
    if (read === 0) return -2;
  }
  return at;
}
