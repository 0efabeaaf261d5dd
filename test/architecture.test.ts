import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./support/database.ts";
import { findCycle, parseSource, reachable, readSources, resolveImport, type SourceFile } from "./support/source.ts";

/** What a part of the house may know. `types`: parts it may know by `import type` only. */
interface Part {
  readonly imports: readonly string[];
  readonly types?: readonly string[];
  readonly packages: readonly string[];
}

/** The table of ARCHITECTURE.md. A part is a folder of `src`, a file that stands alone in it, or views and its client. */
const PARTS: Readonly<Record<string, Part>> = {
  domain: { imports: [], packages: [] },
  stomp: { imports: [], packages: [] },
  views: { imports: [], types: ["domain"], packages: ["hono/html", "hono/jsx"] },
  client: { imports: ["views"], types: ["domain"], packages: ["htmx.org", "@stomp/stompjs"] },
  auth: { imports: ["domain"], packages: ["jose"] },
  push: { imports: ["auth"], packages: [] },
  pictures: { imports: ["domain"], packages: [] },
  database: { imports: ["domain"], packages: ["drizzle-orm", "@libsql/client", "libsql"] },
  service: { imports: ["domain", "database", "auth"], packages: ["drizzle-orm"] },
  live: { imports: ["domain", "service", "stomp", "views"], types: ["database"], packages: ["hono/jsx", "bun"] },
  web: { imports: ["domain", "service", "views"], packages: ["hono"] },
  log: { imports: [], packages: [] },
  metrics: { imports: [], packages: [] },
  demo: { imports: ["app", "domain"], packages: [] },
  "data-folder": { imports: ["backup", "database", "push"], packages: [] },
  "start-faults": { imports: ["config", "database", "log"], packages: [] },
  config: { imports: [], packages: [] },
  build: { imports: ["web"], packages: ["bun"] },
  app: {
    imports: [
      "domain",
      "stomp",
      "views",
      "auth",
      "database",
      "service",
      "live",
      "push",
      "pictures",
      "web",
      "config",
      "data-folder",
      "log",
      "metrics",
    ],
    packages: ["hono", "bun"],
  },
  backup: { imports: ["database"], packages: [] },
  recovery: { imports: ["auth", "database", "service"], packages: [] },
  main: { imports: ["app", "backup", "config", "demo", "log", "recovery", "start-faults", "web"], packages: [] },
};

const NODE_BUILTINS =
  /^src\/(?:main|app|config|data-folder|log|build)\.tsx?$|^src\/(?:app|backup|database)\/|^src\/web\/(?:assets|bundle)\.ts$|^src\/pictures\/store\.ts$/;
const LINES_MAX = 400;
/** A test file tells one story from one set-up; it may be a little longer. */
const TEST_LINES_MAX = 600;
/** So that a moved folder cannot make the rules true of nothing. */
const FILES_MIN = 110;

interface Rule {
  readonly name: string;
  /** What is wrong with the file; nothing when it keeps the rule. */
  readonly faults: (file: SourceFile) => readonly string[];
  /** A file that breaks it: its path, then its text. Every one must be found out. */
  readonly bad: readonly (readonly [string, string])[];
}

/** A rule that says what may not stand in the text of a file. */
function ban(
  name: string,
  pattern: RegExp,
  where: (path: string) => boolean,
  bad: Rule["bad"],
  read: "code" | "text" = "code",
): Rule {
  return { name, bad, faults: (file) => (where(file.path) ? (file[read].match(pattern) ?? []) : []) };
}

const everywhere = () => true;
const isServer = (path: string) => path.startsWith("src/");
const isView = (path: string) => path.startsWith("views/") && !path.startsWith("views/client/");

