import { describe, setDefaultTimeout, test } from "bun:test";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { pick, upTo } from "../support/random.ts";
import type { Member } from "../support/server.ts";
import { expectAlike } from "../support/shown.ts";
import { live, type Visitor } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const ACTS = 80;
const CUTS_MIN = 20;
const HURRY_MS = 250;
const WANTED = [
  "#room-name",
  "#member-count",
  "#presence .here",
  "#messages > article",
  "#rooms > li",
  "#comments .comment",
  "article.post",
  "#alarms > li",
  "#message-badge",
  "#alarm-badge",
];

/**
 * PRODUCT F3, on the pages themselves: sockets break between any two of their first frames, so mostly in the midst of what is
 * told to who comes back. The pages ask for themselves, too, as they do on coming online.
 */
describe.skipIf(!chromiumPath)("pages whose wires break all the time", () => {
  const journey = new Journey();

  test("show in the end what they show when loaded anew: post, inbox, list of rooms, rooms", async () => {
    const server = await journey.server();
    const people = (await Promise.all(["ann", "ben", "cat"].map((userId) => journey.visitor(userId)))) as [
      Visitor,
      Visitor,
      Visitor,
    ];
    const [ann, ben] = people;
    const group = (await ann.member.post("/messages", { userIds: ["ben", "cat"], name: "Birds" })).json.roomId;
    const pair = (await ann.member.post("/messages", { userId: "ben" })).json.roomId;
    const post = (await ben.member.post("/posts", { title: "Of ben", body: "b" })).json.id;
    const comments: number[] = [];
    const lines: { readonly path: string; readonly id: number }[] = [];
    const say = async (who: Member, replyTo?: number) => {
      const path = `/messages/${pick([group, pair])}`;
      const { json } = await who.post(path, { message: `a line ${upTo(99)} @ben`, replyTo });
      if (json.id) lines.push({ path, id: json.id });
    };
    const comment = async (who: Member, parentId?: number) => {
      const { json } = await who.post(`/posts/${post}/comments`, { body: `a comment ${upTo(99)}`, parentId });
      if (json.id) comments.push(json.id);
    };
    const aboutLine = (act: string) => (who: Member) => {
      const { path, id } = pick(lines);
      return who.post(`${path}/${id}/${act}`, { message: `edited ${upTo(99)}` });
    };
    const aboutComment = (act: string) => (who: Member) =>
      who.post(`/comments/${pick(comments)}/${act}`, { body: `edited ${upTo(99)}` });
    const acts: readonly ((who: Member) => Promise<unknown>)[] = [
      say,
      say,
      (who) => say(who, pick(lines).id),
      comment,
      comment,
      (who) => comment(who, pick(comments)),
      ...["edit", "delete", "like", "unlike"].flatMap((act) => [aboutLine(act), aboutComment(act)]),
      (who) => who.post(`/posts/${post}/${pick(["like", "unlike"])}`),
      () => ben.member.post(`/posts/${post}/edit`, { title: `Of ben ${upTo(99)}`, body: "b" }),
      () => ann.member.post(`/messages/${group}/name`, { name: `Birds ${upTo(99)}` }),
      () => ben.member.post(pick(["/alarms/read", `/messages/${pair}/read`]), { upTo: Number.MAX_SAFE_INTEGER }),
    ];
    for (let i = 0; i < 3; i++) for (const write of [say, comment]) await write(ann.member);

    let isBreaking = true;
    let cuts = 0;
    // Playwright stands between a page and its socket, but not between a worker and one.
    await ben.context.addInitScript(() => localStorage.setItem("birdie:one-socket", "off"));
    const paths = [`/posts/${post}`, "/alarms", "/messages", `/messages/${group}`, `/messages/${pair}`];
    const pages = await Promise.all(
      paths.map(async (path) => {
        const page = await ben.tab();
        await page.routeWebSocket(/\/stomp/, (near) => {
          const far = near.connectToServer();
          let left = 3 + upTo(8);
          far.onMessage((message) => {
            if (!isBreaking || left > 0) near.send(message);
            if (--left !== 0 || !isBreaking) return;
            cuts++;
            void Promise.all([near.close(), far.close()]);
          });
        });
        await page.goto(server.url + path);
        return page;
      }),
    );
    // Beside the acts and not between them: waited for, it finds a third as many faults.
    const hurry = setInterval(() => {
      for (const page of pages) void page.evaluate(() => dispatchEvent(new Event("online"))).catch(() => undefined);
    }, HURRY_MS);
    try {
      for (let i = 0; i < ACTS || cuts < CUTS_MIN; i++) await pick(acts)(pick(people).member);
    } finally {
      clearInterval(hurry);
    }
    isBreaking = false;
    for (const [i, page] of pages.entries()) {
      await page.evaluate(() => dispatchEvent(new Event("online")));
      await live(page);
      const loaded = await ben.open(paths[i] ?? "/");
      await expectAlike(page, loaded, WANTED, { path: paths[i] });
      await loaded.close();
    }
  });
});
