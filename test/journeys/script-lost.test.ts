import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("a script that could not be had", () => {
  const journey = new Journey();

  for (const part of ["live", "later"]) {
    test(`is asked for again when there is a network: ${part} (F5)`, async () => {
      const chat = await journey.chat();
      const page = await chat.bob.open("/messages");
      let isDown = true;
      let asked = 0;
      await page.route(new RegExp(`/assets/${part}-`), (route) => {
        asked++;
        // As a proxy answers whose server is away: no complaint of the browser's own.
        return isDown ? route.fulfill({ status: 503, body: "" }) : route.continue();
      });
      await page.goto(`${chat.server.url}/`);
      await page.waitForFunction(() => document.readyState === "complete");
      expect(await page.locator("body[data-ready]").count()).toBe(0);
      expect(asked).toBeGreaterThan(0);
      isDown = false;
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await live(page);
      await chat.acts(chat.alice, "/posts", { title: "Heard live", body: "words" });
      await page.waitForSelector("#feed h2:has-text('Heard live')");
      await page.keyboard.press("?");
      await page.waitForSelector("dialog.keys[open]");
    });
  }
});
