/** A piece of a text: words as they are, words that are set apart, or a sign that only says so and is not seen. */
export interface Part {
  readonly kind: "words" | "strong" | "em" | "code" | "sign";
  readonly text: string;
}

export interface Block {
  readonly kind: "plain" | "quote" | "code";
  readonly parts: readonly Part[];
}

/** So much of one text is set apart; behind that, signs are words. */
const FORMATS_MAX = 100;
const FENCE = /^```[a-z0-9+#-]{0,20}$/i;
const LETTER = /[\p{L}\p{N}]/u;

/*
 * What people type anyway: `code`, **bold**, *italic*, and lines with "> " or between ``` lines. An address is never taken
 * apart. What is set apart begins and ends with words, on one line, without the sign itself in it, so that each sign is
 * looked at a few times at most however hostile the text; and has a letter or digit, since *^^* is a face.
 */
const INLINE =
  /https?:\/\/\S+|(?<!`)(`)([^`\n]+)`(?!`)|(?<![\w*])(\*\*)((?![\s*])[^*\n]*)(?<!\s)\*\*(?!\*)|(?<=^|[\s([{"'“‘「])(\*)((?![\s*])[^*\n]*)(?<!\s)\*(?![\w*])/gm;

/** A text in its parts. Put together they are the very text: nothing is lost by being set apart. */
export function formatOf(body: string): readonly Block[] {
  if (!/[`*>]/.test(body)) return [{ kind: "plain", parts: [{ kind: "words", text: body }] }];
  const lines = body.split("\n");
  const lastFence = lines.lastIndexOf("```");
  const runs: { kind: Block["kind"]; lines: string[] }[] = [];
  let isInCode = false;
  for (const [i, line] of lines.entries()) {
    const isOpening = !isInCode && i < lastFence && FENCE.test(line) && runs.length < FORMATS_MAX;
    const isQuote = /^>(?: |$)/.test(line) && runs.length < FORMATS_MAX;
    const kind = isInCode || isOpening ? "code" : isQuote ? "quote" : "plain";
    const run = runs.at(-1);
    if (isOpening || run?.kind !== kind || (kind === "code" && !isInCode)) runs.push({ kind, lines: [line] });
    else run.lines.push(line);
    if (isOpening) isInCode = true;
    else if (isInCode && line === "```") isInCode = false;
  }
  const budget = { left: FORMATS_MAX };
  return runs.map(({ kind, lines }, i) => {
    // The new line between two blocks is the first of the later one.
    const before = i > 0 ? "\n" : "";
    if (kind === "code") return { kind, parts: fenced(before, lines) };
    if (kind === "quote") return { kind, parts: quoted(before, lines, budget) };
    return { kind, parts: plain(lines, { isFirst: i === 0, isLast: i === runs.length - 1 }, budget) };
  });
}

/** A text without its signs, for where it stands in one line. */
export function wordsOf(body: string): string {
  const words = (parts: readonly Part[]) => parts.map(({ kind, text }) => (kind === "sign" ? "" : text)).join("");
  return formatOf(body)
    .map(({ parts }) => words(parts))
    .join(" ");
}

interface Budget {
  left: number;
}

function fenced(before: string, lines: readonly string[]): Part[] {
  const inner = lines.slice(1, -1);
  const isEmpty = inner.length === 0;
  return [
    { kind: "sign", text: `${before}${lines[0] ?? ""}${isEmpty ? "" : "\n"}` },
    ...(isEmpty ? [] : ([{ kind: "words", text: inner.join("\n") }] as const)),
    { kind: "sign", text: `\n${lines.at(-1) ?? ""}` },
  ];
}

function quoted(before: string, lines: readonly string[], budget: Budget): Part[] {
  return lines.flatMap((line, i) => {
    const sign = line.startsWith("> ") ? "> " : ">";
    const newLine: Part[] = i === 0 ? [] : [{ kind: "words", text: "\n" }];
    const words = inline(line.slice(sign.length), budget);
    return [...newLine, { kind: "sign", text: i === 0 ? before + sign : sign }, ...words] as const;
  });
}

/** Beside a block, which stands apart by itself, empty lines are not seen. */
function plain(lines: readonly string[], { isFirst, isLast }: { isFirst: boolean; isLast: boolean }, budget: Budget) {
  const isFull = (line: string) => line.trim() !== "";
  const start = isFirst ? 0 : lines.findIndex(isFull);
  const end = isLast ? lines.length : lines.findLastIndex(isFull) + 1;
  const sign = (text: string): Part[] => (text === "" ? [] : [{ kind: "sign", text }]);
  const before = isFirst ? "" : "\n";
  if (start < 0 || end <= start) return sign(before + lines.join("\n"));
  const head = lines.slice(0, start).map((line) => `${line}\n`);
  const tail = lines.slice(end).map((line) => `\n${line}`);
  const words = inline(lines.slice(start, end).join("\n"), budget);
  return [...sign(before + head.join("")), ...words, ...sign(tail.join(""))];
}

function inline(text: string, budget: Budget): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, tick, code = "", stars, strong = "", star, em = ""] = match;
    const sign = tick ?? stars ?? star;
    const words = code || strong || em;
    if (sign === undefined || (sign !== "`" && !LETTER.test(words))) continue;
    const end = match.index + whole.length;
    if (endsInAddress(words) && /\S/.test(text.charAt(end))) continue;
    if (budget.left-- <= 0) break;
    if (match.index > at) parts.push({ kind: "words", text: text.slice(at, match.index) });
    const kind = tick ? "code" : stars ? "strong" : "em";
    parts.push({ kind: "sign", text: sign }, { kind, text: words }, { kind: "sign", text: sign });
    at = end;
  }
  if (at < text.length) parts.push({ kind: "words", text: text.slice(at) });
  return parts;
}

/** A sign behind an address that goes on is part of it. */
const endsInAddress = (words: string) => /https?:\/\//i.test(words.slice(words.lastIndexOf(" ") + 1));
