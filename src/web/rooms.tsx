import { Hono } from "hono";
import { RoomPage, RoomsPage } from "../../views/rooms.tsx";
import { readId } from "../domain/input.ts";
import { answerJson, answerPage, page, requirePrincipal, wantsJson } from "./answer.ts";
import type { WebEnv } from "./principal.ts";
import { roomListJson, roomPageJson } from "./rooms/json.ts";
import { type MemberRoutesOptions, memberRoutes } from "./rooms/members.tsx";
import { type MessageRoutesOptions, messageRoutes } from "./rooms/messages.tsx";
import { roomIdOf } from "./rooms/place.ts";

/** The room list, rooms, and everything done in them. Members only. */
export function roomRoutes(options: MessageRoutesOptions & MemberRoutesOptions): Hono<WebEnv> {
  const { rooms } = options;
  const routes = new Hono<WebEnv>();

  routes.get("/messages", async (c) => {
    const me = requirePrincipal(c);
    const isRequests = c.req.query("requests") !== undefined;
    const list = await rooms.list(me, { before: readId(c.req.query("before")), isRequests });
    if (wantsJson(c)) return answerJson(c, roomListJson(list));
    return answerPage(c, <RoomsPage page={await page(c)} list={list} />);
  });

  // Before what follows: "new" is no room.
  routes.route("/", memberRoutes(options));

  routes.get("/messages/:roomId", async (c) => {
    const me = requirePrincipal(c);
    const paging = {
      before: readId(c.req.query("before")),
      after: readId(c.req.query("after")),
      around: readId(c.req.query("around")),
      reply: readId(c.req.query("reply")),
    };
    const roomPage = await rooms.read(me, roomIdOf(c), paging);
    if (wantsJson(c)) return answerJson(c, roomPageJson(roomPage));
    const list = await rooms.list(me, { isRequests: roomPage.isRequest });
    return answerPage(
      c,
      <RoomPage page={await page(c)} roomPage={roomPage} list={list} pictureBytes={options.pictureBytes} />,
    );
  });

  routes.route("/", messageRoutes(options));
  return routes;
}
