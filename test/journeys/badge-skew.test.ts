import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { signUp } from "../support/server.ts";
import { badge } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** What a page noted of its alarm badge: each number that it showed, and when, by the clock that all pages share. */
interface Shown {
  readonly count: number;
  readonly atMs: number;
}

const TABS = 10;
const ALARMS = 5;
/** "Live" is within a second: of several alarms one at least, for a machine that is busy elsewhere holds up tabs as it likes. */
const BOUND_MS = 1_000;

describe.skipIf(!chromiumPath)("one person's many tabs", () => {
  const journey = new Journey();

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
    "R19: ten tabs %s show the same number after each alarm, none skips one or goes back, and of five alarms one at least within a second",
    async (how, sharing) => {
      const server = await journey.server();
      const [alice, bob] = [await journey.visitor("alice"), await signUp(server, "bob")];
      await alice.context.addInitScript((how) => {
        if (how === "off") localStorage.setItem("birdie:one-socket", "off");
      }, sharing);
      await alice.context.addInitScript(noteBadge);
      const { id } = (await alice.member.post("/posts", { title: "Ten tabs", body: "one number" })).json;
      // Not the post itself: looking at it reads its alarms.
      const paths = ["/", "/messages", "/alarms", "/members", "/settings"];
      const tabs: Page[] = [];
      for (let i = 0; i < TABS; i++) tabs.push(await alice.open(paths[i % paths.length] ?? "/"));
      for (let count = 1; count <= ALARMS; count++) {
        await bob.post(`/posts/${id}/comments`, { body: `comment ${count}` });
        await Promise.all(tabs.map((tab) => badge(tab, "alarm", count)));
      }
      const all = await Promise.all(tabs.map(noted));
      for (const shown of all)
        expect(shown.map(({ count }) => count)).toEqual(Array.from({ length: ALARMS + 1 }, (_, i) => i));
      const skewsMs = Array.from({ length: ALARMS }, (_, i) => i + 1).map((count) => {
        const timesMs = all.map((shown) => shown.find((one) => one.count === count)?.atMs ?? Number.NaN);
        return Math.max(...timesMs) - Math.min(...timesMs);
      });
      expect(Math.min(...skewsMs)).toBeLessThan(BOUND_MS);
      console.info(
        `R19, tabs ${how}: the badges of ${TABS} tabs are at most ${Math.ceil(Math.max(...skewsMs))} ms apart`,
      );
    },
  );
});
