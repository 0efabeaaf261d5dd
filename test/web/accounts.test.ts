import { describe, expect, test } from "bun:test";
import { accounts as accountRows } from "../../src/database/tables.ts";
import type { Feed } from "../../src/domain/post.ts";
import { createChoices } from "../../src/service/choices.ts";
import { accountRoutes } from "../../src/web/accounts.tsx";
import { BASE_URL, type Browser, PASSWORD, type TestWebOptions, testWeb } from "../support/web.ts";

const NO_POSTS: Feed = { posts: [], before: undefined, position: "" };
const JSON_ONLY = { accept: "application/json" };
const ALICE = { userId: "alice", name: "앨리스", password: PASSWORD };

function accountsWeb(options: Omit<TestWebOptions, "routes"> = {}) {
  return testWeb({
    ...options,
    routes: ({ accounts, database, nowMs }) => [
      accountRoutes({ accounts, choices: createChoices({ database, nowMs }), postsOf: async () => NO_POSTS }),
    ],
  });
}

async function isSignedIn(browser: Browser): Promise<boolean> {
  return (await browser.get("/settings")).status === 200;
}

/** What an answer tells about itself, but for the cookies' values. */
async function faceOf(response: Response) {
  const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== "set-cookie"));
  const cookies = response.headers.getSetCookie().map((line) => line.replace(/=[^;]*/, ""));
  return { status: response.status, headers, cookies, body: await response.text() };
}

