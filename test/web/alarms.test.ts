import { describe, expect, test } from "bun:test";
import { createAlarms } from "../../src/service/alarms.ts";
import { createChoices } from "../../src/service/choices.ts";
import { createPosts } from "../../src/service/posts.ts";
import { alarmRoutes } from "../../src/web/alarms.tsx";
import { postRoutes } from "../../src/web/posts.tsx";
import { postPictures } from "../support/pictures.ts";
import { BASE_URL, type Browser, testWeb } from "../support/web.ts";

const JSON_ONLY = { accept: "application/json" };
const HTMX = { "hx-request": "true" };

interface InboxJson {
  readonly alarms: readonly { readonly id: number; readonly key: number; readonly isRead: boolean }[];
  readonly unreadAlarmCount: number;
}

/** Bob has liked alice's post and commented on it. */
async function community() {
  const t = await testWeb({
    routes: ({ database, nowMs }) => [
      postRoutes({
        posts: createPosts({ database, nowMs }),
        choices: createChoices({ database, nowMs }),
        ...postPictures({ database, nowMs }),
      }),
      alarmRoutes({ alarms: createAlarms({ database, nowMs }) }),
    ],
  });
  const [alice, bob, guest] = [await t.member("alice"), await t.member("bob"), t.browser()];
  await alice.post("/posts", { title: "Hello", body: "World" });
  await bob.post("/posts/1/like");
  await bob.post("/posts/1/comments", { body: "so <good>" });
  return { ...t, alice, bob, guest };
}

async function inboxOf(browser: Browser): Promise<InboxJson> {
  return (await (await browser.get("/alarms", JSON_ONLY)).json()) as InboxJson;
}
const face = (response: Response) => [response.status, response.headers.get("location")];

