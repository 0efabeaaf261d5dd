import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { pngOf, upload } from "../support/pictures.ts";
import { type Member, signIn, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { TestClient } from "../support/stomp-client.ts";

setDefaultTimeout(120_000);

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
    // The like's alarm has gone with what was liked; what is told is that both were removed.
    expect((await bob.get("/alarms")).json.alarms).toMatchObject([
      { type: "REMOVED", target: "POST", postId, content: "Buy", actors: [], isRead: false },
      { type: "REMOVED", target: "POST_REPLY", postId, replyId: commentId, content: "Very cheap", isRead: false },
    ]);
    const { entries } = (await admin.get("/admin")).json;
    expect(entries).toMatchObject([
      { act: "remove", about: { userId: "bob" }, thing: { kind: "post", id: postId } },
      { act: "remove", about: { userId: "bob" }, thing: { kind: "comment", id: commentId } },
    ]);
  });

  test("is told to its author live, by no name, and stays unread until it is read: not by looking at its place", async () => {
    const postId = await write();
    const commentId = await comment(postId, `Birds for sale ${"and more ".repeat(100)}`);
    await using bobs = await TestClient.connect(server.url, { Authorization: bob.token });
    await using carols = await TestClient.connect(server.url, { Authorization: carol.token });
    const [queue, other] = [await bobs.subscribe("/queue/bob"), await carols.subscribe("/queue/carol")];
    const pages = await bobs.subscribe("/queue/bob", { accept: "text/html", "accept-language": "ko" });
    await admin.post(`/comments/${commentId}/delete`);
    const told = await queue.next(({ event }) => event === "removed");
    expect(told).toMatchObject({
      type: "CHAT",
      message: "관리자가 회원님의 댓글을 삭제했습니다.",
      target: "POST_REPLY",
      postId,
      replyId: commentId,
      isNews: true,
    });
    expect([told.content.startsWith("Birds for sale"), told.content.length < 110]).toEqual([true, true]);
    expect(JSON.stringify(told)).not.toContain("admin");
    await pages.untilMessages((all) => all.some(({ body }) => body.includes("관리자가 회원님의 댓글을 삭제했습니다.")));
    const unread = async () =>
      (await bob.get("/alarms")).json.alarms.find((one: { id: number }) => one.id === told.id).isRead === false;
    await bob.post("/alarms/read", { postId });
    expect(await unread()).toBe(true);
    // Neither a deleted post around it nor a block takes it back.
    await bob.post(`/posts/${postId}/delete`);
    await bob.post("/members/admin/block");
    expect(await unread()).toBe(true);
    await bob.post("/members/admin/unblock");
    expect((await bob.post(`/alarms/${told.id}/read`)).status).toBe(200);
    expect(await unread()).toBe(false);
    // What its author deletes, and what an admin deletes of their own, is told to nobody.
    const own = (await admin.post("/posts", { title: "Mine", body: "Mine" })).json.id;
    await admin.post(`/posts/${own}/delete`);
    await bob.post(`/posts/${await write()}/delete`);
    expect((await admin.get("/alarms")).json.alarms).toEqual([]);
    expect((await bob.get("/alarms")).json.alarms.filter((one: { isRead: boolean }) => !one.isRead)).toHaveLength(2);
    expect(other.bodies.filter(({ event }) => event === "removed")).toEqual([]);
  });

  test("is counted for every admin, live and on each page, and for nobody else", async () => {
    await settle();
    const pageOf = (who: Member) =>
      fetch(`${server.url}/`, { headers: { authorization: `Bearer ${who.token}`, "accept-language": "en" } }).then(
        (a) => a.text(),
      );
    await using admins = await TestClient.connect(server.url, { Authorization: admin.token });
    await using carols = await TestClient.connect(server.url, { Authorization: carol.token });
    const [queue, other] = [await admins.subscribe("/queue/admin"), await carols.subscribe("/queue/carol")];
    const counted = (count: number) =>
      queue.until((all) => all.findLast(({ event }) => event === "waiting")?.openReportCount === count);
    const [first, second] = [await write(), await write()];
    await carol.post(`/posts/${first}/report`, { reason: "Spam" });
    await counted(1);
    await carol.post(`/posts/${second}/report`, { reason: "Spam" });
    await counted(2);
    expect(await pageOf(admin)).toContain('id="report-badge" class="badge" role="img" aria-label="2 open reports"');
    expect(await pageOf(carol)).not.toContain("report-badge");
    await admin.post(`/posts/${first}/delete`);
    await counted(1);
    await settle();
    await counted(0);
    expect(other.bodies.filter(({ event }) => event === "waiting")).toEqual([]);
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

  test("about an admin is another one's to look at, and who sent it is told to neither the page nor a program of theirs", async () => {
    await settle();
    const { id: postId } = (await admin.post("/posts", { title: "By an admin", body: "Bad" })).json;
    await carol.post(`/posts/${postId}/report`, { reason: "Rude" });
    const told = async (who: Member) => {
      const { reports, openCount } = (await who.get("/admin/reports")).json;
      expect([openCount, reports.length]).toEqual([1, 1]);
      return reports[0];
    };
    // The only one may leave it: nobody else ever could.
    expect(await told(admin)).toMatchObject({ reporter: null, mayDismiss: true });
    const page = await fetch(`${server.url}/admin/reports`, { headers: { authorization: `Bearer ${admin.token}` } });
    expect(await page.text()).not.toContain("carol");
    await admin.post("/admin/members/dave/promote");
    const { id, ...seen } = await told(admin);
    expect(seen).toMatchObject({ reporter: null, mayDismiss: false });
    expect((await admin.post(`/admin/reports/${id}/dismiss`)).status).toBe(403);
    expect(await told(dave)).toMatchObject({ reporter: { userId: "carol" }, mayDismiss: true });
    expect((await dave.post(`/admin/reports/${id}/dismiss`)).status).toBe(200);
    expect((await waiting()).openCount).toBe(0);
    await admin.post("/admin/members/dave/demote");
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
    const [told] = (await bob.get("/alarms")).json.alarms;
    expect(told).toMatchObject({ type: "REMOVED", target: "MESSAGE", roomId, replyId: bad, content: "A bad word" });
  });

  test("is removed once, however many remove it at once: one record, one alarm, or none where its author was first", async () => {
    await settle();
    const second = await signIn(server, "admin", admin.password);
    const { roomId } = (await bob.post("/messages", { userId: "carol" })).json;
    const recordOf = async (thing: string) =>
      (await admin.get("/admin")).json.entries.filter(
        (one: { thing: { kind: string; id: number } | null }) => `${one.thing?.kind} ${one.thing?.id}` === thing,
      ).length;
    const toldOf = async (target: string, id: number) =>
      (await bob.get("/alarms")).json.alarms.filter(
        (one: { type: string; target: string; postId: number; replyId: number | null }) =>
          one.type === "REMOVED" && one.target === target && (one.replyId ?? one.postId) === id,
      ).length;
    for (let n = 0; n < 5; n++) {
      const postId = await write();
      const commentId = await comment(postId, "Very cheap");
      const messageId = (await bob.post(`/messages/${roomId}`, { message: "Rude" })).json.id;
      await carol.post(`/messages/${roomId}/${messageId}/report`, { reason: "Rude" });
      const [report] = (await waiting()).reports;
      const things = [
        ["POST_REPLY", `comment ${commentId}`, commentId, `/comments/${commentId}/delete`],
        ["POST", `post ${postId}`, postId, `/posts/${postId}/delete`],
        ["MESSAGE", `message ${messageId}`, messageId, `/admin/reports/${report.id}/remove`],
      ] as const;
      for (const [target, thing, id, path] of things) {
        const own = target === "MESSAGE" ? `/messages/${roomId}/${id}/delete` : path;
        const answers = await Promise.all([admin.post(path), second.post(path), ...(n % 2 ? [bob.post(own)] : [])]);
        expect([thing, answers.filter(({ status }) => status === 200).length]).toEqual([thing, 1]);
        const isByAdmin = answers.slice(0, 2).some(({ status }) => status === 200);
        expect([thing, await recordOf(thing), await toldOf(target, id)]).toEqual([
          thing,
          isByAdmin ? 1 : 0,
          isByAdmin ? 1 : 0,
        ]);
      }
      await settle();
    }
  });

  test("is named in the record with a way to what is still there of it", async () => {
    await settle();
    const [kept, gone] = [await write(), await write()];
    const [left, removed] = [await comment(kept, "Fine"), await comment(kept, "Not fine")];
    await carol.post(`/comments/${left}/report`, { reason: "Hm" });
    await settle();
    await admin.post(`/comments/${removed}/delete`);
    await admin.post(`/posts/${gone}/delete`);
    const { entries } = (await admin.get("/admin")).json;
    const post = { id: kept, title: "Buy" };
    expect(entries.slice(0, 3)).toMatchObject([
      { act: "remove", thing: { kind: "post", id: gone, isThere: false, post: null } },
      { act: "remove", thing: { kind: "comment", id: removed, isThere: false, post } },
      { act: "dismiss", thing: { kind: "comment", id: left, isThere: true, post } },
    ]);
    const page = await fetch(`${server.url}/admin`, { headers: { authorization: `Bearer ${admin.token}` } });
    const html = await page.text();
    expect(html).toContain(`href="/posts/${kept}?comment=${left}#comment-${left}"`);
    expect(html).not.toContain(`href="/posts/${gone}"`);
    for (const { href } of [...html.matchAll(/class="excerpt line">[^<]*<a href="(?<href>[^"]+)"/g)].map(
      (match) => match.groups ?? {},
    )) {
      const answer = await admin.get(String(href).replace(/#.*/, ""));
      expect([href, answer.status]).toEqual([href, 200]);
    }
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
