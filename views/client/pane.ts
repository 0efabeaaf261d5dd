const key = "birdie:pane";

/** Beside an open room the list of rooms stays where it was scrolled to, with the open one in sight. */
export function keepPane(): void {
  const pane = document.querySelector(".room-list");
  if (!pane) return;
  pane.scrollTop = Number(recallHere());
  pane.querySelector("#rooms [aria-current]")?.scrollIntoView({ block: "nearest" });
  pane.addEventListener("scroll", () => keepHere(String(pane.scrollTop)), { passive: true });
}

/** In this tab; where the browser keeps nothing, the list begins at its top. */
function recallHere(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

function keepHere(value: string): void {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // Forbidden.
  }
}
