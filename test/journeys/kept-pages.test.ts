import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, linesOn } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { until } from "../support/until.ts";
import { badge, live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/**
 * PRODUCT E12 with the cache that Chromium itself keeps pages in when one leaves them. It keeps ours, though they are
 * `no-store`, as long as no cookie is written and the page holds no socket, lock or channel of its own by then.
 */
describe.skipIf(!chromiumPath)("pages that the browser keeps", () => {
  const journey = new Journey({ keepsPages: true });
  let chat: Chat;
  let url: string;

  beforeEach(async () => {
    chat = await journey.chat();
    url = chat.server.url;
    // The first page of a browser writes down its time zone, and so is not kept.
    await (await chat.bob.open("/")).close();
  });

  const isPresent = () => chat.server.app.presence.presentIn(chat.roomId).includes("bob");
  /** Marks a page as this very one, not another of the same address. */
  const mark = (page: Page) => page.evaluate(() => Object.assign(globalThis, { isThisOne: true }));
  const isThatOne = (page: Page) => page.evaluate(() => Reflect.get(globalThis, "isThisOne") === true);
  const back = (page: Page) => page.goBack({ waitUntil: "commit" });

  test("E12: Back brings the very page, which was nowhere meanwhile, with what it missed, and reads, types and hears on", async () => {
    await chat.says(chat.alice, "before");
    const page = await chat.bob.open(chat.path);
    await shows(page, "before");
    await badge(page, "message", 0);
    await page.fill("#composer textarea", "half a thought");
    await mark(page);
    await page.goto(`${url}/settings`);
    await live(page);
    await until(() => !isPresent());
    await chat.says(chat.alice, "meanwhile");
    await badge(page, "message", 1);

    await back(page);
    await shows(page, "meanwhile");
    expect([await isThatOne(page), await linesOn(page)]).toEqual([true, ["before", "meanwhile"]]);
    expect(await page.inputValue("#composer textarea")).toBe("half a thought");
    await live(page);
    await until(isPresent);
    // Looked at again: it is read.
    await badge(page, "message", 0);
    await say(page, "back again");
    await shows(page, "meanwhile", "back again");
    await chat.says(chat.alice, "welcome back");
    await shows(page, "back again", "welcome back");
    await until(async () => (await chat.bob.member.get("/messages")).json.rooms[0].unreadCount === 0);

    // And forward, to a page whose numbers were right when it was left.
    await page.goForward({ waitUntil: "commit" });
    await badge(page, "message", 0);
    await until(() => !isPresent());
    await chat.says(chat.alice, "for the list");
    await badge(page, "message", 1);
  });

  test("E12: lists and posts come back as they were left, with what came meanwhile", async () => {
    const { json: post } = await chat.acts(chat.alice, "/posts", { title: "A post", body: "Words" });
    await chat.acts(chat.alice, `/posts/${post.id}/comments`, { body: "before" });
    await chat.says(chat.alice, "first");
    for (const [path, change, seen] of [
      ["/messages", () => chat.says(chat.alice, "second"), "#rooms .last-message:text('second')"],
      [
        `/posts/${post.id}`,
        () => chat.acts(chat.alice, `/posts/${post.id}/comments`, { body: "meanwhile" }),
        "#comments :text('meanwhile')",
      ],
    ] as const) {
      const page = await chat.bob.open(path);
      await mark(page);
      await page.goto(`${url}/settings`);
      await live(page);
      await change();
      await back(page);
      await page.waitForSelector(seen);
      expect([path, await isThatOne(page)]).toEqual([path, true]);
      await live(page);
    }
  });

  test("F5: who has signed out sees nothing of what was there by going back, nor does the next who signs in", async () => {
    await chat.says(chat.alice, "between us");
    const page = await chat.bob.open(chat.path);
    await mark(page);
    await page.goto(`${url}/settings`);
    await live(page);
    await page.click(".log-out button");
    await page.waitForURL((address) => address.pathname === "/" || address.pathname === "/login");
    await back(page);
    await page.waitForURL(/\/login/);
    expect(await page.content()).not.toContain("between us");
    await back(page);
    await page.waitForURL(/\/login/);
    expect([await isThatOne(page), (await page.content()).includes("between us")]).toEqual([false, false]);
  });

  test("F5: a sign-in that ended elsewhere leaves nothing to go back to", async () => {
    await chat.says(chat.alice, "between us");
    const page = await chat.bob.open(chat.path);
    await page.goto(`${url}/settings`);
    await live(page);
    await chat.acts(chat.bob, "/settings/sign-ins/end-others");
    await page.waitForURL(/\/login/);
    await back(page);
    await page.waitForURL(/\/login/);
    expect(await page.content()).not.toContain("between us");
  });
});
