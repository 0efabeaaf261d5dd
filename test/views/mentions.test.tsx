import { expect, test } from "bun:test";
import { mentionsIn } from "../../src/domain/mention.ts";
import { Text } from "../../views/parts.tsx";

/** The domain decides who hears of a text; what looks like a name in it must be the same. */
test("whom a text alarms is who stands in it as a link", () => {
  const texts = [
    "@alice 안녕@bob님, (@carol) @dave!",
    "a@bob.com https://x.test/@carol @al @Alice @abcdefghijklmnopqrstu @@dave @eve@x",
    "https://x.test/?q=@bob, @carol. @alice_@bob @a_b-c\n@dave",
    '<a href="@alice">@bob</a>',
  ];
  for (const body of texts) {
    const links = [...String(<Text body={body} />).matchAll(/class="mention" href="\/members\/([^"]+)"/g)];
    expect([body, [...new Set(links.map(([, userId]) => userId))]]).toEqual([body, [...mentionsIn(body)]]);
  }
});

test("S76: of a text that is nothing but names or links the first fifty are links, and no word is lost", () => {
  for (const word of ["@alice ", "https://birds.example "]) {
    const body = word.repeat(450);
    const html = String(<Text body={`${body}end`} />);
    expect(html.match(/<a /g)).toHaveLength(50);
    expect(html.replace(/<[^>]+>/g, "")).toBe(`${body}end`);
  }
});
