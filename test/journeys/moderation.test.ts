import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { pngOf, upload } from "../support/pictures.ts";
import { type Member, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";

setDefaultTimeout(20_000);

describe("what somebody wrote, in the hands of an admin", () => {
  let server: TestServer;
  let admin: Member;
  let bob: Member;
  let carol: Member;
  let dave: Member;

  beforeAll(async () => {
    server = await testServer();
    admin = await signUpAdmin(server, "admin");
    [bob, carol, dave] = [await signUp(server, "bob"), await signUp(server, "carol"), await signUp(server, "dave")];
  });
  afterAll(() => server.stop());

  const write = async (): Promise<number> => (await bob.post("/posts", { title: "Buy", body: "Cheap birds" })).json.id;
  const comment = async (postId: number, body: string): Promise<number> =>
    (await bob.post(`/posts/${postId}/comments`, { body })).json.id;
  const waiting = async () => (await admin.get("/admin/reports")).json;
  const settle = async () => {
    for (const { id } of (await waiting()).reports) await admin.post(`/admin/reports/${id}/dismiss`);
  };

  test("is deleted like by its author, live for everybody who looks, and never edited", async () => {
    const postId = await write();
    const commentId = await comment(postId, "Very cheap");
    await carol.post(`/posts/${postId}/like`);
    await using readers = await TestClient.connect(server.url, { Authorization: carol.token });
    const topic = await readers.subscribe(`/topic/posts/${postId}`);
    expect((await admin.post(`/comments/${commentId}/edit`, { body: "Mine" })).status).toBe(403);
    expect((await admin.post(`/posts/${postId}/edit`, { title: "Mine", body: "Mine" })).status).toBe(403);
    expect((await carol.post(`/comments/${commentId}/delete`)).status).toBe(403);
    expect((await admin.post(`/comments/${commentId}/delete`)).status).toBe(200);
    expect((await admin.post(`/posts/${postId}/delete`)).status).toBe(200);
    await topic.until((bodies) => bodies.length === 2);
    expect(topic.bodies.map(({ event }) => event)).toEqual(["deleted", "deleted"]);
    expect((await bob.get(`/posts/${postId}`)).status).toBe(410);
    // The like's alarm has gone with what was liked.
    expect((await bob.get("/alarms")).json.alarms).toEqual([]);
    const { entries } = (await admin.get("/admin")).json;
    expect(entries).toMatchObject([
      { act: "remove", about: { userId: "bob" }, detail: `post ${postId}` },
      { act: "remove", about: { userId: "bob" }, detail: `comment ${commentId}` },
    ]);
  });

  test("waits with the words as they were reported, once a person, the oldest first", async () => {
    await settle();
    const postId = await write();
    const commentId = await comment(postId, "Very cheap");
    expect((await carol.post(`/posts/${postId}/report`, { reason: "  " })).status).toBe(422);
    expect((await carol.post(`/posts/${postId}/report`, { reason: "Advertising" })).status).toBe(201);
    expect((await carol.post(`/posts/${postId}/report`, { reason: "Again" })).status).toBe(201);
    expect((await dave.post(`/comments/${commentId}/report`, { reason: "Advertising, too" })).status).toBe(201);
    expect((await bob.post(`/posts/${postId}/report`, { reason: "Mine" })).status).toBe(403);
    await bob.post(`/posts/${postId}/edit`, { title: "Hello", body: "Nothing to see" });
    await bob.post(`/comments/${commentId}/delete`);
    const { reports, openCount } = await waiting();
    expect(openCount).toBe(2);
    const author = { userId: "bob" };
    expect(reports).toMatchObject([
      {
        kind: "post",
        author,
        body: "Buy\nCheap birds",
        reporter: { userId: "carol" },
        reason: "Advertising",
        isGone: false,
      },
      { kind: "comment", author, body: "Very cheap", reporter: { userId: "dave" }, isGone: true },
    ]);
    expect((await admin.post(`/admin/reports/${reports[0].id}/remove`)).status).toBe(200);
    expect((await bob.get(`/posts/${postId}`)).status).toBe(410);
    expect((await waiting()).openCount).toBe(1);
  });

  test("is closed for all who reported it; left alone, it stays so", async () => {
    await settle();
    const postId = await write();
    for (const who of [carol, dave]) await who.post(`/posts/${postId}/report`, { reason: "Advertising" });
    const [{ id }] = (await waiting()).reports;
    expect((await admin.post(`/admin/reports/${id}/dismiss`)).status).toBe(200);
    expect((await admin.post(`/admin/reports/${id}/dismiss`)).status).toBe(404);
    await carol.post(`/posts/${postId}/report`, { reason: "Still advertising" });
    expect((await waiting()).openCount).toBe(0);
    expect((await bob.get(`/posts/${postId}`)).status).toBe(200);
  });

  test("in a room is seen by the admin only as the one message that a member reported", async () => {
    await settle();
    const { roomId } = (await bob.post("/messages", { userId: "carol" })).json;
    const say = async (message: string) => (await bob.post(`/messages/${roomId}`, { message })).json.id;
    const [other, bad] = [await say("Only between us"), await say("A bad word")];
    const about = (id: number, act: string) => `/messages/${roomId}/${id}/${act}`;
    expect((await admin.post(about(bad, "delete"))).status).toBe(404);
    expect((await dave.post(about(bad, "report"), { reason: "Rude" })).status).toBe(404);
    expect((await admin.post(about(bad, "report"), { reason: "Rude" })).status).toBe(404);
    expect((await carol.post(about(bad, "report"), { reason: "Rude" })).status).toBe(201);
    const found = await waiting();
    expect(found.reports).toMatchObject([{ kind: "message", body: "A bad word", reporter: { userId: "carol" } }]);
    expect(JSON.stringify(found)).not.toContain("Only between us");
    expect((await admin.get(`/messages/${roomId}`)).status).toBe(404);

    await using watcher = await TestClient.connect(server.url, { Authorization: carol.token });
    const room = await watcher.subscribe(`/topic/${roomId}`);
    expect((await admin.post(`/admin/reports/${found.reports[0].id}/remove`)).status).toBe(200);
    expect(await room.next(({ event }) => event === "deleted")).toMatchObject({ id: bad });
    const { messages } = (await carol.get(`/messages/${roomId}`)).json;
    expect(JSON.stringify(messages)).not.toContain("A bad word");
    expect(messages.some((message: { id: number }) => message.id === other)).toBe(true);
  });

  test("in a group that all have left is gone with it: the report says so, removes nothing and can be closed", async () => {
    await settle();
    const { roomId } = (await bob.post("/messages", { userIds: "carol", name: "Gone" })).json;
    const { id: bad } = (await bob.post(`/messages/${roomId}`, { message: "A bad word" })).json;
    await carol.post(`/messages/${roomId}/${bad}/report`, { reason: "Rude" });
    for (const who of [bob, carol]) expect((await who.post(`/messages/${roomId}/leave`)).status).toBe(200);
    const { reports } = await waiting();
    expect(reports).toMatchObject([{ kind: "message", body: "A bad word", isGone: true }]);
    expect((await admin.post(`/admin/reports/${reports[0].id}/remove`)).status).toBe(410);
    expect((await admin.post(`/admin/reports/${reports[0].id}/dismiss`)).status).toBe(200);
    expect((await waiting()).openCount).toBe(0);
  });

  test("S65: pictures of a message are seen by an admin while a report of it waits, not before and not after", async () => {
    await settle();
    const { roomId } = (await bob.post("/messages", { userId: "carol" })).json;
    const sayPicture = async () => {
      const { json } = await upload(server, bob, roomId, pngOf(60, 40), {});
      const said = await bob.post(`/messages/${roomId}`, { message: "", pictures: [{ id: json.id, alt: "A bird" }] });
      return { id: Number(said.json.id), url: String(json.url), smallUrl: String(json.smallUrl) };
    };
    const statusFor = (who: Member, url: string) =>
      fetch(server.url + url, { headers: { authorization: `Bearer ${who.token}` } }).then(({ status }) => status);
    const report = (id: number) => carol.post(`/messages/${roomId}/${id}/report`, { reason: "Rude" });
    const [bad, other] = [await sayPicture(), await sayPicture()];
    expect([await statusFor(admin, bad.url), await statusFor(carol, bad.url)]).toEqual([404, 200]);
    expect((await report(bad.id)).status).toBe(201);
    const [found] = (await waiting()).reports;
    expect(found).toMatchObject({ body: "", pictures: [{ url: bad.url, smallUrl: bad.smallUrl, alt: "A bird" }] });
    expect([await statusFor(admin, bad.url), await statusFor(admin, bad.smallUrl)]).toEqual([200, 200]);
    expect([await statusFor(dave, bad.url), await statusFor(admin, other.url)]).toEqual([404, 404]);
    const page = await fetch(`${server.url}/admin/reports`, { headers: { authorization: `Bearer ${admin.token}` } });
    expect(await page.text()).toContain(`<img src="${bad.smallUrl}"`);

    expect((await admin.post(`/admin/reports/${found.id}/dismiss`)).status).toBe(200);
    expect([await statusFor(admin, bad.url), await statusFor(carol, bad.url)]).toEqual([404, 200]);
    await report(other.id);
    expect(await statusFor(admin, other.url)).toBe(200);
    const [second] = (await waiting()).reports;
    expect((await admin.post(`/admin/reports/${second.id}/remove`)).status).toBe(200);
    expect([await statusFor(admin, other.url), await statusFor(bob, other.url)]).toEqual([404, 404]);
  });

  test("is reported fifty times at once by one person, and no more", async () => {
    await settle();
    const posts = await Promise.all(Array.from({ length: 51 }, write));
    const statuses = [];
    for (const id of posts) statuses.push((await carol.post(`/posts/${id}/report`, { reason: "Spam" })).status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(50);
    expect(statuses.at(-1)).toBe(429);
    const first = await waiting();
    expect(first.reports).toHaveLength(20);
    const second = (await admin.get(`/admin/reports?after=${first.after}`)).json;
    expect(second.reports[0].id).toBeGreaterThan(first.reports.at(-1).id);
  });
});
