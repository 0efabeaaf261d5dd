import { make } from "./page.ts";
import { words } from "./words.ts";

const oneByOneMax = 3;

/**
 * New messages of others are said aloud from a place of their own. The list itself is silent from the start: it would also
 * read out one's own words, every page of history that is put above, and each time that is written in the reader's zone.
 */
export function speakMessages(messages: readonly HTMLElement[]): void {
  const speaker =
    document.getElementById("speaker") ??
    document.body.appendChild(make("div", "sr", "", { id: "speaker", role: "status" }));
  if (messages.length === 0 || document.hidden) return;
  const said =
    messages.length > oneByOneMax
      ? words.newLine(messages.length)
      : messages.map((message) => words.says(textOf(message, ".author"), saidIn(message))).join("\n");
  speaker.textContent = said;
}

const textOf = (message: Element, selector: string) => message.querySelector(selector)?.textContent.trim() ?? "";

/** Its words, and what its pictures show. */
function saidIn(message: Element): string {
  const shown = [...message.querySelectorAll<HTMLImageElement>(".picture img")].map(({ alt }) => alt);
  return [textOf(message, ".body"), ...shown].filter((part) => part !== "").join(" ");
}
