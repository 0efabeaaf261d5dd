import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connect } from "node:net";
import { addressOf, type Community, community, everything, routesOf, things } from "../support/hostile.ts";
import { type TestServer, testServer } from "../support/server.ts";

setDefaultTimeout(120_000);

/** Somebody who says over HTTP what no page of ours says. */
let server: TestServer;
let people: Community;

beforeAll(async () => {
  server = await testServer({ settings: { "sign-ins-per-min": 0, "sign-ins-per-min-address": 0 } });
  const three = await community(server);
  people = { ...three, things: await things(server, three) };
});
afterAll(() => server.stop());
afterEach(() => expect(server.log.splice(0).filter((line) => line.includes(" error "))).toEqual([]));

/** A browser's cookies for the owner. */
async function cookiesOf(userId: string, password: string): Promise<string> {
  const response = await fetch(`${server.url}/login`, {
    method: "POST",
    redirect: "manual",
    headers: { origin: server.url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ userId, password }),
  });
  return response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
}

/** Exactly these octets, and all that comes back until there is an answer or the peer closes. */
function raw(octets: string): Promise<string> {
  return new Promise((resolve) => {
    let got = "";
    const socket = connect(server.port, "127.0.0.1", () => socket.write(octets, "latin1"));
    socket.on("data", (data) => {
      got += data.toString("latin1");
      if (/^HTTP\/1\.1 \d+[\s\S]*\r\n\r\n/.test(got)) socket.end();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(got));
  });
}

describe("S46", () => {
  test("no unsafe route takes what another site sends with our cookies", async () => {
    const cookie = await cookiesOf("owner", people.owner.password);
    const before = everything(server);
    const origins: readonly Record<string, string>[] = [
      { origin: "https://evil.example" },
      { origin: "null" },
      { origin: `${server.url}.evil.example` },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      {},
    ];
    const types = ["text/plain", "application/json", "application/x-www-form-urlencoded", undefined];
    const answers = new Set<string>();
    const unsafe = routesOf(server).filter((route) => route.startsWith("POST "));
    for (const route of unsafe) {
      const path = addressOf(route.slice(5), people.things);
      for (const [i, origin] of origins.entries()) {
        const type = types[i % types.length];
        const headers = { cookie, ...origin, ...(type ? { "content-type": type } : {}) };
        const body = new TextEncoder().encode("{}");
        const { status } = await fetch(server.url + path, { method: "POST", headers, body, redirect: "manual" });
        // Programs have no Origin; the token routes neither read nor write cookies.
        const isToken = path.startsWith("/token") && Object.keys(origin).length === 0;
        answers.add(isToken ? `token ${status}` : `${status}`);
      }
    }
    expect([...answers].filter((one) => !one.startsWith("token"))).toEqual(["403"]);
    for (const method of ["PUT", "PATCH", "DELETE"]) {
      const { status } = await fetch(`${server.url}/posts/1`, {
        method,
        headers: { cookie, origin: "https://evil.example" },
      });
      expect(status).toBe(403);
    }
    expect(everything(server) === before).toBe(true);
  });

  test("no GET changes anything, however often, as a page or as JSON", async () => {
    const cookie = await cookiesOf("owner", people.owner.password);
    const before = everything(server);
    for (const route of routesOf(server).filter((one) => one.startsWith("GET "))) {
      const path = addressOf(route.slice(4), people.things);
      for (const accept of ["text/html", "application/json", "text/html"]) {
        const response = await fetch(server.url + path, { headers: { cookie, accept }, redirect: "manual" });
        await response.arrayBuffer();
        expect(response.status).toBeLessThan(500);
      }
      if (everything(server) !== before) throw new Error(`${route} changed something`);
    }
  });
});

describe("S48: what a body may carry", () => {
  test("nothing of the server's own can be set from outside", async () => {
    const { owner } = people;
    const mass = {
      role: "admin",
      id: 1,
      author_id: "member",
      authorId: "member",
      created_at_ms: 1,
      createdAt: "1970-01-01",
      likeCount: 99,
      isDeleted: true,
      position: 1,
    };
    const post = (await owner.post("/posts", { title: "T", body: "B", ...mass })).json;
    expect(post).toMatchObject({ author: { userId: "owner" }, likeCount: 0 });
    expect(post.id).not.toBe(1);
    expect(Date.parse(post.createdAt)).toBeGreaterThan(Date.now() - 60_000);
    await owner.post("/settings/name", { name: "Owner", ...mass, userId: "member", password_hash: "x" });
    expect((await owner.get("/settings")).json).toMatchObject({ userId: "owner", name: "Owner" });
    const { roomId } = people.things;
    const line = (await owner.post(`/messages/${roomId}`, { message: "mine", ...mass, sender: "member", roomId: 9 }))
      .json;
    expect(line).toMatchObject({ author: { userId: "owner" }, roomId });
  });

  test("values of the wrong kind are refused or taken as nothing, never a fault of ours", async () => {
    const { owner } = people;
    const odd: readonly unknown[] = [
      null,
      0,
      -1,
      1e308,
      true,
      [],
      ["a"],
      [[1]],
      {},
      { valueOf: 1, toString: 1 },
      { toString: null },
      "9".repeat(400),
      "\u0000\ud800",
      "' or 1=1 --",
      "%",
    ];
    const fields =
      "userId name password title body parentId message clientId replyTo replyToId upTo ids id kind from userIds endpoint keys p256dh auth is language theme timeZone openTo quiet quietFrom quietTo currentPassword newPassword refreshToken next selfTest postId byHand setup stay days reason uses invite".split(
        " ",
      );
    const unsafe = routesOf(server).filter(
      (route) => route.startsWith("POST ") && !/logout|end-others|:id\/end$/.test(route),
    );
    for (const route of unsafe) {
      const fresh = /delete|leave|remove|block|owner/.test(route) ? await things(server, people) : people.things;
      const path = addressOf(route.slice(5), fresh);
      for (const value of odd) {
        const body = Object.fromEntries(fields.map((field) => [field, value]));
        const answer = await (path.startsWith("/admin") ? people.admin : owner).post(path, body);
        if (answer.status >= 500) throw new Error(`${route} with ${JSON.stringify(value)}: ${answer.status}`);
      }
    }
  });

  test("prototypes stay what they are, and JSON of any depth and form is answered", async () => {
    const { owner, things: t } = people;
    const bodies = [
      '{"__proto__":{"message":"polluted","isAdmin":true},"constructor":{"prototype":{"message":"polluted"}}}',
      '{"title":"t","body":"b","__proto__":{"polluted":true}}',
      "[".repeat(100_000),
      `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`,
      "[]",
      "null",
      '"text"',
      "{",
      "\u0000",
      `{"message":${"9".repeat(1_000)}}`,
    ];
    for (const type of ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/xml"]) {
      for (const body of bodies) {
        const { status } = await fetch(`${server.url}/messages/${t.roomId}`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${owner.token}`,
            origin: server.url,
            "content-type": type,
            accept: "application/json",
          },
          body,
        });
        expect(status).toBe(422);
      }
    }
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Reflect.get({}, "message")).toBeUndefined();
  });
});

test("S37: nobody is sent to another site, wherever its address is hidden", async () => {
  const elsewhere = [
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https://evil.example",
  ];
  const more = [
    "/%2f%2fevil.example",
    "%2f%2fevil.example",
    "/\t/evil.example",
    "//evil.example@x",
    "javascript:alert(1)",
    "///evil",
  ];
  const cookie = await cookiesOf("member", people.member.password);
  for (const next of [...elsewhere, ...more]) {
    for (const page of ["/login", "/signup"]) {
      const asked = await fetch(`${server.url}${page}?next=${encodeURIComponent(next)}`, {
        headers: { cookie },
        redirect: "manual",
      });
      expectHere(asked.headers.get("location"));
    }
    const form = new URLSearchParams({ userId: "member", password: people.member.password, next });
    const headers = { origin: server.url, "content-type": "application/x-www-form-urlencoded" };
    const signedIn = await fetch(`${server.url}/login`, { method: "POST", headers, body: form, redirect: "manual" });
    expect(signedIn.status).toBe(303);
    expectHere(signedIn.headers.get("location"));
  }
  // A page of ours whose path looks like another host, from which somebody changes the language.
  for (const from of ["//evil.example/x", "///evil.example", "/\\evil.example"]) {
    for (const name of ["referer", "hx-current-url"]) {
      const htmx: Record<string, string> = name === "hx-current-url" ? { "hx-request": "true" } : {};
      const answer = await fetch(`${server.url}/settings/language`, {
        method: "POST",
        headers: {
          origin: server.url,
          "content-type": "application/x-www-form-urlencoded",
          [name]: server.url + from,
          ...htmx,
        },
        body: new URLSearchParams({ language: "en" }),
        redirect: "manual",
      });
      expectHere(answer.headers.get("location") ?? answer.headers.get("hx-redirect"));
    }
  }
});

function expectHere(location: string | null): void {
  if (location === null) throw new Error("nowhere to go");
  expect(new URL(location, server.url).origin).toBe(server.url);
}

test("S75: pages of any depth, limits of any size and queries of any kind are answered", async () => {
  const { owner } = people;
  const lists = [
    "/",
    "/alarms",
    "/messages",
    "/members/owner",
    `/posts/${people.things.postId}`,
    `/messages/${people.things.roomId}`,
  ];
  const values = [
    "0",
    "-1",
    "1e9",
    "999999999",
    "9007199254740993",
    "99999999999999999999",
    "NaN",
    "%00",
    "'",
    "[]",
    "%F0%9F",
  ];
  for (const list of [...lists, "/search?q=a", "/members?q=a"]) {
    for (const value of values) {
      const query = ["before", "after", "around", "reply", "limit", "page", "offset", "room", "post", "kind"].map(
        (key) => `${key}=${value}`,
      );
      const { status } = await owner.get(`${list}${list.includes("?") ? "&" : "?"}${query.join("&")}`);
      expect([200, 422]).toContain(status);
    }
  }
  const strange = [
    '"',
    "NEAR(",
    "a*",
    "%",
    "_",
    "\\",
    "a OR b",
    "grams:",
    "place : p1",
    "{a b}",
    "^a",
    "(",
    "a".repeat(8_000),
    "가".repeat(1_500),
    "a ".repeat(3_000),
  ];
  for (const q of strange) {
    for (const path of ["/search", "/members"]) {
      expect([200, 422]).toContain((await owner.get(`${path}?q=${encodeURIComponent(q)}`)).status);
    }
  }
  // What is in a room one is not in is not found, however one asks.
  const stolen = await people.stranger.get(
    `/search?kind=messages&q=${encodeURIComponent(`line" OR place : "p${people.things.roomId}`)}`,
  );
  expect(JSON.stringify(stolen.json)).not.toContain("The owner's line");
  expect(JSON.stringify((await people.stranger.get("/search?q=line")).json)).not.toContain("The owner's line");
});

describe("odd HTTP", () => {
  const get = (lines: string, path = "/") => raw(`GET ${path} HTTP/1.1\r\n${lines}\r\n\r\n`);

  test("a Host that is none is answered 400, without a word of ours", async () => {
    for (const host of ["[::", "a b", "%zz", "a:b:c", "//", "@", "a/../b?x"]) {
      for (const path of ["/", "/stomp"]) {
        const answer = await get(`Host: ${host}`, path);
        expect(answer).toMatch(/^HTTP\/1\.1 (?:400|200|404|426) /);
        expect(answer).not.toContain("src/");
      }
    }
    expect(await raw("GET / HTTP/1.1\r\n\r\n")).toStartWith("HTTP/1.1 400 ");
  });

  test("a Host of somebody else's leads nowhere else", async () => {
    const answer = await get("Host: evil.example\r\nAccept: text/html", "/messages");
    expect(answer).toMatch(/^location: \/login\?next=%2Fmessages\r$/im);
    expect(answer).not.toContain("evil.example");
  });

  test("requests whose length is said twice, wrongly or in two ways are refused", async () => {
    const post = (lines: string, body: string) => raw(`POST /login HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n${body}`);
    for (const [lines, body] of [
      ["Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"],
      ["Content-Length: 4\r\nContent-Length: 5", "abcde"],
      ["Content-Length: -1", ""],
      ["Content-Length: 1e1", "abcde"],
      ["Transfer-Encoding: xchunked", "0\r\n\r\n"],
      ["X: a\r\n b", ""],
    ] as const) {
      expect(await post(lines, body)).toMatch(/^HTTP\/1\.1 (?:400|501) /);
    }
  });

  test("what is put into a header of ours stays in it", async () => {
    for (const [name, status] of [
      ["setup", 404],
      ["invite", 200],
    ] as const) {
      const path = `/signup?${name}=a%0d%0aSet-Cookie:%20evil=1&next=%2f%0d%0aX-Evil:%201`;
      const answer = await get("Host: x", path);
      expect(answer).toStartWith(`HTTP/1.1 ${status} `);
      expect(answer).not.toMatch(/^(?:set-cookie: evil|x-evil)/im);
    }
    const next = await get("Host: x\r\nAccept: text/html", "/messages?x=%0d%0aX-Evil:%201");
    expect(next).not.toMatch(/^x-evil/im);
  });
});

test("S70: over HTTP, too, who acts without end is told to wait, and the others are not", async () => {
  await using slow = await testServer({ settings: { "sends-per-s": 1, "sends-burst": 2 }, nowMs: () => 1.7e12 });
  const { owner, member } = await community(slow);
  const statuses: number[] = [];
  for (let n = 0; n < 40; n++) statuses.push((await owner.post("/posts/1/like")).status);
  expect(statuses.filter((status) => status === 404)).toHaveLength(30);
  expect(statuses.at(-1)).toBe(429);
  expect((await owner.get("/alarms")).status).toBe(200);
  expect((await member.post("/posts", { title: "T", body: "B" })).status).toBe(201);
});
