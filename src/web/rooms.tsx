import { Hono } from "hono";
import { ids } from "../../views/ids.ts";
import { paths } from "../../views/paths.ts";
import { RoomPage, RoomsPage } from "../../views/rooms.tsx";
import { readUserId } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import { readId } from "../domain/input.ts";
import { type Message, parseMessage, type RoomList, type RoomPage as RoomPageData } from "../domain/room.ts";
import type { Rooms } from "../service/rooms.ts";
import {
  answerJson,
  answerPage,
  isHtmx,
  page,
  readInput,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import type { WebEnv } from "./principal.ts";

export interface RoomRoutesOptions {
  readonly rooms: Rooms;
}

/** The room list, rooms, and everything said by a form. Members only. */
export function roomRoutes({ rooms }: RoomRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.get("/messages", async (c) => {
    const me = requirePrincipal(c);
    const list = await rooms.list(me, { before: readId(c.req.query("before")) });
    if (wantsJson(c)) return answerJson(c, roomListJson(list));
    return answerPage(c, <RoomsPage page={await page(c)} list={list} />);
  });

  routes.post("/messages", async (c) => {
    const me = requirePrincipal(c);
    const { userId } = await readInput(c);
    const other = readUserId(userId);
    if (other === undefined) throw new BirdieError("not_found");
    const { roomId } = await rooms.open(me, other);
    return wantsJson(c) ? answerJson(c, { roomId }) : seeOther(c, paths.room(roomId));
  });

  routes.get("/messages/:roomId", async (c) => {
    const me = requirePrincipal(c);
    const roomPage = await rooms.read(me, roomIdOf(c), { before: readId(c.req.query("before")) });
    if (wantsJson(c)) return answerJson(c, roomPageJson(roomPage));
    const list = await rooms.list(me);
    return answerPage(c, <RoomPage page={await page(c)} roomPage={roomPage} list={list} />);
  });

  routes.post("/messages/:roomId", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const said = await rooms.say(me, roomId, parseMessage(await readInput(c)));
    if (wantsJson(c)) return answerJson(c, messageJson(said), 201);
    // With script the line comes by the socket, to all tabs alike; the answer only says that it is stored.
    if (isHtmx(c)) return c.body(null, 204);
    return seeOther(c, `${paths.room(roomId)}#${ids.message(said.id)}`);
  });

  routes.post("/messages/:roomId/read", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const { upTo } = await readInput(c);
    const messageId = readId(upTo);
    if (messageId === undefined) throw new BirdieError("invalid", "upTo must be the id of a message");
    await rooms.readUpTo(me, roomId, messageId);
    if (wantsJson(c)) return answerJson(c, {});
    return isHtmx(c) ? c.body(null, 204) : seeOther(c, paths.room(roomId));
  });

  return routes;
}

function roomIdOf(c: WebContext): number {
  const id = readId(c.req.param("roomId"));
  if (id === undefined) throw new BirdieError("not_found");
  return id;
}

function messageJson(message: Message) {
  return {
    id: message.id,
    roomId: message.roomId,
    author: message.author,
    message: message.body,
    clientId: message.clientId ?? null,
    readingStatus: message.isReadByAll ? "YES" : "NO",
    createdAt: iso(message.createdAtMs),
    editedAt: message.editedAtMs === undefined ? null : iso(message.editedAtMs),
  };
}

function roomListJson(list: RoomList) {
  return {
    rooms: list.rooms.map((room) => ({
      id: room.id,
      kind: room.kind,
      name: room.name ?? null,
      others: room.others,
      lastMessage: room.lastMessage && {
        id: room.lastMessage.id,
        author: room.lastMessage.author,
        message: room.lastMessage.body,
        createdAt: iso(room.lastMessage.createdAtMs),
      },
      unreadCount: room.unreadCount,
    })),
    before: list.before ?? null,
    position: list.position,
  };
}

function roomPageJson(roomPage: RoomPageData) {
  return {
    room: roomPage.room,
    messages: roomPage.messages.map(messageJson),
    before: roomPage.before ?? null,
    readUpTo: roomPage.readUpTo,
    unreadCount: roomPage.unreadCount,
    present: roomPage.present,
    position: roomPage.position,
  };
}

const iso = (ms: number) => new Date(ms).toISOString();
