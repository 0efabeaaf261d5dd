import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";

setDefaultTimeout(120_000);

/** What the browser keeps for one person: texts and files. */
const kept = (page: Page, who: string) =>
  page.evaluate(async (who) => {
    const request = indexedDB.open("birdie-pictures", 1);
    const files = await new Promise<IDBDatabase>((resolve) => {
      request.onupgradeneeded = () => request.result.createObjectStore("files");
      request.onsuccess = () => resolve(request.result);
    });
    const keys = files.transaction("files").objectStore("files").getAllKeys();
    await new Promise((resolve) => {
      keys.onsuccess = resolve;
    });
    files.close();
    const named = [...Object.keys(localStorage), ...keys.result.map((key) => `birdie:${key}`)];
    return named.filter((name) => name.startsWith(`birdie:${who}:`)).length;
  }, who);

describe.skipIf(!chromiumPath)("leaving for good", () => {
  const journey = new Journey();

  test("takes along what the browser keeps for oneself, and for nobody else; a refusal or a mere link takes nothing", async () => {
    await journey.server();
    await journey.visitor("admin");
    const bob = await journey.visitor("bob");
    const page = await bob.open("/");
    await page.click(".write > summary");
    await page.fill("[name=body]", "never sent");
    await page.evaluate(() => {
      localStorage.setItem("birdie:bobby:draft:post", "somebody else's");
      const request = indexedDB.open("birdie-pictures", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("files");
      return new Promise((resolve) => {
        request.onsuccess = () => {
          const put = request.result.transaction("files", "readwrite");
          for (const key of ["bob:1", "bobby:1"]) put.objectStore("files").put({ atMs: Date.now() }, key);
          put.oncomplete = resolve;
        };
      });
    });
    await page.waitForFunction(() => Object.keys(localStorage).some((name) => name.startsWith("birdie:bob:draft")));
    const [before, others] = [await kept(page, "bob"), await kept(page, "bobby")];
    expect([before > 1, others]).toEqual([true, 2]);

    await bob.open("/settings/close").then(async (tab) => {
      await tab.fill("[name=password]", "not this one");
      await tab.click("form.closing [type=submit]");
      await tab.waitForSelector("#field-password-error");
      await tab.close();
    });
    expect(await kept(page, "bob")).toBe(before);
    const link = await bob.tab();
    await link.goto(new URL("/login?closed", page.url()).href);
    expect(await kept(link, "bob")).toBe(before);
    await link.close();

    await page.goto(new URL("/settings/close", page.url()).href);
    await page.fill("[name=password]", bob.member.password);
    await page.click("form.closing [type=submit]");
    await page.waitForURL(/\/login\?closed$/);
    while ((await kept(page, "bob")) > 0) await page.waitForFunction(() => true);
    expect(await kept(page, "bobby")).toBe(2);
  });
});
