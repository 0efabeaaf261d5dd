import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("a card of the feed", () => {
  const journey = new Journey();

  test("follows an edit and a deletion live, keeps one's own heart, and moves nothing that is looked at", async () => {
    const chat = await journey.chat();
    const ids: number[] = [];
    for (let n = 0; n < 12; n++) {
      const words = { title: `Post ${n}`, body: "words\n\n".repeat(4) };
      ids.push((await chat.acts(chat.alice, "/posts", words)).json.id);
    }
    const [oldest = 0] = ids;
    const newest = ids.at(-1) ?? 0;
    await chat.acts(chat.bob, `/posts/${newest}/like`);
    const page = await chat.bob.open("/");
    const card = page.locator(`#feed > #post-${newest}`);
    await chat.acts(chat.alice, `/posts/${newest}/edit`, { title: "Another **title**", body: "less" });
    await card.locator("h2:has-text('Another **title**')").waitFor();
    await card.locator(".body:text-is('less')").waitFor();
    expect(await card.locator(".byline").textContent()).toContain("edited");
    expect(await card.locator("form.like button").getAttribute("aria-pressed")).toBe("true");
    await chat.acts(chat.alice, `/posts/${newest}/edit`, { title: "<b>Third</b>", body: "with words" });
    await card.locator(".body:has-text('with words')").waitFor();
    expect(await card.locator("h2 a").textContent()).toBe("<b>Third</b>");

    // Further down: what is above goes, what is looked at stays.
    const place = page.locator(`#feed > #post-${oldest}`);
    await place.scrollIntoViewIfNeeded();
    const top = () => place.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const before = await top();
    await chat.acts(chat.alice, `/posts/${newest}/delete`);
    await page.waitForSelector(`#feed > #post-${newest} > .quiet-line`);
    expect(await top()).toBe(before);
    expect(await card.locator("a, button").count()).toBe(0);
    await page.reload();
    expect(await card.count()).toBe(0);
  });

  test("has followed after an outage, too: each once, in order (F3)", async () => {
    const chat = await journey.chat({ isWired: true });
    const write = async (title: string) => (await chat.acts(chat.alice, "/posts", { title, body: "words" })).json.id;
    const [edited, gone] = [await write("Edited"), await write("Gone")];
    const page = await chat.bob.open("/");
    chat.wire.cut("reset");
    await page.waitForSelector("body[data-live=offline]");
    await chat.acts(chat.alice, `/posts/${edited}/edit`, { title: "Mended", body: "words" });
    await chat.acts(chat.alice, `/posts/${gone}/delete`);
    const fresh = await write("Fresh");
    await chat.acts(chat.alice, `/posts/${fresh}/edit`, { title: "Fresh and mended", body: "words" });
    chat.wire.heal();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForSelector(`#feed > #post-${gone} > .quiet-line`);
    const titles = await page.locator("#feed > article h2 a").allTextContents();
    expect(titles).toEqual(["Fresh and mended", "Mended"]);
  });
});
