import { arrange, idOf } from "./conversation.ts";
import { make, me } from "./page.ts";
import type { Place } from "./place.ts";
import { words } from "./words.ts";

/** So many messages stand on the page at most; beyond that the far side is let go. */
const messagesMax = 300;
const nearPx = 400;

interface HistoryOptions {
  readonly list: HTMLElement;
  readonly place: Place;
  /** Messages were put on the page or taken off it. */
  readonly changed: () => void;
}

/**
 * The part of a conversation that is on the page, moved by pages. Where it does not reach the end there is a gap: what
 * is said meanwhile waits out of sight (`data-beyond`), so that it never stands right below what it does not follow.
 */
export class History {
  readonly #list: HTMLElement;
  readonly #place: Place;
  readonly #changed: () => void;
  #isLoading = false;
  /** Of what is shown: a page that was asked for before a leap has no place after it. */
  #leapCount = 0;

  constructor({ list, place, changed }: HistoryOptions) {
    this.#list = list;
    this.#place = place;
    this.#changed = changed;
    list.parentElement?.addEventListener("click", (event) => {
      const link = event.target;
      if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (link.id !== "earlier" && link.id !== "later") return;
      event.preventDefault();
      void (link.id === "earlier" ? this.earlier() : this.later());
    });
    this.#setGap(this.#link("later") !== null);
    place.onScroll(() => {
      const { scrollTop, scrollHeight, clientHeight } = place.scroller;
      if (scrollTop < nearPx) void this.earlier();
      else if (this.hasGap && scrollHeight - scrollTop - clientHeight < nearPx) void this.later();
    });
  }

  /** There is more below than what is shown. */
  get hasGap(): boolean {
    return this.#list.hasAttribute("data-gap");
  }

  /** Keeps to the gap and to the bound after something was added. */
  settle(): void {
    if (this.hasGap) this.#hideBeyond();
    else if (this.#place.isAtEnd) this.#trimStart();
  }

  /** Behind this message some are missing: what has come since waits out of sight until the reader gets there. */
  breakAfter(messageId: number): void {
    if (this.hasGap || messageId === 0) return;
    this.#gapAfter(messageId);
    this.#changed();
  }

  async earlier(): Promise<void> {
    const page = await this.#load(this.#link("earlier"));
    if (!page) return;
    this.#place.note();
    this.#list.prepend(...this.#newIn(page));
    this.#replaceLink("earlier", page);
    this.#trimEnd();
    arrange(this.#list);
    this.#place.restore();
    this.#changed();
  }

  async later(): Promise<void> {
    const page = await this.#load(this.#link("later"));
    if (!page) return;
    this.#place.note();
    this.#add(page);
    this.#trimStart();
    arrange(this.#list);
    this.#place.restore();
    this.#changed();
  }

  /** The end of the conversation, fetched first where it is not on the page. False where it could not be. */
  async toLatest(): Promise<boolean> {
    if (this.hasGap) {
      const page = await this.#fetch(location.pathname);
      if (!page) return false;
      this.#leapCount++;
      for (const article of this.#articles(":not([data-beyond],[data-state])")) article.remove();
      this.#list.querySelector("#new-line")?.remove();
      this.#add(page);
      this.#replaceLink("earlier", page);
      arrange(this.#list);
      // The address named a place that is left.
      if (location.search || location.hash) history.replaceState(history.state, "", location.pathname);
    }
    this.#place.toEnd();
    this.#changed();
    return true;
  }

  #add(page: Document): void {
    // Before its messages leave it for this one.
    const last = this.#lastIn(page);
    this.#list.append(...this.#newIn(page));
    this.#replaceLink("later", page);
    const isWhole = !page.querySelector("#later");
    if (!isWhole) this.#list.dataset["gap"] = String(last);
    this.#setGap(!isWhole);
  }

  #setGap(hasGap: boolean): void {
    const list = this.#list;
    this.#place.hasMore = hasGap;
    if (hasGap) {
      list.dataset["gap"] ||= String(this.#lastIn(document));
      this.#hideBeyond();
      return;
    }
    delete list.dataset["gap"];
    for (const article of this.#articles("[data-beyond]")) delete article.dataset["beyond"];
  }

  #lastIn(page: Document): number {
    const ids = [...page.querySelectorAll<HTMLElement>("#messages > [data-message-id]:not([data-beyond])")].map(idOf);
    return Math.max(0, ...ids);
  }

  #hideBeyond(): void {
    const edge = Number(this.#list.dataset["gap"]);
    // What is on its way is never out of sight of who says it.
    const beyond = this.#articles(":not([data-state])").filter((article) => idOf(article) > edge);
    for (const article of beyond) article.dataset["beyond"] = "";
    for (const article of beyond.slice(0, -messagesMax)) article.remove();
  }

  #trimEnd(): void {
    const surplus = this.#articles(":not([data-beyond],[data-state])").slice(messagesMax);
    if (surplus.length === 0) return;
    for (const article of surplus) article.remove();
    const last = this.#articles(":not([data-beyond],[data-state])").at(-1);
    if (last) this.#gapAfter(idOf(last));
  }

  #gapAfter(messageId: number): void {
    this.#list.dataset["gap"] = String(messageId);
    this.#setLink("later", `${location.pathname}?after=${messageId}`);
    this.#setGap(true);
  }

  #trimStart(): void {
    const all = this.#articles(":not([data-beyond],[data-state])");
    const surplus = all.slice(0, Math.max(0, all.length - messagesMax));
    if (surplus.length === 0) return;
    for (const article of surplus) article.remove();
    const first = this.#articles()[0];
    if (first) this.#setLink("earlier", `${location.pathname}?before=${idOf(first)}`);
  }

  #articles(which = ""): HTMLElement[] {
    return [...this.#list.querySelectorAll<HTMLElement>(`:scope > article${which}`)];
  }

  /** What of that page is not on this one; what waited out of sight stays as it is. */
  #newIn(page: Document): Element[] {
    for (const own of page.querySelectorAll(`#messages > [data-author="${CSS.escape(me)}"]`))
      own.setAttribute("data-own", "");
    return [...page.querySelectorAll("#messages > article")].filter(({ id }) => !document.getElementById(id));
  }

