import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { everything } from "../support/hostile.ts";
import { Journey } from "../support/journey.ts";
import { makeBrowserKeys, PushService } from "../support/push-service.ts";
import { type Member, signIn, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(120_000);

describe("closing one's account", () => {
  let server: TestServer;
  let admin: Member;
  let bob: Member;
  let carol: Member;

  beforeEach(async () => {
    server = await testServer();
    admin = await signUpAdmin(server, "admin");
    [bob, carol] = [await signUp(server, "bob", "밥"), await signUp(server, "carol", "Carol")];
  });
  afterEach(() => server.stop());

  const close = (who: Member, body: object = {}) => who.post("/settings/close", { password: who.password, ...body });
  const page = async (who: Member, path: string, language = "en") => {
    const headers = { authorization: `Bearer ${who.token}`, accept: "text/html", "accept-language": language };
    return (await fetch(server.url + path, { headers })).text();
  };

  test("S47: wants the password again, and changes nothing without it", async () => {
    const { id } = (await bob.post("/posts", { title: "On birds", body: "They sing." })).json;
    const before = everything(server);
    for (const password of ["", "not this one", carol.password, undefined, 7, { a: 1 }]) {
      const refused = await bob.post("/settings/close", { password, erase: true });
      expect([refused.status, refused.json.faults]).toEqual([422, [{ field: "password", rule: "wrong" }]]);
    }
    expect(everything(server)).toEqual(before);
    expect((await bob.get("/settings/close")).json).toEqual({ postCount: 1, commentCount: 0, isLastAdmin: false });
    expect((await carol.get(`/posts/${id}`)).json.post.author.name).toBe("밥");
    expect((await fetch(`${server.url}/settings/close`, { redirect: "manual" })).status).toBe(303);
  });

  test("S12, S49: ends every sign-in and socket with 4501, and takes devices off Web Push", async () => {
    const elsewhere = await signIn(server, "bob", bob.password);
    const keys = await makeBrowserKeys();
    const service = new PushService();
    await bob.post("/push/subscribe", { endpoint: "https://push.example/bob", keys });
    await using stompjs = await TestClient.connect(server.url, { Authorization: bob.token });
    await using byPassword = await TestClient.connect(server.url, { login: "bob", passcode: bob.password });
    using raw = await RawClient.connect(server.url, elsewhere.token);
    await using other = await TestClient.connect(server.url, { Authorization: carol.token });
    expect((await close(bob)).status).toBe(200);
    expect([await stompjs.closed(), await byPassword.closed(), await raw.closed()]).toEqual([4501, 4501, 4501]);
    expect(stompjs.errors[0]?.headers).toMatchObject({ code: "sign_in_ended" });
    for (const gone of [bob, elsewhere]) expect((await gone.get("/alarms")).status).toBe(401);
    await expect(signIn(server, "bob", bob.password)).rejects.toThrow("401");
    const { roomId } = (await carol.post("/messages", { userId: "admin" })).json;
    await other.send(`/chat/${roomId}`, "still here");
    expect(everything(server).includes("push.example")).toBe(false);
    await service.stop();
  });

  test("S49: keeps the user id taken, and the name of nobody; posts and comments stand under “former member”", async () => {
    const { id } = (await bob.post("/posts", { title: "On birds", body: "They sing." })).json;
    const { id: own } = (await carol.post("/posts", { title: "On bees", body: "They hum." })).json;
    await bob.post(`/posts/${own}/comments`, { body: "And @bob hums, too" });
    await bob.post(`/posts/${own}/like`);
    expect(everything(server)).toMatch(/^own_likes \[\{"user_id":"bob"/m);
    await close(bob);
    expect(everything(server)).toMatch(/^own_likes \[\]$/m);
    await expect(signUp(server, "bob", "Bob again")).rejects.toThrow("422");
    for (const [language, former] of [
      ["en", "Former member"],
      ["ko", "탈퇴한 회원"],
    ] as const) {
      for (const path of ["/", `/posts/${id}`, `/posts/${own}`, "/alarms", "/search?q=birds"]) {
        const html = await page(carol, path, language);
        expect([path, html.includes(former), html.includes("밥")]).toEqual([path, true, false]);
      }
      expect(await page(carol, "/members/bob", language)).toMatch(language === "en" ? /has left/ : /탈퇴한 회원입니다/);
    }
    expect((await carol.get("/members/bob")).status).toBe(410);
    expect((await carol.get("/members?q=bo")).json.members).toEqual([]);
    expect((await carol.get(`/posts/${id}`)).json.post).toMatchObject({ author: { userId: "bob", name: "" } });
  });

  test("S49: removes posts and comments where that was chosen, live, and finds nothing of them any more", async () => {
    const { id } = (await bob.post("/posts", { title: "Nightingales", body: "They sing." })).json;
    const { id: own } = (await carol.post("/posts", { title: "On bees", body: "They hum." })).json;
    const { id: top } = (await bob.post(`/posts/${own}/comments`, { body: "Nightingale top" })).json;
    await carol.post(`/posts/${own}/comments`, { body: "An answer", parentId: top });
    await bob.post(`/posts/${own}/comments`, { body: "Nightingale lone" });
    const { id: gone } = (await carol.post("/posts", { title: "Short", body: "lived" })).json;
    await bob.post(`/posts/${gone}/comments`, { body: "Nightingale under what is gone" });
    await carol.post(`/posts/${gone}/delete`);
    await using reader = await TestClient.connect(server.url, { Authorization: carol.token });
    const heard = await reader.subscribe(`/topic/posts/${own}`);
    await close(bob, { erase: true });
    await until(async () => (await carol.get(`/posts/${id}`)).status === 410);
    await until(() => heard.messages.filter((message) => message.headers["event"] === "deleted").length === 2);
    await until(() => !/nightingale/i.test(everything(server)));
    const { threads } = (await carol.get(`/posts/${own}`)).json;
    expect(threads).toHaveLength(1);
    expect(threads[0].isDeleted).toBe(true);
    expect((await carol.get("/search?q=nightingale")).json.found ?? []).toEqual([]);
    expect((await carol.get("/alarms")).json.alarms).toEqual([]);
  });

  test("S49: what was begun is finished by the next start", async () => {
    const { id } = (await bob.post("/posts", { title: "On birds", body: "They sing." })).json;
    const { roomId } = (await bob.post("/messages", { userIds: ["carol", "admin"], name: "A group" })).json;
    await Promise.all([close(bob, { erase: true }), server.app.sayGoodbye()]);
    await server.restart();
    carol = await signIn(server, "carol", carol.password);
    await until(async () => (await carol.get(`/posts/${id}`)).status === 410);
    await until(async () => (await carol.get(`/messages/${roomId}`)).json.room.members.length === 2);
    expect((await carol.get(`/messages/${roomId}`)).json.room.members).toContainEqual(
      expect.objectContaining({ role: "owner" }),
    );
  });

  test("J1: a room with who has left says so and leads on; nothing can be said there, nor a new one be opened", async () => {
    const { roomId } = (await carol.post("/messages", { userId: "bob" })).json;
    await bob.post(`/messages/${roomId}`, { message: "Hello Carol" });
    await close(bob);
    for (const [language, said] of [
      ["en", "has left the community"],
      ["ko", "탈퇴한 회원입니다"],
    ] as const) {
      const html = await page(carol, `/messages/${roomId}`, language);
      expect([html.includes(said), html.includes('id="composer"')]).toEqual([true, false]);
      expect(html).toContain("Hello Carol");
      expect(html).toMatch(/<div class="room-state">[^<]*<a [^>]*href="\/messages"/);
    }
    expect((await carol.post(`/messages/${roomId}`, { message: "Are you there?" })).status).toBe(410);
    expect((await carol.get(`/messages/${roomId}`)).json).toMatchObject({ isClosed: true });
    expect((await admin.post("/messages", { userId: "bob" })).status).toBe(404);
    expect((await admin.post("/messages", { userIds: ["bob", "carol"] })).status).toBe(404);
  });

  test("is refused to the last admin, who is told the mend; of two at once one is left", async () => {
    const refused = await close(admin);
    expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
      403,
      "forbidden",
      "the last admin stays: make somebody else an admin first",
    ]);
    const html = await page(admin, "/settings/close");
    expect(html).toContain("You are the only admin here");
    expect(html).toContain('href="/admin/members"');
    expect(html).not.toContain('name="password"');
    await admin.post("/admin/members/carol/promote");
    const both = await Promise.all([close(admin), close(carol)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });

  test("admins see who left and when, and can do nothing about it", async () => {
    await close(bob);
    const { person } = { person: (await admin.get("/admin/members/bob")).json };
    expect(person).toMatchObject({ userId: "bob", name: "", ban: null, closedAt: expect.stringMatching(/^2\d{3}-/) });
    expect((await admin.get("/admin/members?show=banned")).json.members).toEqual([]);
    for (const act of ["ban", "unban"]) {
      expect([act, (await admin.post(`/admin/members/bob/${act}`, { days: "1" })).status]).toEqual([act, 404]);
    }
    expect((await admin.post("/admin/members/bob/promote")).status).toBe(403);
    const html = await page(admin, "/admin/members/bob");
    expect(html).toContain("Former member");
    expect(html).not.toMatch(/<form[^>]*action="\/admin\/members\/bob/);
  });
});

describe.skipIf(!chromiumPath)("closing one's account in a browser", () => {
  const journey = new Journey();

  for (const javaScriptEnabled of [true, false]) {
    test(`says what happens, refuses a wrong password in place, and ends at the door ${javaScriptEnabled ? "with" : "without"} script`, async () => {
      const server = await journey.server();
      const bob = await journey.visitor("bob", { javaScriptEnabled });
      await bob.member.post("/posts", { title: "On birds", body: "They sing." });
      await bob.member.post("/posts/1/comments", { body: "Indeed" });
      const page = await bob.open("/settings");
      await page.click("a[href='/settings/close']");
      const words = page.locator("main");
      await words.locator("li", { hasText: "1 post and 1 comment" }).waitFor();
      if (javaScriptEnabled) {
        expect(await seriousFaults(page)).toEqual([]);
        await page.setViewportSize({ width: 320, height: 700 });
        expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      }
      await page.check("[name=erase]");
      await page.fill("[name=password]", "not this one");
      await page.click("button.danger");
      await page.waitForSelector(".field-error");
      expect(await page.isChecked("[name=erase]")).toBe(true);
      expect(await page.inputValue("[name=password]")).toBe("");
      expect(await page.locator("[name=password][autofocus]").count()).toBe(1);
      await page.fill("[name=password]", bob.member.password);
      await page.click("button.danger");
      await page.waitForURL(`${server.url}/login?closed`);
      expect(await page.textContent(".notice[role=status]")).toContain("Your account is closed");
      expect((await bob.context.cookies()).filter(({ name }) => name.includes("birdie-refresh"))).toEqual([]);
      await page.goto(`${server.url}/settings`);
      expect(page.url()).toContain("/login");
    });
  }
});
