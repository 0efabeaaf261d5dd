import { describe, expect, test } from "bun:test";
import { createBlocks } from "../../src/service/blocks.ts";
import { createMembers } from "../../src/service/members.ts";
import { createRooms } from "../../src/service/rooms.ts";
import { blockRoutes } from "../../src/web/blocks.tsx";
import { roomRoutes } from "../../src/web/rooms.tsx";
import { fail } from "../support/database.ts";
import { testPictures } from "../support/pictures.ts";
import { type Browser, testWeb } from "../support/web.ts";

const JSON_ONLY = { accept: "application/json" };
const HTMX = { "hx-request": "true" };
const ALONE = { mannerOf: () => undefined, isListening: () => false, departures: () => 0 };

/** A group (room 1) of alice, who owns it, and bob; a room of two (room 2); a line of alice in each; dave is in neither. */
async function community() {
  const t = await testWeb({
    routes: ({ database, nowMs }) => {
      const rooms = createRooms({ database, nowMs, surroundings: ALONE, presentIn: () => [], report: fail });
      return [
        roomRoutes({
          rooms,
          members: createMembers({ database, nowMs }),
          pictures: testPictures({ database, nowMs, check: rooms.check }),
          pictureBytes: 1_000_000,
        }),
        blockRoutes({ blocks: createBlocks({ database, nowMs, forgetPerson: rooms.settingsChanged }) }),
      ];
    },
  });
  const [alice, bob, dave, guest] = [
    await t.member("alice"),
    await t.member("bob"),
    await t.member("dave"),
    t.browser(),
  ];
  await alice.post("/messages", { userIds: "bob", name: "Early <birds>" });
  await alice.post("/messages", { userId: "bob" });
  const said = async (room: number, message: string): Promise<number> => {
    const answer = (await (await alice.post(`/messages/${room}`, { message }, JSON_ONLY)).json()) as { id: number };
    return answer.id;
  };
  const [one, two] = [await said(1, "in the group"), await said(2, "between us")];
  return { ...t, alice, bob, dave, guest, one, two };
}