describe("signing up", () => {
  test("by a plain form leads on, signed in", async () => {
    await using t = await accountsWeb();
    const browser = t.browser();
    const form = await (await browser.get("/signup")).text();
    expect(form).toStartWith("<!doctype html><html");
    expect(form).toContain('action="/signup"');
    const response = await browser.post("/signup", { ...ALICE, next: "/posts/3" });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/posts/3"]);
    expect(await isSignedIn(browser)).toBe(true);
    expect((await browser.get("/signup")).headers.get("location")).toBe("/");
  });

  test("refused shows the form again, with what was typed but never the password", async () => {
    await using t = await accountsWeb();
    const response = await t.browser().post("/signup", { userId: "Not Good", name: "<b>Al", password: "sesame!" });
    const html = await response.text();
    expect(response.status).toBe(422);
    expect(html).toContain('value="Not Good"');
    expect(html).toContain("&lt;b&gt;Al");
    expect(html).not.toContain("sesame!");
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test("refused says that the password has to be typed again, and begins at the first wrong field", async () => {
    await using t = await accountsWeb();
    await t.member("alice");
    const refused = async (language: string, fields: Record<string, string>) =>
      (await t.browser().post("/signup", { next: "/posts/3", ...fields }, { "accept-language": language })).text();
    const focused = (html: string) => /<input[^>]*name="(\w+)"[^>]* autofocus/.exec(html)?.[1];
    for (const [language, again] of [
      ["en", "Please type the password again."],
      ["ko", "비밀번호를 다시 입력해 주세요."],
    ] as const) {
      const taken = await refused(language, ALICE);
      expect(taken).toContain(`<strong>${again}</strong>`);
      expect(taken).toContain('name="next" value="/posts/3"');
      expect([taken.includes('value="앨리스"'), focused(taken)]).toEqual([true, "userId"]);
      const short = await refused(language, { ...ALICE, userId: "bob", password: "short" });
      expect([short.includes(again), focused(short)]).toEqual([false, "password"]);
      const wrong = await t
        .browser()
        .post("/login", { userId: "alice", password: "no" }, { "accept-language": language });
      const door = await wrong.text();
      expect([door.includes(again), focused(door), door.includes('value="alice"')]).toEqual([true, "password", true]);
    }
    expect(await (await t.browser().get("/signup")).text()).not.toContain("type the password again");
  });

  test("as JSON answers 201, or problem details with the faults", async () => {
    await using t = await accountsWeb();
    const browser = t.browser();
    const ask = (body: string, type = "application/json") =>
      t.web.request(`${BASE_URL}/signup`, {
        method: "POST",
        body,
        headers: { ...JSON_ONLY, "content-type": type, origin: BASE_URL },
      });
    const good = await ask(JSON.stringify(ALICE));
    expect(good.status).toBe(201);
    expect(await good.json()).toMatchObject({ userId: "alice", name: "앨리스", expiresInS: 900 });
    const taken = await ask(JSON.stringify(ALICE));
    expect(taken.status).toBe(422);
    expect(taken.headers.get("content-type")).toBe("application/problem+json");
    expect(await taken.json()).toMatchObject({
      status: 422,
      code: "invalid",
      faults: [{ field: "userId", rule: "taken" }],
    });
    for (const body of ["{", "[]", '"text"', "null", "7"]) expect((await ask(body)).status).toBe(422);
    expect((await ask("a=b", "text/plain")).status).toBe(422);
    expect((await ask("userId=bob&name=Bob&password=long+enough", "application/x-www-form-urlencoded")).status).toBe(
      201,
    );
    expect((await browser.get("/members/bob", JSON_ONLY)).status).toBe(200);
  });

  test("keeps to the rules for passwords", async () => {
    await using t = await accountsWeb();
    const signUp = async (userId: string, password: string) =>
      (await t.browser().post("/signup", { userId, name: "A", password }, JSON_ONLY)).status;
    expect(await signUp("user_1", "1234567")).toBe(422);
    expect(await signUp("user_2", "passwordpassword")).toBe(422);
    expect(await signUp("long_enough", "long_enough")).toBe(422);
    expect(await signUp("user_3", "가".repeat(129))).toBe(422);
    expect(await signUp("user_4", "가".repeat(64))).toBe(201);
    expect(await signUp("user_5", "가".repeat(128))).toBe(201);
    expect(await signUp("user_6", "  two  blanks  ")).toBe(201);
    const composed = await t.browser().post("/login", { userId: "user_4", password: "가".repeat(64).normalize("NFD") });
    expect(composed.status).toBe(303);
    const blanks = { userId: "user_6", password: "two blanks" };
    expect((await t.browser().post("/login", blanks)).status).toBe(401);
  });

  test("takes no field that it does not name", async () => {
    await using t = await accountsWeb();
    await t.member("first");
    await t.browser().post("/signup", { ...ALICE, role: "admin", created_at: "0", createdAtMs: "0", bannedAtMs: "1" });
    const row = (await t.database.db.select().from(accountRows)).find(({ userId }) => userId === "alice");
    expect(row).toMatchObject({ role: "member", createdAtMs: t.clock.nowMs(), bannedAtMs: null });
  });

  test("while closed shows no form, but the set-up link leads to one", async () => {
    await using t = await accountsWeb({ accounts: { signup: "closed", setupKey: "once-only" } });
    const stranger = t.browser();
    expect(await (await stranger.get("/signup")).text()).not.toContain("<form");
    expect((await stranger.post("/signup", ALICE)).status).toBe(403);
    const owner = t.browser();
    expect(await (await owner.get("/signup?setup=once-only")).text()).toContain('action="/signup"');
    expect((await owner.post("/signup", ALICE)).status).toBe(303);
    expect(await isSignedIn(owner)).toBe(true);
    expect((await t.browser().post("/signup", { ...ALICE, userId: "eve", setup: "once-only" })).status).toBe(403);
  });
});

describe("logging in", () => {
  test("wants the password, and the cookies it gives are out of reach for scripts", async () => {
    await using t = await accountsWeb();
    await t.member("alice");
    const browser = t.browser();
    expect((await browser.post("/login", { userId: "alice", password: "wrong horse" })).status).toBe(401);
    expect(await isSignedIn(browser)).toBe(false);
    const response = await browser.post("/login", { userId: " Alice", password: PASSWORD });
    expect(response.status).toBe(303);
    const lines = response.headers.getSetCookie();
    expect(lines.map((line) => line.split("=")[0])).toEqual(["birdie-access", "birdie-refresh"]);
    for (const line of lines) {
      expect(line).toContain("HttpOnly");
      expect(line).toContain("SameSite=Lax");
      expect(line).toContain("Path=/");
      expect(line).not.toContain("Secure");
    }
    expect(await isSignedIn(browser)).toBe(true);
  });

  test("under https the cookies are bound to host and transport", async () => {
    await using t = await accountsWeb({ baseUrl: "https://birdie.test" });
    const browser = t.browser();
    const response = await browser.post("/signup", ALICE);
    for (const line of response.headers.getSetCookie()) {
      expect(line).toStartWith("__Host-birdie-");
      expect(line).toContain("Secure");
    }
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(await isSignedIn(browser)).toBe(true);
    const plain = t.browser();
    for (const [name, value] of browser.cookies) plain.cookies.set(name.replace("__Host-", ""), value);
    expect(await isSignedIn(plain)).toBe(false);
  });

  test("answers nobody and somebody alike: status, headers, cookies and words", async () => {
    await using t = await accountsWeb();
    await t.member("alice");
    for (const headers of [{}, JSON_ONLY]) {
      const guess = async (userId: string) =>
        faceOf(await t.browser().post("/login", { userId, password: "wrong horse" }, headers));
      const known = await guess("alice");
      const unknown = await guess("zebra");
      expect({ ...unknown, body: unknown.body.replaceAll("zebra", "alice") }).toEqual(known);
    }
  });

  test("too often with wrong passwords is refused for a while, whatever a header says of the address", async () => {
    await using t = await accountsWeb({ accounts: { signInsPerMinAddress: 3, signInsPerMin: 0 } });
    await t.member("alice");
    const guess = (n: number, password = "wrong horse") =>
      t
        .browser("198.51.100.1")
        .post(
          "/login",
          { userId: "alice", password },
          { ...JSON_ONLY, "x-forwarded-for": `203.0.113.${n}`, forwarded: `for=203.0.113.${n}` },
        );
    for (let n = 0; n < 3; n++) expect((await guess(n)).status).toBe(401);
    const refused = await guess(4);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "20"]);
    expect((await guess(5, PASSWORD)).status).toBe(429);
    expect((await t.browser("198.51.100.2").post("/login", { userId: "alice", password: PASSWORD })).status).toBe(303);
  });

  test("gives a new sign-in, and the browser's old one ends", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const before = new Map(browser.cookies);
    await browser.post("/login", { userId: "alice", password: PASSWORD });
    expect(await isSignedIn(browser)).toBe(true);
    const old = t.browser();
    for (const [name, value] of before) old.cookies.set(name, value);
    expect(await isSignedIn(old)).toBe(false);
  });

  test("leads back to a path of this site only", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const evil = [
      "//evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "https:evil.example",
      "https://evil.example/",
      "javascript:alert(1)",
      "%2f%2fevil.example",
      "/.//evil.example",
      "/x/..//evil.example",
      "/\t/evil.example",
      "/\n/evil.example",
      " //evil.example",
      "/login?next=/login",
      "/logout",
      "",
      `/${"a".repeat(600)}`,
    ];
    for (const next of evil) {
      const answers = [
        await t.browser().post("/login", { userId: "alice", password: PASSWORD, next }),
        await browser.get(`/login?next=${encodeURIComponent(next)}`),
      ];
      for (const { headers } of answers) expect([next, headers.get("location")]).toEqual([next, "/"]);
    }
    const good = "/posts/3?x=1#comment-2";
    const response = await t.browser().post("/login", { userId: "alice", password: PASSWORD, next: good });
    expect(response.headers.get("location")).toBe(good);
    const htmx = await t
      .browser()
      .post("/login", { userId: "alice", password: PASSWORD, next: "//evil.example" }, { "hx-request": "true" });
    expect([htmx.status, htmx.headers.get("hx-redirect"), htmx.headers.get("location")]).toEqual([204, "/", null]);
  });
});

