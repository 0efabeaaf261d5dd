import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, look } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { badge, live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT I1 and I2 as whole ways through: without a mouse, and without eyes. */
describe.skipIf(!chromiumPath)("by keyboard and by ear", () => {
  const journey = new Journey();
  let chat: Chat;

  beforeEach(async () => {
    chat = await journey.chat({ context: { viewport: { width: 1_000, height: 600 } } });
  });

  /** Presses a key until what has the focus matches; fails where it never does. */
  async function pressUntil(page: Page, key: string, selector: string): Promise<void> {
    for (let i = 0; i < 60; i++) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
      await page.keyboard.press(key);
    }
    throw new Error(`${key} does not lead to ${selector}`);
  }
  const focused = (page: Page, selector: string) =>
    page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector);

  test("I2: to the inbox, through its rows, to what a row is about and Back to that row, without a mouse", async () => {
    const { alice, bob } = chat;
    const postId = Number((await bob.member.post("/posts", { title: "A fine round", body: "Birdie" })).json.id);
    for (const body of ["one", "two", "three"]) await alice.member.post(`/posts/${postId}/comments`, { body });
    const page = await bob.open("/");
    await badge(page, "alarm", 3);
    await pressUntil(page, "Tab", "a[href='/alarms']");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/alarms$/);
    await live(page);
    await pressUntil(page, "Tab", "#alarms [data-alarm-id] > a");
    await page.keyboard.press("ArrowDown");
    await focused(page, "#alarms > :nth-child(2) > a");
    const row = await page.evaluate(() => document.activeElement?.parentElement?.id);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/posts\/\d+#comment-\d+$/);
    await live(page);
    await focused(page, new URL(page.url()).hash);
    await page.goBack();
    await live(page);
    await focused(page, `#${row} > a`);
    // From there on it is the list again.
    await page.keyboard.press("ArrowUp");
    await focused(page, "#alarms > :nth-child(1) > a");
    // Its menu is opened by keys; Escape closes it and leads back to what opened it.
    await pressUntil(page, "Tab", "#alarms > :nth-child(1) summary");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#alarms > :nth-child(1) details[open]");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await page.waitForSelector("#alarms > :nth-child(1) details:not([open])");
    await focused(page, "#alarms > :nth-child(1) summary");
  });

  test("I2: through the list of rooms by arrows, into a room, and Back to its row", async () => {
    const { alice, bob } = chat;
    await bob.member.post("/messages", { userId: "bob", members: ["alice"], name: "three" });
    await chat.says(bob, "hello");
    const page = await alice.open("/messages");
    await pressUntil(page, "Tab", "#rooms .room-row > a");
    await page.keyboard.press("End");
    const href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    await page.goBack();
    await page.waitForURL(/\/messages$/);
    await live(page);
    await focused(page, `#rooms .room-row > a[href="${href}"]`);
  });

  test("I2: from the box to a message, from one to the next, through its menu, and back to the box", async () => {
    const { alice, bob } = chat;
    for (const text of ["one", "two", "three"]) await chat.says(bob, text);
    const page = await alice.open(chat.path);
    await focused(page, "#composer textarea");
    await pressUntil(page, "Shift+Tab", "#messages > :last-child summary");
    await page.keyboard.press("ArrowUp");
    await focused(page, "#messages > :nth-last-child(2) summary");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".message-menu[open]");
    await page.keyboard.press("ArrowDown");
    await focused(page, ".message-menu[open] [data-answer]");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    await page.waitForSelector(".message-menu:not([open]) > summary:focus");
    await focused(page, "#messages > :nth-last-child(2) summary");
    // The top layer only: the next one leads on.
    await page.keyboard.press("Escape");
    await focused(page, "#composer textarea");
    // The list itself shows that it has the focus.
    await pressUntil(page, "Shift+Tab", "#messages");
    expect(await page.locator(".log").evaluate((log) => getComputedStyle(log).outlineStyle)).toBe("solid");
  });

  test("I2: who deletes a message by keys stands at the one beside it, also where that names nobody", async () => {
    const { alice } = chat;
    for (const text of ["one", "two", "three"]) await chat.says(alice, text);
    const page = await alice.open(chat.path);
    await pressUntil(page, "Shift+Tab", "#messages > :last-child summary");
    await page.keyboard.press("Enter");
    await pressUntil(page, "Tab", "#messages .sure > summary");
    await page.keyboard.press("Enter");
    await pressUntil(page, "Tab", "#messages .sure[open] button");
    await page.keyboard.press("Enter");
    await shows(page, "one", "two");
    await focused(page, "#messages > :last-child :is(a, summary)");
  });

  test("B5, I2: from an empty box pages are turned, and End leads to the latest; with words in it End is the cursor's", async () => {
    await chat.fill(60);
    const page = await chat.alice.open(chat.path);
    await focused(page, "#composer textarea");
    const gap = () =>
      page.locator(".log").evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));
    const away = () =>
      page.waitForFunction(() => {
        const log = document.querySelector(".log");
        return log && log.scrollHeight - log.scrollTop - log.clientHeight > 200;
      });
    await page.keyboard.press("PageUp");
    await away();
    await page.keyboard.press("End");
    await page.waitForFunction(() => {
      const log = document.querySelector(".log");
      return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
    await page.keyboard.type("words");
    await page.keyboard.press("PageUp");
    await away();
    await page.keyboard.press("Home");
    await page.keyboard.press("End");
    await page.keyboard.type("!");
    expect(await page.locator("#composer textarea").inputValue()).toBe("words!");
    expect(await gap()).toBeGreaterThan(200);
  });

  test("I2: who pressed with a mouse finds no focus they never set when they come Back", async () => {
    await chat.says(chat.bob, "hello");
    const page = await chat.alice.open("/messages");
    await page.locator("#rooms .room-row > a").first().click();
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    await page.goBack();
    await page.waitForURL(/\/messages$/);
    await live(page);
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
  });

  test("I1: all that is ever said aloud of a room is what others say while one looks; faults are alerts", async () => {
    await chat.fill(120);
    const page = await chat.alice.open(chat.path);
    expect(await page.locator("#speaker").getAttribute("role")).toBe("status");
    expect(await page.locator("#messages").getAttribute("aria-live")).toBe("off");
    await page.evaluate(() => {
      const heard: string[] = [];
      Object.assign(window, { heard });
      const speaker = document.getElementById("speaker");
      const note = () => void heard.push(speaker?.textContent ?? "");
      if (speaker) new MutationObserver(note).observe(speaker, { childList: true, characterData: true, subtree: true });
    });
    const heard = () => page.evaluate(() => ("heard" in window ? window.heard : undefined));
    await page.locator(".log").evaluate((log) => log.scrollTo(0, 0));
    await page.waitForFunction(() => document.querySelectorAll("#messages > article").length > 50);
    await say(page, "my own");
    await shows(page, "my own");
    // From another tab of one's own it is one's own, too.
    const other = await chat.alice.open(chat.path);
    await say(other, "mine from elsewhere");
    await other.close();
    await shows(page, "mine from elsewhere");
    expect(await heard()).toEqual([]);
    await look(page, true);
    await chat.says(chat.bob, "hello there");
    await shows(page, "hello there");
    await page.waitForFunction(() => document.querySelector("#speaker")?.textContent === "Bob: hello there");
    expect(await heard()).toEqual(["Bob: hello there"]);
    // A fault is said at once.
    await page.locator("#composer textarea").fill("x".repeat(5_000));
    await page.keyboard.press("Enter");
    await page.waitForFunction(() =>
      [...document.querySelectorAll("[role=alert]")].some(({ textContent }) => textContent?.trim()),
    );
  });
});
