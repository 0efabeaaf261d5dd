import { expect, test } from "bun:test";
import { Decoder } from "../../src/stomp/decoder.ts";
import { StompError } from "../../src/stomp/errors.ts";
import type { Frame, Version } from "../../src/stomp/frame.ts";
import { bytesOf, Client, FRAME_LIMITS, frame, turn } from "./conversation.ts";

/** How many mutants; STOMP_FUZZ=1000000 for a long night. The seed of a failure is in its message. */
const RUNS = Number(process.env["STOMP_FUZZ"] ?? 100_000);
const SEED = Number(process.env["STOMP_FUZZ_SEED"] ?? 20_261_122);

const CORPUS = [
  frame("SEND", ["destination:/a", "receipt:r\\c1", "content-length:10"], "hé\0llo🙂"),
  frame("SUBSCRIBE", ["id:1", "destination:/a", "ack:client"]),
  "SEND\r\ndestination:/a\r\ntransaction:t\r\n\r\nhi\r\n\0",
  frame("BEGIN", ["transaction:t"]) + frame("COMMIT", ["transaction:t", "receipt:c"]),
  `\n\r\n${frame("ACK", ["id:m\\\\n"])}\n${frame("UNSUBSCRIBE", ["id:1"])}`,
  frame("SEND", ["ключ:значение", "destination:/no", "on-refusal:receipt"], "x".repeat(300)),
  frame("CONNECT", ["accept-version:1.2", "heart-beat:0,0"]) + frame("DISCONNECT", ["receipt:d"]),
].map(bytesOf);

const SPICE = [0, 10, 13, 58, 92, 99, 110, 114, 45, 48, 57, 0xff, 0xc3, 0xe2, 0xf0, 0x80].map((octet) =>
  Uint8Array.of(octet),
);
const WORDS = ["\r\n", "\n\n", "\0\n", "content-length:9", "content-length:1025\n", "\\t", "SEND\n", "receipt:z\n"].map(
  bytesOf,
);

/** A small generator with a seed: mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

type Random = ReturnType<typeof createRandom>;

function pick<T>(random: Random, of: readonly T[]): T {
  const one = of[random(of.length)];
  if (one === undefined) throw new Error("nothing to pick from");
  return one;
}

function mutate(random: Random): Uint8Array {
  let bytes = random(3) === 0 ? join(pick(random, CORPUS), pick(random, CORPUS)) : pick(random, CORPUS);
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

/** The frames of a stream, and whether it ended in a fault. Anything but a StompError is a crash. */
function read(messages: readonly Uint8Array[], version: Version): readonly unknown[] {
  const decoder = new Decoder(FRAME_LIMITS);
  decoder.version = version;
  const frames: (Frame | number)[] = [];
  try {
    for (const message of messages) decoder.push(message, (one) => frames.push(one));
    frames.push(decoder.pendingBytes);
  } catch (error) {
    if (!(error instanceof StompError)) throw error;
    frames.push(-1);
  }
  return frames;
}

test(`${RUNS} mutated messages are read or refused, alike however they are cut`, () => {
  const random = createRandom(SEED);
  let refused = 0;
  for (let i = 0; i < RUNS; i++) {
    const bytes = mutate(random);
    const version = pick<Version>(random, ["1.0", "1.1", "1.2"]);
    const cut = random(bytes.length + 1);
    const whole = read([bytes], version);
    const pieces = read([bytes.subarray(0, cut), bytes.subarray(cut)], version);
    if (whole.at(-1) === -1) refused++;
    if (!Bun.deepEquals(whole, pieces)) {
      throw new Error(`run ${i}, ${version}, cut ${cut}: ${JSON.stringify(new TextDecoder().decode(bytes))}`);
    }
  }
  // Both kinds were met often enough to mean something.
  expect(refused).toBeGreaterThan(RUNS / 10);
  expect(refused).toBeLessThan((RUNS * 9) / 10);
}, 600_000);

test(`${RUNS / 10} sessions are told mutated messages: each lives, or ends in one ERROR and one close`, async () => {
  const random = createRandom(SEED + 1);
  for (let i = 0; i < RUNS / 10; i++) {
    const client = new Client();
    client.session.receive("CONNECT\naccept-version:1.2,1.1\n\n\0");
    for (let n = random(3); n >= 0; n--) {
      const bytes = mutate(random);
      client.session.receive(bytes);
    }
    await turn();
    const errors = client.frames.filter((one) => one.command === "ERROR");
    const closes = client.closes.map((one) => one.code);
    const isSound = closes.length === 0 ? errors.length === 0 : closes[0] === 1000 || errors.length === 1;
    if (!isSound || closes.length > 1 || closes.includes(1011))
      throw new Error(`run ${i}: ${closes} ${client.gist.join()}`);
    client.session.closed();
    expect(client.broker.sessions.size).toBe(0);
  }
}, 600_000);
