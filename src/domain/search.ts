import type { Person } from "./account.ts";
import { tidy } from "./input.ts";

/** What can be searched: one's own rooms, posts, comments. */
export type FoundKind = "messages" | "posts" | "comments";
export const FOUND_KINDS: readonly FoundKind[] = ["messages", "posts", "comments"];

/** A piece of an excerpt; hits are marked. */
export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

export interface Found {
  readonly kind: FoundKind;
  readonly id: number;
  /** The room of a message, the post of a comment; the post itself. */
  readonly placeId: number;
  readonly author: Person;
  /** Of a post. */
  readonly title: readonly Piece[] | undefined;
  readonly excerpt: readonly Piece[];
  readonly createdAtMs: number;
}

export interface FoundList {
  readonly kind: FoundKind;
  readonly found: readonly Found[];
  /** The id to ask older hits with, `undefined` at the end. */
  readonly before: number | undefined;
}

export const QUERY_MAX = 100;
const WORDS_MAX = 8;
const EXCERPT_BEFORE = 40;
const EXCERPT_MAX = 160;

/** The words of a query, folded: at most 8, of at most 100 characters together. Nothing in a query has a meaning of its own. */
export function readQuery(value: unknown): { readonly query: string; readonly words: readonly string[] } {
  const query = tidy(typeof value === "string" ? value.slice(0, QUERY_MAX * 4) : value, false).slice(0, QUERY_MAX);
  return { query, words: wordsOf(query).slice(0, WORDS_MAX) };
}

/** Runs of letters and digits, folded to one case and one width. */
export function wordsOf(text: string): readonly string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** A text as it is compared. Keeps its length for nearly all letters, so that hits can be marked in the original. */
export function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}

/** The part of a text around the first hit, as pieces. */
export function excerptAround(text: string, words: readonly string[], max = EXCERPT_MAX): readonly Piece[] {
  const line = text.normalize("NFC").replace(/\s+/g, " ").trim();
  const first = Math.min(...words.map((word) => indexOrEnd(fold(line), word)));
  const start = Number.isFinite(first) && first > EXCERPT_BEFORE && line.length > max ? first - EXCERPT_BEFORE : 0;
  const cut = line.slice(start, start + max);
  const pieces = marked(cut, words);
  const leading = start > 0 ? [{ text: "…", isHit: false }] : [];
  const trailing = start + max < line.length ? [{ text: "…", isHit: false }] : [];
  return [...leading, ...pieces, ...trailing];
}

/** The whole text as pieces. */
export function marked(text: string, words: readonly string[]): readonly Piece[] {
  const folded = fold(text);
  // Letters that fold to several (a few in Turkish and German) would put the marks beside the words.
  if (folded.length !== text.length) return [{ text, isHit: false }];
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    const next = words
      .map((word) => ({ from: indexOrEnd(folded, word, at), length: word.length }))
      .sort((a, b) => a.from - b.from || b.length - a.length)[0];
    if (!next || !Number.isFinite(next.from)) break;
    if (next.from > at) pieces.push({ text: text.slice(at, next.from), isHit: false });
    pieces.push({ text: text.slice(next.from, next.from + next.length), isHit: true });
    at = next.from + next.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at), isHit: false });
  return pieces;
}

function indexOrEnd(folded: string, word: string, from = 0): number {
  const at = folded.indexOf(word, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}
