import { bytesOf } from "../../src/stomp/octets.ts";

const SPICE = [0, 10, 13, 58, 92, 99, 110, 114, 45, 48, 57, 0xff, 0xc3, 0xe2, 0xf0, 0x80].map((octet) =>
  Uint8Array.of(octet),
);
const WORDS = ["\r\n", "\n\n", "\0\n", "content-length:9", "content-length:1025\n", "\\t", "SEND\n", "receipt:z\n"].map(
  bytesOf,
);

/** A small generator with a seed: mulberry32. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export type Random = ReturnType<typeof createRandom>;

export function pick<T>(random: Random, of: readonly T[]): T {
  const one = of[random(of.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

/** One of the corpus, or two in one, spoilt in one to four places. */
export function mutate(random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  let bytes = random(3) === 0 ? join(pick(random, corpus), pick(random, corpus)) : pick(random, corpus);
  for (let n = random(4); n >= 0; n--) {
    const at = random(bytes.length + 1);
    const to = Math.min(bytes.length, at + random(6));
    const kind = random(5);
    if (kind === 0) bytes = join(bytes.subarray(0, at), bytes.subarray(to));
    else if (kind === 1) bytes = join(bytes.subarray(0, at), pick(random, SPICE), bytes.subarray(at));
    else if (kind === 2) bytes = join(bytes.subarray(0, at), pick(random, WORDS), bytes.subarray(at));
    else if (kind === 3) bytes = join(bytes.subarray(0, at), pick(random, SPICE), bytes.subarray(at + 1));
    else bytes = join(bytes.subarray(0, to), bytes.subarray(at));
  }
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
