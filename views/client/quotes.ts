import { flash } from "./flash.ts";

/** A quote leads to what it quotes: without another page, where that is on this one. */
export function followQuotes(list: HTMLElement): void {
  list.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a.quote") : null;
    if (!link || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const quoted = document.getElementById(link.hash.slice(1));
    if (!quoted || !list.contains(quoted) || quoted.hasAttribute("data-beyond")) return;
    event.preventDefault();
    flash(quoted);
  });
}
