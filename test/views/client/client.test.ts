import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { brotliCompressSync, constants } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { bundleClient, type ClientFiles, nameOf, withImports } from "../../../src/web/bundle.ts";
import { chromiumPath, launchBrowser } from "../../support/browser.ts";
import { ROOT } from "../../support/database.ts";
import { live } from "../../support/visitor.ts";
import { Stage } from "./stage.tsx";

/** Script and style of a page, as they travel. */
const VISITOR_BYTES_MAX = 30 * 1_024;
const MEMBER_BYTES_MAX = 44 * 1_024;
const WORKER_BYTES_MAX = 5 * 1_024;
setDefaultTimeout(120_000);

test("a visitor gets a small script without htmx, a member the rest; STOMP comes with the tabs' worker; each is small enough", async () => {
  const files = await bundleClient(ROOT);
  const app = withImports(files, "app.js");
  const live = withImports(files, nameOf(files, "live.js"));
  const found = (names: Iterable<string>) =>
    [...names].flatMap((name) => textOf(files, name).match(/registerExtension|CONNECTED/g) ?? []);
  expect(found(app)).toEqual([]);
  expect(found(live)).toContain("registerExtension");
  expect(found(live)).not.toContain("CONNECTED");
  // In the worker, and, for a tab that has to do without, in a chunk of its own.
  expect(found(["tabs-worker.js"])).toContain("CONNECTED");
  expect(found([nameOf(files, "wire.js")])).toContain("CONNECTED");
  expect(travelBytes(files, new Set(["tabs-worker.js"]))).toBeLessThanOrEqual(WORKER_BYTES_MAX);
  expect(new Set([...live].filter((name) => !app.has(name))).size).toBeGreaterThan(0);
  const visitorBytes = travelBytes(files, new Set([...app, "app.css"]));
  const memberBytes = travelBytes(files, new Set([...app, ...live, "app.css"]));
  expect(visitorBytes).toBeGreaterThan(4_000);
  expect(visitorBytes).toBeLessThanOrEqual(VISITOR_BYTES_MAX);
  expect(memberBytes).toBeGreaterThan(visitorBytes);
  expect(memberBytes).toBeLessThanOrEqual(MEMBER_BYTES_MAX);
});

function textOf(files: ClientFiles, name: string): string {
  return new TextDecoder().decode(files.get(name));
}

