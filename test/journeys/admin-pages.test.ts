import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath, launchBrowser } from "../support/browser.ts";
import { type Member, signIn, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("running a community in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  let admin: Member;
  let bob: Member;
  let postId: number;

  beforeAll(async () => {
    [server, browser] = await Promise.all([testServer(), launchBrowser()]);
    admin = await signUpAdmin(server, "admin");
    [bob] = [await signUp(server, "bob"), await signUp(server, "carol")];
    postId = (await bob.post("/posts", { title: "Buy", body: "Cheap birds" })).json.id;
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
  });

  async function open(who: Pick<Member, "userId" | "password">, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    const page = await context.newPage();
    await page.goto(`${server.url}/login`);
    await page.fill("[name=userId]", who.userId);
    await page.fill("[name=password]", who.password);
    await page.click("main button[type=submit]");
    await page.waitForURL(`${server.url}/`);
    return page;
  }
  const carol = { userId: "carol", password: "carol likes birds" };

  test("I5: its pages have no serious fault, in both languages and looks, and fit a narrow screen", async () => {
    await bob.post(`/posts/${postId}/comments`, { body: "Really" });
    const page = await open(admin);
    await admin.post("/admin/invitations", { uses: 3 });
    const reporter = await open(carol);
    await reporter.goto(`${server.url}/posts/${postId}/report`);
    expect(await seriousFaults(reporter)).toEqual([]);
    await reporter.fill("[name=reason]", "Advertising");
    await reporter.click("main form button[type=submit]");
    await reporter.waitForSelector(".notice[role=status]");
    for (const language of ["ko", "en"]) {
      for (const theme of ["light", "dark"] as const) {
        await admin.post("/settings/language", { language });
        await page.emulateMedia({ colorScheme: theme });
        for (const path of ["", "/members", "/members/bob", "/reports", "/invitations"]) {
          await page.goto(`${server.url}/admin${path}`);
          expect([language, theme, path, await seriousFaults(page)]).toEqual([language, theme, path, []]);
        }
      }
    }
    await page.setViewportSize({ width: 320, height: 700 });
    for (const path of ["", "/members", "/members/bob", "/reports", "/invitations"]) {
      await page.goto(`${server.url}/admin${path}`);
      expect([path, await page.evaluate("document.documentElement.scrollWidth <= innerWidth")]).toEqual([path, true]);
    }
    await Promise.all([page.context().close(), reporter.context().close()]);
  });

  test("without script, an admin finds a report and removes what it is about", async () => {
    const page = await open(admin, { javaScriptEnabled: false });
    const id = (await bob.post("/posts", { title: "Once more", body: "Still cheap" })).json.id;
    const reporter = await open(carol, { javaScriptEnabled: false });
    await reporter.goto(`${server.url}/posts/${id}`);
    await reporter.click(".post .menu > summary");
    await reporter.click(`a[href="/posts/${id}/report"]`);
    await reporter.fill("[name=reason]", "Again");
    await reporter.click("main form button[type=submit]");
    await page.goto(`${server.url}/settings`);
    await page.click('a[href="/admin"]');
    await page.click('nav.chips a[href="/admin/reports"]');
    const report = page.locator("article.report", { hasText: "Still cheap" });
    await report.locator(".sure > summary").click();
    await report.locator("button.danger").click();
    await page.waitForURL(`${server.url}/admin/reports?done`);
    expect((await bob.get(`/posts/${id}`)).status).toBe(410);
    await Promise.all([page.context().close(), reporter.context().close()]);
  });

  test("open reports are counted live on whatever page an admin is; whose it was reads live that it was removed", async () => {
    const [page, author] = [await open(admin), await open(bob)];
    for (const one of [page, author]) await live(one);
    await author.goto(`${server.url}/alarms`);
    await live(author);
    const badge = page.locator("#report-badge");
    const before = Number(await badge.getAttribute("data-count"));
    const id = (await bob.post("/posts", { title: "Clubs for sale", body: "Cheap" })).json.id;
    const reporter = await signIn(server, "carol", carol.password);
    await reporter.post(`/posts/${id}/report`, { reason: "Advertising" });
    await page.locator(`#report-badge[data-count="${before + 1}"]`).waitFor();
    expect(await page.locator(".admin-link").getAttribute("href")).toBe("/admin");
    expect(await author.locator(".admin-link, #report-badge").count()).toBe(0);

    await admin.post(`/posts/${id}/delete`);
    await page.locator(`#report-badge[data-count="${before}"]`).waitFor({ state: "attached" });
    const row = author.locator(".alarm", { hasText: "Clubs for sale" });
    await row.waitFor();
    expect(await row.locator(".alarm-line").textContent()).toBe("An admin removed your post.");
    expect(Number(await author.locator("#alarm-badge").textContent())).toBeGreaterThan(0);
    await row.locator(".why > summary").click();
    expect(await row.locator('form[action="/alarms/off"]').count()).toBe(0);
    expect(await seriousFaults(author)).toEqual([]);
    await Promise.all([page.context().close(), author.context().close()]);
  });

  test("a banned person's open page becomes the door that says why, by itself", async () => {
    const page = await open(bob);
    await page.goto(`${server.url}/messages`);
    await live(page);
    await admin.post("/admin/members/bob/ban", { days: "7", reason: "Advertising" });
    await page.waitForSelector("text=Reason: Advertising");
    expect(await page.locator('form[action="/logout"]').count()).toBe(1);
    await page.context().close();
  });

  test("what is pushed has the way to the admins, one's own has it not, and a visitor sees no menu", async () => {
    await admin.post("/admin/members/bob/unban");
    const [reader, visitor] = [await open(carol), await (await browser.newContext()).newPage()];
    await reader.goto(`${server.url}/posts/${postId}`);
    await live(reader);
    const { id } = (await admin.post(`/posts/${postId}/comments`, { body: "Hello" })).json;
    const pushed = reader.locator(`#comment-${id}`);
    await pushed.locator(".menu > summary").click();
    expect(await pushed.locator(`a[href="/comments/${id}/report"]`).isVisible()).toBe(true);
    expect(await pushed.locator(".menu-own").first().isVisible()).toBe(false);
    expect(await pushed.locator(".menu-admin").first().isVisible()).toBe(false);
    await reader.fill("#comment-form textarea", "Mine");
    await reader.click("#comment-form button[type=submit]");
    const own = reader.locator(".comment[data-own]", { hasText: "Mine" });
    await own.locator(".menu > summary").click();
    expect(await own.locator(".menu-own").isVisible()).toBe(true);
    expect(await own.locator(".menu-others").filter({ visible: true }).count()).toBe(0);
    await visitor.goto(`${server.url}/posts/${postId}`);
    expect(await visitor.locator(".comment .menu").first().isVisible()).toBe(false);
    await Promise.all([reader.context().close(), visitor.context().close()]);
  });
});
