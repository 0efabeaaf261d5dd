/** More people than this are not told of one text (SAFETY S76); their names still stand in it as links. */
export const MENTIONS_MAX = 20;

const LINK = /\bhttps?:\/\/\S+/gi;
/** Not inside an address of any kind, and not the beginning of something longer than a user id. */
const MENTION = /(?<![A-Za-z0-9_@/.])@([a-z0-9_]{3,20})(?![A-Za-z0-9_@])/g;

/**
 * The user ids a text names as `@userId`, each once, in their order, at most 20. What stands in a link, or in an
 * e-mail address, names nobody. Whether there is such an account is not known here.
 */
export function mentionsIn(text: string): readonly string[] {
  const named = new Set<string>();
  for (const [, userId = ""] of text.replace(LINK, " ").matchAll(MENTION)) {
    named.add(userId);
    if (named.size === MENTIONS_MAX) break;
  }
  return [...named];
}
