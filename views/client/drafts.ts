import { arrival } from "./arrival.ts";
import { type Box, boxesIn, draftOf, markBegun, setText } from "./begun.ts";
import { make, onPage } from "./page.ts";
import { later } from "./rest.ts";
import { keep, recall, recallAll } from "./storage.ts";
import { words } from "./words.ts";

const submitted = "submitted";

/** Texts that are not sent yet survive reloads and lost sign-ins, one for each place they are written for. */
export function keepDrafts(): void {
  // A plain form went to the server: where this is the page that it leads to, the draft has arrived.
  const [name = "", action = ""] = recall(submitted).split(" ");
  if (name && leadsHere(action)) forget(name);
  keep(submitted, "");
  const isFine = !document.querySelector("[aria-invalid=true],.form-error");
  onPage(() => {
    for (const box of document.querySelectorAll<Box>("[data-draft]:not([data-kept])")) {
      box.dataset["kept"] = "";
      const draft = recall(draftOf(box));
      // What a refused form gives back is what was typed last. A form that edits has what is stored: less than the draft.
      if (!draft || draft === box.value || (box.value && !isFine)) continue;
      setText(box, draft);
      markBegun(box);
      const { form } = box;
      if (form) void later().then(({ sayBegun }) => sayBegun(form));
    }
    showDrafts();
  });
  document.addEventListener("input", ({ target }) => {
    if (!isBox(target)) return;
    keep(draftOf(target), target.value === target.defaultValue ? "" : target.value);
    markBegun(target);
  });
  // Who changes their mind about an edit is not asked again. The way back has the page as it was left.
  document.addEventListener("click", ({ target }) => {
    const form = target instanceof Element && target.closest("[data-cancel]")?.closest("form");
    for (const box of form ? boxesIn(form) : []) keep(draftOf(box), "");
  });
  // Another tab has written on: what nobody is writing in here follows.
  addEventListener("storage", ({ key }: StorageEvent) => {
    for (const box of boxesIn(document)) {
      if (!key?.endsWith(`:${draftOf(box)}`) || (document.hasFocus() && box === document.activeElement)) continue;
      box.value = recall(draftOf(box)) || box.defaultValue;
      markBegun(box);
    }
    showDrafts();
  });
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    const box = target instanceof HTMLFormElement && target.querySelector<HTMLTextAreaElement>("textarea[data-draft]");
    if (box && !defaultPrevented) keep(submitted, `${draftOf(box)} ${new URL(target.action).pathname}`);
  });
  const asked = new WeakMap<HTMLTextAreaElement, string>();
  const boxIn = (target: EventTarget | null) =>
    target instanceof HTMLFormElement ? target.querySelector<HTMLTextAreaElement>("textarea[data-draft]") : null;
  document.addEventListener("htmx:before:request", ({ target }) => {
    const box = boxIn(target);
    if (box) asked.set(box, box.value);
  });
  document.addEventListener("htmx:after:request", ({ detail, target }) => {
    const { status = 0 } = detail.ctx.response ?? {};
    const box = boxIn(target);
    // What was typed since is not what was sent.
    if (box && status >= 200 && status < 300 && box.value === asked.get(box)) setText(box, "");
  });
}

const isBox = (target: EventTarget | null): target is Box =>
  (target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement) && "draft" in target.dataset;

/**
 * Whether this page is the answer to a form that was sent to `action`: it led on to here. Any other page (the browser's own,
 * a proxy's, the log-in) says nothing of what became of it, nor does one that somebody went to afterwards.
 */
function leadsHere(action: string): boolean {
  if (!arrival()?.redirectCount) return false;
  if (/^\/(?:posts|comments\/\d+\/edit)$/.test(action)) return /^\/posts\/\d+$/.test(location.pathname);
  return action.replace(/\/(?:edit|comments)$/, "") === location.pathname;
}

/** With its title and the pictures that were chosen for it. */
function forget(name: string): void {
  keep(name, "");
  keep(`${name}:title`, "");
  const pictures = name.replace("draft:", "pictures:");
  for (const key of recallAll(`${pictures}:`).keys()) keep(`${pictures}:${key}`, "");
}

function showDrafts(): void {
  for (const row of document.querySelectorAll("#rooms [data-room-id]")) showDraft(row);
}

const shownMax = 140;
/** What a row said before its draft did. */
const lasts = new WeakMap<Element, readonly Node[]>();

/** In the list a room that is written for says what, in place of its last message; the open one has its box for that. */
function showDraft(row: Element): void {
  const last = row.querySelector(".last-message");
  if (!last || row.querySelector("[aria-current=true]")) return;
  const draft = recall(`draft:room-${row.getAttribute("data-room-id")}`)
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, shownMax);
  const before = lasts.get(last);
  if (!draft) {
    if (before) last.replaceChildren(...before);
    lasts.delete(last);
    return;
  }
  if (!before) lasts.set(last, [...last.childNodes]);
  last.replaceChildren(make("span", "draft", words.draft), draft);
}
