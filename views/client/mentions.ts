import { make } from "./page.ts";
import { words } from "./words.ts";

/** What stands before the caret when somebody is being named: as domain/mention, with names in any script. */
const started = /(?:^|[^A-Za-z0-9_@/.])@([^\s@]{0,20})$/u;
const patienceMs = 120;
const roomPx = 320;

/** In a field for people no @ is needed: what stands there is a name, or each of them behind a comma. Names have blanks. */
const startedAlone = /(?:^|[,;@\n])\s*([^\s,;@][^,;@\n]{0,39})$/u;
/** Ids may have blanks between them: then the last word is what begins. */
const lastWord = /\s(\S+)$/u;

/** Where people are named: any text, or a field for them (`data-people`), one of them or, in several lines, many. */
type Box = HTMLTextAreaElement | HTMLInputElement;
const known = new WeakSet<Box>();
const answers = new Map<string, string>();
let serial = 0;

/** Completes `@` and the beginning of a name in a text box, by keyboard and pointer, with any input method. */
export function completeMentions(box: Box): void {
  if (known.has(box)) return;
  known.add(box);
  new Completion(box);
}

class Completion {
  readonly #box: Box;
  readonly #isAlone: boolean;
  readonly #list: HTMLElement;
  readonly #id = `mention-${++serial}`;
  #options: HTMLElement[] = [];
  #chosen = 0;
  #query: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isComposing = false;
  #isOwed = false;
  /** Only the last word of what was begun is offered for. */
  #isWord = false;

