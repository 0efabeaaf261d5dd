import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, look } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { until } from "../support/until.ts";
import { badge, live, say, shows, title } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT E, and F1, F6, F7: what counts as read, and what a page knows when its socket does not tell. */
describe.skipIf(!chromiumPath)("reading", () => {
  const journey = new Journey();
  let chat: Chat;

  beforeEach(async () => {
    chat = await journey.chat({ context: { viewport: { width: 1_000, height: 600 } } });
  });

  const isRead = (page: Page) =>
    page.waitForFunction(() =>
      [...document.querySelectorAll("#messages > [data-own]")].every((own) => own.hasAttribute("data-read")),
    );
  const cursor = async () => {
    const { rows } = await chat.sql("select read_up_to from room_members where user_id = 'bob'");
    return Number(rows[0]?.["read_up_to"]);
  };

  test("E1, E3: who looks at the room reads what arrives; their other tab never shows a number", async () => {
    const [atAlice, atBob, feed] = [
      await chat.alice.open(chat.path),
      await chat.bob.open(chat.path),
      await chat.bob.open("/"),
    ];
    const seen = await feed.evaluateHandle(() => {
      const seen: string[] = [];
      const badge = document.querySelector("#message-badge")?.parentElement;
      if (badge)
        new MutationObserver(() => seen.push(badge.textContent ?? "")).observe(badge, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      return seen;
    });
    await say(atAlice, "hello");
    await shows(atBob, "hello");
    await isRead(atAlice);
    await badge(feed, "message", 0);
    expect((await seen.jsonValue()).filter((text) => /[1-9]/.test(text.replaceAll(/\D*0\D*/g, "")))).toEqual([]);
  });

  test("E2, F7: a tab that is hidden, left or scrolled up reads nothing; its title counts up; looking reads", async () => {
    await chat.fill(60);
    const atBob = await chat.bob.open(chat.path);
    for (const [isLooking, isHidden] of [
      [false, true],
      [false, false],
    ] as const) {
      await look(atBob, isLooking, isHidden);
      const before = await cursor();
      await chat.says(chat.alice, `unseen, hidden: ${isHidden}`);
      await chat.says(chat.alice, "unseen, too");
      await shows(atBob, "unseen, too");
      await title(atBob, 2);
      expect(await cursor()).toBe(before);
      await look(atBob, true);
      await title(atBob, 0);
      expect(await cursor()).toBeGreaterThan(before);
    }
    await atBob.locator(".log").evaluate((log) => log.scrollTo(0, 900));
    const before = await cursor();
    await chat.says(chat.alice, "below");
    await badge(atBob, "message", 1);
    expect(await cursor()).toBe(before);
    await atBob.locator(".pill").click();
    await badge(atBob, "message", 0);
  });

  test("E4, E7: what is read in one tab is read in all; one of two tabs in the room may go", async () => {
    const [first, second, feed] = [
      await chat.bob.open(chat.path),
      await chat.bob.open(chat.path),
      await chat.bob.open("/"),
    ];
    for (const page of [first, second]) await look(page, false);
    await chat.says(chat.alice, "one");
    await Promise.all([badge(feed, "message", 1), title(feed, 1)]);
    await first.close();
    const atAlice = await chat.alice.open(chat.path);
    await atAlice.waitForSelector("#presence .here[data-author=bob]");
    await look(second, true);
    await Promise.all([badge(feed, "message", 0), title(feed, 0)]);
    await second.close();
    await atAlice.waitForSelector("#presence .here[data-author=bob]", { state: "detached" });
  });

  test("E5: the cursor moves forward only; 'unread from here' is the one step back, and nothing reads on by itself", async () => {
    const atBob = await chat.bob.open(chat.path);
    const { json: first } = await chat.says(chat.alice, "one");
    const { json: second } = await chat.says(chat.alice, "two");
    await shows(atBob, "one", "two");
    await until(async () => (await cursor()) >= second.id);
    await chat.bob.member.post(`${chat.path}/read`, { upTo: first.id });
    expect(await cursor()).toBe(second.id);
    await atBob.locator(`#message-${second.id} .message-menu > summary`).click();
    await atBob.locator(`#message-${second.id} form[action$="/unread"] button`).click();
    await atBob.waitForSelector(`#message-${second.id} .message-menu:not([open]) > summary:focus`);
    await live(atBob);
    await atBob.waitForFunction(() => document.title.startsWith("(1)"));
    // What that means is said at once, and the line stands where it begins.
    expect(await atBob.locator("#held").textContent()).toContain("Marked unread");
    expect(await atBob.locator("#new-line + article").getAttribute("data-message-id")).toBe(String(second.id));
    // Longer than a reader needs to have read: a message that is said in between tells that it has passed.
    await look(atBob, true);
    await chat.says(chat.alice, "three");
    await badge(atBob, "message", 2);
    expect(await cursor()).toBeLessThan(second.id);
    // Whoever speaks has read: that ends it, without leaving the room.
    await say(atBob, "four");
    await badge(atBob, "message", 0);
    expect(await atBob.locator("#held").textContent()).toBe("");
    const { json: last } = await chat.says(chat.alice, "five");
    await until(async () => (await cursor()) >= last.id);
  });

  test("E1, J1: what somebody said who is banned by now is read as any other's", async () => {
    const { json: said } = await chat.says(chat.alice, "goodbye");
    await chat.sql("update accounts set banned_at_ms = 1 where user_id = 'alice'");
    const atBob = await chat.bob.open(chat.path);
    await atBob.waitForSelector(".room-note:not(:empty)");
    await badge(atBob, "message", 0);
    expect(await cursor()).toBe(said.id);
  });

  test("E6: a tab that crashes swallows nothing: what is said right after is unread when its reader comes back", async () => {
    const atBob = await chat.bob.open(chat.path);
    const session = await atBob.context().newCDPSession(atBob);
    const isGone = new Promise((resolve) => atBob.once("crash", resolve));
    await Promise.race([session.send("Page.crash").catch(() => undefined), isGone]);
    await isGone;
    await chat.says(chat.alice, "are you there?");
    await badge(await chat.bob.open("/"), "message", 1);
  });

  test("E12: a page that comes back from the browser's cache or from sleep shows what was missed, though its socket seems open", async () => {
    const page = await chat.bob.open(chat.path);
    // What the socket should have brought is taken away: only asking for the page again can tell.
    await chat.says(chat.alice, "missed");
    await shows(page, "missed");
    await page.evaluate(() => document.querySelector("#messages > article:last-of-type")?.remove());
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await shows(page, "missed");
    await page.evaluate(() => document.querySelector("#messages > article:last-of-type")?.remove());
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await shows(page, "missed");
  });

  test("F1: where sockets are blocked a page says so, asks for what is new by itself, and messages still go out", async () => {
    const page = await chat.bob.openWithoutSockets(chat.server.url + chat.path);
    await chat.says(chat.alice, "by poll");
    while ((await page.locator("#messages > article").count()) === 0) await page.clock.runFor(5_000);
    await shows(page, "by poll");
    await say(page, "by post");
    await shows(page, "by poll", "by post");
    expect((await chat.stored()).map(({ body }) => body)).toEqual(["by poll", "by post"]);
  });

  test("E1, E3: where a read did not get through it is said again", async () => {
    const page = await chat.bob.openWithoutSockets(chat.server.url + chat.path);
    let postCount = 0;
    await page.route("**/read", async (route) => {
      postCount++;
      // The network away, then a server that is just coming back.
      if (postCount === 1) await route.abort();
      else if (postCount === 2) await route.fulfill({ status: 503 });
      else await route.continue();
    });
    const { json: line } = await chat.says(chat.alice, "hello");
    await until(async () => {
      await page.clock.runFor(1_000);
      return (await cursor()) >= line.id;
    });
    expect(postCount).toBe(3);
    for (let i = 0; i < 10; i++) await page.clock.runFor(1_000);
    expect(postCount).toBe(3);
  });

  test("F7, G2: what is pushed waits for no timer, which a hidden tab has once a second: rows, lines and badges stand there at once", async () => {
    await chat.says(chat.alice, "before");
    const [list, room] = [await chat.bob.tab(), await chat.bob.tab()];
    for (const [page, path] of [
      [list, "/messages"],
      [room, chat.path],
    ] as const) {
      await page.clock.install();
      await page.goto(chat.server.url + path);
      await live(page);
      await look(page, false, true);
    }
    await chat.bob.context.clock.pauseAt((await list.evaluate(() => Date.now())) + 1_000);
    await chat.acts(chat.bob, `${chat.path}/mute`);
    await list.waitForSelector("#rooms .muted");
    await chat.acts(chat.bob, `${chat.path}/unmute`);
    const lines = ["one", "two", "three"];
    for (const line of lines) await chat.says(chat.alice, line);
    await list.waitForSelector("#rooms .last-message:has-text('three')");
    await shows(room, "before", ...lines);
  });

  test("F6: after a reconnect to another version a banner offers to reload; what is being written stays", async () => {
    const page = await chat.bob.open(chat.path);
    await page.fill("#composer textarea", "half a thought");
    await page.route("**/assets/app.js", (route) =>
      route.request().method() === "HEAD"
        ? route.fulfill({ status: 200, headers: { etag: '"0123456789abcdef"' } })
        : route.continue(),
    );
    await chat.server.restart("killed");
    await page.waitForSelector("p.connection >> text=new version");
    expect(await page.inputValue("#composer textarea")).toBe("half a thought");
    await chat.server.restart("killed");
    await live(page);
    expect(await page.locator("p.connection >> text=new version").count()).toBe(1);
  });
});
