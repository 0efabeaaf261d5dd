import { invalid } from "./errors.ts";
import { type Input, tidy } from "./input.ts";

/** A picture as it is shown: re-encoded by us, upright, with the size of its large form in px. */
export interface Picture {
  /** 32 hex digits, random: also its name on the disk and in its address. */
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** What is in it, in its author's words; often empty. */
  readonly alt: string;
}

/** A picture that was uploaded, and is now said. `alt`: instead of what was told with the upload. */
export interface ChosenPicture {
  readonly id: string;
  readonly alt: string | undefined;
}

/** `small` for lists, `large` on its own. */
export type PictureSize = "large" | "small";

/** In one message. */
export const PICTURES_MAX = 4;
/** Code points. Four of these and the longest message fit into the body of a frame. */
export const ALT_MAX = 250;

export const NO_PICTURES: readonly Picture[] = [];

const ID = /^[0-9a-f]{32}$/;

/**
 * Which pictures something is to carry: ids, or {id, alt}, in a list (of a form, as JSON) or with blanks between. Each once.
 * @throws BirdieError `invalid`
 */
export function parsePictures(value: unknown): readonly ChosenPicture[] {
  if (value === undefined || value === null || value === "") return [];
  const list = typeof value === "string" ? listIn(value) : value;
  const given: readonly unknown[] = Array.isArray(list) ? list : [0];
  if (given.length > PICTURES_MAX) throw invalid({ field: "pictures", rule: "too_long", limit: PICTURES_MAX });
  const chosen = given.map(toChosen);
  if (new Set(chosen.map(({ id }) => id)).size < chosen.length) throw invalid({ field: "pictures", rule: "wrong" });
  return chosen;
}

/**
 * Which of its pictures an edit takes away: `drop`, a list of ids, or the boxes drop0, drop1 ... of a form. What it does
 * not carry is passed over.
 */
export function droppedIn(input: Input, pictures: readonly Picture[]): readonly string[] {
  const { drop } = input;
  const named = Array.isArray(drop) ? drop : pictures.map((_, i) => input[`drop${i}`]);
  return pictures.map(({ id }) => id).filter((id) => named.includes(id));
}

function listIn(text: string): unknown {
  if (!text.startsWith("[")) return text.split(/\s+/);
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toChosen(value: unknown): ChosenPicture {
  const { id, alt }: Input = typeof value === "object" && value !== null ? { ...value } : { id: value };
  if (typeof id !== "string" || !ID.test(id)) throw invalid({ field: "pictures", rule: "format" });
  return { id, alt: alt === undefined || alt === null ? undefined : parseAlt(alt) };
}

/** One line. @throws BirdieError `invalid` */
export function parseAlt(value: unknown): string {
  const alt = tidy(value, false);
  if ([...alt].length > ALT_MAX) throw invalid({ field: "alt", rule: "too_long", limit: ALT_MAX });
  return alt;
}

/** The last part of a picture's address: `<id>.webp`, `<id>-small.webp`. Undefined for anything else. */
export function readPictureName(name: string): { readonly id: string; readonly size: PictureSize } | undefined {
  const [, id, small] = /^([0-9a-f]{32})(-small)?\.webp$/.exec(name) ?? [];
  return id === undefined ? undefined : { id, size: small ? "small" : "large" };
}
