import { setText } from "./begun.ts";
import { forData, make, makeButton, me } from "./page.ts";
import { recall } from "./storage.ts";
import { words } from "./words.ts";

interface Mode {
  readonly kind: "editing" | "answering";
  /** Of the message that is edited or answered. */
  readonly messageId: string;
  /** Where an edit is posted. */
  readonly action: string;
}

/**
 * What the box is for, other than saying something new: editing a message of one's own, or answering one. A draft waits
 * meanwhile under its own name, and Escape leads back to it.
 */
export class Modes {
  readonly #form: HTMLFormElement;
  readonly #box: HTMLTextAreaElement;
  readonly #list: HTMLElement;
  readonly #bar = make("div", "mode");
  readonly #draft: string;
  #mode: Mode | undefined;

  constructor(form: HTMLFormElement, box: HTMLTextAreaElement, list: HTMLElement) {
    this.#form = form;
    this.#box = box;
    this.#list = list;
    this.#draft = box.dataset["draft"] ?? "";
    this.#bar.hidden = true;
    form.before(this.#bar);
    box.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => this.#click(event));
  }

  /** The message that the next one answers. */
  get replyTo(): string {
    if (this.#mode?.kind === "answering") return this.#mode.messageId;
    const field = this.#form.elements.namedItem("replyTo");
    return field instanceof HTMLInputElement ? field.value : "";
  }

  get isEditing(): boolean {
    return this.#mode?.kind === "editing";
  }

  /** Saves the edit. What could not be saved stays in the box, and says so. */
  async save(text: string): Promise<void> {
    const mode = this.#mode;
    if (!mode || !text) return;
    const body = new URLSearchParams({ message: text });
    const answer = await fetch(mode.action, { method: "POST", body, headers: forData }).catch(() => undefined);
    if (this.#mode !== mode) return;
    if (answer?.ok) this.leave();
    else this.#show(words.edited, true);
  }

  /** After what was said, or by Escape: the draft is back. */
  leave(): void {
    const field = this.#form.elements.namedItem("replyTo");
    if (field instanceof HTMLInputElement) field.value = "";
    this.#form.querySelector(".answering")?.remove();
    this.#bar.hidden = true;
    if (!this.#mode) return;
    const { kind, messageId } = this.#mode;
    this.#mode = undefined;
    this.#mark(messageId, false);
    if (kind === "answering") return;
    // An edit has no draft of its own: what is in the box is forgotten under its name before the name changes.
    setText(this.#box, "");
    this.#box.dataset["draft"] = this.#draft;
    setText(this.#box, recall(`draft:${this.#draft}`));
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape" && !this.#bar.hidden) {
      event.preventDefault();
      event.stopPropagation();
      this.leave();
    } else if (event.key === "ArrowUp" && !this.#box.value && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      const own = [...this.#list.querySelectorAll<HTMLElement>(":scope > [data-own][data-message-id]")];
      const last = own.findLast((message) => editOf(message) !== undefined);
      if (!last) return;
      event.preventDefault();
      this.#edit(last);
    }
  }

  /** The links of a message lead to pages of their own where there is no script. */
  #click(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const message = link?.closest<HTMLElement>("[data-message-id]");
    if (!link || !message || event.ctrlKey || event.metaKey || event.button !== 0) return;
    if (link.search.includes("reply=")) {
      event.preventDefault();
      this.#answer(message);
    } else if (/\/edit$/.test(link.pathname)) {
      event.preventDefault();
      this.#edit(message);
    } else return;
    link.closest("details")?.removeAttribute("open");
  }

  #edit(message: HTMLElement): void {
    const action = editOf(message);
    const messageId = message.dataset["messageId"] ?? "";
    if (!action) return;
    this.leave();
    this.#mode = { kind: "editing", messageId, action };
    this.#box.dataset["draft"] = `edit-${messageId}`;
    setText(this.#box, recall(`draft:edit-${messageId}`) || textOf(message));
    this.#show(words.editing);
    this.#mark(messageId, true);
    message.scrollIntoView({ block: "nearest" });
  }

  #answer(message: HTMLElement): void {
    this.leave();
    const messageId = message.dataset["messageId"] ?? "";
    const author = message.querySelector(".author")?.textContent.trim() || me;
    this.#mode = { kind: "answering", messageId, action: "" };
    this.#show(words.answering(author), false, textOf(message));
    this.#mark(messageId, true);
  }

  #show(said: string, isFault = false, quoted = ""): void {
    this.#bar.replaceChildren(
      make("strong", isFault ? "fault" : "", said, isFault ? { role: "alert" } : {}),
      make("span", "quoted", quoted, { dir: "auto" }),
      makeButton("quiet small", words.cancel, () => {
        this.leave();
        this.#box.focus();
      }),
    );
    this.#bar.hidden = false;
    this.#box.focus();
    this.#box.setSelectionRange(this.#box.value.length, this.#box.value.length);
  }

  #mark(messageId: string, isChosen: boolean): void {
    document.getElementById(`message-${messageId}`)?.classList.toggle("chosen", isChosen);
  }
}

/** Where an edit of this message goes; undefined where there is none. */
function editOf(message: Element): string | undefined {
  const link = message.querySelector<HTMLAnchorElement>('a[href$="/edit"]');
  const form = message.querySelector<HTMLFormElement>('form[action$="/edit"]');
  return link?.href ?? form?.action;
}

/** As it was written: links and new lines are made of nothing but its characters. */
const textOf = (message: Element) => message.querySelector(".body")?.textContent ?? "";
