import { describe, expect, test } from "bun:test";
import { createChoices } from "../../src/service/choices.ts";
import { createPosts } from "../../src/service/posts.ts";
import { pictureRoutes } from "../../src/web/pictures.ts";
import { postRoutes } from "../../src/web/posts.tsx";
import { pngOf, postPictures } from "../support/pictures.ts";
import { BASE_URL, type Browser, testWeb } from "../support/web.ts";

const JSON_ONLY = { accept: "application/json" };
const HTMX = { "hx-request": "true" };
const HELLO = { title: "Hello", body: "First\nline & <b>bold</b>" };

async function community() {
  const t = await testWeb({
    routes: ({ database, nowMs }) => {
      const album = postPictures({ database, nowMs });
      const [posts, choices] = [createPosts({ database, nowMs }), createChoices({ database, nowMs })];
      return [postRoutes({ posts, choices, ...album }), pictureRoutes(album)];
    },
  });
  // Who comes first runs the place.
  await t.member("founder");
  const [alice, bob, guest] = [await t.member("alice"), await t.member("bob"), t.browser()];
  await alice.post("/posts", HELLO);
  const comment = async (who: Browser, body: string, more: Record<string, string> = {}) => {
    const response = await who.post("/posts/1/comments", { body, ...more }, JSON_ONLY);
    return ((await response.json()) as { id: number }).id;
  };
  return { ...t, alice, bob, guest, comment };
}

const face = (response: Response) => [response.status, response.headers.get("location")];
const jsonOf = async (response: Response) => [response.status, await response.json()];
const htmlOf = async (response: Response) => `${response.status} ${await response.text()}`;

describe("the feed", () => {
  test("is a whole page for everybody, with the form for members only", async () => {
    const { bob, guest } = await community();
    const page = await htmlOf(await guest.get("/"));
    expect(page).toStartWith("200 <!doctype html><html");
    expect(page).toContain('href="/posts/1"');
    expect(page).toContain("&lt;b&gt;bold&lt;/b&gt;");
    expect(page).not.toContain('action="/posts"');
    expect(await htmlOf(await bob.get("/"))).toContain('action="/posts"');
  });

  test("is JSON for a program, page by page", async () => {
    const { alice, guest, clock } = await community();
    for (let i = 0; i < 20; i++) await alice.post("/posts", HELLO);
    const first = await (await guest.get("/", JSON_ONLY)).json();
    expect(first.posts).toHaveLength(20);
    expect(first.before).toBe(2);
    const [status, second] = await jsonOf(await guest.get(`/?before=${first.before}`, JSON_ONLY));
    expect(status).toBe(200);
    expect(second).toEqual({
      posts: [
        {
          id: 1,
          author: { userId: "alice", name: "alice" },
          ...HELLO,
          pictures: [],
          createdAt: new Date(clock.nowMs()).toISOString(),
          editedAt: null,
          likeCount: 0,
          commentCount: 0,
          isLikedByMe: false,
        },
      ],
      before: null,
      position: first.position,
    });
  });
});

