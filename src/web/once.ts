import type { Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { WebContext } from "./answer.ts";

/** How long the same form counts as sent once: a second click comes while the answer to the first is still on its way. */
const SAME_MS = 10_000;
/** And what a page sends again because no answer came. */
const SAME_TRY_MS = 600_000;
/** Of the community at a time; the oldest is forgotten first. */
const KEPT_MAX = 1_000;

/** Does `act`, or answers with what it did when the same person sent the very same to this address a moment ago. */
export type Once<T> = (c: WebContext, me: Person, sent: object, act: () => Promise<T>) => Promise<T>;

/**
 * A plain form sent twice is one act: a browser drops the first answer, though what was asked is done. In a page that the
 * script has in hand a form waits for its answer; where none comes, the page names the try when it sends the same again
 * (client/tries.ts). Programs say what they mean.
 * @param find what was done, for its author; it throws a BirdieError where that is no more, and then it is done again
 */
export function createOnce<T>(find: (me: Person, done: T) => Promise<unknown>): Once<T> {
  const acts = new Map<string, { readonly atMs: number; readonly done: Promise<T> }>();
  return async (c, me, sent, act) => {
    const attempt = c.req.header("birdie-try");
    if (attempt === undefined && !isPlainForm(c)) return act();
    const nowMs = c.var.site.nowMs();
    for (const [key, { atMs }] of acts) {
      if (nowMs - atMs < SAME_TRY_MS && acts.size < KEPT_MAX) break;
      acts.delete(key);
    }
    const told = JSON.stringify([me.userId, c.req.path, sent, attempt]);
    const key = new Bun.CryptoHasher("sha256").update(told).digest("base64");
    if (attempt === undefined && nowMs - (acts.get(key)?.atMs ?? nowMs) >= SAME_MS) acts.delete(key);
    for (let known = acts.get(key); known; known = acts.get(key)) {
      const done = await known.done;
      if (await isThere(find(me, done))) return done;
      if (acts.get(key) === known) acts.delete(key);
    }
    const done = act();
    acts.set(key, { atMs: nowMs, done });
    // What was refused may be tried again.
    done.catch(() => acts.delete(key));
    return done;
  };
}

async function isThere(finding: Promise<unknown>): Promise<boolean> {
  try {
    await finding;
    return true;
  } catch (error) {
    if (error instanceof BirdieError) return false;
    throw error;
  }
}

/** As every browser says of a form that leads to another page; at an http address elsewhere than on this machine it cannot. */
function isPlainForm(c: WebContext): boolean {
  const mode = c.req.header("sec-fetch-mode");
  if (mode) return mode === "navigate";
  return /\btext\/html\b/i.test(c.req.header("accept") ?? "") && c.req.header("hx-request") === undefined;
}