function travelBytes(files: ClientFiles, names: ReadonlySet<string>): number {
  const { BROTLI_PARAM_QUALITY: quality } = constants;
  const sizes = [...names].map(
    (name) => brotliCompressSync(files.get(name) ?? "", { params: { [quality]: 11 } }).length,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

describe.skipIf(!chromiumPath)("in a browser", () => {
  let files: ClientFiles;
  let browser: Browser;
  let stage: Stage;
  let page: Page;
  let faults: string[];

  beforeAll(async () => {
    files = await bundleClient(ROOT);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(() => browser.close());

  beforeEach(async () => {
    await page?.context().close();
    await stage?.stop();
  });

  /** Opens the room with so many messages in it, and waits until it is live. */
  async function open(messageCount = 0, options: Options = {}): Promise<void> {
    const { path = "/messages/5", prepare } = options;
    stage = await Stage.open(files, messageCount);
    const context = await browser.newContext({ timezoneId: "Asia/Seoul", viewport: { width: 800, height: 600 } });
    page = await context.newPage();
    faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (line) => line.type() === "error" && faults.push(line.text()));
    await prepare?.(page, stage);
    await page.goto(`${stage.url}${path}`);
    await live(page);
  }

  const offline = () => page.waitForSelector("body[data-live=offline]");
  const box = () => page.locator("#composer textarea");
  const bodies = () => page.locator("#messages article .body").allTextContents();
  const until = (isTrue: () => boolean) => waitUntil(page, isTrue);
  const write = async (text: string) => {
    await box().fill(text);
    await box().press("Enter");
  };
  const stored = () => stage.messages.filter(({ clientId }) => clientId).map(({ body }) => body);

  test("a page listens where its elements say, from the position it was made at, and stops with them", async () => {
    await open(3);
    await until(() => stage.heard("SUBSCRIBE").length === 2);
    const [queue, room] = stage.heard("SUBSCRIBE").map(({ headers }) => headers);
    expect(queue).toMatchObject({ id: "/queue/alice", ack: "client-individual", accept: "text/html" });
    expect(room).toMatchObject({ id: "/topic/5", ack: "client", resume: "3", "accept-language": "ko" });

    await page.evaluate(
      "htmx.swap({target: document.querySelector('main'), swap: 'outerHTML', text: '<main></main>'})",
    );
    await until(() => stage.heard("UNSUBSCRIBE").length === 1);
    expect(stage.heard("UNSUBSCRIBE")[0]?.headers["id"]).toBe("/topic/5");
    expect(faults).toEqual([]);
  });

  test("after the server was away, what was missed follows once and in order", async () => {
    await open(1);
    stage.say("bob", "one");
    await page.waitForSelector("#message-2");
    await stage.stop();
    await offline();
    stage.store("bob", "two");
    stage.store("bob", "three");
    stage.start();
    await live(page);
    await page.waitForSelector("#message-4");
    expect(await bodies()).toEqual(["earlier 0", "one", "two", "three"]);
    expect(stage.heard("SUBSCRIBE").at(-1)?.headers["resume"]).toBe("2");
  });

  test("a fragment for what is not on this page is dropped, and one that is there already replaces it", async () => {
    await open(1);
    await until(() => stage.heard("SUBSCRIBE").length === 2);
    stage.push("/topic/5", "said", '<hx-partial hx-target="#nowhere" hx-swap="beforeend"><p>x</p></hx-partial>');
    stage.push(
      "/topic/5",
      "said",
      '<hx-partial hx-target="#messages" hx-swap="beforeend"><article id="message-1" data-message-id="1" data-author="bob"><div class="body">again</div></article></hx-partial>',
    );
    await page.waitForSelector("#message-1 >> text=again");
    expect(await bodies()).toEqual(["again"]);
    expect(await page.locator("text=x").count()).toBe(0);
  });

  test("the title counts what waits, also after a push and a new title", async () => {
    await open();
    expect(await page.title()).toStartWith("(3) ");
    await until(() => stage.heard("SUBSCRIBE").length === 2);
    const badge = '<span id="alarm-badge" class="badge" data-count="7">7</span>';
    stage.push(
      "/queue/alice",
      "raised",
      `<hx-partial hx-target="#alarm-badge" hx-swap="outerHTML">${badge}</hx-partial>`,
    );
    await page.waitForFunction(() => document.title.startsWith("(8) "));
    await page.evaluate("document.title = 'Elsewhere'");
    await page.waitForFunction(() => document.title === "(8) Elsewhere");
  });

  test("what is said stands there at once, and becomes the server's own message in the same place", async () => {
    await open(1);
    stage.isMute = true;
    await write("<b>hello</b>");
    const article = page.locator("#messages article[data-state=pending]");
    expect(await article.locator(".body").textContent()).toBe("<b>hello</b>");
    expect(await box().inputValue()).toBe("");
    const clientId = (await article.getAttribute("data-client-id")) ?? "";
    stage.say("bob", "meanwhile");
    await page.waitForSelector("#message-2");
    expect(await bodies()).toEqual(["earlier 0", "meanwhile", "<b>hello</b>"]);
    stage.say("alice", "<b>hello</b>", clientId);
    await page.waitForSelector("#message-3[data-own]");
    expect(await bodies()).toEqual(["earlier 0", "meanwhile", "<b>hello</b>"]);
    expect(await page.locator("[data-state]").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("what is said offline waits through a reload and goes out in order, once", async () => {
    await open();
    await stage.stop();
    await offline();
    for (const text of ["one", "two", "three"]) await write(text);
    expect(await page.locator("[data-state=pending]").count()).toBe(3);
    stage.start();
    await page.reload();
    await live(page);
    await until(() => stored().length === 3);
    await page.waitForFunction("document.querySelectorAll('#messages [data-message-id]').length === 3");
    expect(stored()).toEqual(["one", "two", "three"]);
    expect(await bodies()).toEqual(["one", "two", "three"]);
    await page.waitForFunction("localStorage.getItem('birdie:alice:outbox:5') === null");
  });

  test("a refused message says why and gives its text back; said again, it is stored once", async () => {
    await open();
    stage.refusal = 403;
    await write("let me in");
    await page.waitForSelector("[data-state=failed] .retry");
    expect(await page.locator("[data-state=failed] .state").textContent()).toContain("보낼 수 없습니다");
    expect(await box().inputValue()).toBe("let me in");
    stage.refusal = 0;
    await box().press("Enter");
    await page.waitForSelector("#message-1");
    expect(await bodies()).toEqual(["let me in"]);
  });

  test("a message without an answer fails after ten seconds; tried again it keeps its client-id", async () => {
    await open(0, { prepare: (page) => page.clock.install() });
    stage.isMute = true;
    await write("anybody?");
    await until(() => stage.heard("SEND").some(({ body }) => body === "anybody?"));
    await page.clock.runFor(11_000);
    await page.waitForSelector("[data-state=failed]");
    stage.isMute = false;
    await page.locator(".retry").click();
    await page.waitForSelector("#message-1");
    const sent = stage.heard("SEND").filter(({ body }) => body === "anybody?");
    expect(sent.length).toBe(2);
    expect(new Set(sent.map(({ headers }) => headers["client-id"])).size).toBe(1);
    expect(await bodies()).toEqual(["anybody?"]);
  });

  test("a draft survives a reload", async () => {
    await open();
    await box().fill("half a thought");
    await page.reload();
    // The script that brings it back is a chunk, which may come behind the page.
    await page.waitForFunction(`document.querySelector("textarea[name=message]").value !== ""`);
    expect(await box().inputValue()).toBe("half a thought");
  });

  test("the end stays in sight, a place further up stays where it is, and a pill counts", async () => {
    await open(60);
    const log = page.locator(".log");
    const gap = () => log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight);
    stage.say("bob", "new at the end");
    await page.waitForSelector("#message-61");
    expect(await gap()).toBeLessThan(2);
    await log.evaluate((log) => log.scrollTo(0, 300));
    stage.say("bob", "unseen");
    stage.say("bob", "unseen too");
    await page.waitForSelector(".pill >> text=2");
    expect(await log.evaluate((log) => log.scrollTop)).toBe(300);
    await page.locator(".pill").click();
    await page.waitForSelector(".pill", { state: "hidden" });
    expect(await gap()).toBeLessThan(2);
  });

  test("earlier messages come above without moving what is looked at", async () => {
    await open(60, {
      prepare: (_, stage) => {
        stage.pageSize = 40;
      },
    });
    const top = () => page.locator("#message-21").evaluate((message) => message.getBoundingClientRect().top);
    const before = await page.locator(".log").evaluate((log) => {
      log.scrollTo(0, 0);
      return document.querySelector("#message-21")?.getBoundingClientRect().top ?? 0;
    });
    await page.waitForSelector("#message-1", { state: "attached" });
    await page.waitForSelector(".beginning", { state: "attached" });
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1);
    expect(await page.locator("#messages > .day").count()).toBe(1);
    expect((await bodies())[0]).toBe("earlier 0");
  });

  test("where sockets are blocked, messages are posted, once each, in order", async () => {
    await open();
    stage.isBlocked = true;
    await stage.stop();
    await offline();
    stage.start();
    await write("one");
    await write("two");
    // Each time the network is said to be back, the next attempt comes at once.
    while (stored().length < 2) await page.evaluate("dispatchEvent(new Event('online'))");
    await page.waitForSelector("#message-2");
    expect(stored()).toEqual(["one", "two"]);
    expect(await bodies()).toEqual(["one", "two"]);
    expect(await page.locator("#connection").textContent()).toContain("실시간");
  });

  test("who was signed out keeps the text, and goes on where they were after signing in again", async () => {
    await open();
    await box().fill("half a thought");
    stage.isSignedOut = true;
    await stage.stop();
    stage.start();
    await page.waitForSelector("#connection a[href='/login']");
    expect(await box().inputValue()).toBe("half a thought");
    stage.isSignedOut = false;
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await live(page);
    await box().press("Enter");
    await until(() => stored().length === 1);
    expect(stored()).toEqual(["half a thought"]);
  });

  test("an alarm that is followed into a new tab is read, and so is one whose dot a push takes away", async () => {
    await open(0, { path: "/alarms" });
    await page
      .locator("#alarm-2 a")
      .first()
      .click({ modifiers: ["Control"] });
    await until(() => stage.posts.some(({ path }) => path === "/alarms/2/read"));
    await until(() => stage.heard("SUBSCRIBE").length > 0);
    stage.push("/queue/alice", "read", '<hx-partial hx-target="#alarm-1-dot" hx-swap="delete"></hx-partial>');
    await page.waitForSelector("#alarm-1[data-read=true]");
    expect(await page.locator("#alarm-2").getAttribute("data-read")).toBe("false");
  });

  test("only somebody who is there acknowledges what arrives", async () => {
    await open(1);
    await until(() => stage.posts.some(({ path }) => path === "/messages/5/read"));
    expect(stage.posts.find(({ path }) => path === "/messages/5/read")?.fields).toEqual({ upTo: "1" });
    await page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))");
    stage.say("bob", "unseen");
    await page.waitForSelector("#message-2");
    expect(stage.heard("ACK").length).toBe(0);
    await page.evaluate("document.hasFocus = () => true; dispatchEvent(new Event('focus'))");
    await until(() => stage.heard("ACK").length === 1);
    expect(stage.heard("ACK")[0]?.headers["id"]).toBe("a2");
  });

  describe("Enter", () => {
    const text = "안녕하세요";
    const key = (name: string, keyCode: number, isComposing: boolean) =>
      ["KeyboardEvent", name, { key: "Enter", keyCode, isComposing, bubbles: true, cancelable: true }] as const;
    const end = ["CompositionEvent", "compositionend", { data: "요", bubbles: true }] as const;
    const lineBreak = [
      "InputEvent",
      "beforeinput",
      { inputType: "insertLineBreak", bubbles: true, cancelable: true },
    ] as const;
    const orders = {
      "Chromium, Korean": [key("keydown", 229, true), end, lineBreak, key("keyup", 13, false)],
      "Chromium, Korean, with a second keydown": [key("keydown", 229, true), end, key("keydown", 13, false), lineBreak],
      "Firefox on Windows, Korean": [key("keydown", 229, true), end, key("keydown", 13, false), lineBreak],
      "Firefox on macOS, Korean": [key("keydown", 229, true), end, lineBreak],
      "Safari, Korean": [end, key("keydown", 229, false), lineBreak],
      "a line break before the composition ends": [key("keydown", 229, true), lineBreak, end],
    };

    for (const [name, order] of Object.entries(orders)) {
      test(`sends exactly once: ${name}`, async () => {
        await open();
        await replay(text, order);
        await until(() => stored().length > 0);
        await write("fence");
        await until(() => stored().includes("fence"));
        expect(stored()).toEqual([text, "fence"]);
      });
    }

    test("picks a Japanese candidate without sending: Safari and Chromium", async () => {
      await open();
      await replay("日本語", [key("keydown", 229, true), end]);
      await replay("日本語", [end, key("keydown", 229, false)]);
      await box().press("Enter");
      await until(() => stored().length > 0);
      expect(stored()).toEqual(["日本語"]);
    });

    test("sends what an input method composed, once, and leaves an empty box", async () => {
      await open();
      await box().focus();
      const wire = await page.context().newCDPSession(page);
      for (const syllable of ["ㅇ", "아", "안"]) {
        await wire.send("Input.imeSetComposition", { text: syllable, selectionStart: 1, selectionEnd: 1 });
      }
      await box().press("Enter");
      expect(stored()).toEqual([]);
      await wire.send("Input.insertText", { text: "안녕" });
      await box().press("Enter");
      await until(() => stored().length > 0);
      expect(stored()).toEqual(["안녕"]);
      expect(await box().inputValue()).toBe("");
    });

    test("with Shift is a new line", async () => {
      await open();
      await box().pressSequentially("one");
      await box().press("Shift+Enter");
      await box().pressSequentially("two");
      expect(await box().inputValue()).toBe("one\ntwo");
      await box().press("Enter");
      await until(() => stored().length > 0);
      expect(stored()).toEqual(["one\ntwo"]);
    });

    /** The events of one Enter as an engine was seen to send them, on a box that holds the text. */
    function replay(value: string, order: readonly (readonly [string, string, object])[]): Promise<unknown> {
      const steps = order.map(([type, name, init]) => ({ type, name, init }));
      return box().evaluate(
        (target, { value, steps }) => {
          const start = new CompositionEvent("compositionstart", { bubbles: true });
          target.dispatchEvent(start);
          if (target instanceof HTMLTextAreaElement) target.value = value;
          const types = { KeyboardEvent, CompositionEvent, InputEvent };
          for (const { type, name, init } of steps) {
            const Type = Object.entries(types).find(([its]) => its === type)?.[1] ?? Event;
            target.dispatchEvent(new Type(name, init));
          }
        },
        { value, steps },
      );
    }
  });
});

interface Options {
  readonly path?: string;
  /** Before the page is opened. */
  readonly prepare?: (page: Page, stage: Stage) => Promise<void> | void;
}

/** Asks again after each frame of the page, until the test runs out of time. */
async function waitUntil(page: Page, isTrue: () => boolean): Promise<void> {
  while (!isTrue())
    await page.evaluate(
      "new Promise((resolve) => { const c = new MessageChannel(); c.port1.onmessage = resolve; c.port2.postMessage(0); })",
    );
}
