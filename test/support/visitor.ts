import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { type Member, signIn } from "./server.ts";

/** One person in a browser of their own, with as many tabs as they open, and with a token for what happens behind it. */
export class Visitor {
  member: Member;
  readonly context: BrowserContext;
  /** What the console or a page complained of. Empty at the end of every journey. */
  readonly faults: string[] = [];
  readonly #url: string;
  readonly #isScripted: boolean;

  private constructor(url: string, member: Member, context: BrowserContext, isScripted: boolean) {
    this.#url = url;
    this.member = member;
    this.context = context;
    this.#isScripted = isScripted;
  }

  /** Somebody who has an account is signed in in a browser, without a page: that takes a hundredth of the time. */
  static async join(
    browser: Browser,
    url: string,
    member: Member,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-US", timezoneId: "Asia/Seoul", ...options });
    const { userId, password } = member;
    const headers = { origin: url };
    const answer = await context.request.post(`${url}/login`, { form: { userId, password }, headers, maxRedirects: 0 });
    if (answer.status() !== 303) throw new Error(`${userId} could not log in: ${answer.status()}`);
    return new Visitor(url, member, context, options.javaScriptEnabled !== false);
  }

  /** Somebody new signs up through the form, as people do. */
  static async signUp(
    browser: Browser,
    url: string,
    userId: string,
    options: BrowserContextOptions = {},
  ): Promise<Visitor> {
    const context = await browser.newContext({ locale: "en-US", timezoneId: "Asia/Seoul", ...options });
    const page = await context.newPage();
    const password = await signUpByForm(page, url, userId);
    await page.close();
    return new Visitor(url, await signIn({ url }, userId, password), context, options.javaScriptEnabled !== false);
  }

  /** A tab without an address yet. */
  async tab(): Promise<Page> {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (line) => {
      // The browser itself and htmx say that a network is gone; everything else is a fault of ours.
      const isNetwork = /WebSocket connection|net::ERR_|Failed to load resource|htmx:error: Failed to fetch/.test(
        line.text(),
      );
      if (line.type() === "error" && !isNetwork) this.faults.push(line.text());
    });
    return page;
  }

  /** Opens a tab and waits until it is live. */
  async open(path: string): Promise<Page> {
    const page = await this.tab();
    await page.goto(this.#url + path);
    if (this.#isScripted) await live(page);
    return page;
  }

  /** Opens a tab whose sockets are all blocked, on a clock that stands still, and waits until the page says so. */
  async openWithoutSockets(address: string): Promise<Page> {
    const page = await this.tab();
    // Its clock and its sockets are the page's own here; what tabs share is the same wire.
    await page.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    await page.clock.install();
    await page.routeWebSocket(/\/stomp/, (socket) => socket.close());
    await page.goto(address);
    while (!(await page.textContent("#connection"))?.includes("Live updates are off")) await page.clock.runFor(1_000);
    return page;
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** Fills in the form and is at home then. Resolves with the password. */
export async function signUpByForm(page: Page, url: string, userId: string): Promise<string> {
  const password = `${userId} likes birds`;
  await page.goto(`${url}/signup`);
  await page.fill("[name=userId]", userId);
  await page.fill("[name=name]", userId);
  await page.fill("[name=password]", password);
  await page.click("main button[type=submit]");
  await page.waitForURL(`${url}/`);
  return password;
}

/** Connected, and all of the page's script is there, also what comes late. */
export async function live(page: Page): Promise<void> {
  await page.waitForSelector("body[data-live=connected][data-ready]");
}

/** From now on the page's own time passes only as the test says, however long the test itself takes. */
export async function stopClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
}

/** Waits until the badge shows this number; 0 means hidden. */
export async function badge(page: Page, name: "alarm" | "message", count: number): Promise<void> {
  await page.waitForFunction(
    ([id, wanted]) => {
      const element = document.getElementById(`${id}-badge`);
      if (!element) return false;
      return wanted === 0 ? element.hidden : !element.hidden && element.textContent?.trim() === String(wanted);
    },
    [name, count] as const,
  );
}

/** Waits until the title begins with `(n) `, or, at 0, with no number. */
export async function title(page: Page, count: number): Promise<void> {
  await page.waitForFunction(
    (wanted) => (wanted === 0 ? !document.title.startsWith("(") : document.title.startsWith(`(${wanted}) `)),
    count,
  );
}

/** Writes a line into the room that is open and sends it as one does. */
export async function say(page: Page, text: string): Promise<void> {
  await page.fill("#composer textarea", text);
  await page.press("#composer textarea", "Enter");
}

/** Waits until the last of the room's messages are these, all of them sent. */
export async function shows(page: Page, ...texts: readonly string[]): Promise<void> {
  await page.waitForFunction((wanted) => {
    const articles = [...document.querySelectorAll("#messages article")].slice(-wanted.length);
    const isSame =
      articles.length === wanted.length && articles.every((a, i) => a.textContent?.includes(wanted[i] ?? ""));
    return isSame && articles.every((article) => !article.hasAttribute("data-state"));
  }, texts);
}
