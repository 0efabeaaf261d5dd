import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser } from "../support/browser.ts";
import { type Member, signIn, signUp, type TestServer, testServer } from "../support/server.ts";
import { VECTORS } from "../support/vectors.ts";
import { live, Visitor } from "../support/visitor.ts";

setDefaultTimeout(300_000);

const KIND = [
  "Hello https://birds.example/a?b=c",
  "**Birds** and `code`, @alice",
  "One\n\nTwo *three*\n> Four",
  "```\nFive\n```",
  "🐦",
  "Hi",
];

/** What a page is made of: every kind of element with every name of its attributes, and what should not be there at all. */
interface Made {
  readonly parts: readonly string[];
  readonly faults: readonly string[];
}

describe.skipIf(!chromiumPath)("texts that try to be markup, in a real browser", () => {
  let browser: Browser;
  let server: TestServer;
  let alice: Visitor;
  let victim: Member;
  const violations: string[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
    server = await testServer();
    alice = await Visitor.signUp(browser, server.url, "alice");
    victim = await signIn(server, "alice", "alice likes birds");
    await alice.context.exposeFunction("tellTest", (what: string) => violations.push(what));
    await alice.context.addInitScript(() => {
      const tell = (what: string) => (Reflect.get(window, "tellTest") as (what: string) => void)(what);
      Reflect.set(window, "xssmark", () => tell("a script ran"));
      document.addEventListener("securitypolicyviolation", (event) =>
        tell(`${event.violatedDirective} ${event.blockedURI}`),
      );
    });
  });
  afterAll(async () => {
    await alice.close();
    await server.stop();
    await browser.close();
  });

  /** One person does everything that text of theirs can come by, all of it where alice sees it. */
  async function act(who: Member, texts: readonly string[]) {
    const { id: postId } = (await victim.post("/posts", { title: `For ${who.userId}`, body: "Here" })).json;
    const { roomId } = (await who.post("/messages", { userIds: ["alice"], name: "A room" })).json;
    const { roomId: pairId } = (await who.post("/messages", { userId: "alice" })).json;
    const pages = await Promise.all(
      ["/", `/posts/${postId}`, `/messages/${roomId}`, "/alarms"].map((path) => alice.open(path)),
    );
    let own = 0;
    for (const text of texts) {
      await who.post("/settings/name", { name: [...text].slice(0, 40).join("") });
      await who.post(`/messages/${roomId}/name`, { name: [...text].slice(0, 40).join("") });
      own = (await who.post("/posts", { title: [...text].slice(0, 120).join(""), body: `${text}\n@alice` })).json.id;
      const comment = await who.post(`/posts/${postId}/comments`, { body: text });
      expect(comment.status).toBe(201);
      await who.post(`/posts/${postId}/comments`, { body: `@alice ${text}`, parentId: comment.json.id });
      const line = await who.post(`/messages/${roomId}`, { message: text });
      await who.post(`/messages/${roomId}`, { message: `@alice ${text}`, replyToId: line.json.id });
      await who.post(`/messages/${pairId}`, { message: text });
    }
    await who.post(`/posts/${postId}/like`);
    const last = `The last of ${who.userId}`;
    await who.post(`/posts/${postId}/comments`, { body: last });
    await who.post(`/messages/${roomId}`, { message: last });
    // Hundreds of changes are on their way to four pages, which a busy machine draws for longer than pages are waited for.
    const shows = { timeout: 120_000 };
    await pages[1]?.waitForFunction((text) => document.body.textContent?.includes(text), last, shows);
    await pages[2]?.waitForFunction(
      (text) => document.querySelector("#messages")?.textContent?.includes(text),
      last,
      shows,
    );
    return { pages, postId, roomId, own };
  }

  function madeOf(page: Page): Promise<Made> {
    return page.evaluate(() => {
      const parts = new Set<string>();
      const faults: string[] = [];
      for (const element of document.querySelectorAll("*")) {
        for (const { name, value } of element.attributes) {
          parts.add(`${element.localName}[${name}]`);
          if (
            /^on/i.test(name) ||
            (/^(?:data-)?hx-|^(?:src|srcdoc|style|action|formaction|id|name|form)$/.test(name) &&
              /xssmark|evil/.test(value))
          ) {
            faults.push(`${element.localName}[${name}=${value}]`);
          }
        }
        parts.add(element.localName);
        if (element instanceof HTMLAnchorElement && element.href !== "" && !/^https?:$/.test(element.protocol))
          faults.push(element.href);
      }
      const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
      faults.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `#${id} twice`));
      return { parts: [...parts], faults };
    });
  }

  async function look(who: Member, texts: readonly string[]): Promise<Made> {
    const { pages, postId, roomId, own } = await act(who, texts);
    const made: Made[] = [];
    for (const page of pages) {
      made.push(await madeOf(page));
      await page.close();
    }
    const searches = texts.filter((_, at) => at % 6 === 0).map((text) => `/search?q=${encodeURIComponent(text)}`);
    const rest = [
      "/",
      `/posts/${postId}`,
      `/posts/${own}`,
      `/messages/${roomId}`,
      "/messages",
      "/alarms",
      "/since",
      `/members/${who.userId}`,
      "/members?q=c",
    ];
    const page = await alice.open("/");
    for (const path of [...rest, ...searches]) {
      await page.goto(server.url + path);
      await live(page);
      made.push(await madeOf(page));
    }
    await page.close();
    return {
      parts: [...new Set(made.flatMap(({ parts }) => parts))].sort(),
      faults: made.flatMap(({ faults }) => faults),
    };
  }

  test("S34, S36: no element, no attribute, no id and no script comes of them, pushed or rendered", async () => {
    const [carol, mallory] = [await signUp(server, "carol", "Carol"), await signUp(server, "mallory", "Mallory")];
    // As many as fill more than one page, so that what leads to the next one is known.
    const texts = Array.from({ length: 30 }, (_, n) => KIND[n % KIND.length] ?? "");
    const kind = await look(carol, texts);
    const hostile = await look(mallory, VECTORS);
    expect(kind.faults).toEqual([]);
    expect(hostile.faults).toEqual([]);
    const known = new Set(kind.parts);
    expect(hostile.parts.filter((part) => !known.has(part))).toEqual([]);
    expect(violations).toEqual([]);
    expect(alice.faults).toEqual([]);
  });

  test("S35: even a handler that were injected would not run, and says so", async () => {
    const page = await alice.open("/");
    await page.evaluate(() => {
      const holder = document.createElement("div");
      holder.innerHTML = "<img src=x onerror=xssmark()>";
      document.body.append(holder);
    });
    await page.waitForFunction(() => document.querySelector("img[onerror]")?.hasAttribute("src"));
    while (!violations.some((one) => one.startsWith("script-src")))
      await page.evaluate(() => new Promise(requestAnimationFrame));
    expect(violations).not.toContain("a script ran");
    await page.close();
  });

  test("S38: the Back button shows nothing after logging out, nor to the next person", async () => {
    const secret = "What only members may see";
    const bob = await signUp(server, "bob", "Bob");
    const { roomId } = (await bob.post("/messages", { userId: "alice" })).json;
    await bob.post(`/messages/${roomId}`, { message: secret });
    const page = await alice.open("/messages");
    await page.goto(`${server.url}/messages/${roomId}`);
    await page.waitForFunction((text) => document.body.textContent?.includes(text), secret);
    await page.goto(`${server.url}/settings`);
    await page.click("form[action='/logout'] button >> visible=true");
    await page.waitForURL(/\/login/);
    for (let n = 0; n < 3; n++) {
      await page.goBack();
      await page.waitForLoadState();
      expect(await page.evaluate(() => document.body.textContent)).not.toContain(secret);
    }
  });

  for (const javaScriptEnabled of [true, false]) {
    test(`S38, C8: Back gives no box of one person to the next in the same tab, ${javaScriptEnabled ? "with" : "without"} script`, async () => {
      const name = javaScriptEnabled ? "dora" : "emil";
      const [first, second] = [await signUp(server, name), await signUp(server, `${name}_2`)];
      const { id: postId } = (await first.post("/posts", { title: "Hello", body: "World" })).json;
      await second.post(`/posts/${postId}/comments`, { body: "Hi" });
      const visitor = await Visitor.join(browser, server.url, first, { javaScriptEnabled });
      const page = await visitor.open(`/posts/${postId}`);
      const boxes = page.locator("#main textarea");
      await page.locator(".reply-form > summary").click();
      for (const summary of await page.locator(".alts > summary").all()) await summary.click();
      for (const box of await boxes.all()) await box.fill(`Only ${name} may see this`);
      await page.goto(`${server.url}/settings`);
      await page.locator("form[action='/logout'] button >> visible=true").click();
      await page.waitForURL(/\/login/);
      await page.fill("[name=userId]", second.userId);
      await page.fill("[name=password]", second.password);
      await page.locator("main button[type=submit]").click();
      await page.waitForSelector(`body[data-me=${second.userId}]`);
      while (!page.url().includes(`/posts/${postId}`)) await page.goBack();
      await page.waitForSelector(`body[data-me=${second.userId}]`);
      const values = await boxes.evaluateAll((all) => all.map((box) => (box as HTMLTextAreaElement).value));
      expect([values.length > 1, values.join("")]).toEqual([true, ""]);
      // Whose they are finds them again, where a script keeps drafts.
      await visitor.context.clearCookies();
      const form = { userId: first.userId, password: first.password };
      await visitor.context.request.post(`${server.url}/login`, { form, headers: { origin: server.url } });
      await page.goto(`${server.url}/posts/${postId}`);
      const kept = javaScriptEnabled ? `Only ${name} may see this` : "";
      await page.waitForFunction(
        (text) => document.querySelector<HTMLTextAreaElement>("#comment-form textarea")?.value === text,
        kept,
      );
      await visitor.close();
    });
  }
});
