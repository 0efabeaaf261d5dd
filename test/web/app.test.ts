import { describe, expect, test } from "bun:test";
import { Hono } from "hono";
import { BirdieError } from "../../src/domain/errors.ts";
import { answerJson, INPUT_BYTES_MAX, readInput, requirePrincipal, seeOther } from "../../src/web/answer.ts";
import type { WebEnv } from "../../src/web/principal.ts";
import { BASE_URL, type TestWebOptions, testWeb } from "../support/web.ts";

/** Routes that do what routes may do: one act for members, one refusal, one fault of ours. */
function trials(): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  routes.get("/secret", (c) => answerJson(c, { userId: requirePrincipal(c).userId }));
  routes.all("/act", (c) => answerJson(c, { userId: requirePrincipal(c).userId }));
  routes.post("/echo", async (c) => answerJson(c, await readInput(c)));
  routes.post("/away", (c) => seeOther(c, "/posts/3#comment-7"));
  routes.get("/gone", () => {
    throw new BirdieError("gone");
  });
  routes.get("/bug", () => {
    throw new Error("Failed query: select 'hunter2'");
  });
  return routes;
}

const trialWeb = (options: Partial<TestWebOptions> = {}) => testWeb({ routes: () => [trials()], ...options });

test("D7: a page that was made for somebody else acts for nobody: answered as to who is signed out", async () => {
  await using t = await trialWeb();
  const bob = await t.member("bob");
  const act = (shownTo?: string) =>
    bob.post("/act", {}, { accept: "application/json", ...(shownTo === undefined ? {} : { "birdie-me": shownTo }) });
  expect((await act("alice")).status).toBe(401);
  for (const shownTo of ["bob", undefined, ""]) expect((await act(shownTo)).status).toBe(200);
});

describe("an unsafe request", () => {
  const CROSS = {
    "another site's": { origin: "https://evil.example" },
    "no site's": { origin: "null" },
    "an empty one's": { origin: "" },
    "the other scheme's": { origin: "https://birdie.test" },
    "another port's": { origin: "http://birdie.test:8080" },
    "a longer name's": { origin: "http://evil-birdie.test" },
    "a name below another's": { origin: "http://birdie.test.evil.example" },
    "a name with a dot's": { origin: "http://birdie.test." },
    "another site's by its own word": { "sec-fetch-site": "cross-site" },
    "a sibling's by its own word": { "sec-fetch-site": "same-site" },
    "nobody's": {},
  };
  const OURS = {
    "our own": { origin: BASE_URL },
    "our own in capitals": { origin: "HTTP://BIRDIE.TEST" },
    "our own by its own word": { "sec-fetch-site": "same-origin" },
    "the person's own": { "sec-fetch-site": "none" },
  };
  const TYPES = ["application/x-www-form-urlencoded", "text/plain", "application/json", undefined];

  for (const [whose, headers] of Object.entries(CROSS)) {
    test(`that is ${whose} is refused, whatever its method and type`, async () => {
      await using t = await trialWeb();
      const { cookies } = await t.member("alice");
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
        for (const type of TYPES) {
          const all = { cookie, accept: "application/json", ...headers, ...(type ? { "content-type": type } : {}) };
          const response = await t.web.request(`${BASE_URL}/act`, {
            method,
            headers: all,
            body: new TextEncoder().encode("{}"),
          });
          expect([method, type, response.status]).toEqual([method, type, 403]);
          expect((await response.json()).code).toBe("wrong_origin");
        }
      }
    });
  }

  for (const [whose, headers] of Object.entries(OURS)) {
    test(`that is ${whose} is served`, async () => {
      await using t = await trialWeb();
      const { cookies } = await t.member("alice");
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await t.web.request(`${BASE_URL}/act`, { method: "POST", headers: { cookie, ...headers } });
      expect([response.status, await response.json()]).toEqual([200, { userId: "alice" }]);
    });
  }

  test("of a program is served by its bearer token, never by cookies", async () => {
    await using t = await trialWeb();
    const { cookies } = await t.member("alice");
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const ask = async (headers: Record<string, string>) =>
      (await t.web.request(`${BASE_URL}/act`, { method: "POST", headers: { accept: "application/json", ...headers } }))
        .status;
    expect(await ask({ authorization: `Bearer ${cookies.get("birdie-access")}` })).toBe(200);
    expect(await ask({ authorization: "Bearer rubbish", cookie })).toBe(401);
    expect(await ask({ authorization: "Basic YTpi", cookie })).toBe(403);
    expect(await ask({ authorization: "Bearer rubbish", cookie, origin: "https://evil.example" })).toBe(403);
  });
});

