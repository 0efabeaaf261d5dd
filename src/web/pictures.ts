import { Hono } from "hono";
import { paths } from "../../views/paths.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import { type ChosenPicture, PICTURES_MAX, parseAlt, readPictureName } from "../domain/picture.ts";
import { parseClientId } from "../domain/room.ts";
import { FOR_POSTS, type Pictures } from "../service/pictures.ts";
import {
  answerJson,
  INPUT_BYTES_MAX,
  isHtmx,
  readForm,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { pictureJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";
import { roomIdOf } from "./rooms/place.ts";

export interface PictureRoutesOptions {
  readonly pictures: Pictures;
  /** Of one file. */
  readonly pictureBytes: number;
}

/** GitHub's own for raw files: nothing in it runs, loads or frames; the browser's view of a picture may style itself. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Bringing pictures in, for a room or for posts, and seeing them: to whoever may not, there is nothing. */
export function pictureRoutes({ pictures, pictureBytes }: PictureRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  const receive = async (c: WebContext, roomId: number, back: string) => {
    const me = requirePrincipal(c);
    const bytesMax = pictureBytes + INPUT_BYTES_MAX;
    const picture = await pictures.receiving(me, roomId, async (coming) => {
      const form = await readForm(c, bytesMax, coming);
      const [file] = filesIn(form, "picture");
      if (!file) throw invalid({ field: "picture", rule: "required" });
      const bytes = new Uint8Array(await file.arrayBuffer());
      const key = parseClientId(form.get("clientId"));
      return pictures.add(me, { roomId, bytes, alt: parseAlt(form.get("alt")), key, gone: c.req.raw.signal });
    });
    return wantsJson(c) || isHtmx(c) ? answerJson(c, pictureJson(picture), 201) : seeOther(c, back);
  };

  routes.post("/messages/:roomId/pictures", (c) => receive(c, roomIdOf(c), paths.room(roomIdOf(c))));
  routes.post("/posts/pictures", (c) => receive(c, FOR_POSTS, paths.home));

  routes.get("/pictures/:name", async (c) => {
    const name = readPictureName(c.req.param("name"));
    if (!name) throw new BirdieError("not_found");
    const file = await pictures.read(c.var.viewer.principal, name.id, name.size);
    return answerFile(c, file, `"${name.id}-${name.size}"`);
  });

  return routes;
}

interface Bringing {
  readonly roomId: number;
  readonly clientId: string | undefined;
  readonly gone: AbortSignal;
}

/**
 * The pictures of a form without script, brought in one after the other, each with its line of `alt`. Sent twice, they
 * are the same.
 * @throws BirdieError as `Pictures.add`
 */
export async function bringIn(
  pictures: Pictures,
  me: Person,
  form: FormData,
  { roomId, clientId, gone }: Bringing,
): Promise<readonly ChosenPicture[]> {
  const files = filesIn(form, "pictures");
  if (files.length > PICTURES_MAX) throw invalid({ field: "pictures", rule: "too_long", limit: PICTURES_MAX });
  const alts = readAlts(form.get("alt"), files.length);
  const brought: ChosenPicture[] = [];
  for (const [i, file] of files.entries()) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const key = clientId && `${clientId}.${i}`;
    const alt = alts[i] ?? "";
    const { id } = await pictures.add(me, { roomId, bytes, alt, key, gone });
    brought.push({ id, alt });
  }
  return brought;
}

/** A line for each picture, as one writes them below each other in one box. */
function readAlts(value: unknown, count: number): readonly string[] {
  const lines = typeof value === "string" ? value.split(/\r?\n/) : [];
  return lines.slice(0, count).map(parseAlt);
}

/** A browser sends a field of files that nobody chose as one without a name (to Bun: undefined) and without content. */
function filesIn(form: FormData, field: string): readonly File[] {
  return form
    .getAll(field)
    .filter((entry) => entry instanceof File && (Boolean(entry.name) || entry.size > 0)) as File[];
}

/**
 * A file of ours, or one range of it (RFC 9110 14). It may be kept by the reader's own browser, which asks each time
 * whether it may still be shown.
 */
async function answerFile(c: WebContext, file: Blob, tag: string): Promise<Response> {
  const { size } = file;
  c.header("content-type", "image/webp");
  c.header("content-disposition", 'inline; filename="picture.webp"');
  c.header("content-security-policy", POLICY);
  c.header("cache-control", "private, no-cache");
  c.header("etag", tag);
  c.header("accept-ranges", "bytes");
  if (c.req.header("if-none-match")?.includes(tag)) return c.body(null, 304);
  const isSame = (c.req.header("if-range") ?? tag) === tag;
  const range = isSame ? readRange(c.req.header("range"), size) : "whole";
  if (range === "beyond") {
    c.header("content-range", `bytes */${size}`);
    return c.body(null, 416);
  }
  const [from, to] = range === "whole" ? [0, size - 1] : range;
  if (range !== "whole") c.header("content-range", `bytes ${from}-${to}/${size}`);
  c.header("content-length", String(to - from + 1));
  const bytes = await file.slice(from, to + 1).arrayBuffer();
  return c.body(bytes, range === "whole" ? 200 : 206);
}

/** First and last octet. Several ranges, or what is none, count as not asked for. */
function readRange(header: string | undefined, size: number): readonly [number, number] | "whole" | "beyond" {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? "") ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") return Number(last) === 0 ? "beyond" : [Math.max(0, size - Number(last)), size - 1];
  const from = Number(first);
  if (last !== "" && Number(last) < from) return "whole";
  if (from >= size) return "beyond";
  return [from, last === "" ? size - 1 : Math.min(Number(last), size - 1)];
}
