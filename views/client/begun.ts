import { words } from "./words.ts";

/** What keeps a draft: a text of several lines, or the title above it. */
export type Box = HTMLTextAreaElement | HTMLInputElement;

/** As if it had been typed: whoever listens for input hears of it. */
export function setText(box: Box, text: string): void {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

/** The name under which the text of a box is kept. */
export const draftOf = (box: Box) => `draft:${box.dataset["draft"]}`;

export const boxesIn = (place: ParentNode): readonly Box[] => [...place.querySelectorAll<Box>("[data-draft]")];

/** A form that is folded away says that something was begun in it. */
export function markBegun(box: Box): void {
  const fold = box.closest("details");
  const summary = fold?.querySelector<HTMLElement>(":scope > summary");
  if (!fold || !summary) return;
  if (boxesIn(fold).some(({ value, defaultValue }) => value !== defaultValue)) summary.dataset["begun"] = words.begun;
  else delete summary.dataset["begun"];
}
