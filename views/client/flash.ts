const flashMs = 2_000;

/** The comment that an address names: below the header, focused, and bright for a moment. */
export function flashTarget(): void {
  const target =
    /^#(?:comment|message|post)-\d+$/.test(location.hash) && document.querySelector<HTMLElement>(location.hash);
  if (!target) return;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "center" });
  target.classList.add("flash");
  setTimeout(() => target.classList.remove("flash"), flashMs);
}
