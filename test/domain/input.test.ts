import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BirdieError } from "../../src/domain/errors.ts";
import { lengthOf, readId, readTexts, tidy } from "../../src/domain/input.ts";

const anyText = fc.string({ unit: "binary", maxLength: 60 });
/** Text in which every sort of trouble is likely. */
const troubled = fc
  .array(
    fc.constantFrom(
      "a",
      "e",
      "\u0301",
      "ㅎ",
      "ᄒ",
      "ᅡ",
      "ᆫ",
      "\u0000",
      "\v",
      "\u0085",
      "\r",
      "\n",
      "\t",
      " ",
      "\u3000",
      "\u200b",
      "\ud83d",
      "\ude00",
      "🙂",
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

const faultsOf = (read: () => unknown) => {
  try {
    read();
  } catch (error) {
    if (error instanceof BirdieError) return error.faults;
    throw error;
  }
  return [];
};

describe("a text from outside", () => {
  test("is tidied once and for all: tidying it again changes nothing", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, troubled), fc.boolean(), (text, multiline) => {
        const tidied = tidy(text, multiline);
        expect(tidy(tidied, multiline)).toBe(tidied);
      }),
    );
  });

  test("comes out well-formed, in NFC, trimmed and without control characters, whatever goes in", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, troubled), fc.boolean(), (text, multiline) => {
        const tidied = tidy(text, multiline);
        expect(tidied.isWellFormed()).toBe(true);
        expect(tidied.normalize("NFC")).toBe(tidied);
        expect(tidied.trim()).toBe(tidied);
        expect(tidied).not.toMatch(
          multiline ? /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/ : /[\u0000-\u001f\u007f-\u009f]/,
        );
      }),
    );
  });

  test.each([
    ["a NUL between a letter and its accent", "cafe\u0000\u0301", "café"],
    ["Hangul in single letters", "\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"],
    ["half a surrogate pair", "a\ud83db", "a\ufffdb"],
    ["runs of blanks in one line", " a \u3000\t\n b ", "a b"],
    ["old and Windows ends of line", "a\r\nb\rc\nd", "a b c d"],
    ["an escape sequence", "a\u001b[31mb", "a[31mb"],
    ["only what cannot be seen", "\u200b\u3164\u2060\u202e \u2800\u00ad", ""],
    ["a visible letter among what cannot be seen", "\u200da\u200d", "\u200da\u200d"],
    ["no text at all", 7, ""],
    ["nothing", undefined, ""],
  ])("with %s", (_, given, want) => {
    expect(tidy(given, false)).toBe(want);
  });

  test("keeps its lines and tabs where it may have several", () => {
    expect(tidy("  a\r\n\r\n\tb\rc\u0000 ", true)).toBe("a\n\n\tb\nc");
    expect(tidy("\n\u200b\n", true)).toBe("");
  });
});

describe("the length of a text", () => {
  test("is counted in code points", () => {
    expect(["", "abc", "한글", "🙂🙂", "👨‍👩‍👧"].map(lengthOf)).toEqual([0, 3, 2, 2, 5]);
    fc.assert(fc.property(anyText, (text) => lengthOf(text) === [...text].length));
  });

  test("is bounded on both sides, after tidying", () => {
    const rules = { word: { min: 2, max: 4 } };
    const read = (word: unknown) => readTexts({ word }, rules).word;
    expect(["ab", " abcd ", "한글", "🙂🙂🙂🙂", "e\u0301e\u0301e\u0301e\u0301"].map(read)).toEqual([
      "ab",
      "abcd",
      "한글",
      "🙂🙂🙂🙂",
      "éééé",
    ]);
    expect(faultsOf(() => read("a"))).toEqual([{ field: "word", rule: "too_short", limit: 2 }]);
    expect(faultsOf(() => read("abcde"))).toEqual([{ field: "word", rule: "too_long", limit: 4 }]);
    for (const empty of ["", "  ", "\u200b", undefined, null, 7, {}, ["ab"]]) {
      expect(faultsOf(() => read(empty))).toEqual([{ field: "word", rule: "required" }]);
    }
  });
});

describe("several fields", () => {
  const rules = {
    id: { min: 3, max: 5, pattern: /^[a-z]+$/ },
    note: { min: 0, max: 3, multiline: true },
    name: { min: 1, max: 10 },
  };

  test("are refused together, each with its own fault", () => {
    expect(faultsOf(() => readTexts({ id: "A1b", note: "long" }, rules))).toEqual([
      { field: "id", rule: "format" },
      { field: "note", rule: "too_long", limit: 3 },
      { field: "name", rule: "required" },
    ]);
  });

  test("are read together, and nothing else with them", () => {
    const input = { id: "abc", name: " 이름 ", role: "admin", __proto__: { note: "x" } };
    expect(readTexts(input, rules)).toEqual({ id: "abc", note: "x", name: "이름" });
    expect(readTexts({ id: "abc", name: "n" }, rules)).toEqual({ id: "abc", note: "", name: "n" });
  });
});

describe("the id of a row", () => {
  test("is read from its number and from its digits alike", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        expect([readId(id), readId(String(id))]).toEqual([id, id]);
      }),
    );
  });

  test("has one spelling: every other text is none", () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.stringMatching(/^[+-]?[0-9.e x]{0,20}$/)), (text) => {
        const id = readId(text);
        if (id !== undefined) expect(String(id)).toBe(text);
      }),
    );
    const wrong = [
      "0",
      "-1",
      "01",
      "+1",
      "1.0",
      "1e3",
      "0x1",
      " 1",
      "1 ",
      "1\n",
      "",
      "１",
      "9007199254740992",
      "9".repeat(17),
    ];
    expect(wrong.map(readId)).toEqual(wrong.map(() => undefined));
    const others = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, true, null, undefined, {}, [1], 1n];
    expect(others.map(readId)).toEqual(others.map(() => undefined));
  });
});
