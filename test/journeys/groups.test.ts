import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import type { TestServer } from "../support/server.ts";
import { badge, live, say, shows, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Three people in a real browser: groups, what is done with messages, blocks. */
describe.skipIf(!chromiumPath)("in a browser, in groups", () => {
  const journey = new Journey();
  let server: TestServer;
  let alice: Visitor;
  let bob: Visitor;
  let carol: Visitor;

  beforeEach(async () => {
    server = await journey.server();
    [alice, bob, carol] = await Promise.all([
      journey.visitor("alice"),
      journey.visitor("bob"),
      journey.visitor("carol"),
    ]);
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
  /** As in another tab. */
  const act = (who: Visitor, path: string, form: Record<string, string> = {}) =>
    who.context.request.post(server.url + path, { headers: { origin: server.url }, maxRedirects: 0, form });
  const openMenu = (page: Page, text: string) =>
    page.locator("#messages article", { hasText: text }).first().locator(".message-menu > summary").click();

  test("E9, J1: who is brought into a group reads by whom, above all else, until something is said; who is brought back gets a way back", async () => {
    const list = await bob.open("/messages");
    const room = await makeGroup(alice, "bob", "Early birds");
    const row = list.locator("#rooms li", { hasText: "Early birds" });
    await row.locator(":text('alice added you')").waitFor();
    await row.locator(".dot :text('new')").waitFor({ state: "attached" });
    // It is no message, and counts as none.
    await badge(list, "message", 0);
    const open = await bob.open(pathOf(room));
    await open.waitForSelector(".room h2:text('alice added you')");
    await list.waitForFunction(() => !document.querySelector("#rooms .dot"));
    expect(await row.locator(".last-message").textContent()).toBe("alice added you");
    await say(room, "Welcome");
    await row.locator(".last-message:text('Welcome')").waitFor();

    await act(alice, `${pathOf(room)}/remove`, { userId: "bob" });
    await open.waitForSelector(".room :text('You are no longer in this conversation')");
    await say(room, "Without him");
    await act(alice, `${pathOf(room)}/members`, { userId: "bob" });
    await open.click(".room a:text('Open the conversation')");
    await shows(open, "Welcome", "Without him");
    await live(open);
    await say(open, "Back again");
    await shows(room, "Back again");
  });

  test("names are completed where people are named, with blanks in them, by keys; without script a name of one member will do", async () => {
    await Promise.all([
      journey.visitor("emma", { name: "Emma Clarke" }),
      journey.visitor("minjun", { name: "김민준" }),
    ]);
    const page = await alice.open("/messages/new");
    const box = page.locator("[name=userIds]");
    const picks = async (typed: string, name: string, key: string) => {
      await box.pressSequentially(typed);
      await page.waitForSelector(`[role=option][aria-selected=true]:has-text("${name}")`);
      await page.keyboard.press(key);
      await page.waitForSelector(".mentions", { state: "hidden" });
    };
    await picks("Emma C", "Emma Clarke", "Enter");
    await picks("김", "김민준", "Tab");
    expect(await box.inputValue()).toBe("emma, minjun, ");
    // Ids as they were always written: the last one is what begins.
    await box.fill("bob ");
    await picks("clar", "Emma Clarke", "Enter");
    expect(await box.inputValue()).toBe("bob emma, ");
    await page.click("main form button[type=submit]");
    await page.waitForSelector("#member-count:text('3 members')");
    await page.click(".room-panel > summary");
    await page.locator("#invite-userId").pressSequentially("김민");
    await page.waitForSelector("[role=option][aria-selected=true]:has-text('김민준')");
    await page.keyboard.press("Enter");
    await page.click("form[action$='/members'] button");
    await page.waitForSelector("#member-count:text('4 members')");

    // Without script.
    const plain = (path: string, form: Record<string, string>) => act(alice, path, form);
    await plain(`${pathOf(page)}/remove`, { userId: "minjun" });
    expect((await plain(`${pathOf(page)}/members`, { userId: "김민준" })).status()).toBe(303);
    await page.waitForSelector("#member-count:text('4 members')");
    const nobody = await plain(`${pathOf(page)}/members`, { userId: "아무개" });
    expect([nobody.status(), await nobody.text()]).toEqual([422, expect.stringContaining("아무개")]);
    expect((await plain("/messages", { userIds: "@bob, Emma Clarke, 김민준" })).status()).toBe(303);
    const again = await plain("/messages", { userIds: "bob, Emma Clarkson" });
    expect([again.status(), await again.text()]).toEqual([422, expect.stringContaining("Emma Clarkson")]);
  });

  test("a group of three: it appears in open lists, all hear all, who is sent away hears no more", async () => {
    const [listOfBob, listOfCarol] = [await bob.open("/messages"), await carol.open("/messages")];
    const room = await makeGroup(alice, "bob carol", "Early birds");
    await Promise.all([listOfBob, listOfCarol].map((list) => list.waitForSelector("#rooms :text('Early birds')")));

    await say(room, "Seven o'clock?");
    const firstLine = "alice: Seven o'clock?";
    await Promise.all([badge(listOfBob, "message", 1), badge(listOfCarol, "message", 1)]);
    // The row says whose line it is, also once it comes from the server again.
    await listOfBob.waitForFunction((line) => document.querySelector(".last-message")?.textContent === line, firstLine);
    await listOfBob.reload();
    expect(await listOfBob.textContent(".last-message")).toBe(firstLine);
    const [inBob, inCarol] = [await bob.open(pathOf(room)), await carol.open(pathOf(room))];
    await say(inBob, "Fine with me");
    await Promise.all([room, inCarol].map((page) => shows(page, "Seven o'clock?", "Fine with me")));
    // Who is here is said by name.
    await room.waitForSelector(`#presence [data-author=bob] .who:text-is("bob")`);

    await inBob.click(".room-panel > summary");
    await inBob.fill("#rename-name", "Late birds");
    await inBob.click("form[action$='/name'] button");
    await room.waitForSelector("#room-name:text('Late birds')");
    await room.waitForFunction(() => document.title.endsWith("Late birds · Birdie"));
    await listOfCarol.waitForSelector("#rooms :text('Late birds')");

    // Without a name it is called by the others, by each in their own way, also when one of them goes.
    await act(bob, `${pathOf(room)}/name`, { name: "" });
    await inBob.waitForSelector("#room-name:text-is('alice, carol')");
    await room.waitForSelector("#room-name:text-is('bob, carol')");
    await room.waitForFunction(() => document.title.endsWith("bob, carol · Birdie"));

    await room.click(".room-panel > summary");
    const carols = room.locator(".member-row[data-author=carol] details", { hasText: "Remove" });
    await carols.locator("summary").click();
    await carols.locator("button").click();
    await inCarol.waitForSelector(".room :text('You are no longer in this conversation')");
    await listOfCarol.waitForFunction(() => document.querySelectorAll("#rooms li").length === 0);
    await live(room);
    await say(room, "Just the two of us");
    await shows(inBob, "Just the two of us");
    expect(await inCarol.textContent("main")).not.toContain("Just the two of us");
    await inBob.waitForSelector("#member-count:text('2 members')");
    await inBob.waitForSelector("#room-name:text-is('alice')");
    const alone = await makeGroup(carol, "bob", "");
    await act(bob, `${pathOf(alone)}/leave`);
    await alone.waitForSelector("#room-name:text-is('Only you')");

    // Handed over: what only the owner may do is there for the new one at once, and no longer for the old one.
    await inBob.click(".room-panel > summary");
    await room.click(".room-panel > summary");
    const bobs = room.locator(".member-row[data-author=bob] details", { hasText: "Make owner" });
    await bobs.locator("summary").click();
    await bobs.locator("button").click();
    await inBob.waitForSelector(".member-row[data-author=alice] summary:text('Remove')");
    await live(room);
    await room.click(".room-panel > summary");
    expect(await room.locator(".owner-acts summary:visible").count()).toBe(0);
    await act(bob, `${pathOf(room)}/owner`, { userId: "alice" });
    await room.waitForSelector(".member-row[data-author=bob] summary:text('Remove')");
    await inBob.waitForSelector("#members:not([data-owns])");
    expect(await inBob.locator(".owner-acts summary:visible").count()).toBe(0);
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
    // It covers nothing any more, its heart is turned round, and its button has the focus.
    await other.waitForSelector(".message-menu:not([open]) > summary:focus");
    expect(await other.locator(".message-menu[open]").count()).toBe(0);
    await openMenu(other, "Seven o'clock");
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
    await page.waitForSelector("#closed-by-me:has-text('You have blocked bob')");
    await other.waitForSelector("#room-state:has-text('No messages can be sent')");
    for (const each of [page, other]) {
      expect(await each.locator(".room-state").filter({ visible: true }).count()).toBe(1);
      await each.waitForSelector("#composer", { state: "hidden" });
      await each.waitForFunction(() => document.querySelectorAll("#presence .here:not([data-own])").length === 0);
      expect(await each.textContent("#messages")).toContain("hello");
    }
    await profile.click("form[action$='/unblock'] button");
    for (const each of [page, other]) await each.waitForSelector("#composer textarea", { state: "visible" });
    await say(other, "hello again");
    await shows(page, "hello", "hello again");
  });

  test("S25, E11: in a group the blocked are folded away for who blocked them, live; neither sees the other there or typing", async () => {
    const room = await makeGroup(alice, "bob carol", "Birds");
    const path = pathOf(room);
    const [atBob, atCarol] = [await bob.open(path), await carol.open(path)];
    await say(atBob, "before");
    await Promise.all([room, atCarol].map((page) => shows(page, "before")));
    await room.waitForSelector("#presence .here[data-author=bob]");
    await act(alice, "/members/bob/block");
    const folds = (page: Page) => page.locator("#messages .folded").filter({ visible: true });
    const wordsOf = (page: Page, text: string) =>
      page.locator("#messages .body").filter({ visible: true, hasText: text }).count();
    await room.waitForSelector("#messages .folded");
    expect(await wordsOf(room, "before")).toBe(0);
    const noSign = (page: Page, userId: string) =>
      page.waitForFunction((id) => !document.querySelector(`#presence [data-author=${id}]`), userId);
    await Promise.all([noSign(room, "bob"), noSign(atBob, "alice")]);
    await atCarol.waitForSelector("#presence .here[data-author=bob]");

    await say(atBob, "one");
    await say(atBob, "two");
    await Promise.all([room, atCarol].map((page) => shows(page, "two")));
    // Three in a row are one line.
    await room.waitForFunction(() => document.querySelectorAll("#messages .folded").length === 3);
    expect(await folds(room).count()).toBe(1);
    expect(await wordsOf(room, "two")).toBe(0);
    expect(await atCarol.locator("#messages .folded").count()).toBe(0);
    expect(await room.textContent("#speaker")).not.toContain("two");
    await folds(room).first().locator("summary").click();
    await room.waitForFunction(() => document.querySelectorAll("#messages .folded:not([open])").length === 0);
    expect(await wordsOf(room, "two")).toBe(1);

    // Carol's typing reaches both, theirs reaches Carol only.
    const typed = (page: Page) =>
      page.evaluate(() => [...document.querySelectorAll("#typing [data-author]")].map((one) => one.textContent));
    await Promise.all([room, atBob].map((page) => page.locator("#composer textarea").pressSequentially("x")));
    await atCarol.waitForSelector("#typing [data-author]");
    await atCarol.locator("#composer textarea").pressSequentially("x");
    // Each looks as soon as it says so: it goes by itself.
    const seen = [room, atBob].map(async (page) => {
      await page.waitForSelector("#typing [data-author=carol]");
      return typed(page);
    });
    expect(await Promise.all(seen)).toEqual([["carol is typing…"], ["carol is typing…"]]);
    // What is left in the box would stand in the list, in place of what was said.
    await room.fill("#composer textarea", "");

    // An answer quotes what is folded away without its words, also on a page that is fetched anew.
    await openMenu(atCarol, "one");
    await atCarol.click(".message-menu[open] [data-answer]");
    await say(atCarol, "to that");
    const isHidden = async () => {
      const quote = room.locator("#messages .quote");
      await quote.waitFor();
      expect(await quote.getAttribute("data-folded")).toBe("Message from somebody you blocked");
      expect(await quote.locator(".quote-words").isVisible()).toBe(false);
    };
    await isHidden();
    const list = await alice.open("/messages");
    await room.reload();
    await live(room);
    await isHidden();
    expect(await folds(room).count()).toBe(1);
    await say(atBob, "last");
    await list.waitForSelector("#rooms .last-message:text('Message from somebody you blocked')");
    await badge(list, "message", 0);

    await act(alice, "/members/bob/unblock");
    await room.waitForFunction(() => !document.querySelector("#messages .folded,#messages [data-folded]"));
    expect(await wordsOf(room, "two")).toBe(1);
    await room.waitForSelector("#presence .here[data-author=bob]");
  });

  test("B10: quotes follow what they quote, live; what held a place goes with its last answer", async () => {
    const room = await makeGroup(alice, "bob", "Birds");
    const other = await bob.open(pathOf(room));
    const roomId = Number(pathOf(room).split("/").at(-1));
    await say(room, "Seven o'clok");
    await shows(other, "Seven o'clok");
    for (const answer of ["first answer", "second answer"]) {
      await openMenu(other, "Seven o'clok");
      await other.click(".message-menu[open] [data-answer]");
      await say(other, answer);
      await shows(room, answer);
    }
    const quotes = (page: Page) => page.locator("#messages .quote-words").allTextContents();
    const quoting = (page: Page, words: string) =>
      page.waitForFunction((wanted) => {
        const all = [...document.querySelectorAll("#messages .quote-words")];
        return all.length === 2 && all.every((one) => one.textContent === wanted);
      }, words);
    const messageId = Number(await room.locator("#messages [data-message-id]").first().getAttribute("data-message-id"));
    const change = (path: string, form: Record<string, string> = {}) => act(alice, `/messages/${roomId}/${path}`, form);
    await change(`${messageId}/edit`, { message: "Seven\n<b>o'clock</b>" });
    await Promise.all([room, other].map((page) => quoting(page, "Seven <b>o'clock</b>")));
    await change(`${messageId}/delete`);
    await Promise.all([room, other].map((page) => quoting(page, "Deleted message")));
    await room.waitForSelector("#messages .deleted");
    for (const answer of ["first answer", "second answer"]) {
      await openMenu(other, answer);
      await other.click(".message-menu[open] .sure > summary");
      await other.click(".message-menu[open] form[action$='/delete'] button");
      await room.waitForFunction((gone) => !document.querySelector("#messages")?.textContent?.includes(gone), answer);
    }
    for (const page of [room, other]) {
      await page.waitForFunction(() => document.querySelectorAll("#messages > article").length === 0);
    }
    expect(await quotes(room)).toEqual([]);
    await room.reload();
    expect(await room.locator("#messages > article").count()).toBe(0);
  });

  test("requests come, are accepted and declined in open lists, at once; the list keeps its order when a line goes", async () => {
    await act(bob, "/settings/privacy", { openTo: "requests", sendsReceipts: "on", sendsTyping: "on" });
    const [list, requests] = [await bob.open("/messages"), await bob.open("/messages?requests")];
    const tab = list.locator(".room-tabs .kind").last();
    expect(await tab.isVisible()).toBe(false);
    expect(await requests.locator(".blank").isVisible()).toBe(true);
    const ask = async (who: Visitor) => {
      const page = await who.open("/members/bob");
      await page.click("form[action='/messages'] button");
      await page.waitForURL(/\/messages\/\d+$/);
      await live(page);
      await say(page, `hello from ${who.member.userId}`);
      return page;
    };
    const [fromAlice, fromCarol] = [await ask(alice), await ask(carol)];
    await list.waitForSelector(".room-tabs .kind:has-text('2 requests')");
    await requests.waitForFunction(() => document.querySelectorAll("#rooms > li").length === 2);
    expect(await requests.locator(".blank").isVisible()).toBe(false);
    expect(await list.locator("#rooms > li").count()).toBe(0);
    await badge(list, "message", 0);

    await act(bob, `${pathOf(fromAlice)}/accept`);
    await list.waitForSelector("#rooms > li :text('hello from alice')");
    await requests.waitForFunction(() => document.querySelectorAll("#rooms > li").length === 1);
    await badge(list, "message", 1);
    await act(bob, `${pathOf(fromCarol)}/decline`);
    await list.waitForFunction(() => document.querySelector("#request-count")?.getAttribute("data-count") === "0");
    await requests.waitForFunction(() => document.querySelectorAll("#rooms > li").length === 0);
    expect(await tab.isVisible()).toBe(false);
    await say(fromCarol, "hello?");
    await shows(fromCarol, "hello from carol", "hello?");

    // The list keeps its order where the last line of the upper one is deleted: as on a page that is fetched anew.
    const answer = await bob.open(pathOf(fromAlice));
    await say(answer, "hi");
    await shows(fromAlice, "hi");
    await answer.close();
    const other = await makeGroup(alice, "bob", "Birds");
    await say(other, "in the group");
    await list.waitForSelector("#rooms > li:first-child :text('in the group')");
    await say(fromAlice, "later");
    await list.waitForSelector("#rooms > li:first-child :text('later')");
    // Its author's own tab may hear of it last.
    const later = fromAlice.locator("#messages > [data-message-id]:has-text('later')");
    await act(alice, `${pathOf(fromAlice)}/${await later.getAttribute("data-message-id")}/delete`);
    await list.waitForSelector("#rooms :text('hi')");
    const order = () => list.locator("#rooms .last-message").allTextContents();
    const live1 = await order();
    await list.reload();
    expect(await order()).toEqual(live1);
  });
});