describe("a post", () => {
  test("is written by a plain form, which leads to it", async () => {
    const { alice, guest } = await community();
    expect(face(await alice.post("/posts", HELLO))).toEqual([303, "/posts/2"]);
    expect(await htmlOf(await guest.get("/posts/2"))).toStartWith("200 <!doctype html><html");
  });

  test("sent twice by a button that was pressed twice is one, also from an http address, where browsers say less of themselves", async () => {
    const { alice } = await community();
    const send = (title: string, headers: Record<string, string>) =>
      Promise.all([1, 2].map(() => alice.post("/posts", { title, body: "words" }, headers)));
    const places = (answers: readonly Response[]) => new Set(answers.map((one) => one.headers.get("location"))).size;
    expect(places(await send("of a browser", { "sec-fetch-mode": "navigate" }))).toBe(1);
    expect(places(await send("of one at http", { "sec-fetch-mode": "" }))).toBe(1);
    const byProgram = await send("of a program", { accept: "application/json", "sec-fetch-mode": "" });
    const said = await Promise.all(byProgram.map((one) => one.text()));
    expect([byProgram.map(({ status }) => status), new Set(said).size]).toEqual([[201, 201], 2]);
  });

  test("that differs in a picture only is another one, as is a comment that differs in its second", async () => {
    const { alice } = await community();
    const browser = { "sec-fetch-mode": "navigate" };
    const bring = async (): Promise<string> => {
      const form = new FormData();
      form.set("picture", new File([pngOf(9, 9)], "a.png"));
      return (await (await alice.post("/posts/pictures", form, JSON_ONLY)).json()).id;
    };
    const places: (string | null)[] = [];
    for (const id of [await bring(), await bring()]) {
      const words = { title: "Photo", body: "", chosen: JSON.stringify([{ id, alt: "" }]) };
      places.push((await alice.post("/posts", words, browser)).headers.get("location"));
    }
    expect(new Set(places).size).toBe(2);
    const comment = async (second: Uint8Array<ArrayBuffer>) => {
      const form = new FormData();
      form.set("body", "");
      for (const bytes of [pngOf(9, 9), second]) form.append("pictures", new File([bytes], "image.png"));
      return (await alice.post("/posts/1/comments", form, browser)).headers.get("location");
    };
    const [one, two, again] = [
      await comment(pngOf(20, 20)),
      await comment(pngOf(20, 10)),
      await comment(pngOf(20, 10)),
    ];
    expect(two).not.toBe(one);
    expect(again).toBe(two);
  });

  test("that is written, deleted and written again is there again, and so is a comment", async () => {
    const { alice } = await community();
    const browser = { "sec-fetch-mode": "navigate" };
    const again = { title: "Again", body: "the very same" };
    const [, first] = face(await alice.post("/posts", again, browser));
    await alice.post(`${first}/delete`, {});
    const answers = await Promise.all([1, 2].map(() => alice.post("/posts", again, browser)));
    const [[, second], [, twice]] = answers.map(face) as [unknown[], unknown[]];
    expect([second === first, twice === second, (await alice.get(String(second))).status]).toEqual([false, true, 200]);
    const write = async () => (await alice.post("/posts/1/comments", { body: "+1" }, browser)).headers.get("location");
    const before = await write();
    await alice.post(`/comments/${/comment-(\d+)/.exec(before ?? "")?.[1]}/delete`, {});
    const after = await write();
    expect([after === before, await write()]).toEqual([false, after]);
  });

  test("is written by a program with a form or JSON", async () => {
    const { alice, web, accounts } = await community();
    const response = await alice.post("/posts", HELLO, JSON_ONLY);
    expect(face(response)).toEqual([201, "/posts/2"]);
    expect(await response.json()).toMatchObject({ id: 2, ...HELLO, author: { userId: "alice", name: "alice" } });
    const { tokens } = await accounts.signUp(
      { userId: "robot", name: "robot", password: "a long secret" },
      { userAgent: "", address: "" },
    );
    const asked = await web.request(`${BASE_URL}/posts`, {
      method: "POST",
      body: JSON.stringify(HELLO),
      headers: { ...JSON_ONLY, "content-type": "application/json", authorization: `Bearer ${tokens.accessToken}` },
    });
    expect(await jsonOf(asked)).toMatchObject([201, { id: 3, author: { userId: "robot" } }]);
  });

  test("that is refused shows the page again with what was typed", async () => {
    const { alice } = await community();
    const page = await htmlOf(await alice.post("/posts", { title: "", body: "kept & <i>" }));
    expect(page).toStartWith("422 <!doctype html>");
    expect(page).toContain("kept &amp; &lt;i&gt;");
    expect(page).toContain('aria-invalid="true"');
    expect(await jsonOf(await alice.post("/posts", { title: "x".repeat(121), body: "" }, JSON_ONLY))).toMatchObject([
      422,
      {
        code: "invalid",
        faults: [
          { field: "title", rule: "too_long", limit: 120 },
          { field: "body", rule: "required" },
        ],
      },
    ]);
  });

  test("is edited and deleted by its author, and by nobody else", async () => {
    const { alice, bob, guest } = await community();
    expect(await htmlOf(await alice.get("/posts/1/edit"))).toContain("First\nline &amp; &lt;b&gt;bold");
    expect((await bob.get("/posts/1/edit")).status).toBe(403);
    expect((await bob.post("/posts/1/edit", HELLO)).status).toBe(403);
    expect((await bob.post("/posts/1/delete")).status).toBe(403);
    expect(face(await alice.post("/posts/1/edit", { title: "New", body: "Text" }))).toEqual([303, "/posts/1"]);
    expect(await jsonOf(await alice.post("/posts/1/edit", { title: "Newer", body: "Text" }, JSON_ONLY))).toMatchObject([
      200,
      { title: "Newer", editedAt: expect.stringMatching(/^2026-11-22T/) },
    ]);
    const refused = await htmlOf(await alice.post("/posts/1/edit", { title: "kept", body: "" }));
    expect(refused).toStartWith("422 ");
    expect(refused).toContain('value="kept"');
    expect(face(await alice.post("/posts/1/delete"))).toEqual([303, "/"]);
    expect((await guest.get("/posts/1")).status).toBe(410);
    expect((await alice.post("/posts/1/delete")).status).toBe(410);
  });

  test("that never was is not found, whatever its id looks like", async () => {
    const { alice } = await community();
    for (const id of ["2", "0", "-1", "1.0", "x", "1e0", "99999999999999999999", "%00"]) {
      expect([id, (await alice.get(`/posts/${id}`)).status]).toEqual([id, 404]);
      expect([id, (await alice.post(`/posts/${id}/like`)).status]).toEqual([id, 404]);
      expect([id, (await alice.post(`/comments/${id}/delete`)).status]).toEqual([id, 404]);
    }
  });

  test("is acted on by members only: a guest is led to the log-in, a program is told", async () => {
    const { guest, alice, comment } = await community();
    const id = await comment(alice, "x");
    const acts = [
      "/posts",
      "/posts/1/edit",
      "/posts/1/delete",
      "/posts/1/like",
      "/posts/1/unlike",
      "/posts/1/comments",
    ];
    const more = ["edit", "delete", "like", "unlike"].map((act) => `/comments/${id}/${act}`);
    for (const path of [...acts, ...more]) {
      const response = await guest.post(path, HELLO);
      expect([path, response.status]).toEqual([path, 303]);
      expect(response.headers.get("location")).toStartWith("/login");
      expect([path, (await guest.post(path, HELLO, JSON_ONLY)).status]).toEqual([path, 401]);
    }
    expect((await guest.get("/posts/1/edit")).status).toBe(303);
  });
});

