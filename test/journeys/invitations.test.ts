import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { testClock } from "../support/clock.ts";
import { type Member, signIn, signUpAdmin, type TestServer, testServer } from "../support/server.ts";

setDefaultTimeout(120_000);

describe("an invitation", () => {
  const clock = testClock();
  let server: TestServer;
  let admin: Member;

  beforeAll(async () => {
    server = await testServer({ settings: { signup: "invite" }, nowMs: clock.nowMs });
    admin = await signUpAdmin(server, "admin");
  });
  afterAll(() => server.stop());

  const invite = async (body: object) => (await admin.post("/admin/invitations", body)).json;
  const keyOf = (link: string) => new URL(link).searchParams.get("invite") ?? "";
  const come = async (userId: string, more: object) => {
    const response = await fetch(`${server.url}/signup`, {
      method: "POST",
      headers: { origin: server.url, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ userId, name: userId, password: "a good long one", ...more }),
    });
    return { status: response.status, json: await response.json() };
  };
  const page = async (link: string) => {
    const response = await fetch(link, { headers: { accept: "text/html", "accept-language": "en" } });
    return { status: response.status, words: await response.text() };
  };
  const listed = async () => (await admin.get("/admin/invitations")).json.invitations;

  test("is the only way in: without one, or by a key nobody made, there is no form and no account", async () => {
    expect((await page(`${server.url}/signup`)).words).not.toContain('name="password"');
    const unknown = await page(`${server.url}/signup?invite=AAAAAAAAAAAAAAAAAAAAAA`);
    expect([unknown.status, unknown.words.includes('name="password"')]).toEqual([410, false]);
    expect(unknown.words).toContain("This is no invitation of ours.");
    expect((await come("eve", {})).status).toBe(403);
    expect((await come("eve", { invite: "AAAAAAAAAAAAAAAAAAAAAA" })).json.code).toBe("sign_up_closed");
    expect((await come("eve", { invite: { toString: null } })).status).toBe(403);
  });

  test("lets in by a plain form, which keeps it through a mistake, and says who came by it", async () => {
    const { link, id } = await invite({ uses: "2", days: "7" });
    const shown = await page(link);
    expect([shown.status, shown.words.includes(`name="invite" value="${keyOf(link)}"`)]).toEqual([200, true]);
    const submit = (fields: Record<string, string>) =>
      fetch(`${server.url}/signup`, {
        method: "POST",
        redirect: "manual",
        headers: { origin: server.url, accept: "text/html" },
        body: new URLSearchParams({ invite: keyOf(link), name: "Guest", ...fields }),
      });
    const mistaken = await submit({ userId: "guest", password: "short" });
    expect(mistaken.status).toBe(422);
    expect(await mistaken.text()).toContain(`name="invite" value="${keyOf(link)}"`);
    expect((await submit({ userId: "guest", password: "a good long one" })).status).toBe(303);
    expect((await listed()).find((one: { id: number }) => one.id === id)).toMatchObject({
      useCount: 1,
      usesMax: 2,
      state: "living",
      madeBy: { userId: "admin" },
      guests: [{ userId: "guest", name: "Guest" }],
    });
    expect((await admin.get("/admin/members/guest")).json.invitedBy).toMatchObject({ userId: "admin" });
  });

  test("for three makes exactly three accounts, however many come at once", async () => {
    const { link } = await invite({ uses: 3 });
    const came = await Promise.all(Array.from({ length: 8 }, (_, i) => come(`crowd_${i}`, { invite: keyOf(link) })));
    expect(came.map(({ status }) => status).sort()).toEqual([201, 201, 201, 403, 403, 403, 403, 403]);
    const over = await page(link);
    expect([over.status, over.words.includes('name="password"')]).toEqual([410, false]);
    expect(over.words).toContain("This invitation has been used up.");
    expect(over.words).toContain("Ask whoever sent it to you for a new one.");
  });

  test("is not used up by a name that is taken", async () => {
    const { link } = await invite({ uses: 1 });
    expect((await come("admin", { invite: keyOf(link) })).status).toBe(422);
    expect((await come("late_guest", { invite: keyOf(link) })).status).toBe(201);
  });

  test("ends in time, and when it is revoked; who came by it stays", async () => {
    const [expiring, revoked] = [await invite({ days: 1 }), await invite({ uses: 5, days: 90 })];
    expect((await come("early", { invite: keyOf(revoked.link) })).status).toBe(201);
    expect((await admin.post(`/admin/invitations/${revoked.id}/revoke`)).status).toBe(200);
    clock.advance(86_400_000);
    admin = await signIn(server, "admin", admin.password);
    for (const [{ link }, words] of [
      [expiring, "has expired"],
      [revoked, "was withdrawn"],
    ] as const) {
      expect((await page(link)).words).toContain(words);
      expect((await come("too_late", { invite: keyOf(link) })).status).toBe(403);
    }
    expect((await signIn(server, "early", "a good long one")).userId).toBe("early");
  });

  test("is made and ended by admins only, within bounds, and written down", async () => {
    const guest = await signIn(server, "guest", "a good long one");
    expect((await guest.post("/admin/invitations", { uses: 1 })).status).toBe(404);
    for (const wrong of [{ uses: 0 }, { uses: 101 }, { days: 91 }, { uses: "many" }, { days: 1.5 }, { uses: [1] }]) {
      expect((await admin.post("/admin/invitations", wrong)).status).toBe(422);
    }
    const [latest] = (await admin.get("/admin")).json.entries;
    expect(latest).toMatchObject({ act: "revoke", admin: { userId: "admin" }, about: null });
  });
});

test("S43: an invitation is no way around the limit of sign-ups from one address", async () => {
  await using server = await testServer({ settings: { signup: "invite", "sign-ups-per-hour": 2 } });
  const admin = await signUpAdmin(server, "admin");
  const { link } = (await admin.post("/admin/invitations", { uses: 5 })).json;
  const come = (userId: string) =>
    fetch(`${server.url}/signup`, {
      method: "POST",
      headers: { origin: server.url, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({
        userId,
        name: userId,
        password: "a good long one",
        invite: new URL(link).searchParams.get("invite"),
      }),
    });
  expect((await come("one")).status).toBe(201);
  const refused = await come("two");
  expect([refused.status, refused.headers.has("retry-after")]).toEqual([429, true]);
});

test("while sign-up is closed, no invitation lets anybody in; while it is open, nobody needs one", async () => {
  for (const [signup, status] of [
    ["closed", 403],
    ["open", 201],
  ] as const) {
    await using server = await testServer({ settings: { signup } });
    const admin = await signUpAdmin(server, "admin");
    const { link } = (await admin.post("/admin/invitations", { uses: 5 })).json;
    const { searchParams } = new URL(link);
    const body = { userId: "guest", name: "Guest", password: "a good long one", invite: searchParams.get("invite") };
    const response = await fetch(`${server.url}/signup`, {
      method: "POST",
      headers: { origin: server.url, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify(body),
    });
    expect([signup, response.status]).toEqual([signup, status]);
  }
});
