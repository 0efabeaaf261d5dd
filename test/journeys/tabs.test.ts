import { beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { CDPSession, Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { type BrowserKeys, decryptPush, makeBrowserKeys, PushService } from "../support/push-service.ts";
import type { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { badge, live, title, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** Counts tones and notices instead of making them; says whether this tab is looked at. */
const WATCH = `
  window.tones = 0;
  OscillatorNode.prototype.start = function () { window.tones++; };
  window.notices = [];
  const show = ServiceWorkerRegistration.prototype.showNotification;
  ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
    window.notices.push({ title, ...options });
    return show.call(this, title, options);
  };
  navigator.setAppBadge = async (count) => { window.appBadge = count; };
  navigator.clearAppBadge = async () => { window.appBadge = 0; };
  window.isFront = false;
  document.hasFocus = () => window.isFront;
`;

describe.skipIf(!chromiumPath)("G: many tabs of one person", () => {
  const journey = new Journey();
  let server: TestServer;
  let service: PushService;
  let alice: Visitor;
  let bob: Visitor;

  beforeEach(async () => {
    service = journey.keep(new PushService());
    server = await journey.server({ push: { graceMs: 50, allowsLoopback: true } });
    [alice, bob] = await Promise.all([
      journey.visitor("alice", { name: "앨리스" }),
      journey.visitor("bob", { name: "Bob", permissions: ["notifications"] }),
    ]);
    await bob.context.addInitScript(WATCH);
  });

  const look = (page: Page, isFront: boolean) =>
    page.evaluate((front) => {
      Reflect.set(window, "isFront", front);
      dispatchEvent(new Event(front ? "focus" : "blur"));
    }, isFront);
  const keep = (page: Page, name: string, value: string) =>
    page.evaluate(([key, text]) => localStorage.setItem(key, text), [`birdie:bob:${name}`, value] as const);
  const tonesOf = (page: Page) => page.evaluate(() => Number(Reflect.get(window, "tones")));
  const noticesOf = (page: Page) =>
    page.evaluate((): Record<string, unknown>[] => JSON.parse(JSON.stringify(Reflect.get(window, "notices"))));
  const countOf = async (pages: readonly Page[], count: (page: Page) => Promise<number>) =>
    (await Promise.all(pages.map(count))).reduce((sum, one) => sum + one, 0);
  async function post(): Promise<number> {
    return (await bob.member.post("/posts", { title: "On birds", body: "They sing." })).json.id;
  }

  test("G1: the number stands at the front of every title, at their icons, and where the site is installed", async () => {
    const id = await post();
    const tabs = [await bob.open("/"), await bob.open("/messages"), await bob.open(`/members/bob`)];
    await alice.member.post(`/posts/${id}/comments`, { body: "so they do" });
    await Promise.all(tabs.map((page) => title(page, 1)));
    for (const page of tabs) {
      expect(await page.locator("link[rel=icon]").getAttribute("href")).toContain("/assets/icon-dot.svg");
      expect(await page.evaluate(() => Reflect.get(window, "appBadge"))).toBe(1);
    }
    expect((await fetch(`${server.url}/assets/icon-dot.svg`)).status).toBe(200);
    const owner = bob.member;
    await owner.post("/alarms/read", { upTo: (await owner.get("/alarms")).json.alarms[0].id });
    await Promise.all(tabs.map((page) => title(page, 0)));
    for (const page of tabs) {
      expect(await page.locator("link[rel=icon]").getAttribute("href")).toContain("/assets/icon.svg");
      expect(await page.evaluate(() => Reflect.get(window, "appBadge"))).toBe(0);
    }
  });

  test("G2: of three tabs one rings, once for each event, and none while somebody looks at what it is about", async () => {
    const id = await post();
    const tabs = [await bob.open("/"), await bob.open("/messages"), await bob.open("/members/bob")];
    const [first] = tabs;
    if (!first) throw new Error();
    await keep(first, "sound", "on");
    await keep(first, "notices", "on");
    await first.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    const friend = alice.member;
    await friend.post(`/posts/${id}/comments`, { body: "so they do" });
    await Promise.all(tabs.map((page) => badge(page, "alarm", 1)));
    await until(async () => (await countOf(tabs, async (page) => (await noticesOf(page)).length)) > 0);
    await friend.post(`/posts/${id}/like`);
    await Promise.all(tabs.map((page) => badge(page, "alarm", 2)));
    await until(async () => (await countOf(tabs, async (page) => (await noticesOf(page)).length)) > 1);
    await until(async () => (await countOf(tabs, tonesOf)) >= 2);
    expect(await countOf(tabs, tonesOf)).toBe(2);
    const notices = (await Promise.all(tabs.map(noticesOf))).flat();
    expect(notices).toHaveLength(2);
    expect(notices.map(({ title, body }) => `${title} ${body}`).sort()).toEqual([
      "앨리스 commented on your post. so they do",
      "앨리스 liked your post. On birds",
    ]);

    // Somebody looks at the post: what is about it rings nowhere. What comes after it elsewhere is the next to ring.
    const other = await post();
    const reader = await bob.open(`/posts/${id}`);
    await look(reader, true);
    await friend.post(`/posts/${id}/comments`, { body: "again" });
    await reader.waitForSelector("#comments :text('again')");
    await friend.post(`/posts/${other}/comments`, { body: "elsewhere" });
    const all = [...tabs, reader];
    await until(async () => (await countOf(all, async (page) => (await noticesOf(page)).length)) > 2);
    expect((await Promise.all(all.map(noticesOf))).flat().map(({ body }) => body)).not.toContain("again");
    expect(await countOf(all, tonesOf)).toBe(3);
  });

  test("G2: being brought into a group rings once; that it is renamed or muted does not", async () => {
    const tabs = [await bob.open("/"), await bob.open("/members/bob")];
    const [first] = tabs;
    if (!first) throw new Error();
    await keep(first, "sound", "on");
    await keep(first, "notices", "on");
    await first.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    const friend = alice.member;
    const notices = async () => (await Promise.all(tabs.map(noticesOf))).flat();
    const { roomId } = (await friend.post("/messages", { userIds: ["bob"], name: "Birds" })).json;
    await until(async () => (await notices()).length > 0);
    await friend.post(`/messages/${roomId}/name`, { name: "Cats" });
    await bob.member.post(`/messages/${roomId}/mute`);
    await bob.member.post(`/messages/${roomId}/unmute`);
    // The next that rings is the next that is shown.
    await friend.post(`/messages/${roomId}`, { message: "welcome" });
    await until(async () => (await notices()).some(({ body }) => String(body).includes("welcome")));
    // Whichever of the tabs rang for each.
    expect((await notices()).map(({ title, body }) => `${title} ${body}`).sort()).toEqual([
      "Birds 앨리스 added you",
      expect.stringContaining("welcome"),
    ]);
    expect(await countOf(tabs, tonesOf)).toBe(2);
  });

  test("G2: where a browser wants a click before any sound, the notice comes all the same", async () => {
    const id = await post();
    await bob.context.addInitScript(() => {
      AudioContext.prototype.resume = () => new Promise(() => undefined);
      Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
    });
    const page = await bob.open("/");
    await keep(page, "sound", "on");
    await keep(page, "notices", "on");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await alice.member.post(`/posts/${id}/like`);
    await until(async () => (await noticesOf(page)).length === 1);
    expect(await tonesOf(page)).toBe(0);
  });

  test("G2: sound is off until it is switched on, here only; nothing rings in quiet hours", async () => {
    const id = await post();
    const page = await bob.open("/settings/device");
    expect(await page.locator("#sound").isChecked()).toBe(false);
    const friend = alice.member;
    await friend.post(`/posts/${id}/like`);
    await badge(page, "alarm", 1);
    await page.check("#sound");
    await until(async () => (await tonesOf(page)) === 1);
    await page.reload();
    await live(page);
    expect(await page.locator("#sound").isChecked()).toBe(true);

    await bob.member.post("/settings/alarms", {
      likes: "on",
      reply: "on",
      mention: "on",
      quiet: "on",
      quietFrom: "00:00",
      quietTo: "00:00",
    });
    const asked = page.waitForResponse(/\/push\/manner/);
    await friend.post(`/posts/${id}/comments`, { body: "at night" });
    expect(await (await asked).json()).toMatchObject({ isQuiet: true });
    await badge(page, "alarm", 2);
    expect(await tonesOf(page)).toBe(0);
  });

  /** A browser whose push service is ours on loopback: Chromium's own is not reachable from a test. */
  async function subscribable(page: Page, name: string): Promise<BrowserKeys> {
    const browserKeys = await makeBrowserKeys();
    const { p256dh, auth } = browserKeys;
    await page.addInitScript(
      ({ endpoint, keys }) => {
        const subscription = {
          endpoint,
          toJSON: () => ({ endpoint, keys }),
          unsubscribe: async () => {
            localStorage.removeItem("fake");
            return true;
          },
        };
        PushManager.prototype.subscribe = async () => {
          localStorage.setItem("fake", "on");
          return subscription as unknown as PushSubscription;
        };
        PushManager.prototype.getSubscription = async () =>
          localStorage.getItem("fake") ? (subscription as unknown as PushSubscription) : null;
      },
      { endpoint: service.endpoint(name), keys: { p256dh, auth } },
    );
    return browserKeys;
  }

  test("G3: the permission is asked for by a click only; the device is listed, tested, turned off", async () => {
    const page = await bob.open("/");
    await subscribable(page, "chromium");
    await page.addInitScript(() => {
      const ask = Notification.requestPermission.bind(Notification);
      Notification.requestPermission = () => {
        localStorage.setItem("asked", "yes");
        return ask();
      };
    });
    await page.goto(`${server.url}/settings/device`);
    await live(page);
    const asked = () => page.evaluate(() => localStorage.getItem("asked"));
    await page.waitForSelector("#push-on:not([hidden])");
    expect(await asked()).toBeNull();
    await page.click("#push-on");
    await page.waitForSelector("[data-push-id]");
    expect(await asked()).toBe("yes");
    await page.waitForSelector("#push-off:not([hidden])");

    await page.click("[data-push-id] form button:not([formaction])");
    await page.waitForSelector(".notice");
    expect(service.pushed).toHaveLength(1);
    service.answers.push({ status: 403, words: "not for you" });
    await page.click("[data-push-id] form button:not([formaction])");
    await page.waitForSelector("[role=alert]:has-text('403 not for you')");

    await page.click("#push-off");
    await page.waitForSelector("#push-on:not([hidden])");
    expect(await page.locator("[data-push-id]").count()).toBe(0);
  });

  test("G3: who has refused gets a short how-to, and the site goes on", async () => {
    await bob.context.clearPermissions();
    const page = await bob.open("/");
    await page.addInitScript(() => Object.defineProperty(Notification, "permission", { get: () => "denied" }));
    await page.goto(`${server.url}/settings/device`);
    await live(page);
    await page.waitForSelector("#push-state:has-text('The browser does not allow')");
    expect(await page.locator("#push-on").isHidden()).toBe(true);
  });

  test("G3: on an iPhone the home screen comes first", async () => {
    const userAgent =
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1";
    const phone = await journey.visitor("carol", { userAgent });
    const page = await phone.open("/settings/device");
    await page.waitForSelector("#push-state:has-text('Add to Home Screen')");
  });

  /** Delivers a push to the service worker, as the browser's push service would. */
  async function deliver(page: Page, data: object): Promise<void> {
    const session: CDPSession = await bob.context.newCDPSession(page);
    const registration = new Promise<string>((resolve) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const [first] = registrations;
        if (first) resolve(first.registrationId);
      });
    });
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.deliverPushMessage", {
      origin: server.url,
      registrationId: await registration,
      data: JSON.stringify(data),
    });
    await session.detach();
  }
  const shown = (page: Page) =>
    page.evaluate(async () => {
      const notices = await (await navigator.serviceWorker.ready).getNotifications();
      return notices.map(({ title, body, tag }) => ({ title, body, tag }));
    });

  test("G4: a push is shown by the service worker, and closed when its room is read elsewhere", async () => {
    const room = (await alice.member.post("/messages", { userId: "bob" })).json.roomId;
    const said = await alice.member.post(`/messages/${room}`, { message: "hello" });
    const page = await bob.open("/");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await deliver(page, {
      kind: "test",
      title: "앨리스",
      body: "hello",
      tag: `room-${room}`,
      url: `/messages/${room}`,
      badge: 1,
    });
    await until(async () => (await shown(page)).length === 1);
    expect(await shown(page)).toEqual([{ title: "앨리스", body: "hello", tag: `room-${room}` }]);
    await bob.member.post(`/messages/${room}/read`, { upTo: said.json.id });
    await until(async () => (await shown(page)).length === 0);
  });

  test("no page of a member lies in a cache", async () => {
    const page = await bob.open("/");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.goto(`${server.url}/messages`);
    expect(await page.evaluate(() => caches.keys())).toEqual([]);
  });

  test("G4: a click on a notice takes an open tab there", async () => {
    const id = await post();
    // Where nothing is unread, a page closes whatever notice there is.
    await alice.member.post(`/posts/${id}/like`);
    const page = await bob.open("/");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await deliver(page, {
      kind: "test",
      title: "앨리스",
      body: "hello",
      tag: "alarm-1",
      url: `/posts/${id}`,
      badge: 1,
    });
    await until(async () => (await shown(page)).length === 1);
    const worker = bob.context.serviceWorkers()[0] ?? (await bob.context.waitForEvent("serviceworker"));
    await worker.evaluate(`registration.getNotifications().then(([notification]) =>
      dispatchEvent(new NotificationEvent("notificationclick", { notification })))`);
    await page.waitForURL(`${server.url}/posts/${id}`);
    expect(bob.context.pages()).toHaveLength(1);
  });

  test("G6: theme, language and drafts reach the other tabs", async () => {
    const id = await post();
    const [one, two] = [await bob.open("/settings"), await bob.open(`/posts/${id}`)];
    const three = await bob.open(`/posts/${id}`);
    await two.fill("form[action$='/comments'] textarea", "half a thought");
    await three.waitForFunction(
      () =>
        document.querySelector<HTMLTextAreaElement>("form[action$='/comments'] textarea")?.value === "half a thought",
    );
    await two.fill("form[action$='/comments'] textarea", "");
    await three.waitForFunction(
      () => document.querySelector<HTMLTextAreaElement>("form[action$='/comments'] textarea")?.value === "",
    );
    await one.selectOption("[name=theme]", "dark");
    await one.click("form[action='/settings/language'] button[type=submit]");
    await Promise.all([two, three].map((page) => page.waitForSelector("html[data-theme=dark]")));
    await one.selectOption("form[action='/settings/language'] [name=language]", "ko");
    await one.click("form[action='/settings/language'] button[type=submit]");
    await Promise.all([two, three].map((page) => page.waitForSelector("html[lang=ko]")));
  });

  test("the delivery test goes the whole way, names the times, and leaves nothing behind", async () => {
    const page = await bob.open("/");
    await subscribable(page, "chromium");
    await page.goto(`${server.url}/settings/delivery`);
    await live(page);
    await page.click("#delivery-start");
    await page.waitForSelector("#delivery-result:has-text('Everything arrives')");
    const states = () =>
      page.locator("[data-step]").evaluateAll((steps) => steps.map((step) => step.getAttribute("data-state")));
    expect(await states()).toEqual(["fine", "fine", "fine", "skipped", "skipped"]);
    expect(await page.locator("[data-step=here] .result").textContent()).toMatch(/^\d+ ms$/);

    const other = await bob.open("/alarms");
    // Who is asked whether they are there has half a second to answer: a busy machine is asked again.
    await until(async () => {
      if ((await page.getAttribute("[data-step=there]", "data-state")) === "fine") return true;
      if (await page.isEnabled("#delivery-start")) await page.click("#delivery-start");
      return false;
    });
    await Promise.all([badge(page, "alarm", 0), badge(other, "alarm", 0)]);
    expect(await other.locator("[data-alarm-id]").count()).toBe(0);
  });

  test("the delivery test goes as far as the service worker, and tells what the push service said", async () => {
    const page = await bob.open("/");
    const keys = await subscribable(page, "chromium");
    await page.goto(`${server.url}/settings/device`);
    await live(page);
    await page.click("#push-on");
    await page.waitForSelector("[data-push-id]");
    await page.goto(`${server.url}/settings/delivery`);
    await live(page);
    await page.click("#delivery-start");
    await service.until(1);
    const sealed = service.pushed[0]?.body ?? new Uint8Array();
    await deliver(page, JSON.parse(await decryptPush(sealed, keys)));
    await page.waitForSelector("[data-step=push][data-state=fine]");
    expect(await shown(page)).toEqual([]);

    service.answers.push({ status: 403, words: "wrong key" });
    await page.click("#delivery-start");
    await page.waitForSelector("[data-step=push][data-state=broken]:has-text('403 wrong key')");
    expect(await page.locator("[data-step=push] .mend").isVisible()).toBe(true);
  });

  test("the delivery test shows which link fails, and how to mend it", async () => {
    const page = await bob.open("/settings/delivery");
    await page.route("**/push/self-test", (route) =>
      route.fulfill({ status: 503, json: { detail: "the disk is full" } }),
    );
    await page.click("#delivery-start");
    await page.waitForSelector("#delivery-result:has-text('Something does not arrive')");
    expect(await page.locator("[data-step=row] .result").textContent()).toContain("the disk is full");
    expect(await page.locator("[data-step=row] .mend").isVisible()).toBe(true);
    expect(await page.locator("[data-step=socket]").getAttribute("data-state")).toBe("fine");
  });
});
