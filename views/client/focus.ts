import { arrival } from "./arrival.ts";

/**
 * Who went by keyboard and comes Back stands where they were: pages that keep nothing in the browser's cache would
 * begin at their top again. Only for keys: who pressed with a finger or a mouse would see a frame they never asked for.
 */
export function keepFocus(): void {
  document.addEventListener("click", ({ target, detail }) => {
    const link = target instanceof Element ? target.closest("a") : null;
    if (link && detail === 0) history.replaceState({ ...stateOfPage(), wentBy: nameOf(link) }, "");
  });
  const isBack = arrival()?.type === "back_forward";
  const name: unknown = stateOfPage()["wentBy"];
  const link = isBack && typeof name === "string" ? findBy(name) : undefined;
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: "nearest" });
}

/** In which element with an id, and where to: an alarm that is read or grouped anew meanwhile keeps the first. */
function nameOf(link: HTMLAnchorElement): string {
  return `${link.closest("[id]")?.id ?? ""} ${link.getAttribute("href") ?? ""}`;
}

function findBy(name: string): HTMLAnchorElement | undefined {
  const [id = "", href = ""] = name.split(" ");
  const around = document.getElementById(id) ?? document;
  const same = around.querySelector<HTMLAnchorElement>(`a[href="${CSS.escape(href)}"]`);
  return same ?? (around === document ? undefined : (around.querySelector("a") ?? undefined));
}

function stateOfPage(): Readonly<Record<string, unknown>> {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null ? { ...state } : {};
}
