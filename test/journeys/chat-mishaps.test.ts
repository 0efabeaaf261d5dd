import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import type { Chat } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { signUp } from "../support/server.ts";
import { until } from "../support/until.ts";
import { live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Two things that go wrong at once. */
describe.skipIf(!chromiumPath)("in a browser, when it comes thick", () => {
  const journey = new Journey();
  let chat: Chat;

  beforeEach(async () => {
    chat = await journey.chat({ isWired: true });
  });

  /** As in another tab of this browser. */
  async function logIn(page: Page, { userId, password }: { readonly userId: string; readonly password: string }) {
    const headers = { origin: chat.wire.url };
    const form = { userId, password };
    await page.context().request.post(`${chat.wire.url}/login`, { form, headers, maxRedirects: 0 });
  }
  const bodies = async () => (await chat.stored()).map(({ author, body }) => `${author}: ${body}`);

  test("D7: where sockets are blocked and somebody else has signed in, what waits is not said in their name, but later in one's own", async () => {
    const page = await chat.bob.openWithoutSockets(chat.wire.url + chat.path);
    // Alice is in this room, too.
    await logIn(page, chat.alice.member);
    const refused = page.waitForResponse((answer) => answer.status() === 401 && answer.request().method() === "POST");
    await say(page, "from Bob");
    await refused;
    expect(await bodies()).toEqual([]);
    await logIn(page, chat.bob.member);
    await until(async () => {
      await page.clock.runFor(1_000);
      return (await bodies()).length > 0;
    });
    expect(await bodies()).toEqual(["bob: from Bob"]);
    await shows(page, "from Bob");
  });

  test("D4: where sockets are blocked, one message that is refused keeps no other back", async () => {
    const page = await chat.bob.openWithoutSockets(chat.wire.url + chat.path);
    await chat.acts(chat.alice, "/members/bob/block");
    await say(page, "refused");
    await page.waitForSelector("[data-state=failed] .state :text('cannot be reached')");
    await chat.acts(chat.alice, "/members/bob/unblock");
    await page.fill("#composer textarea", "");
    await say(page, "goes out");
    await shows(page, "goes out");
    expect(await page.locator("[data-state]").count()).toBe(1);
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

  test("D4: what was refused and is tried again is not left in the box to be said twice", async () => {
    const page = await chat.bob.open(chat.path);
    chat.wire.cut();
    await page.waitForSelector("body[data-live=offline]");
    await say(page, "as I said");
    await chat.acts(chat.alice, "/members/bob/block");
    chat.wire.heal();
    await page.waitForSelector("[data-state=failed] .state :text('cannot be reached')");
    const box = page.locator("#composer textarea");
    expect(await box.inputValue()).toBe("as I said");
    await chat.acts(chat.alice, "/members/bob/unblock");
    await box.waitFor();
    await page.click("[data-state=failed] .retry");
    await shows(page, "as I said");
    expect([await bodies(), await box.inputValue()]).toEqual([["bob: as I said"], ""]);
  });

  test("E10: a conversation that is new moves nothing in the list while somebody points at it", async () => {
    for (const userId of ["carol", "dave", "erin"]) {
      const member = await signUp(chat.wire, userId);
      const { roomId } = (await member.post("/messages", { userId: "bob" })).json;
      if (userId !== "erin") await member.post(`/messages/${roomId}`, { message: `I am ${userId}` });
    }
    const list = await chat.bob.open("/messages");
    const rows = () => list.locator("#rooms .room-name").allTextContents();
    expect(await rows()).toEqual(["dave", "carol"]);
    await list.hover("#rooms > li:last-child");
    const pointed = list.locator("#rooms > li", { hasText: "carol" });
    const before = await pointed.boundingBox();
    await chat.says(chat.alice, "hello");
    await list.waitForSelector("#rooms > li:nth-child(3)");
    expect(await pointed.boundingBox()).toEqual(before);
    await list.mouse.move(0, 0);
    await list.waitForSelector("#rooms > li:first-child .room-name:text('앨리스')");
    expect(await rows()).toEqual(["앨리스", "dave", "carol"]);
  });

  for (const hours of [30, -30]) {
    test(`A17, B2: a browser's clock that is ${hours} hours wrong moves no time, no day and no message`, async () => {
      await chat.says(chat.alice, "before");
      const page = await chat.bob.tab();
      await page.addInitScript((wrongByMs) => {
        const Right = Date;
        globalThis.Date = class extends Right {
          constructor(...given: [number]) {
            super(...(given.length > 0 ? given : ([Right.now() + wrongByMs] as const)));
          }
          static override now = () => Right.now() + wrongByMs;
        } as never;
      }, hours * 3_600_000);
      await page.goto(chat.wire.url + chat.path);
      await live(page);
      expect(await page.evaluate(() => Date.now())).not.toBeCloseTo(Date.now(), -7);
      chat.wire.cut();
      await page.waitForSelector("body[data-live=offline]");
      await say(page, "mine");
      await page.waitForSelector("[data-state]");
      const times = () => page.locator("#messages > article time").allTextContents();
      const [before, mine] = await times();
      const isNear = (a = "", b = "") => Math.abs(Date.parse(`1970 ${a}`) - Date.parse(`1970 ${b}`)) <= 60_000;
      expect([isNear(before, mine), await page.locator("#messages > .day").allTextContents()]).toEqual([
        true,
        ["Today"],
      ]);
      chat.wire.heal();
      await shows(page, "before", "mine");
      await page.goto(`${chat.wire.url}/messages`);
      await live(page);
      await page.waitForSelector("#rooms time:text('just now')");
    });
  }

  test("D3, F2: without a connection nobody is said to be here; what goes out again after it is being sent, and has not failed", async () => {
    const page = await chat.alice.tab();
    // Its clock is the page's own here.
    await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    await page.clock.install();
    await page.goto(chat.wire.url + chat.path);
    await live(page);
    const other = await chat.bob.open(chat.path);
    await page.waitForSelector("#presence .here[data-author=bob]");
    await other.close();
    chat.wire.cut();
    await page.waitForSelector("body[data-live=offline]");
    await page.waitForFunction(
      () => getComputedStyle(document.querySelector(".presence") ?? document.body).visibility === "hidden",
    );
    await say(page, "said in between");
    await page.clock.runFor(11_000);
    await page.waitForSelector("[data-state=failed] .state :text('Not sent yet. It goes out by itself when')");
    expect(await page.locator("[data-state=failed] button").allTextContents()).toEqual(["Retry", "Discard"]);
    await page.evaluate(() => {
      const said = new Set<string>();
      Object.assign(globalThis, { said });
      const look = () => said.add(document.querySelector(".state")?.firstChild?.textContent ?? "");
      new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
    });
    chat.wire.delayMs = 300;
    chat.wire.heal();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await shows(page, "said in between");
    const said = await page.evaluate(() => [...(Reflect.get(globalThis, "said") as Set<string>)]);
    expect(said.filter((words) => words.includes("No answer"))).toEqual([]);
    expect(await bodies()).toEqual(["alice: said in between"]);
    expect(
      await page.evaluate(() => getComputedStyle(document.querySelector(".presence") ?? document.body).visibility),
    ).toBe("visible");
  });

  test("F3, B9: where more was missed than is told again and something is being written, nothing stands below what it does not follow", async () => {
    chat = await journey.chat({ isWired: true, settings: { "resume-messages": 3 } });
    await chat.says(chat.alice, "seen");
    const page = await chat.bob.open(chat.path);
    await shows(page, "seen");
    const shown = () => page.locator("#messages > article:not([data-beyond]) .body").allTextContents();
    const miss = async (name: string) => {
      chat.wire.cut();
      await page.waitForSelector("body[data-live=offline]");
      for (let i = 1; i <= 60; i++) await chat.says(chat.alice, `${name} ${i}`);
    };
    await miss("missed");
    await page.fill("#composer textarea", "half a thought");
    chat.wire.heal();
    await page.waitForSelector("#connection :text('Reload')");
    await page.waitForSelector("#later");
    await chat.says(chat.alice, "newest");
    await page.waitForSelector("#messages > [data-beyond]", { state: "attached" });
    expect([await shown(), await page.inputValue("#composer textarea")]).toEqual([["seen"], "half a thought"]);
    // The reader goes on where they were: everything is there, in order.
    await until(async () => {
      await page.locator("#later:not([aria-busy])").evaluateAll((links: HTMLElement[]) => links[0]?.click());
      return (await page.locator("#later").count()) === 0;
    });
    const all = ["seen", ...Array.from({ length: 60 }, (_, i) => `missed ${i + 1}`), "newest"];
    expect(await shown()).toEqual(all);

    // Who has said something meanwhile is at the end with it.
    await miss("again");
    await say(page, "mine");
    chat.wire.heal();
    await page.waitForSelector("#messages > [data-own]:last-of-type:not([data-state]) .body:text('mine')");
    const lines = await shown();
    const from = lines.indexOf("again 60") - 20;
    expect(lines.slice(from)).toEqual([...Array.from({ length: 21 }, (_, i) => `again ${40 + i}`), "mine"]);
  });
});
