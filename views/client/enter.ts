import { keep, recall } from "./storage.ts";

/** What somebody means by Enter in a box: see keepEnter. */
export interface EnterOptions {
  readonly box: HTMLTextAreaElement;
  readonly send: () => void;
  /** Long texts, where Enter alone is always a new line. */
  readonly isLong?: boolean;
}

const setting = "enter";
/** Letters of Korean: what is composed of them has no candidates, so that Enter cannot have picked one. */
const korean = /^[\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff]+$/;

/** On this device Enter alone sends. Otherwise it takes Ctrl or ⌘. */
export const doesEnterSend = (): boolean => recall(setting) !== "ctrl";
export const setEnterSends = (does: boolean): void => keep(setting, does ? "" : "ctrl");

/**
 * Sends on Enter, exactly once, whatever the input method does with that key.
 *
 * Key events cannot decide it: an Enter that ends a Korean syllable also means a new line, one that picks a Japanese
 * candidate does not, and engines differ in when they tell of it (Chromium: keydown while composing, then
 * compositionend; Safari: compositionend, then a keydown 229). The line break that is about to be typed does decide it:
 * `beforeinput` comes after the composition, or not at all. Keydown only tells the modifiers, and stands in where no
 * `beforeinput` follows. On touch screens, and where one has chosen so, Enter is a new line.
 */
export function keepEnter({ box, send, isLong = false }: EnterOptions): void {
  let isComposing = false;
  let isShifted = false;
  let isOwed = false;
  let composed = "";
  let fallback: ReturnType<typeof setTimeout> | undefined;
  const isCoarse = matchMedia("(pointer: coarse)").matches;
  const isNewLine = () => isLong || isShifted || !doesEnterSend() || isCoarse;
  // What the key of a phone says it does.
  if (isCoarse) box.enterKeyHint = "enter";

  box.addEventListener("compositionstart", () => {
    isComposing = true;
  });
  box.addEventListener("compositionupdate", ({ data }) => {
    composed = data;
  });
  box.addEventListener("compositionend", () => {
    isComposing = false;
    if (!isOwed) return;
    isOwed = false;
    // The box has the last syllable only after this event.
    setTimeout(() => isComposing || send());
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    isShifted = event.shiftKey || event.altKey;
    const isControlled = event.ctrlKey || event.metaKey;
    if (isComposing || event.isComposing || event.keyCode === 229) {
      isOwed = isControlled && isComposing && korean.test(composed);
      return;
    }
    if (isControlled && !isShifted) {
      event.preventDefault();
      send();
    } else if (!isNewLine()) fallback = setTimeout(() => isComposing || event.defaultPrevented || send());
  });
  box.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertLineBreak" && event.inputType !== "insertParagraph") return;
    if (isNewLine()) return;
    clearTimeout(fallback);
    event.preventDefault();
    if (isComposing || event.isComposing) isOwed = true;
    else send();
  });
}
