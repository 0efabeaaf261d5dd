import { expect, test } from "bun:test";
import { ROOT } from "../support/database.ts";
import { readSources } from "../support/source.ts";

/** The items of the conformance checklist by their sections, and how many each has. */
const ITEMS: Readonly<Record<string, number>> = {
  A: 9,
  B: 19,
  C: 14,
  D: 8,
  E: 13,
  F: 13,
  G: 12,
  H: 9,
  I: 14,
  J: 5,
  K: 12,
  L: 13,
  M: 10,
};

/** The ids in front of the titles of tests: "A1, A2: of these the highest is chosen". Ids in tables come in by their rows. */
function idsIn(text: string): readonly string[] {
  const titles = [...text.matchAll(/\btest(?:\.\w+(?:\([^)]*\))?)?\(\s*["'`]([^"'`]*?):/g)].map(
    ([, title = ""]) => title,
  );
  const rows = [...text.matchAll(/\[\s*"([A-M]\d{1,2})",/g)].map(([, id = ""]) => id);
  const names = /\btest(?:\.\w+)?\(\s*`\$\{id\}/.test(text) ? rows : [];
  return [...titles.flatMap((title) => title.match(/\b[A-M]\d{1,2}\b/g) ?? []), ...names];
}

function missingFrom(texts: readonly string[]): readonly string[] {
  const found = new Set(texts.flatMap(idsIn));
  const wanted = Object.entries(ITEMS).flatMap(([section, count]) =>
    Array.from({ length: count }, (_, i) => `${section}${i + 1}`),
  );
  return wanted.filter((id) => !found.has(id));
}

test("every item of the STOMP checklist is named by a test", () => {
  const files = readSources(ROOT, "test/{stomp,journeys}/*.test.ts").filter(
    ({ path }) => path.startsWith("test/stomp/") || /\/(?:stomp|foreign)-/.test(path),
  );
  expect(files.length).toBeGreaterThan(10);
  expect(missingFrom(files.map(({ text }) => text))).toEqual([]);
});

test("a missing one would be found", () => {
  const row = "test(`$" + "{id}: more`, () => {});";
  const one = `test("A1, B2: of these", () => {}); for (const [id] of [["C3", 1]]) ${row}`;
  expect(idsIn(one)).toEqual(["A1", "B2", "C3"]);
  expect(missingFrom([one])).toContain("A2");
  expect(missingFrom([one])).not.toContain("C3");
});
