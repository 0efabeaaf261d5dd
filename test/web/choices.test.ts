import { describe, expect, test } from "bun:test";
import { createAlarms } from "../../src/service/alarms.ts";
import { createChoices } from "../../src/service/choices.ts";
import { createMembers } from "../../src/service/members.ts";
import { createPosts } from "../../src/service/posts.ts";
import { alarmRoutes } from "../../src/web/alarms.tsx";
import { choiceRoutes } from "../../src/web/choices.tsx";
import { postRoutes } from "../../src/web/posts.tsx";
import { postPictures } from "../support/pictures.ts";
import { testWeb } from "../support/web.ts";

const JSON_ONLY = { accept: "application/json" };
const HTMX = { "hx-request": "true" };

/** Alice has written posts 1 and 2, of which the second is gone; Bob is there. */
async function community() {
  const t = await testWeb({
    routes: ({ database, nowMs }) => {
      const choices = createChoices({ database, nowMs });
      return [
        choiceRoutes({ choices, members: createMembers({ database, nowMs }) }),
        postRoutes({ posts: createPosts({ database, nowMs }), choices, ...postPictures({ database, nowMs }) }),
        alarmRoutes({ alarms: createAlarms({ database, nowMs }) }),
      ];
    },
  });
  const alice = await t.member("alice");
  const bob = await t.member("bob");
  for (const title of ["Hello", "Gone"]) await alice.post("/posts", { title, body: "World" });
  await alice.post("/posts/2/delete");
  return { ...t, alice, bob, guest: t.browser() };
}

describe("choices", () => {
  test("are nobody's who is not signed in", async () => {
    const { guest } = await community();
    const posts = ["/settings/privacy", "/posts/1/mute", "/posts/1/unmute", "/alarms/off", "/alarms/on"];
    for (const path of posts) {
      expect([path, (await guest.post(path, { kind: "LIKES" }, JSON_ONLY)).status]).toEqual([path, 401]);
    }
    for (const path of ["/settings/alarms", "/members?q=a"]) {
      expect([path, (await guest.get(path, JSON_ONLY)).status]).toEqual([path, 401]);
    }
  });

  test("of one person are not those of another", async () => {
    const { alice, bob } = await community();
    await bob.post("/posts/1/mute");
    await bob.post("/alarms/off", { kind: "LIKES" });
    await bob.post("/alarms/off", { kind: "LIKES" });
    const choicesOf = async (who: typeof bob) => (await who.get("/settings/alarms", JSON_ONLY)).json();
    expect(await choicesOf(bob)).toMatchObject({ alarmsOff: ["LIKES"], mutedPosts: [{ id: 1, title: "Hello" }] });
    expect(await choicesOf(alice)).toMatchObject({ alarmsOff: [], mutedPosts: [] });
    await bob.post("/alarms/on", { kind: "LIKES" });
    await bob.post("/posts/1/unmute");
    expect(await choicesOf(bob)).toMatchObject({ alarmsOff: [], mutedPosts: [] });
  });

  test("must make sense: a post that is there, a kind there is, a choice that is offered", async () => {
    const { bob } = await community();
    const status = async (path: string, fields = {}) => (await bob.post(path, fields, JSON_ONLY)).status;
    expect(await status("/posts/9/mute")).toBe(404);
    expect(await status("/posts/x/mute")).toBe(404);
    expect(await status("/posts/2/mute")).toBe(410);
    expect(await status("/alarms/off", { kind: "CHAT" })).toBe(422);
    expect(await status("/alarms/on")).toBe(422);
    expect(await status("/settings/privacy", { openTo: "nobody" })).toBe(422);
    expect((await bob.get(`/members?q=${"x".repeat(41)}`, JSON_ONLY)).status).toBe(422);
  });
});

test("members are found as JSON, as the fragment below a text box, and as a page", async () => {
  const { bob } = await community();
  const json = await (await bob.get("/members?q=AL", JSON_ONLY)).json();
  expect(json).toEqual({ members: [{ userId: "alice", name: "alice" }] });
  const fragment = await (await bob.get("/members?q=al", HTMX)).text();
  expect(fragment).toStartWith('<div data-user-id="alice">');
  const page = await (await bob.get("/members?q=al")).text();
  expect(page).toContain('<a href="/members/alice">');
  expect(await (await bob.get("/members?q=zz", HTMX)).text()).toBe("");
});
