/** Up and Down go through the rows of a list of rooms or alarms, Home and End to its ends. */
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
}
