import { describe, expect, test } from "bun:test";
import { FrameImpl, type IRawFrameType, Parser, type StompHeaders } from "@stomp/stompjs";
import fc from "fast-check";
import { encodeFrame, type Header, headerOf } from "../../src/stomp/frame.ts";
import { bytesOf, decode } from "./conversation.ts";

/**
 * @stomp/stompjs is the client most people have. It trims header values, escapes values but not names, and reads an
 * escaped backslash before n, r or c wrongly: texts of that kind are left out, everything else has to agree.
 */
const value = fc
  .array(
    fc.oneof(fc.constantFrom("\n", ":", "\\", "é", "한", "🙂", "a b"), fc.string({ unit: "binary", maxLength: 4 })),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join("").replaceAll("\0", ""))
  .filter((one) => one === one.trim() && !/\\[nrc]/.test(one));
const name = fc.stringMatching(/^[a-z][a-z-]{0,11}$/).filter((one) => one !== "content-length");
const headers = fc.dictionary(name, value, { maxKeys: 8, noNullPrototype: true });
const body = fc.oneof(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom("", "\0", "a\0b\0", "日本語🙂"));

/** What stompjs makes of what we send, in messages cut at `at`. */
function readByStompjs(data: string | Uint8Array, at: number): readonly FrameImpl[] {
  const frames: FrameImpl[] = [];
  const onFrame = (raw: IRawFrameType) => frames.push(FrameImpl.fromRawFrame(raw, true));
  const parser = new Parser(onFrame, () => expect.unreachable());
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  for (const part of [bytes.slice(0, at), bytes.slice(at)]) parser.parseChunk(part.buffer as ArrayBuffer);
  return frames;
}

describe("stompjs and we", () => {
  test("read what the other writes: from us to stompjs", () => {
    fc.assert(
      fc.property(headers, body, fc.nat(400), (given, sent, at) => {
        const encoded = encodeFrame("1.2", "MESSAGE", Object.entries(given), sent);
        const [frame, ...more] = readByStompjs(encoded, at);
        expect(more).toEqual([]);
        expect(frame?.command).toBe("MESSAGE");
        const { "content-length": length, ...rest } = frame?.headers ?? {};
        expect(rest).toEqual(given);
        expect(length ?? "0").toBe(String(bytesOf(sent).length));
        expect(frame?.binaryBody).toEqual(bytesOf(sent));
      }),
      { numRuns: 500 },
    );
  });

  test("read what the other writes: from stompjs to us, text and binary bodies", () => {
    fc.assert(
      fc.property(headers, body, fc.boolean(), (given, sent, isBinary) => {
        const params = { command: "SEND", headers: { ...given } as StompHeaders, escapeHeaderValues: true };
        const data = FrameImpl.marshall(
          isBinary ? { ...params, binaryBody: bytesOf(sent) } : { ...params, body: sent },
        );
        const [frame, ...more] = decode(typeof data === "string" ? data : new Uint8Array(data));
        expect(more).toEqual([]);
        expect(frame?.command).toBe("SEND");
        expect(frame?.headers.filter(([one]) => one !== "content-length")).toEqual(Object.entries(given) as Header[]);
        expect(frame?.body).toBe(sent);
      }),
      { numRuns: 500 },
    );
  });

  test("E2: read a body without a length alike", () => {
    const data = FrameImpl.marshall({
      command: "SEND",
      headers: { destination: "/a" },
      body: "日本語🙂",
      skipContentLengthHeader: true,
    });
    const [frame] = decode(data as string);
    expect(frame && headerOf(frame, "content-length")).toBeUndefined();
    expect(frame?.body).toBe("日本語🙂");
  });

  test("cut every frame out of many, with ends of line and NULs between them", () => {
    const one = encodeFrame(
      "1.2",
      "MESSAGE",
      [
        ["foo", "World"],
        ["foo", "Hello"],
      ],
      "a\0b",
    ) as string;
    const frames: IRawFrameType[] = [];
    let beats = 0;
    const parser = new Parser(
      (raw) => frames.push(raw),
      () => beats++,
    );
    parser.parseChunk(`${one}\n${one}\r\n\0${one}`);
    expect(frames.length).toBe(3);
    expect(beats).toBe(2);
    expect(decode(`${one}\n${one}\r\n\0${one}`).length).toBe(3);
    expect(frames[0] && FrameImpl.fromRawFrame(frames[0], true).headers["foo"]).toBe("World");
  });
});
