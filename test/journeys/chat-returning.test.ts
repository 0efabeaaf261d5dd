import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Page } from "playwright-core";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, type ChatOptions, linesOn } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { live, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

/** PRODUCT F3: what became of a room while somebody was away stands there when they are back, without a reload. */
describe.skipIf(!chromiumPath)("coming back to", () => {
  const journey = new Journey();
  let chat: Chat;
  let wire: TcpProxy;

  /** Bob's browser comes through the wire; what Alice does, a program does past it. */
  async function open(options: ChatOptions = {}): Promise<void> {
    chat = await journey.chat({ ...options, isWired: true });
    wire = chat.wire;
  }
  const alice = (path: string, fields?: object) => chat.acts(chat.alice, path, fields);
  /** Without a network while `meanwhile` happens; the pages are the same ones afterwards. */
  async function away(pages: readonly Page[], meanwhile: () => Promise<unknown>): Promise<void> {
    for (const page of pages) await page.evaluate(() => Object.assign(window, { isSamePage: true }));
    wire.cut("reset");
    await Promise.all(pages.map((page) => page.waitForSelector("body[data-live=offline]")));
    await meanwhile();
    wire.heal();
    for (const page of pages) await page.evaluate(() => dispatchEvent(new Event("online")));
    await Promise.all(pages.map(live));
  }
  const isSame = (page: Page) => page.evaluate(() => "isSamePage" in window);

  test("quotes: they say what the quoted says now, and that it is gone", async () => {
    await open();
    const { json } = await chat.says(chat.alice, "Seven o'clok");
    for (const message of ["first answer", "second answer"]) await alice(chat.path, { message, replyTo: json.id });
    const page = await chat.bob.open(chat.path);
    await shows(page, "first answer", "second answer");
    const quoting = (words: string) =>
      page.waitForFunction((wanted) => {
        const all = [...document.querySelectorAll("#messages .quote-words")];
        return all.length === 2 && all.every((one) => one.textContent === wanted);
      }, words);
    await away([page], () => alice(`${chat.path}/${json.id}/edit`, { message: "Seven o'clock" }));
    await quoting("Seven o'clock");
    await away([page], () => alice(`${chat.path}/${json.id}/delete`));
    await quoting("Deleted message");
    await away([page], async () => {
      for (const { id } of (await chat.sql("select id from messages where reply_to_id is not null")).rows) {
        await alice(`${chat.path}/${id}/delete`);
      }
    });
    await page.waitForFunction(() => document.querySelectorAll("#messages > article").length === 0);
    expect(await isSame(page)).toBe(true);
  });

  test("a group from which one was sent away, and a room that a block has closed: both say so", async () => {
    await open();
    const { json } = await alice("/messages", { userIds: ["bob"], name: "Birds" });
    await alice(`/messages/${json.roomId}`, { message: "in the group" });
    await chat.says(chat.alice, "hello");
    const pages = [
      await chat.bob.open(`/messages/${json.roomId}`),
      await chat.bob.open(chat.path),
      await chat.bob.open("/messages"),
    ] as const;
    const [inGroup, inPair, list] = pages;
    await away(pages, async () => {
      await alice(`/messages/${json.roomId}/remove`, { userId: "bob" });
      await alice("/members/bob/block");
    });
    await inGroup.waitForSelector(".room :text('You are no longer in this conversation')");
    await inPair.waitForSelector("#room-state:has-text('No messages can be sent')");
    expect(await inPair.locator("#composer").isVisible()).toBe(false);
    expect(await linesOn(inPair)).toEqual(["hello"]);
    await list.waitForFunction(() => document.querySelectorAll("#rooms > li").length === 1);
    await away(pages, () => alice("/members/bob/unblock"));
    await inPair.waitForSelector("#composer textarea", { state: "visible" });
    for (const page of pages) expect(await isSame(page)).toBe(true);
  });

  test("lists: requests that came and went (also where one is open), rooms that are new, and whom one has blocked elsewhere", async () => {
    await open();
    const list = await chat.alice.open("/messages");
    await away([list], async () => {
      await alice("/settings/privacy", { openTo: "requests", sendsReceipts: "on", sendsTyping: "on" });
      await chat.says(chat.bob, "a first line");
      await chat.acts(chat.bob, "/messages", { userIds: ["alice"], name: "Birds" });
    });
    await list.waitForSelector("#rooms > li :text('a first line')");
    await list.waitForSelector(".room-tabs .kind:has-text('1 request')");
    const { rows } = await chat.sql("select id from rooms where kind = 'group'");
    const asked = await chat.alice.open(`/messages/${rows[0]?.["id"]}`);
    await asked.waitForSelector(".request button");
    await away([list, asked], () => alice(`/messages/${rows[0]?.["id"]}/accept`));
    await asked.waitForSelector(".request :text('This request waits no more')");
    expect(await asked.locator(".request button").count()).toBe(0);
    await list.waitForSelector("#rooms > li :text('Birds')");
    await list.waitForFunction(() => document.querySelector("#request-count")?.getAttribute("data-count") === "0");
    const group = await chat.alice.open(`/messages/${rows[0]?.["id"]}`);
    await chat.acts(chat.bob, `/messages/${rows[0]?.["id"]}`, { message: "to all" });
    await shows(group, "to all");
    await away([list, group], () => alice("/members/bob/block"));
    await group.waitForSelector("#messages .folded");
    await list.waitForSelector("#rooms .last-message:text('Message from somebody you blocked')");
    for (const page of [list, group]) expect(await isSame(page)).toBe(true);
  });
});
