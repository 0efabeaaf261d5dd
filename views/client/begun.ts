import { make, makeButton } from "./page.ts";
import { words } from "./words.ts";

/** What keeps a draft: a text of several lines, or the title above it. */
export type Box = HTMLTextAreaElement | HTMLInputElement;

/** As if it had been typed: whoever listens for input hears of it. */
export function setText(box: Box, text: string): void {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

export const boxesIn = (place: ParentNode): readonly Box[] => [...place.querySelectorAll<Box>("[data-draft]")];

/** A form that is folded away says that something was begun in it. */
export function markBegun(box: Box): void {
  const fold = box.closest("details");
  const summary = fold?.querySelector<HTMLElement>(":scope > summary");
  if (!fold || !summary) return;
  if (boxesIn(fold).some(({ value, defaultValue }) => value !== defaultValue)) summary.dataset["begun"] = words.begun;
  else delete summary.dataset["begun"];
}

/**
 * A form that leads to another page says that it holds what was begun earlier, and lets go of it, with a way back: nobody
 * should save today what they have forgotten since.
 */
export function sayBegun(form: HTMLFormElement): void {
  if (form.hasAttribute("hx-post") || form.id === "composer" || form.querySelector(".begun")) return;
  const line = make("p", "begun hint");
  const said = make("span", "", words.backAgain, { role: "status" });
  let dropped: ReadonlyMap<Box, string> | undefined;
  const press = makeButton("quiet small", words.letGo, () => {
    const boxes = boxesIn(form);
    if (dropped) for (const [box, text] of dropped) setText(box, text);
    dropped = dropped ? undefined : new Map(boxes.map((box) => [box, box.value]));
    if (dropped) for (const box of boxes) setText(box, box.defaultValue);
    said.textContent = dropped ? words.gone : words.backAgain;
    press.textContent = dropped ? words.undo : words.letGo;
  });
  line.append(said, " ", press);
  form.prepend(line);
}
