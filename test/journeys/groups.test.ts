import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser } from "../support/browser.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { badge, live, say, shows, Visitor } from "../support/visitor.ts";

setDefaultTimeout(90_000);

/** Three people in a real browser: groups, what is done with messages, blocks. */
describe.skipIf(!chromiumPath)("in a browser, in groups", () => {
  let browser: Browser;
  let server: TestServer;
  let alice: Visitor;
  let bob: Visitor;
  let carol: Visitor;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await testServer();
    [alice, bob, carol] = await Promise.all([
      Visitor.signUp(browser, server.url, "alice"),
      Visitor.signUp(browser, server.url, "bob"),
      Visitor.signUp(browser, server.url, "carol"),
    ]);
  });
  afterEach(async () => {
    const faults = [alice, bob, carol].flatMap((visitor) => visitor.faults);
    await Promise.all([alice.close(), bob.close(), carol.close()]);
    await server.stop();
    expect(faults).toEqual([]);
    expect(server.log.filter((line) => / error /.test(line))).toEqual([]);
  });

  async function makeGroup(who: Visitor, others: string, name: string): Promise<Page> {
    const page = await who.open("/messages/new");
    await page.fill("[name=userIds]", others);
    await page.fill("[name=name]", name);
    await page.click("main form button[type=submit]");
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    return page;
  }

  const pathOf = (page: Page) => new URL(page.url()).pathname;
  const openMenu = (page: Page, text: string) =>
    page.locator("#messages article", { hasText: text }).first().locator(".message-menu > summary").click();

  test("a group of three: it appears in open lists, all hear all, who is sent away hears no more", async () => {
    const [listOfBob, listOfCarol] = [await bob.open("/messages"), await carol.open("/messages")];
    const room = await makeGroup(alice, "bob carol", "Early birds");
    await Promise.all([listOfBob, listOfCarol].map((list) => list.waitForSelector("#rooms :text('Early birds')")));

    await say(room, "Seven o'clock?");
    await Promise.all([badge(listOfBob, "message", 1), badge(listOfCarol, "message", 1)]);
    const [inBob, inCarol] = [await bob.open(pathOf(room)), await carol.open(pathOf(room))];
    await say(inBob, "Fine with me");
    await Promise.all([room, inCarol].map((page) => shows(page, "Seven o'clock?", "Fine with me")));

    await inBob.click(".room-panel > summary");
    await inBob.fill("#rename-name", "Late birds");
    await inBob.click("form[action$='/name'] button");
    await room.waitForSelector("#room-name:text('Late birds')");
    await listOfCarol.waitForSelector("#rooms :text('Late birds')");

    await room.click(".room-panel > summary");
    await room.click(".member-row[data-author=carol] form[action$='/remove'] button");
    await inCarol.waitForSelector(".room :text('You are no longer in this conversation')");
    await listOfCarol.waitForFunction(() => document.querySelectorAll("#rooms li").length === 0);
    await live(room);
    await say(room, "Just the two of us");
    await shows(inBob, "Just the two of us");
    expect(await inCarol.textContent("main")).not.toContain("Just the two of us");
    await inBob.waitForSelector("#member-count:text('2 members')");
  });

  test("B10: edit, answer, like and delete are seen live in the other browser", async () => {
    const room = await makeGroup(alice, "bob", "Birds");
    const other = await bob.open(pathOf(room));
    await say(room, "Seven o'clok");
    await shows(other, "Seven o'clok");

    await openMenu(room, "Seven o'clok");
    await room.click(".message-menu[open] [data-edit]");
    await room.fill("#composer textarea", "Seven o'clock");
    await room.press("#composer textarea", "Enter");
    await other.waitForSelector("#messages .bubble:has-text(\"Seven o'clock\"):has-text('edited')");

    await openMenu(other, "Seven o'clock");
    await other.click(".message-menu[open] form[action$='/like'] button");
    await room.waitForSelector(".message-likes:not([hidden]) :text('1')");
    await other.waitForSelector("form[action$='/unlike']", { state: "attached" });
    // The menu is still open, its heart turned round.
    await other.click(".message-menu[open] [data-answer]");
    await say(other, "I will be there");
    await room.waitForSelector('#messages .quote:has-text("Seven o\'clock")');

    await openMenu(room, "Seven o'clock");
    await room.click(".message-menu[open] .sure > summary");
    await room.click(".message-menu[open] form[action$='/delete'] button");
    await other.waitForSelector("#messages .deleted");
    await other.waitForSelector("#messages .quote :text('Deleted message')");
    expect(await other.textContent("#messages")).not.toContain("Seven o'clock");

    await openMenu(other, "I will be there");
    await other.click(".message-menu[open] .sure > summary");
    await other.click(".message-menu[open] form[action$='/delete'] button");
    await room.waitForFunction(() => !document.querySelector("#messages")?.textContent?.includes("I will be there"));
  });

  test("a block closes the room in both browsers at once, hides who is there, and ends by both", async () => {
    const page = await alice.open("/members/bob");
    await page.click("form[action='/messages'] button");
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    await say(page, "hello");
    const other = await bob.open(pathOf(page));
    await shows(other, "hello");
    await page.waitForSelector("#presence .here[data-author=bob]");

    const profile = await alice.open("/members/bob");
    await profile.click(".profile-acts .menu > summary");
    await profile.click(".profile-acts .sure > summary");
    await profile.click("form[action$='/block'] button");
    await profile.waitForSelector("form[action$='/unblock']");
    for (const each of [page, other]) {
      await each.waitForSelector("#room-state:not([hidden])");
      await each.waitForSelector("#composer", { state: "hidden" });
      await each.waitForFunction(() => document.querySelectorAll("#presence .here:not([data-own])").length === 0);
      expect(await each.textContent("#messages")).toContain("hello");
    }
    await profile.click("form[action$='/unblock'] button");
    await other.waitForSelector("#composer textarea", { state: "visible" });
    await say(other, "hello again");
    await shows(page, "hello", "hello again");
  });
});
