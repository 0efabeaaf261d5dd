import { Hono } from "hono";
import { EditMessagePage } from "../../../views/groups.tsx";
import { ids } from "../../../views/ids.ts";
import { MessageLikeForm } from "../../../views/message-menu.tsx";
import { paths } from "../../../views/paths.ts";
import { RoomPage } from "../../../views/rooms.tsx";
import { BirdieError } from "../../domain/errors.ts";
import { readId } from "../../domain/input.ts";
import { parseMessage, parseMessageBody } from "../../domain/room.ts";
import type { Pictures } from "../../service/pictures.ts";
import type { Rooms } from "../../service/rooms.ts";
import {
  answerFragment,
  answerJson,
  answerPage,
  isHtmx,
  page,
  readInput,
  requirePrincipal,
  seeOther,
  wantsJson,
} from "../answer.ts";
import type { WebEnv } from "../principal.ts";
import { STATUS } from "../refusal.tsx";
import { type Draft, isForPage, readWritten } from "../written.ts";
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
    const draft: Draft = {};
    try {
      const writing = { me, roomId, fields: ["message", "alt", "replyTo"], draft, pictures, pictureBytes };
      const { input } = await readWritten(c, writing);
      const said = await rooms.say(me, roomId, parseMessage(input));
      if (wantsJson(c)) return answerJson(c, messageJson(said), 201);
      // With script the line comes by the socket, to all tabs alike; the answer only says that it is stored.
      if (isHtmx(c)) return c.body(null, 204);
      return seeOther(c, `${paths.room(roomId)}#${ids.message(said.id)}`);
    } catch (error) {
      if (!isForPage(c, error)) throw error;
      const roomPage = await rooms.read(me, roomId, { reply: readId(draft["replyTo"]) });
      const list = await rooms.list(me);
      const { message = "", alt = "", pictures: lost } = draft;
      const refused = { message, alt, lost, code: error.code, faults: error.faults };
      const shown = { page: await page(c), roomPage, list, pictureBytes, refused };
      return answerPage(c, <RoomPage {...shown} />, STATUS[error.code]);
    }
  });

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
