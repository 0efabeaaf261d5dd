import { StompError } from "./errors.ts";
import type { Header, Version } from "./frame.ts";

const LF = 10;
const CR = 13;
const COLON = 58;
const BACKSLASH = 92;

/** True where a name or value is the same in every version: no LF, CR, NUL, colon or backslash in it. */
export function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > BACKSLASH) continue;
    if (unit === COLON || unit === BACKSLASH || unit === LF || unit === CR || unit === 0) return false;
  }
  return true;
}

/** A name or value as the version writes it. What it has no escape for, and would break the frame, becomes a blank. */
export function escapeText(version: Version, text: string): string {
  switch (version) {
    case "1.0":
      return text.replace(/[\n\r\0]/g, " ");
    case "1.1":
      return text.replace(/[\\:\n\0]/g, escapeOf);
    case "1.2":
      return text.replace(/[\\:\n\r\0]/g, escapeOf);
    default:
      return version satisfies never;
  }
}

/**
 * One header out of a line without its end of line.
 * `isRaw`: CONNECT, STOMP and CONNECTED are never unescaped (STOMP 1.2 "Value Encoding"), and nothing in 1.0 is; there
 * old clients pad values with a leading blank, which goes. NUL is refused though the grammar lets it in: clients that
 * cut at NUL would see a second frame in it.
 * @throws StompError `bad_header`, `bad_escape`
 */
export function readHeader(line: string, version: Version, isRaw: boolean): Header {
  let colon = -1;
  let hasEscape = false;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charCodeAt(i);
    if (unit > BACKSLASH) continue;
    if (unit === COLON) {
      if (colon < 0) colon = i;
    } else if (unit === BACKSLASH) hasEscape = true;
    else if (unit === 0) throw badHeader("A header holds a NUL");
    else if (unit === CR && version === "1.2" && !isRaw) throw badHeader("A header holds a carriage return");
  }
  if (colon < 0) throw badHeader("A header has no colon");
  if (colon === 0) throw badHeader("A header has no name");
  const name = line.slice(0, colon);
  const value = line.slice(colon + 1);
  if (isRaw) return [name, value];
  if (version === "1.0") return [name, trimStart(value)];
  if (!hasEscape) return [name, value];
  return [unescapeText(version, name), unescapeText(version, value)];
}

/** The value without the blanks in front of it, as 1.0 clients pad it. */
export function trimStart(value: string): string {
  let start = 0;
  while (start < value.length && (value.charCodeAt(start) === 32 || value.charCodeAt(start) === 9)) start++;
  return start === 0 ? value : value.slice(start);
}

function unescapeText(version: Version, text: string): string {
  let at = text.indexOf("\\");
  if (at < 0) return text;
  let plain = "";
  let from = 0;
  while (at >= 0) {
    plain += text.slice(from, at) + characterOf(version, text.charAt(at + 1));
    from = at + 2;
    at = text.indexOf("\\", from);
  }
  return plain + text.slice(from);
}

function characterOf(version: Version, letter: string): string {
  if (letter === "n") return "\n";
  if (letter === "c") return ":";
  if (letter === "\\") return "\\";
  if (letter === "r" && version === "1.2") return "\r";
  throw new StompError("A header holds an undefined escape", { code: "bad_escape", heading: "Value Encoding" });
}

function escapeOf(character: string): string {
  if (character === "\\") return "\\\\";
  if (character === ":") return "\\c";
  if (character === "\n") return "\\n";
  return character === "\r" ? "\\r" : " ";
}

function badHeader(message: string): StompError {
  return new StompError(message, { code: "bad_header", heading: "Augmented BNF" });
}