const RULES: readonly Rule[] = [
  {
    name: "a part imports only the parts it may know",
    faults: ({ path, imports }) =>
      imports.flatMap(({ specifier, isType }) => {
        const from = partOf(path);
        const to = partOf(resolveImport(path, specifier) ?? "");
        if (to === "" || to === from) return [];
        const { imports: allowed = [], types = [] } = PARTS[from] ?? {};
        return allowed.includes(to) || (isType && types.includes(to)) ? [] : [`${from} imports ${specifier}`];
      }),
    bad: [
      ["src/domain/post.ts", 'import { open } from "../database/open.ts"; open();'],
      ["src/stomp/frame.ts", 'import type { Room } from "../domain/room.ts";'],
      ["views/posts.tsx", 'import { isLong } from "../src/domain/post.ts"; isLong();'],
      ["views/posts.tsx", 'import type { Posts } from "../src/service/posts.ts";'],
      ["src/web/rooms.tsx", 'import type { Hub } from "../live/hub.ts";'],
      ["src/live/hub.ts", 'export { site } from "../web/app.tsx";'],
      ["src/live/handler.ts", 'import { openDatabase } from "../database/open.ts"; openDatabase();'],
      ["src/service/rooms/say.ts", 'const { hub } = await import("../../live/hub.ts");'],
      ["src/domain/post.ts", 'import "../../test/support/clock.ts";'],
      ["src/newcomer/thing.ts", 'import "../domain/post.ts";'],
    ],
  },
  {
    name: "a part imports only the packages it may know",
    faults: ({ path, imports }) =>
      imports.flatMap(({ specifier }) => {
        if (/^(?:\.|node:)/.test(specifier)) return [];
        const packages = PARTS[partOf(path)]?.packages ?? [];
        const isKnown = packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
        return isKnown ? [] : [specifier];
      }),
    bad: [
      ["src/domain/post.ts", 'import { sql } from "drizzle-orm"; sql();'],
      ["src/live/hub.ts", 'import { sql } from "drizzle-orm"; sql();'],
      ["src/web/app.tsx", 'import type { Client } from "@libsql/client";'],
      ["views/layout.tsx", 'import { Hono } from "hono"; new Hono();'],
      ["src/service/posts.ts", 'import fs from "fs"; fs();'],
    ],
  },
  {
    name: "only auth/tokens.ts imports jose",
    faults: ({ path, imports }) =>
      path === "src/auth/tokens.ts"
        ? []
        : imports.filter(({ specifier }) => /^jose(?:\/|$)/.test(specifier)).map(() => "jose"),
    bad: [["src/auth/passwords.ts", 'import { jwtVerify } from "jose/jwt/verify"; jwtVerify();']],
  },
  {
    name: "builtins of the machine stay at the edges",
    faults: ({ path, imports }) =>
      NODE_BUILTINS.test(path)
        ? []
        : imports.filter(({ specifier }) => specifier.startsWith("node:")).map(({ specifier }) => specifier),
    bad: [
      ["src/service/posts.ts", 'import { readFileSync } from "node:fs"; readFileSync("x");'],
      ["src/stomp/frame.ts", 'import type { Buffer } from "node:buffer";'],
    ],
  },
  ban(
    "domain, stomp and views know nothing of Bun",
    /\bBun\.\w+/,
    (path) => /^src\/(?:domain|stomp)\/|^views\//.test(path),
    [["src/stomp/frame.ts", "export const hash = () => Bun.hash('x');"]],
  ),
  ban(
    "only main.ts, build.ts and what runs as a thread do anything when they are imported",
    /^(?:await|new|if|for|while|do|try|switch|throw|delete)\b.*|^[\w$]+(?:\??\.[\w$]+)*\s*(?:\(|`|=[^=>]|\+\+|--).*|^[([!+-].*|^(?:export )?(?:const|let|var) [^\n]*?= await\b.*/m,
    (path) =>
      !/^src\/(?:main|build|database\/writer-thread)\.ts$|^views\/client\/(?:app|service-worker|tabs-worker)\.ts$/.test(
        path,
      ),
    [
      ["src/log.ts", "export const a = 1;\nstart();"],
      ["src/log.ts", "export const a = await load();"],
      ["src/log.ts", "globalThis.now = 1;"],
      ["src/log.ts", "if (a) {\n  start();\n}\nvar a = 1;"],
      ["src/log.ts", 'process.on("exit", () => 1);'],
      ["src/log.ts", "(() => start())();"],
      ["src/log.ts", "new Server();"],
      ["views/text.ts", "for (const a of b) a();"],
    ],
  ),
  ban(
    "writes go through commit only",
    /\.transaction\(/,
    // The lock of the data folder is a transaction that never ends, on a file of its own.
    (path) => isServer(path) && path !== "src/database/instance-lock.ts",
    [["src/service/posts.ts", "export const f = (db) => db.transaction(() => 1);"]],
  ),
  ban("bun:sqlite stays out: two copies of SQLite in one process break each other's locks", /bun:sqlite/, everywhere, [
    ["src/database/open.ts", 'import { Database } from "bun:sqlite"; new Database();'],
  ]),
  ban(
    "nothing in a page needs eval or inline script: no hx-on, no js:, no filters",
    /hx-on\S*|["'`{\s]js:\S*|\son[a-z]+=\S*|\sstyle=\S*|<style|<script(?![^>]*\ssrc=)|hx-trigger=\{?["'`][^"'`]*\[/,
    isView,
    [
      ["views/a.tsx", 'export const A = () => <b hx-on:click="x()" />;'],
      ["views/a.tsx", `export const A = () => <b hx-vals='js:{a: b()}' />;`],
      ["views/a.tsx", 'export const A = () => <b onclick="x()" />;'],
      ["views/a.tsx", 'export const A = () => <b style="color: red" />;'],
      ["views/a.tsx", "export const A = () => <b style={{ color: 1 }} />;"],
      ["views/a.tsx", "export const A = () => <script>{1}</script>;"],
      ["views/a.tsx", "export const A = () => <style>{1}</style>;"],
      ["views/a.tsx", 'export const A = () => <b hx-trigger="click[ctrlKey]" />;'],
    ],
    "text",
  ),
  ban("nothing skips escaping", /dangerouslySetInnerHTML/, everywhere, [
    ["views/a.tsx", "export const A = () => <b dangerouslySetInnerHTML={{ __html: x }} />;"],
  ]),
  ban(
    "types are not talked round",
    /(?::\s*|<|\bas )any\s*[;,)=\]>|&{[].*|@ts-(?:ignore|nocheck|expect-error)|[\w\])]!(?:\.(?=\w)|\[)/,
    everywhere,
    [
      ["src/a.ts", "export const f = (a: any) => a;"],
      ["src/a.ts", "export const f = (a: unknown) => (a as any);"],
      ["src/a.ts", "export const f: Promise<any> = 1;"],
      ["src/a.ts", "// @ts-ignore\nexport const a = 1;"],
      ["src/a.ts", "export const f = (a?: { b: 1 }) => a!.b;"],
    ],
    "text",
  ),
  ban(
    "only log.ts and build.ts write to the console",
    /\bconsole\.\w+|\bprocess\.std(?:out|err)/,
    (path) => path !== "src/log.ts" && path !== "src/build.ts",
    [
      ["src/app.ts", 'export const f = () => console.warn("x");'],
      ["src/app.ts", 'export const f = () => process.stdout.write("x");'],
    ],
  ),
  ban(
    "only main.ts asks the environment and the clock of the machine",
    /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bnew Date(?!\()/,
    (path) => (isServer(path) || isView(path)) && !/^src\/(?:main|build)\.ts$/.test(path),
    [
      ["src/service/posts.ts", "export const f = () => Date.now();"],
      ["src/service/posts.ts", "export const f = () => new Date();"],
      ["src/auth/tokens.ts", "export const f = () => process.env.SECRET;"],
    ],
  ),
  ban("a file has names to import, and no barrel", /^export (?:default\b|\*).*/m, everywhere, [
    ["src/a.ts", "export default 1;"],
    ["src/a.ts", 'export * from "./b.ts";'],
  ]),
  ban(
    "what is to be done is done, or written where it is planned",
    /\b(?:TODO|FIXME|XXX|HACK)\b.*/,
    everywhere,
    [["src/a.ts", "// TODO later\nexport const a = 1;"]],
    "text",
  ),
  {
    name: "a file can be read in one go",
    faults: ({ text }) => {
      const lineCount = text.split("\n").length - 1;
      return lineCount > LINES_MAX ? [`${lineCount} lines`] : [];
    },
    bad: [["src/a.ts", "// A line.\n".repeat(LINES_MAX + 1)]],
  },
];

/** `service` of `src/service/rooms/say.ts`, `main` of `src/main.ts`; "" for what is in no part. */
function partOf(path: string): string {
  if (path === "package.json") return ""; // Read by main.ts for the number in it.
  const [top = "", next = ""] = path.split("/");
  if (top === "views") return next === "client" ? "client" : "views";
  if (top === "src") return next.replace(/\.tsx?$/, "");
  return top === "" ? "" : "(outside)";
}

const files = readSources(ROOT, "{src,views}/**/*.{ts,tsx}");

describe("the house", () => {
  test("is read whole", () => {
    expect(files.length).toBeGreaterThanOrEqual(FILES_MIN);
    expect(new Set(files.map(({ path }) => partOf(path)))).toEqual(new Set(Object.keys(PARTS)));
  });

  for (const rule of RULES) {
    test(rule.name, () => {
      const faults = files.flatMap((file) => rule.faults(file).map((fault) => `${file.path}: ${fault}`));
      expect(faults).toEqual([]);
    });
  }

  test("has no cycle", () => {
    expect(findCycle(files)).toEqual([]);
  });

  test("keeps web and live apart, by whatever detour", () => {
    for (const { path } of files) {
      const parts = new Set([...reachable(files, path)].map(partOf));
      if (partOf(path) === "web") expect([path, parts.has("live"), parts.has("stomp")]).toEqual([path, false, false]);
      if (partOf(path) === "live") expect([path, parts.has("web")]).toEqual([path, false]);
    }
  });

  test("has tests that can be read in one go, too", () => {
    const tests = readSources(ROOT, "test/**/*.{ts,tsx}");
    const long = tests.filter(({ text }) => text.split("\n").length - 1 > TEST_LINES_MAX).map(({ path }) => path);
    expect(long).toEqual([]);
  });
});

describe("every rule can be broken:", () => {
  for (const rule of RULES) {
    test(rule.name, () => {
      expect(rule.bad.length).toBeGreaterThan(0);
      for (const [path, text] of rule.bad) {
        expect([text, rule.faults(parseSource(path, text)).length > 0]).toEqual([text, true]);
      }
    });
  }

  test("a cycle is found, one of types only is none", () => {
    const a = parseSource("src/a/a.ts", 'import { b } from "../b.ts"; export const a = b;');
    const b = parseSource("src/b.ts", 'export { c } from "./c.ts";');
    const c = parseSource("src/c.ts", 'import { a } from "./a/a.ts"; export const c = a;');
    expect(findCycle([a, b, c])).toEqual(["src/a/a.ts", "src/b.ts", "src/c.ts", "src/a/a.ts"]);
    expect(findCycle([a, b, parseSource("src/c.ts", 'import type { a } from "./a/a.ts";')])).toEqual([]);
  });

  test("a detour from web to live is found", () => {
    const web = parseSource("src/web/a.ts", 'import { b } from "../domain/b.ts"; b();');
    const domain = parseSource("src/domain/b.ts", 'import type { hub } from "../live/hub.ts";');
    expect([...reachable([web, domain], "src/web/a.ts")]).toContain("src/live/hub.ts");
  });
});

describe("what is installed", () => {
  const manifest: {
    readonly dependencies: Record<string, string>;
    readonly devDependencies: Record<string, string>;
  } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const inexact = (versions: readonly string[]) => versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version));

  test("has exact versions, for npm does not read bun.lock", () => {
    const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.length).toBeGreaterThan(10);
    expect(inexact(versions)).toEqual([]);
    expect(inexact(["^1.0.0", "latest", "1.x", "1.0.0"])).toHaveLength(3);
  });

  test("comes from whatever registry the machine uses, checked by its hash", () => {
    const lock = readFileSync(join(ROOT, "bun.lock"), "utf8");
    expect(lock).not.toMatch(/https?:/);
    expect(lock.match(/"sha512-/g)?.length).toBeGreaterThan(40);
  });

  test("is run by the Bun that .ci/setup names", () => {
    const setup = readFileSync(join(ROOT, ".ci/setup"), "utf8");
    expect(setup).toContain(`version=${manifest.devDependencies["bun"]}\n`);
  });
});
