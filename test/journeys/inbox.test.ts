import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type TestClock, testClock } from "../support/clock.ts";
import { Journey } from "../support/journey.ts";
import { type Member, signUp, type TestServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";
import { badge, live, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const MINUTE_MS = 60_000;

/** PRODUCT A10 to A17: how badge and list look and stay true. Bob looks, in Seoul; the server's clock stands. */
describe.skipIf(!chromiumPath)("the inbox", () => {
  const journey = new Journey();
  let server: TestServer;
  let clock: TestClock;
  let bob: Visitor;
  let byBob: Member;
  let alice: Member;
  let postId: number;

  beforeEach(async () => {
    clock = testClock(Date.UTC(2026, 10, 22, 10, 50));
    server = await journey.server({ nowMs: clock.nowMs, settings: { "access-token-s": 86_400 } });
    [bob, alice] = await Promise.all([journey.visitor("bob", { name: "Bob" }), signUp(server, "alice", "앨리스")]);
    byBob = bob.member;
    postId = (await byBob.post("/posts", { title: "A fine round", body: "Birdie on the last" })).json.id;
  });

  const rows = (page: Page) => page.locator("#alarms [data-alarm-id]");
  const comment = async (who: Member, body: string): Promise<number> =>
    (await who.post(`/posts/${postId}/comments`, { body })).json.id;
  const comments = (count: number) => Promise.all(Array.from({ length: count }, (_, i) => comment(alice, `no. ${i}`)));
  const keysOn = (page: Page): Promise<string[]> =>
    rows(page).evaluateAll((elements) => elements.map((element) => element.id));

  test("A10: the badge is hidden at 0, stops counting at 99+, and says in words what it counts", async () => {
    const page = await bob.open("/");
    const alarmBadge = page.locator("#alarm-badge");
    expect(await alarmBadge.isHidden()).toBe(true);
    await comments(3);
    await badge(page, "alarm", 3);
    expect(await alarmBadge.getAttribute("aria-label")).toBe("3 unread alarms");
    await comments(97);
    await page.waitForFunction(() => document.getElementById("alarm-badge")?.textContent === "99+");
    expect(await alarmBadge.getAttribute("aria-label")).toBe("100 unread alarms");
    await page.waitForFunction(() => document.title.startsWith("(99+) "));
  });

  test("A10: it is said aloud politely, with the latest number, once in five seconds and not on arrival", async () => {
    await comments(2);
    const page = await bob.context.newPage();
    await page.clock.install();
    await page.goto(`${server.url}/`);
    await live(page);
    await badge(page, "alarm", 2);
    const announcer = page.locator("#announcer");
    expect(await announcer.getAttribute("aria-live")).toBe("polite");
    expect(await announcer.textContent()).toBe("");
    // The five seconds pass when the test says so, not while it waits for the others' comments.
    await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
    await comment(alice, "one");
    await badge(page, "alarm", 3);
    await page.clock.runFor(10);
    await page.waitForFunction(() => document.getElementById("announcer")?.textContent === "3 unread alarms");
    await comment(alice, "two");
    await comment(alice, "three");
    await badge(page, "alarm", 5);
    expect(await announcer.textContent()).toBe("3 unread alarms");
    await page.clock.fastForward(5_100);
    await page.waitForFunction(() => document.getElementById("announcer")?.textContent === "5 unread alarms");
  });

  test("A10: in the reader's own colours an unread row keeps its dot, and a button and the chosen list a line around them", async () => {
    await comment(alice, "unread");
    const page = await bob.open("/alarms");
    await page.emulateMedia({ forcedColors: "active" });
    const style = (selector: string, name: "backgroundColor" | "outlineStyle") =>
      page
        .locator(selector)
        .first()
        .evaluate((element, of) => getComputedStyle(element)[of], name);
    expect(await style(".alarm .dot", "backgroundColor")).not.toBe(await style("body", "backgroundColor"));
    expect(await style("main button", "outlineStyle")).toBe("solid");
    expect(await style(".chips [aria-current]", "outlineStyle")).toBe("solid");
    expect(await style(".chips a:not([aria-current])", "outlineStyle")).toBe("none");
  });

  test("A11: what is new comes in at the top; to who has scrolled down a pill says so, and nothing moves", async () => {
    await comments(30);
    const inbox = await bob.open("/alarms");
    await comment(alice, "at the top");
    await inbox.waitForSelector("#alarms li:first-child:has-text('at the top')");
    await inbox.evaluate("scrollTo(0, 900)");
    await inbox.waitForFunction(() => scrollY > 800);
    const witness = rows(inbox).nth(14);
    const before = await witness.boundingBox();
    const id = await witness.getAttribute("id");
    await comment(alice, "unseen");
    const pill = inbox.locator(".pill:not([hidden])", { hasText: "1 new" });
    await pill.waitFor();
    expect((await inbox.locator(`#${id}`).boundingBox())?.y).toBeCloseTo(before?.y ?? 0, 0);
    await pill.click();
    await inbox.waitForFunction(() => scrollY === 0);
    await pill.waitFor({ state: "hidden" });
    expect(await rows(inbox).first().textContent()).toContain("unseen");
  });

  test("A12: pages follow each other without gap or repeat, whatever arrives between them", async () => {
    await comments(45);
    const { alarms } = (await byBob.get("/alarms")).json;
    expect(alarms).toHaveLength(30);
    const inbox = await bob.open("/alarms");
    const first = await keysOn(inbox);
    await comments(5);
    await inbox.waitForFunction(() => document.querySelectorAll("#alarms [data-alarm-id]").length === 35);
    await inbox.click(".older a");
    await inbox.waitForURL(/before=/);
    await live(inbox);
    const second = await keysOn(inbox);
    expect([...first, ...second]).toEqual(Array.from({ length: 45 }, (_, i) => `alarm-${45 - i}`));
    // What is new is no part of an older page.
    await comment(alice, "newest");
    await badge(inbox, "alarm", 51);
    expect(await keysOn(inbox)).toEqual(second);
  });

  test("A12: today becomes yesterday at the reader's own midnight, also while the page is open", async () => {
    // 23:50 in Seoul, which is 14:50 in London.
    clock.set(Date.UTC(2026, 10, 22, 14, 50));
    await comment(alice, "late at night");
    const inbox = await bob.context.newPage();
    await inbox.clock.install({ time: clock.nowMs() });
    await signInAgain(inbox);
    await inbox.goto(`${server.url}/alarms`);
    await live(inbox);
    const heads = () => inbox.locator(".day-head:visible").allTextContents();
    expect(await heads()).toEqual(["Today"]);
    clock.advance(20 * MINUTE_MS);
    await inbox.clock.fastForward(20 * MINUTE_MS);
    await inbox.waitForFunction(() => document.querySelector(".day-head")?.textContent === "Yesterday");
    await comment(alice, "past midnight");
    await inbox.waitForSelector("#alarms :text('past midnight')");
    expect(await heads()).toEqual(["Today", "Yesterday"]);
    clock.advance(24 * 60 * MINUTE_MS);
    await inbox.clock.fastForward(24 * 60 * MINUTE_MS);
    await inbox.waitForFunction(() => document.querySelector(".day-head")?.textContent === "Yesterday");
    expect(await heads()).toEqual(["Yesterday", "Earlier"]);
    await signInAgain(inbox);
    await inbox.goto(`${server.url}/alarms`);
    expect(await heads()).toEqual(["Yesterday", "Earlier"]);
  });

  /** The server's clock has been moved on: the cookies of before have run out. */
  async function signInAgain(page: Page): Promise<void> {
    // A page of ours that is still open would ask again, and take new cookies, right behind the clearing.
    await page.goto("about:blank");
    await bob.context.clearCookies();
    await page.goto(`${server.url}/login`);
    await page.evaluate("document.cookie = 'tz=Asia/Seoul; path=/'");
    await page.fill("[name=userId]", "bob");
    await page.fill("[name=password]", "bob likes birds");
    await page.click("main button[type=submit]");
    await page.waitForURL(`${server.url}/`);
  }

  test("A13: what is deleted takes its row and its count along; an old link says so kindly", async () => {
    const id = await comment(alice, "I take that back");
    await comment(alice, "I stand by this");
    const inbox = await bob.open("/alarms");
    await badge(inbox, "alarm", 2);
    await alice.post(`/comments/${id}/delete`);
    await badge(inbox, "alarm", 1);
    await inbox.waitForFunction(() => document.querySelectorAll("#alarms [data-alarm-id]").length === 1);
    const other = (await byBob.post("/posts", { title: "Gone soon", body: "x" })).json.id;
    await alice.post(`/posts/${other}/like`);
    await badge(inbox, "alarm", 2);
    const stale = inbox.locator("#alarms li:first-child > a");
    const href = await stale.getAttribute("href");
    await byBob.post(`/posts/${other}/delete`);
    await badge(inbox, "alarm", 1);
    const answer = await inbox.goto(server.url + (href ?? ""));
    expect(answer?.status()).toBe(410);
    expect(await inbox.locator("main h1").textContent()).toBe("This was removed");
    expect(await inbox.locator("main .button").count()).toBe(1);
  });

  test("A14: blocking takes the other's rows away at once, and nothing of them comes until and after unblocking", async () => {
    const carol = await signUp(server, "carol", "Carol");
    await comment(alice, "hello");
    await alice.post(`/posts/${postId}/like`);
    await carol.post(`/posts/${postId}/like`);
    const inbox = await bob.open("/alarms");
    await badge(inbox, "alarm", 2);
    expect((await byBob.post("/members/alice/block")).status).toBeLessThan(300);
    await badge(inbox, "alarm", 1);
    await inbox.waitForFunction(() => document.querySelectorAll("#alarms [data-alarm-id]").length === 1);
    await inbox.waitForSelector("#alarms :text('Carol liked')");
    await comment(alice, "are you there? @bob");
    await carol.post(`/posts/${postId}/unlike`);
    await badge(inbox, "alarm", 0);
    await byBob.post("/members/alice/unblock");
    await carol.post(`/posts/${postId}/like`);
    await badge(inbox, "alarm", 1);
    await inbox.reload();
    expect(await rows(inbox).count()).toBe(1);
  });

  test("A16: nothing yet and nothing of this kind are two different things, each with a way on", async () => {
    const inbox = await bob.open("/alarms");
    const blank = inbox.locator(".blank");
    expect(await blank.locator("h2").textContent()).toBe("No alarms yet.");
    expect(await blank.locator("a").getAttribute("href")).toBe("/");
    await comment(alice, "the first");
    await blank.waitFor({ state: "hidden" });
    await inbox.click(".chips a:has-text('Mentions')");
    await inbox.waitForURL(/kind=MENTION/);
    await live(inbox);
    expect(await blank.locator("h2").textContent()).toBe("Nobody has mentioned you yet.");
    expect(await blank.locator("a").getAttribute("href")).toBe("/alarms");
    // Another kind does not come into a filtered list; this kind does.
    await comment(alice, "the second");
    await badge(inbox, "alarm", 2);
    expect(await rows(inbox).count()).toBe(0);
    await alice.post("/posts", { title: "t", body: "@bob look" });
    await badge(inbox, "alarm", 3);
    await inbox.waitForSelector("#alarms :text('mentioned you in a post')");
    await blank.waitFor({ state: "hidden" });
  });

  test("A17: times are said as time that has passed, refreshed without the server, in full as title", async () => {
    clock.set(Date.UTC(2026, 10, 22, 10, 59, 30));
    await comment(alice, "when?");
    const inbox = await bob.context.newPage();
    await inbox.clock.install({ time: clock.nowMs() });
    await signInAgain(inbox);
    await inbox.goto(`${server.url}/alarms`);
    await live(inbox);
    const time = inbox.locator("#alarms time");
    expect(await time.textContent()).toBe("just now");
    expect(await time.getAttribute("datetime")).toBe("2026-11-22T10:59:30.000Z");
    expect(await time.getAttribute("title")).toBe("November 22, 2026 at 7:59 PM");
    await server.stop();
    const said = async (afterMs: number, text: string) => {
      await inbox.clock.fastForward(afterMs);
      await inbox.waitForFunction((wanted) => document.querySelector("#alarms time")?.textContent === wanted, text);
    };
    await said(2 * MINUTE_MS, "2 min ago");
    await said(57 * MINUTE_MS, "59 min ago");
    await said(2 * MINUTE_MS, "1 h ago");
    await said(22 * 60 * MINUTE_MS, "23 h ago");
    await said(60 * MINUTE_MS, "Nov 22");
  });

  test("A17: what is pushed says its full time in the reader's own zone, too", async () => {
    const inbox = await bob.context.newPage();
    await inbox.clock.install({ time: clock.nowMs() });
    await inbox.goto(`${server.url}/alarms`);
    await live(inbox);
    await comment(alice, "now");
    const time = inbox.locator("#alarms time");
    await time.waitFor();
    expect(await time.textContent()).toBe("just now");
    await inbox.waitForSelector("#alarms time[title='November 22, 2026 at 7:50 PM']");
  });

  test("J4: a hundred changes of one group in a burst are one row, and at most four frames a second", async () => {
    const inbox = await bob.open("/alarms");
    await using client = await TestClient.connect(server.url, { Authorization: byBob.token });
    const queue = await client.subscribe("/queue/bob");
    await (await signUp(server, "carol")).post(`/posts/${postId}/like`);
    const started = performance.now();
    for (let i = 0; i < 50; i++) {
      await alice.post(`/posts/${postId}/like`);
      await alice.post(`/posts/${postId}/unlike`);
    }
    await alice.post(`/posts/${postId}/like`);
    await queue.next((body) => body.event === "raised" && body.others === 1 && body.sender === "alice");
    await inbox.waitForSelector("#alarms :text('앨리스 and carol liked')");
    const rounds = Math.ceil((performance.now() - started) / 250);
    // One at once, and then the last state of each round.
    expect(queue.bodies.length).toBeLessThanOrEqual(rounds + 2);
    await badge(inbox, "alarm", 1);
    expect(await rows(inbox).count()).toBe(1);
  });
});
