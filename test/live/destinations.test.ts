import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  postTopic,
  queueOf,
  readSink,
  readSource,
  roomTopic,
  type Sink,
  type Source,
} from "../../src/live/destinations.ts";

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const userId = fc.stringMatching(/^[a-z0-9_]{3,20}$/);

function writeSource(source: Source): string {
  switch (source.kind) {
    case "queue":
      return `/queue/${source.userId}`;
    case "room":
      return `/topic/${source.roomId}`;
    case "post":
      return `/topic/posts/${source.postId}`;
    case "feed":
      return "/topic/feed";
    default:
      return source satisfies never;
  }
}

function writeSink(sink: Sink): string {
  switch (sink.kind) {
    case "say":
      return `/chat/${sink.roomId}`;
    case "enter":
      return `/chat/subscribe/${sink.roomId}`;
    case "typing":
      return `/chat/typing/${sink.roomId}`;
    case "alarm":
      return `/alarm/${sink.receiver}`;
    case "attention":
      return sink.isHere ? "/presence/here" : "/presence/away";
    default:
      return sink satisfies never;
  }
}

/** Texts that come near: pieces of the grammar in any order, with anything between them. */
const near = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "queue",
        "topic",
        "posts",
        "feed",
        "chat",
        "subscribe",
        "typing",
        "alarm",
        "*",
        "#",
        "..",
        "%2f",
        "\0",
      ),
      fc.constantFrom("1", "01", "-1", "+1", "1.0", "1e3", "٣", "", " ", "\n", "alice", "Alice", "앨리스"),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

describe("a source", () => {
  test("is read from its exact text", () => {
    fc.assert(
      fc.property(id, userId, (number, person) => {
        const sources: Source[] = [
          { kind: "queue", userId: person },
          { kind: "room", roomId: number },
          { kind: "post", postId: number },
          { kind: "feed" },
        ];
        for (const source of sources) expect(readSource(writeSource(source))).toEqual(source);
      }),
    );
  });

  test("has one spelling only: no other text reads as any", () => {
    fc.assert(
      fc.property(near, (text) => {
        const source = readSource(text);
        if (source) expect(writeSource(source)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    "",
    "/",
    "/queue",
    "/queue/",
    "/queue/alice/",
    "//queue/alice",
    "queue/alice",
    "/queue//alice",
    "/QUEUE/alice",
    "/queue/Alice",
    "/queue/al",
    "/queue/../alice",
    "/queue/alice%00",
    "/queue/*",
    "/queue/>",
    "/topic",
    "/topic/",
    "/topic/*",
    "/topic/#",
    "/topic/**",
    "/topic/0",
    "/topic/01",
    "/topic/-1",
    "/topic/1/",
    "/topic/1/2",
    "/topic/1 ",
    "/topic/9007199254740992",
    "/topic/posts",
    "/topic/posts/",
    "/topic/posts/x",
    "/topic/posts/1/2",
    "/topic/feed/1",
    "/topic/feed/",
    "/topic/Feed",
    "/chat/1",
    "/alarm/alice",
    "/exchange/1",
    "/user/queue/alice",
  ])("is not read from %p", (text) => {
    expect(readSource(text)).toBeUndefined();
  });
});

describe("a sink", () => {
  test("is read from its exact text", () => {
    fc.assert(
      fc.property(id, userId, (roomId, receiver) => {
        const sinks: Sink[] = [
          { kind: "say", roomId },
          { kind: "enter", roomId },
          { kind: "typing", roomId },
          { kind: "alarm", receiver },
        ];
        for (const sink of sinks) expect(readSink(writeSink(sink))).toEqual(sink);
      }),
    );
  });

  test("has one spelling only: no other text reads as any", () => {
    fc.assert(
      fc.property(near, (text) => {
        const sink = readSink(text);
        if (sink) expect(writeSink(sink)).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    "",
    "/",
    "/chat",
    "/chat/",
    "/chat/0",
    "/chat/01",
    "/chat/1/",
    "/chat/1/2",
    "/chat/*",
    "/chat/subscribe",
    "/chat/subscribe/",
    "/chat/subscribe/x",
    "/chat/subscribe/1/2",
    "/chat/Typing/1",
    "/chat/leave/1",
    "chat/1",
    "//chat/1",
    "/alarm",
    "/alarm/",
    "/alarm/Alice",
    "/alarm/alice/1",
    "/topic/1",
    "/queue/alice",
    "/topic/feed",
  ])("is not read from %p", (text) => {
    expect(readSink(text)).toBeUndefined();
  });
});

test("what is published to is what is subscribed to", () => {
  expect(readSource(queueOf("alice"))).toEqual({ kind: "queue", userId: "alice" });
  expect(readSource(roomTopic(7))).toEqual({ kind: "room", roomId: 7 });
  expect(readSource(postTopic(7))).toEqual({ kind: "post", postId: 7 });
});
