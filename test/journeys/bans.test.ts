import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { testClock } from "../support/clock.ts";
import { makeBrowserKeys, PushService, TestGrace } from "../support/push-service.ts";
import { type Member, signIn, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";
import { RawClient, TestClient } from "../support/stomp-client.ts";

setDefaultTimeout(120_000);

const DAY_MS = 86_400_000;

describe("a ban", () => {
  const clock = testClock();
  let server: TestServer;
  let service: PushService;
  let admin: Member;
  let bob: Member;
  let roomId: number;
  let grace: TestGrace;

  beforeEach(async () => {
    grace = new TestGrace();
    service = new PushService();
    server = await testServer({ nowMs: clock.nowMs, push: { afterGrace: grace.after, allowsLoopback: true } });
    admin = await signUpAdmin(server, "admin");
    bob = await signUp(server, "bob", "밥");
    roomId = (await admin.post("/messages", { userId: "bob" })).json.roomId;
  });
  afterEach(async () => {
    await server.stop();
    await service.stop();
  });

  const ban = (days: string, reason = "") => admin.post("/admin/members/bob/ban", { days, reason });
  const said = async () => (await admin.get(`/messages/${roomId}`)).json.messages.length;
  const door = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin: server.url, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });

  test("S12: closes every socket of the person with ERROR `banned` and 4503, and nobody else's", async () => {
    const elsewhere = await signIn(server, "bob", bob.password);
    await using stompjs = await TestClient.connect(server.url, { Authorization: bob.token });
    await using byPassword = await TestClient.connect(server.url, { login: "bob", passcode: bob.password });
    using raw = await RawClient.connect(server.url, elsewhere.token);
    await using admins = await TestClient.connect(server.url, { Authorization: admin.token });
    expect((await ban("7", "Spam")).status).toBe(200);
    expect([await stompjs.closed(), await byPassword.closed(), await raw.closed()]).toEqual([4503, 4503, 4503]);
    expect(stompjs.errors[0]?.headers).toMatchObject({ code: "banned", message: "This account is banned" });
    expect(raw.frames.at(-1)).toMatch(/^ERROR\n[\s\S]*code:banned\n/);
    await admins.send(`/chat/${roomId}`, "still here");
  });

  test("S12: a SEND behind it is not stored, however many were on their way", async () => {
    using raw = await RawClient.connect(server.url, bob.token);
    let sentCount = 0;
    const say = (count: number) => {
      for (let i = 0; i < count; i++) raw.frame("SEND", { destination: `/chat/${roomId}` }, `line ${++sentCount}`);
    };
    say(20);
    const banned = ban("1");
    say(20);
    await banned;
    const storedCount = await said();
    say(20);
    expect(await raw.closed()).toBe(4503);
    // An act of somebody else's, behind all that could have been waiting.
    await admin.post(`/messages/${roomId}`, { message: "behind" });
    expect(await said()).toBe(storedCount + 1);
  });

  test("opens no socket again, neither by token nor by password, and says so", async () => {
    await ban("forever");
    for (const headers of [{ Authorization: bob.token }, { login: "bob", passcode: bob.password }]) {
      await using late = await TestClient.connect(server.url, headers);
      expect([await late.closed(), late.errors[0]?.headers["code"]]).toEqual([4503, "banned"]);
    }
    await using wrong = await TestClient.connect(server.url, { login: "bob", passcode: "not this one" });
    expect([await wrong.closed(), wrong.errors[0]?.headers["code"]]).toEqual([1008, "wrong_credentials"]);
  });

  test("refuses the tokens, and tells programs until when and why", async () => {
    const refreshToken = (await (await door({ userId: "bob", password: bob.password }, JSON_ONLY)).json()).refreshToken;
    await ban("7", "Spam");
    const until = new Date(clock.nowMs() + 7 * DAY_MS).toISOString();
    const refused = await bob.get("/alarms");
    expect([refused.status, refused.json]).toMatchObject([403, { code: "banned", until, reason: "Spam" }]);
    const refresh = await fetch(`${server.url}/token/refresh`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refreshToken }),
    });
    expect([refresh.status, (await refresh.json()).code]).toEqual([403, "banned"]);
    const before = await said();
    expect((await bob.post(`/messages/${roomId}`, { message: "Hello" })).status).toBe(403);
    expect(await said()).toBe(before);
  });

  test("at the door the right password is told of it in the account's language, a wrong one of nothing", async () => {
    await bob.post("/settings/language", { language: "ko" });
    await ban("7", "광고");
    const right = await door(
      { userId: "bob", password: bob.password },
      { accept: "text/html", "accept-language": "en" },
    );
    const words = await right.text();
    expect(right.status).toBe(403);
    expect(words).toContain("이용이 정지되었습니다");
    expect(words).toContain("광고");
    expect(right.headers.getSetCookie().filter((line) => !/max-age=0/i.test(line))).toEqual([]);
    const wrong = await door({ userId: "bob", password: "not this one" }, { accept: "text/html" });
    const other = await door({ userId: "nobody", password: "not this one" }, { accept: "text/html" });
    expect([wrong.status, other.status]).toEqual([401, 401]);
    expect((await wrong.text()).replaceAll("bob", "nobody")).toBe(await other.text());
  });

  test("pages answer with the door that says why until one logs out; then one is a visitor", async () => {
    const signedIn = await door({ userId: "bob", password: bob.password });
    const cookie = signedIn.headers
      .getSetCookie()
      .map((line) => line.split(";", 1)[0])
      .join("; ");
    const get = (path: string) =>
      fetch(server.url + path, {
        redirect: "manual",
        headers: { cookie, accept: "text/html", "accept-language": "en" },
      });
    expect((await get("/alarms")).status).toBe(200);
    await ban("1", "Enough for today");
    for (const path of ["/", "/alarms", `/messages/${roomId}`, "/posts/1"]) {
      const shut = await get(path);
      const words = await shut.text();
      expect([path, shut.status]).toEqual([path, 403]);
      expect(words).toContain("Enough for today");
      expect(words).toContain('action="/logout"');
    }
    expect((await get("/login")).status).toBe(200);
    const out = await fetch(`${server.url}/logout`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie, origin: server.url },
    });
    expect([out.status, out.headers.getSetCookie().length]).toEqual([303, 2]);
  });

  test("G5: takes the devices off Web Push, and nothing that waited is sent", async () => {
    const keys = await makeBrowserKeys();
    const subscribe = (who: Member, name: string) =>
      who.post("/push/subscribe", { endpoint: service.endpoint(name), keys });
    await subscribe(bob, "bob");
    await subscribe(admin, "admin");
    const { id } = (await bob.post("/posts", { title: "On birds", body: "They sing." })).json;
    const { id: other } = (await admin.post("/posts", { title: "On bees", body: "They hum." })).json;
    grace.hold();
    await admin.post(`/posts/${id}/like`);
    await ban("1");
    expect(grace.end()).toBeGreaterThan(0);
    const carol = await signUp(server, "carol");
    await carol.post(`/posts/${id}/like`);
    await carol.post(`/posts/${other}/like`);
    await service.until(1, "admin");
    expect(service.to("bob")).toEqual([]);
    await admin.post("/admin/members/bob/unban");
    const again = await signIn(server, "bob", bob.password);
    expect((await again.get("/settings/device")).json.devices).toEqual([]);
  });

  test("shuts the feed at the private address, and the list of whom one may name", async () => {
    await bob.post("/since/feed", { is: "on" });
    const address = (await bob.get("/since")).json.feedUrl;
    expect((await fetch(address)).status).toBe(200);
    await ban("1");
    expect((await fetch(address)).status).toBe(404);
    expect((await admin.get("/members?q=bo")).json.members ?? (await admin.get("/members?q=bo")).json.people).toEqual(
      [],
    );
    clock.advance(DAY_MS);
    expect((await fetch(address)).status).toBe(200);
  });

  test("leaves posts and rooms as they are, is over in time, and sooner when it is taken back", async () => {
    const { id } = (await bob.post("/posts", { title: "On birds", body: "They sing." })).json;
    await ban("1");
    expect((await admin.get(`/posts/${id}`)).status).toBe(200);
    expect((await admin.get(`/messages/${roomId}`)).status).toBe(200);
    await expect(signIn(server, "bob", bob.password)).rejects.toThrow("403");
    clock.advance(DAY_MS);
    const back = await signIn(server, "bob", bob.password);
    expect((await back.get(`/messages/${roomId}`)).status).toBe(200);
    // The sign-in that the ban ended stays ended.
    expect((await bob.get("/alarms")).status).toBe(401);

    admin = await signIn(server, "admin", admin.password);
    await ban("forever");
    await expect(signIn(server, "bob", bob.password)).rejects.toThrow("403");
    expect((await admin.post("/admin/members/bob/unban")).status).toBe(200);
    await signIn(server, "bob", bob.password);
  });

  test("is for admins only, of others only, and is written down", async () => {
    expect((await bob.post("/admin/members/admin/ban", { days: "1" })).status).toBe(404);
    expect((await admin.post("/admin/members/admin/ban", { days: "1" })).status).toBe(403);
    expect((await admin.post("/admin/members/nobody/ban", { days: "1" })).status).toBe(404);
    expect((await ban("2")).status).toBe(422);
    expect((await admin.get("/admin")).json.entries).toEqual([]);
    await ban("7", "Spam");
    await admin.post("/admin/members/bob/unban");
    await admin.post("/admin/members/bob/unban");
    const { entries } = (await admin.get("/admin")).json;
    expect(entries).toMatchObject([
      { act: "unban", admin: { userId: "admin" }, about: { userId: "bob", name: "밥" } },
      { act: "ban", admin: { userId: "admin" }, about: { userId: "bob" }, days: 7, detail: "Spam" },
    ]);
    // A number for a reason is no length.
    await ban("forever", "7");
    await admin.post("/admin/members/bob/unban");
    const page = await fetch(`${server.url}/admin`, { headers: { authorization: `Bearer ${admin.token}` } });
    expect(await page.text()).toContain('(영구)<span class="excerpt line">7</span>');
  });
});

