import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser } from "../support/browser.ts";
import { Chat } from "../support/chat.ts";
import { signUp } from "../support/server.ts";
import { live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(90_000);

/** Two things that go wrong at once. */
describe.skipIf(!chromiumPath)("in a browser, when it comes thick", () => {
  let browser: Browser;
  let chat: Chat;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    chat = await Chat.open(browser, { isWired: true });
  });
  afterEach(async () => {
    const { faults } = chat;
    await chat[Symbol.asyncDispose]();
    expect(faults).toEqual([]);
  });

  /** As in another tab of this browser. */
  async function logIn(page: Page, { userId, password }: { readonly userId: string; readonly password: string }) {
    const headers = { origin: chat.wire.url };
    const form = { userId, password };
    await page.context().request.post(`${chat.wire.url}/login`, { form, headers, maxRedirects: 0 });
  }
  const bodies = async () => (await chat.stored()).map(({ author, body }) => `${author}: ${body}`);

  test("D7: where sockets are blocked and somebody else has signed in, what waits is not said in their name, but later in one's own", async () => {
    const page = await chat.bob.tab();
    await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    await page.clock.install();
    await page.routeWebSocket(/\/stomp/, (socket) => socket.close());
    await page.goto(chat.wire.url + chat.path);
    while (!(await page.textContent("#connection"))?.includes("Live updates are off")) await page.clock.runFor(1_000);
    // Alice is in this room, too.
    await logIn(page, chat.alice.member);
    const refused = page.waitForResponse((answer) => answer.status() === 401 && answer.request().method() === "POST");
    await say(page, "from Bob");
    await refused;
    expect(await bodies()).toEqual([]);
    await logIn(page, chat.bob.member);
    for (const until = Date.now() + 40_000; (await bodies()).length === 0 && Date.now() < until; )
      await page.clock.runFor(1_000);
    expect(await bodies()).toEqual(["bob: from Bob"]);
    await shows(page, "from Bob");
  });

  test("D4: where sockets are blocked, one message that is refused keeps no other back", async () => {
    const page = await chat.bob.tab();
    await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    await page.clock.install();
    await page.routeWebSocket(/\/stomp/, (socket) => socket.close());
    await page.goto(chat.wire.url + chat.path);
    while (!(await page.textContent("#connection"))?.includes("Live updates are off")) await page.clock.runFor(1_000);
    await chat.acts(chat.alice, "/members/bob/block");
    await say(page, "refused");
    await page.waitForSelector("[data-state=failed] .state :text('cannot be reached')");
    await chat.acts(chat.alice, "/members/bob/unblock");
    await page.fill("#composer textarea", "");
    await say(page, "goes out");
    await page.waitForFunction(() => document.querySelectorAll("[data-state]").length === 1);
    expect(await bodies()).toEqual(["bob: goes out"]);
  });

  test("F4: a socket that was swallowed is found by the first question it does not answer, and what was said goes out", async () => {
    const page = await chat.alice.open(chat.path);
    chat.wire.stall();
    await say(page, "into the hole");
    chat.wire.heal();
    // No heart-beat was due yet: it is the missing RECEIPT that tells.
    await shows(page, "into the hole");
    expect(await bodies()).toEqual(["alice: into the hole"]);
  });

  test("D3: what was written in a group from which one was sent away meanwhile stays to be read, also after a reload, until it is discarded", async () => {
    const carol = await signUp(chat.wire, "carol");
    const made = await chat.acts(chat.alice, "/messages", { userIds: "bob carol", name: "Birds" });
    const page = await chat.bob.open(`/messages/${made.json.roomId}`);
    chat.wire.cut();
    await page.waitForSelector("body[data-live=offline]");
    await say(page, "my long thoughts");
    await page.fill("#composer textarea", "and half a one");
    await chat.acts(chat.alice, `/messages/${made.json.roomId}/remove`, { userId: "bob" });
    chat.wire.heal();
    const left = page.locator(".left-over");
    await left.waitFor();
    const texts = () => left.locator("blockquote").allTextContents();
    expect((await texts()).toSorted()).toEqual(["and half a one", "my long thoughts"]);
    await page.reload();
    await live(page);
    await left.waitFor();
    expect(await texts()).toContain("my long thoughts");
    await left.getByRole("button", { name: "Discard" }).click();
    await left.waitFor({ state: "detached" });
    expect(await page.evaluate(() => Object.keys(localStorage).filter((key) => /outbox|draft:room/.test(key)))).toEqual(
      [],
    );
    expect((await carol.get(`/messages/${made.json.roomId}`)).json.messages).toEqual([]);
  });
});
