import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, type ChatOptions, linesOn, showsAll } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { badge, live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT D, and F as far as the network goes: what is said is there once and in order, whatever the wire does. */
describe.skipIf(!chromiumPath)("sending", () => {
  const journey = new Journey();
  let chat: Chat;
  let wire: TcpProxy;

  async function open(options: ChatOptions = {}): Promise<void> {
    chat = await journey.chat({ ...options, isWired: true });
    wire = chat.wire;
  }
  const offline = (page: Page) => page.waitForSelector("body[data-live=offline]");
  const bodies = async () => (await chat.stored()).map(({ body }) => body);
  const state = (page: Page, name: string) => page.waitForSelector(`[data-state=${name}]`);
  const nothingWaits = (page: Page) =>
    page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.includes("outbox")));
  /** The network is back, and the browser says so. */
  const restore = async () => {
    wire.heal();
    for (const { context } of [chat.alice, chat.bob]) await context.setOffline(false);
    for (const { context } of [chat.alice, chat.bob]) {
      for (const page of context.pages()) await page.evaluate(() => dispatchEvent(new Event("online")));
    }
  };

  test("D1: what is said stands there at once, and says that it is being sent only when that takes a while", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    wire.stall();
    await say(page, "hello");
    const pending = page.locator("#messages > [data-state=pending]");
    expect(await pending.locator(".body").textContent()).toBe("hello");
    await page.waitForSelector("[data-state=pending] .state >> text=Sending");
    expect(await page.locator("#composer textarea").inputValue()).toBe("");
    wire.cut();
    wire.heal();
    await showsAll(page, ["hello"]);
    expect(await bodies()).toEqual(["hello"]);
  });

  test("D2, E8: the sender's other tab shows it once, as their own, and nothing of it is unread anywhere", async () => {
    await open();
    const [first, second, feed] = [
      await chat.alice.open(chat.path),
      await chat.alice.open(chat.path),
      await chat.alice.open("/"),
    ];
    await chat.says(chat.bob, "unread before");
    await say(first, "from the first tab");
    await Promise.all([first, second].map((page) => showsAll(page, ["unread before", "from the first tab"])));
    expect(await second.locator("#messages > [data-own]").count()).toBe(1);
    await badge(feed, "message", 0);
  });

  test("D3: without an answer it has failed after ten seconds, and stays so over a reload; tried again it is stored once", async () => {
    await open();
    const page = await chat.alice.tab();
    await page.clock.install();
    await page.goto(wire.url + chat.path);
    await live(page);
    wire.stall();
    await say(page, "anybody?");
    await page.clock.runFor(11_000);
    await state(page, "failed");
    expect(await page.locator("[data-state=failed] .retry").count()).toBe(1);
    expect(await page.locator("[data-state=failed] .discard").count()).toBe(1);
    expect(await page.locator("[data-state=failed] [role=alert]").count()).toBe(1);
    wire.heal();
    wire.cut();
    wire.heal();
    await page.reload();
    await showsAll(page, ["anybody?"]);
    expect(await bodies()).toEqual(["anybody?"]);
  });

  test("D3: what was stored while its answer was lost is not stored twice", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    // The line goes out, the answer is stuck behind a slow wire that is then cut.
    wire.delayMs = 700;
    await say(page, "once");
    await until(async () => (await bodies()).length > 0);
    wire.cut("reset");
    wire.delayMs = 0;
    await offline(page);
    await restore();
    await showsAll(page, ["once"]);
    expect(await bodies()).toEqual(["once"]);
    await nothingWaits(page);
  });

  for (const [name, settings, prepare, line, reason] of [
    [
      "blocked",
      {},
      () => chat.acts(chat.bob, "/members/alice/block"),
      "hello?",
      "Not sent: this person cannot be reached.",
    ],
    ["too long", { "body-bytes": 256 }, undefined, "long ".repeat(60).trim(), "Not sent: too long."],
    ["too fast", { "sends-per-s": 1, "sends-burst": 6 }, undefined, "second", "Not sent: a little slower, please."],
  ] as const) {
    test(`D4: what is refused (${name}) says why in its place, also after a reload; the text is back in the box, and nothing goes out by itself`, async () => {
      const startMs = Date.now();
      await open({ settings, nowMs: () => startMs });
      const page = await chat.alice.open(chat.path);
      // A page that does not know of the block yet: its box is still there.
      if (name === "blocked") {
        await page.evaluate(() => {
          const keep = () => document.querySelector("#room-state")?.setAttribute("hidden", "");
          new MutationObserver(keep).observe(document.body, { subtree: true, childList: true });
        });
      }
      await prepare?.();
      // Until it is too much; that somebody types is a SEND, too.
      for (let i = 0; name === "too fast" && i < 6; i++) {
        await say(page, line);
        await page.waitForFunction(() => !document.querySelector("[data-state=pending]"));
        if ((await page.locator("[data-state=failed]").count()) > 0) break;
      }
      if (name !== "too fast") await say(page, line);
      const isThere = async () => {
        await page.waitForSelector(`[data-state=failed] .state >> text=${reason}`);
        expect(await page.locator("[data-state=failed] .body").textContent()).toBe(line);
        expect(await page.locator("[data-state=failed] [role=alert]").count()).toBe(1);
        expect(await page.locator("#composer textarea").inputValue()).toBe(line);
      };
      await isThere();
      const before = await bodies();
      expect(before.length > 0).toBe(name === "too fast");
      await page.reload();
      await live(page);
      await isThere();
      expect(await bodies()).toEqual(before);
      // The list of rooms says so, too.
      if (name === "too fast") {
        const list = await chat.alice.open("/messages");
        await list.waitForSelector("#rooms .not-sent");
      }
      await page.locator("[data-state=failed] .discard").click();
      await page.waitForFunction(() => !document.querySelector("[data-state]"));
    });
  }

  test("D3, D5: what was said in a room that is not open any more goes out from the page that is, in order, once", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    await chat.says(chat.bob, "hello");
    await shows(page, "hello");
    const feed = await chat.alice.open("/");
    wire.cut();
    await Promise.all([page, feed].map(offline));
    const lines = ["one", "two", "three"];
    for (const line of lines) await say(page, line);
    await page.close();
    const list = await chat.alice.tab();
    wire.heal();
    await Promise.all([list.goto(`${wire.url}/messages`), feed.evaluate(() => dispatchEvent(new Event("online")))]);
    await list.waitForSelector("#rooms .last-message:has-text('three')");
    expect(await bodies()).toEqual(["hello", ...lines]);
    await list.waitForFunction(() => !document.querySelector(".not-sent"));
    await nothingWaits(list);
  });

  test("D5, F2: without a connection the list of rooms says what was not sent; two tabs of a room lose nothing of each other's", async () => {
    await open();
    const [first, second, list] = [
      await chat.alice.open(chat.path),
      await chat.alice.open(chat.path),
      await chat.alice.tab(),
    ];
    await chat.says(chat.bob, "hello");
    await list.clock.install();
    await list.goto(`${wire.url}/messages`);
    await live(list);
    wire.cut();
    await Promise.all([first, second, list].map(offline));
    await say(first, "from the first");
    await say(second, "from the second");
    await say(first, "from the first again");
    await list.clock.fastForward(15_000);
    await list.waitForSelector("#rooms .not-sent");
    const all = ["hello", "from the first", "from the second", "from the first again"];
    await until(async () => Bun.deepEquals(await linesOn(second), all));
    await restore();
    await Promise.all(
      [first, second].map((page) => page.waitForFunction(() => !document.querySelector("[data-state]"))),
    );
    expect((await bodies()).toSorted()).toEqual(all.toSorted());
    await list.waitForFunction(() => !document.querySelector(".not-sent"));
  });

  test("D5: ten lines said offline wait in order, and go out in order, once", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    wire.cut();
    await chat.alice.context.setOffline(true);
    await offline(page);
    const lines = Array.from({ length: 10 }, (_, i) => `offline ${i}`);
    for (const line of lines) await say(page, line);
    expect(await linesOn(page)).toEqual(lines);
    expect(await page.locator("[data-state]").count()).toBe(10);
    await restore();
    await showsAll(page, lines);
    expect(await bodies()).toEqual(lines);
  });

  test("D5: what has waited for more than two minutes is asked about once, then sent or let go", async () => {
    await open();
    const page = await chat.alice.tab();
    await page.clock.install();
    await page.goto(wire.url + chat.path);
    await live(page);
    wire.cut();
    await offline(page);
    await say(page, "old news");
    await page.clock.fastForward(180_000);
    await restore();
    await live(page);
    await page.waitForSelector(".unsent >> text=1 message was not sent");
    expect(await bodies()).toEqual([]);
    await page.locator(".unsent button").first().click();
    await showsAll(page, ["old news"]);
    await page.waitForSelector(".unsent", { state: "hidden" });
    expect(await bodies()).toEqual(["old news"]);
  });

  for (const seconds of [5, 60, 600]) {
    test(`F2, F3: after ${seconds} s without a network everything is there once, in order, on both sides, badges exact`, async () => {
      let aheadMs = 0;
      await open({ nowMs: () => Date.now() + aheadMs });
      const { alice, bob } = chat;
      const pages: Page[] = [];
      for (const [who, path] of [
        [alice, chat.path],
        [bob, chat.path],
        [bob, "/messages"],
      ] as const) {
        const page = await who.tab();
        await page.clock.install();
        await page.goto(wire.url + path);
        await live(page);
        pages.push(page);
      }
      const [atAlice, atBob, list] = pages;
      if (!atAlice || !atBob || !list) throw new Error("three tabs");
      await say(atAlice, "before");
      await Promise.all([shows(atAlice, "before"), shows(atBob, "before")]);
      wire.cut("reset");
      await Promise.all(pages.map(offline));
      for (const line of ["a1", "a2", "a3"]) await say(atAlice, line);
      for (const line of ["b1", "b2", "b3"]) await say(atBob, line);
      // One clock for all tabs of one browser.
      await Promise.all([alice, bob].map(({ context }) => context.clock.fastForward(seconds * 1_000)));
      aheadMs = seconds * 1_000;
      if (seconds >= 60) {
        await Promise.all(pages.map((page) => page.waitForSelector("#connection >> text=Connection lost")));
      }
      await restore();
      await Promise.all(pages.map(live));
      if (seconds > 120) for (const page of [atAlice, atBob]) await page.locator(".unsent button").first().click();
      const lines = ["before", "a1", "a2", "a3", "b1", "b2", "b3"];
      await Promise.all(
        [atAlice, atBob].map((page) =>
          page.waitForFunction((count) => {
            const all = document.querySelectorAll("#messages > [data-message-id]");
            return all.length === count && !document.querySelector("[data-state]");
          }, lines.length),
        ),
      );
      const stored = await bodies();
      expect(stored.toSorted()).toEqual(lines.toSorted());
      // Each side in its own order, and both tabs in that of the server.
      expect(stored.filter((line) => line.startsWith("a"))).toEqual(["a1", "a2", "a3"]);
      expect(stored.filter((line) => /^b\d/.test(line))).toEqual(["b1", "b2", "b3"]);
      await Promise.all([showsAll(atAlice, stored), showsAll(atBob, stored)]);
      // Both look at the room: nothing is unread, in Bob's other tab neither.
      await badge(list, "message", 0);
    });
  }

  for (const [kind, end] of [
    ["cut", () => wire.cut("reset")],
    ["dead without a word", () => wire.stall()],
  ] as const) {
    test(`F2, F3: a network that was ${kind} for a minute: within 2 s of its return the last missed line stands there, by the page's own clock`, async () => {
      await open();
      const page = await chat.bob.tab();
      // The page's clock tells its own wire's heart-beats; what tabs share is the same wire.
      if (kind !== "cut") await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
      await page.clock.install();
      await page.goto(wire.url + chat.path);
      await live(page);
      end();
      for (let i = 0; i < 12; i++) await page.clock.runFor(5_000);
      await offline(page);
      const missed = Array.from({ length: 20 }, (_, i) => `missed ${i}`);
      for (const line of missed) await chat.says(chat.alice, line);
      await page.evaluate((last) => {
        let fromMs = 0;
        addEventListener("online", () => {
          fromMs ||= performance.now();
        });
        const look = () => {
          if (!document.querySelector("#messages")?.textContent?.includes(last)) return;
          document.body.dataset["tookMs"] ??= String(performance.now() - fromMs);
        };
        new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
      }, "missed 19");
      wire.heal();
      // Its clock goes in small steps, each as long as page and server need for it: a machine that is slow has more time.
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await until(async () => {
        await page.clock.runFor(20);
        return (await page.getAttribute("body", "data-took-ms")) !== null;
      });
      expect(Number(await page.getAttribute("body", "data-took-ms"))).toBeLessThan(2_000);
      await showsAll(page, missed);
    });
  }

  test("F2: the server is killed and comes back; those who were there say on, without a reload", async () => {
    await open();
    const [atAlice, atBob] = [await chat.alice.open(chat.path), await chat.bob.open(chat.path)];
    await atAlice.evaluate(() => Object.assign(window, { isSamePage: true }));
    await chat.server.stop("killed");
    await offline(atAlice);
    await say(atAlice, "while it was gone");
    await chat.server.start();
    await Promise.all([showsAll(atAlice, ["while it was gone"]), showsAll(atBob, ["while it was gone"])]);
    expect(await atAlice.evaluate(() => "isSamePage" in window)).toBe(true);
  });

  test("F4: a wire that goes dead without a word is found out, and what was missed follows", async () => {
    await open();
    const page = await chat.alice.tab();
    // The page's clock tells its own wire's heart-beats; what tabs share is the same wire.
    await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    await page.clock.install();
    await page.goto(wire.url + chat.path);
    await live(page);
    wire.stall();
    // Heart-beats come every 20 s: two of them missed is too many.
    for (let i = 0; i < 9; i++) await page.clock.runFor(5_000);
    await offline(page);
    wire.heal();
    // Attempts that were begun on the dead wire are given up; one after them gets through.
    while ((await page.getAttribute("body", "data-live")) !== "connected") await page.clock.runFor(1_000);
    await chat.says(chat.bob, "still there?");
    await shows(page, "still there?");
  });

  test("D7: a sign-in that ended while one was writing is renewed in a new tab; then what waits goes out", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    await page.fill("#composer textarea", "half a thought");
    // All sign-ins end elsewhere: the socket is closed with 4501.
    await chat.sql("delete from sign_ins where user_id = 'alice'");
    await chat.server.restart("killed");
    await page.waitForSelector("#connection a[href='/login']");
    await page.press("#composer textarea", "Enter");
    await state(page, "pending");
    const [tab] = await Promise.all([
      chat.alice.context.waitForEvent("page"),
      page.click("#connection a[href='/login']"),
    ]);
    await tab.fill("[name=userId]", "alice");
    await tab.fill("[name=password]", chat.alice.member.password);
    await tab.click("main button[type=submit]");
    await tab.waitForURL(`${wire.url}/`);
    await tab.close();
    await page.bringToFront();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await showsAll(page, ["half a thought"]);
    expect(await bodies()).toEqual(["half a thought"]);
  });
});