  constructor(box: Box) {
    this.#box = box;
    this.#isAlone = box.hasAttribute("data-people");
    this.#list = make("div", "mentions", "", { id: this.#id, role: "listbox", "aria-label": words.mention });
    this.#list.hidden = true;
    box.after(this.#list);
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", this.#id);
    box.addEventListener("input", () => this.#look());
    for (const name of ["click", "keyup"]) box.addEventListener(name, () => this.#isOpen && this.#look());
    box.addEventListener("blur", () => this.#close());
    // Before whoever sends on Enter: while the list is open, the keys are its own.
    box.addEventListener("keydown", (event) => event instanceof KeyboardEvent && this.#press(event), { capture: true });
    box.addEventListener("beforeinput", (event) => event instanceof InputEvent && this.#breakLine(event), {
      capture: true,
    });
    box.addEventListener("compositionstart", () => {
      this.#isComposing = true;
    });
    box.addEventListener("compositionend", () => {
      this.#isComposing = false;
      if (this.#isOwed) setTimeout(() => this.#pick());
    });
    this.#list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element ? target.closest<HTMLElement>("[role=option]") : null;
      if (option) this.#pick(this.#options.indexOf(option));
    });
    this.#look();
  }

  get #isOpen(): boolean {
    return !this.#list.hidden;
  }

  /** The beginning of a name before the caret, or undefined. */
  #started(): string | undefined {
    const { value, selectionStart, selectionEnd } = this.#box;
    if (selectionStart === null || selectionStart !== selectionEnd) return undefined;
    return this.#startedIn(value.slice(0, selectionStart))?.normalize("NFC");
  }

  #startedIn(text: string): string | undefined {
    return (this.#isAlone ? startedAlone : started).exec(text)?.[1];
  }

  #look(): void {
    const query = this.#started();
    if (query === this.#query) return;
    this.#query = query;
    clearTimeout(this.#timer);
    if (query !== undefined && this.#isOpen) this.#narrow(query);
    if (query === undefined) this.#close();
    else if (answers.has(this.#addressOf(query))) this.#show(query);
    else this.#timer = setTimeout(() => this.#ask(query), patienceMs);
  }

  /** `word`: the end of it, where nobody is called as a whole. */
  #offer(query: string, word: string): void {
    if (answers.has(this.#addressOf(word))) this.#show(query, word);
    else this.#ask(query, word);
  }

  /** Until the answer is here, only what still fits can be picked. */
  #narrow(query: string): void {
    const wanted = query.toLowerCase();
    this.#options = this.#options.filter((option) => option.textContent?.toLowerCase().includes(wanted));
    if (this.#options.length === 0) {
      this.#close();
      return;
    }
    this.#list.replaceChildren(...this.#options);
    this.#choose(0);
  }

  #ask(query: string, word = query): void {
    const address = this.#addressOf(word);
    fetch(address, { headers: { "hx-request": "true" } })
      .then((answer) => (answer.ok ? answer.text() : ""))
      .then((html) => {
        answers.set(address, html);
        if (this.#query === query) this.#show(query, word);
      })
      .catch(() => this.#close());
  }

  #show(query: string, word = query): void {
    const page = new DOMParser().parseFromString(answers.get(this.#addressOf(word)) ?? "", "text/html");
    this.#options = [...page.querySelectorAll<HTMLElement>("[data-user-id]")];
    this.#isWord = word !== query;
    const last = this.#isAlone && !this.#isWord && lastWord.exec(query)?.[1];
    if (this.#options.length === 0 && last) {
      this.#offer(query, last);
      return;
    }
    // Whoever has typed a whole name means to go on, not to choose.
    const isWhole = this.#options.length === 1 && this.#options[0]?.dataset["userId"] === word;
    if (this.#options.length === 0 || isWhole || document.activeElement !== this.#box) {
      this.#close();
      return;
    }
    for (const [i, option] of this.#options.entries()) {
      option.id = `${this.#id}-${i}`;
      option.setAttribute("role", "option");
    }
    this.#list.replaceChildren(...this.#options);
    this.#list.hidden = false;
    const { top, bottom } = this.#box.getBoundingClientRect();
    this.#list.classList.toggle("above", bottom + roomPx > innerHeight && top > roomPx / 2);
    this.#choose(0);
    const announcer = document.getElementById("announcer");
    if (announcer) announcer.textContent = words.found(this.#options.length);
  }

  #choose(index: number): void {
    this.#chosen = (index + this.#options.length) % this.#options.length;
    for (const [i, option] of this.#options.entries()) {
      option.setAttribute("aria-selected", String(i === this.#chosen));
      if (i === this.#chosen) option.scrollIntoView({ block: "nearest" });
    }
    this.#box.setAttribute("aria-activedescendant", `${this.#id}-${this.#chosen}`);
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#isOwed = false;
    this.#list.hidden = true;
    this.#box.removeAttribute("aria-activedescendant");
  }

  #press(event: KeyboardEvent): void {
    if (!this.#isOpen) return;
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") this.#choose(this.#chosen + (key === "ArrowDown" ? 1 : -1));
    else if (key === "Escape") this.#close();
    else if (key === "Tab" || (key === "Enter" && !event.shiftKey)) this.#pickAfterComposing();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  /** An Enter that ends a Korean syllable comes as a line break, before or behind the end of the composition. */
  #breakLine(event: InputEvent): void {
    if (!this.#isOpen || !/^insert(?:LineBreak|Paragraph)$/.test(event.inputType)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#pickAfterComposing();
  }

  #pickAfterComposing(): void {
    if (this.#isComposing) this.#isOwed = true;
    else this.#pick();
  }

  #pick(index = this.#chosen): void {
    const userId = this.#options[index]?.dataset["userId"];
    const { selectionStart, value } = this.#box;
    const begun = selectionStart === null ? undefined : this.#startedIn(value.slice(0, selectionStart));
    const typed = this.#isWord ? lastWord.exec(begun ?? "")?.[1] : begun;
    this.#close();
    if (!userId || typed === undefined || selectionStart === null) return;
    const isFollowed = /^[\s,]/.test(value.slice(selectionStart));
    this.#query = undefined;
    const from = selectionStart - typed.length;
    this.#box.setRangeText(`${userId}${isFollowed ? "" : this.#between}`, from, selectionStart, "end");
    this.#box.dispatchEvent(new InputEvent("input", { bubbles: true }));
    // It is whole: nothing is left to choose.
    if (this.#isAlone) this.#query = this.#started();
  }

  /** What stands between a name and what follows it. */
  get #between(): string {
    if (!this.#isAlone) return " ";
    return this.#box instanceof HTMLTextAreaElement ? ", " : "";
  }

  /** Whoever is invited may be anybody. */
  #addressOf(query: string): string {
    return this.#isAlone ? `/members?${new URLSearchParams({ q: query })}` : addressOf(query);
  }
}

/** In a room only its members can be meant; under a post, those who take part in it come first. */
function addressOf(query: string): string {
  const [, kind, id = ""] = /^\/(messages|posts)\/(\d+)$/.exec(location.pathname) ?? [];
  const search = new URLSearchParams({ q: query });
  if (kind) search.set(kind === "messages" ? "room" : "post", id);
  return `/members?${search}`;
}
