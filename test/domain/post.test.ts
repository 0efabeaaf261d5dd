import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { excerptOf } from "../../src/domain/alarm.ts";
import { COMMENT_BODY_MAX, POST_BODY_MAX, POST_TITLE_MAX, parseComment, parsePost } from "../../src/domain/post.ts";
import { MESSAGE_MAX, parseClientId, parseMessage } from "../../src/domain/room.ts";

const faulty = (field: string, rule: string) =>
  expect.objectContaining({ code: "invalid", faults: [expect.objectContaining({ field, rule })] });
const catching = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe("a post", () => {
  const body = "본문";
  test("has a title of one line and a body of several", () => {
    expect(parsePost({ title: " 제\n목 ", body: "a\r\n\r\nb", likeCount: 99 })).toEqual({
      title: "제 목",
      body: "a\n\nb",
    });
  });
  test("is bounded in code points", () => {
    const longest = { title: "🐦".repeat(POST_TITLE_MAX), body: "한".repeat(POST_BODY_MAX) };
    expect(parsePost(longest)).toEqual(longest);
    expect(catching(() => parsePost({ ...longest, title: `${longest.title}x` }))).toEqual(faulty("title", "too_long"));
    expect(catching(() => parsePost({ ...longest, body: `${longest.body}x` }))).toEqual(faulty("body", "too_long"));
    expect(catching(() => parsePost({ title: "\u200b", body }))).toEqual(faulty("title", "required"));
    expect(catching(() => parsePost({ title: "t", body: "\n \n" }))).toEqual(faulty("body", "required"));
  });
});

describe("a comment", () => {
  test("is a reply where it names another one", () => {
    expect(parseComment({ body: "a", parentId: "7" })).toEqual({ body: "a", parentId: 7 });
    expect(parseComment({ body: "a", parentId: 7 })).toEqual({ body: "a", parentId: 7 });
    expect(parseComment({ body: "a", parentId: "" })).toEqual({ body: "a", parentId: undefined });
  });
  test("is bounded in code points", () => {
    expect(parseComment({ body: "한".repeat(COMMENT_BODY_MAX) }).body).toHaveLength(COMMENT_BODY_MAX);
    expect(catching(() => parseComment({ body: "한".repeat(COMMENT_BODY_MAX + 1) }))).toEqual(
      faulty("body", "too_long"),
    );
    expect(catching(() => parseComment({}))).toEqual(faulty("body", "required"));
  });
});

describe("a message", () => {
  test("keeps its lines and is bounded in code points", () => {
    expect(parseMessage({ message: " a\n\tb " })).toEqual({ body: "a\n\tb", clientId: undefined });
    expect(parseMessage({ message: "🐦".repeat(MESSAGE_MAX) }).body).toHaveLength(MESSAGE_MAX * 2);
    expect(catching(() => parseMessage({ message: "🐦".repeat(MESSAGE_MAX + 1) }))).toEqual(
      faulty("message", "too_long"),
    );
    expect(catching(() => parseMessage({ message: "\u0000" }))).toEqual(faulty("message", "required"));
  });

  test("may carry the sender's UUID, in any case of letters", () => {
    const uuid = "0192f3a4-5b6c-7d8e-9f01-23456789abcd";
    expect(parseClientId(uuid)).toBe(uuid);
    expect(parseClientId(uuid.toUpperCase())).toBe(uuid);
    expect([undefined, null, ""].map(parseClientId)).toEqual([undefined, undefined, undefined]);
    for (const wrong of ["x", `${uuid} `, `{${uuid}}`, uuid.replaceAll("-", ""), `${uuid}\n`, 7, {}, "g".repeat(36)]) {
      expect(catching(() => parseClientId(wrong))).toEqual(faulty("clientId", "format"));
    }
  });
});

describe("an excerpt", () => {
  const graphemes = (text: string) => [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)];

  test("of a short text is the text in one line", () => {
    expect(excerptOf("  one\n\ntwo\u3000three ")).toBe("one two three");
    expect(excerptOf("x".repeat(100))).toBe("x".repeat(100));
    expect(excerptOf("🐦".repeat(100))).toBe("🐦".repeat(100));
  });

  test("of a longer one ends behind 100 characters as people count them", () => {
    expect(excerptOf("x".repeat(101))).toBe(`${"x".repeat(100)}…`);
    expect(excerptOf("🐦".repeat(101))).toBe(`${"🐦".repeat(100)}…`);
    expect(excerptOf(`${"x".repeat(99)} ${"y".repeat(9)}`)).toBe(`${"x".repeat(99)}…`);
  });

  test("says that it was cut also where characters are long ones, and cuts none in two", () => {
    const family = "👨‍👩‍👧‍👦";
    const cut = excerptOf(family.repeat(60));
    expect(cut).toMatch(/…$/);
    expect(new Set(graphemes(cut.slice(0, -1)).map((one) => one.segment))).toEqual(new Set([family]));
    expect(excerptOf(family.repeat(30))).toBe(family.repeat(30));
  });

  test("of one endless character is its beginning", () => {
    expect(excerptOf(`a${"\u0301".repeat(5_000)}`)).toHaveLength(101);
  });

  test("is short, well-formed and the beginning of the text, whatever the text", () => {
    const texts = fc.array(
      fc.constantFrom("a", " ", "\n", "한", "🐦", "👨‍👩‍👧‍👦", "e\u0301", "\u0301", "🇰🇷", "\u200d"),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(texts, (parts) => {
        const line = parts.join("").replace(/\s+/g, " ").trim();
        const excerpt = excerptOf(parts.join(""));
        expect(excerpt.isWellFormed()).toBe(true);
        expect(excerpt.length).toBeLessThanOrEqual(401);
        if (excerpt !== line)
          expect([excerpt.endsWith("…"), line.startsWith(excerpt.slice(0, -1))]).toEqual([true, true]);
        expect(graphemes(excerpt).length).toBeLessThanOrEqual(101);
      }),
    );
  });
});
