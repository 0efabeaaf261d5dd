const nearPx = 100;
const witnessesMax = 30;
const settledMs = 100;

/** What scrolls when this element is scrolled: itself, something around it, or the window. */
export function scrollerOf(element: Element): Element {
  for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.scrollingElement ?? document.documentElement;
}

/** The reader's place in a list that changes: what is looked at stays where it is, to the pixel. */
export class Place {
  readonly scroller: Element;
  readonly #list: Element;
  /** What is shown last is not what is last. */
  hasMore = false;
  #isAtEnd = true;
  #widthPx = 0;
  #heightPx = 0;
  #witnesses: (readonly [Element, number])[] = [];

  constructor(list: HTMLElement) {
    this.#list = list;
    this.scroller = scrollerOf(list);
    // The browser's own anchoring would correct a second time, where there is one.
    if (this.scroller instanceof HTMLElement) this.scroller.style.overflowAnchor = "none";
    this.onScroll(() => this.look());
  }

  /** Keeps it also where the list itself changes its size: a keyboard, a turned screen, a box that grows. */
  keep(): void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.onScroll(() => {
      this.#witnesses = [];
      clearTimeout(timer);
      timer = setTimeout(() => this.note(), settledMs);
    });
    new ResizeObserver(() => {
      const isTurned = this.#widthPx !== this.scroller.clientWidth;
      this.#widthPx = this.scroller.clientWidth;
      this.#heightPx = this.scroller.clientHeight;
      if (this.#isAtEnd) this.toEnd();
      else if (isTurned) this.restore();
    }).observe(this.scroller);
    // What is in it grows, too, without anything that arrives: a line that says it is not sent, a picture.
    new ResizeObserver(() => this.isAtEnd && this.toEnd()).observe(this.#list);
  }

  onScroll(run: () => void): void {
    const source = this.scroller === document.scrollingElement ? document : this.scroller;
    source.addEventListener("scroll", run, { passive: true });
  }

  /** Who has a menu open is about to press on something: until then the end moves on without them. */
  get isAtEnd(): boolean {
    return this.#isAtEnd && !this.hasMore && !this.hasOpenMenu;
  }

  get hasOpenMenu(): boolean {
    return this.#list.querySelector(".menu[open]") !== null;
  }

  get isAtStart(): boolean {
    return this.scroller.scrollTop < nearPx;
  }

  look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    // It has just changed its size: whether the reader was at the end was known before, and the observer acts on that.
    if (this.#heightPx !== 0 && clientHeight !== this.#heightPx) return;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight <= nearPx;
  }

  toEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#isAtEnd = true;
  }

  /** Notes where the things stand that are in sight. */
  note(): void {
    // What comes under an open menu moves the end away, not the reader.
    if (!this.hasOpenMenu) this.look();
    const top = this.scroller === document.scrollingElement ? 0 : this.scroller.getBoundingClientRect().top;
    this.#witnesses = [];
    for (const row of this.#list.children) {
      // What is in it is asked only then: in a long list most is above, and closed menus are laid out anew to be measured.
      if (row.getBoundingClientRect().bottom <= top) continue;
      for (const element of [row, ...row.querySelectorAll("[id]:not(details:not([open]) *)")]) {
        const box = element.getBoundingClientRect();
        if (element.id && box.bottom > top && box.height > 0) this.#witnesses.push([element, box.top]);
        if (this.#witnesses.length >= witnessesMax) return;
      }
    }
  }

  /** Puts the first of them that is left back where it was. */
  restore(): void {
    const witness = this.#witnesses.find(([element]) => element.isConnected);
    if (witness) this.scroller.scrollTop += witness[0].getBoundingClientRect().top - witness[1];
  }
}
