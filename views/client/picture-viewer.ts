import { make, makeButton } from "./page.ts";
import { pictureWords as words } from "./uploads.ts";

/** A picture in front of the page, and its neighbours of the same message. Escape, or a press beside it, leads back. */
export function viewPicture(link: HTMLAnchorElement): void {
  const links = [...(link.closest(".pictures")?.querySelectorAll<HTMLAnchorElement>("a.picture") ?? [link])];
  let at = links.indexOf(link);
  const dialog = make("dialog", "viewer");
  const image = make("img", "");
  const said = make("p", "viewer-said", "", { dir: "auto" });
  const original = make("a", "button quiet small", words.original, { target: "_blank", rel: "noopener" });
  const close = makeButton("quiet small", words.close, () => dialog.close());
  const turn = (by: number) => {
    at = (at + by + links.length) % links.length;
    const shown = links[at];
    const small = shown?.querySelector("img");
    if (!shown || !small) return;
    image.src = shown.href;
    image.alt = small.alt;
    original.href = shown.href;
    dialog.ariaLabel = small.alt;
    said.textContent = small.dataset["said"] === undefined ? "" : small.alt;
  };
  const bar = make("div", "viewer-bar");
  if (links.length > 1) {
    const [previous, next] = [
      makeButton("quiet small", "←", () => turn(-1)),
      makeButton("quiet small", "→", () => turn(1)),
    ];
    previous.ariaLabel = words.previous;
    next.ariaLabel = words.next;
    bar.append(previous, next);
    dialog.addEventListener("keydown", ({ key }) => {
      if (key === "ArrowLeft") turn(-1);
      if (key === "ArrowRight") turn(1);
    });
  }
  bar.append(said, original, close);
  dialog.append(image, bar);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    links[at]?.focus();
  });
  turn(0);
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
