import { numberIn, onPage } from "./page.ts";

/** `(3) Feed`: what waits, before the name of the page, also where htmx has changed that name. */
export function keepTitle(): void {
  const show = () => {
    const count = numberIn("alarm-badge") + numberIn("message-badge");
    const name = document.title.replace(/^\(\d+\+?\) /, "");
    const title = count > 0 ? `(${count > 99 ? "99+" : count}) ${name}` : name;
    if (document.title !== title) document.title = title;
  };
  onPage(show);
  new MutationObserver(show).observe(document.head, { childList: true, subtree: true, characterData: true });
}
