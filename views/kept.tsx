import { raw } from "hono/html";
import type { FC } from "hono/jsx";

type Plain = string | number | boolean | undefined;

/** The least recently asked for is forgotten beyond so many. */
const KEPT_MAX = 1_024;

/**
 * A component whose HTML is kept: for what stands on a page fifty times and is the same each time it is read, such as menus.
 * It may depend on its props alone, and they are plain values, so that nothing it is made of can be left out of the key.
 */
export function kept<P extends Readonly<Record<keyof P, Plain>>>(Component: FC<P>): FC<P> {
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
    const piece = raw(String(<Component {...props} />));
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
