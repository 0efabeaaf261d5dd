import { BirdieError } from "../../domain/errors.ts";
import { readId } from "../../domain/input.ts";
import { answerJson, isHtmx, seeOther, type WebContext, wantsJson } from "../answer.ts";

/** The room in the path. @throws BirdieError `not_found` */
export function roomIdOf(c: WebContext): number {
  return idOf(c, "roomId");
}

/** The message in the path. @throws BirdieError `not_found` */
export function placeOf(c: WebContext): { readonly roomId: number; readonly messageId: number } {
  return { roomId: roomIdOf(c), messageId: idOf(c, "messageId") };
}

function idOf(c: WebContext, name: string): number {
  const id = readId(c.req.param(name));
  if (id === undefined) throw new BirdieError("not_found");
  return id;
}

/** After an act that has nothing to show: a page for browsers, an empty object for programs. */
export function answerDone(c: WebContext, path: string): Response {
  return wantsJson(c) ? answerJson(c, {}) : seeOther(c, path);
}

/** The same, where a push shows everything to who has script. */
export function answerQuietly(c: WebContext, path: string): Response {
  return isHtmx(c) ? c.body(null, 204) : answerDone(c, path);
}
