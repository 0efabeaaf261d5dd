import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { type Member, signUp, type TestServer } from "../support/server.ts";
import { badge, live, stopClock, title, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT A1 to A9: what rings, what is one row, and what reading does. Bob looks; the others act. */
describe.skipIf(!chromiumPath)("alarms", () => {
  const journey = new Journey();
  let server: TestServer;
  let bob: Visitor;
  let byBob: Member;
  let alice: Member;
  let carol: Member;
  let postId: number;

  beforeEach(async () => {
    server = await journey.server();
    [bob, alice, carol] = await Promise.all([
      journey.visitor("bob", { name: "Bob" }),
      signUp(server, "alice", "앨리스"),
      signUp(server, "carol", "캐럴"),
    ]);
    byBob = bob.member;
    postId = (await byBob.post("/posts", { title: "A fine round", body: "Birdie on the last" })).json.id;
  });

  const rows = (page: Page) => page.locator("#alarms [data-alarm-id]");
  const like = (who: Member, id = postId) => who.post(`/posts/${id}/like`);
  const unlike = (who: Member) => who.post(`/posts/${postId}/unlike`);
  const comment = async (who: Member, body: string, id = postId): Promise<number> =>
    (await who.post(`/posts/${id}/comments`, { body })).json.id;
  const isUnread = (page: Page, text: string) => page.waitForSelector(`#alarms [data-read=false]:has-text("${text}")`);
  const isRead = (page: Page, text: string) =>
    page.waitForSelector(`#alarms [data-read=true]:has-text("${text}"):not(:has(.dot))`);
  /** Notes what has been bright: for two seconds only, and a machine may be busy elsewhere for so long. */
  const noteFlashes = () =>
    bob.context.addInitScript(() => {
      const flashed = new Set<string>();
      Object.assign(window, { flashed });
      const look = () => {
        for (const { id } of document.querySelectorAll(".flash")) flashed.add(id);
      };
      new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter: ["class"] });
    });
  const hasFlashed = (page: Page, id: string) =>
    page.waitForFunction((wanted) => Reflect.get(window, "flashed").has(wanted), id);
  const countOf = async (who: Member) => (await who.get("/alarms")).json.unreadAlarmCount;

  test("A1: a like is in both tabs' badge and title at once, without a reload; not in one's who likes", async () => {
    const tabs = [await bob.open("/"), await bob.open("/messages")];
    for (const tab of tabs) await tab.evaluate("window.stays = true");
    await like(alice);
    await Promise.all(tabs.flatMap((tab) => [badge(tab, "alarm", 1), title(tab, 1)]));
    for (const tab of tabs) {
      expect(await tab.evaluate("window.stays")).toBe(true);
      expect(await tab.locator("link[rel=icon]").getAttribute("href")).toContain("icon-dot.svg");
    }
    expect(await countOf(alice)).toBe(0);
    await unlike(alice);
    await Promise.all(tabs.flatMap((tab) => [badge(tab, "alarm", 0), title(tab, 0)]));
    expect(await tabs[0]?.locator("link[rel=icon]").getAttribute("href")).toContain("icon.svg");
  });

  test("A2: one's own likes and comments ring in no tab", async () => {
    const [inbox, own] = [await bob.open("/alarms"), await bob.open(`/posts/${postId}`)];
    await own.click("article.post form.like button");
    await own.waitForSelector("article.post form.like button[aria-pressed=true]");
    await comment(byBob, "and one of my own");
    // Whatever had been raised before would be there together with this.
    await like(alice);
    await badge(inbox, "alarm", 1);
    await isUnread(inbox, "앨리스");
    expect(await rows(inbox).count()).toBe(1);
  });

  test("A3: liking again and again is one row; a like taken back takes row and badge along", async () => {
    const inbox = await bob.open("/alarms");
    await like(alice);
    await unlike(alice);
    await like(alice);
    await like(alice);
    await badge(inbox, "alarm", 1);
    await isUnread(inbox, "앨리스");
    expect(await rows(inbox).count()).toBe(1);
    await inbox.reload();
    expect(await rows(inbox).count()).toBe(1);
    await live(inbox);
    await unlike(alice);
    await badge(inbox, "alarm", 0);
    await inbox.waitForFunction(() => document.querySelectorAll("#alarms [data-alarm-id]").length === 0);
  });

  test("A4: many likes are one unread row that counts once; after reading, the next one is a new row", async () => {
    const inbox = await bob.open("/alarms");
    const [dave, erin, frank] = await Promise.all(["dave", "erin", "frank"].map((name) => signUp(server, name)));
    if (!dave || !erin || !frank) throw new Error("three more people are needed");
    for (const who of [alice, carol, dave, erin]) await like(who);
    await isUnread(inbox, "erin and 3 others");
    await badge(inbox, "alarm", 1);
    expect(await rows(inbox).count()).toBe(1);
    await inbox.click(".read-all button");
    await isRead(inbox, "erin and 3 others");
    await badge(inbox, "alarm", 0);
    await like(frank);
    await isUnread(inbox, "frank");
    await isRead(inbox, "erin and 3 others");
    expect(await rows(inbox).allTextContents()).toEqual([
      expect.stringContaining("frank liked"),
      expect.stringContaining("erin and 3 others liked"),
    ]);
    await badge(inbox, "alarm", 1);
  });

  test("A5: a person counts once; one, two and more are said in words, in English and Korean", async () => {
    const inbox = await bob.open("/alarms");
    await like(alice);
    await unlike(alice);
    await like(alice);
    await isUnread(inbox, "앨리스 liked your post.");
    await like(carol);
    await isUnread(inbox, "캐럴 and 앨리스 liked your post.");
    await like(await signUp(server, "dave", "Dave"));
    await isUnread(inbox, "Dave and 2 others liked your post.");
    await byBob.post("/settings/language", { language: "ko" });
    await inbox.reload();
    expect(await inbox.locator(".alarm-line").textContent()).toBe("Dave님 외 2명이 회원님의 글을 좋아합니다.");
    // No line ends between a name and its particle.
    expect(await inbox.locator(".alarm-line bdi").textContent()).toBe("Dave님 외 2명이");
  });

  test("A6: comments stand alone, quoted in one line, cut and escaped", async () => {
    const inbox = await bob.open("/alarms");
    await like(alice);
    const long = `<b>bold</b>\n&amp; ${"long ".repeat(60)}`;
    await comment(alice, long);
    await comment(alice, "another");
    await isUnread(inbox, "another");
    expect(await rows(inbox).count()).toBe(3);
    await badge(inbox, "alarm", 3);
    const quote = (await inbox.locator(".excerpt").nth(1).textContent()) ?? "";
    expect(quote).toStartWith("<b>bold</b> &amp; long");
    expect([...quote].length).toBeLessThanOrEqual(101);
    expect(quote).toEndWith("…");
    expect(await inbox.locator(".excerpt b").count()).toBe(0);
  });

  test("A7: a row leads to its comment, in sight, focused and bright, and is read in every tab", async () => {
    const id = await comment(alice, "the one");
    for (let i = 0; i < 20; i++) await comment(byBob, `${"filler ".repeat(40)} ${i}`);
    await noteFlashes();
    const [inbox, other] = [await bob.open("/alarms"), await bob.open("/")];
    await badge(other, "alarm", 1);
    await inbox.click("#alarms [data-alarm-id] > a");
    await inbox.waitForURL(new RegExp(`/posts/${postId}#comment-${id}$`));
    await inbox.waitForSelector(`#comment-${id}:focus`);
    await hasFlashed(inbox, `comment-${id}`);
    const box = await inbox.locator(`#comment-${id}`).boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(inbox.viewportSize()?.height ?? 0);
    await Promise.all([badge(inbox, "alarm", 0), badge(other, "alarm", 0)]);
    await inbox.waitForSelector(`#comment-${id}:not(.flash)`);
  });

  test("A7: also into a new tab, and also to a comment far down its page", async () => {
    const id = await comment(alice, "long ago");
    await Promise.all(Array.from({ length: 60 }, (_, i) => comment(byBob, `later ${i}`)));
    await noteFlashes();
    const inbox = await bob.open("/alarms");
    const [tab] = await Promise.all([
      bob.context.waitForEvent("page"),
      inbox.click("#alarms [data-alarm-id] > a", { modifiers: ["ControlOrMeta"] }),
    ]);
    await isRead(inbox, "long ago");
    await badge(inbox, "alarm", 0);
    await hasFlashed(tab, `comment-${id}`);
    // The plain address finds it, too.
    const plain = await bob.open(`/posts/${postId}#comment-${id}`);
    await hasFlashed(plain, `comment-${id}`);
  });

  test("A8: looking at the post reads its alarms, and only these; a hidden tab reads nothing", async () => {
    const other = (await byBob.post("/posts", { title: "Another", body: "x" })).json.id;
    await like(alice);
    await comment(carol, "seen with the post");
    await like(alice, other);
    const feed = await bob.open("/");
    await badge(feed, "alarm", 3);
    const hidden = await bob.context.newPage();
    await hidden.addInitScript("Object.defineProperty(document, 'hidden', { get: () => !window.isShown })");
    await hidden.clock.install();
    await hidden.goto(`${server.url}/posts/${postId}`);
    await live(hidden);
    await hidden.clock.fastForward(5_000);
    expect(await countOf(byBob)).toBe(3);
    await hidden.evaluate("window.isShown = true; document.dispatchEvent(new Event('visibilitychange'))");
    await hidden.clock.fastForward(1_100);
    await badge(feed, "alarm", 1);
    expect((await byBob.get("/alarms")).json.alarms.find((alarm: { isRead: boolean }) => !alarm.isRead).postId).toBe(
      other,
    );
  });

  test("A9: what comes while all is marked read stays unread; undo is there for five seconds", async () => {
    await like(alice);
    await comment(alice, "first");
    const inbox = await bob.open("/alarms");
    await stopClock(inbox);
    await inbox.route("**/alarms/read", async (route) => {
      await comment(carol, "in between");
      await route.continue();
    });
    await inbox.click(".read-all button");
    await isRead(inbox, "first");
    await isUnread(inbox, "in between");
    // Only what is unread can be marked as read.
    expect(
      await inbox
        .locator("#alarms > li")
        .evaluateAll((rows) =>
          rows.map((row) => [
            row.getAttribute("data-read"),
            getComputedStyle(row.querySelector(".read-one") ?? row).display !== "none",
          ]),
        ),
    ).toEqual([
      ["false", true],
      ["true", false],
      ["true", false],
    ]);
    await badge(inbox, "alarm", 1);
    await inbox.unroute("**/alarms/read");

    await inbox.click(".undo-reading button");
    await badge(inbox, "alarm", 3);
    await isUnread(inbox, "first");
    await inbox.waitForSelector(".undo-reading", { state: "detached" });

    await inbox.click(".read-all button");
    await badge(inbox, "alarm", 0);
    await inbox.waitForSelector(".undo-reading");
    await inbox.clock.fastForward(5_100);
    await inbox.waitForSelector(".undo-reading", { state: "detached" });
    expect(await countOf(byBob)).toBe(0);
  });

  test("A9: what does not get through is not passed off as done: neither the undo nor one that is marked as read", async () => {
    await like(alice);
    await comment(alice, "first");
    const inbox = await bob.open("/alarms");
    await stopClock(inbox);
    await inbox.route("**/alarms/*/read", (route) => route.abort());
    await inbox.locator("#alarms > li:first-child summary").click();
    await inbox.locator("#alarms > li:first-child .read-one button").click();
    await inbox.locator("#alarms > li:first-child summary").click();
    await inbox.waitForSelector("#alarms > li:first-child .read-one button");
    await badge(inbox, "alarm", 2);
    await inbox.click(".read-all button");
    await badge(inbox, "alarm", 0);
    await inbox.route("**/alarms/unread", (route) => route.abort());
    await inbox.click(".undo-reading button");
    await inbox.waitForSelector(".undo-reading >> text=No answer. Try again.");
    await inbox.unroute("**/alarms/unread");
    await inbox.click(".undo-reading button");
    await badge(inbox, "alarm", 2);
  });

  test("A9, A11, I4, J2: the undo moves nothing, waits for a pointer, and keys are led to it and back to the list", async () => {
    await like(alice);
    const inbox = await bob.open("/alarms");
    await stopClock(inbox);
    const tops = () =>
      inbox
        .locator("#main h1, #main .chips, #alarms > li")
        .evaluateAll((all) => all.map((element) => element.getBoundingClientRect().top));
    const before = await tops();
    await inbox.locator(".read-all button").focus();
    await inbox.keyboard.press("Enter");
    await inbox.waitForSelector(".undo-reading button:focus");
    await badge(inbox, "alarm", 0);
    expect(await tops()).toEqual(before);
    await inbox.clock.fastForward(11_000);
    expect(await inbox.locator(".undo-reading button:focus").count()).toBe(1);
    await inbox.keyboard.press("Enter");
    await badge(inbox, "alarm", 1);
    // The row is put in anew by the push and keeps the focus; when it goes, what is beside it gets it.
    await inbox.waitForSelector("#alarms a:focus");
    expect(await tops()).toEqual(before);
    await comment(carol, "meanwhile");
    await isUnread(inbox, "meanwhile");
    expect(await inbox.locator("#alarms > li:last-child > a:focus").count()).toBe(1);
    await alice.post(`/posts/${postId}/unlike`);
    await inbox.waitForSelector("#alarms > li:only-child > a:focus");
  });
});
