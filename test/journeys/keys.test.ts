import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import type { Chat } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";

setDefaultTimeout(120_000);

const open = "dialog.keys[open]";

/** Waits for what a page loads behind everything else, the keys among it. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("body[data-ready]");
}

describe.skipIf(!chromiumPath)("the list of keys", () => {
  const journey = new Journey();
  let chat: Chat;

  beforeEach(async () => {
    chat = await journey.chat();
  });

  test('I2, I4: "?" shows it as a dialog in front of every page of a member, and Escape leads back to where one was', async () => {
    const { alice, bob } = chat;
    const postId = Number((await bob.member.post("/posts", { title: "A fine round", body: "Birdie" })).json.id);
    const paths = ["/", `/posts/${postId}`, "/alarms", "/messages", "/members/bob", "/search", "/settings", "/since"];
    const page = await alice.open("/");
    for (const path of paths) {
      await page.goto(chat.server.url + path);
      await settled(page);
      const link = page.locator("a.gear[href='/settings']");
      await link.focus();
      await page.keyboard.press("?");
      const dialog = page.locator(open);
      await dialog.waitFor();
      expect(await dialog.evaluate((shown) => shown.matches(":modal"))).toBe(true);
      expect(await page.getByRole("dialog", { name: "Keyboard shortcuts" }).count()).toBe(1);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Close");
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(await link.evaluate((node) => node === document.activeElement)).toBe(true);
      expect(new URL(page.url()).pathname).toBe(path);
    }
    // The same key puts it away, and so does a press beside it.
    await page.keyboard.press("?");
    await page.waitForSelector(open);
    await page.keyboard.press("?");
    await page.waitForSelector(open, { state: "detached" });
    await page.keyboard.press("?");
    await page.waitForSelector(open);
    await page.mouse.click(2, 2);
    await page.waitForSelector(open, { state: "detached" });
  });

  test("I2: while one writes it is a question mark, in a conversation too, and outside of its box the list", async () => {
    await chat.says(chat.bob, "hello");
    const page = await chat.alice.open(chat.path);
    await settled(page);
    const box = page.locator("#composer textarea");
    await page.keyboard.type("really?");
    expect(await box.inputValue()).toBe("really?");
    await page.locator("#messages summary").first().focus();
    await page.keyboard.press("?");
    await page.waitForSelector(open);
    // Nothing that is typed now is meant for the box behind it.
    await page.keyboard.type("oh");
    expect(await box.inputValue()).toBe("really?");
    await page.keyboard.press("Escape");
    await page.waitForSelector(open, { state: "detached" });
    for (const path of ["/search", "/settings"]) {
      await page.goto(chat.server.url + path);
      await settled(page);
      const field = page.locator("main input[type=search], main input[name=name]").first();
      await field.focus();
      await page.keyboard.press("End");
      await page.keyboard.type("?");
      expect(await field.inputValue()).toEndWith("?");
      expect(await page.locator("dialog").count()).toBe(0);
    }
  });

  test('I4: "?" can be switched off for this device (WCAG 2.1.4); the link still leads to it, and there it is switched on again', async () => {
    const page = await chat.alice.open("/");
    await settled(page);
    await page.keyboard.press("?");
    await page.locator(`${open} #keys-by-mark`).uncheck();
    await page.keyboard.press("Escape");
    await page.waitForSelector(open, { state: "detached" });
    await page.goto(`${chat.server.url}/settings`);
    await settled(page);
    await page.keyboard.press("?");
    // It is shown once its page has come: had the key asked for that, the link would now find it open.
    await page.click("main a[href='/settings/keys']");
    await page.waitForSelector(open);
    expect(await page.locator("dialog").count()).toBe(1);
    const box = page.locator(`${open} #keys-by-mark`);
    expect(await box.isChecked()).toBe(false);
    await page.keyboard.press("?");
    expect(await page.locator(open).count()).toBe(1);
    await box.check();
    await page.keyboard.press("?");
    await page.waitForSelector(open, { state: "detached" });
    await page.goto(`${chat.server.url}/settings/keys`);
    await settled(page);
    expect(await page.locator("#keys-by-mark").isChecked()).toBe(true);
  });

  test("a link in the settings leads to it, in both languages, to a page of its own without script", async () => {
    const page = await chat.alice.open("/settings");
    await settled(page);
    await page.click("main a[href='/settings/keys']");
    await page.waitForSelector(open);
    expect(new URL(page.url()).pathname).toBe("/settings");
    const keyCount = await page.locator("kbd").count();
    await page.click(`${open} button`);
    await page.waitForSelector(open, { state: "detached" });
    const plain = await journey.visitor("carol", { javaScriptEnabled: false, locale: "ko-KR" });
    const korean = await plain.open("/settings");
    await korean.click("main a[href='/settings/keys']");
    await korean.waitForURL(/\/settings\/keys$/);
    expect(await korean.locator("h1").textContent()).toBe("키보드 단축키");
    expect(await korean.locator("kbd").count()).toBe(keyCount);
    expect(keyCount).toBeGreaterThan(10);
  });

  test("I5, H4: axe finds nothing serious on it, page or dialog, in both languages and themes; 320 px hold it", async () => {
    const { alice, server } = chat;
    const page = await alice.open("/");
    for (const language of ["en", "ko"]) {
      await alice.member.post("/settings/language", { language });
      for (const theme of ["light", "dark"]) {
        await alice.context.addCookies([{ name: "theme", value: theme, url: server.url }]);
        await page.setViewportSize({ width: theme === "dark" ? 1_280 : 320, height: 640 });
        for (const path of ["/settings/keys", "/alarms"]) {
          await page.goto(server.url + path);
          await settled(page);
          await page.keyboard.press("?");
          if (path === "/alarms") await page.waitForSelector(open);
          const wider = await page.evaluate(() => {
            const inner = document.querySelector("dialog");
            const over = document.documentElement.scrollWidth - innerWidth;
            return Math.max(0, over, inner ? inner.scrollWidth - inner.clientWidth : 0);
          });
          const where = [language, theme, path];
          expect([...where, wider, await seriousFaults(page)]).toEqual([...where, 0, []]);
        }
      }
    }
    expect(await page.locator("html").getAttribute("lang")).toBe("ko");
  });
});