describe("a refusal", () => {
  test("is a page, a fragment above the page, or problem details", async () => {
    await using t = await trialWeb();
    const browser = await t.member("alice");
    const page = await browser.get("/gone");
    expect([page.status, page.headers.get("content-language")]).toEqual([410, "en"]);
    expect(await page.text()).toStartWith("<!doctype html><html");
    const fragment = await browser.get("/gone", { "hx-request": "true" });
    expect(await fragment.text()).toStartWith("<div");
    expect([fragment.status, fragment.headers.get("hx-retarget"), fragment.headers.get("hx-reswap")]).toEqual([
      410,
      "#main",
      "afterbegin",
    ]);
    const problem = await browser.get("/gone", { accept: "application/json" });
    expect([problem.status, problem.headers.get("content-type")]).toEqual([410, "application/problem+json"]);
    expect(await problem.json()).toMatchObject({ type: "about:blank", status: 410, code: "gone" });
  });

  test("for want of a sign-in leads there and back", async () => {
    await using t = await trialWeb();
    const page = await t.browser().get("/secret?x=1");
    expect([page.status, page.headers.get("location")]).toEqual([303, "/login?next=%2Fsecret%3Fx%3D1"]);
    const htmx = await t.browser().get("/secret", { "hx-request": "true", "hx-current-url": `${BASE_URL}/posts/3` });
    expect([htmx.status, htmx.headers.get("hx-redirect")]).toEqual([204, "/login?next=%2Fposts%2F3"]);
    expect((await t.browser().get("/secret", { accept: "application/json" })).status).toBe(401);
  });

  test("of what is not there says so", async () => {
    await using t = await trialWeb();
    expect((await t.browser().get("/nowhere")).status).toBe(404);
    expect(await (await t.browser().get("/nowhere", { accept: "application/json" })).json()).toMatchObject({
      code: "not_found",
    });
  });

  test("for a fault of ours tells nothing of it, and reports it", async () => {
    await using t = await trialWeb();
    for (const accept of ["text/html", "application/json"]) {
      const response = await t.browser().get("/bug", { accept });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain("hunter2");
    }
    expect(t.faults).toHaveLength(2);
  });
});

describe("a body", () => {
  test("may be a form of either kind or JSON, and is the same record", async () => {
    await using t = await trialWeb();
    const echo = async (body: RequestInit["body"], headers: Record<string, string> = {}) => {
      const init = { method: "POST", body: body ?? null, headers: { origin: BASE_URL, ...headers } };
      return (await t.web.request(`${BASE_URL}/echo`, init)).json();
    };
    const form = new FormData();
    form.set("title", "제목 + 1");
    const expected = { title: "제목 + 1" };
    expect(await echo(form)).toEqual(expected);
    expect(await echo(new URLSearchParams({ title: "제목 + 1" }))).toEqual(expected);
    expect(await echo(JSON.stringify(expected), { "content-type": "application/json; charset=utf-8" })).toEqual(
      expected,
    );
    expect(await echo("a=1&a=2&__proto__=3", { "content-type": "application/x-www-form-urlencoded" })).toMatchObject({
      a: "1",
    });
    expect(await echo(null)).toEqual({});
  });

  test("is refused when it is too large, also when it does not say how large it is", async () => {
    await using t = await trialWeb();
    const headers = { origin: BASE_URL, "content-type": "application/json", accept: "application/json" };
    const post = (body: NonNullable<RequestInit["body"]>) =>
      t.web.request(`${BASE_URL}/echo`, { method: "POST", body, headers });
    expect((await post(`{"a":"${"x".repeat(INPUT_BYTES_MAX)}"}`)).status).toBe(413);
    let sent = 0;
    const endless = new ReadableStream({
      pull(controller) {
        sent += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });
    expect((await post(endless)).status).toBe(413);
    expect(sent).toBeLessThan(3 * INPUT_BYTES_MAX);
  });
});

test("htmx is told to go elsewhere itself, and to load the page afresh where only the anchor differs", async () => {
  await using t = await trialWeb();
  const away = (headers: Record<string, string>) => t.browser().post("/away", {}, headers);
  expect((await away({})).headers.get("location")).toBe("/posts/3#comment-7");
  const other = await away({ "hx-request": "true", "hx-current-url": `${BASE_URL}/` });
  expect([other.status, other.headers.get("hx-redirect")]).toEqual([204, "/posts/3#comment-7"]);
  const same = await away({ "hx-request": "true", "hx-current-url": `${BASE_URL}/posts/3#top` });
  expect([same.headers.get("hx-refresh"), same.headers.get("hx-redirect")]).toEqual(["true", null]);
});

test("every answer carries the policy, also errors and files", async () => {
  await using t = await trialWeb();
  for (const path of ["/gone", "/bug", "/nowhere", "/livez", "/assets/app.js", "/assets/none.js"]) {
    const { headers } = await t.browser().get(path);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).toContain("connect-src 'self' ws://birdie.test;");
    expect(policy).not.toContain("unsafe");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
  }
});

