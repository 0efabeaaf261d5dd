import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { type Inbox, TestClient } from "../support/stomp-client.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT F3: what one likes, one likes in every tab; and nobody else learns it. */
describe.skipIf(!chromiumPath)("the hearts of one person", () => {
  const journey = new Journey();

  const hearts = (page: Page) => page.$$eval(".like > button", (all) => all.map((one) => [one.id, one.ariaPressed]));
  const count = (page: Page, post: number, wanted: string) =>
    page.waitForFunction(([id, text]) => document.getElementById(`post-${id}-likes`)?.textContent === text, [
      post,
      wanted,
    ] as const);

  test("follow in their other tabs, of the feed and of the post, and stay as they were for somebody else", async () => {
    await journey.server();
    const alice = await journey.visitor("alice");
    const bob = await journey.visitor("bob");
    const { id } = (await alice.member.post("/posts", { title: "t", body: "b" })).json;
    const comment = (await alice.member.post(`/posts/${id}/comments`, { body: "c" })).json.id;
    const feed = await bob.open("/");
    const page = await bob.open(`/posts/${id}`);
    const acting = await bob.open(`/posts/${id}`);
    const other = await alice.open(`/posts/${id}`);

    await acting.click(`#post-${id}-like`);
    for (const tab of [feed, page, acting]) await tab.waitForSelector(`#post-${id}-like[aria-pressed=true]`);
    await acting.click(`#comment-${comment}-like`);
    for (const tab of [page, acting]) await tab.waitForSelector(`#comment-${comment}-like[aria-pressed=true]`);
    await count(feed, id, "1");
    await count(other, id, "1");
    expect(await hearts(other)).toEqual([
      [`post-${id}-like`, "false"],
      [`comment-${comment}-like`, "false"],
    ]);

    // The heart that was pushed acts, too: it takes back what was given in another tab.
    await feed.click(`#post-${id}-like`);
    for (const tab of [feed, page, acting]) await tab.waitForSelector(`#post-${id}-like[aria-pressed=false]`);
    await count(other, id, "0");

    // Somebody else's like moves the number, and nobody's heart but theirs.
    await other.click(`#post-${id}-like`);
    await other.waitForSelector(`#post-${id}-like[aria-pressed=true]`);
    await count(page, id, "1");
    expect((await hearts(page))[0]).toEqual([`post-${id}-like`, "false"]);
    await page.reload();
    await live(page);
    expect(await hearts(page)).toEqual(await hearts(acting));
  });

  test("keep the focus on the one that is pushed", async () => {
    await journey.server();
    const bob = await journey.visitor("bob");
    const { id } = (await bob.member.post("/posts", { title: "t", body: "b" })).json;
    const page = await bob.open(`/posts/${id}`);
    await page.focus(`#post-${id}-like`);
    await bob.member.post(`/posts/${id}/like`);
    await page.waitForSelector(`#post-${id}-like[aria-pressed=true]:focus`);
    await page.keyboard.press("Enter");
    await page.waitForSelector(`#post-${id}-like[aria-pressed=false]:focus`);
  });

  test("are right in the tab that acts, also where the push is there before the answer", async () => {
    await journey.server();
    const bob = await journey.visitor("bob");
    const { id } = (await bob.member.post("/posts", { title: "t", body: "b" })).json;
    const page = await bob.open(`/posts/${id}`);
    for (const isLiked of [true, false]) {
      const told = Promise.withResolvers<void>();
      await page.route(/\/(?:un)?like$/, async (route) => {
        const response = await route.fetch({ maxRedirects: 0 });
        await told.promise;
        await route.fulfill({ response });
      });
      const ended = page.waitForEvent("requestfinished", (one) => one.url().endsWith("like"));
      await page.click(`#post-${id}-like`);
      await page.waitForSelector(`#post-${id}-like[aria-pressed=${isLiked}]:focus`);
      told.resolve();
      await ended;
      await page.unrouteAll({ behavior: "wait" });
      await count(page, id, isLiked ? "1" : "0");
      expect(await hearts(page)).toEqual([[`post-${id}-like`, String(isLiked)]]);
    }
  });

  test("are right after an outage, those of messages too (F3)", async () => {
    const chat = await journey.chat({ isWired: true });
    const { alice, bob, wire } = chat;
    const post = (await chat.acts(alice, "/posts", { title: "t", body: "b" })).json.id;
    const message = (await chat.says(alice, "hello")).json.id;
    const liked = (await chat.says(alice, "liked before")).json.id;
    const act = (path: string) => chat.acts(bob, path, {});
    await act(`${chat.path}/${liked}/like`);
    const feed = await bob.open("/");
    const room = await bob.open(chat.path);
    await room.waitForSelector(`#message-${liked}-like[aria-pressed=true]`, { state: "attached" });

    wire.cut("reset");
    for (const page of [feed, room]) await page.waitForSelector("body[data-live=offline]");
    await act(`/posts/${post}/like`);
    await act(`${chat.path}/${message}/like`);
    await act(`${chat.path}/${liked}/unlike`);
    // What was written and liked meanwhile is there with its heart.
    const news = (await chat.acts(alice, "/posts", { title: "new", body: "b" })).json.id;
    const line = (await chat.says(alice, "new")).json.id;
    await act(`/posts/${news}/like`);
    await act(`${chat.path}/${line}/like`);
    wire.heal();
    for (const page of [feed, room]) await page.evaluate(() => dispatchEvent(new Event("online")));

    await feed.waitForSelector(`#post-${post}-like[aria-pressed=true]`);
    await room.waitForSelector(`#message-${message}-like[aria-pressed=true]`, { state: "attached" });
    await room.waitForSelector(`#message-${liked}-like[aria-pressed=false]`, { state: "attached" });
    await feed.waitForSelector(`#post-${news}-like[aria-pressed=true]`);
    await room.waitForSelector(`#message-${line}-like[aria-pressed=true]`, { state: "attached" });
    expect(await room.textContent(`#message-${message}-like`)).toBe("Take back like");
    await act(`${chat.path}/${message}/unlike`);
    await room.waitForSelector(`#message-${message}-like[aria-pressed=false]`, { state: "attached" });
  });
});

