import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("the page of a search", () => {
  const journey = new Journey();

  test("I5, H4: its kinds stand in one row that scrolls by itself, the chosen one in sight, and axe finds nothing serious", async () => {
    const { alice, server, roomId } = await journey.chat();
    const { id } = (await alice.member.post("/posts", { title: "A bird", body: "A bird sings" })).json;
    await alice.member.post(`/posts/${id}/comments`, { body: "What a bird" });
    await alice.member.post(`/messages/${roomId}`, { message: "A bird in the hand" });
    const page = await alice.open("/");
    for (const language of ["en", "ko"]) {
      await alice.member.post("/settings/language", { language });
      for (const [theme, width, kinds] of [
        ["light", 320, ["", "messages", "posts", "comments"]],
        ["dark", 390, ["comments"]],
        ["dark", 1_280, ["comments"]],
      ] as const) {
        await alice.context.addCookies([{ name: "theme", value: theme, url: server.url }]);
        await page.setViewportSize({ width, height: 600 });
        for (const kind of kinds) {
          await page.goto(`${server.url}/search?q=bird${kind && `&kind=${kind}`}`);
          await live(page);
          expect(await page.locator(".found .hit").count()).toBe(kind === "" ? 3 : 1);
          const found = await page.locator("main .chips").evaluate((row) => {
            const chips = [...row.children].map((chip) => chip.getBoundingClientRect());
            const chosen = row.querySelector("[aria-current]")?.getBoundingClientRect();
            return {
              rowCount: new Set(chips.map(({ top }) => top)).size,
              isChosenInSight: chosen !== undefined && chosen.left >= 0 && chosen.right <= innerWidth,
              wider: document.documentElement.scrollWidth - innerWidth,
            };
          });
          const where = [language, theme, width, kind];
          expect([...where, found]).toEqual([...where, { rowCount: 1, isChosenInSight: true, wider: 0 }]);
          // What differs between kinds is which of them is chosen.
          if (kind === "" || kind === "comments") expect([...where, await seriousFaults(page)]).toEqual([...where, []]);
        }
      }
    }
    // By keys, the end of the row comes into sight.
    await page.setViewportSize({ width: 320, height: 600 });
    const last = page.locator("main .chips > :last-child");
    await page.locator("main .chips > :nth-last-child(2)").focus();
    await page.keyboard.press("Tab");
    const box = await last.boundingBox();
    expect(await last.evaluate((node) => node === document.activeElement)).toBe(true);
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(320);
  });
});
