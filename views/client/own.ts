import { me, onPage } from "./page.ts";

/**
 * Pushed fragments are the same for everybody, so that what is the reader's own is marked here: `data-own` on what
 * carries their `data-author`, and the buttons in it that wait under `data-own-only`.
 */
export function markOwn(): void {
  if (me) onPage(() => document.querySelectorAll(`[data-author="${CSS.escape(me)}"]:not([data-own])`).forEach(mark));
}

function mark(element: Element): void {
  element.setAttribute("data-own", "");
  for (const hidden of element.querySelectorAll("[data-own-only]")) {
    if (hidden.closest("[data-author]") === element) hidden.removeAttribute("hidden");
  }
}
