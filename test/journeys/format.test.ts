import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { seriousFaults } from "../support/axe.ts";
import { chromiumPath } from "../support/browser.ts";
import { Journey } from "../support/journey.ts";
import { say, shows } from "../support/visitor.ts";

setDefaultTimeout(120_000);

const BODY = [
  "**Notice**: at *ten*, run `npm test` @alice *^^*",
  "",
  "> said before",
  "> https://birds.example/a",
  "",
  "```ts",
  "if (a > b) *p = `1`; // @bob",
  "```",
  "1. a list stays",
].join("\n");
const SEEN =
  "Notice: at ten, run npm test @alice *^^* | said before https://birds.example/a | if (a > b) *p = `1`; // @bob | 1. a list stays";

describe.skipIf(!chromiumPath)("what a text sets apart", () => {
  const journey = new Journey();

  test("is seen so in posts, comments and messages, without its signs, and they are there again to be edited", async () => {
    const server = await journey.server();
    const [alice, bob] = [await journey.visitor("alice"), await journey.visitor("bob")];
    const { id } = (await bob.member.post("/posts", { title: "Words", body: BODY })).json;
    await bob.member.post(`/posts/${id}/comments`, { body: BODY });
    const { roomId } = (await bob.member.post("/messages", { userId: "alice" })).json;
    const [post, room] = [await alice.open(`/posts/${id}`), await alice.open(`/messages/${roomId}`)];
    await bob.member.post(`/messages/${roomId}`, { message: BODY });
    await room.waitForSelector("#messages blockquote");
    for (const [page, selector] of [
      [post, ".post .body"],
      [post, ".comment .body"],
      [room, "#messages .body"],
    ] as const) {
      const body = page.locator(selector);
      expect(await body.textContent()).toBe(BODY);
      // As it is drawn: each block in lines of its own, no empty ones around them.
      // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is the point
      const seen = await body.innerText();
      const drawn = seen.split(/\n+(?=said|if|1\.)/).map((block) => block.replace(/\s+/g, " ").trim());
      expect([selector, drawn.join(" | ")]).toEqual([selector, SEEN]);
      expect(await body.locator("blockquote a[rel~=ugc]").count()).toBe(1);
      expect(await body.locator("a.mention").count()).toBe(2);
      for (const theme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        expect([selector, theme, await seriousFaults(page)]).toEqual([selector, theme, []]);
      }
      await page.setViewportSize({ width: 320, height: 700 });
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    }
    const list = await alice.open("/messages");
    await list.waitForSelector(".last-message >> text=Notice: at ten, run npm test");

    const own = await bob.open(`/messages/${roomId}`);
    await say(own, "**mine**");
    await own.waitForSelector("#messages strong >> text=mine");
    // Only what is stored can be edited.
    await shows(own, "mine");
    await own.press("#composer textarea", "ArrowUp");
    expect(await own.inputValue("#composer textarea")).toBe("**mine**");
    await own.goto(`${server.url}/posts/${id}/edit`);
    expect(await own.inputValue("textarea[name=body]")).toBe(BODY);
    expect(await own.textContent("#field-body-hint")).toContain("**bold**");
  });

  test("in two scripts each line runs as its own words do, and a name or code never runs backwards", async () => {
    await journey.server();
    const [alice, bob] = [await journey.visitor("alice"), await journey.visitor("bob")];
    const body = "שלום לכולם\n> ציטוט\nAnd in English.\nתודה @bob, ראו `npm test!`";
    const { id } = (await bob.member.post("/posts", { title: "שתי שפות", body })).json;
    const page = await alice.open(`/posts/${id}`);
    const at = await page.locator(".post .body").evaluate((text) => {
      const inner = text.getBoundingClientRect();
      /** Where a piece of it begins and ends, as fractions of the line. */
      const place = (piece: string) => {
        const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const start = node.textContent?.indexOf(piece) ?? -1;
          if (start < 0) continue;
          const range = document.createRange();
          range.setStart(node, start);
          range.setEnd(node, start + piece.length);
          const box = range.getBoundingClientRect();
          return { left: box.left - inner.left, right: inner.right - box.right };
        }
        throw new Error(`${piece} is not there`);
      };
      const quote = text.querySelector("blockquote");
      return {
        hebrew: place("שלום").right,
        english: place("And").left,
        stop: place(".").left - place("English").left,
        name: place("@").left - place("bob").left,
        code: place("!").left - place("npm").left,
        bar: quote && getComputedStyle(quote).borderRightWidth,
      };
    });
    expect(at.hebrew).toBeLessThan(1);
    expect(at.english).toBeLessThan(1);
    expect(at.stop).toBeGreaterThan(0);
    expect(at.name).toBeLessThan(0);
    expect(at.code).toBeGreaterThan(0);
    expect(at.bar).toBe("3px");
  });
});
