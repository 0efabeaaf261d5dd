import { expect, test } from "bun:test";
import { Decoder } from "../../src/stomp/decoder.ts";
import { StompError } from "../../src/stomp/errors.ts";
import type { Frame, Version } from "../../src/stomp/frame.ts";
import { createRandom, mutate, pick } from "../support/mutants.ts";
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
    const bytes = mutate(random, CORPUS);
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
      const bytes = mutate(random, CORPUS);
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
