const flashMs = 2_000;

/** The comment that an address names: below the header, focused, and bright for a moment. */
export function flashTarget(): void {
  const target =
    /^#(?:comment|message|post)-\d+$/.test(location.hash) && document.querySelector<HTMLElement>(location.hash);
  if (!target) {
    lookFurther();
    return;
  }
  flash(target);
}

/** In the middle of what is seen, with the focus, and marked for a moment. */
export function flash(target: HTMLElement): void {
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
  target.classList.add("flash");
  setTimeout(() => target.classList.remove("flash"), flashMs);
}

/** The comment may be further down than the page reaches: asked for by name, it is on it, or gone. */
function lookFurther(): void {
  const comment = /^#comment-(\d+)$/.exec(location.hash)?.[1];
  const query = new URLSearchParams(location.search);
  if (!comment || !/^\/posts\/\d+$/.test(location.pathname) || query.has("comment")) return;
  location.replace(`${location.pathname}?comment=${comment}${location.hash}`);
}
