import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { chromiumPath, launchBrowser, OTHER_HOST } from "../support/browser.ts";
import { pngOf } from "../support/pictures.ts";
import { type TestServer, testServer } from "../support/server.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { badge, live, say, shows, signUpByForm } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** At home or in an office: http by a machine's name, where browsers leave out all that needs a secure context. */
describe.skipIf(!chromiumPath)("over plain http", () => {
  let browser: Browser;
  let server: TestServer;
  let wire: TcpProxy;
  let alice: Page;
  let bob: Page;
  const faults: string[] = [];
  const address = () => `http://${OTHER_HOST}:${wire.port}`;

  beforeAll(async () => {
    browser = await launchBrowser();
    wire = new TcpProxy(() => server.port);
    server = await testServer({ settings: { "base-url": address() } });
    alice = await join("alice");
    bob = await join("bob");
  });
  afterAll(async () => {
    await browser.close();
    await server.stop();
    wire[Symbol.dispose]();
  });

  async function join(userId: string): Promise<Page> {
    const context = await browser.newContext({ locale: "en-US" });
    context.on("weberror", (fault) => faults.push(String(fault.error())));
    const page = await context.newPage();
    await signUpByForm(page, address(), userId);
    await live(page);
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    return page;
  }

  test("posts, comments and hearts go out, and arrive live", async () => {
    await alice.click(".write > summary");
    await alice.fill(".write [name=title]", "A walk");
    await alice.fill(".write [name=body]", "It rained");
    await alice.click(".write [type=submit]");
    await alice.waitForURL(/\/posts\/\d+$/);
    await bob.goto(alice.url());
    await live(bob);
    await bob.fill("#comment-form textarea", "It did");
    await bob.click("#comment-form [type=submit]");
    for (const page of [bob, alice]) await page.waitForSelector("#comments :text('It did')");
    await bob.click(".like > button");
    await bob.waitForSelector(".like > button[aria-pressed=true]");
    // The comment, and the heart.
    await badge(alice, "alarm", 2);
    expect(faults).toEqual([]);
  });

  test("a line and a picture are said, in every tab", async () => {
    const path = await alice.evaluate(
      async (me) => {
        const headers = { "content-type": "application/json", accept: "application/json", "birdie-me": me };
        const answer = await fetch("/messages", { method: "POST", headers, body: JSON.stringify({ userId: "bob" }) });
        return `/messages/${(await answer.json()).roomId}`;
      },
      (await alice.getAttribute("body", "data-me")) ?? "",
    );
    const other = await alice.context().newPage();
    for (const page of [alice, bob, other]) {
      await page.goto(address() + path);
      await live(page);
    }
    await say(alice, "over plain http");
    const picture = { name: "bird.png", mimeType: "image/png", buffer: Buffer.from(pngOf(40, 30)) };
    await bob.setInputFiles(".attach input", [picture]);
    await bob.waitForSelector(".strip-item[data-state=done]");
    await say(bob, "with a bird");
    for (const page of [alice, bob, other]) {
      await shows(page, "over plain http", "with a bird");
      await page.waitForSelector("#messages article img");
    }
    expect(faults).toEqual([]);
  });

  test("the test of delivery goes as far as it can, and skips the push that no browser brings there", async () => {
    await alice.goto(`${address()}/settings/delivery`);
    await live(alice);
    await alice.click("#delivery-start");
    await alice.waitForSelector("#delivery-start:enabled");
    await alice.waitForSelector("[data-step=here][data-state=fine]");
    await alice.waitForSelector("[data-step=push][data-state=skipped]");
    expect(faults).toEqual([]);
  });
});