describe("a program that listens to somebody's queue, and asks for their likes,", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let postId: number;
  let roomId: number;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    postId = (await alice.post("/posts", { title: "t", body: "b" })).json.id;
    roomId = (await alice.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** Whoever does not ask is told of alarms and numbers alone: see seed-client.test.ts. */
  const OWN = { "own-likes": "true" };
  const connect = (member: Member) => TestClient.connect(server.url, { Authorization: member.token });
  const told = (queue: Inbox) =>
    queue.bodies
      .filter((body) => body.event === "liked")
      .map((body) => [body.target, body.postId || body.roomId, body.replyId, body.isLiked, body.likeCount]);

  test("hears what they like and take back, once each, and nobody else does, author or stranger", async () => {
    const comment = (await alice.post(`/posts/${postId}/comments`, { body: "c" })).json.id;
    const message = (await alice.post(`/messages/${roomId}`, { message: "m" })).json.id;
    await using atBob = await connect(bob);
    await using atAlice = await connect(alice);
    const own = await atBob.subscribe("/queue/bob", OWN);
    const theirs = [
      await atAlice.subscribe("/queue/alice"),
      await atAlice.subscribe(`/topic/posts/${postId}`),
      await atAlice.subscribe(`/topic/${roomId}`),
      await atAlice.subscribe("/topic/feed"),
    ];
    await bob.post(`/posts/${postId}/like`);
    await bob.post(`/posts/${postId}/like`);
    await bob.post(`/comments/${comment}/like`);
    await bob.post(`/messages/${roomId}/${message}/like`);
    await bob.post(`/posts/${postId}/unlike`);
    await own.next((body) => body.event === "liked" && body.isLiked === false);
    expect(told(own)).toEqual([
      ["POST", postId, null, true, 1],
      ["POST_REPLY", postId, comment, true, 1],
      ["MESSAGE", roomId, message, true, 1],
      ["POST", postId, null, false, 0],
    ]);
    // The author's alarm about the comment names who it was, as it always did; the number is all that others hear.
    await theirs[1]?.next((body) => body.event === "liked" && body.likeCount === 0 && body.type === "POST");
    expect(theirs.flatMap((inbox) => inbox.bodies).filter((body) => "isLiked" in body)).toEqual([]);
    expect(
      theirs.slice(1).flatMap((inbox) => inbox.bodies.filter((body) => JSON.stringify(body).includes("bob"))),
    ).toEqual([]);
  });

  test("hears after an outage how each of them is now, but nothing of what is gone or was refused", async () => {
    const [kept, taken, removed] = await Promise.all(
      ["k", "t", "r"].map(async (title) => (await alice.post("/posts", { title, body: "b" })).json.id as number),
    );
    const group = (await alice.post("/messages", { userIds: ["bob"], name: "Birds" })).json.roomId;
    const message = (await alice.post(`/messages/${group}`, { message: "m" })).json.id;
    const { position } = (await bob.get("/alarms")).json;
    await bob.post(`/posts/${kept}/like`);
    await bob.post(`/posts/${taken}/like`);
    await bob.post(`/posts/${taken}/unlike`);
    await bob.post(`/posts/${removed}/like`);
    await alice.post(`/posts/${removed}/delete`);
    await bob.post(`/messages/${group}/${message}/like`);
    await bob.post(`/messages/${group}/leave`);
    expect((await bob.post(`/posts/${removed}/unlike`)).status).toBe(410);
    expect((await bob.post(`/messages/${group}/${message}/unlike`)).status).toBe(404);
    await using client = await connect(bob);
    const queue = await client.subscribe("/queue/bob", { ...OWN, resume: position });
    await bob.post(`/posts/${taken}/like`);
    await queue.next((body) => body.event === "liked" && body.postId === taken && body.isLiked);
    expect(told(queue)).toEqual([
      ["POST", kept, null, true, 1],
      ["POST", taken, null, false, 0],
      ["POST", taken, null, true, 1],
    ]);

    // Who has heard it all hears nothing twice.
    const last = queue.messages.at(-1)?.headers["position"] ?? "";
    await using again = await connect(bob);
    const rest = await again.subscribe("/queue/bob", { ...OWN, resume: last });
    await bob.post(`/posts/${kept}/unlike`);
    await rest.next((body) => body.event === "liked");
    expect(told(rest)).toEqual([["POST", kept, null, false, 0]]);
  });

  test("is told again what was written meanwhile with one's own heart, and not with that of somebody else", async () => {
    const { id } = (await alice.post("/posts", { title: "t", body: "b" })).json;
    const { position } = (await bob.get(`/posts/${id}`)).json;
    const comment = (await alice.post(`/posts/${id}/comments`, { body: "c" })).json.id;
    await bob.post(`/comments/${comment}/like`);
    const heartOf = async (member: Member) => {
      await using client = await connect(member);
      const topic = await client.subscribe(`/topic/posts/${id}`, { resume: position, accept: "text/html" });
      await topic.untilMessages((messages) => messages.length > 0);
      return /id="comment-\d+-like" aria-pressed="(\w+)"/.exec(topic.messages[0]?.body ?? "")?.[1];
    };
    expect([await heartOf(bob), await heartOf(alice)]).toEqual(["true", "false"]);
  });

  test("is refused somebody else's queue, and hears of their like the number alone", async () => {
    const { id } = (await alice.post("/posts", { title: "t", body: "b" })).json;
    await using client = await connect(alice);
    const queue = await client.subscribe("/queue/bob", { ...OWN, "on-refusal": "receipt" });
    const topic = await client.subscribe(`/topic/posts/${id}`);
    await bob.post(`/posts/${id}/like`);
    expect(await topic.next()).toEqual({ type: "POST", event: "liked", id, likeCount: 1 });
    expect(queue.messages).toEqual([]);
  });
});
