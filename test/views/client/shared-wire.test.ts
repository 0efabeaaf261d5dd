import { afterAll, beforeAll, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { bundleClient, type ClientFiles } from "../../../src/web/bundle.ts";
import { chromiumPath, launchBrowser, sharedWorkers } from "../../support/browser.ts";
import { ROOT } from "../../support/database.ts";
import { Stage } from "./stage.tsx";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("the connection that tabs share", () => {
  let files: ClientFiles;
  let browser: Browser;
  let context: BrowserContext;
  let stage: Stage;

  beforeAll(async () => {
    files = await bundleClient(ROOT);
    browser = await launchBrowser();
  }, 120_000);
  afterAll(() => browser.close());
  beforeEach(async () => {
    await context?.close();
    await stage?.stop();
  });

  async function set(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    const bytes = Object.entries(changes).map(([name, text]) => [name, new TextEncoder().encode(text)] as const);
    stage = await Stage.open(new Map([...files, ...bytes]), 1);
    context = await browser.newContext({ viewport: { width: 800, height: 600 } });
  }
  async function open(prepare?: (page: Page) => Promise<unknown>): Promise<Page> {
    const page = await context.newPage();
    await prepare?.(page);
    await page.goto(`${stage.url}/messages/5`);
    return page;
  }
  /** Asks again after each turn of the page. */
  async function until(page: Page, isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await page.evaluate("Promise.resolve()");
  }
  const live = (page: Page) => page.waitForSelector("body[data-live=connected]");
  async function isUsable(page: Page, text: string): Promise<void> {
    await live(page);
    stage.say("bob", text);
    await page.waitForSelector(`#messages >> text=${text}`);
    await page.fill("#composer textarea", `heard ${text}`);
    await page.press("#composer textarea", "Enter");
    await page.waitForSelector(`#messages [data-message-id] >> text=heard ${text}`);
  }

  test("two tabs connect once; in a room each has a subscription of its own, of the queue both have one", async () => {
    await set();
    const [one, two] = [await open(), await open()];
    await Promise.all([live(one), live(two)]);
    const ids = () => stage.heard("SUBSCRIBE").map(({ headers }) => headers["id"]);
    await until(one, () => ids().length === 3);
    expect(ids().toSorted()).toEqual(["/queue/alice", "/topic/5", "/topic/5#2"]);
    expect(stage.heard("CONNECT").length).toBe(1);
    const badge = '<span id="alarm-badge" class="badge" data-count="7">7</span>';
    stage.push(
      "/queue/alice",
      "raised",
      `<hx-partial hx-target="#alarm-badge" hx-swap="outerHTML">${badge}</hx-partial>`,
    );
    for (const page of [one, two]) await page.waitForFunction(() => document.title.startsWith("(8) "));
  });

  test("a worker whose script is broken: each tab has its own connection", async () => {
    await set({ "tabs-worker.js": "this is no script" });
    await isUsable(await open(), "hello");
    expect(stage.heard("CONNECT").length).toBe(1);
  });

  test("a policy that forbids workers: each tab has its own connection", async () => {
    await set();
    stage.csp += "; worker-src 'none'";
    await isUsable(await open(), "hello");
    await isUsable(await open(), "again");
    expect(stage.heard("CONNECT").length).toBe(2);
  });

  test("a browser that throws, or refuses locks, as some do in private windows: each tab has its own connection", async () => {
    await set();
    const throwing = await open((page) =>
      page.addInitScript(() => {
        window.SharedWorker = class {
          constructor() {
            throw new DOMException("no", "SecurityError");
          }
        } as never;
      }),
    );
    await isUsable(throwing, "hello");
    const refusing = await open((page) =>
      page.addInitScript(() => {
        LockManager.prototype.request = () => Promise.reject(new DOMException("no", "SecurityError"));
      }),
    );
    await isUsable(refusing, "again");
    expect(stage.heard("CONNECT").length).toBe(2);
  });

  test("a browser without SharedWorker, or one that keeps nothing: each tab has its own connection", async () => {
    await set();
    await isUsable(await open((page) => page.addInitScript("delete window.SharedWorker")), "hello");
    const forgetful = await open((page) =>
      page.addInitScript(() =>
        Object.defineProperty(window, "localStorage", {
          get: () => {
            throw new DOMException("no", "SecurityError");
          },
        }),
      ),
    );
    await isUsable(forgetful, "again");
    expect(stage.heard("CONNECT").length).toBe(2);
  });

  test("a worker that says nothing is waited for no longer than four seconds", async () => {
    await set({ "tabs-worker.js": "onconnect = () => undefined;" });
    const page = await open((page) => page.clock.install());
    await page.waitForSelector("body[data-live=connecting]");
    expect(stage.heard("CONNECT")).toEqual([]);
    while ((await page.getAttribute("body", "data-live")) !== "connected") await page.clock.runFor(1_000);
    await isUsable(page, "hello");
  });

  test("a worker that dies: its tabs have connections of their own at once, and the next page has a worker again", async () => {
    await set();
    const [one, two] = [await open(), await open()];
    await Promise.all([live(one), live(two)]);
    const workers = await sharedWorkers(browser);
    await workers.end();
    await until(one, () => stage.heard("CONNECT").length === 3);
    await isUsable(one, "hello");
    await isUsable(two, "again");
    while ((await workers.list()).length > 0) await one.evaluate("1");
    await one.reload();
    await live(one);
    while ((await workers.list()).length === 0) await one.evaluate("1");
    expect(await workers.list()).toHaveLength(1);
  });
});
