import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";

/** One person in a browser of their own: signed up through the form, with as many tabs as they open. */
export class Visitor {
  readonly userId: string;
  readonly context: BrowserContext;
  /** What the console or a page complained of. Empty at the end of every journey. */
  readonly faults: string[] = [];
  readonly #url: string;
  readonly #isScripted: boolean;

  private constructor(url: string, userId: string, context: BrowserContext, isScripted: boolean) {
    this.#url = url;
    this.userId = userId;
    this.context = context;
    this.#isScripted = isScripted;
  }

  static async signUp(
    browser: Browser,
    url: string,
    userId: string,
    options: BrowserContextOptions & { readonly name?: string } = {},
  ): Promise<Visitor> {
    const { name = userId, ...contextOptions } = options;
    const context = await browser.newContext({ locale: "en-US", timezoneId: "Asia/Seoul", ...contextOptions });
    const visitor = new Visitor(url, userId, context, options.javaScriptEnabled !== false);
    const page = await visitor.#newPage();
    await page.goto(`${url}/signup`);
    await page.fill("[name=userId]", userId);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", `${userId} likes birds`);
    await page.click("main button[type=submit]");
    await page.waitForURL(`${url}/`);
    await page.close();
    return visitor;
  }

  /** Opens a tab and waits until it is live. */
  async open(path: string): Promise<Page> {
    const page = await this.#newPage();
    await page.goto(this.#url + path);
    if (this.#isScripted) await live(page);
    return page;
  }

  close(): Promise<void> {
    return this.context.close();
  }

  async #newPage(): Promise<Page> {
    const page = await this.context.newPage();
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("console", (line) => {
      // A lost connection is said by the browser itself; everything else is a fault of ours.
      const isNetwork = /WebSocket connection|net::ERR_|Failed to load resource/.test(line.text());
      if (line.type() === "error" && !isNetwork) this.faults.push(line.text());
    });
    return page;
  }
}

export async function live(page: Page): Promise<void> {
  await page.waitForSelector("body[data-live=connected]");
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
