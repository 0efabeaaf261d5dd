import { expect } from "bun:test";
import type { Page } from "playwright-core";

/** A page that is live shows what the same page shows that was just loaded; both are about to hear the same. */
export async function expectAlike(
  page: Page,
  loaded: Page,
  wanted: readonly string[],
  what: object = {},
): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  const both = () => Promise.all([page, loaded].map((one) => shownOn(one, wanted)));
  let [shown, anew] = await both();
  while (!Bun.deepEquals(shown, anew) && performance.now() < deadlineMs) [shown, anew] = await both();
  expect({ ...what, shown }).toEqual({ ...what, shown: anew });
}

/** What a reader sees, piece by piece, but for times, which go on. `wanted`: selectors. */
function shownOn(page: Page, wanted: readonly string[]): Promise<readonly string[]> {
  return page.evaluate((selector) => {
    const shown = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) =>
      element.checkVisibility({ visibilityProperty: true }),
    );
    const pieces = shown.map((element) => {
      // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not shown
      const words = element.innerText.replaceAll(/just now|\d+ min ago|\s+/g, " ").trim();
      const hearts = [...element.querySelectorAll("[aria-pressed]")].map((heart) => heart.getAttribute("aria-pressed"));
      return `${element.id} ${element.className} ${words} ${hearts.join()}`;
    });
    return [document.title, ...pieces];
  }, wanted.join());
}