describe("the inbox", () => {
  test("is a whole page, newest first, with the true badge and escaped words", async () => {
    const { alice } = await community();
    const html = await (await alice.get("/alarms")).text();
    expect(html).toStartWith("<!doctype html><html");
    expect(html.match(/data-alarm-id="/g)).toHaveLength(2);
    expect(html).toContain("so &lt;good&gt;");
    expect(html).toContain('href="/posts/1#comment-1"');
    expect(html.indexOf("so &lt;good&gt;")).toBeLessThan(html.indexOf("Hello"));
    expect(html).toMatch(/id="alarm-badge"[^>]*>2</);
  });

  test("is JSON for a program, of one kind where asked", async () => {
    const { alice, clock } = await community();
    const createdAt = new Date(clock.nowMs()).toISOString();
    const inbox = await inboxOf(alice);
    const common = {
      actors: [{ userId: "bob", name: "bob" }],
      actorCount: 1,
      target: "POST",
      postId: 1,
      roomId: null,
      createdAt,
    };
    expect(inbox).toEqual({
      alarms: [
        {
          ...common,
          id: inbox.alarms[0]?.id ?? 0,
          key: 2,
          type: "REPLY",
          replyId: 1,
          content: "so <good>",
          isRead: false,
        },
        {
          ...common,
          id: inbox.alarms[1]?.id ?? 0,
          key: 1,
          type: "LIKES",
          replyId: null,
          content: "Hello",
          isRead: false,
        },
      ],
      before: null,
      position: expect.any(String),
      unreadAlarmCount: 2,
      unreadMessageCnt: 0,
    } as unknown as InboxJson);
    const likes = await (await alice.get("/alarms?kind=LIKES", JSON_ONLY)).json();
    expect(likes.alarms).toHaveLength(1);
    expect((await (await alice.get("/alarms?kind=junk", JSON_ONLY)).json()).alarms).toHaveLength(2);
    const older = await (await alice.get(`/alarms?before=${inbox.alarms[0]?.id}`, JSON_ONLY)).json();
    expect(older.alarms).toEqual(likes.alarms);
  });

  test("is each one's own, and nobody's who is not signed in", async () => {
    const { bob, guest } = await community();
    expect((await inboxOf(bob)).alarms).toEqual([]);
    expect(face(await guest.get("/alarms"))).toEqual([303, "/login?next=%2Falarms"]);
    for (const path of ["/alarms/read", "/alarms/unread", "/alarms/1/read"]) {
      expect([path, (await guest.post(path, { upTo: "1" }, JSON_ONLY)).status]).toEqual([path, 401]);
    }
    expect((await guest.get("/alarms", JSON_ONLY)).status).toBe(401);
  });
});

describe("reading", () => {
  test("everything up to the newest shown leads back to the inbox", async () => {
    const { alice, bob } = await community();
    const [newest] = (await inboxOf(alice)).alarms;
    await bob.post("/posts/1/comments", { body: "meanwhile" });
    expect(face(await alice.post("/alarms/read", { upTo: String(newest?.id) }))).toEqual([303, "/alarms"]);
    const inbox = await inboxOf(alice);
    expect(inbox.alarms.map((alarm) => alarm.isRead)).toEqual([false, true, true]);
    expect(inbox.unreadAlarmCount).toBe(1);
    const rest = await alice.post("/alarms/read", { upTo: String(inbox.alarms[0]?.id) }, JSON_ONLY);
    expect([rest.status, await rest.json()]).toEqual([
      200,
      {
        alarms: [{ id: inbox.alarms[0]?.id, key: inbox.alarms[0]?.key, type: "REPLY" }],
        unreadAlarmCount: 0,
        unreadMessageCnt: 0,
      },
    ]);
  });

  test("what is about a post that is looked at", async () => {
    const { alice, bob } = await community();
    await alice.post("/posts", { title: "Another", body: "x" });
    await bob.post("/posts/2/like");
    expect((await alice.post("/alarms/read", { postId: "1" }, HTMX)).status).toBe(204);
    expect((await inboxOf(alice)).unreadAlarmCount).toBe(1);
    expect(face(await alice.post("/alarms/read", { postId: "2" }))).toEqual([303, "/posts/2"]);
    expect((await inboxOf(alice)).unreadAlarmCount).toBe(0);
  });

  test("one alarm leads to what it is about; again and again", async () => {
    const { alice } = await community();
    const [reply, like] = (await inboxOf(alice)).alarms;
    for (let i = 0; i < 2; i++) {
      expect(face(await alice.post(`/alarms/${reply?.id}/read`))).toEqual([303, "/posts/1?comment=1#comment-1"]);
    }
    expect(face(await alice.post(`/alarms/${like?.id}/read`))).toEqual([303, "/posts/1"]);
    const response = await alice.post(`/alarms/${like?.id}/read`, {}, JSON_ONLY);
    expect(await response.json()).toMatchObject({ id: like?.id, isRead: true, unreadAlarmCount: 0 });
    expect((await alice.post(`/alarms/${like?.id}/read`, {}, HTMX)).status).toBe(204);
  });

  test("somebody else's alarm is not found, one that was taken back is gone", async () => {
    const { alice, bob } = await community();
    const [, like] = (await inboxOf(alice)).alarms;
    expect((await bob.post(`/alarms/${like?.id}/read`)).status).toBe(404);
    for (const id of ["0", "x", "99999"]) expect((await alice.post(`/alarms/${id}/read`)).status).toBe(404);
    expect((await inboxOf(alice)).unreadAlarmCount).toBe(2);
    await bob.post("/posts/1/unlike");
    expect((await alice.post(`/alarms/${like?.id}/read`)).status).toBe(410);
  });

  test("can be undone, by a form or JSON", async () => {
    const { alice, web } = await community();
    const ids = (await inboxOf(alice)).alarms.map((alarm) => alarm.id);
    await alice.post("/alarms/read", { upTo: String(ids[0]) });
    expect(face(await alice.post("/alarms/unread", { ids: ids.join(",") }))).toEqual([303, "/alarms"]);
    expect((await inboxOf(alice)).unreadAlarmCount).toBe(2);
    await alice.post("/alarms/read", { upTo: String(ids[0]) });
    const cookie = [...alice.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const asked = await web.request(`${BASE_URL}/alarms/unread`, {
      method: "POST",
      body: JSON.stringify({ ids: [ids[1]] }),
      headers: { ...JSON_ONLY, "content-type": "application/json", origin: BASE_URL, cookie },
    });
    expect(await asked.json()).toMatchObject({ alarms: [{ id: ids[1] }], unreadAlarmCount: 1 });
  });

  test("without saying what is refused", async () => {
    const { alice } = await community();
    const asks: [string, Record<string, string>][] = [
      ["/alarms/read", {}],
      ["/alarms/read", { upTo: "x" }],
      ["/alarms/read", { upTo: "x", postId: "1" }],
      ["/alarms/unread", {}],
      ["/alarms/unread", { ids: "1,x" }],
      ["/alarms/unread", { ids: Array.from({ length: 501 }, (_, i) => i + 1).join(" ") }],
    ];
    for (const [path, fields] of asks) {
      expect([path, fields["upTo"], (await alice.post(path, fields, JSON_ONLY)).status]).toEqual([
        path,
        fields["upTo"],
        422,
      ]);
    }
    expect((await inboxOf(alice)).unreadAlarmCount).toBe(2);
  });
});
