import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { pngOf } from "../support/pictures.ts";
import type { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { badge, live, say, shows, title, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Two people and three tabs in a real browser, against the whole product. */
describe.skipIf(!chromiumPath)("in a browser", () => {
  const journey = new Journey();
  let server: TestServer;
  let alice: Visitor;
  let bob: Visitor;

  beforeEach(async () => {
    server = await journey.server();
    [alice, bob] = await Promise.all([
      journey.visitor("alice", { name: "앨리스" }),
      journey.visitor("bob", { name: "Bob" }),
    ]);
  });

  /** Writes a post through the form of the feed. */
  async function write(who: Visitor, heading: string): Promise<string> {
    const page = await who.open("/");
    await page.click("details summary");
    await page.fill("[name=title]", heading);
    await page.fill("[name=body]", `The text of ${heading}`);
    await page.click("form[action='/posts'] button[type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    const path = new URL(page.url()).pathname;
    await page.close();
    return path;
  }

  async function openRoom(who: Visitor, other: string) {
    const page = await who.open(`/members/${other}`);
    await page.click("form[action='/messages'] button");
    await page.waitForURL(/\/messages\/\d+$/);
    await live(page);
    return page;
  }

  test("a page names all its scripts at once, so that none is found only in another; four of them stand behind a member's", async () => {
    const room = await openRoom(bob, "alice");
    for (const path of ["/", new URL(room.url()).pathname]) {
      const page = await bob.tab();
      const asked: string[] = [];
      page.on("request", (request) => void (request.resourceType() === "script" && asked.push(request.url())));
      await page.goto(server.url + path);
      await live(page);
      const named = await page
        .locator("head :is(link[rel=modulepreload], script)")
        .evaluateAll((all) => all.map((one) => Reflect.get(one, "href") ?? Reflect.get(one, "src")));
      const run = new Set(asked.filter((address) => !address.includes("tabs-worker")));
      expect([path, run]).toEqual([path, new Set(named)]);
      expect(run.size).toBe(5);
    }
  });

  test("a like rings in both tabs of the owner and in their titles; an own one does not; an unlike takes it back", async () => {
    const post = await write(bob, "Hello world");
    const [first, second, inbox] = [await bob.open("/"), await bob.open("/messages"), await bob.open("/alarms")];
    const reader = await alice.open(post);
    await reader.click("form.like button");
    await Promise.all([first, second, inbox].flatMap((page) => [badge(page, "alarm", 1), title(page, 1)]));
    await inbox.waitForSelector("#alarms [data-alarm-id]:has-text('앨리스')");
    await badge(reader, "alarm", 0);

    await reader.click("form.like button[aria-pressed=true]");
    await Promise.all([first, second, inbox].flatMap((page) => [badge(page, "alarm", 0), title(page, 0)]));
    await inbox.waitForFunction(() => document.querySelectorAll("#alarms [data-alarm-id]").length === 0);

    // An own like rings nowhere: the comment that follows it is the first thing heard.
    const own = await bob.open(post);
    await own.click("form.like button");
    await own.waitForSelector("form.like button[aria-pressed=true]");
    await reader.fill("form[action$='/comments'] textarea", "Nice one");
    await reader.click("form[action$='/comments'] button[type=submit]");
    await Promise.all([first, second, inbox].map((page) => badge(page, "alarm", 1)));
    expect(await inbox.locator("#alarms [data-alarm-id]").count()).toBe(1);
  });

  test("who has just signed up comments: it appears on the open page of others, once on the writer's own", async () => {
    const post = await write(bob, "Comments");
    const carol = await journey.newcomer("carol");
    const [watching, writing] = [await bob.open(post), await carol.open(post)];
    await writing.fill("form[action$='/comments'] textarea", "First!");
    await writing.click("form[action$='/comments'] button[type=submit]");
    await Promise.all([watching, writing].map((page) => page.waitForSelector("#comments article:has-text('First!')")));
    expect(await writing.locator("#comments article:has-text('First!')").count()).toBe(1);
    expect(await watching.locator("#comments article:has-text('First!')").count()).toBe(1);
  });

  test("both in the room: each line is there at once, once, and unread nowhere", async () => {
    const atAlice = await openRoom(alice, "bob");
    const atBob = await openRoom(bob, "alice");
    const elsewhere = await bob.open("/");
    await atBob.bringToFront();
    await say(atAlice, "안녕하세요");
    await Promise.all([shows(atAlice, "안녕하세요"), shows(atBob, "안녕하세요")]);
    await say(atBob, "Hello!");
    await Promise.all([shows(atAlice, "안녕하세요", "Hello!"), shows(atBob, "안녕하세요", "Hello!")]);
    await atAlice.waitForFunction(() => document.querySelector("#messages article")?.hasAttribute("data-read"));
    expect(await elsewhere.locator("#message-badge").isHidden()).toBe(true);
  });

  test("one is elsewhere: badge, title and room list; entering clears them in both tabs", async () => {
    const atAlice = await openRoom(alice, "bob");
    const [feed, list] = [await bob.open("/"), await bob.open("/messages")];
    await say(atAlice, "are you there?");
    await shows(atAlice, "are you there?");
    await Promise.all([badge(feed, "message", 1), title(feed, 1), badge(list, "message", 1)]);
    await list.waitForSelector("#rooms [data-room-id] .last-message:has-text('are you there?')");
    await list.waitForFunction(() => document.querySelector("#rooms .unread")?.textContent?.trim().startsWith("1"));
    await say(atAlice, "hello?");
    await Promise.all([badge(feed, "message", 2), badge(list, "message", 2)]);

    await list.bringToFront();
    await list.click("#rooms [data-room-id] a");
    await list.waitForURL(/\/messages\/\d+$/);
    await shows(list, "are you there?", "hello?");
    await Promise.all([badge(feed, "message", 0), title(feed, 0), badge(list, "message", 0)]);
    await atAlice.waitForFunction(() =>
      [...document.querySelectorAll("#messages article")].every((article) => article.hasAttribute("data-read")),
    );
  });

  test("the server restarts: both come back, miss nothing, and say on", async () => {
    const atAlice = await openRoom(alice, "bob");
    const atBob = await openRoom(bob, "alice");
    const feed = await bob.open("/");
    await say(atAlice, "before");
    await shows(atBob, "before");
    await server.stop();
    await Promise.all([atAlice, atBob, feed].map((page) => page.waitForSelector("body[data-live=offline]")));
    await say(atAlice, "while it was gone");
    await atAlice.waitForSelector("article[data-state]");
    await server.start();
    await Promise.all([atAlice, atBob, feed].map(live));
    await Promise.all([atAlice, atBob].map((page) => shows(page, "before", "while it was gone")));
    await say(atBob, "and after");
    await shows(atAlice, "before", "while it was gone", "and after");
    const post = await write(alice, "After the restart");
    const reader = await bob.open(post);
    await reader.click("form.like button");
    await badge(atAlice, "alarm", 1);
  });

  test("F5: logging out in one tab shows in the other one at once; Back shows nothing private", async () => {
    const [first, second] = [await bob.open("/messages"), await bob.open("/")];
    await first.goto(`${server.url}/settings`);
    await live(first);
    await first.click("form[action='/logout'] button");
    await first.waitForURL(/\/login/);
    await second.waitForSelector("body:not([data-me])");
    await first.goBack();
    await first.waitForSelector("body:not([data-me])");
  });
});

describe.skipIf(!chromiumPath)("without script", () => {
  const journey = new Journey();

  test("the same journey goes by forms and reloads", async () => {
    const server = await journey.server();
    const options = { javaScriptEnabled: false };
    const [alice, bob] = [await journey.newcomer("alice", options), await journey.newcomer("bob", options)];
    const text = (selector: string) => atBob.locator(selector).textContent();

    const atBob = await bob.open("/");
    await atBob.click("details summary");
    await atBob.fill("[name=title]", "By hand");
    await atBob.fill("[name=body]", "No script here");
    await atBob.click("form[action='/posts'] button[type=submit]");
    await atBob.waitForURL(/\/posts\/\d+$/);
    const post = new URL(atBob.url()).pathname;

    const atAlice = await alice.open(post);
    await atAlice.click("form.like button");
    await atAlice.waitForSelector("form.like button[aria-pressed=true]");
    await atAlice.fill("form[action$='/comments'] textarea", "Well done");
    await atAlice.click("form[action$='/comments'] button[type=submit]");
    await atAlice.waitForURL(/#comment-/);

    await atBob.goto(`${server.url}/alarms`);
    expect(await text("#alarm-badge")).toBe("2");
    expect(await atBob.title()).toStartWith("(2) ");
    expect(await atBob.locator("#alarms [data-alarm-id]").count()).toBe(2);
    await atBob.click("form[action='/alarms/read'] button");
    await atBob.waitForSelector("#alarm-badge", { state: "hidden" });

    await atAlice.click("form.like button[aria-pressed=true]");
    await atAlice.waitForSelector("form.like button[aria-pressed=false]");
    await atBob.goto(`${server.url}/alarms`);
    expect(await atBob.locator("#alarms [data-alarm-id]").count()).toBe(1);

    await atAlice.goto(`${server.url}/members/bob`);
    await atAlice.click("form[action='/messages'] button");
    await atAlice.fill("#composer textarea", "by letter");
    await atAlice.click("#composer button[type=submit]");
    await atAlice.waitForURL(/#message-/);
    await atBob.goto(`${server.url}/messages`);
    expect(await text("#message-badge")).toBe("1");
    await atBob.click("#rooms [data-room-id] a");
    await atBob.waitForSelector("#messages :text('by letter')");
    await atBob.click("form[action$='/read'] button");
    await atBob.waitForSelector("#message-badge", { state: "hidden" });
  });

  test("a form that was refused keeps what it can, and what is done on its page comes back by its address", async () => {
    const server = await journey.server();
    const options = { javaScriptEnabled: false };
    const [alice, bob] = [await journey.visitor("alice", options), await journey.visitor("bob", options)];
    await bob.member.post("/posts", { title: "A walk", body: "by the river" });
    const picture = { name: "a.png", mimeType: "image/png", buffer: Buffer.from(pngOf(4, 4)) };
    const page = await alice.open("/");

    await page.click(".write > summary");
    await page.fill("[name=title]", " ");
    await page.fill("[name=body]", "words");
    await page.setInputFiles(".write [type=file]", [picture]);
    await page.click("form[action='/posts'] [type=submit]");
    expect(await page.textContent(".write")).toContain("Please choose the pictures again.");
    expect(await page.inputValue("[name=body]")).toBe("words");
    await page.click(".feed form.like button");
    expect(new URL(page.url()).pathname).toBe("/");
    expect(await page.locator(".feed form.like button").getAttribute("aria-pressed")).toBe("true");

    await page.click(".feed h2 a");
    const post = page.url();
    await page.fill("#comment-body", " ");
    await page.setInputFiles("#comment-form [type=file]", [{ ...picture, buffer: Buffer.from("no picture") }]);
    await page.click("#comment-form [type=submit]");
    expect(await page.textContent("#comment-form")).toContain("Please choose the pictures again.");
    await page.click("form.like button");
    expect(page.url()).toStartWith(`${post}#`);

    const { json } = await bob.member.post("/messages", { userId: "alice" });
    await bob.member.post(`/messages/${json.roomId}`, { message: "which one?" });
    await page.goto(`${server.url}/messages/${json.roomId}`);
    await page.click("#messages .menu > summary");
    await page.click("#messages a[href*='reply=']");
    await page.fill("#composer textarea", "x".repeat(4_001));
    await page.click("#composer [type=submit]");
    expect(await page.textContent("#answering")).toContain("which one?");

    await page.goto(`${server.url}/settings`);
    await page.click("#privacy-settings [type=submit]");
    const said = await page.locator("[role=status].notice").boundingBox();
    expect([said && said.y > 0, await page.evaluate(() => scrollY)]).toEqual([true, 0]);
    for (const form of ["name", "password"]) {
      await page.goto(`${server.url}/settings/${form}`);
      expect(page.url()).toBe(`${server.url}/settings`);
    }
  });
});

describe.skipIf(!chromiumPath)("a button pressed twice while the answer is on its way", () => {
  const journey = new Journey();

  for (const javaScriptEnabled of [true, false]) {
    test(`writes one post, one comment, one reply and one group ${javaScriptEnabled ? "with" : "without"} script`, async () => {
      const server = await journey.server();
      const bob = await journey.visitor("bob", { javaScriptEnabled });
      await journey.visitor("alice");
      const page = await bob.open("/");

      const network = await page.context().newCDPSession(page);
      let answered = 0;
      let held = Promise.withResolvers<void>();
      network.on("Fetch.requestPaused", async ({ requestId, request }) => {
        if (request.method === "POST") {
          answered++;
          await held.promise;
        }
        // Of two that lead to other pages the browser has dropped the first by now.
        await network.send("Fetch.continueRequest", { requestId }).catch(() => undefined);
      });

      /** The server has done what was asked first, and its answer is on its way, when the second press comes. */
      const twice = async (selector: string, path: string) => {
        answered = 0;
        held = Promise.withResolvers<void>();
        await network.send("Fetch.enable", { patterns: [{ urlPattern: `*${path}`, requestStage: "Response" }] });
        const button = page.locator(selector);
        await button.scrollIntoViewIfNeeded();
        const box = await button.boundingBox();
        if (!box) throw new Error(`${selector} is not drawn`);
        // Not the button's own click: that waits until the page it leads to is there.
        const press = () => page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
        await press();
        await until(() => answered === 1);
        await press();
        // With script a form that the page keeps is held there; any other is sent, and the server takes it for the same.
        if (!javaScriptEnabled || !path.endsWith("/comments")) await until(() => answered === 2);
        held.resolve();
        await network.send("Fetch.disable");
      };
      const member = bob.member;
      const threads = async (id: number) => (await member.get(`/posts/${id}`)).json.threads;

      await page.click(".write > summary");
      await page.fill("[name=title]", "Once");
      await page.fill("[name=body]", "only");
      await twice("form[action='/posts'] [type=submit]", "/posts");
      await page.waitForURL(/\/posts\/\d+$/);
      const { posts } = (await member.get("/")).json;
      expect(posts.length).toBe(1);
      const { id } = posts[0];
      if (javaScriptEnabled) await live(page);

      await page.fill("#comment-body", "once, too");
      await twice("#comment-form [type=submit]", `/posts/${id}/comments`);
      await page.waitForSelector("#comments article");
      await page.click(".reply-form > summary");
      await page.fill(".reply-form textarea", "and so");
      await twice(".reply-form [type=submit]", `/posts/${id}/comments`);
      await page.waitForSelector(".replies article");
      // What is meant twice is said twice.
      await page.fill("#comment-body", "another");
      await page.click("#comment-form [type=submit]");
      await page.waitForSelector("#comments > :nth-child(2)");
      const said = await threads(id);
      expect(said.map((thread: { replies: unknown[] }) => thread.replies.length)).toEqual([1, 0]);

      await page.goto(`${server.url}/messages/new`);
      await page.fill("#field-userIds", "alice");
      await page.fill("#field-name", "Ours");
      await page.keyboard.press("Tab");
      await twice("form[action='/messages'] [type=submit]", "/messages");
      await page.waitForURL(/\/messages\/\d+$/);
      expect((await member.get("/messages")).json.rooms.length).toBe(1);
    });
  }
});