describe("logging out", () => {
  test("ends the sign-in and takes the cookies", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const stolen = t.browser();
    for (const [name, value] of browser.cookies) stolen.cookies.set(name, value);
    expect((await browser.get("/settings")).headers.get("cache-control")).toBe("no-store");
    const response = await browser.post("/logout");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/login"]);
    expect(browser.cookies.size).toBe(0);
    expect(await isSignedIn(stolen)).toBe(false);
    expect(stolen.cookies.size).toBe(0);
    expect((await browser.post("/logout")).status).toBe(303);
  });

  test("is no link", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    expect((await browser.get("/logout")).status).toBe(404);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

describe("a sign-in that runs out", () => {
  test("is renewed while a page is served, with new cookies", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const before = new Map(browser.cookies);
    t.clock.advance(899_000);
    expect((await browser.get("/settings")).headers.getSetCookie()).toEqual([]);
    t.clock.advance(1_000);
    const response = await browser.get("/settings");
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toHaveLength(2);
    expect(browser.cookies.get("birdie-refresh")).not.toBe(before.get("birdie-refresh"));
    browser.cookies.delete("birdie-access");
    expect(await isSignedIn(browser)).toBe(true);
  });

  test("is renewed for two tabs at once, and both go on", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const other = t.browser();
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    t.clock.advance(1_000_000);
    const answers = await Promise.all([browser.get("/settings"), other.get("/settings"), other.get("/settings")]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(other.cookies.get("birdie-refresh")).toBe(browser.cookies.get("birdie-refresh") ?? "");
    t.clock.advance(1_000_000);
    expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([true, true]);
    expect(t.events).toEqual([]);
  });

  test("is over for everybody when an old refresh token comes back", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const thief = t.browser();
    for (const [name, value] of browser.cookies) thief.cookies.set(name, value);
    t.clock.advance(1_000_000);
    expect(await isSignedIn(thief)).toBe(true);
    t.clock.advance(10_000);
    const response = await browser.get("/settings");
    expect([response.status, response.headers.get("location")]).toEqual([303, "/login?next=%2Fsettings"]);
    expect(await isSignedIn(thief)).toBe(false);
    expect(t.events.map(({ type }) => type)).toEqual(["sign-in-ended"]);
  });

  test("is over after the life of its refresh token", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    t.clock.advance(2_592_000_000);
    expect(await isSignedIn(browser)).toBe(false);
  });
});

