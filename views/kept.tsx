import { raw } from "hono/html";
import type { FC } from "hono/jsx";

/** The same, where JSON tells all its values apart; never, where it does not: functions, Dates, Maps. */
type Plain<P> = { readonly [K in keyof P]: PlainValue<P[K]> };
type PlainValue<V> = V extends string | number | boolean | null | undefined
  ? V
  : V extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ((..._: never[]) => unknown)
    ? never
    : Plain<V>;

/** What was rendered is escaped already. */
const rendered = (html: string) => raw(html);

/** The least recently asked for is forgotten beyond so many. */
const KEPT_MAX = 1_024;
/** What is larger is rendered each time, so that what is kept stays within a few MiB. */
const KEPT_BYTES_MAX = 8_192;

/**
 * A component whose HTML is kept: for what stands on a page fifty times and is the same each time it is read.
 * It may depend on its props alone, and they are plain data, so that nothing it is made of can be left out of the key: no
 * `nowMs`, but the words that were made of it.
 */
export function kept<P extends Plain<P>>(Component: FC<P>): FC<P> {
  const pieces = new Map<string, ReturnType<typeof rendered>>();
  return (props) => {
    const key = JSON.stringify(props);
    const known = pieces.get(key);
    if (known) {
      pieces.delete(key);
      pieces.set(key, known);
      return known;
    }
    const html = String(<Component {...props} />);
    const piece = rendered(html);
    // Counting them also makes one string of the hundreds it was joined of, which would be joined anew for each page.
    if (Buffer.byteLength(html) > KEPT_BYTES_MAX) return piece;
    if (pieces.size >= KEPT_MAX) pieces.delete(pieces.keys().next().value ?? "");
    pieces.set(key, piece);
    return piece;
  };
}

/** The names of the props that are numbers. */
type NumberKeys<P> = { readonly [K in keyof P]: P[K] extends number ? K : never }[keyof P] & string;

/** Stand in for the numbers while a pattern is made. Nothing has so many: no row, no position. */
const FIRST_STAND_IN = 8_070_605_040_302_010;

/**
 * A component that is made once for all numbers: its HTML is the same but for their digits, so that from then on these
 * are put in between the pieces of it. For what each new row has and is kept for nobody. It may write the numbers, in a
 * text, an attribute or an address, and do nothing else with them: no comparing, no plurals. What else differs is few.
 */
export function numbered<P extends Plain<P>>(numbers: readonly NumberKeys<P>[], Component: FC<P>): FC<P> {
  const standIns = Object.fromEntries(numbers.map((name, i) => [name, FIRST_STAND_IN + i]));
  const digits = new RegExp(`(${Object.values(standIns).join("|")})`);
  const patterns = new Map<string, { readonly first: string; readonly rest: readonly Piece<P>[] }>();

  function patternOf(props: P) {
    const [first = "", ...others] = String(<Component {...props} {...standIns} />).split(digits);
    const rest: Piece<P>[] = [];
    for (let i = 0; i < others.length; i += 2) {
      const name = numbers[Number(others[i]) - FIRST_STAND_IN];
      if (name !== undefined) rest.push({ name, behind: others[i + 1] ?? "" });
    }
    return { first, rest };
  }

  return (props) => {
    const key = JSON.stringify({ ...props, ...standIns });
    let pattern = patterns.get(key);
    if (!pattern) {
      pattern = patternOf(props);
      if (patterns.size >= KEPT_MAX) patterns.clear();
      patterns.set(key, pattern);
    }
    let html = pattern.first;
    for (const { name, behind } of pattern.rest) html += String(props[name]) + behind;
    return rendered(html);
  };
}

/** A number, and the HTML behind it. */
interface Piece<P> {
  readonly name: NumberKeys<P>;
  readonly behind: string;
}

/** In a push nobody is "me": what only the author sees is in it, hidden, and the script shows it to them. */
export type Whose = "mine" | "theirs" | "anybody's";

export function whoseIs(author: string, me: string | undefined): Whose {
  if (me === undefined) return "anybody's";
  return me === author ? "mine" : "theirs";
}
