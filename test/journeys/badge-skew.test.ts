import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser } from "../support/browser.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { badge, Visitor } from "../support/visitor.ts";

setDefaultTimeout(90_000);

/** What a page noted of its alarm badge: each number that it showed, and when, by the clock that all pages share. */
interface Shown {
  readonly count: number;
  readonly atMs: number;
}

const TABS = 10;
/** "Live" is within a second. */
const BOUND_MS = 1_000;

describe.skipIf(!chromiumPath)("one person's many tabs", () => {
  let browser: Browser;
  let server: TestServer;
  let bob: Member;

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await testServer();
    bob = await signUp(server, "bob");
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  const noteBadge = () => {
    const shown: Shown[] = [];
    Object.assign(globalThis, { shownBadges: shown });
    const look = () => {
      const element = document.getElementById("alarm-badge");
      if (!element) return;
      const count = element.hidden ? 0 : Number(element.textContent);
      if (shown.at(-1)?.count !== count) shown.push({ count, atMs: performance.timeOrigin + performance.now() });
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  };
  const noted = (page: Page) => page.evaluate(() => Reflect.get(globalThis, "shownBadges") as readonly Shown[]);

  test.each([
    ["that share one connection", "on"],
    ["that have one each", "off"],
  ])(
    "R19: ten tabs %s show the same number after each alarm, none skips one or goes back, all within a second",
    async (how, sharing) => {
      const alice = await Visitor.signUp(browser, server.url, `alice_${sharing}`);
      await alice.context.addInitScript((how) => {
        if (how === "off") localStorage.setItem("birdie:one-socket", "off");
      }, sharing);
      await alice.context.addInitScript(noteBadge);
      const write = await alice.context.request.post(`${server.url}/posts`, {
        headers: { origin: server.url, accept: "application/json" },
        form: { title: "Ten tabs", body: "one number" },
      });
      const { id } = await write.json();
      // Not the post itself: looking at it reads its alarms.
      const paths = ["/", "/messages", "/alarms", "/members", "/settings"];
      const tabs: Page[] = [];
      for (let i = 0; i < TABS; i++) tabs.push(await alice.open(paths[i % paths.length] ?? "/"));
      for (let count = 1; count <= 3; count++) {
        await bob.post(`/posts/${id}/comments`, { body: `comment ${count}` });
        await Promise.all(tabs.map((tab) => badge(tab, "alarm", count)));
      }
      const all = await Promise.all(tabs.map(noted));
      for (const shown of all) expect(shown.map(({ count }) => count)).toEqual([0, 1, 2, 3]);
      const skewsMs = [1, 2, 3].map((count) => {
        const timesMs = all.map((shown) => shown.find((one) => one.count === count)?.atMs ?? Number.NaN);
        return Math.max(...timesMs) - Math.min(...timesMs);
      });
      expect(Math.max(...skewsMs)).toBeLessThan(BOUND_MS);
      console.info(
        `R19, tabs ${how}: the badges of ${TABS} tabs are at most ${Math.ceil(Math.max(...skewsMs))} ms apart`,
      );
      expect(alice.faults).toEqual([]);
      await alice.close();
    },
  );
});
