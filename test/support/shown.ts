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
  let [shown, wantedOn] = [await shownOn(page, wanted), await shownOn(loaded, wanted)];
  while (!Bun.deepEquals(shown, wantedOn) && performance.now() < deadlineMs) {
    [shown, wantedOn] = [await shownOn(page, wanted), await shownOn(loaded, wanted)];
  }
  expect({ ...what, shown }).toEqual({ ...what, shown: wantedOn });
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
