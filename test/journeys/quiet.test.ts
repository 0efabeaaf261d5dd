import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { testClock } from "../support/clock.ts";
import { Journey } from "../support/journey.ts";
import { makeBrowserKeys, PushService } from "../support/push-service.ts";
import { type Member, signIn, signUp, type TestServer } from "../support/server.ts";
import { badge, live, title, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(180_000);

/** 22:30 in Seoul, where Bob lives. */
const NIGHT_MS = Date.UTC(2026, 10, 22, 13, 30);
const HOUR_MS = 3_600_000;

describe.skipIf(!chromiumPath)("what a page says of quiet hours", () => {
  const clock = testClock();
  const journey = new Journey();
  let server: TestServer;
  let bob: Visitor;
  let byBob: Member;
  let alice: Member;

  beforeEach(async () => {
    clock.set(NIGHT_MS);
    server = await journey.server({
      nowMs: clock.nowMs,
      settings: { "access-token-s": 86_400 },
      push: { allowsLoopback: true },
    });
    [bob, alice] = await Promise.all([journey.visitor("bob", { name: "Bob" }), signUp(server, "alice", "앨리스")]);
    byBob = bob.member;
  });

  const quieten = (quietFrom = "22:00", quietTo = "07:00") =>
    byBob.post("/settings/alarms", { likes: "on", reply: "on", mention: "on", quiet: "on", quietFrom, quietTo });
  const like = async () => {
    const { id } = (await byBob.post("/posts", { title: "On birds", body: "They sing." })).json;
    await alice.post(`/posts/${id}/like`);
  };
  async function open(path: string): Promise<Page> {
    const page = await bob.context.newPage();
    await page.clock.install({ time: clock.nowMs() });
    await page.goto(server.url + path);
    await live(page);
    return page;
  }
  const colour = (page: Page) => page.locator("#alarm-badge").evaluate((it) => getComputedStyle(it).color);

  test("by the bell and in the inbox it says until when; the number is the true one, only softer", async () => {
    await like();
    const loud = await open("/alarms");
    const before = await colour(loud);
    expect(await loud.locator(".moon, .quiet-line").count()).toBe(0);
    await quieten();
    const page = await open("/alarms");
    expect(await page.locator(".tabs .moon").getAttribute("aria-label")).toBe("Quiet until 7:00 AM");
    expect(await page.locator(".quiet-line").textContent()).toContain("Quiet until 7:00 AM. Everything is counted");
    await badge(page, "alarm", 1);
    expect(await colour(page)).not.toBe(before);
    await like();
    await badge(page, "alarm", 2);
    await title(page, 2);
    expect(await colour(page)).not.toBe(before);

    await byBob.post("/settings/language", { language: "ko" });
    for (const path of ["/alarms", "/settings", "/settings/device"]) {
      await page.goto(server.url + path);
      expect(await page.locator(".tabs .moon").getAttribute("aria-label")).toBe("오전 7:00까지 방해 금지");
      expect(await page.locator(".quiet-line").textContent()).toContain("오전 7:00까지 방해 금지");
    }
  });

  test("a page that stays open says so from the first minute on, and no longer when the hours are over", async () => {
    await quieten("23:00", "07:00");
    await like();
    const page = await open("/alarms");
    const signs = page.locator(".moon, .quiet-line");
    const areShown = (isShown: boolean) =>
      page.waitForFunction(
        (is) => [...document.querySelectorAll<HTMLElement>(".moon, .quiet-line")].every(({ hidden }) => hidden !== is),
        isShown,
      );
    expect(await signs.count()).toBe(2);
    await areShown(false);
    const ahead = async (ms: number) => {
      clock.advance(ms);
      await page.clock.fastForward(ms);
    };
    await ahead(0.6 * HOUR_MS);
    await areShown(true);
    await ahead(8 * HOUR_MS);
    await areShown(false);
    // The next night, without a reload.
    await ahead(16 * HOUR_MS);
    await areShown(true);
  });

  test("without a chosen time zone, quiet hours go by the clock of the browser they were set in", async () => {
    const newYork = await journey.visitor("carol", { timezoneId: "America/New_York" });
    const page = await newYork.open("/settings");
    await page.check("[name=quiet]");
    await page.fill("[name=quietFrom]", "08:00");
    await page.fill("[name=quietTo]", "09:00");
    await page.click("form[action='/settings/alarms'] button[type=submit]");
    // The browser's own clock is another one: what the page says goes by the server's, too.
    await page.waitForSelector(".quiet-line:not([hidden])");
    const carol = await signIn(server, "carol", "carol likes birds");
    // 8:30 there; 22:30 in Seoul, 13:30 by UTC.
    expect((await carol.get("/push/manner")).json.isQuiet).toBe(true);
  });

  test("I5, H4: axe finds nothing serious on any page about alarms, in both languages and themes, and nothing is wider than 320 px", async () => {
    const service = journey.keep(new PushService());
    const { p256dh, auth } = await makeBrowserKeys();
    await byBob.post("/push/subscribe", { endpoint: service.endpoint("phone"), keys: { p256dh, auth } });
    await quieten();
    for (let i = 0; i < 3; i++) await like();
    const page = await bob.open("/");
    for (const language of ["en", "ko"]) {
      for (const theme of ["light", "dark"]) {
        await byBob.post("/settings/language", { language });
        await bob.context.addCookies([{ name: "theme", value: theme, url: server.url }]);
        const check = async (path: string) => {
          await page.goto(server.url + path);
          await live(page);
          await page.setViewportSize({ width: 320, height: 800 });
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (theme === "dark") await page.setViewportSize({ width: 1_280, height: 800 });
          const where = [language, theme, path];
          expect([...where, Math.max(0, wider), await seriousFaults(page)]).toEqual([...where, 0, []]);
        };
        for (const path of ["/alarms", "/alarms?kind=MENTION", "/settings", "/settings/device", "/settings/delivery"]) {
          await check(path);
        }
      }
    }
    // With the offer to take it back, and nothing unread.
    await page.goto(`${server.url}/alarms`);
    await live(page);
    await page.click(".read-all button");
    await page.waitForSelector(".undo-reading");
    expect(await seriousFaults(page)).toEqual([]);
  });
});
