import type { Person } from "../domain/account.ts";
import { BirdieError, type ErrorCode, type Fault } from "../domain/errors.ts";
import type { Input } from "../domain/input.ts";
import { PICTURES_MAX } from "../domain/picture.ts";
import { parseClientId } from "../domain/room.ts";
import type { Pictures } from "../service/pictures.ts";
import {
  firstOfEach,
  INPUT_BYTES_MAX,
  isHtmx,
  isMultipart,
  readForm,
  readInput,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { bringIn } from "./pictures.ts";

/**
 * The texts of a form by the names of its fields, so that a form that is refused comes back filled. `pictures` names
 * the first of the files that came with it: no page can put those back.
 */
export type Draft = Record<string, string | undefined>;

/** What a form page shows again after a refusal. */
export interface Refused {
  readonly values: Readonly<Draft>;
  readonly faults: readonly Fault[];
  readonly error: ErrorCode;
}

export interface Writing {
  readonly me: Person;
  /** The room it is written for, or FOR_POSTS. */
  readonly roomId: number;
  /** Which texts to keep, in `draft`. */
  readonly fields: readonly string[];
  readonly draft: Draft;
  readonly pictures: Pictures;
  /** Of one file. */
  readonly pictureBytes: number;
}

/** What was written, and all of what was sent: two forms that differ in anything are two (once.ts). */
interface Written {
  readonly input: Input;
  readonly sent: object;
}

/**
 * What a form or a program writes; with its files, where the form has any, brought in as `pictures`. What the script has
 * brought in before is named by `chosen`.
 * @throws BirdieError as `readInput` and `Pictures.add`
 */
export async function readWritten(c: WebContext, writing: Writing): Promise<Written> {
  const { me, roomId, pictures, pictureBytes } = writing;
  if (!isMultipart(c)) {
    const sent = await readInput(c);
    return { input: withChosen(noted(sent, writing)), sent };
  }
  const bytesMax = PICTURES_MAX * pictureBytes + INPUT_BYTES_MAX;
  return pictures.receiving(me, roomId, async (coming) => {
    const form = await readForm(c, bytesMax, coming);
    const { pictures: file, ...input } = noted(firstOfEach(form), writing);
    if (file instanceof File && file.size > 0) writing.draft["pictures"] = `${file.name} ${file.size}`;
    const clientId = parseClientId(input["clientId"]);
    const brought = await bringIn(pictures, me, form, { roomId, clientId, gone: c.req.raw.signal });
    const sent = await Promise.all([...form].map(async ([name, value]) => [name, await faceOf(value)]));
    return { input: brought.length > 0 ? { ...input, pictures: brought } : withChosen(input), sent };
  });
}

/** A text itself; a file by its name and by what is in it. */
async function faceOf(value: FormDataEntryValue): Promise<unknown> {
  if (typeof value === "string") return value;
  return [value.name, value.size, String(Bun.hash(await value.arrayBuffer()))];
}

function withChosen({ chosen, ...input }: Input): Input {
  return chosen === undefined || chosen === "" ? input : { ...input, pictures: chosen };
}

function noted(input: Input, { fields, draft }: Writing): Input {
  for (const field of fields) {
    const value = input[field];
    if (typeof value === "string") draft[field] = value;
  }
  return input;
}

/** Refusals after which a page is shown again, with what was written: something about the words or the pictures. */
const MENDABLE: ReadonlySet<ErrorCode> = new Set([
  "invalid",
  "too_large",
  "unsupported",
  "quota",
  "full",
  "unavailable",
]);

/** Whether a refusal is for a person with a plain form, who can mend it on its page. */
export function isForPage(c: WebContext, error: unknown): error is BirdieError {
  return error instanceof BirdieError && MENDABLE.has(error.code) && !wantsJson(c) && !isHtmx(c);
}
