import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const NO_NETWORK = "There is no network: nothing was sent.";
const says = (page: Page, words: string) =>
  page.waitForFunction((words) => document.getElementById("connection")?.textContent === words, words);

/** What was begun and not sent, of posts, comments and edits; those of chat are in chat-composer.test.ts. */
describe.skipIf(!chromiumPath)("what was begun", () => {
  const journey = new Journey();

  async function begin() {
    await journey.server();
    const bob = await journey.visitor("bob");
    const { json } = await bob.member.post("/posts", { title: "Old title", body: "Old words" });
    return { bob, path: `/posts/${json.id}` };
  }

  test("of a post is title and text: a closed form says so, an open one lets go of both, with a way back, and sent they are gone", async () => {
    const { bob } = await begin();
    const page = await bob.open("/");
    const title = () => page.inputValue(".write [name=title]");
    const body = () => page.inputValue(".write [name=body]");
    await page.click(".write > summary");
    await page.fill(".write [name=title]", "A long walk");
    await page.fill(".write [name=body]", "It began in the rain");
    await page.reload();
    await live(page);
    await page.waitForSelector(".write > summary[data-begun='Draft']");
    await page.click(".write > summary");
    expect([await title(), await body()]).toEqual(["A long walk", "It began in the rain"]);
    const line = page.locator(".write .begun");
    expect(await line.textContent()).toBe("Your draft is back. Discard");
    await line.locator("button").click();
    expect([await title(), await body(), await line.textContent()]).toEqual(["", "", "Discarded. Undo"]);
    await line.locator("button").click();
    expect([await title(), await body()]).toEqual(["A long walk", "It began in the rain"]);
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    // It is the script of that page that lets go of the draft: who is gone before keeps it.
    await live(page);
    await page.goto(new URL("/", page.url()).href);
    await live(page);
    expect([await title(), await body(), await page.locator("[data-begun]").count()]).toEqual(["", "", 0]);
  });

  test("of an edit comes back, until it is saved or one changes one's mind", async () => {
    const { bob, path } = await begin();
    const page = await bob.open(`${path}/edit`);
    await page.fill("[name=title]", "New title");
    await page.fill("[name=body]", "New words");
    await page.reload();
    await live(page);
    expect(await page.inputValue("[name=body]")).toBe("New words");
    expect(await page.locator(".begun").count()).toBe(1);
    await page.click(".begun button");
    expect([await page.inputValue("[name=title]"), await page.inputValue("[name=body]")]).toEqual([
      "Old title",
      "Old words",
    ]);
    await page.click(".begun button");
    await page.click("[data-cancel]");
    await page.waitForURL(new RegExp(`${path}$`));
    await live(page);
    await page.goto(new URL(`${path}/edit`, page.url()).href);
    await live(page);
    expect([await page.inputValue("[name=title]"), await page.inputValue("[name=body]")]).toEqual([
      "Old title",
      "Old words",
    ]);
    expect(await page.locator(".begun").count()).toBe(0);
  });

  test("without a network is said not to be sent, and stays", async () => {
    const { bob, path } = await begin();
    const page = await bob.open("/");
    await page.click(".write > summary");
    await page.fill(".write [name=title]", "A long walk");
    await page.fill(".write [name=body]", "It began in the rain");
    await page.context().setOffline(true);
    await page.click(".write [type=submit]");
    await says(page, NO_NETWORK);
    expect(new URL(page.url()).pathname).toBe("/");
    await page.context().setOffline(false);
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    await live(page);

    await page.goto(new URL(path, page.url()).href);
    await live(page);
    await page.context().setOffline(true);
    await page.fill("#comment-form textarea", "Me, too");
    await page.click("#comment-form [type=submit]");
    await says(page, NO_NETWORK);
    expect(await page.inputValue("#comment-form textarea")).toBe("Me, too");
    await page.context().setOffline(false);
    await page.click("#comment-form [type=submit]");
    await page.waitForSelector("#comments >> text=Me, too");
    expect(await page.inputValue("#comment-form textarea")).toBe("");
  });

  test("and whose answer was lost is sent again as the same: a comment stays one; said once more, it is another", async () => {
    const { bob, path } = await begin();
    const page = await bob.open(path);
    const count = async () => {
      const shown = await bob.open(path);
      const comments = await shown.locator("#comments article").count();
      await shown.close();
      return comments;
    };
    const isSent = () =>
      page.waitForFunction(() => document.querySelector<HTMLTextAreaElement>("#comment-form textarea")?.value === "");
    await page.route("**/comments", async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
    });
    await page.fill("#comment-form textarea", "Me, too");
    await page.click("#comment-form [type=submit]");
    await says(page, "No answer. Try again.");
    expect(await count()).toBe(1);
    await page.unroute("**/comments");
    await page.click("#comment-form [type=submit]");
    await isSent();
    expect([await count(), (await page.locator("#comments [id^=comment-]:has-text('Me, too')").count()) > 0]).toEqual([
      1,
      true,
    ]);
    await page.fill("#comment-form textarea", "Me, too");
    await page.click("#comment-form [type=submit]");
    await isSent();
    expect(await count()).toBe(2);
  });

  test("and met a proxy whose server restarts: its page is not put into ours", async () => {
    const { bob, path } = await begin();
    const page = await bob.open(path);
    const body = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
    await page.route(/\/(comments|like)$/, (route) => route.fulfill({ status: 502, contentType: "text/html", body }));
    await page.click("article.post .like button");
    await says(page, "No answer. Try again.");
    await page.fill("#comment-form textarea", "Me, too");
    await page.click("#comment-form [type=submit]");
    await page.waitForFunction(() => !document.querySelector(".htmx-request"));
    expect(await page.textContent("body")).not.toContain("Bad Gateway");
    expect([await page.title(), await page.locator("article.post .like button").count()]).toEqual([
      "Old title · Birdie",
      1,
    ]);
    expect(await page.inputValue("#comment-form textarea")).toBe("Me, too");
    await page.unroute(/\/(comments|like)$/);
    await page.click("article.post .like button");
    await page.waitForSelector("article.post .like [aria-pressed=true]");
  });

  test("nor is what was read without a network: the list stays as it is", async () => {
    const { bob, path } = await begin();
    const alice = await journey.visitor("alice");
    await alice.member.post(`${path}/like`, {});
    const inbox = await bob.open("/alarms");
    await inbox.context().setOffline(true);
    await inbox.click(".read-all button");
    await says(inbox, NO_NETWORK);
    expect([new URL(inbox.url()).pathname, await inbox.isVisible(".read-all button")]).toEqual(["/alarms", true]);
    await inbox.context().setOffline(false);
    await inbox.click(".read-all button");
    await inbox.waitForSelector(".read-all button", { state: "hidden" });
  });

  test("and was answered by somebody else, a proxy or the log-in, is there again", async () => {
    const { bob } = await begin();
    const page = await bob.open("/");
    const write = async (title: string) => {
      if (!(await page.isVisible(".write [name=title]"))) await page.click(".write > summary");
      await page.fill(".write [name=title]", title);
      await page.fill(".write [name=body]", "It began in the rain");
    };
    const kept = async () => [
      await page.inputValue(".write [name=title]"),
      await page.inputValue(".write [name=body]"),
    ];
    await write("A long walk");
    await page.route("**/posts", (route) => route.fulfill({ status: 502, contentType: "text/html", body: "<h1>502" }));
    await page.click(".write [type=submit]");
    await page.waitForSelector("text=502");
    await page.unroute("**/posts");
    await page.goto(new URL("/messages", page.url()).href);
    await live(page);
    await page.goto(new URL("/", page.url()).href);
    await live(page);
    expect(await kept()).toEqual(["A long walk", "It began in the rain"]);

    // Somebody has signed out elsewhere in the same browser.
    await page.click(".write > summary");
    await page.context().clearCookies();
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/login/);
    await page.fill("[name=userId]", "bob");
    await page.fill("[name=password]", bob.member.password);
    await page.click("main button[type=submit]");
    await page.waitForURL((url) => url.pathname === "/");
    await live(page);
    expect(await kept()).toEqual(["A long walk", "It began in the rain"]);
    await page.click(".write > summary");
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    await live(page);
    await page.goto(new URL("/", page.url()).href);
    await live(page);
    expect(await kept()).toEqual(["", ""]);
  });

  test("C6: how long it is, is said from 80 % on, and that it is too long", async () => {
    const { bob, path } = await begin();
    const page = await bob.open(path);
    const count = page.locator("#comment-form .count");
    await page.fill("#comment-form textarea", "a".repeat(1_599));
    expect(await count.isVisible()).toBe(false);
    await page.fill("#comment-form textarea", "한".repeat(1_600));
    expect(await count.textContent()).toBe("1600 / 2000");
    await page.fill("#comment-form textarea", "한".repeat(2_001));
    expect(await count.textContent()).toBe("Too long to send. 2001 / 2000");
    expect(await page.getAttribute("#comment-form textarea", "aria-invalid")).toBe("true");
    await page.fill("#comment-form textarea", "short");
    expect([await count.isVisible(), await page.getAttribute("#comment-form textarea", "aria-invalid")]).toEqual([
      false,
      "false",
    ]);
  });
});