const face = (response: Response) => [response.status, response.headers.get("location")];
const statusOf = async (asked: Promise<Response>) => (await asked).status;
const jsonOf = async (browser: Browser, path: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  (await (await browser.get(path, JSON_ONLY)).json()) as any;

type Route = readonly [method: "get" | "post", path: string, fields?: Record<string, string> | undefined];

/** Every route about the group and a message of it, with fields that would be right. */
const routesOf = (one: number): readonly Route[] => [
  ["get", "/messages/1"],
  ["get", `/messages/1?around=${one}`],
  ["get", `/messages/1/${one}/edit`],
  ["post", "/messages/1", { message: "hello" }],
  ["post", `/messages/1/${one}/like`],
  ["post", `/messages/1/${one}/unlike`],
  ["post", `/messages/1/${one}/edit`, { message: "changed" }],
  ["post", "/messages/1/read", { upTo: String(one) }],
  ["post", "/messages/1/unread", { from: String(one) }],
  ["post", "/messages/1/mute"],
  ["post", "/messages/1/unmute"],
  ["post", "/messages/1/accept"],
  ["post", "/messages/1/decline"],
  ["post", "/messages/1/name", { name: "Renamed" }],
  ["post", "/messages/1/members", { userId: "dave" }],
  ["post", "/messages/1/owner", { userId: "bob" }],
  ["post", "/messages/1/remove", { userId: "alice" }],
  ["post", `/messages/1/${one}/delete`],
  ["post", "/messages/1/leave"],
];
/** What only the author or the owner may. */
const OWN = /\/(?:edit|delete|owner|remove)$/;

function ask(browser: Browser, [method, path, fields]: Route, headers?: Record<string, string>) {
  return method === "get" ? browser.get(path, headers) : browser.post(path, fields, headers);
}

describe("every route of a room", () => {
  test("leads who is not signed in to the log-in, and refuses their program", async () => {
    const { guest, one } = await community();
    for (const route of routesOf(one)) {
      expect([route[1], await statusOf(ask(guest, route, JSON_ONLY))]).toEqual([route[1], 401]);
      expect((await ask(guest, route)).headers.get("location")).toStartWith("/login?next=");
    }
  });

  test("does not exist for a stranger, by the very answer of a room that does not exist", async () => {
    const { dave, one } = await community();
    for (const route of routesOf(one)) {
      const [method, path, fields] = route;
      const absent = [method, path.replace("/messages/1", "/messages/999"), fields] as const;
      const answers = [await ask(dave, route, JSON_ONLY), await ask(dave, absent, JSON_ONLY)];
      expect([path, ...answers.map((answer) => answer.status)]).toEqual([path, 404, 404]);
      const [here = "", nowhere = ""] = await Promise.all(answers.map((answer) => answer.text()));
      expect(here.replaceAll("/messages/1", "")).toBe(nowhere.replaceAll("/messages/999", ""));
    }
  });

  test("lets a member do what is a member's, and refuses what is the author's or the owner's", async () => {
    for (let i = 0; i < routesOf(1).length; i++) {
      const { bob, one } = await community();
      const route = routesOf(one)[i];
      if (!route) continue;
      const status = await statusOf(ask(bob, route, JSON_ONLY));
      if (OWN.test(route[1])) expect([route[1], status]).toEqual([route[1], 403]);
      else if (/\/edit$|\?around/.test(route[1])) expect([200, 406]).toContain(status);
      else expect([route[1], Math.floor(status / 100)]).toEqual([route[1], 2]);
    }
  });

  test("lets the owner and author do theirs", async () => {
    for (let i = 0; i < routesOf(1).length; i++) {
      const { alice, one } = await community();
      const route = routesOf(one)[i];
      if (!route || !OWN.test(route[1])) continue;
      const [method, path] = route;
      const fields = path.endsWith("/remove") ? { userId: "bob" } : route[2];
      expect([path, await statusOf(ask(alice, [method, path, fields]))]).toEqual([path, method === "get" ? 200 : 303]);
    }
  });
});

describe("groups", () => {
  test("are made by a form, named and escaped, and listed for all of them", async () => {
    const { bob } = await community();
    const html = await (await bob.get("/messages/1")).text();
    expect(html).toContain("Early &lt;birds&gt;");
    expect(html).not.toContain("<birds>");
    expect((await jsonOf(bob, "/messages")).rooms.map((room: { name: string | null }) => room.name)).toContain(
      "Early <birds>",
    );
  });

  test("with somebody who is not there bring the form back, filled, with the fault that names them at its field", async () => {
    const { alice } = await community();
    const answer = await alice.post("/messages", { userIds: "@bob nobody zoe", name: "Kept" });
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html).toContain(">@bob nobody zoe</textarea>");
    expect(html).toMatch(/nobody, zoe cannot be added|초대할 수 없습니다: nobody, zoe\./);
    expect(html).toContain('value="Kept"');
    expect(html).toContain('id="field-userIds-error"');
    expect(await statusOf(alice.post("/messages", { userIds: "" }))).toBe(422);
    expect(face(await alice.get("/messages/new"))[0]).toBe(200);
  });

  test("show the owner's buttons to the owner, and let go of whoever leaves", async () => {
    const { alice, bob } = await community();
    expect(await (await alice.get("/messages/1")).text()).toContain('data-owns=""');
    expect(await (await bob.get("/messages/1")).text()).not.toContain("data-owns");
    expect(face(await bob.post("/messages/1/leave"))).toEqual([303, "/messages"]);
    expect(await statusOf(bob.get("/messages/1"))).toBe(404);
    expect(await statusOf(alice.get("/messages/1"))).toBe(200);
  });

  test("are left by the pair: a room of two is neither left nor named", async () => {
    const { bob } = await community();
    expect(await statusOf(bob.post("/messages/2/leave", {}, JSON_ONLY))).toBe(403);
    expect(await statusOf(bob.post("/messages/2/name", { name: "x" }, JSON_ONLY))).toBe(403);
    expect(await statusOf(bob.post("/messages/2/members", { userId: "dave" }, JSON_ONLY))).toBe(403);
  });
});