describe("a comment", () => {
  test("by a plain form leads to its place", async () => {
    const { alice, bob } = await community();
    expect(face(await bob.post("/posts/1/comments", { body: "hi" }))).toEqual([303, "/posts/1#comment-1"]);
    expect(face(await alice.post("/posts/1/comments", { body: "reply", parentId: "1" }))).toEqual([
      303,
      "/posts/1#comment-2",
    ]);
    const page = await htmlOf(await bob.get("/posts/1"));
    expect(page.indexOf('id="comment-2"')).toBeGreaterThan(page.indexOf('id="comment-1-replies"'));
  });

  test("far up leads to a page that shows it", async () => {
    const { bob, comment } = await community();
    const early = await comment(bob, "early");
    for (let i = 0; i < 50; i++) await comment(bob, `n${i}`);
    const response = await bob.post("/posts/1/comments", { body: "late answer", parentId: String(early) });
    expect(face(response)).toEqual([303, "/posts/1?comment=52#comment-52"]);
    expect(await htmlOf(await bob.get("/posts/1"))).not.toContain('id="comment-52"');
    expect(await htmlOf(await bob.get("/posts/1?comment=52"))).toContain('id="comment-52"');
    expect(face(await bob.post("/comments/52/edit", { body: "later" }))).toEqual([
      303,
      "/posts/1?comment=52#comment-52",
    ]);
  });

  test("with htmx answers with the fragments that others are pushed", async () => {
    const { bob } = await community();
    const response = await bob.post("/posts/1/comments", { body: "a <b>" }, HTMX);
    expect(response.headers.get("hx-reswap")).toBe("none");
    const html = await htmlOf(response);
    expect(html).toStartWith("201 <hx-partial");
    expect(html).toContain('hx-target="#comments"');
    expect(html).toContain('id="comment-1"');
    expect(html).toContain("a &lt;b&gt;");
    expect(html).not.toContain("<html");
  });

  test("as JSON is answered with itself, and found in the post's threads", async () => {
    const { alice, bob, guest, clock } = await community();
    const createdAt = new Date(clock.nowMs()).toISOString();
    const top = {
      id: 1,
      postId: 1,
      parentId: null,
      author: { userId: "bob", name: "bob" },
      body: "hi",
      pictures: [],
      createdAt,
      editedAt: null,
      isDeleted: false,
      likeCount: 0,
    };
    expect(await jsonOf(await bob.post("/posts/1/comments", { body: "hi" }, JSON_ONLY))).toEqual([
      201,
      { ...top, commentCount: 1 },
    ]);
    await alice.post("/posts/1/comments", { body: "reply", parentId: "1" });
    const [, page] = await jsonOf(await guest.get("/posts/1", JSON_ONLY));
    expect(page).toMatchObject({
      post: { id: 1, commentCount: 2, isLikedByMe: false },
      threads: [{ ...top, isLikedByMe: false, replies: [{ id: 2, parentId: 1 }] }],
      before: null,
      position: expect.any(String),
    });
  });

  test("that is refused shows the page again with what was typed; with htmx or JSON only the refusal", async () => {
    const { bob } = await community();
    const tooLong = "가".repeat(2_001);
    const page = await htmlOf(await bob.post("/posts/1/comments", { body: tooLong }));
    expect(page).toStartWith("422 <!doctype html>");
    expect(page).toContain(tooLong);
    expect(await htmlOf(await bob.post("/posts/1/comments", { body: " " }, HTMX))).not.toContain("<html");
    expect((await bob.post("/posts/1/comments", { body: " " }, JSON_ONLY)).status).toBe(422);
    expect((await bob.post("/posts/1/comments", { body: "x", parentId: "9" })).status).toBe(404);
    expect((await bob.post("/posts/1/comments", { body: "x", parentId: "junk" })).status).toBe(404);
    expect((await bob.post("/posts/9/comments", { body: "" })).status).toBe(404);
    expect((await bob.post("/posts/1/comments", { body: "x", parentId: "" })).status).toBe(303);
  });

  test("is edited and deleted by its author, and by nobody else", async () => {
    const { alice, bob, comment } = await community();
    const id = await comment(bob, "old");
    expect(await htmlOf(await bob.get(`/comments/${id}/edit`))).toContain("old");
    expect((await alice.get(`/comments/${id}/edit`)).status).toBe(403);
    expect((await alice.post(`/comments/${id}/edit`, { body: "x" })).status).toBe(403);
    expect((await alice.post(`/comments/${id}/delete`)).status).toBe(403);
    expect(face(await bob.post(`/comments/${id}/edit`, { body: "new" }))).toEqual([303, `/posts/1#comment-${id}`]);
    expect((await bob.post(`/comments/${id}/edit`, { body: "" })).status).toBe(422);
    expect(await jsonOf(await bob.get(`/comments/${id}/edit`, JSON_ONLY))).toMatchObject([200, { body: "new" }]);
    expect(await jsonOf(await bob.post(`/comments/${id}/delete`, {}, JSON_ONLY))).toEqual([
      200,
      { postId: 1, commentId: id, isKept: false, commentCount: 0 },
    ]);
    expect((await bob.post(`/comments/${id}/delete`)).status).toBe(410);
    const another = await comment(bob, "another");
    expect(face(await bob.post(`/comments/${another}/delete`))).toEqual([303, "/posts/1#comments"]);
  });
});

