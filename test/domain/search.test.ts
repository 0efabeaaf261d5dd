import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { excerptAround, marked, readQuery, wordsOf } from "../../src/domain/search.ts";
import { gramsOf, matchOf } from "../../src/service/search/grams.ts";

describe("a query", () => {
  test("is its words, folded; signs have no meaning", () => {
    expect(readQuery('  회의록 "NEAR(*"  Birdie-2 ').words).toEqual(["회의록", "near", "birdie", "2"]);
    expect(readQuery(undefined).words).toEqual([]);
    expect(readQuery("%_*").words).toEqual([]);
    expect(readQuery("x".repeat(5_000)).query).toHaveLength(100);
    expect(readQuery("a b c d e f g h i j").words).toHaveLength(8);
  });

  test("asks for pairs of letters, a single letter as a beginning", () => {
    expect(gramsOf("회의록을 썼다")).toBe("회의 의록 록을 을 썼다 다");
    expect(matchOf(["회의"])).toBe('"회의"');
    expect(matchOf(["의록을", "썼"])).toBe('"의록 록을" AND "썼"*');
  });

  test("asks the index for two single letters at most, and never for nothing", () => {
    expect(matchOf(["a", "의록", "b", "c", "d"])).toBe('"a"* AND "의록" AND "b"*');
    expect(matchOf(["a", "a", "a"])).toBe('"a"* AND "a"*');
  });

  test("never reaches the index as anything but quoted words", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        for (const word of wordsOf(text)) expect(word).not.toMatch(/["*:()^\s]/);
      }),
    );
  });
});

describe("hits", () => {
  const plain = (pieces: readonly { text: string; isHit: boolean }[]) =>
    pieces.map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text)).join("");

  test("are marked as they were written, the longer one where two begin together", () => {
    expect(plain(marked("Birdie likes BIRDS", ["bird", "birdie"]))).toBe("[Birdie] likes [BIRD]S");
    expect(plain(marked("아침회의에서", ["회의"]))).toBe("아침[회의]에서");
  });

  test("stand in the middle of an excerpt", () => {
    const pieces = excerptAround(`${"가나다 ".repeat(100)}회의 ${"라마바 ".repeat(100)}`, ["회의"]);
    expect(plain(pieces)).toMatch(/^….*\[회의\].*…$/);
    expect(plain(pieces).length).toBeLessThan(180);
  });

  test("whatever the text, its pieces are the text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 80 }),
        fc.string({ unit: "grapheme", maxLength: 6 }),
        (text, word) => {
          const pieces = marked(text, wordsOf(word));
          expect(pieces.map((piece) => piece.text).join("")).toBe(text);
        },
      ),
    );
  });
});
