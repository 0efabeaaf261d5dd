import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("since the last visit", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice", "앨리스 & <친구>"), signUp(server, "bob")]);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("one page of new posts, alarms and unread rooms; what was seen is gone from it, what came meanwhile is not", async () => {
    const mine = (await bob.post("/posts", { title: "mine", body: "b" })).json;
    await alice.post("/posts", { title: "first", body: "b" });
    await alice.post(`/posts/${mine.id}/like`);
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await alice.post(`/messages/${roomId}`, { message: "hello" });
    const { json: missed } = await bob.get("/since");
    expect(missed.posts.map((post: { title: string }) => post.title)).toEqual(["first"]);
    expect([missed.alarms.length, missed.rooms.length]).toEqual([1, 1]);
    expect(missed).toMatchObject({
      since: null,
      posts: [{ author: { userId: "alice" }, createdAt: expect.stringMatching(ISO), editedAt: null }],
      alarms: [{ type: "LIKES", createdAt: expect.stringMatching(ISO) }],
      rooms: [{ id: roomId, lastMessage: { message: "hello", createdAt: expect.stringMatching(ISO) } }],
    });

    await alice.post("/posts", { title: "meanwhile", body: "b" });
    await bob.post("/since", { upTo: missed.position });
    const { json: after } = await bob.get("/since");
    expect(after.posts.map((post: { title: string }) => post.title)).toEqual(["meanwhile"]);
    expect(after.since).toMatch(ISO);
    // Unread stays unread: the page is no substitute for reading.
    expect([after.alarms.length, after.rooms.length]).toEqual([1, 1]);
  });

  test("a position of another database, or of the future, changes nothing", async () => {
    const before = (await bob.get("/since")).json;
    for (const upTo of ["other-zz", "", `${before.position.split("-")[0]}-zzzzzzzz`])
      await bob.post("/since", { upTo });
    expect((await bob.get("/since")).json.posts).toEqual(before.posts);
    expect((await bob.post("/since", { upTo: 5 })).status).toBe(422);
  });

  test("the Atom feed has a secret address that can be renewed and ended, and quotes no chat", async () => {
    await bob.post("/since/feed", { is: "on" });
    const { feedUrl } = (await bob.get("/since")).json;
    const feed = await fetch(feedUrl);
    const xml = await feed.text();
    expect(feed.headers.get("content-type")).toContain("application/atom+xml");
    expect(xml).toContain("앨리스 &amp; &lt;친구&gt;");
    expect(xml).toContain("meanwhile");
    expect(xml).not.toContain("hello");

    await bob.post("/since/feed", { is: "on" });
    expect((await fetch(feedUrl)).status).toBe(404);
    const renewed = (await bob.get("/since")).json.feedUrl;
    expect((await fetch(renewed)).status).toBe(200);
    await bob.post("/since/feed", { is: "off" });
    expect((await fetch(renewed)).status).toBe(404);
    expect((await fetch(`${server.url}/since/${"0".repeat(32)}.atom`)).status).toBe(404);
  });

  test("its address ends with the password, for whoever knew that may know the address", async () => {
    const dave = await signUp(server, "dave");
    await dave.post("/since/feed", { is: "on" });
    const { feedUrl } = (await dave.get("/since")).json;
    expect((await fetch(feedUrl)).status).toBe(200);
    const next = { currentPassword: "not this one", newPassword: "another long one, dave's" };
    expect((await dave.post("/settings/password", next)).status).toBe(422);
    expect((await fetch(feedUrl)).status).toBe(200);
    expect((await dave.post("/settings/password", { ...next, currentPassword: dave.password })).status).toBe(200);
    expect((await fetch(feedUrl)).status).toBe(404);
  });

  test("is for members", async () => {
    expect((await fetch(`${server.url}/since`, { headers: { accept: "application/json" } })).status).toBe(401);
  });

  test("no answer to a program names a time in milliseconds", async () => {
    const { id } = (await bob.post("/posts", { title: "mine", body: "b" })).json;
    await alice.post(`/posts/${id}/comments`, { body: "hello" });
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await alice.post(`/messages/${roomId}`, { message: "hello" });
    const paths = ["/", "/since", "/alarms", "/messages", `/messages/${roomId}`, `/posts/${id}`];
    for (const path of [...paths, "/members/bob", "/settings", "/settings/device", "/search?q=hello"]) {
      const { status, json } = await bob.get(path);
      expect([path, status, JSON.stringify(json).match(/"\w+Ms":/g)]).toEqual([path, 200, null]);
    }
  });
});
