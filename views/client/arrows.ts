/** Up and Down go through the rows of a list of rooms or alarms, Home and End to its ends; and through menus and messages. */
export function walkByArrows(): void {
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (ctrlKey || metaKey || altKey || !(target instanceof HTMLAnchorElement)) return;
    const list = target.closest("#rooms,#alarms");
    const rows = [...(list?.querySelectorAll<HTMLAnchorElement>(".room-row > a,[data-alarm-id] > a") ?? [])];
    const at = rows.indexOf(target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[key];
    const row = at >= 0 && to !== undefined ? rows[to] : undefined;
    if (!row) return;
    event.preventDefault();
    row.focus();
  });
  document.addEventListener("keydown", walkMenus);
  document.addEventListener("keydown", walkMessages);
  document.addEventListener("keydown", turnPages);
}

/** The box has the focus nearly always, and a page of its own only where its text is longer than it. */
function turnPages(event: KeyboardEvent): void {
  const { target, key } = event;
  if (key !== "PageUp" && key !== "PageDown") return;
  if (!(target instanceof HTMLTextAreaElement) || !target.closest("#composer")) return;
  const log = document.querySelector(".log");
  if (!log || target.scrollHeight > target.clientHeight) return;
  event.preventDefault();
  log.scrollBy(0, (key === "PageUp" ? -0.9 : 0.9) * log.clientHeight);
}

/** Up and Down go through the items of an open menu, round and round. */
function walkMenus(event: KeyboardEvent): void {
  const { target } = event;
  const step = stepOf(event);
  const menu = target instanceof HTMLElement && target.closest(".menu[open]");
  if (!menu || !step) return;
  const all = [...menu.querySelectorAll<HTMLElement>(".menu-items :is(a,button,summary)")];
  const items = all.filter((item) => item.checkVisibility());
  const at = items.indexOf(target);
  event.preventDefault();
  items.at(at < 0 && step < 0 ? -1 : (at + step) % items.length)?.focus();
}

/** Among messages, from one's menu to the next one's; Escape leads back to the box. */
function walkMessages(event: KeyboardEvent): void {
  const { target, key } = event;
  const list = target instanceof HTMLElement && target.closest("#messages");
  if (!list || list.querySelector(".menu[open]") || event.defaultPrevented) return;
  if (key === "Escape") document.querySelector<HTMLElement>("#composer textarea")?.focus();
  const step = stepOf(event);
  const menus = [...list.querySelectorAll<HTMLElement>("article:not([data-beyond]) > .message-menu > summary")];
  const at = menus.indexOf(target);
  if (at < 0 || !step) return;
  event.preventDefault();
  menus[at + step]?.focus();
}

function stepOf({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): number {
  return ctrlKey || metaKey || altKey ? 0 : Number(key === "ArrowDown") - Number(key === "ArrowUp");
}
