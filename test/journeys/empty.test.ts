import { expect, setDefaultTimeout, test } from "bun:test";
import { type Member, signUp, signUpAdmin, type TestServer, testServer } from "../support/server.ts";

setDefaultTimeout(120_000);

/** What a page without anything on it says: its sentence, and where the next step leads. */
interface Blank {
  readonly sentence: string;
  readonly next: string;
}

async function blankOn(server: TestServer, member: Member | undefined, path: string, language: string): Promise<Blank> {
  const headers = { "accept-language": language, ...(member ? { authorization: `Bearer ${member.token}` } : {}) };
  const html = await (await fetch(server.url + path, { headers })).text();
  const [, blank = ""] = /<div class="blank">([\s\S]*?)<\/div>/.exec(html) ?? [];
  const [, sentence = ""] = /<h[12]>([^<]+)<\/h[12]>/.exec(blank) ?? [];
  const [, next = ""] = /<a [^>]*href="([^"]+)"/.exec(blank) ?? [];
  return { sentence, next };
}

test("J1: every page with nothing on it has a sentence of its own and a next step, in Korean and English", async () => {
  await using server = await testServer();
  const admin = await signUpAdmin(server, "admin");
  const steps: readonly (readonly [path: string, next: string, who?: Member])[] = [
    ["/messages", "/members"],
    ["/messages?requests", "/messages"],
    ["/alarms", "/"],
    ["/alarms?kind=LIKES", "/alarms"],
    ["/alarms?kind=REPLY", "/alarms"],
    ["/alarms?kind=MENTION", "/alarms"],
    ["/settings/blocks", "/members"],
    ["/search?q=zzqq", "/members"],
    ["/search?q=zzqq&kind=posts", "/search?q=zzqq"],
    ["/members", "/"],
    ["/members?q=zzqq", "/members"],
    ["/since", "/"],
    ["/members/admin", "/"],
    ["/admin/reports", "/admin"],
    ["/admin/members?q=zzqq", "/admin/members"],
    ["/admin/members?q=zzqq&show=banned", "/admin/members?q=zzqq"],
    ["/admin/members?show=banned", "/admin/members"],
  ];
  for (const [language, script] of [
    ["ko", /[가-힣]/],
    ["en", /^[^가-힣]*$/],
  ] as const) {
    const sentences: string[] = [];
    for (const [path, next] of steps) {
      const blank = await blankOn(server, admin, path, language);
      expect([path, blank.next]).toEqual([path, next]);
      expect([path, blank.sentence]).toEqual([path, expect.stringMatching(script)]);
      sentences.push(blank.sentence);
    }
    // Each kind of search was asked twice in vain: the same sentence, another way on. Members are found in three places.
    expect(new Set(sentences).size).toBe(sentences.length - 3);
    const headers = { authorization: `Bearer ${admin.token}`, "accept-language": language };
    const overview = await (await fetch(`${server.url}/admin`, { headers })).text();
    expect(/<p class="quiet-line">([^<]+)<a href="\/admin\/members"/.exec(overview)?.[1]).toMatch(script);
    expect((await blankOn(server, undefined, "/", language)).next).toBe("/signup");
    expect((await blankOn(server, admin, "/", language)).next).toBe("");
  }
});

test("J1: where nobody can sign up nobody is asked to; the way on is to log in", async () => {
  for (const [signup, said] of [
    ["closed", "takes no new members"],
    ["invite", "by invitation"],
  ] as const) {
    await using server = await testServer({ settings: { signup } });
    const page = async (path: string) =>
      (await fetch(server.url + path, { headers: { "accept-language": "en" } })).text();
    expect(await page("/")).toContain(said);
    expect((await blankOn(server, undefined, "/", "en")).next).toBe("/login");
    const door = await page("/signup");
    expect(door).toContain(said);
    expect(door).toContain('href="/login"');
    expect(door.includes("<h1>Sign-up is closed</h1>")).toBe(signup === "closed");
  }
});

test("J1: a room whose other is suspended says so and keeps what is said; one that is closed leads away", async () => {
  await using server = await testServer();
  const admin = await signUpAdmin(server, "admin");
  const [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob", "Bob")]);
  const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
  const page = async (member: Member) => {
    const headers = { authorization: `Bearer ${member.token}`, "accept-language": "en" };
    return (await fetch(`${server.url}/messages/${roomId}`, { headers })).text();
  };
  expect(await page(alice)).not.toContain("cannot be reached");
  expect((await admin.post("/admin/members/bob/ban", { days: "forever", reason: "" })).status).toBe(200);
  expect(await page(alice)).toContain("Bob cannot be reached at the moment.");
  expect((await alice.post(`/messages/${roomId}`, { message: "for later" })).status).toBe(201);
  await admin.post("/admin/members/bob/unban");
  expect(await page(alice)).not.toContain("cannot be reached");
  await alice.post("/members/bob/block");
  expect(await page(alice)).toContain("Unblock to talk again");
  const again = await fetch(`${server.url}/token`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", origin: server.url },
    body: JSON.stringify({ userId: "bob", password: bob.password }),
  });
  const { accessToken } = await again.json();
  const closed = await page({ ...bob, token: String(accessToken) });
  expect(closed).toMatch(/id="room-state"[^>]*>[^<]*<a [^>]*href="\/messages"/);
});
