import { raw } from "hono/html";
import type { FC } from "hono/jsx";

/** The same, where JSON tells all its values apart; never, where it does not: functions, Dates, Maps. */
type Plain<P> = { readonly [K in keyof P]: PlainValue<P[K]> };
type PlainValue<V> = V extends string | number | boolean | null | undefined
  ? V
  : V extends Date | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ((..._: never[]) => unknown)
    ? never
    : Plain<V>;

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
  const pieces = new Map<string, ReturnType<typeof raw>>();
  return (props) => {
    const key = JSON.stringify(props);
    const known = pieces.get(key);
    if (known) {
      pieces.delete(key);
      pieces.set(key, known);
      return known;
    }
    // What is rendered is escaped already.
    const html = String(<Component {...props} />);
    const piece = raw(html);
    // Counting them also makes one string of the hundreds it was joined of, which would be joined anew for each page.
    if (Buffer.byteLength(html) > KEPT_BYTES_MAX) return piece;
    if (pieces.size >= KEPT_MAX) pieces.delete(pieces.keys().next().value ?? "");
    pieces.set(key, piece);
    return piece;
  };
}

/** In a push nobody is "me": what only the author sees is in it, hidden, and the script shows it to them. */
export type Whose = "mine" | "theirs" | "anybody's";

export function whoseIs(author: string, me: string | undefined): Whose {
  if (me === undefined) return "anybody's";
  return me === author ? "mine" : "theirs";
}
