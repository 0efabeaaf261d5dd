import { type Fault, invalid } from "./errors.ts";

/** What came from outside, before it is parsed: a JSON object or a form, as a record of unknowns. */
export type Input = Readonly<Record<string, unknown>>;

/** The bounds of a text field, in code points after normalisation. */
export interface TextRule {
  readonly min: number;
  readonly max: number;
  /** Keep line feeds (default: a single line, in which any run of white space becomes one blank). */
  readonly multiline?: boolean;
  readonly pattern?: RegExp;
}

/**
 * Reads several text fields at once, so that one refusal names every fault.
 * CR LF becomes LF, NUL and other control characters are dropped, ends are trimmed, the rest is well-formed Unicode in
 * NFC. A text of which nothing could be seen counts as empty.
 * @throws BirdieError `invalid`, with one fault per field
 */
export function readTexts<K extends string>(input: Input, rules: Readonly<Record<K, TextRule>>): Record<K, string> {
  const faults: Fault[] = [];
  const texts = {} as Record<K, string>;
  for (const field of Object.keys(rules) as K[]) {
    const text = tidy(input[field], rules[field].multiline === true);
    const fault = faultOf(field, text, rules[field]);
    if (fault) faults.push(fault);
    texts[field] = text;
  }
  if (faults.length > 0) throw invalid(...faults);
  return texts;
}

/**
 * A positive integer that names a row (post, comment, room, message, alarm), from a path, form or JSON.
 * Undefined for anything else, also for digits beyond what a double holds exactly.
 */
export function readId(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) && value > 0 ? value : undefined;
  if (typeof value !== "string" || !/^[1-9][0-9]{0,15}$/.test(value)) return undefined;
  const id = Number(value);
  return Number.isSafeInteger(id) ? id : undefined;
}

/** How many code points a text has: what the limits count, in the browser as here. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** The text as it will be stored. Anything but a string is an empty text. */
export function tidy(value: unknown, multiline: boolean): string {
  if (typeof value !== "string") return "";
  const kept = value
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g, "");
  const text = (multiline ? kept.replace(/[\v\f]/g, "\n") : kept.replace(/\s+/g, " ")).trim();
  // Normalised last: what stood on both sides of a dropped character may belong together.
  return INVISIBLE.test(text) ? "" : text.normalize("NFC");
}

/** Nothing but blanks, fillers, joiners and marks of direction. U+2800 is the empty Braille pattern. */
const INVISIBLE = /^[\s\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]*$/u;

function faultOf(field: string, text: string, rule: TextRule): Fault | undefined {
  // A code point is one unit or two: what is within the bounds either way need not be counted.
  const isWithin = text.length >= 2 * rule.min && text.length <= rule.max;
  const length = isWithin ? text.length : lengthOf(text);
  if (length === 0 && rule.min > 0) return { field, rule: "required" };
  if (length < rule.min) return { field, rule: "too_short", limit: rule.min };
  if (length > rule.max) return { field, rule: "too_long", limit: rule.max };
  if (rule.pattern && !rule.pattern.test(text)) return { field, rule: "format" };
  return undefined;
}
