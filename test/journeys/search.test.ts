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
