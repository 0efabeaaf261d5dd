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
  const near = [around, ...beside].find((one) => one?.isConnected)?.querySelectorAll<HTMLElement>("a,summary") ?? [];
  // What is not drawn takes no focus: a message that follows another has its author's link all the same.
  const isDrawn = (one: HTMLElement) => one.checkVisibility();
  return same ?? [...near].find(isDrawn) ?? document.getElementById("main");
}