test("what differs per reader says so to caches", async () => {
  await using t = await trialWeb();
  const browser = await t.member("alice");
  const { headers } = await browser.get("/secret");
  expect(headers.get("vary")).toContain("cookie");
  expect(headers.get("cache-control")).toBe("no-store");
});

test("livez asks nobody, readyz asks the database, metrics are text", async () => {
  await using t = await trialWeb({ isReady: async () => false });
  expect((await t.browser().get("/livez")).status).toBe(200);
  expect((await t.browser().get("/readyz")).status).toBe(503);
  expect(await (await t.browser().get("/metrics")).text()).toBe("# EOF\n");
  await using ready = await trialWeb();
  expect((await ready.browser().get("/readyz")).status).toBe(200);
});

describe("a file of ours", () => {
  test("is compressed as the browser likes, and kept for ever under its fingerprint", async () => {
    await using t = await trialWeb();
    const get = (path: string, headers: Record<string, string> = {}) =>
      t.web.request(BASE_URL + path, { headers }, { address: "" });
    const plain = await get("/assets/app.js");
    expect([plain.headers.get("content-type"), plain.headers.get("cache-control")]).toEqual([
      "text/javascript; charset=utf-8",
      "public, no-cache",
    ]);
    const bytes = await plain.bytes();
    const etag = plain.headers.get("etag") ?? "";
    const html = await (await t.browser().get("/nowhere")).text();
    const url = /src="(\/assets\/app\.js\?v=[0-9a-f]+)"/.exec(html)?.[1] ?? "";
    const br = await get(url, { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(br.headers.get("content-encoding")).toBe("br");
    expect(br.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    const small = await br.bytes();
    expect(small.length).toBeLessThan(bytes.length / 10);
    const gzip = await get("/assets/app.js", { "accept-encoding": "br;q=0, gzip" });
    expect(Bun.gunzipSync(await gzip.bytes())).toEqual(bytes);
    expect((await get("/assets/app.js", { "if-none-match": etag })).status).toBe(304);
    expect((await get("/assets/app.js?v=old")).headers.get("cache-control")).toBe("public, no-cache");
    const chunk = await get("/assets/live-0a1b2c3d.js");
    expect([chunk.status, chunk.headers.get("cache-control")]).toEqual([200, "public, max-age=31536000, immutable"]);
  });

  test("is one of a closed list", async () => {
    await using t = await trialWeb();
    for (const path of ["/assets/none.js", "/assets/..%2f..%2fpackage.json", "/assets/%2e%2e/package.json"]) {
      expect([path, (await t.browser().get(path)).status]).toEqual([path, 404]);
    }
    const manifest = await t.browser().get("/manifest.webmanifest");
    expect([manifest.status, (await manifest.json()).name]).toEqual([200, "Birdie"]);
  });
});
