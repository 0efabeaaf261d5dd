import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import type { Chat } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { signUp } from "../support/server.ts";
import { live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);
const LONG_NAME = "가나다라마바사아자차카타파하거";

/** PRODUCT H and the room's part of I: telephones, keyboards, screen readers. */
describe.skipIf(!chromiumPath)("on every screen", () => {
  const journey = new Journey();
  let chat: Chat;

  async function open(context: BrowserContextOptions, names?: readonly [string, string]): Promise<void> {
    chat = await journey.chat({ context, ...(names ? { names } : {}) });
  }
  const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

  test("H1: list, room and Back are real pages; two panes where there is room; turning the screen keeps text and end", async () => {
    await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await chat.fill(60);
    await chat.says(chat.bob, "hello");
    const page = await chat.alice.open("/messages");
    await page.locator("#rooms [data-room-id] a").tap();
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    expect(await page.locator("aside.room-list").isVisible()).toBe(false);
    await page.locator("#composer textarea").fill("half a thought");
    await page.setViewportSize({ width: 844, height: 390 });
    await page.waitForFunction(() => innerWidth === 844);
    expect(await page.locator("#composer textarea").inputValue()).toBe("half a thought");
    await page.waitForFunction(() => {
      const log = document.querySelector(".log");
      return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
    await page.goBack();
    await page.waitForURL(/\/messages$/);
    await page.setViewportSize({ width: 1_280, height: 800 });
    await page.goForward();
    await live(page);
    expect(await page.locator("aside.room-list").isVisible()).toBe(true);
  });

  for (const viewport of [
    { width: 320, height: 640 },
    { width: 1_280, height: 800 },
  ]) {
    test(`F2, J2: nothing moves when a lost connection is said and is back, at the end of a room, further up or elsewhere (${viewport.width} px)`, async () => {
      chat = await journey.chat({ context: { viewport }, isWired: true });
      await chat.fill(60);
      const tab = async (path: string) => {
        const page = await chat.alice.tab();
        await page.clock.install();
        await page.goto(chat.wire.url + path);
        await live(page);
        return page;
      };
      const pages = [
        await tab(chat.path),
        await tab(chat.path),
        await tab("/messages"),
        await tab("/settings"),
      ] as const;
      const [, up] = pages;
      await up.locator(".log").evaluate((log) => {
        log.scrollTop -= 300;
      });
      // Where everything is that one could have been looking at, and what the browser counts as having moved by itself.
      const standing = (page: Page) =>
        page.evaluate(() => ({
          all: [...document.querySelectorAll("main, main h1, .log, article, #composer, #rooms li, .setting")].map(
            (one) => {
              const { x, y, width, height } = one.getBoundingClientRect();
              return [one.tagName, one.id, x, y, width, height].join(" ");
            },
          ),
          at: [scrollY, document.querySelector(".log")?.scrollTop, document.querySelector(".log")?.scrollHeight],
        }));
      const banner = async (page: Page) => page.locator("#connection").boundingBox();
      const before = await Promise.all(pages.map(standing));
      chat.wire.cut("reset");
      for (const page of pages) await page.waitForSelector("body[data-live=offline]");
      // From here on the pages' clock stands: what is said for two seconds only stays for as long as the test looks.
      await chat.alice.context.clock.pauseAt(Date.now() + 12_000);
      for (const page of pages) await page.waitForSelector("#connection >> text=Connection lost");
      expect(await Promise.all(pages.map(standing))).toEqual(before);
      // In a room it hangs below the head and covers neither that nor the box.
      const head = await up.locator(".room-head").boundingBox();
      expect(await banner(up)).toMatchObject({
        x: head?.x,
        y: (head?.y ?? 0) + (head?.height ?? 0),
        width: head?.width,
      });
      chat.wire.heal();
      for (const page of pages) await page.evaluate(() => dispatchEvent(new Event("online")));
      for (const page of pages) await page.waitForSelector("#connection >> text=Connected again");
      expect(await Promise.all(pages.map(standing))).toEqual(before);
      await chat.alice.context.clock.fastForward(3_000);
      for (const page of pages) await page.waitForSelector("#connection", { state: "hidden" });
      expect(await Promise.all(pages.map(standing))).toEqual(before);
    });
  }

  test("H1: beside an open room the list stays where it was scrolled to, and the open one is in sight", async () => {
    await open({ viewport: { width: 1_280, height: 420 } });
    const { alice } = chat;
    for (let i = 0; i < 9; i++) {
      const pal = await signUp(chat.server, `pal${i}`);
      const { json } = await alice.member.post("/messages", { userId: pal.userId });
      await pal.post(`/messages/${json.roomId}`, { message: `hello from ${i}` });
    }
    const page = await alice.open("/messages");
    const pane = page.locator(".room-list");
    await pane.evaluate((list) => list.scrollTo(0, 200));
    const row = page.locator("#rooms > :nth-child(6)");
    const top = () => row.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const before = await top();
    await row.locator("a").click();
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    expect(await top()).toBe(before);
    await page.evaluate(() => sessionStorage.clear());
    await page.goto(`${chat.server.url}${await page.locator("#rooms > :last-child a").getAttribute("href")}`);
    await live(page);
    expect(
      await page.locator("#rooms > :last-child").evaluate((last) => last.getBoundingClientRect().bottom <= 420),
    ).toBe(true);
  });

  test("J2: who comes and goes moves nothing: the head is as high as before, with a name on two lines as well", async () => {
    await open({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true }, ["앨리스", LONG_NAME]);
    const { json } = await chat.alice.member.post("/messages", {
      userIds: "bob",
      name: "한강 새벽 라운드 토요일 모임 공지",
    });
    for (const path of [chat.path, `/messages/${json.roomId}`]) {
      const page = await chat.alice.open(path);
      const height = () => page.locator(".room-head").evaluate((head) => head.clientHeight);
      const before = await height();
      const other = await chat.bob.open(path);
      await page.waitForSelector(".here[data-author=bob]");
      expect(await height()).toBe(before);
      await Promise.all([page.close(), other.close()]);
    }
  });

  test("H2: above a keyboard stand the box, the last message and the head, also where the keyboard lies over the page", async () => {
    await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    await chat.fill(60);
    const page = await chat.alice.open(chat.path);
    expect(await page.locator("meta[name=viewport]").getAttribute("content")).toContain(
      "interactive-widget=resizes-content",
    );
    const inSight = async (heightPx: number) => {
      // The end follows the new height in the observer's turn, after the layout.
      await page.waitForFunction(() => {
        const log = document.querySelector(".log");
        return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
      });
      for (const selector of [".room-head", "#messages > article:last-of-type", "#composer"]) {
        const box = await page.locator(selector).boundingBox();
        expect(box?.y ?? -1).toBeGreaterThanOrEqual(0);
        expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(heightPx + 1);
      }
    };
    await inSight(844);
    // Android: the page gets smaller. iOS: only what is seen of it does, and the page is shifted.
    await page.setViewportSize({ width: 390, height: 480 });
    await page.waitForFunction(() => innerHeight === 480);
    await inSight(480);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate(() => {
      if (!visualViewport) return;
      Object.defineProperty(visualViewport, "height", { configurable: true, get: () => 500 });
      visualViewport.dispatchEvent(new Event("resize"));
    });
    await page.waitForSelector("body.is-covered");
    await page.waitForFunction(
      () => (document.querySelector("#composer")?.getBoundingClientRect().bottom ?? 999) <= 501,
    );
    await inSight(500);
    await page.evaluate(() => {
      if (!visualViewport) return;
      Object.defineProperty(visualViewport, "height", { configurable: true, get: () => 844 });
      visualViewport.dispatchEvent(new Event("resize"));
    });
    await page.waitForSelector("body:not(.is-covered)");
    await inSight(844);
  });

  test("H3, H4, H5: at 320 px nothing is cut or scrolls sideways; fonts and targets are large enough; one may zoom", async () => {
    await open({ viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true, locale: "ko-KR" }, [
      LONG_NAME,
      "M".repeat(40),
    ]);
    const { alice, bob } = chat;
    await chat.says(bob, `https://example.org/${"길".repeat(120)}`);
    await chat.says(alice, "가나다라마바사 아자차카타파하 거너더러머버서 어저처커터퍼허");
    const atBob = await bob.open(chat.path);
    const page = await alice.open(chat.path);
    for (const one of [page, atBob]) expect(await widthOf(one)).toBeLessThanOrEqual(320);
    expect(
      await page
        .locator("#messages .body")
        .last()
        .evaluate((body) => getComputedStyle(body).wordBreak),
    ).toBe("keep-all");
    expect(
      await page.locator("#composer textarea").evaluate((box) => Number.parseFloat(getComputedStyle(box).fontSize)),
    ).toBeGreaterThanOrEqual(16);
    expect(await page.locator("meta[name=viewport]").getAttribute("content")).not.toMatch(
      /user-scalable|maximum-scale/,
    );
    for (const selector of [".room-head .round", "#composer .send", ".message-menu > summary"]) {
      const box = await page.locator(selector).first().boundingBox();
      expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
    }
    // The name of the other is whole in the head as well, on a telephone in one line.
    const head = atBob.locator(".room-head h1");
    expect(await head.textContent()).toBe(LONG_NAME);
    // Less than a third line is out of sight: what glyphs reach over theirs.
    expect(await head.evaluate((h1) => h1.scrollHeight - h1.clientHeight)).toBeLessThan(16);
    await atBob.setViewportSize({ width: 390, height: 844 });
    expect(await head.evaluate((h1) => h1.getClientRects()[0]?.height ?? 99)).toBeLessThan(24);
    await atBob.setViewportSize({ width: 320, height: 640 });
    // Nor does a long name make the words under it narrower.
    const widthIn = (one: Page) =>
      one
        .locator("#messages > :not([data-own]) .bubble")
        .first()
        .evaluate((bubble) => bubble.clientWidth);
    expect(await widthIn(page)).toBeGreaterThan(150);
    await atBob.goto(`${chat.server.url}/messages`);
    expect(await widthOf(atBob)).toBeLessThanOrEqual(320);
    const name = atBob.locator(".room-name").first();
    expect(await name.textContent()).toBe(LONG_NAME);
    expect(await name.evaluate((element) => element.scrollWidth <= element.clientWidth)).toBe(true);
  });

  test("H3: a tap shows what can be done with a message, but not one that selects, follows or closes; so do keys, and a button without script", async () => {
    await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
    const { alice, bob } = chat;
    for (let i = 1; i <= 8; i++) await chat.says(bob, `line ${i} https://example.org/${i}`);
    const page = await alice.open(chat.path);
    const opacity = (one: Page) =>
      one
        .locator(".message-menu > summary")
        .first()
        .evaluate((summary) => getComputedStyle(summary).opacity);
    expect(await opacity(page)).toBe("0");
    const shown = page.locator(".message-menu[open] > .menu-items");
    const tapOn = async (nth: number) => {
      const box = await page.locator("#messages > article .bubble").nth(nth).boundingBox();
      await page.touchscreen.tap((box?.x ?? 0) + 20, (box?.y ?? 0) + 12);
    };
    for (const nth of [0, 7]) {
      await tapOn(nth);
      await shown.waitFor();
      const box = await shown.boundingBox();
      expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390);
      const log = await page.locator(".log").boundingBox();
      expect(box?.y ?? -1).toBeGreaterThanOrEqual(log?.y ?? 0);
      expect((box?.y ?? 0) + (box?.height ?? 999)).toBeLessThanOrEqual((log?.y ?? 0) + (log?.height ?? 0) + 1);
      // The same again closes it.
      await tapOn(nth);
      await shown.waitFor({ state: "hidden" });
    }
    // A tap that ends a selection does nothing else, and one on a link follows it.
    await page.locator("#messages > article .body").nth(1).selectText();
    await tapOn(3);
    await page.waitForFunction(() => getSelection()?.type !== "Range");
    expect(await shown.count()).toBe(0);
    const [tab] = await Promise.all([
      alice.context.waitForEvent("page"),
      page.locator("#messages .body a").nth(2).tap(),
    ]);
    await tab.close();
    expect(await shown.count()).toBe(0);
    await page.keyboard.press("Tab");
    await page.locator(".message-menu > summary").first().focus();
    expect(await opacity(page)).toBe("1");
    await page.keyboard.press("Enter");
    await shown.waitFor();
    await page.keyboard.press("Escape");
    await shown.waitFor({ state: "hidden" });
    const plain = await journey.browser.newContext({ hasTouch: true, isMobile: true, javaScriptEnabled: false });
    await plain.addCookies(await alice.context.cookies());
    const still = await plain.newPage();
    await still.goto(chat.server.url + chat.path);
    expect(await opacity(still)).toBe("1");
    await still.locator(".message-menu > summary").first().tap();
    await still.locator(".message-menu[open] > .menu-items").waitFor();
    await plain.close();
  });

  test("H1: the menu beside a word of one's own, and its question, stay in the list, in both languages and every width", async () => {
    await open({ viewport: { width: 1_280, height: 800 }, locale: "en-GB" });
    const { alice } = chat;
    for (const words of ["a", "a long line ".repeat(40).trim()]) await chat.says(alice, words);
    const page = await alice.open(chat.path);
    for (const [language, widths] of [
      ["en", [1_280, 1_000, 700, 390, 320]],
      ["ko", [1_280, 320]],
    ] as const) {
      await alice.context.setExtraHTTPHeaders({ "accept-language": language });
      await page.reload();
      await live(page);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 800 });
        for (const nth of [0, 1]) {
          const menu = page.locator("#messages > [data-own] .message-menu").nth(nth);
          await menu.locator("> summary").click();
          await menu.locator(".sure > summary").click();
          const ends = await menu.evaluate((element) => {
            const items = element.querySelector(".menu-items");
            const list = element.closest(".log")?.getBoundingClientRect();
            const panel = items?.getBoundingClientRect();
            if (!items || !list || !panel) throw new Error("no menu");
            return {
              left: panel.left - list.left,
              right: list.right - panel.right,
              over: items.scrollWidth - items.clientWidth,
            };
          });
          expect(Math.min(ends.left, ends.right)).toBeGreaterThanOrEqual(4);
          expect(ends.over).toBe(0);
          await page.keyboard.press("Escape");
        }
      }
    }
  });

  test("I1: new lines of others are said aloud once; one's own and earlier pages are not", async () => {
    await open({ viewport: { width: 1_000, height: 600 } });
    await chat.fill(120);
    const page = await chat.alice.open(chat.path);
    const log = page.locator("#messages");
    expect(await log.getAttribute("role")).toBe("log");
    // Before the script, too: it writes every time of the list anew, and a screen reader would read them all out.
    const html = await (await page.request.get(page.url())).text();
    expect(html).toMatch(/<div id="messages"[^>]* role="log"[^>]* aria-live="off"/);
    const spoken = () => page.locator("#speaker").textContent();
    await page.locator(".log").evaluate((log) => log.scrollTo(0, 0));
    await page.waitForFunction(() => document.querySelectorAll("#messages > article").length > 50);
    await say(page, "my own");
    await shows(page, "my own");
    expect(await spoken()).toBe("");
    await chat.says(chat.bob, "hello there");
    await page.waitForFunction(() => document.querySelector("#speaker")?.textContent === "Bob: hello there");
  });

  test("I2, I4: the list is walked by arrows, a room entered and left by keys; Escape closes only what lies on top", async () => {
    await open({ viewport: { width: 1_000, height: 600 } });
    await chat.alice.member.post("/messages", { userId: "bob" });
    await chat.says(chat.bob, "hello");
    const page = await chat.alice.open("/messages");
    await page.locator("#rooms [data-room-id] a").first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    // An answer is begun, and a menu is open above it: Escape closes the menu first, and gives the focus back.
    await page.locator("#composer textarea").fill("a draft");
    await page.locator("#composer textarea").fill("");
    await say(page, "mine");
    await shows(page, "mine");
    await page.keyboard.press("ArrowUp");
    await page.waitForSelector(".mode >> text=Editing");
    const menu = page.locator("#messages > [data-own] .message-menu").last();
    await menu.locator("> summary").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    expect(await menu.getAttribute("open")).toBeNull();
    expect(await menu.locator("> summary").evaluate((summary) => summary === document.activeElement)).toBe(true);
    expect(await page.locator(".mode").isVisible()).toBe(true);
    // A fragment that arrives takes no focus away.
    await chat.says(chat.bob, "meanwhile");
    await shows(page, "meanwhile");
    expect(await menu.locator("> summary").evaluate((summary) => summary === document.activeElement)).toBe(true);
    await page.locator("#composer textarea").focus();
    await page.keyboard.press("Escape");
    expect(await page.locator(".mode").isVisible()).toBe(false);
  });
});
