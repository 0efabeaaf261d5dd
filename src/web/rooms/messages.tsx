import { Hono } from "hono";
import { EditMessagePage } from "../../../views/groups.tsx";
import { ids } from "../../../views/ids.ts";
import { MessageLikeForm } from "../../../views/message-menu.tsx";
import { paths } from "../../../views/paths.ts";
import { RoomPage } from "../../../views/rooms.tsx";
import type { Person } from "../../domain/account.ts";
import { BirdieError, type ErrorCode } from "../../domain/errors.ts";
import type { Input } from "../../domain/input.ts";
import { PICTURES_MAX } from "../../domain/picture.ts";
import { type NewMessage, parseClientId, parseMessage, parseMessageBody } from "../../domain/room.ts";
import type { Pictures } from "../../service/pictures.ts";
import type { Rooms } from "../../service/rooms.ts";
import {
  answerFragment,
  answerJson,
  answerPage,
  bytesOf,
  firstOfEach,
  INPUT_BYTES_MAX,
  isHtmx,
  isMultipart,
  page,
  readForm,
  readInput,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "../answer.ts";
import { bringIn } from "../pictures.ts";
import type { WebEnv } from "../principal.ts";
import { STATUS } from "../refusal.tsx";
import { messageJson } from "./json.ts";
import { answerQuietly, placeOf, roomIdOf } from "./place.ts";

export interface MessageRoutesOptions {
  readonly rooms: Rooms;
  readonly pictures: Pictures;
  /** Of one file. */
  readonly pictureBytes: number;
}

/** What is said by a form, and what is done with it afterwards. */
export function messageRoutes({ rooms, pictures, pictureBytes }: MessageRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.post("/messages/:roomId", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const draft = { message: "", alt: "" };
    try {
      const said = await rooms.say(me, roomId, await readSaid(c, me, roomId, draft));
      if (wantsJson(c)) return answerJson(c, messageJson(said), 201);
      // With script the line comes by the socket, to all tabs alike; the answer only says that it is stored.
      if (isHtmx(c)) return c.body(null, 204);
      return seeOther(c, `${paths.room(roomId)}#${ids.message(said.id)}`);
    } catch (error) {
      if (!isForPage(c, error)) throw error;
      const roomPage = await rooms.read(me, roomId);
      const list = await rooms.list(me);
      const refused = { ...draft, code: error.code, faults: error.faults };
      const shown = { page: await page(c), roomPage, list, pictureBytes, refused };
      return answerPage(c, <RoomPage {...shown} />, STATUS[error.code]);
    }
  });

  /** What a form or a program says; with files, where the form has any. `draft` learns the words, for a form that is refused. */
  async function readSaid(c: WebContext, me: Person, roomId: number, draft: Draft): Promise<NewMessage> {
    if (!isMultipart(c)) return parseMessage(noted(await readInput(c), draft));
    const bytesMax = PICTURES_MAX * pictureBytes + INPUT_BYTES_MAX;
    return pictures.receiving(me, { roomId, bytes: bytesOf(c, bytesMax) }, async (isOver) => {
      const form = await readForm(c, bytesMax, isOver);
      const { pictures: _, ...input } = noted(firstOfEach(form), draft);
      const brought = await bringIn(pictures, me, form, { roomId, clientId: parseClientId(input["clientId"]) });
      return parseMessage({ ...input, pictures: brought });
    });
  }

  routes.get("/messages/:roomId/:messageId/edit", async (c) => {
    const message = await rooms.own(requirePrincipal(c), placeOf(c));
    return answerPage(c, <EditMessagePage page={await page(c)} message={message} />);
  });

  routes.post("/messages/:roomId/:messageId/edit", async (c) => {
    const me = requirePrincipal(c);
    const place = placeOf(c);
    const input = await readInput(c);
    try {
      const message = await rooms.edit(me, place, parseMessageBody(input));
      if (wantsJson(c)) return answerJson(c, messageJson(message));
      return answerQuietly(c, paths.message(place.roomId, place.messageId));
    } catch (error) {
      if (!(error instanceof BirdieError) || error.code !== "invalid" || wantsJson(c) || isHtmx(c)) throw error;
      const message = await rooms.own(me, place);
      const values = { message: typeof input["message"] === "string" ? input["message"] : "" };
      const form = <EditMessagePage page={await page(c)} message={message} values={values} faults={error.faults} />;
      return answerPage(c, form, 422);
    }
  });

  routes.post("/messages/:roomId/:messageId/delete", async (c) => {
    const me = requirePrincipal(c);
    const place = placeOf(c);
    await rooms.deleteMessage(me, place);
    return answerQuietly(c, paths.room(place.roomId));
  });

  for (const act of ["like", "unlike"] as const) {
    routes.post(`/messages/:roomId/:messageId/${act}`, async (c) => {
      const me = requirePrincipal(c);
      const place = placeOf(c);
      const { likeCount, isLikedByMe } = await rooms.likeMessage(me, place, act === "like");
      if (wantsJson(c)) return answerJson(c, { likeCount, isLikedByMe });
      if (!isHtmx(c)) return seeOther(c, paths.message(place.roomId, place.messageId));
      const { language, timeZone, nowMs } = await page(c);
      const context = { language, timeZone, nowMs };
      return answerFragment(c, <MessageLikeForm language={context.language} {...place} isLikedByMe={isLikedByMe} />);
    });
  }

  return routes;
}

/** What a form that is refused says again. */
interface Draft {
  message: string;
  alt: string;
}

function noted(input: Input, draft: Draft): Input {
  const { message, alt } = input;
  if (typeof message === "string") draft.message = message;
  if (typeof alt === "string") draft.alt = alt;
  return input;
}

/** Refusals after which the room is shown again, with what was written: something about the words or the pictures. */
const MENDABLE: ReadonlySet<ErrorCode> = new Set([
  "invalid",
  "too_large",
  "unsupported",
  "quota",
  "full",
  "unavailable",
]);

function isForPage(c: WebContext, error: unknown): error is BirdieError {
  return error instanceof BirdieError && MENDABLE.has(error.code) && !wantsJson(c) && !isHtmx(c);
}
