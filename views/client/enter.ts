/** What somebody means by Enter in a box: see keepEnter. */
export interface EnterOptions {
  readonly box: HTMLTextAreaElement;
  readonly send: () => void;
}

/**
 * Sends on Enter, exactly once, whatever the input method does with that key.
 *
 * Key events cannot decide it: an Enter that ends a Korean syllable also means a new line, one that picks a Japanese
 * candidate does not, and engines differ in when they tell of it (Chromium: keydown while composing, then
 * compositionend; Safari: compositionend, then a keydown 229). The line break that is about to be typed does decide it:
 * `beforeinput` comes after the composition, or not at all. Keydown only tells the modifiers, and stands in where no
 * `beforeinput` follows. On touch screens Enter is a new line.
 */
export function keepEnter({ box, send }: EnterOptions): void {
  let isComposing = false;
  let isShifted = false;
  let isOwed = false;
  const isTouch = () => matchMedia("(pointer: coarse)").matches;

  box.addEventListener("compositionstart", () => {
    isComposing = true;
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
    if (isComposing || event.isComposing || event.keyCode === 229 || isShifted) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      send();
    } else if (!isTouch()) setTimeout(() => isComposing || event.defaultPrevented || send());
  });
  box.addEventListener("beforeinput", (event) => {
    if (event.inputType !== "insertLineBreak" && event.inputType !== "insertParagraph") return;
    if (isTouch() || isShifted) return;
    event.preventDefault();
    if (isComposing || event.isComposing) isOwed = true;
    else send();
  });
}