  #link(id: "earlier" | "later"): HTMLAnchorElement | null {
    const link = document.getElementById(id);
    return link instanceof HTMLAnchorElement ? link : null;
  }

  #setLink(id: "earlier" | "later", href: string): void {
    const link = this.#link(id);
    if (link) {
      link.href = href;
      return;
    }
    const row = make("p", "older");
    row.append(make("a", "button quiet small", words[id], { id, href }));
    if (id === "later") this.#list.after(row);
    else {
      this.#list.parentElement?.querySelector(":scope > .beginning")?.remove();
      this.#list.before(row);
    }
  }

  #replaceLink(id: "earlier" | "later", page: Document): void {
    const next = page.querySelector<HTMLAnchorElement>(`#${id}`);
    if (next) this.#setLink(id, next.getAttribute("href") ?? "");
    else {
      const beginning = id === "earlier" ? page.querySelector(".beginning") : null;
      this.#link(id)?.parentElement?.replaceWith(...(beginning ? [beginning] : []));
    }
  }

  async #load(link: HTMLAnchorElement | null): Promise<Document | undefined> {
    if (!link || this.#isLoading) return undefined;
    this.#isLoading = true;
    link.ariaBusy = "true";
    const leapCount = this.#leapCount;
    try {
      const page = await this.#fetch(link.href);
      return leapCount === this.#leapCount ? page : undefined;
    } finally {
      this.#isLoading = false;
      link.ariaBusy = null;
    }
  }

  /** Undefined where no such page came: offline, or signed out. */
  async #fetch(href: string): Promise<Document | undefined> {
    try {
      const answer = await fetch(href);
      if (!answer.ok) return undefined;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.querySelector("#messages") ? page : undefined;
    } catch {
      return undefined;
    }
  }
}
