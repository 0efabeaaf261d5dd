import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { type Member, signUp, type TestServer } from "../support/server.ts";
import { badge, live, shows, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Naming people, choosing which alarms one wants, and the pages of both for everybody. */
describe.skipIf(!chromiumPath)("naming and choosing", () => {
  const journey = new Journey();
  let server: TestServer;
  let bob: Visitor;
  let byBob: Member;
  let alice: Member;

  beforeEach(async () => {
    server = await journey.server();
    [bob, alice] = await Promise.all([
      journey.visitor("bob", { name: "Bob" }),
      signUp(server, "alice", "앨리스"),
      signUp(server, "alan", "Alan"),
    ]);
    byBob = bob.member;
  });

  const write = async (who: Member, body = "x"): Promise<number> =>
    (await who.post("/posts", { title: "A post", body })).json.id;
  const options = (page: Page) => page.locator(".mentions:not([hidden]) [role=option]");
  /** Waits until this one is offered and nobody else, whoever was while the name was shorter. */
  const offers = async (page: Page, text: string) => {
    await page.waitForFunction((wanted) => {
      const all = [...document.querySelectorAll(".mentions:not([hidden]) [role=option]")];
      return all.length === 1 && all[0]?.textContent === wanted;
    }, text);
  };
  const mentionsOf = async (who: Member) =>
    (await who.get("/alarms?kind=MENTION")).json.alarms.map((alarm: { content: string }) => alarm.content);

  test("a name is completed by the keyboard, and whoever is named hears of it and stands in the text as a link", async () => {
    const page = await bob.open(`/posts/${await write(byBob)}`);
    const box = page.locator("#comment-form textarea");
    await box.click();
    await page.keyboard.type("hello @al");
    await options(page).first().waitFor();
    expect((await options(page).allTextContents()).toSorted()).toEqual(["AAlan@alan", "앨앨리스@alice"]);
    const chosen = () => box.getAttribute("aria-activedescendant");
    const first = await chosen();
    expect(await page.locator(`#${first}`).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("ArrowDown");
    expect(await chosen()).not.toBe(first);
    await page.keyboard.press("ArrowUp");
    expect(await chosen()).toBe(first);
    await page.keyboard.press("Escape");
    await options(page).first().waitFor({ state: "hidden" });
    await page.keyboard.type("i");
    await offers(page, "앨앨리스@alice");
    await page.keyboard.press("Enter");
    expect(await box.inputValue()).toBe("hello @alice ");
    expect(await box.getAttribute("aria-activedescendant")).toBeNull();
    await page.keyboard.type("and @ala");
    await offers(page, "AAlan@alan");
    await page.keyboard.press("Tab");
    expect(await box.inputValue()).toBe("hello @alice and @alan ");
    await page.click("#comment-form button[type=submit]");
    const links = page.locator("#comments a.mention");
    await links.first().waitFor();
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute("href")))).toEqual([
      "/members/alice",
      "/members/alan",
    ]);
    expect(await mentionsOf(alice)).toEqual(["hello @alice and @alan"]);
  });

  test("a Korean name is found while it is being composed; Enter chooses it and sends nothing", async () => {
    const { roomId } = (await byBob.post("/messages", { userId: "alice" })).json;
    const page = await bob.open(`/messages/${roomId}`);
    const box = page.locator("#composer textarea");
    await box.click();
    await page.keyboard.type("@");
    const ime = await bob.context.newCDPSession(page);
    await ime.send("Input.imeSetComposition", { text: "앨", selectionStart: 1, selectionEnd: 1 });
    await options(page).first().waitFor();
    expect(await options(page).allTextContents()).toEqual(["앨앨리스@alice"]);
    // As Chromium tells it on a Korean keyboard: the key while composing, then the end of the composition.
    await box.dispatchEvent("keydown", {
      key: "Enter",
      keyCode: 229,
      isComposing: true,
      bubbles: true,
      cancelable: true,
    });
    await ime.send("Input.insertText", { text: "앨" });
    await page.waitForFunction(() => document.querySelector("textarea")?.value === "@alice ");
    expect(await page.locator("#messages article").count()).toBe(0);
    await page.keyboard.type("hi");
    await page.keyboard.press("Enter");
    await shows(page, "@alice hi");
    expect(await mentionsOf(alice)).toEqual(["@alice hi"]);
  });

  test("a mention in a room leads to its message, and reading the room reads it", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    const feed = await bob.open("/");
    const { id } = (await alice.post(`/messages/${roomId}`, { message: "@bob come here" })).json;
    await Promise.all([badge(feed, "alarm", 1), badge(feed, "message", 1)]);
    await feed.goto(`${server.url}/alarms`);
    await live(feed);
    expect(await feed.locator(".alarm-line").textContent()).toBe("앨리스 mentioned you in a conversation.");
    await feed.click("#alarms [data-alarm-id] > a");
    await feed.waitForURL(new RegExp(`/messages/${roomId}\\?message=${id}#message-${id}$`));
    await feed.waitForSelector(`#message-${id}`);
    await Promise.all([badge(feed, "alarm", 0), badge(feed, "message", 0)]);
  });

  test("each row says why it is there and how to stop it: this post, this kind, and back again", async () => {
    const postId = await write(byBob);
    await alice.post(`/posts/${postId}/like`);
    const inbox = await bob.open("/alarms");
    await inbox.click(".why summary");
    expect(await inbox.locator(".why .hint").textContent()).toBe("Somebody liked what you wrote.");
    await inbox.click(".why button:has-text('Mute this post')");
    await inbox.waitForURL(/muted=/);
    await alice.post(`/posts/${postId}/comments`, { body: "unheard" });
    expect((await byBob.get("/alarms")).json.alarms).toHaveLength(1);
    await inbox.click(".with-undo button");
    await inbox.waitForURL(/\/alarms$/);
    await live(inbox);
    await alice.post(`/posts/${postId}/comments`, { body: "heard" });
    await inbox.waitForSelector("#alarms :text('heard')");

    await inbox.locator(".why summary").first().click();
    await inbox.locator(".why button:has-text('Stop alarms about comments')").first().click();
    await inbox.waitForURL(/off=REPLY/);
    await alice.post(`/posts/${postId}/comments`, { body: "unheard again" });
    expect((await byBob.get("/alarms")).json.alarms).toHaveLength(2);
    await inbox.goto(`${server.url}/settings`);
    expect(await inbox.locator("[name=reply]").isChecked()).toBe(false);
    await inbox.click("label[for=choice-reply]");
    await inbox.click("#alarm-settings form button[type=submit]");
    await inbox.waitForURL(/notice=saved/);
    expect(await inbox.locator("[name=reply]").isChecked()).toBe(true);
    await alice.post(`/posts/${postId}/comments`, { body: "heard again" });
    expect((await byBob.get("/alarms")).json.alarms).toHaveLength(3);
  });

  test("one row is marked read in its menu, without leaving the list", async () => {
    await alice.post(`/posts/${await write(byBob)}/like`);
    const inbox = await bob.open("/alarms");
    await inbox.click(".why summary");
    await inbox.click(".why button:has-text('Mark as read')");
    await badge(inbox, "alarm", 0);
    await inbox.waitForSelector("#alarms [data-read=true]");
    expect(new URL(inbox.url()).pathname).toBe("/alarms");
  });

  test("one form of the settings is saved, or refused: what is chosen in the others stays, but for passwords", async () => {
    const page = await bob.open("/settings");
    await page.fill("[name=name]", " ");
    await page.selectOption("[name=openTo]", "known");
    await page.setChecked("[name=quiet]", true);
    await page.fill("[name=quietFrom]", "23:30");
    await page.fill("[name=currentPassword]", "secret of nobody");
    const shown = (name: string) => page.inputValue(`[name=${name}]`);
    for (const answer of ["[name=name][aria-invalid]", "[role=status].notice"]) {
      await page.click("form[action='/settings/name'] [type=submit]");
      await page.waitForSelector(answer);
      await live(page);
      expect(await Promise.all(["openTo", "quietFrom", "currentPassword"].map(shown))).toEqual(["known", "23:30", ""]);
      expect(await page.isChecked("[name=quiet]")).toBeTrue();
      expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain("secret of nobody");
      await page.fill("[name=name]", "Bob the Second");
    }
    expect((await byBob.get("/settings/alarms")).json).toMatchObject({ openTo: "everybody", quiet: null });
    await page.click("#privacy-settings [type=submit]");
    await page.waitForSelector("[role=status].notice");
    expect((await byBob.get("/settings/alarms")).json).toMatchObject({ openTo: "known", quiet: null });
    // What was left unsaved is forgotten with the page.
    await page.reload();
    await live(page);
    expect([await shown("openTo"), await shown("name")]).toEqual(["known", "Bob the Second"]);
    expect(await page.isChecked("[name=quiet]")).toBeFalse();
  });

  test("all of it works without script", async () => {
    const plain = await journey.browser.newContext({ javaScriptEnabled: false, locale: "en-US" });
    const page = await plain.newPage();
    await page.goto(`${server.url}/login`);
    await page.fill("[name=userId]", "bob");
    await page.fill("[name=password]", "bob likes birds");
    await page.click("main button[type=submit]");
    const postId = await write(byBob);
    await alice.post(`/posts/${postId}/like`);
    await page.goto(`${server.url}/alarms`);
    await page.click(".why summary");
    await page.click(".why button:has-text('Mark as read')");
    expect(await page.locator("#alarm-badge").isHidden()).toBe(true);
    await page.click(".why summary");
    await page.click(".why button:has-text('Mute this post')");
    expect(await page.locator(".with-undo").textContent()).toContain("muted");
    await page.goto(`${server.url}/settings`);
    await page.click(".muted-posts button");
    expect(await page.locator(".muted-posts").count()).toBe(0);
    await page.goto(`${server.url}/posts/${postId}`);
    await page.click(".post-top .menu summary");
    await page.click(".post-top button:has-text('Mute this post')");
    await page.click(".post-top .menu summary");
    expect(await page.locator(".post-top button:has-text('Unmute this post')").count()).toBe(1);

    await page.goto(`${server.url}/settings`);
    await page.check("[name=quiet]");
    await page.fill("[name=quietFrom]", "23:15");
    await page.fill("[name=quietTo]", "06:45");
    await page.click("#alarm-settings form button[type=submit]");
    await page.selectOption("[name=openTo]", "known");
    await page.selectOption("[name=sendsTyping]", "off");
    await page.click("#privacy-settings form button[type=submit]");
    await page.selectOption("[name=timeZone]", "Pacific/Auckland");
    await page.click("form[action='/settings/language'] button[type=submit]");
    expect((await byBob.get("/settings/alarms")).json).toEqual({
      alarmsOff: [],
      quiet: { from: "23:15", to: "06:45" },
      hidesPushContent: false,
      openTo: "known",
      sendsReceipts: true,
      sendsTyping: false,
      chosen: { sendsReceipts: null, sendsTyping: false },
      mutedPosts: [{ id: postId, title: "A post" }],
    });
    expect((await byBob.get("/settings")).json.timeZone).toBe("Pacific/Auckland");
    await plain.close();
  });

  test("I5: axe finds nothing serious on inbox, settings, feed, post and room, in both languages and both themes", async () => {
    const postId = await write(byBob, "look, @alice");
    await alice.post(`/posts/${postId}/like`);
    await alice.post(`/posts/${postId}/comments`, { body: "@bob fine" });
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await alice.post(`/messages/${roomId}`, { message: "hello" });
    await byBob.post(`/posts/${postId}/mute`);
    const paths = ["/alarms", "/settings", "/", `/posts/${postId}`, "/members?q=a", "/messages", `/messages/${roomId}`];
    const page = await bob.open("/");
    for (const language of ["en", "ko"]) {
      for (const theme of ["light", "dark"]) {
        await byBob.post("/settings/language", { language });
        await bob.context.addCookies([{ name: "theme", value: theme, url: server.url }]);
        for (const path of paths) {
          await page.goto(server.url + path);
          await live(page);
          if (path === "/alarms") await page.locator(".why summary").first().click();
          expect([language, theme, path, await seriousFaults(page)]).toEqual([language, theme, path, []]);
        }
        await page.goto(`${server.url}/posts/${postId}`);
        await page.fill("#comment-form textarea", "@a");
        await page.locator(".mentions [role=option]").first().waitFor();
        expect([language, theme, "mentions", await seriousFaults(page)]).toEqual([language, theme, "mentions", []]);
      }
    }
  }, 180_000);
});
