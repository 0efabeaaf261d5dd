import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { type Chat, type ChatOptions, gapOf } from "../support/chat.ts";
import { Journey } from "../support/journey.ts";
import { gifOf, pngOf, upload } from "../support/pictures.ts";
import type { TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";
import { live } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const BOX = "#composer textarea";
const png = (name: string, width = 400, height = 300) => ({
  name,
  mimeType: "image/png",
  buffer: Buffer.from(pngOf(width, height)),
});

/** C10, B7 and D with pictures: the whole product and a real browser. */
describe.skipIf(!chromiumPath)("pictures", () => {
  const journey = new Journey();
  let chat: Chat;

  async function open(options: ChatOptions = {}): Promise<void> {
    chat = await journey.chat(options);
  }
  async function openOnWire(): Promise<TcpProxy> {
    chat = await journey.chat({ isWired: true });
    return chat.wire;
  }
  const choose = (page: Page, ...files: ReturnType<typeof png>[]) => page.setInputFiles(".attach input", files);
  const strip = (page: Page, ...states: readonly string[]) =>
    page.waitForFunction(
      (wanted) =>
        JSON.stringify(
          [...document.querySelectorAll<HTMLElement>(".strip-item")].map((item) => item.dataset["state"]),
        ) === JSON.stringify(wanted),
      states,
    );
  /** Waits until so many messages with so many pictures each are there, all of them sent and drawn. */
  const shown = (page: Page, ...counts: readonly number[]) =>
    page.waitForFunction((wanted) => {
      const messages = [...document.querySelectorAll("#messages > article:has(.pictures)")];
      const images = [...document.querySelectorAll<HTMLImageElement>("#messages .picture img")];
      const found = messages.map((message) => message.querySelectorAll(".picture img").length);
      const isDrawn = images.every((image) => image.complete && image.naturalWidth > 0);
      return !document.querySelector("[data-state]") && isDrawn && JSON.stringify(found) === JSON.stringify(wanted);
    }, counts);
  const stored = async () =>
    (await chat.sql("select body, picture_count, client_id from messages order by id")).rows.map((row) => [
      String(row["body"]),
      Number(row["picture_count"]),
    ]);
  const files = () => readdirSync(join(chat.server.data, "uploads")).length;

  test("C10: chosen, pasted and dropped pictures stand above the box, can be taken away by keyboard, and go out with the text", async () => {
    await open();
    const [page, other] = [await chat.alice.open(chat.path), await chat.bob.open(chat.path)];
    await page.fill(BOX, "three");
    await choose(page, png("one.png"));
    await strip(page, "done");
    const give = (kind: "paste" | "drop") =>
      page.evaluate(
        async ([kind, data]) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "x.png", { type: "image/png" }));
          if (kind === "paste") {
            const init = { clipboardData: transfer, bubbles: true, cancelable: true };
            document.querySelector("textarea")?.dispatchEvent(new ClipboardEvent("paste", init));
            return [];
          }
          const log = document.querySelector(".log");
          const target = document.querySelector<HTMLElement>(".drop");
          const seen = [target?.hidden];
          const tell = (name: string) =>
            log?.dispatchEvent(new DragEvent(name, { dataTransfer: transfer, bubbles: true, cancelable: true }));
          tell("dragenter");
          // Over the room in which they will be, not over what is beside it.
          seen.push(target?.hidden, target?.offsetParent?.classList.contains("room"));
          // The browser stays on the page only if both are prevented.
          const isPrevented = [tell("dragover"), tell("drop")].every((isDefault) => isDefault === false);
          return [...seen, target?.hidden, isPrevented];
        },
        [kind, Buffer.from(pngOf(40, 40)).toString("base64")] as const,
      );
    await give("paste");
    expect(await give("drop")).toEqual([true, false, true, true, true]);
    await strip(page, "done", "done", "done");
    expect(await seriousFaults(page)).toEqual([]);

    await page.focus(".strip-remove >> nth=1");
    await page.keyboard.press("Enter");
    await strip(page, "done", "done");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Remove picture 2");
    await page.click(".strip-describe >> nth=0");
    await page.keyboard.type("A quarter of each colour");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("is-described");
    await page.press(BOX, "Enter");
    for (const one of [page, other]) {
      await shown(one, 2);
      expect(await one.getAttribute(".picture img >> nth=0", "alt")).toBe("A quarter of each colour");
      expect(await one.getAttribute(".picture img >> nth=1", "alt")).toBe("Photo");
    }
    expect(await stored()).toEqual([["three", 2]]);
    expect([await page.inputValue(BOX), await page.isVisible(".strip")]).toEqual(["", false]);
    expect(await seriousFaults(other)).toEqual([]);
  });

  test("C10: what cannot be sent is said in place, the text stays, and one more try or taking it away mends it", async () => {
    await open({ settings: { "picture-bytes": 70_000 } });
    const page = await chat.alice.open(chat.path);
    const fault = (words: string) => page.waitForSelector(`.strip-fault >> text=${words}`);
    await page.fill(BOX, "kept");
    await choose(page, { name: "a.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") });
    await fault("Only JPEG, PNG, WebP and still GIF");
    await choose(page, { name: "a.png", mimeType: "image/png", buffer: Buffer.alloc(70_001) });
    await fault("too large");
    await choose(page, { name: "a.gif", mimeType: "image/gif", buffer: Buffer.from(gifOf(3)) });
    await strip(page, "failed");
    await fault("Moving pictures");
    await page.press(BOX, "Enter");
    await fault("One picture could not be uploaded");
    await choose(page, { name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("only words") });
    await strip(page, "failed", "failed");
    await page.press(BOX, "Enter");
    await fault("2 pictures could not be uploaded");
    // Each with its own reason; what another try cannot mend offers none.
    const said = await page.locator(".strip-fault").textContent();
    expect(said).toContain("Picture 1: Moving pictures");
    expect(said).toMatch(/Picture 2: (?:Only JPEG|The picture is damaged)/);
    expect(await page.locator(".strip-retry").filter({ visible: true }).count()).toBe(0);
    await page.waitForSelector(".strip-remove:focus");
    expect(await page.inputValue(BOX)).toBe("kept");
    expect(await stored()).toEqual([]);
    await page.click(".strip-remove");
    expect(await page.locator(".strip-fault").textContent()).not.toContain("Moving");
    await page.click(".strip-remove");
    await choose(page, ...["1", "2", "3", "4", "5"].map((name) => png(name, 20, 20)));
    await strip(page, "done", "done", "done", "done");
    await fault("at most 4");
    await page.press(BOX, "Enter");
    await shown(page, 4);
    expect(await stored()).toEqual([["kept", 4]]);
  });

  test("C8, C10: pictures that are not sent yet are there after a reload", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    await choose(page, png("one.png"));
    await strip(page, "done");
    await page.reload();
    await live(page);
    await strip(page, "done");
    await page.click("#composer .send");
    await shown(page, 1);
    await page.reload();
    await shown(page, 1);
    expect(await page.isVisible(".strip")).toBe(false);
    expect(files()).toBe(2);
  });

  test("C8, G6: what is chosen in one tab is there in the other, and goes from both when it is sent", async () => {
    await open();
    const [page, other] = [await chat.alice.open(chat.path), await chat.alice.open(chat.path)];
    await choose(page, png("one.png"), png("two.png"));
    for (const one of [page, other]) await strip(one, "done", "done");
    await other.click(".strip-remove >> nth=0");
    for (const one of [page, other]) await strip(one, "done");
    await page.click("#composer .send");
    for (const one of [page, other]) await shown(one, 1);
    await other.waitForFunction(() => document.querySelectorAll(".strip-item").length === 0);
    expect(await stored()).toEqual([["", 1]]);
  });

  test("D3, D5: pictures said without a network go out once, in order, after a reload and a lost answer, too", async () => {
    const line = await openOnWire();
    const [page, other] = [await chat.alice.open(chat.path), await chat.bob.open(chat.path)];
    line.stall();
    line.cut();
    await page.waitForSelector("body[data-live=offline]");
    await choose(page, png("one.png"));
    await strip(page, "waiting");
    await page.fill(BOX, "first, with a picture");
    await page.press(BOX, "Enter");
    await page.fill(BOX, "second");
    await page.press(BOX, "Enter");
    await page.waitForFunction(() => document.querySelectorAll("#messages > [data-state]").length === 2);
    expect(await page.locator("#messages > [data-state] canvas").count()).toBe(1);
    line.heal();
    await page.evaluate(() => dispatchEvent(new Event("online")));
    for (const one of [page, other]) await shown(one, 1);
    await page.waitForFunction(() => document.querySelectorAll("#messages > [data-message-id]").length === 2);
    expect(await stored()).toEqual([
      ["first, with a picture", 1],
      ["second", 0],
    ]);

    // The answer to the upload is lost: the picture is there all the same, and is not stored again.
    await choose(page, png("two.png"));
    await strip(page, "done");
    line.stall();
    await page.fill(BOX, "third");
    await page.press(BOX, "Enter");
    line.cut();
    await page.waitForSelector("body[data-live=offline]");
    await page.waitForSelector("#messages > [data-state] canvas");
    line.heal();
    await page.reload();
    await live(page);
    await shown(page, 1, 1);
    expect((await stored()).slice(2)).toEqual([["third", 1]]);
    expect(files()).toBe(4);
    expect((await chat.sql("select count(*) as n from pictures")).rows[0]?.["n"]).toBe(2);
  });

  test("D3, S64: an upload whose answer never came is asked for again under its key, and is one picture", async () => {
    const line = await openOnWire();
    const page = await chat.alice.open(chat.path);
    let isLost = false;
    await page.route("**/pictures", async (route) => {
      if (isLost) return route.continue();
      isLost = true;
      // It reaches the server, and the browser never hears so.
      await route.fetch();
      await route.abort("connectionreset");
    });
    await choose(page, png("one.png"));
    await strip(page, "waiting");
    await page.click(".strip-retry");
    await strip(page, "done");
    await page.click("#composer .send");
    await shown(page, 1);
    expect((await chat.sql("select count(*) as n from pictures")).rows[0]?.["n"]).toBe(1);
    expect([files(), line.url.length > 0]).toEqual([2, true]);
  });

  test("D4: where the server has forgotten a picture that waited, that is said, and one more try brings it again", async () => {
    await open();
    const page = await chat.alice.open(chat.path);
    await choose(page, png("one.png"));
    await strip(page, "done");
    // As the sweep does it after a day.
    await chat.sql("update pictures set is_dropped = 1, upload_key = null");
    await page.fill(BOX, "late");
    await page.press(BOX, "Enter");
    await page.waitForSelector("[data-state=failed] .state >> text=Not sent.");
    expect(await page.inputValue(BOX)).toBe("late");
    await page.click(".retry");
    await shown(page, 1);
    expect(await stored()).toEqual([["late", 1]]);
  });

  test("B7: pictures above and below move nothing: not while they load late, not when history is put above", async () => {
    await open({ context: { viewport: { width: 800, height: 600 } } });
    const { bob, server, roomId } = chat;
    for (let i = 0; i < 4; i++) {
      const { json } = await upload(server, bob.member, roomId, pngOf(300 + i * 61, 207 + i * 77));
      await bob.member.post(chat.path, { message: `picture ${i}`, pictures: [json.id] });
    }
    for (let i = 0; i < 60; i++) await chat.says(bob, `line ${i}`);
    for (let i = 0; i < 3; i++) {
      const { json } = await upload(server, bob.member, roomId, pngOf(640, 333 + i));
      await bob.member.post(chat.path, { message: "", pictures: [json.id] });
    }
    // All of it is read, so that the room opens at its end.
    const { rows } = await chat.sql("select max(id) as id from messages");
    await chat.alice.member.post(`${chat.path}/read`, { upTo: Number(rows[0]?.["id"]) });
    const page = await chat.alice.tab();
    const late: (() => void)[] = [];
    await page.route(
      "**/*-small.webp",
      (route) => new Promise<void>((resolve) => late.push(() => resolve(route.continue()))),
    );
    /** Also those that come while the first are let in. */
    const letIn = () =>
      until(async () => {
        for (const arrive of late.splice(0)) arrive();
        return page.$$eval(".picture img", (all) =>
          all.every((one) => one instanceof HTMLImageElement && one.complete),
        );
      });
    await page.goto(server.url + chat.path);
    await live(page);
    await page.waitForFunction(() => document.querySelectorAll("#messages .picture img").length > 0);
    const heights = () =>
      page.$$eval("#messages .picture img", (images) => images.map((image) => image.getBoundingClientRect().height));
    const before = await heights();
    while (late.length < 3) await page.waitForFunction(() => true);
    await letIn();
    expect(await heights()).toEqual(before);
    expect(await gapOf(page)).toBeLessThanOrEqual(1);

    // History with pictures, put above: what is read stays where it is, before and after they are there.
    const top = () =>
      page.locator('#messages > article:has(.body:text-is("line 20"))').evaluate((a) => a.getBoundingClientRect().top);
    await page
      .locator('#messages > article:has(.body:text-is("line 20"))')
      .evaluate((article) => article.scrollIntoView());
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    const wasAt = await top();
    await page.evaluate(() => document.querySelector<HTMLElement>("#earlier")?.click());
    await page.waitForFunction(() => document.querySelectorAll("#messages .picture img").length === 7);
    expect(Math.abs((await top()) - wasAt)).toBeLessThanOrEqual(1);
    await page.evaluate(() => {
      for (const image of document.querySelectorAll<HTMLImageElement>(".picture img")) image.loading = "eager";
    });
    while (late.length < 4) await page.waitForFunction(() => true);
    await letIn();
    expect(Math.abs((await top()) - wasAt)).toBeLessThanOrEqual(1);
  });

  test("B5, B10: one that comes while pinned keeps the end in sight; what is deleted takes its pictures along", async () => {
    await open({ context: { viewport: { width: 390, height: 844 } } });
    const [page, other] = [await chat.alice.open(chat.path), await chat.bob.open(chat.path)];
    for (let i = 0; i < 5; i++) {
      await choose(other, png(`${i}.png`, 500, 700));
      await strip(other, "done");
      await other.click("#composer .send");
      await shown(other, ...Array<number>(i + 1).fill(1));
    }
    await shown(page, 1, 1, 1, 1, 1);
    expect(await gapOf(page)).toBeLessThanOrEqual(1);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    const { rows } = await chat.sql("select max(id) as id from messages");
    await chat.says(chat.alice, "an answer to nothing");
    await chat.alice.member.post(chat.path, { message: "nice one", replyTo: Number(rows[0]?.["id"]) });
    await page.waitForSelector(".quote-words >> text=Photo");
    await chat.bob.member.post(`${chat.path}/${rows[0]?.["id"]}/delete`);
    await shown(page, 1, 1, 1, 1);
    await page.waitForSelector(`#message-${rows[0]?.["id"]} .deleted`);
    await page.waitForSelector(".quote-words >> text=Deleted message");
  });

  test("I2: a press shows the picture in front of the page; Escape leads back to it, and with a key held down it is a link", async () => {
    await open();
    const { json } = await upload(chat.server, chat.bob.member, chat.roomId, pngOf(900, 600));
    const { json: second } = await upload(chat.server, chat.bob.member, chat.roomId, pngOf(90, 600));
    const pictures = [{ id: json.id, alt: '<img src=x onerror="alert(1)">' }, second.id];
    await chat.bob.member.post(chat.path, { message: "", pictures });
    const page = await chat.alice.open(chat.path);
    await shown(page, 2);
    await page.focus(".picture");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.viewer[open] img");
    expect(await page.getAttribute("dialog.viewer img", "src")).toContain(json.url);
    expect(await page.locator("dialog.viewer").getByText("<img src=x").isVisible()).toBe(true);
    expect(await page.locator("img[onerror]").count()).toBe(0);
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press("ArrowRight");
    expect(await page.getAttribute("dialog.viewer img", "src")).toContain(second.url);
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog") && document.activeElement?.matches(".picture"));
    const [tab] = await Promise.all([
      chat.alice.context.waitForEvent("page"),
      page.click(".picture >> nth=0", { modifiers: ["Control"] }),
    ]);
    await tab.waitForLoadState();
    expect(tab.url()).toContain(json.url);
    expect(await tab.evaluate(() => document.images[0]?.naturalWidth)).toBe(900);
    await tab.close();
  });

  test("C10, D6: without script, words, descriptions and pictures go by one form; a refused one is there again with its words", async () => {
    await open();
    const visitor = await journey.visitor("carol", { javaScriptEnabled: false });
    const { json } = await chat.alice.member.post("/messages", { userId: "carol" });
    const path = `/messages/${json.roomId}`;
    const page = await visitor.open(path);
    await page.fill(BOX, "words that stay");
    await page.click(".alts > summary");
    await page.fill("textarea[name=alt]", "red and green\nblue");
    await page.setInputFiles("input[type=file]", [
      { name: "a.gif", mimeType: "image/gif", buffer: Buffer.from(gifOf(3)) },
    ]);
    await page.click("#composer .send");
    expect(await page.locator("[role=alert]").textContent()).toContain("Moving pictures");
    expect(await page.inputValue(BOX)).toBe("words that stay");
    expect(await page.inputValue("textarea[name=alt]")).toBe("red and green\nblue");
    await page.setInputFiles("input[type=file]", [png("one.png"), png("two.png")]);
    await page.click("#composer .send");
    await page.waitForURL(/#message-\d+$/);
    // Each of them with its line of what is in it.
    const alts = () =>
      page.locator("#messages .picture img").evaluateAll((all) => all.map((image) => image.getAttribute("alt")));
    expect(await alts()).toEqual(["red and green", "blue"]);
    // Words alone, and pictures alone.
    await page.setInputFiles("input[type=file]", [png("three.png")]);
    await page.click("#composer .send");
    await page.locator("#messages .picture img").nth(2).waitFor();
    await page.fill(BOX, "only words");
    await page.click("#composer .send");
    await page.waitForSelector("#messages .body:text-is('only words')");
    expect(await stored()).toEqual([
      ["words that stay", 2],
      ["", 1],
      ["only words", 0],
    ]);
    await page.goto(`${chat.server.url}/messages`);
    expect(await page.locator(".last-message").textContent()).toContain("only words");
  });

  test("a picture alone is called so in the list, in both languages, and heard of in open ones", async () => {
    await open();
    const list = await chat.alice.open("/messages");
    const { json } = await upload(chat.server, chat.bob.member, chat.roomId, pngOf(30, 30));
    await chat.bob.member.post(chat.path, { message: "", pictures: [json.id] });
    await list.waitForSelector(".last-message >> text=Photo");
    await list.reload();
    await list.waitForSelector(".last-message >> text=Photo");
    await chat.alice.member.post("/settings/language", { language: "ko" });
    await list.reload();
    await list.waitForSelector(".last-message >> text=사진");
  });
});
