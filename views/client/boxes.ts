import { keepEnter } from "./enter.ts";
import { countLetters } from "./letters.ts";
import { onPage } from "./page.ts";
import { forgetTry } from "./tries.ts";

/**
 * Enter in all boxes but the room's own: it sends comments, replies and edits of either, as it sends messages. A post is
 * a long text: there it takes Ctrl or ⌘, and Enter is a new line.
 */
export function keepBoxes(): void {
  const busy = new WeakSet<HTMLFormElement>();
  onPage(() => {
    for (const box of document.querySelectorAll<HTMLTextAreaElement>("textarea:not([data-enter],#composer textarea)")) {
      box.dataset["enter"] = "";
      const { form } = box;
      if (!form) continue;
      const max = Number(box.dataset["max"]);
      if (max > 0) countLetters(box, box.parentElement ?? form, max);
      const isLong = !/\/(?:comments|messages)(?:\/|$)/.test(new URL(form.action).pathname);
      keepEnter({ box, isLong, send: () => box.value.trim() && !busy.has(form) && form.requestSubmit() });
    }
  });
  // The text stays until the answer is there: a second Enter or click meanwhile would say it again. Of what leads to
  // another page the server takes the second for the first (web/once.ts): nobody tells here whether that ever comes.
  document.addEventListener(
    "submit",
    (event) => {
      const { target } = event;
      if (!(target instanceof HTMLFormElement) || !target.hasAttribute("hx-post") || !busy.has(target)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (target instanceof HTMLFormElement && (!defaultPrevented || target.hasAttribute("hx-post"))) busy.add(target);
  });
  document.addEventListener("htmx:after:request", ({ target }) => {
    if (target instanceof HTMLFormElement) forgetTry(target);
  });
  document.addEventListener("htmx:finally:request", ({ target }) => {
    if (target instanceof HTMLFormElement) busy.delete(target);
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) busy.delete(form);
  });
}
