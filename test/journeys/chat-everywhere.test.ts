import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { type Member, signUp, signUpAdmin } from "../support/server.ts";
import { until } from "../support/until.ts";
import { live, say } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT I5 of everything about rooms, as it looks while it is used. */
describe.skipIf(!chromiumPath)("every page of chat", () => {
  const journey = new Journey();

  for (const [locale, colorScheme] of [
    ["ko-KR", "light"],
    ["ko-KR", "dark"],
    ["en-US", "light"],
    ["en-US", "dark"],
  ] as const) {
    test(`I5, H4: axe finds nothing serious in lists, rooms, panels, folds and faults; nothing scrolls sideways at 320 px (${locale}, ${colorScheme})`, async () => {
      const chat = await journey.chat({
        names: ["이름이아주긴사람입니다열다섯자", "M".repeat(40)],
        context: { locale, colorScheme, viewport: { width: 320, height: 640 } },
      });
      const { alice, bob } = chat;
      await alice.member.post("/settings/look", { language: locale.slice(0, 2) });
      const carol: Member = await signUp(chat.server, "carol", "가".repeat(40));
      const { json } = await alice.member.post("/messages", { userIds: ["bob", "carol"], name: "긴".repeat(60) });
      const group = `/messages/${json.roomId}`;
      await alice.member.post("/settings/privacy", { openTo: "requests", sendsReceipts: "on", sendsTyping: "on" });
      const stranger = await signUp(chat.server, "stranger", "Stranger");
      const asked = await stranger.post("/messages", { userId: "alice" });
      await stranger.post(`/messages/${asked.json.roomId}`, { message: `https://example.org/${"x".repeat(200)}` });
      await chat.says(bob, "hello");
      const said = await carol.post(group, { message: "to be quoted" });
      await bob.member.post(group, { message: "an answer", replyTo: said.json.id });
      await alice.member.post("/members/carol/block");

      const page = await alice.open("/messages");
      const isFine = async (where: string) => {
        expect([where, await seriousFaults(page)]).toEqual([where, []]);
        expect([where, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([where, 320]);
      };
      const go = async (path: string) => {
        await page.goto(chat.server.url + path);
        await live(page);
      };
      await isFine("list");
      await go("/messages?requests");
      await isFine("requests");
      await go(`/messages/${asked.json.roomId}`);
      await isFine("request");
      await go("/messages/new");
      await isFine("new group");
      await go("/members?q=");
      await isFine("members");
      await go(group);
      await page.waitForSelector(".folded");
      await isFine("group");
      await page.locator(".folded summary").click();
      await openPanel(page);
      await page.locator("#invite-userId").pressSequentially("b");
      await page.waitForSelector("[role=option]");
      await isFine("panel");
      await page.keyboard.press("Enter");
      expect(await page.locator("#invite-userId").inputValue()).toBe("bob");
      await go(chat.path);
      await page.locator("#messages article .message-menu > summary").first().click();
      await isFine("menu");
      await bob.member.post("/members/alice/block");
      await page.waitForSelector("#room-state:not([hidden])");
      await isFine("closed");
      await bob.member.post("/members/alice/unblock");
      // What failed.
      await page.waitForSelector("#composer textarea", { state: "visible" });
      await chat.sql(`delete from room_members where room_id = ${chat.roomId} and user_id = 'alice'`);
      await chat.server.restart("killed");
      await live(page);
      await page.fill("#composer textarea", "never");
      await page.click("#composer .send");
      await page.waitForSelector("[data-state=failed]");
      await isFine("failed");
      expect(chat.faults.filter((fault) => !/not_found|refused/.test(fault))).toEqual([]);
    });
  }

  const openPanel = (page: Page) => page.locator(".room-panel > summary").click();

  test("E10: the list of rooms moves nothing from under the pointer or away from the focus, and is in order afterwards", async () => {
    const chat = await journey.chat({ context: { viewport: { width: 1_000, height: 700 } } });
    const carol = await signUp(chat.server, "carol", "Carol");
    const { json } = await carol.post("/messages", { userId: "alice" });
    const [first, second] = [chat.path, `/messages/${json.roomId}`];
    await chat.says(chat.bob, "from bob");
    await carol.post(second, { message: "from carol" });
    const list = await chat.alice.open("/messages");
    const order = () => list.locator("#rooms .last-message").allTextContents();
    expect(await order()).toEqual(["from carol", "from bob"]);
    await list.locator(`#rooms a[href="${second}"]`).hover();
    await chat.says(chat.bob, "newer, from bob");
    await list.waitForSelector("#rooms :text('newer, from bob')");
    expect(await order()).toEqual(["from carol", "newer, from bob"]);
    await list.mouse.move(1, 1);
    await list.waitForFunction(() => document.querySelector("#rooms .last-message")?.textContent === "newer, from bob");
    await list.locator(`#rooms a[href="${first}"]`).focus();
    await carol.post(second, { message: "newer, from carol" });
    await list.waitForSelector("#rooms :text('newer, from carol')");
    expect(await order()).toEqual(["newer, from bob", "newer, from carol"]);
    await list.locator("h1").click();
    await list.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
    await list.waitForFunction(
      () => document.querySelector("#rooms .last-message")?.textContent === "newer, from carol",
    );
  });

  test("E11: who shows neither reading nor typing is shown neither; typing is told once in a while, and goes by itself", async () => {
    const chat = await journey.chat();
    const { alice, bob } = chat;
    const page = await alice.tab();
    await page.clock.install();
    await page.goto(chat.server.url + chat.path);
    await live(page);
    const other = await bob.open(chat.path);
    await page.evaluate(() => {
      Object.assign(window, { typings: 0 });
      const watched = document.getElementById("typing");
      if (!watched) throw new Error("nowhere to type");
      new MutationObserver(() => {
        if (watched.firstChild) Object.assign(window, { typings: Reflect.get(window, "typings") + 1 });
      }).observe(watched, { childList: true });
    });
    const fromMs = performance.now();
    await other.locator("#composer textarea").pressSequentially("a long thought about birds");
    await page.waitForSelector("#typing [data-author=bob]");
    // Once in 2.5 s, however long it took to type that.
    const most = 2 + Math.floor((performance.now() - fromMs) / 2_500);
    expect(await page.evaluate(() => Number(Reflect.get(window, "typings")))).toBeLessThanOrEqual(most);
    await page.clock.fastForward(6_000);
    await page.waitForFunction(() => !document.querySelector("#typing")?.firstChild);
    // Off both ways.
    await bob.member.post("/settings/privacy", { openTo: "everybody" });
    await other.reload();
    await live(other);
    await other.locator("#composer textarea").pressSequentially("x");
    const { json } = await chat.says(alice, "did you see it?");
    await other.waitForSelector(`#message-${json.id}`);
    await page.waitForSelector(`#message-${json.id}`);
    await page.locator("#composer textarea").pressSequentially("y");
    const { json: later } = await chat.says(bob, "yes");
    for (const one of [page, other]) {
      await one.waitForSelector(`#message-${later.id}`);
      expect(await one.evaluate(() => Number(Reflect.get(window, "typings") ?? 0))).toBeLessThanOrEqual(most);
      expect(await one.locator("#typing [data-author]:not([data-author=alice])").count()).toBe(0);
    }
    expect(await other.locator("#typing [data-author]").count()).toBe(0);
    expect(await page.locator("#messages [data-read]").count()).toBe(0);
    await page.reload();
    expect(await page.locator("#messages [data-read]").count()).toBe(0);
  });

  test("E11: a member who has not chosen shows what the admins have decided, live; a choice of one's own wins, and can be taken back", async () => {
    const server = await journey.server();
    const admin = await signUpAdmin(server, "admin");
    const alice = await journey.visitor("alice");
    const bob = await journey.visitor("bob");
    const { roomId } = (await alice.member.post("/messages", { userId: "bob" })).json;
    const path = `/messages/${roomId}`;
    const [page, other] = [await alice.open(path), await bob.open(path)];
    const decide = (showing: object) => admin.post("/admin/community", showing);
    const says = async (text: string) => {
      await say(page, text);
      await other.waitForSelector(`#messages :text-is("${text}")`);
    };
    const read = () => page.locator("#messages [data-read]").count();

    await says("read at once");
    await page.waitForSelector("#messages [data-read]");
    await other.locator("#composer textarea").pressSequentially("a");
    await page.waitForSelector("#typing [data-author=bob]");
    // Nobody else decides.
    expect((await bob.member.post("/admin/community", {})).status).toBe(404);
    expect((await admin.get("/admin")).json.community).toEqual({ sendsReceipts: true, sendsTyping: true });

    expect((await decide({})).json).toEqual({ sendsReceipts: false, sendsTyping: false });
    await decide({});
    const { json: off } = await admin.get("/admin");
    expect(off.community).toEqual({ sendsReceipts: false, sendsTyping: false });
    expect(off.entries.map(({ act }: { act: string }) => act)).toEqual(["typing-off", "receipts-off"]);
    const chosen = { sendsReceipts: null, sendsTyping: null };
    expect((await bob.member.get("/settings/alarms")).json).toMatchObject({
      sendsReceipts: false,
      sendsTyping: false,
      chosen,
    });
    await says("read unseen");
    // What Bob says comes after what he has read, and would have said while typing.
    await other.locator("#composer textarea").pressSequentially("b");
    await say(other, "from bob");
    await page.waitForSelector("#messages :text-is('from bob')");
    expect(await page.locator("#typing [data-author=bob]").count()).toBe(0);
    await page.reload();
    expect(await read()).toBe(0);

    // Both choose otherwise, and see each other.
    const settings = await bob.open("/settings");
    expect(await settings.locator("[name=sendsReceipts] option:checked").textContent()).toBe(
      "As the community has it (off)",
    );
    for (const name of ["sendsReceipts", "sendsTyping"]) await settings.selectOption(`[name=${name}]`, "on");
    await settings.click("#privacy-settings form button[type=submit]");
    await settings.waitForSelector(".notice[role=status]");
    await alice.member.post("/settings/privacy", { openTo: "everybody", sendsReceipts: true, sendsTyping: true });
    await live(page);
    await other.bringToFront();
    await says("seen by choice");
    await page.waitForSelector("#messages [data-read]");
    // Told once in a while only, and each is gone again soon.
    await until(async () => {
      await other.locator("#composer textarea").pressSequentially("c");
      return (await page.locator("#typing [data-author=bob]").count()) > 0;
    });

    // On again for everybody: what was chosen is no copy, and stays; who takes it back follows once more.
    await decide({ sendsReceipts: true });
    const own = async (choice: unknown) =>
      (await bob.member.post("/settings/privacy", { openTo: "everybody", sendsReceipts: choice, sendsTyping: choice }))
        .json;
    expect(await own(false)).toMatchObject({ sendsReceipts: false, sendsTyping: false });
    expect(await own(null)).toMatchObject({ sendsReceipts: true, sendsTyping: false, chosen });
    await settings.reload();
    expect(await settings.locator("[name=sendsReceipts] option:checked").textContent()).toBe(
      "As the community has it (on)",
    );
  });
});
