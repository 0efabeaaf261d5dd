import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath, sharedWorkers } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { makeBrowserKeys, PushService } from "../support/push-service.ts";
import { type Member, signUp, type TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { badge, live, say, shows, title, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Says whether this tab is looked at: in a browser under test every tab has the focus. */
const WATCH = "window.isFront = false; document.hasFocus = () => window.isFront;";

/** The tabs of one person share one connection, held by a SharedWorker; PRODUCT E, F and G must not notice. */
describe.skipIf(!chromiumPath)("one connection for all tabs", () => {
  const journey = new Journey();
  let server: TestServer;
  let service: PushService;
  let bob: Visitor;
  let alice: Member;

  beforeEach(async () => {
    service = journey.keep(new PushService());
    server = await journey.server({ push: { graceMs: 50, allowsLoopback: true } });
    [alice, bob] = await Promise.all([signUp(server, "alice"), journey.visitor("bob")]);
  });

  async function socketCount(): Promise<number> {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^birdie_sockets (\d+)$/m.exec(metrics)?.[1]);
  }
  const isPresent = (room: number) => server.app.presence.presentIn(room).includes("bob");
  const openRoom = async (): Promise<number> => (await alice.post("/messages", { userId: "bob" })).json.roomId;
  const post = async (title = "On birds"): Promise<number> =>
    (await bob.member.post("/posts", { title, body: "They sing." })).json.id;

  /** Ends the worker as the browser would, without a word to its tabs. */
  async function killWorker(): Promise<void> {
    await (await sharedWorkers(journey.browser)).end();
  }

  test("R19, A1, A10: ten tabs of one person have one socket, and all of them show the same number", async () => {
    // Who looks at a post has read what is told about it: the numbers come from another one.
    const [shown, id] = [await post(), await post()];
    const paths = ["/", "/alarms", "/messages", `/posts/${shown}`, "/members/bob"];
    // One after another: a tab that is kept waiting for four seconds takes a connection of its own.
    const tabs: Page[] = [];
    for (const path of [...paths, ...paths]) tabs.push(await bob.open(path));
    expect(await socketCount()).toBe(1);
    await alice.post(`/posts/${id}/like`);
    await Promise.all(tabs.flatMap((page) => [badge(page, "alarm", 1), title(page, 1)]));
    await alice.post(`/posts/${id}/comments`, { body: "so they do" });
    await Promise.all(tabs.flatMap((page) => [badge(page, "alarm", 2), title(page, 2)]));
    expect(await socketCount()).toBe(1);
    // F6: a newer script has another address, and so another worker.
    expect(await tabs[0]?.getAttribute("body", "data-worker")).toMatch(/tabs-worker\.js\?v=[0-9a-f]{16}$/);
  });

  test("E1, E2, F3: each tab hears what it listens to, reads for itself, and comes back after the server was away", async () => {
    await bob.context.addInitScript(WATCH);
    const [id, room] = [await post(), await openRoom()];
    const tabs = [await bob.open("/"), await bob.open(`/posts/${id}`), await bob.open(`/messages/${room}`)];
    const [, reader, chat] = tabs;
    if (!reader || !chat) throw new Error("three tabs");
    await bob.member.post(`/posts/${id}/comments`, { body: "so they do" });
    await reader.waitForSelector("#comments :text('so they do')");
    await alice.post(`/posts/${await post()}/like`);
    await Promise.all(tabs.map((page) => badge(page, "alarm", 1)));

    // In the room, and looked at: read without a badge anywhere. Not looked at: unread in every tab.
    await front(chat, true);
    await alice.post(`/messages/${room}`, { message: "seen" });
    await chat.waitForSelector("#messages :text('seen')");
    await until(async () => (await alice.get(`/messages/${room}`)).json.messages.at(-1)?.readingStatus === "YES");
    await front(chat, false);
    await alice.post(`/messages/${room}`, { message: "unseen" });
    await Promise.all(tabs.map((page) => badge(page, "message", 1)));

    await server.stop("killed");
    await Promise.all(tabs.map((page) => page.waitForSelector("body[data-live=offline]")));
    await server.start();
    await Promise.all(tabs.map(live));
    expect(await socketCount()).toBe(1);
    await alice.post(`/messages/${room}`, { message: "after" });
    await chat.waitForSelector("#messages :text('after')");
    await Promise.all(tabs.map((page) => badge(page, "message", 2)));
  });

  test("E6, E7: a tab that is closed, goes elsewhere or crashes leaves no ghost in its room", async () => {
    const room = await openRoom();
    const feed = await bob.open("/");
    const [one, two, three] = [
      await bob.open(`/messages/${room}`),
      await bob.open(`/messages/${room}`),
      await bob.open(`/messages/${room}`),
    ];
    await one.close();
    await two.goto("about:blank");
    // The third is still there, whenever it has come and the others have gone.
    await until(() => isPresent(room));
    expect(await socketCount()).toBe(1);
    const session = await bob.context.newCDPSession(three);
    void session.send("Page.crash").catch(() => undefined);
    await until(() => !isPresent(room));
    await alice.post(`/messages/${room}`, { message: "anybody?" });
    await badge(feed, "message", 1);

    // Back in the history: there again, with what was said meanwhile.
    await two.goBack();
    await shows(two, "anybody?");
    await until(() => isPresent(room));
  });

  test("E12: a page that the browser puts aside is gone for its room, and taken out again it is back with what it missed", async () => {
    const room = await openRoom();
    const feed = await bob.open("/");
    const page = await bob.open(`/messages/${room}`);
    await until(() => isPresent(room));
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
    await until(() => !isPresent(room));
    await alice.post(`/messages/${room}`, { message: "meanwhile" });
    await badge(feed, "message", 1);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
    await shows(page, "meanwhile");
    await live(page);
    await until(() => isPresent(room));
    expect(await socketCount()).toBe(1);
  });

  test("F3: a second tab is replayed what its own page missed, also where the first has heard it already", async () => {
    const id = await post();
    const first = await bob.open(`/posts/${id}`);
    await alice.post(`/posts/${id}/comments`, { body: "before both" });
    await first.waitForSelector("#comments :text('before both')");
    // The second page is made, and its script comes late.
    const second = await bob.context.newPage();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await second.route(/assets\/live-/, async (route) => {
      await held;
      await route.continue();
    });
    await second.goto(`${server.url}/posts/${id}`, { waitUntil: "commit" });
    await second.waitForSelector("#comments :text('before both')");
    await alice.post(`/posts/${id}/comments`, { body: "in between" });
    await first.waitForSelector("#comments :text('in between')");
    release();
    await second.waitForSelector("#comments :text('in between')");
    await alice.post(`/posts/${id}/comments`, { body: "after both" });
    for (const page of [first, second]) {
      await page.waitForSelector("#comments :text('after both')");
      expect(await page.locator("#comments article").count()).toBe(3);
    }
  });

  test("G2, E2: a push goes out only once no tab is looked at, whichever was before", async () => {
    await bob.context.addInitScript(WATCH);
    const { p256dh, auth } = await makeBrowserKeys();
    await bob.member.post("/push/subscribe", { endpoint: service.endpoint("bob"), keys: { p256dh, auth } });
    const [first, second] = [await bob.open("/"), await bob.open("/messages")];
    const isHere = () => server.app.isHere("bob");
    await until(() => !isHere());
    await front(second, true);
    await until(isHere);
    await front(first, true);
    await front(second, false);
    expect(isHere()).toBe(true);
    await front(first, false);
    await until(() => !isHere());
    await front(second, true);
    await until(isHere);
    // The tab that was looked at dies: nobody looks.
    await second.close();
    await until(() => !isHere());
    await alice.post(`/posts/${await post()}/like`);
    await service.until(1);
  });

  test("a worker that dies is done without: every tab has a connection again, and missed nothing", async () => {
    const [id, room] = [await post(), await openRoom()];
    const [feed, chat] = [await bob.open("/"), await bob.open(`/messages/${room}`)];
    await feed.evaluate(() => Object.assign(window, { isSamePage: true }));
    await killWorker();
    await until(async () => (await socketCount()) === 2);
    await Promise.all([feed, chat].map(live));
    await alice.post(`/posts/${id}/like`);
    await Promise.all([feed, chat].map((page) => badge(page, "alarm", 1)));
    await say(chat, "still here");
    await shows(chat, "still here");
    expect(await feed.evaluate(() => "isSamePage" in window)).toBe(true);
  });

  test("F5: signing out in one tab ends all of them, and who signs in next has a connection of their own", async () => {
    const id = await post();
    const [one, two] = [await bob.open("/settings"), await bob.open(`/posts/${id}`)];
    // What is being written keeps the page of before there.
    await two.fill("form[action$='/comments'] textarea", "half a thought");
    await one.click("form[action='/logout'] button");
    await one.waitForURL(/\/login/);
    await two.waitForSelector("#connection a[href='/login']");
    await until(async () => (await socketCount()) === 0);
    await one.fill("[name=userId]", "alice");
    await one.fill("[name=password]", "alice likes birds");
    await one.click("main button[type=submit]");
    await one.waitForSelector("body[data-me=alice][data-live=connected][data-ready]");
    const written = (await alice.post("/posts", { title: "Mine", body: "of Alice" })).json.id;
    await bob.member.post(`/posts/${written}/like`);
    await badge(one, "alarm", 1);
    // Bob's page asks for its connection again: it is not given Alice's, and goes.
    expect(await two.inputValue("form[action$='/comments'] textarea")).toBe("half a thought");
    await two.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await two.waitForSelector("body[data-me=alice][data-live=connected][data-ready]");
    await until(async () => (await socketCount()) === 1);
  });

  test("two people in one browser after another never share, though the first did not sign out", async () => {
    const first = await bob.open(`/posts/${await post()}`);
    await first.fill("form[action$='/comments'] textarea", "half a thought");
    await bob.context.clearCookies();
    const second = await bob.context.newPage();
    await second.goto(`${server.url}/login`);
    await second.fill("[name=userId]", "alice");
    await second.fill("[name=password]", "alice likes birds");
    await second.click("main button[type=submit]");
    await second.waitForSelector("body[data-me=alice][data-live=connected][data-ready]");
    expect(await socketCount()).toBe(2);
    await alice.post(`/posts/${await post()}/like`);
    await badge(first, "alarm", 1);
    await badge(second, "alarm", 0);
  });

  test("switched off on this device, each tab has its own", async () => {
    const page = await bob.open("/settings/device");
    expect(await page.isChecked("#one-socket")).toBe(true);
    await page.uncheck("#one-socket");
    await page.goto(`${server.url}/`);
    await live(page);
    const tabs = [page, await bob.open("/messages"), await bob.open("/alarms")];
    // That of the page before, which was shared, goes in its own time.
    await until(async () => (await socketCount()) === 3);
    await alice.post(`/posts/${await post()}/like`);
    await Promise.all(tabs.map((page) => badge(page, "alarm", 1)));
    await page.goto(`${server.url}/settings/device`);
    await live(page);
    await page.check("#one-socket");
    for (const tab of tabs) {
      await tab.goto(`${server.url}/`);
      await live(tab);
    }
    await until(async () => (await socketCount()) === 1);
  });

  test("more tabs than one connection has room for: what does not fit has its own", async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, (_, i) => post(`On bird ${i}`)));
    const page = await bob.open("/");
    // As many subscriptions as sixty tabs at as many posts would have.
    await page.evaluate((count) => {
      const htmx = Reflect.get(window, "htmx");
      const html = Array.from(
        { length: count },
        () => `<div hx-stomp:subscribe="/topic/feed" hx-stomp:ack="client"></div>`,
      );
      htmx.swap({ target: document.querySelector("main"), swap: "beforeend", text: html.join("") });
    }, 53);
    const others = await Promise.all(ids.map((id) => bob.open(`/posts/${id}`)));
    await alice.post(`/posts/${await post()}/like`);
    await Promise.all([page, ...others].map((tab) => badge(tab, "alarm", 1)));
    expect(await socketCount()).toBeGreaterThan(1);
    expect(await socketCount()).toBeLessThan(5);
  });

  async function front(page: Page, isFront: boolean): Promise<void> {
    await page.evaluate((is) => {
      Reflect.set(window, "isFront", is);
      dispatchEvent(new Event(is ? "focus" : "blur"));
    }, isFront);
  }
});