describe("a like", () => {
  test("by a plain form leads back to where it was given", async () => {
    const { bob, comment } = await community();
    const id = await comment(bob, "x");
    expect(face(await bob.post("/posts/1/like"))).toEqual([303, "/posts/1"]);
    expect(face(await bob.post(`/comments/${id}/like`))).toEqual([303, `/posts/1#comment-${id}`]);
    const referer = { referer: `${BASE_URL}/?before=30` };
    expect(face(await bob.post("/posts/1/unlike", {}, referer))).toEqual([303, "/?before=30#post-1"]);
    const elsewhere = { referer: "https://elsewhere.test/posts/7" };
    expect(face(await bob.post("/posts/1/like", {}, elsewhere))).toEqual([303, "/#post-1"]);
  });

  test("with htmx answers with its own form, now the other way round", async () => {
    const { bob, alice, comment } = await community();
    await alice.post("/posts/1/like");
    const liked = await htmlOf(await bob.post("/posts/1/like", {}, HTMX));
    expect(liked).toStartWith("200 <form");
    expect(liked).toContain('action="/posts/1/unlike"');
    expect(liked).toContain('aria-pressed="true"');
    expect(liked).toMatch(/class="count"[^>]*>2</);
    expect(await htmlOf(await bob.post("/posts/1/unlike", {}, HTMX))).toContain('aria-pressed="false"');
    const id = await comment(bob, "x");
    expect(await htmlOf(await bob.post(`/comments/${id}/like`, {}, HTMX))).toContain(`action="/comments/${id}/unlike"`);
  });

  test("as JSON answers with how things stand, again and again the same", async () => {
    const { alice, bob } = await community();
    for (let i = 0; i < 2; i++) {
      expect(await jsonOf(await bob.post("/posts/1/like", {}, JSON_ONLY))).toEqual([
        200,
        { likeCount: 1, isLikedByMe: true },
      ]);
    }
    for (let i = 0; i < 2; i++) {
      expect(await jsonOf(await alice.post("/posts/1/unlike", {}, JSON_ONLY))).toEqual([
        200,
        { likeCount: 1, isLikedByMe: false },
      ]);
    }
  });
});
