import { walkByArrows } from "./arrows.ts";
import { openByTaps } from "./taps.ts";

/** What keys and fingers do beyond what the browser does with them by itself. */
export function useHands(): void {
  walkByArrows();
  const list = document.getElementById("messages");
  if (list) openByTaps(list);
}
