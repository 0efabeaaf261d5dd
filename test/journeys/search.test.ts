import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";

describe("GET /search", () => {
  let server: TestServer;
  let alice: Member;
  let bob: Member;
  let carol: Member;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob, carol] = await Promise.all([signUp(server, "alice"), signUp(server, "bob"), signUp(server, "carol")]);
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    await alice.post(`/messages/${roomId}`, { message: "내일 회의 자료 <b>보냈어요</b>" });
    await bob.post("/posts", { title: "회의실 예약", body: "누가 쓰시나요?" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const search = async (member: Member, query: string) =>
    (await member.get(`/search?q=${encodeURIComponent(query)}`)).json.results;
  const countOf = (results: { kind: string; found: unknown[] }[], kind: string) =>
    results.find((list) => list.kind === kind)?.found.length;

  test("finds in one's own rooms and in what is public; a stranger's rooms are searched for nobody else", async () => {
    const mine = await search(bob, "회의");
    expect([countOf(mine, "messages"), countOf(mine, "posts")]).toEqual([1, 1]);
    const strangers = await search(carol, "회의");
    expect([countOf(strangers, "messages"), countOf(strangers, "posts")]).toEqual([0, 1]);
  });

  test("the page marks the hit, shows text as text and leads to the very line", async () => {
    const response = await fetch(`${server.url}/search?q=${encodeURIComponent("회의")}`, {
      headers: { authorization: `Bearer ${bob.token}`, accept: "text/html" },
    });
    const html = await response.text();
    expect(response.status).toBe(200);
    expect(html).toContain("내일 <mark>회의</mark> 자료 &lt;b&gt;");
    expect(html).toMatch(/href="\/messages\/\d+\?around=\d+#message-\d+"/);
    expect(html).toContain(`href="/members?q=${encodeURIComponent("회의")}"`);
  });

  test("a name finds its member above the other hits, at most three, with the way to all; within a kind, nobody", async () => {
    const names = ["박하늘", "박하늘솔", "박하늘빛", "박하늘별"];
    const people = await Promise.all(names.map((name, at) => signUp(server, `sky${at}`, name)));
    await bob.post("/posts", { title: "박하늘 님께", body: "고마워요" });
    const asked = `/search?q=${encodeURIComponent("박하늘")}`;
    const { members } = (await alice.get(asked)).json;
    expect(members).toHaveLength(3);
    for (const { userId, name } of members) expect(names[people.findIndex((one) => one.userId === userId)]).toBe(name);
    expect((await alice.get(`${asked}&kind=posts`)).json.members).toBeUndefined();
    expect((await alice.get(`/search?q=${"a".repeat(41)}`)).json.members).toEqual([]);

    for (const [language, all] of [
      ["ko", "회원 결과 모두 보기"],
      ["en", "All hits in members"],
    ] as const) {
      const response = await fetch(server.url + asked, {
        headers: { authorization: `Bearer ${alice.token}`, accept: "text/html", "accept-language": language },
      });
      const html = await response.text();
      expect(html.match(/class="hit" href="\/members\/sky\d"/g)).toHaveLength(3);
      expect(html).toContain(`href="/members?q=${encodeURIComponent("박하늘")}">${all}`);
      expect(html.indexOf('href="/members/sky')).toBeLessThan(html.indexOf("<mark>박하늘</mark>"));
    }
  });

  test("a member's name alone is no empty page; who has blocked, or is blocked, finds nobody", async () => {
    const [dan, eve] = await Promise.all([signUp(server, "dan", "Daniel"), signUp(server, "eve", "Eve")]);
    const found = async (member: Member) => (await member.get("/search?q=daniel")).json.members;
    expect(await found(eve)).toEqual([{ userId: "dan", name: "Daniel" }]);
    const response = await fetch(`${server.url}/search?q=Daniel`, {
      headers: { authorization: `Bearer ${eve.token}`, accept: "text/html", "accept-language": "en" },
    });
    const html = await response.text();
    expect(html).toContain('href="/members/dan"');
    expect(html).not.toContain("Nothing found");
    await dan.post("/members/eve/block");
    expect(await found(eve)).toEqual([]);
    await dan.post("/members/eve/unblock");
    await eve.post("/members/dan/block");
    expect(await found(eve)).toEqual([]);
  });

  test("is for members", async () => {
    const asked = await fetch(`${server.url}/search?q=x`, { headers: { accept: "application/json" } });
    expect(asked.status).toBe(401);
  });

  test("S75: no query is too strange", async () => {
    for (const query of ["", '"', "NEAR(", "*", "%", "_", "a".repeat(100_000), "\u0000", "place : p1", "-- ;"]) {
      const { status } = await alice.get(`/search?q=${encodeURIComponent(query.slice(0, 8_000))}`);
      expect(status).toBe(200);
    }
    expect((await alice.get("/search?q=x&kind=secrets&before=-1")).status).toBe(200);
  });
});
