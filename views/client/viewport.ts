/** A keyboard takes at least this much. Less is a bar of the browser's that comes and goes. */
const keyboardMinPx = 120;

/**
 * Where the keyboard lies over the page (iOS) instead of making it smaller, the room is made as high as what is left,
 * and the browser's own shift of the page is taken back: the head stays in sight, the box right above the keyboard.
 */
export function keepAboveKeyboard(): void {
  const view = visualViewport;
  if (!view || !document.body.classList.contains("in-room")) return;
  const fit = () => {
    // Somebody has zoomed in: that is theirs.
    if (view.scale > 1.01) return;
    const isCovered = innerHeight - view.height > keyboardMinPx;
    document.body.style.setProperty("--screen", isCovered ? `${Math.round(view.height)}px` : "");
    document.body.classList.toggle("is-covered", isCovered);
    if (isCovered && (scrollY > 0 || view.offsetTop > 0)) scrollTo(0, 0);
  };
  view.addEventListener("resize", fit);
  view.addEventListener("scroll", fit);
}
