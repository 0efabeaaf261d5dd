import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { live } from "../support/visitor.ts";

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
