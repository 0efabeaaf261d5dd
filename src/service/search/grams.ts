import { wordsOf } from "../../domain/search.ts";

/**
 * A text as its index holds it: each word as its overlapping pairs of letters and its last letter, so that a query finds
 * inside words, of two Korean syllables as well as of ten Latin letters: 회의록 -> 회의 의록 록.
 */
export function gramsOf(text: string): string {
  const grams: string[] = [];
  for (const word of wordsOf(text)) {
    const letters = [...word];
    for (let i = 0; i + 1 < letters.length; i++) grams.push(`${letters[i]}${letters[i + 1]}`);
    grams.push(letters.at(-1) ?? "");
  }
  return grams.join(" ");
}

/**
 * How many single letters of a query the index is asked for. A letter stands in a great part of all texts, and each costs a
 * walk through them (20 ms in a million); the others are looked for in what was found.
 */
const SINGLE_LETTERS_MAX = 2;

/** What FTS5 is asked for words of a query: every one of them, each as a phrase of its pairs (a single letter as a prefix). */
export function matchOf(words: readonly string[]): string {
  let singleCount = 0;
  return words
    .filter((word) => [...word].length > 1 || ++singleCount <= SINGLE_LETTERS_MAX)
    .map((word) => {
      const letters = [...word];
      if (letters.length === 1) return `"${word}"*`;
      const pairs = letters.slice(0, -1).map((letter, i) => `${letter}${letters[i + 1]}`);
      return `"${pairs.join(" ")}"`;
    })
    .join(" AND ");
}