describe("programs", () => {
  test("get tokens for a password, use and renew them, with no cookie", async () => {
    await using t = await accountsWeb();
    await t.member("alice");
    const ask = (path: string, body: object) =>
      t.web.request(BASE_URL + path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      });
    const answer = await ask("/token", { userId: "alice", password: PASSWORD });
    const pair = await answer.json();
    expect([answer.status, pair.expiresInS, answer.headers.getSetCookie()]).toEqual([200, 900, []]);
    const use = (token: string) =>
      t.web.request(`${BASE_URL}/settings`, { headers: { ...JSON_ONLY, authorization: `Bearer ${token}` } });
    expect(await (await use(pair.accessToken)).json()).toMatchObject({ userId: "alice", language: null });
    expect((await use(pair.refreshToken)).status).toBe(401);
    const renewed = await ask("/token/refresh", { refreshToken: pair.refreshToken });
    expect(renewed.status).toBe(200);
    expect((await use((await renewed.json()).accessToken)).status).toBe(200);
    for (const refreshToken of [pair.accessToken, "", 7, null, "rubbish"]) {
      const refused = await ask("/token/refresh", { refreshToken });
      expect([refused.status, (await refused.json()).code]).toEqual([401, "not_signed_in"]);
    }
    const wrong = await ask("/token", { userId: "alice", password: "wrong horse" });
    expect([wrong.status, wrong.headers.get("content-type")]).toEqual([401, "application/problem+json"]);
  });

  test("with a bad token are not signed in, however good their cookies", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    for (const authorization of ["Bearer rubbish", "Bearer", "Basic YWxpY2U6eA==", ""]) {
      const response = await browser.get("/settings", { ...JSON_ONLY, authorization });
      expect([authorization, response.status]).toEqual([authorization, 401]);
      expect(response.headers.get("www-authenticate")).toStartWith("Bearer");
    }
    expect(await isSignedIn(browser)).toBe(true);
  });
});

