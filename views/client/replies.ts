import { draftOf, setText } from "./begun.ts";
import { keep } from "./storage.ts";

/**
 * A form that is opened has the cursor. A reply that was sent closes its box, so that it stands right under what it
 * answers. What is being written to a comment that somebody deletes goes on below, as a comment: its own box goes with
 * what it answers.
 */
export function keepReplies(): void {
  document.addEventListener("htmx:after:request", ({ detail, target }) => {
    const fold = target instanceof Element ? target.closest<HTMLDetailsElement>("details.reply-form") : null;
    const { status = 0 } = detail.ctx.response ?? {};
    // Behind drafts.ts: what was typed since is there still, and goes on.
    if (!fold || status < 200 || status >= 300 || fold.querySelector("textarea")?.value) return;
    const hadFocus = fold.contains(document.activeElement);
    fold.open = false;
    if (hadFocus) fold.querySelector("summary")?.focus();
  });
  // Whoever opens a form means to write in it.
  document.addEventListener("click", ({ target }) => {
    const fold = target instanceof Element && target.closest("summary")?.parentElement;
    if (!(fold instanceof HTMLDetailsElement) || fold.open || !fold.matches(".reply-form,.write")) return;
    setTimeout(() => fold.querySelector<HTMLElement>("[name=title],textarea")?.focus());
  });
  let written: HTMLTextAreaElement[] = [];
  let active: Element | null = null;
  document.addEventListener("htmx:before:swap", () => {
    const boxes = document.querySelectorAll<HTMLTextAreaElement>(".reply-form textarea");
    written = [...boxes].filter(({ value }) => value.trim() !== "");
    active = document.activeElement;
  });
  document.addEventListener("htmx:after:swap", () => {
    const box = document.querySelector<HTMLTextAreaElement>("#comment-form textarea");
    for (const lost of written) {
      if (lost.isConnected || !box) continue;
      setText(box, [box.value.trimEnd(), lost.value].filter((text) => text !== "").join("\n\n"));
      // Its draft has moved, too.
      keep(draftOf(lost), "");
      if (lost === active) box.focus();
    }
    written = [];
  });
}
