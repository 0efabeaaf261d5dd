/**
 * Who went by keyboard and comes Back stands where they were: pages that keep nothing in the browser's cache would
 * begin at their top again. Only for keys: who pressed with a finger or a mouse would see a frame they never asked for.
 */
export function keepFocus(): void {
  document.addEventListener("click", ({ target, detail }) => {
    const link = target instanceof Element ? target.closest("a") : null;
    if (link && detail === 0) history.replaceState({ ...stateOfPage(), wentBy: nameOf(link) }, "");
  });
  const [arrival] = performance.getEntriesByType("navigation");
  const isBack = arrival instanceof PerformanceNavigationTiming && arrival.type === "back_forward";
  const name: unknown = stateOfPage()["wentBy"];
  const link = isBack && typeof name === "string" ? findBy(name) : undefined;
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: "nearest" });
}

/** What has the focus when a fragment is put in, the element with an id around it, and what stands beside that. */
interface Held {
  readonly element: Element;
  readonly id: string;
  /** Among its like in there. */
  readonly nth: number;
  readonly beside: readonly (Element | null)[];
}

/**
 * A fragment that replaces or removes what has the focus hands it on: to the same thing in what came instead, or else to
 * what stood beside it. Otherwise the next key would begin at the top of the page.
 */
export function handFocusOn(): void {
  let held: Held | undefined;
  document.addEventListener("htmx:before:swap", () => {
    const element = document.activeElement;
    const around = element?.closest("[id]");
    held = undefined;
    if (!element || !around || element === document.body) return;
    const nth = [...around.querySelectorAll(element.localName)].indexOf(element);
    held = { element, id: around.id, nth, beside: [around.nextElementSibling, around.previousElementSibling] };
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!held || held.element.isConnected || document.activeElement !== document.body) return;
    heirOf(held)?.focus({ preventScroll: true });
  });
}

function heirOf({ element, id, nth, beside }: Held): HTMLElement | null | undefined {
  const around = document.getElementById(id);
  const same = around?.querySelectorAll<HTMLElement>(element.localName)[nth];
  const near = [around, ...beside].find((one) => one?.isConnected)?.querySelector<HTMLElement>("a,summary");
  return same ?? near ?? document.getElementById("main");
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