describe("settings", () => {
  test("are for members", async () => {
    await using t = await accountsWeb();
    const anybody = t.browser();
    const paths = ["name", "password", "sign-ins/x/end", "sign-ins/end-others"].map((path) => `/settings/${path}`);
    for (const path of paths) {
      expect([path, (await anybody.post(path, {}, JSON_ONLY)).status]).toEqual([path, 401]);
      expect([path, (await anybody.post(path)).headers.get("location")]).toEqual([path, "/login?next=%2F"]);
    }
  });

  test("change the name, or say why not", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const done = await browser.post("/settings/name", { name: "앨리스 리" });
    expect([done.status, done.headers.get("location")]).toEqual([303, "/settings?notice=saved"]);
    expect(await (await browser.get("/settings")).text()).toContain("앨리스 리");
    const refused = await browser.post("/settings/name", { name: "x".repeat(41) });
    expect(refused.status).toBe(422);
    const again = await refused.text();
    expect(again).toContain("field-error");
    expect(again).toContain(`value="${"x".repeat(41)}"`);
    expect((await browser.post("/settings/name", { name: "" }, JSON_ONLY)).status).toBe(422);
  });

  test("change the password by the present one", async () => {
    await using t = await accountsWeb();
    const browser = await t.member("alice");
    const other = t.browser();
    await other.post("/login", { userId: "alice", password: PASSWORD });
    const change = (currentPassword: string) =>
      browser.post("/settings/password", { currentPassword, newPassword: "another word" });
    expect((await change("wrong horse")).status).toBe(422);
    expect(await isSignedIn(other)).toBe(true);
    expect((await change(PASSWORD)).headers.get("location")).toBe("/settings?notice=passwordSaved");
    expect([await isSignedIn(browser), await isSignedIn(other)]).toEqual([true, false]);
  });

  test("end other sign-ins, but nobody else's", async () => {
    await using t = await accountsWeb();
    const alice = await t.member("alice");
    const bob = await t.member("bob");
    const { signIns } = await (await bob.get("/settings", JSON_ONLY)).json();
    expect((await alice.post(`/settings/sign-ins/${signIns[0].id}/end`)).status).toBe(404);
    expect(await isSignedIn(bob)).toBe(true);
    expect((await bob.post(`/settings/sign-ins/${signIns[0].id}/end`)).status).toBe(303);
    expect(await isSignedIn(bob)).toBe(false);
    const tablet = t.browser();
    await tablet.post("/login", { userId: "alice", password: PASSWORD });
    expect((await tablet.post("/settings/sign-ins/end-others")).status).toBe(303);
    expect([await isSignedIn(alice), await isSignedIn(tablet)]).toEqual([false, true]);
  });

  test("choose language and theme, also for those who are not signed in", async () => {
    await using t = await accountsWeb();
    const visitor = t.browser();
    const response = await visitor.post(
      "/settings/language",
      { language: "ko", theme: "dark" },
      { referer: `${BASE_URL}/login?next=%2F` },
    );
    expect(response.headers.get("location")).toBe("/login?next=%2F");
    const html = await (await visitor.get("/login")).text();
    expect(html).toContain('<html lang="ko" data-theme="dark">');
    const member = await t.member("alice");
    expect((await member.get("/settings")).headers.get("content-language")).toBe("en");
    await member.post("/settings/language", { language: "ko" });
    expect((await member.get("/settings")).headers.get("content-language")).toBe("ko");
    await member.post("/settings/language", { language: "" });
    expect((await member.get("/settings")).headers.get("content-language")).toBe("en");
  });

  test("language: nobody is led to another site by a forged referer", async () => {
    await using t = await accountsWeb();
    const response = await t.browser().post("/settings/language", {}, { referer: "https://evil.example/x" });
    expect(response.headers.get("location")).toBe("/");
  });
});

test("a profile is for everybody; nobody's is not found", async () => {
  await using t = await accountsWeb();
  await t.member("alice");
  const page = await t.browser().get("/members/alice");
  expect([page.status, page.headers.get("cache-control")]).toEqual([200, "no-cache, private"]);
  expect(await (await t.browser().get("/members/alice", JSON_ONLY)).json()).toMatchObject({ userId: "alice" });
  for (const nobody of ["nobody", "ALICE", "..%2f..%2fetc", "a%00b", "%E2%82%AC"]) {
    const response = await t.browser().get(`/members/${nobody}`);
    expect([nobody, response.status]).toEqual([nobody, 404]);
  }
});
