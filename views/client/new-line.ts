import { idOf, newestIn } from "./conversation.ts";
import { isNews } from "./folded.ts";
import { isLookedAt, make } from "./page.ts";
import type { Place } from "./place.ts";
import { words } from "./words.ts";

/**
 * The line above what is new. It stands still while somebody reads; what arrives while they are away draws it again
 * above the first of it.
 */
export class NewLine {
  readonly #list: HTMLElement;
  readonly #place: Place;
  /** The newest message that was there while somebody looked at the end. */
  #seen: number;
  /** It no longer stands where the server put it. */
  #isRedrawn = false;

  constructor(list: HTMLElement, place: Place) {
    this.#list = list;
    this.#place = place;
    this.#seen = document.getElementById("new-line") ? Number(list.dataset["readUpTo"] ?? 0) : newestIn(list);
    addEventListener("focus", () => this.settle());
  }

  /** What is on the page by now is nothing that arrived while one was away. */
  pass(): void {
    if (isLookedAt()) this.#seen = Math.max(this.#seen, newestIn(this.#list));
  }

  /** After something arrived, or the reader moved. */
  settle(): void {
    this.#drop();
    this.#lift();
    if (isLookedAt()) {
      if (this.#place.isAtEnd) this.#seen = newestIn(this.#list);
      return;
    }
    this.#draw(this.#seen);
  }

  /** Marked unread from one message on: there it stands now. */
  #drop(): void {
    const held = document.querySelector<HTMLElement>("#held > [data-unread-from]");
    if (!held) return;
    this.#draw(Number(held.dataset["unreadFrom"]) - 1);
    delete held.dataset["unreadFrom"];
  }

  #draw(seen: number): void {
    const unseen = [...this.#list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")].filter(
      (message) => idOf(message) > seen && isNews(message),
    );
    const [first] = unseen;
    if (!first) return;
    this.#isRedrawn = true;
    const line = document.getElementById("new-line") ?? make("div", "new-line", "", { id: "new-line" });
    const said = words.newLine(unseen.length);
    if (line.textContent !== said) line.replaceChildren(make("span", "", said));
    putAbove(first, line);
  }

  /** More was unread than the page showed: once that is there, the line stands above the first of it. */
  #lift(): void {
    const line = document.getElementById("new-line");
    const readUpTo = Number(this.#list.dataset["readUpTo"] ?? 0);
    if (!line || this.#isRedrawn) return;
    for (const message of this.#list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")) {
      const isAbove = (message.compareDocumentPosition(line) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
      if (!isAbove) return;
      if (idOf(message) <= readUpTo || !isNews(message)) continue;
      putAbove(message, line);
      return;
    }
  }
}

function putAbove(message: Element, line: Element): void {
  if (message.previousElementSibling !== line) message.before(line);
}
