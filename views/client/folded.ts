import { make, me } from "./page.ts";

/**
 * In a group, what people say whom the reader has blocked is folded away. Pushes are the same for everybody: the list
 * that the page carries, and the reader's own queue renews, says whose lines these are.
 */
export function foldBlocked(list: HTMLElement): void {
  const blocked = document.querySelector<HTMLDataElement>("#blocked");
  const room = list.closest<HTMLElement>("[data-room]");
  const people = new Set(blocked?.value.split(" ").filter(Boolean));
  const label = blocked?.dataset["label"] ?? "";
  const closedByMe = document.getElementById("closed-by-me");
  if (closedByMe) closedByMe.hidden = !people.has(closedByMe.dataset["other"] ?? "");
  if (room?.dataset["kind"] !== "group") return;
  for (const message of list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")) {
    const fold = message.querySelector(":scope > .folded");
    if (!people.has(message.dataset["author"] ?? "")) fold?.remove();
    else if (!fold) {
      const folded = make("details", "folded");
      const summary = make("summary", "", `${label} `);
      summary.append(make("span", "show", blocked?.dataset["show"]));
      folded.append(summary);
      message.prepend(folded);
    }
  }
  for (const quote of list.querySelectorAll<HTMLElement>(".quote[data-quoted]")) {
    if (!people.has(quote.dataset["quoted"] ?? "")) delete quote.dataset["folded"];
    else quote.dataset["folded"] ??= label;
  }
}

/** Several in a row show one line, which opens all of them. */
export function openTogether(list: HTMLElement): void {
  list.addEventListener(
    "toggle",
    ({ target }) => {
      if (!(target instanceof HTMLDetailsElement) || !target.matches(".folded") || !target.open) return;
      for (let next = target.parentElement?.nextElementSibling; next; next = next.nextElementSibling) {
        const fold = next.querySelector<HTMLDetailsElement>(":scope > .folded");
        if (!fold) return;
        fold.open = true;
      }
    },
    true,
  );
}

/** A line of somebody else, which the reader wants to hear of. */
export const isNews = (message: HTMLElement): boolean =>
  message.dataset["author"] !== me && !message.querySelector(":scope > .folded");
