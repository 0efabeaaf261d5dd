import { me } from "./page.ts";

/** What the browser keeps for one person on this device. Where it keeps nothing, the page still does. */
const memory = new Map<string, string>();

export function recall(name: string): string {
  const key = `birdie:${me}:${name}`;
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return memory.get(key) ?? "";
  }
}

/** An empty text is forgotten. */
export function keep(name: string, text: string): void {
  const key = `birdie:${me}:${name}`;
  memory.set(key, text);
  try {
    if (text) localStorage.setItem(key, text);
    else localStorage.removeItem(key);
  } catch {
    // Full or forbidden: the page's own memory has it.
  }
}
