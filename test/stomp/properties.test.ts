import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Body, encodeFrame, type Frame, type Header, type Version } from "../../src/stomp/frame.ts";
import { indexAfter, octetsOf } from "../../src/stomp/octets.ts";
import { bytesOf, decode, decodeAll } from "./conversation.ts";

/** Full of what could go wrong: the special characters of STOMP, and characters of every length in UTF-8. */
const character = fc.oneof(
  fc.constantFrom("\n", "\r", ":", "\\", "\\n", "\\c", "\\t", "\r\n", " ", "\t", "é", "한", "🙂", "\uFEFF", "\u2028"),
  fc.string({ unit: "binary", minLength: 1, maxLength: 2 }),
);
const text = fc.array(character, { maxLength: 12 }).map((parts) => parts.join("").replaceAll("\0", ""));
const command = fc.constantFrom("SEND", "MESSAGE", "ERROR", "CONNECTED");
const body: fc.Arbitrary<Body> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.array(fc.constantFrom("\0", "\n", "a", "한", "🙂"), { maxLength: 200 }).map((parts) => parts.join("")),
  fc.uint8Array({ maxLength: 300 }),
);

/** Names and values that a version can write as they are. */
function headersFor(version: Version): fc.Arbitrary<Header[]> {
  const name = text
    .filter((one) => one !== "" && one !== "content-length")
    .map((one) => tame(version, one, true) || "n");
  return fc.array(
    fc.tuple(
      name,
      text.map((one) => tame(version, one, false)),
    ),
    { maxLength: 8 },
  );
}

function tame(version: Version, one: string, isName: boolean): string {
  switch (version) {
    case "1.0":
      return one.replace(isName ? /[:\r\n]/g : /[\r\n]|^[ \t]+/g, "").replace(/^[ \t]+/, "");
    case "1.1":
      // A CR at the end of a line is part of its end, in every version.
      return one.replace(/\r+$/, "");
    case "1.2":
      return one;
    default:
      return version satisfies never;
  }
}

const message = fc.constantFrom<Version>("1.0", "1.1", "1.2").chain((version) =>
  fc
    .record({ version: fc.constant(version), command, headers: headersFor(version), body })
    // CONNECTED is as raw as 1.0, whatever the version.
    .map((one) => (one.command === "CONNECTED" ? { ...one, headers: one.headers.map(rawHeader) } : one)),
);

function rawHeader([name, value]: Header): Header {
  return [tame("1.0", name, true) || "n", tame("1.0", value, false)];
}

function expectSame(
  frame: Frame | undefined,
  given: { command: string; headers: readonly Header[]; body: Body },
): void {
  expect(frame?.command).toBe(given.command);
  expect(frame?.headers.filter(([name]) => name !== "content-length")).toEqual([...given.headers]);
  expect(octetsIn(frame?.body ?? "")).toEqual(octetsIn(given.body));
}

function octetsIn(body: Body): Uint8Array {
  return typeof body === "string" ? bytesOf(body) : new Uint8Array(body);
}

/** Cuts octets at the given places, counted modulo their length. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
}

describe("For all frames", () => {
  test("reading what was written gives the same frame, in every version, as text and as octets", () => {
    fc.assert(
      fc.property(message, (given) => {
        const encoded = encodeFrame(given.version, given.command, given.headers, given.body);
        const frames = decode(encoded, given.version);
        expect(frames.length).toBe(1);
        expectSame(frames[0], given);
        expect(decode(typeof encoded === "string" ? bytesOf(encoded) : encoded, given.version)).toEqual(frames);
      }),
      { numRuns: 1_000 },
    );
  });

  test("however a stream is cut into messages, the same frames come of it", () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 12 }), (given, places) => {
        const version: Version = "1.2";
        const parts = given.map((one) => encodeFrame(version, one.command, one.headers, one.body));
        const stream = Buffer.concat(parts.map((part) => octetsIn(part)));
        const whole = decodeAll([stream], version);
        expect(whole.length).toBe(given.length);
        expect(decodeAll(parts, version)).toEqual(whole);
        expect(decodeAll(cut(stream, places), version)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test("no name and no value, in no version, makes a second line or a second frame", () => {
    const anything = fc.string({ unit: "binary", maxLength: 20 });
    const header = fc.tuple(fc.oneof(anything, text), fc.oneof(anything, text));
    fc.assert(
      fc.property(
        fc.constantFrom<Version>("1.0", "1.1", "1.2"),
        command,
        fc.array(header),
        (version, name, headers) => {
          const encoded = String(encodeFrame(version, name, headers));
          expect(encoded.indexOf("\0")).toBe(encoded.length - 1);
          expect(encoded.indexOf("\n\n")).toBe(encoded.length - 3);
          expect(encoded.split("\n").length).toBeLessThanOrEqual(headers.length + 3);
          expect(decode(encoded, version).length).toBe(1);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("octets are counted as the encoder counts them", () => {
    const long = fc.string({ unit: "binary", maxLength: 600 });
    fc.assert(
      fc.property(long, long, (one, two) => {
        const octets = bytesOf(one).length;
        expect(octetsOf(one)).toBe(octets);
        expect(indexAfter(two + one, two.length, octets)).toBe(two.length + one.length);
        expect(indexAfter(one, 0, octets + 1)).toBe(-1);
      }),
      { numRuns: 500 },
    );
    expect(octetsOf("가".repeat(50_000))).toBe(150_000);
    expect(indexAfter("가".repeat(50_000), 0, 149_999)).toBe(-2);
    expect(indexAfter("🙂", 0, 3)).toBe(-2);
    expect(octetsOf("a\ud800b")).toBe(5);
  });
});