const JSON_ONLY = { accept: "application/json" };

describe("the admins", () => {
  test("S48: may make more of them and take it back, but one is always left; a banned one can do nothing", async () => {
    await using server = await testServer();
    const admin = await signUpAdmin(server, "admin");
    const [bob] = [await signUp(server, "bob"), await signUp(server, "carol")];
    const act = (who: Member, userId: string, name: string) =>
      who.post(`/admin/members/${userId}/${name}`, { days: "1" });
    expect((await act(bob, "bob", "promote")).status).toBe(404);
    expect((await act(admin, "admin", "demote")).status).toBe(403);
    expect((await act(admin, "bob", "promote")).status).toBe(200);
    expect((await act(bob, "carol", "ban")).status).toBe(200);
    // Each bans the other at once: one of them is left.
    const both = await Promise.all([act(admin, "bob", "ban"), act(bob, "admin", "ban")]);
    // Who is banned already when they are looked at hears 403; whose act comes behind the other's, 404.
    expect(both.map(({ status }) => (status === 403 ? 404 : status)).sort()).toEqual([200, 404]);
    const left = both[0]?.status === 200 ? admin : bob;
    const other = left === admin ? "bob" : "admin";
    expect((await act(left, left.userId, "demote")).status).toBe(403);
    expect((await act(left, other, "unban")).status).toBe(200);
    const back = await signIn(server, other, `${other} likes birds`);
    const stepsDown = await Promise.all([act(left, left.userId, "demote"), act(back, back.userId, "demote")]);
    expect(stepsDown.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});
