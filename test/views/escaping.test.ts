import { expect, test } from "bun:test";
import { linksIn } from "../../views/parts.tsx";
import { everyPage, everyPush, makePage } from "./samples.tsx";

/** What has been used to break out of text, attributes, links and templates. */
const EVIL = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "</template><script>alert(1)</script>",
  "</hx-partial><hx-partial hx-target='body'>x</hx-partial>",
  '<hx-partial hx-target="body" hx-swap="innerHTML">x</hx-partial>',
  "<svg><style><img src=x onerror=alert(1)></style></svg>",
  "<svg/onload=alert(1)>",
  "<math><mtext></mtext><mglyph><style><!--</style><img title='--><img src=x onerror=alert(1)>'>",
  '<a href="javascript:alert(1)">x</a>',
  "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<form action=//evil.example><input name=password></form>",
  "<base href=//evil.example>",
  "<meta http-equiv=refresh content='0;url=//evil.example'>",
  "<link rel=stylesheet href=//evil.example>",
  "<div hx-get=/logout hx-trigger=load></div>",
  "<div hx-on::load=alert(1)></div>",
  "<div data-hx-post=/logout></div>",
  "<div hx-swap-oob=true id=messages></div>",
  "<div id=composer name=body></div>",
  "<details open ontoggle=alert(1)>",
  "<input autofocus onfocus=alert(1)>",
  "<video><source onerror=alert(1)></video>",
  "<object data=//evil.example></object>",
  "<embed src=//evil.example>",
  "</textarea><script>alert(1)</script>",
  "</title><script>alert(1)</script>",
  "</noscript><script>alert(1)</script>",
  "<!--><script>alert(1)</script>-->",
  "]]><script>alert(1)</script>",
  '"onmouseover=alert(1) x="',
  "' onmouseover='alert(1)",
  '"><script>alert(1)</script>',
  "`onmouseover=alert(1)",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "vbscript:msgbox(1)",
  "data:text/html,<script>alert(1)</script>",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "&#60;script&#62;",
  "\u202Eevil\u202C",
  "\u200B\u200D\uFEFF",
  `e${"\u0301".repeat(100)}`,
  '{{constructor.constructor("alert(1)")()}}',
  'https://ok.example/"onmouseover=alert(1)',
  "https://ok.example/<script>alert(1)</script>",
  "http://javascript:alert(1)@evil.example",
];

/** Names of all elements, and of all attributes, of a piece of HTML. */
async function shapeOf(html: string): Promise<string[]> {
  const seen: string[] = [];
  const rewriter = new HTMLRewriter().on("*", {
    element(element) {
      seen.push(element.tagName, ...[...element.attributes].map(([name]) => `${element.tagName}.${name}`));
    },
  });
  await rewriter.transform(new Response(html)).text();
  return seen;
}

const withoutLinks = (shape: readonly string[]) => shape.filter((name) => !/^a(?:\.|$)/.test(name));

for (const evil of EVIL) {
  test(`no page or push gains an element or an attribute from ${JSON.stringify(evil.slice(0, 60))}`, async () => {
    const page = makePage();
    const plain = [...everyPage(page, "말"), ...everyPush(page, "말")];
    const tried = [...everyPage(page, evil), ...everyPush(page, evil)];
    for (const [i, [name, html]] of tried.entries()) {
      expect([name, withoutLinks(await shapeOf(html))]).toEqual([
        name,
        withoutLinks(await shapeOf(plain[i]?.[1] ?? "")),
      ]);
      expect(html).not.toMatch(/href="(?!\/|#|https?:\/\/)/i);
    }
  });
}

test("no page or push has a style, a script or a handler of its own", async () => {
  for (const me of [makePage().me, undefined]) {
    const page = makePage({ me });
    for (const [name, html] of [...everyPage(page), ...everyPush(page)]) {
      const shape = await shapeOf(html);
      expect([name, shape.filter((n) => /\.(?:style|on\w+|hx-on.*|data-hx.*|hx-vals)$|^style$/.test(n))]).toEqual([
        name,
        [],
      ]);
      expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|hx-on|js:|javascript:|hx-trigger="[^"]*\[/i);
    }
  }
});

test("the sources of the views hold no handler, no raw HTML and no evaluated attribute", async () => {
  const files = [...new Bun.Glob("**/*.{ts,tsx}").scanSync("views")].filter((file) => !file.startsWith("client/"));
  expect(files.length).toBeGreaterThan(15);
  for (const file of files) {
    let source = await Bun.file(`views/${file}`).text();
    // What was rendered is escaped already: kept once, it must not be escaped again (see kept.test.tsx).
    if (file === "kept.tsx") source = source.replace("raw(html)", "");
    expect([file, /hx-on|js:|dangerouslySetInnerHTML|\braw\(|style=|\son[A-Z]\w+=/.exec(source)?.[0]]).toEqual([
      file,
      undefined,
    ]);
  }
});

test("every id of a page stands there once", async () => {
  for (const [name, html] of everyPage(makePage())) {
    const found = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect([name, found.filter((id, i) => found.indexOf(id) !== i)]).toEqual([name, []]);
  }
});

const links: readonly (readonly [body: string, hrefs: readonly string[]])[] = [
  ["see https://example.com/a?b=c&d=1.", ["https://example.com/a?b=c&d=1"]],
  ["https://naver.com에서 봤어요", ["https://naver.com/"]],
  [
    "(https://ko.wikipedia.org/wiki/골프_(운동))",
    ["https://ko.wikipedia.org/wiki/%EA%B3%A8%ED%94%84_(%EC%9A%B4%EB%8F%99)"],
  ],
  ["(see http://example.com)", ["http://example.com/"]],
  ["https://good.example@evil.example", ["https://good.example/"]],
  ["ftp://example.com javascript:alert(1) www.example.com", []],
  ["http:// https:///", []],
  ["https://a.example\nhttps://b.example", ["https://a.example/", "https://b.example/"]],
];

test.each([...links])("the links in %j are the right ones and no word is lost", (body, hrefs) => {
  const pieces = linksIn(body);
  expect(pieces.flatMap((piece) => (typeof piece === "string" ? [] : [piece.href]))).toEqual([...hrefs]);
  expect(pieces.map((piece) => (typeof piece === "string" ? piece : piece.shown)).join("")).toBe(body);
});

test("S76: links that are nothing but signs behind a host cost no more than other words", () => {
  // Each of them took most of a second, for everybody: a page of these would have been a minute.
  for (const tail of [")".repeat(9_900), "(".repeat(4_950) + ")".repeat(4_950), ".)".repeat(4_950)]) {
    for (let n = 0; n < 30; n++) {
      const pieces = linksIn(`http://birds.example/${tail}${n}`.slice(0, -1));
      expect(pieces.map((piece) => (typeof piece === "string" ? piece : piece.shown)).join("")).toContain(
        tail.slice(1),
      );
    }
  }
}, 30_000);

test("a link to another site tells it nothing of us", () => {
  const [, html = ""] = everyPage(makePage(), "https://example.com").find(([name]) => name === "post") ?? [];
  expect(html).toContain('<a href="https://example.com/" rel="nofollow noopener ugc" target="_blank">');
});
