import { asMe } from "./page.ts";
import { newUuid } from "./uuid.ts";

interface Try {
  readonly sent: string;
  readonly id: string;
}

const tries = new WeakMap<Element, Try>();

/**
 * The headers of what htmx sends. The same words of the same form, sent again because no answer came, are the same try:
 * the server answers with what the first did, if that came through (web/once.ts).
 */
export function headersOf(element: Element): Readonly<Record<string, string>> {
  if (!(element instanceof HTMLFormElement)) return asMe;
  const sent = [...new FormData(element)].map(([name, value]) => `${name}=${String(value)}`).join("&");
  const before = tries.get(element);
  const same = before?.sent === sent ? before : { sent, id: newUuid() };
  tries.set(element, same);
  return { ...asMe, "birdie-try": same.id };
}

/** It was answered: whoever says the same once more means it. */
export const forgetTry = (element: Element): boolean => tries.delete(element);
