import { walkByArrows } from "./arrows.ts";
import { handFocusOn } from "./heirs.ts";
import { followQuotes } from "./quotes.ts";
import { openByTaps } from "./taps.ts";

/** What keys and fingers do beyond what the browser does with them by itself. */
export function useHands(): void {
  walkByArrows();
  handFocusOn();
  const list = document.getElementById("messages");
  if (!list) return;
  openByTaps(list);
  followQuotes(list);
}
