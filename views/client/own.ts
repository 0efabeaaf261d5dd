import { me, onPage } from "./page.ts";

/**
 * Pushed fragments are the same for everybody, so that what is the reader's own is marked here: `data-own` on what
 * carries their `data-author`, and the buttons in it that wait under `data-own-only`.
 */
export function markOwn(): void {
  if (me) onPage(() => document.querySelectorAll(`[data-author="${CSS.escape(me)}"]:not([data-own])`).forEach(mark));
}

/** A small menu closes when one presses elsewhere, or Escape. */
export function closeMenus(): void {
  const close = (event: Event) => {
    if (event instanceof KeyboardEvent && event.key !== "Escape") return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-closes][open]")) {
      const isInside = event.target instanceof Node && menu.contains(event.target);
      if (event instanceof KeyboardEvent && isInside) menu.querySelector("summary")?.focus();
      if (event instanceof KeyboardEvent || !isInside) menu.open = false;
    }
  };
  document.addEventListener("click", close);
  document.addEventListener("keydown", close);
}

function mark(element: Element): void {
  element.setAttribute("data-own", "");
  for (const hidden of element.querySelectorAll("[data-own-only]")) {
    if (hidden.closest("[data-author]") === element) hidden.removeAttribute("hidden");
  }
}