describe("messages", () => {
  test("are edited on a page of their own, and say so", async () => {
    const { alice, bob, one } = await community();
    expect(await (await alice.get(`/messages/1/${one}/edit`)).text()).toContain("in the group</textarea>");
    const answer = await alice.post(`/messages/1/${one}/edit`, { message: "in our group" });
    expect(face(answer)).toEqual([303, `/messages/1?around=${one}#message-${one}`]);
    const html = await (await bob.get("/messages/1")).text();
    expect(html).toContain("in our group");
    expect(html).toContain(">edited<");
    expect(await statusOf(alice.post(`/messages/1/${one}/edit`, { message: " " }))).toBe(422);
  });

  test("B10: that were answered leave a place holder when they are deleted, others leave nothing", async () => {
    const { alice, bob, one, two } = await community();
    await bob.post("/messages/1", { message: "an answer", replyTo: String(one) });
    await alice.post(`/messages/1/${one}/delete`);
    const html = await (await bob.get("/messages/1")).text();
    expect(html).toContain("This message was deleted.");
    expect(html).not.toContain("in the group");
    expect(html).toContain("Deleted message");
    await alice.post(`/messages/2/${two}/delete`);
    expect(await (await bob.get("/messages/2")).text()).not.toContain(`id="message-${two}"`);
    expect(await statusOf(alice.post(`/messages/2/${two}/delete`, {}, JSON_ONLY))).toBe(410);
  });

  test("quote what they answer, with a link to it, and never a message of another room", async () => {
    const { bob, one, two } = await community();
    await bob.post("/messages/1", { message: "an answer", replyTo: String(one) });
    await bob.post("/messages/1", { message: "no answer", replyTo: String(two) });
    const { messages } = await jsonOf(bob, "/messages/1");
    expect(messages.map((m: { replyTo: { excerpt: string } | null }) => m.replyTo?.excerpt)).toEqual([
      undefined,
      "in the group",
      undefined,
    ]);
    const html = await (await bob.get("/messages/1")).text();
    expect(html).toContain(`href="/messages/1?around=${one}#message-${one}"`);
    expect(await (await bob.get(`/messages/1?reply=${one}`)).text()).toContain(`name="replyTo" value="${one}"`);
    expect(await (await bob.get(`/messages/1?reply=${two}`)).text()).not.toContain('name="replyTo"');
  });

  test("are liked once, counted, and the form answers with its opposite", async () => {
    const { bob, one } = await community();
    const fragment = await (await bob.post(`/messages/1/${one}/like`, {}, HTMX)).text();
    expect(fragment).toContain(`action="/messages/1/${one}/unlike"`);
    expect(await (await bob.post(`/messages/1/${one}/like`, {}, JSON_ONLY)).json()).toEqual({
      likeCount: 1,
      isLikedByMe: true,
    });
    expect((await jsonOf(bob, "/messages/1")).liked).toEqual([one]);
    await bob.post(`/messages/1/${one}/unlike`);
    expect((await jsonOf(bob, "/messages/1")).messages[0].likeCount).toBe(0);
  });

  test("B9: a link to one shows what stands around it, its gap, and the way to the latest", async () => {
    const { alice, bob, one } = await community();
    for (let i = 0; i < 70; i++) await alice.post("/messages/1", { message: `line ${i}` }, JSON_ONLY);
    const { messages, before, after } = await jsonOf(bob, `/messages/1?around=${one + 30}`);
    expect(messages).toHaveLength(50);
    expect(messages[0].id).toBe(before);
    expect(messages.at(-1).id).toBe(after);
    const html = await (await bob.get(`/messages/1?around=${one + 30}`)).text();
    expect(html).toMatch(/id="messages"[^>]*data-gap/);
    expect(html).toContain(`href="/messages/1?after=${after}"`);
    const later = await jsonOf(bob, `/messages/1?after=${after}`);
    expect(later.messages[0].id).toBe(after + 1);
    expect(later.after).toBeNull();
    expect(await (await bob.get("/messages/1")).text()).not.toContain("data-gap");
  });

  test("E5: are unread again from one on, and read by hand without script", async () => {
    const { bob, one } = await community();
    await bob.post("/messages/1/read", { upTo: String(one) });
    expect((await jsonOf(bob, "/messages/1")).unreadCount).toBe(0);
    expect(face(await bob.post("/messages/1/unread", { from: String(one) }))).toEqual([303, "/messages"]);
    expect((await jsonOf(bob, "/messages/1")).unreadCount).toBe(1);
    await bob.post("/messages/1/read", { upTo: String(one), byHand: "1" });
    expect((await jsonOf(bob, "/messages/1")).unreadCount).toBe(0);
  });
});

describe("blocks", () => {
  test("close the room of two both ways and say so, keep it readable, and are listed with the way back", async () => {
    const { alice, bob } = await community();
    expect(face(await alice.post("/members/bob/block"))).toEqual([303, "/members/bob"]);
    for (const one of [alice, bob]) {
      expect(await statusOf(one.post("/messages/2", { message: "hello" }, JSON_ONLY))).toBe(403);
      expect(await (await one.get("/messages/2")).text()).toContain("between us");
    }
    expect(await (await alice.get("/messages/2")).text()).toContain("You have blocked bob.");
    const seen = await (await bob.get("/messages/2")).text();
    expect(seen).toContain("No messages can be sent in this conversation.");
    // What only the one who has blocked sees is on both pages, and hidden on this one.
    expect(/id="closed-by-me" class="room-state" hidden/.test(seen)).toBe(true);
    expect(await (await alice.get("/settings/blocks")).text()).toContain("/members/bob/unblock");
    expect(await (await bob.get("/settings/blocks")).text()).not.toContain("/members/alice");
    await alice.post("/members/bob/unblock");
    expect(await statusOf(bob.post("/messages/2", { message: "hello" }, JSON_ONLY))).toBe(201);
  });

  test("need a sign-in, somebody else, and somebody", async () => {
    const { alice, guest } = await community();
    expect(await statusOf(guest.post("/members/bob/block", {}, JSON_ONLY))).toBe(401);
    expect(await statusOf(guest.get("/settings/blocks", JSON_ONLY))).toBe(401);
    expect(await statusOf(alice.post("/members/alice/block", {}, JSON_ONLY))).toBe(403);
    expect(await statusOf(alice.post("/members/nobody/block", {}, JSON_ONLY))).toBe(404);
    expect(await statusOf(alice.post("/members/nobody/unblock", {}, JSON_ONLY))).toBe(404);
  });
});

test("a group sent twice is one group, but another one once its owner has left it", async () => {
  const { alice } = await community();
  const open = async (name: string) =>
    face(await alice.post("/messages", { name, userIds: "bob, dave" }, { "sec-fetch-mode": "navigate" }))[1];
  const first = await open("Late birds");
  expect([await open("Late birds"), (await open("Later birds")) === first]).toEqual([first, false]);
  await alice.post(`${first}/leave`, {});
  const second = await open("Late birds");
  expect([second === first, await statusOf(alice.get(String(second)))]).toEqual([false, 200]);
});
