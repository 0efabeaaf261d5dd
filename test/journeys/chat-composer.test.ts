import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { CDPSession, Locator, Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, gapOf, look, showsAll } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { live, say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT C: the box in which one writes. */
describe.skipIf(!chromiumPath)("the composer", () => {
  const journey = new Journey();
  let chat: Chat;
  let page: Page;
  let box: Locator;

  beforeEach(async () => {
    chat = await journey.chat({ context: { viewport: { width: 1_000, height: 600 } } });
    page = await chat.alice.open(chat.path);
    box = page.locator("#composer textarea");
  });

  const bodies = async () => (await chat.stored()).map(({ body }) => body);
  /** What an input method does with a syllable or a word that is not final yet. */
  const compose = async (wire: CDPSession, ...steps: readonly string[]) => {
    for (const text of steps) {
      await wire.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    }
  };

  test("C1, C2: Korean goes out whole with one Enter; an Enter that picks a Japanese or Chinese candidate sends nothing", async () => {
    const wire = await page.context().newCDPSession(page);
    await box.focus();
    for (const [steps, final] of [
      [["ㅇ", "아", "안"], "안"],
      [["ㄴ", "녀", "녕"], "녕"],
    ] as const) {
      await compose(wire, ...steps);
      await wire.send("Input.insertText", { text: final });
    }
    await box.press("Enter");
    await showsAll(page, ["안녕"]);
    expect(await box.inputValue()).toBe("");
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);

    // The key that picks a candidate is the input method's own: the page is told of 229, and no line break follows.
    const pick = async () => {
      const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode: 229 } as const;
      await wire.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
      await wire.send("Input.dispatchKeyEvent", { type: "keyUp", ...key, windowsVirtualKeyCode: 13 });
    };
    await compose(wire, "に", "にほん", "日本");
    await pick();
    await wire.send("Input.insertText", { text: "日本" });
    await compose(wire, "n", "ni", "你");
    await pick();
    await wire.send("Input.insertText", { text: "你" });
    expect(await bodies()).toEqual(["안녕"]);
    await box.press("Enter");
    await showsAll(page, ["안녕", "日本你"]);
    expect(await bodies()).toEqual(["안녕", "日本你"]);
  });

  test("C3, C4: the same holds in the boxes for comments, replies and edits; a post keeps Enter for its lines", async () => {
    const { json: post } = await chat.bob.member.post("/posts", { title: "t", body: "b" });
    await page.goto(`${chat.server.url}/posts/${post.id}`);
    await live(page);
    const wire = await page.context().newCDPSession(page);
    const comment = page.locator("#comment-form textarea");
    await comment.focus();
    await compose(wire, "ㅎ", "하", "한");
    await page.keyboard.press("Enter");
    await wire.send("Input.insertText", { text: "한국어" });
    await comment.press("Enter");
    await comment.press("Enter");
    await page.waitForSelector("#comments article:has-text('한국어')");
    await page.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>("#comment-form textarea")?.value === "",
    );
    expect(await page.locator("#comments article").count()).toBe(1);

    // Recorded orders of an Enter that ends a syllable, in a reply: Chromium's and Safari's.
    await page.locator(".reply-form summary").click();
    const reply = page.locator(".reply-form textarea");
    await reply.evaluate((element) => {
      if (!(element instanceof HTMLTextAreaElement)) return;
      element.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
      element.value = "답장";
      const key = (isComposing: boolean, keyCode: number) =>
        element.dispatchEvent(
          new KeyboardEvent("keydown", { key: "Enter", keyCode, isComposing, bubbles: true, cancelable: true }),
        );
      key(true, 229);
      element.dispatchEvent(new CompositionEvent("compositionend", { data: "장", bubbles: true }));
      key(false, 229);
      const options = { inputType: "insertLineBreak", bubbles: true, cancelable: true };
      element.dispatchEvent(new InputEvent("beforeinput", options));
    });
    await page.waitForSelector(".replies article:has-text('답장')");
    expect(await page.locator(".replies article").count()).toBe(1);

    const { json: own } = await chat.alice.member.post("/posts", { title: "long", body: "text" });
    await page.goto(`${chat.server.url}/posts/${own.id}/edit`);
    await live(page);
    const long = page.locator("textarea[name=body]");
    await long.press("End");
    await long.press("Enter");
    await long.pressSequentially("second line");
    expect(await long.inputValue()).toBe("text\nsecond line");
    await long.press("Control+Enter");
    await page.waitForURL(new RegExp(`/posts/${own.id}$`));
  });

  test("C5: Shift+Enter is a new line; where one has chosen so, only Ctrl+Enter sends, also after a reload", async () => {
    await box.pressSequentially("one");
    await box.press("Shift+Enter");
    await box.pressSequentially("two");
    await box.press("Enter");
    await showsAll(page, ["one\ntwo"]);
    await box.pressSequentially("x");
    await page.locator(".enter-hint button").click();
    await page.reload();
    await live(page);
    await box.fill("three");
    await box.press("Enter");
    await box.pressSequentially("four");
    expect(await box.inputValue()).toBe("three\nfour");
    await box.press("Control+Enter");
    await showsAll(page, ["one\ntwo", "three\nfour"]);
  });

  test("C5: on a touch screen Enter is a new line, the button sends, and the keyboard stays", async () => {
    const context = await journey.browser.newContext({
      hasTouch: true,
      isMobile: true,
      viewport: { width: 390, height: 844 },
      storageState: await page.context().storageState(),
    });
    const phone = await context.newPage();
    await phone.goto(chat.server.url + chat.path);
    await live(phone);
    const area = phone.locator("#composer textarea");
    expect(await area.evaluate((element) => element === document.activeElement)).toBe(false);
    await area.tap();
    await area.pressSequentially("one");
    await area.press("Enter");
    await area.pressSequentially("two");
    await phone.locator("#composer .send").tap();
    await shows(phone, "one\ntwo");
    expect(await area.evaluate((element) => element === document.activeElement)).toBe(true);
    await context.close();
  });

  test("C6: blanks cannot be sent; the limit shows from 80 % on; what is too long stays, with its number", async () => {
    await box.fill("   \n ");
    await box.press("Enter");
    await box.fill("👍".repeat(3_200));
    expect(await page.locator("#composer .count").textContent()).toBe("3200 / 4000");
    await box.fill("가".repeat(4_001));
    await box.press("Enter");
    expect((await box.inputValue()).length).toBe(4_001);
    expect(await page.locator("#composer .count.over").textContent()).toBe("Too long to send. 4001 / 4000");
    expect(await page.locator("#composer [role=alert]", { hasText: "Too long to send." }).isVisible()).toBe(true);
    expect(await box.getAttribute("aria-invalid")).toBe("true");
    expect(await bodies()).toEqual([]);
    await box.fill("👍".repeat(4_000));
    await box.press("Enter");
    await shows(page, "👍");
    expect(await bodies()).toEqual(["👍".repeat(4_000)]);
  });

  test("C7: the box grows to eight lines, then scrolls, and shrinks again; the end stays in sight", async () => {
    await chat.fill(60);
    await page.reload();
    await live(page);
    const height = () => box.evaluate((element) => element.clientHeight);
    const one = await height();
    await box.fill("1\n2\n3\n4\n5");
    const five = await height();
    expect(five).toBeGreaterThan(one * 2);
    await page.waitForFunction(() => {
      const log = document.querySelector(".log");
      return log && log.scrollHeight - log.scrollTop - log.clientHeight < 2;
    });
    await box.fill(Array.from({ length: 30 }, (_, i) => i).join("\n"));
    const most = await height();
    expect(most).toBeLessThan(one * 9);
    expect(await box.evaluate((element) => element.scrollHeight > element.clientHeight)).toBe(true);
    await box.press("Enter");
    await page.waitForFunction((one) => (document.querySelector("#composer textarea")?.clientHeight ?? 0) <= one, one);
    await shows(page, "29");
    expect(await gapOf(page)).toBeLessThan(2);
  });

  test("C8: a draft survives a reload and other pages, is told in the list, and goes only once its message is stored", async () => {
    await chat.says(chat.bob, "hello");
    await shows(page, "hello");
    await box.fill("half a thought");
    await page.reload();
    await live(page);
    expect(await box.inputValue()).toBe("half a thought");
    await page.goto(`${chat.server.url}/messages`);
    await page.waitForSelector("#rooms .draft");
    expect(await page.locator("#rooms .last-message").textContent()).toBe("Draft: half a thought");
    await page.goto(chat.server.url + chat.path);
    await live(page);
    await say(page, "half a thought");
    await showsAll(page, ["hello", "half a thought"]);
    await page.goto(`${chat.server.url}/messages`);
    await live(page);
    expect(await page.locator("#rooms .draft").count()).toBe(0);
  });

  test("C9: ArrowUp in an empty box edits the last own message, Escape gives the draft back, never while composing", async () => {
    await say(page, "first");
    await say(page, "secnd");
    await shows(page, "first", "secnd");
    await box.press("ArrowUp");
    expect(await box.inputValue()).toBe("secnd");
    await page.waitForSelector(".mode >> text=Editing");
    // What Enter does would stand on what is edited.
    expect(await page.locator(".enter-hint").isVisible()).toBe(false);
    await box.fill("second");
    await box.press("Enter");
    await showsAll(page, ["first", "second"]);
    expect(await box.inputValue()).toBe("");
    expect(await page.locator(".mode").isVisible()).toBe(false);
    // With words in the box the key moves the cursor; the menu's link leads to the same edit, and Escape back.
    await box.fill("a draft");
    await box.press("ArrowUp");
    expect(await box.inputValue()).toBe("a draft");
    const last = page.locator("#messages > article").last();
    await last.locator(".message-menu > summary").click();
    await last.locator('a[href$="/edit"]').click();
    expect(await box.inputValue()).toBe("second");
    await box.press("Escape");
    expect(await box.inputValue()).toBe("a draft");
    await box.fill("");
    await box.evaluate((element) => {
      const options = { key: "ArrowUp", keyCode: 229, isComposing: true, bubbles: true };
      element.dispatchEvent(new KeyboardEvent("keydown", options));
    });
    expect(await box.inputValue()).toBe("");
    expect(await bodies()).toEqual(["first", "second"]);
  });

  test("C9: a message is answered from its menu, and the answer carries its quote", async () => {
    const { json } = await chat.says(chat.bob, "what time?");
    await shows(page, "what time?");
    const message = page.locator(`#message-${json.id}`);
    await message.locator(".message-menu > summary").click();
    await message.locator("a", { hasText: "Reply" }).click();
    await page.waitForSelector(".mode >> text=Replying to Bob");
    await say(page, "at eight");
    await showsAll(page, ["what time?", "at eight"]);
    expect(await page.locator(".mode").isVisible()).toBe(false);
    const { rows } = await chat.sql("select reply_to_id from messages order by id desc limit 1");
    expect(Number(rows[0]?.["reply_to_id"])).toBe(json.id);
  });

  test("C11: what is typed anywhere on the page goes into the box; a shortcut does not", async () => {
    expect(await box.evaluate((element) => element === document.activeElement)).toBe(true);
    await box.evaluate((element) => element instanceof HTMLElement && element.blur());
    await page.keyboard.type("hi");
    expect(await box.inputValue()).toBe("hi");
    await box.evaluate((element) => element instanceof HTMLElement && element.blur());
    await page.keyboard.press("Control+b");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("BODY");
    // Who has pressed on a message goes on writing as well.
    await chat.says(chat.bob, "look here");
    await page.locator("#messages .body", { hasText: "look here" }).click();
    await page.keyboard.type("!");
    expect(await box.inputValue()).toBe("hi!");
    await look(page, true);
  });
});
