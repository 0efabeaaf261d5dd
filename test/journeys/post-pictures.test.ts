import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { gifOf, pngOf, upload } from "../support/pictures.ts";
import { type Member, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";
import { until } from "../support/until.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const filesOf = (server: TestServer) => readdirSync(join(server.data, "uploads"));

describe("pictures of posts and comments", () => {
  let server: TestServer;
  let admin: Member;
  let alice: Member;
  let bob: Member;

  beforeEach(async () => {
    server = await testServer();
    admin = await signUpAdmin(server, "admin");
    [alice, bob] = [await signUp(server, "alice"), await signUp(server, "bob")];
  });
  afterEach(() => server.stop());

  const bring = async (who: Member, roomId = 0): Promise<string> =>
    (await upload(server, who, roomId, pngOf(40, 30))).json.id;
  const statusOf = async (id: string, who?: Member) => {
    const headers = who ? { authorization: `Bearer ${who.token}` } : {};
    return (await fetch(`${server.url}/pictures/${id}-small.webp`, { headers })).status;
  };
  const mayRead = (id: string) => Promise.all([undefined, alice, bob, admin].map((who) => statusOf(id, who)));

  test("S65: one that is not used yet is seen by who brought it in alone; under a post, by everybody", async () => {
    const [first, second] = [await bring(alice), await bring(alice)];
    expect(await mayRead(first)).toEqual([404, 200, 404, 404]);
    const post = await alice.post("/posts", { title: "Birds", body: "", pictures: [{ id: first, alt: "A robin" }] });
    expect([post.status, post.json.body]).toEqual([201, ""]);
    expect(post.json.pictures).toEqual([
      {
        id: first,
        url: `/pictures/${first}.webp`,
        smallUrl: `/pictures/${first}-small.webp`,
        width: 40,
        height: 30,
        alt: "A robin",
      },
    ]);
    const comment = await alice.post(`/posts/${post.json.id}/comments`, { body: "And one", pictures: [second] });
    expect(comment.json.pictures).toMatchObject([{ id: second, alt: "" }]);
    for (const id of [first, second]) expect(await mayRead(id)).toEqual([200, 200, 200, 200]);
    const { post: read, threads } = (await bob.get(`/posts/${post.json.id}`)).json;
    expect([read.pictures[0].id, threads[0].pictures[0].id]).toEqual([first, second]);
    expect((await bob.get("/")).json.posts[0].pictures).toHaveLength(1);
  });

  test("what is somebody else's, used, of a room, gone or too many is refused, and nothing is written", async () => {
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    const { id: postId } = (await alice.post("/posts", { title: "One", body: "Words" })).json;
    const own = await bring(alice);
    const used = await bring(alice);
    await alice.post(`/posts/${postId}/comments`, { body: "", pictures: [used] });
    const five = await Promise.all(Array.from({ length: 5 }, () => "0".repeat(32)));
    const wrong = [[await bring(bob)], [used], [await bring(alice, roomId)], [own, own], ["f".repeat(32)], [own, used]];
    for (const pictures of [...wrong, five, [7], "nonsense", [{ id: own, alt: "x".repeat(251) }]]) {
      const body = { title: "Not", body: "this", pictures };
      const refused = [await alice.post("/posts", body), await alice.post(`/posts/${postId}/comments`, body)];
      expect([pictures, refused.map(({ status }) => status)]).toEqual([pictures, [422, 422]]);
    }
    expect((await alice.get("/")).json.posts).toHaveLength(1);
    expect((await alice.get(`/posts/${postId}`)).json.threads).toHaveLength(1);
    // A picture for posts goes into no room, and words are needed where there is none.
    expect((await alice.post(`/messages/${roomId}`, { message: "x", pictures: [own] })).status).toBe(422);
    expect((await alice.post("/posts", { title: "Not", body: "" })).status).toBe(422);
    // Why there was none: the post, or what it answers, comes first.
    expect((await alice.post("/posts/99/comments", { body: "x", pictures: [own] })).status).toBe(404);
    expect((await alice.post(`/posts/${postId}/comments`, { body: "x", parentId: 99, pictures: [own] })).status).toBe(
      404,
    );
    expect((await alice.post("/posts", { title: "Now", body: "", pictures: [own] })).status).toBe(201);
    expect((await upload(server, { token: "none" }, 0, pngOf(4, 4))).status).toBe(401);
  });

  test("an edit keeps them, and may take all words away only where there are some", async () => {
    const pictures = [await bring(alice)];
    const { id } = (await alice.post("/posts", { title: "Birds", body: "Words", pictures })).json;
    const { id: bare } = (await alice.post("/posts", { title: "Bare", body: "Words" })).json;
    const edited = await alice.post(`/posts/${id}/edit`, { title: "Birds", body: "", pictures: [await bring(alice)] });
    expect([edited.status, edited.json.body, edited.json.pictures[0].id]).toEqual([200, "", pictures[0]]);
    expect((await alice.post(`/posts/${bare}/edit`, { title: "Bare", body: "", pictures: ["x"] })).status).toBe(422);
    const comment = (await alice.post(`/posts/${id}/comments`, { body: "Hi" })).json.id;
    expect((await alice.post(`/comments/${comment}/edit`, { body: "" })).status).toBe(422);
    expect((await bob.post(`/posts/${id}/edit`, { title: "Mine", body: "now" })).status).toBe(403);
  });

  test("an edit takes away which it names, for everybody, and no one else's", async () => {
    const [first, second, third] = [await bring(alice), await bring(alice), await bring(alice)];
    const { id } = (await alice.post("/posts", { title: "Birds", body: "Words", pictures: [first, second] })).json;
    const comment = (await alice.post(`/posts/${id}/comments`, { body: "", pictures: [third] })).json.id;
    const edit = (who: Member, drop: unknown, body = "Words") =>
      who.post(`/posts/${id}/edit`, { title: "Birds", body, drop });
    expect((await edit(bob, [first])).status).toBe(403);
    expect((await edit(alice, [third, "x", 7, "f".repeat(32)])).json.pictures).toHaveLength(2);
    expect((await edit(alice, [first, second], "")).status).toBe(422);
    await using reader = await TestClient.connect(server.url, { Authorization: bob.token });
    const topic = await reader.subscribe(`/topic/posts/${id}`, { accept: "text/html" });
    const edited = await edit(alice, [first], "");
    expect([edited.status, edited.json.pictures.map(({ id }: { readonly id: string }) => id)]).toEqual([200, [second]]);
    await until(() => topic.messages.some(({ body }) => body.includes(`/pictures/${second}`)));
    expect(topic.messages.some(({ body }) => body.includes(`/pictures/${first}`))).toBe(false);
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([404, 200, 200]);
    expect((await alice.post(`/comments/${comment}/edit`, { body: "", drop0: third })).status).toBe(422);
    const bare = await alice.post(`/comments/${comment}/edit`, { body: "Words instead", drop0: third });
    expect([bare.status, bare.json.pictures]).toEqual([200, []]);
    await until(() => filesOf(server).length === 2);
    expect((await edit(alice, [second], "Only words")).json.pictures).toEqual([]);
    expect((await bob.get("/")).json.posts[0].pictures).toEqual([]);
    expect((await edit(alice, [], "")).status).toBe(422);
  });

  test("they go with what they stood under: a comment's with it, or with its post; also by an admin", async () => {
    const ids = [await bring(alice), await bring(bob), await bring(bob), await bring(bob)];
    const { id: post } = (await alice.post("/posts", { title: "Birds", body: "", pictures: [ids[0]] })).json;
    const comment = async (picture: string | undefined) =>
      (await bob.post(`/posts/${post}/comments`, { body: "x", pictures: [picture] })).json.id;
    const [first, second] = [await comment(ids[1]), await comment(ids[2])];
    await comment(ids[3]);
    expect(filesOf(server)).toHaveLength(8);
    await bob.post(`/comments/${first}/delete`);
    await admin.post(`/comments/${second}/delete`);
    for (const id of ids.slice(1, 3)) expect(await mayRead(id ?? "")).toEqual([404, 404, 404, 404]);
    await until(() => filesOf(server).length === 4);
    await alice.post(`/posts/${post}/delete`);
    for (const id of ids) expect(await mayRead(id)).toEqual([404, 404, 404, 404]);
    await until(() => filesOf(server).length === 0);
  });

  test("an admin sees them with the report of what they stand under", async () => {
    const [first, second] = [await bring(alice), await bring(alice)];
    const { id: post } = (await alice.post("/posts", { title: "Birds", body: "", pictures: [first] })).json;
    const { id: comment } = (await alice.post(`/posts/${post}/comments`, { body: "", pictures: [second] })).json;
    await bob.post(`/posts/${post}/report`, { reason: "Not a bird" });
    await bob.post(`/comments/${comment}/report`, { reason: "Nor this" });
    const shown = async () =>
      (await admin.get("/admin/reports")).json.reports.map((report: { readonly pictures: { readonly id: string }[] }) =>
        report.pictures.map(({ id }) => id),
      );
    expect(await shown()).toEqual([[first], [second]]);
    await alice.post(`/comments/${comment}/delete`);
    expect(await shown()).toEqual([[first], []]);
  });

  test("S49: who leaves with all they wrote leaves none behind", async () => {
    await alice.post("/posts", { title: "Birds", body: "", pictures: [await bring(alice)] });
    await alice.post("/settings/close", { password: alice.password, erase: true });
    await until(() => filesOf(server).length === 0);
  });

  test("programs hear of them on the topics of feed and post, and a feed reader has words for one alone", async () => {
    await bob.post("/since/feed", { is: "on" });
    const feedUrl = String((await bob.get("/since")).json.feedUrl);
    await using reader = await TestClient.connect(server.url, { Authorization: bob.token });
    const feed = await reader.subscribe("/topic/feed");
    const id = await bring(alice);
    const { id: postId } = (await alice.post("/posts", { title: "Birds", body: "", pictures: [id] })).json;
    await until(() => feed.messages.length === 1);
    expect(feed.bodies[0].pictures).toMatchObject([{ id, smallUrl: `/pictures/${id}-small.webp` }]);
    const topic = await reader.subscribe(`/topic/posts/${postId}`);
    await alice.post(`/posts/${postId}/comments`, { body: "none" });
    await alice.post(`/posts/${postId}/comments`, { body: "", pictures: [await bring(alice)] });
    await until(() => topic.messages.length === 2);
    expect(topic.bodies.map((body) => body.pictures?.length)).toEqual([undefined, 1]);
    expect(await (await fetch(feedUrl)).text()).toMatch(/<summary[^>]*>(?:Photo|사진)<\/summary>/);
    expect((await bob.get("/search?q=Birds")).status).toBe(200);
  });
});

const png = (name: string, width = 400, height = 300) => ({
  name,
  mimeType: "image/png",
  buffer: Buffer.from(pngOf(width, height)),
});

describe.skipIf(!chromiumPath)("pictures of posts and comments in a browser", () => {
  const journey = new Journey();
  const strip = (page: Page, ...states: readonly string[]) =>
    page.waitForFunction(
      (wanted) =>
        JSON.stringify(
          [...document.querySelectorAll<HTMLElement>(".strip-item")].map((item) => item.dataset["state"]),
        ) === JSON.stringify(wanted),
      states,
    );
  const drawn = (page: Page, selector: string, count: number) =>
    page.waitForFunction(
      ([selector, count]) => {
        const images = [...document.querySelectorAll<HTMLImageElement>(`${selector} img`)];
        return images.length === count && images.every((image) => image.complete && image.naturalWidth > 0);
      },
      [selector, count] as const,
    );

  test("C8, C10, B7: a post takes them, keeps them over a reload, and shows them in the feed and on its page", async () => {
    const server = await journey.server();
    const [alice, bob] = [await journey.visitor("alice"), await journey.visitor("bob")];
    const watching = await bob.open("/");
    const page = await alice.open("/");
    await page.click(".write > summary");
    await page.fill("[name=title]", "Birds");
    await page.setInputFiles(".write .attach input", [png("one.png"), png("two.png", 300, 900), png("three.png")]);
    await strip(page, "done", "done", "done");
    expect(await seriousFaults(page)).toEqual([]);
    await page.click(".strip-remove >> nth=2");
    await page.click(".strip-describe >> nth=0");
    await page.keyboard.type("A robin");
    await page.keyboard.press("Escape");
    await page.reload();
    await live(page);
    await strip(page, "done", "done");
    await page.click(".write > summary");
    // Without a text: the pictures say the rest.
    await page.fill("[name=title]", "Birds");
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    await drawn(page, ".of-post", 2);
    expect(await page.getAttribute(".of-post img >> nth=0", "alt")).toBe("A robin");
    expect(await page.locator(".strip-item").count()).toBe(0);
    await drawn(watching, ".card-picture", 1);
    expect(await watching.textContent(".more-pictures")).toBe("2 photos");
    // Its room is known before it comes.
    const cut = await watching.evaluate(() => {
      const image = document.querySelector(".card-picture img");
      return [image?.hasAttribute("width"), getComputedStyle(image ?? document.body).aspectRatio];
    });
    expect(cut).toEqual([true, "16 / 9"]);
    for (const one of [page, watching]) {
      expect(await seriousFaults(one)).toEqual([]);
      await one.setViewportSize({ width: 320, height: 700 });
      expect(await one.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    await page.click(".of-post a >> nth=1");
    await page.waitForSelector("dialog.viewer[open]");
    await page.keyboard.press("Escape");
    await page.goto(`${server.url}/`);
    await page.click(".write > summary");
    expect(await page.locator(".strip-item").count()).toBe(0);
  });

  test("C10: a comment and a reply take them by pasting and dropping; what cannot be sent is said, and the text stays", async () => {
    await journey.server();
    const [alice, bob] = [await journey.visitor("alice"), await journey.visitor("bob")];
    const { id } = (await bob.member.post("/posts", { title: "Birds", body: "They sing." })).json;
    await bob.member.post(`/posts/${id}/comments`, { body: "Do they?" });
    const [page, watching] = [await alice.open(`/posts/${id}`), await bob.open(`/posts/${id}`)];
    const give = (kind: "paste" | "drop", selector: string) =>
      page.evaluate(
        async ([kind, selector, data]) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "x.png", { type: "image/png" }));
          const box = document.querySelector(selector);
          const event =
            kind === "paste"
              ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
              : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
          return box?.dispatchEvent(event);
        },
        [kind, selector, Buffer.from(pngOf(40, 40)).toString("base64")] as const,
      );
    const box = "#comment-form textarea";
    await page.waitForSelector("#comment-form[data-hears]");
    await page.fill(box, "kept");
    expect(await give("paste", box)).toBe(false);
    await strip(page, "done");
    await page.setInputFiles("#comment-form .attach input", [
      { name: "a.gif", mimeType: "image/gif", buffer: Buffer.from(gifOf(3)) },
    ]);
    await strip(page, "done", "failed");
    await page.press(box, "Enter");
    await page.waitForSelector(".strip-fault >> text=One picture could not be uploaded");
    expect(await page.inputValue(box)).toBe("kept");
    await page.click(".strip-item[data-state=failed] .strip-remove");
    await page.press(box, "Enter");
    for (const one of [page, watching]) await drawn(one, "#comments > .comment:nth-child(2) .pictures", 1);
    // The push may be quicker than the answer that empties the box.
    await page.waitForFunction(
      (box) => document.querySelector<HTMLTextAreaElement>(box)?.value === "" && !document.querySelector(".strip-item"),
      box,
    );
    // The next one has none of it.
    await page.fill(box, "only words");
    await page.press(box, "Enter");
    await watching.waitForSelector("#comments > .comment:nth-child(3)");
    expect(await watching.locator("#comments > .comment:nth-child(3) .pictures").count()).toBe(0);

    const reply = ".comment:has-text('Do they?') .reply-form";
    await page.click(`${reply} > summary`);
    await page.click(`${reply} textarea`);
    await page.waitForSelector(`${reply} .attach`);
    await give("drop", ".reply-form[open] textarea");
    await strip(page, "done");
    // Pictures may say it all; a failing server keeps them.
    await page.route("**/comments", (route) => route.fulfill({ status: 503, body: "" }));
    await Promise.all([page.waitForResponse("**/comments"), page.click(`${reply} [type=submit]`)]);
    await page.unroute("**/comments");
    await strip(page, "done");
    await page.waitForFunction(() => !document.querySelector("[name=chosen],[aria-busy=true]"));
    await page.click(`${reply} [type=submit]`);
    for (const one of [page, watching]) await drawn(one, ".replies .pictures", 1);
    await strip(page);
  });

  test("C10: without script, words, descriptions and pictures go by one form; a refused one is there again with its words", async () => {
    const server = await journey.server({ settings: { "picture-bytes": 70_000 } });
    const alice = await journey.visitor("alice", { javaScriptEnabled: false });
    const page = await alice.open("/");
    await page.click(".write > summary");
    await page.fill("[name=title]", "Birds");
    await page.fill("[name=body]", "words that stay");
    await page.click(".write .alts > summary");
    await page.fill(".write textarea[name=alt]", "red and green\nblue");
    const moving = { name: "a.gif", mimeType: "image/gif", buffer: Buffer.from(gifOf(3)) };
    for (const [file, said] of [
      [moving, "Moving pictures"],
      [{ ...moving, buffer: Buffer.alloc(70_001) }, "too large"],
    ] as const) {
      await page.setInputFiles(".write input[type=file]", [file]);
      await page.click(".write [type=submit]");
      expect(await page.locator("[role=alert]").textContent()).toContain(said);
      expect(await page.inputValue("[name=title]")).toBe("Birds");
      expect(await page.inputValue("[name=body]")).toBe("words that stay");
      expect(await page.inputValue(".write textarea[name=alt]")).toBe("red and green\nblue");
    }
    await page.setInputFiles(".write input[type=file]", [png("one.png", 40, 30), png("two.png", 40, 30)]);
    await page.click(".write [type=submit]");
    await page.waitForURL(/\/posts\/\d+$/);
    const alts = (selector: string) =>
      page.locator(`${selector} img`).evaluateAll((all) => all.map((image) => image.getAttribute("alt")));
    expect(await alts(".of-post")).toEqual(["red and green", "blue"]);
    const post = page.url();
    await page.goto(`${post}/edit`);
    await page.check("[name=drop0]");
    await page.fill("[name=title]", "");
    await page.locator("form.card").evaluate((form: HTMLFormElement) => {
      form.noValidate = true;
    });
    await page.click("form.card [type=submit]");
    expect(await page.locator("[name=drop0]").isChecked()).toBe(true);
    await page.fill("[name=title]", "Birds");
    await page.click("form.card [type=submit]");
    await page.waitForURL(post);
    expect(await alts(".of-post")).toEqual(["blue"]);

    await page.fill("#comment-form [name=body]", "a comment that stays");
    await page.setInputFiles("#comment-form input[type=file]", [moving]);
    await page.click("#comment-form > [type=submit]");
    expect(await page.locator("#comment-form [role=alert]").textContent()).toContain("Moving pictures");
    expect(await page.inputValue("#comment-form [name=body]")).toBe("a comment that stays");
    await page.setInputFiles("#comment-form input[type=file]", [png("three.png", 40, 30)]);
    await page.click("#comment-form > [type=submit]");
    await page.waitForURL(/#comment-\d+$/);
    expect(await alts(".comment .pictures")).toEqual(["Photo"]);
    await page.fill("#comment-form [name=body]", "only words");
    await page.click("#comment-form > [type=submit]");
    await page.locator(".comment").nth(1).waitFor();
    expect(await page.locator(".comment").count()).toBe(2);
    await until(() => filesOf(server).length === 4);
    await page.setViewportSize({ width: 320, height: 700 });
    expect(await page.locator("html").evaluate((html) => html.scrollWidth)).toBeLessThanOrEqual(320);
  });
});
