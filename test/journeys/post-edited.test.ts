import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("a post that is edited while it is open", () => {
  const journey = new Journey();

  test("is what a reload shows: its words, that it was edited, and the name of the tab behind its number (F3, G1)", async () => {
    await journey.server();
    const bob = await journey.visitor("bob");
    const alice = await journey.visitor("alice");
    const { id } = (await alice.member.post("/posts", { title: "Moved", body: "to five" })).json;
    const mine = (await bob.member.post("/posts", { title: "Mine", body: "b" })).json.id;
    await alice.member.post(`/posts/${mine}/like`);
    const page = await bob.open(`/posts/${id}`);
    expect((await shown(page))[0]).toBe("(1) Moved · Birdie");

    await alice.member.post(`/posts/${id}/edit`, { title: "Moved & <b>", body: "to six" });
    await page.waitForSelector(".post:has-text('to six')");
    await page.waitForFunction(() => document.title === "(1) Moved & <b> · Birdie");
    const seenLive = await shown(page);
    expect(seenLive[1]).toContain("edited");

    await alice.member.post(`/posts/${id}/edit`, { title: "Moved again", body: "to seven" });
    await page.waitForSelector(".post:has-text('to seven')");
    await page.waitForFunction(() => document.title === "(1) Moved again · Birdie");
    const again = await shown(page);
    await page.reload();
    await live(page);
    expect(await shown(page)).toEqual(again);
  });
});

/** The name of the tab, and the post without its time. */
const shown = (page: Page) =>
  page.evaluate(() => {
    const post = document.querySelector(".post")?.cloneNode(true);
    if (!(post instanceof Element)) throw new Error("no post is shown");
    for (const time of post.querySelectorAll("time")) time.remove();
    return [document.title, post.textContent.replace(/\s+/g, " ").trim()];
  });
