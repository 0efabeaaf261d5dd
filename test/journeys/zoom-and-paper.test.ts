import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("where a page is not a screen's", () => {
  const journey = new Journey();

  test("at 400 % (320 x 256) the bars go with the page: all of it is for what is read, and nothing scrolls sideways", async () => {
    const chat = await journey.chat({ context: { viewport: { width: 320, height: 256 } } });
    const { id } = (await chat.bob.member.post("/posts", { title: "Long", body: "line\n\n".repeat(60) })).json;
    const page = await chat.alice.open(`/posts/${id}`);
    expect(await page.isVisible(".tabs a")).toBe(true);
    await page.evaluate(() => scrollTo(0, 400));
    const shown = await page.evaluate(() => {
      const at = (y: number) => document.elementFromPoint(160, y)?.closest("main, .site")?.localName;
      return { all: [4, 128, 250].map(at), width: document.documentElement.scrollWidth };
    });
    expect(shown).toEqual({ all: ["main", "main", "main"], width: 320 });
  });

  test("on a telephone the end of a page can be brought above the banner of a lost connection", async () => {
    const chat = await journey.chat({ context: { viewport: { width: 390, height: 844 } } });
    const { id } = (await chat.bob.member.post("/posts", { title: "Long", body: "line\n\n".repeat(60) })).json;
    const page = await chat.alice.open(`/posts/${id}`);
    const gap = await page.evaluate(() => {
      const [banner, send] = ["#connection", "#comment-form [type=submit]"].map((one) => document.querySelector(one));
      if (!banner || !send) throw new Error("the page lacks a part");
      banner.textContent = String(banner.getAttribute("data-offline"));
      scrollTo(0, document.documentElement.scrollHeight);
      return banner.getBoundingClientRect().top - send.getBoundingClientRect().bottom;
    });
    expect(gap).toBeGreaterThan(0);
  });

  test("on paper stands all of a post and of a room, on white, and nothing to press", async () => {
    const chat = await journey.chat({ context: { colorScheme: "dark" } });
    await chat.fill(60);
    const { id } = (await chat.bob.member.post("/posts", { title: "Long", body: "read me" })).json;
    for (const [path, said] of [
      [`/posts/${id}`, ".post"],
      [chat.path, ".message"],
    ] as const) {
      const page = await chat.alice.open(path);
      await page.emulateMedia({ media: "print" });
      for (const part of [".site", ".menu", "form", "textarea", "button", ".round"]) {
        expect([path, part, await page.locator(`${part}:visible`).count()]).toEqual([path, part, 0]);
      }
      const paper = await page.evaluate((one) => {
        const all = [...document.querySelectorAll(one)];
        const bottom = Math.max(...all.map((element) => element.getBoundingClientRect().bottom + scrollY));
        const { height } = document.querySelector("main")?.getBoundingClientRect() ?? { height: 0 };
        return {
          isWhole: all.length > 0 && bottom <= height + 1,
          ground: getComputedStyle(document.body).backgroundColor,
        };
      }, said);
      expect([path, paper.isWhole]).toEqual([path, true]);
      expect(["rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"]).toContain(paper.ground);
    }
  });
});
