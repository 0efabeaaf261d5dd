/**
 * A finger has nothing to hover with: a tap on a message opens what can be done with it, and a second one closes it. What
 * has a meaning of its own keeps it, and so has the tap that ends a selection of text.
 */
export function openByTaps(list: HTMLElement): void {
  let isPlain = false;
  let open: Element | null = null;
  list.addEventListener("pointerdown", ({ pointerType }) => {
    isPlain = pointerType === "touch" && getSelection()?.type !== "Range";
    open = list.querySelector(".message-menu[open]");
  });
  // At the document, after the listener that closes every menu that is not pressed upon.
  document.addEventListener("click", ({ target }) => {
    if (!isPlain || !(target instanceof Element) || getSelection()?.type === "Range") return;
    isPlain = false;
    const menu = target.closest("#messages > article")?.querySelector<HTMLDetailsElement>(".message-menu");
    if (!menu || menu === open || target.closest("a,button,summary,details,form")) return;
    menu.open = true;
  });
  // In sight, also where the message stands at an edge.
  const show = ({ target }: Event) => {
    if (target instanceof HTMLDetailsElement && target.open)
      target.querySelector(":scope > .menu-items")?.scrollIntoView({ block: "nearest" });
  };
  list.addEventListener("toggle", show, true);
  // What acts in place has been done with, and covers nothing.
  list.addEventListener("submit", ({ target }) => {
    const menu = target instanceof Element && target.closest<HTMLDetailsElement>(".message-menu");
    if (!menu) return;
    menu.querySelector("summary")?.focus();
    menu.open = false;
  });
}
