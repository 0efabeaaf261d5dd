import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("a post that was removed during an outage", () => {
  const journey = new Journey();

  test("is removed from the page that comes back, with what one was writing left in it (F3)", async () => {
    const chat = await journey.chat({ isWired: true });
    const { id } = (await chat.acts(chat.alice, "/posts", { title: "Going", body: "soon" })).json;
    const page = await chat.bob.open(`/posts/${id}`);
    await page.fill("#comment-form textarea", "half a comment");
    chat.wire.cut("reset");
    await page.waitForSelector("body[data-live=offline]");
    await chat.acts(chat.alice, `/posts/${id}/delete`);
    chat.wire.heal();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForSelector(".post > .removed");
    expect(await page.locator("#comment-form [type=submit]").count()).toBe(0);
    expect(await page.inputValue("#comment-form textarea")).toBe("half a comment");
    expect((await chat.acts(chat.bob, `/posts/${id}/comments`, { body: "too late" })).status).toBe(410);
  });

  test("but one that is fetched anew, since too much was missed, leaves a reply where it is being written (F3)", async () => {
    const chat = await journey.chat({ isWired: true, settings: { "resume-messages": 2 } });
    const { id } = (await chat.acts(chat.alice, "/posts", { title: "Staying", body: "long" })).json;
    const comment = (await chat.acts(chat.alice, `/posts/${id}/comments`, { body: "first" })).json.id;
    const page = await chat.bob.open(`/posts/${id}`);
    await page.click(`#comment-${comment} .reply-form summary`);
    await page.fill(`#comment-${comment} .reply-form textarea`, "half a reply");
    chat.wire.cut("reset");
    await page.waitForSelector("body[data-live=offline]");
    for (const body of ["one", "two", "three", "four"]) await chat.acts(chat.alice, `/posts/${id}/comments`, { body });
    chat.wire.heal();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await page.waitForSelector("#comments :text('four')");
    expect(await page.inputValue(`#comment-${comment} .reply-form textarea`)).toBe("half a reply");
    expect(await page.inputValue("#comment-form textarea")).toBe("");
  });
});
