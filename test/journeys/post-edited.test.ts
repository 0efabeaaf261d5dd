import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

describe.skipIf(!chromiumPath)("a post that is edited while it is open", () => {
  const journey = new Journey();

  test("is what a reload shows: its words, that it was edited, and the name of the tab behind its number (F3, G1)", async () => {
    await journey.server();
    const bob = await journey.visitor("bob");
    const alice = await journey.visitor("alice");
    const { id } = (await alice.member.post("/posts", { title: "Moved", body: "to five" })).json;
    const mine = (await bob.member.post("/posts", { title: "Mine", body: "b" })).json.id;
    await alice.member.post(`/posts/${mine}/like`);
    const page = await bob.open(`/posts/${id}`);
    expect((await shown(page))[0]).toBe("(1) Moved · Birdie");

    await alice.member.post(`/posts/${id}/edit`, { title: "Moved & <b>", body: "to six" });
    await page.waitForSelector(".post:has-text('to six')");
    await page.waitForFunction(() => document.title === "(1) Moved & <b> · Birdie");
    const seenLive = await shown(page);
    expect(seenLive[1]).toContain("edited");

    await alice.member.post(`/posts/${id}/edit`, { title: "Moved again", body: "to seven" });
    await page.waitForSelector(".post:has-text('to seven')");
    await page.waitForFunction(() => document.title === "(1) Moved again · Birdie");
    const again = await shown(page);
    await page.reload();
    await live(page);
    expect(await shown(page)).toEqual(again);
  });
});

describe.skipIf(!chromiumPath)("a comment that is deleted while one replies to it", () => {
  const journey = new Journey();

  test("leaves what was being written in the box for comments, with the focus, behind what stands there; others' boxes stay (F3)", async () => {
    await journey.server();
    const [alice, bob] = await Promise.all(["alice", "bob"].map((name) => journey.visitor(name)));
    if (!alice || !bob) throw new Error("nobody came");
    const { id } = (await alice.member.post("/posts", { title: "Talk", body: "here" })).json;
    const comment = async (body: string, parentId?: number) =>
      (await alice.member.post(`/posts/${id}/comments`, { body, ...(parentId ? { parentId } : {}) })).json.id;
    const [first, second, third] = [await comment("first"), await comment("second"), await comment("third")];
    await comment("keeps its place", second);
    const page = await bob.open(`/posts/${id}`);
    await page.fill("#comment-form textarea", "begun");
    for (const one of [third, second, first]) {
      await page.click(`#comment-${one} .reply-form summary >> nth=0`);
      await page.fill(`#comment-${one} .reply-form textarea >> nth=0`, `to ${one}`);
    }
    await alice.member.post(`/comments/${first}/delete`);
    await page.waitForSelector(`#comment-${first}`, { state: "detached" });
    await page.waitForFunction(() => document.activeElement?.id === "comment-body");
    expect(await page.inputValue("#comment-form textarea")).toBe(`begun\n\nto ${first}`);

    await alice.member.post(`/comments/${second}/delete`);
    await page.waitForSelector(`#comment-${second} .deleted`);
    expect(await page.inputValue("#comment-form textarea")).toBe(`begun\n\nto ${first}\n\nto ${second}`);
    expect(await page.inputValue(`#comment-${third} .reply-form textarea >> nth=0`)).toBe(`to ${third}`);
    const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.includes("draft:")));
    expect(kept.toSorted()).toEqual([`birdie:bob:draft:comment-${third}`, `birdie:bob:draft:post-${id}-comment`]);
    // A reload finds the same.
    await page.reload();
    await live(page);
    expect(await page.inputValue("#comment-form textarea")).toBe(`begun\n\nto ${first}\n\nto ${second}`);
  });
});

describe.skipIf(!chromiumPath)("a post that is removed while it is open", () => {
  const journey = new Journey();

  test("says so, leads on and invites to nothing; what was being written stays to be copied (F3)", async () => {
    await journey.server();
    const [alice, bob, carol] = await Promise.all(["alice", "bob", "carol"].map((name) => journey.visitor(name)));
    if (!alice || !bob || !carol) throw new Error("nobody came");
    const { id } = (await alice.member.post("/posts", { title: "Short", body: "lived" })).json;
    await alice.member.post(`/posts/${id}/comments`, { body: "a comment" });
    const [writing, reading] = [await bob.open(`/posts/${id}`), await carol.open(`/posts/${id}`)];
    await writing.fill("#comment-form textarea", "nearly done");
    const [send, like, menu] = ["#comment-form [type=submit]", ".comment .like", ".comment .menu"];
    for (const part of [send, like, menu]) await reading.waitForSelector(part);

    await alice.member.post(`/posts/${id}/delete`);
    for (const page of [writing, reading]) {
      await page.waitForSelector(".post > .removed:has-text('This post was removed.')");
      await page.waitForSelector(".comment:has-text('a comment')");
      for (const part of [send, like, menu, ".reply-form summary"]) expect(await page.isVisible(part)).toBe(false);
    }
    expect(await reading.isVisible("#comment-form")).toBe(false);
    for (const page of [writing, reading]) {
      expect(await page.title()).toBe("This was removed · Birdie");
      expect(await page.textContent("#announcer")).toBe("This post was removed.");
    }
    expect(await writing.inputValue("#comment-form textarea")).toBe("nearly done");
    await writing.waitForSelector("#comment-form :text('can still be copied')");

    await reading.click(".removed a");
    await reading.waitForURL(/\/$/);
  });
});

/** The name of the tab, and the post without its time. */
const shown = (page: Page) =>
  page.evaluate(() => {
    const post = document.querySelector(".post")?.cloneNode(true);
    if (!(post instanceof Element)) throw new Error("no post is shown");
    for (const time of post.querySelectorAll("time")) time.remove();
    return [document.title, post.textContent.replace(/\s+/g, " ").trim()];
  });
