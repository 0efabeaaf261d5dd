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

/** Everything whose name begins so, by the rest of its name. */
export function recallAll(start: string): ReadonlyMap<string, string> {
  const prefix = `birdie:${me}:${start}`;
  const found = new Map<string, string>();
  const add = (key: string, text: string | null | undefined) => {
    if (text && key.startsWith(prefix)) found.set(key.slice(prefix.length), text);
  };
  try {
    for (const key of Object.keys(localStorage)) add(key, localStorage.getItem(key));
  } catch {
    for (const [key, text] of memory) add(key, text);
  }
  return found;
}

/** Runs when another tab has kept or forgotten something whose name begins so. */
export function onKept(start: string, run: () => void): void {
  addEventListener("storage", ({ key }: StorageEvent) => key?.startsWith(`birdie:${me}:${start}`) && run());
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
