import { numberIn, onPage } from "./page.ts";

/** `(3) Feed`: what waits, before the name of the page, also where htmx has changed that name; on icon and app, too. */
export function keepTitle(): void {
  const show = () => {
    const count = numberIn("alarm-badge") + numberIn("message-badge");
    const name = document.title.replace(/^\(\d+\+?\) /, "");
    const title = count > 0 ? `(${count > 99 ? "99+" : count}) ${name}` : name;
    if (document.title !== title) document.title = title;
    showOnIcon(count > 0);
    showOnApp(count);
  };
  onPage(show);
  new MutationObserver(show).observe(document.head, { childList: true, subtree: true, characterData: true });
}

/** The page comes with the right one of its two icons; a dot on it says that something waits. */
function showOnIcon(isWaiting: boolean): void {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  const href = icon?.dataset[isWaiting ? "dot" : "plain"];
  if (icon && href && icon.getAttribute("href") !== href) icon.setAttribute("href", href);
}

let onApp = -1;

/** Where Birdie is installed as an app, the number stands on its icon. */
function showOnApp(count: number): void {
  if (count === onApp || !("setAppBadge" in navigator)) return;
  onApp = count;
  // Refused where it is not installed: then there is no icon to put it on.
  (count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge()).catch(() => undefined);
}
