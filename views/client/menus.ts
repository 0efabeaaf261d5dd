/** A small menu closes when one presses elsewhere, or Escape. */
export function closeMenus(): void {
  const close = (event: Event) => {
    if (event instanceof KeyboardEvent && event.key !== "Escape") return;
    for (const menu of document.querySelectorAll<HTMLDetailsElement>("details[data-closes][open]")) {
      const isInside = event.target instanceof Node && menu.contains(event.target);
      if (event instanceof KeyboardEvent) {
        if (isInside) menu.querySelector("summary")?.focus();
        // What lies below it has had its key.
        event.preventDefault();
      }
      if (event instanceof KeyboardEvent || !isInside) menu.open = false;
    }
  };
  document.addEventListener("click", close);
  document.addEventListener("keydown", close);
}
