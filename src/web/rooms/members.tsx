import { Hono } from "hono";
import { NewGroupPage } from "../../../views/groups.tsx";
import { paths } from "../../../views/paths.ts";
import { Held } from "../../../views/room-foot.tsx";
import { readUserId } from "../../domain/account.ts";
import { BirdieError } from "../../domain/errors.ts";
import { type Input, readId } from "../../domain/input.ts";
import { parseRoomName, parseUserIds } from "../../domain/room.ts";
import type { Members } from "../../service/members.ts";
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
  type WebContext,
  wantsJson,
} from "../answer.ts";
import { createOnce, type Once } from "../once.ts";
import type { WebEnv } from "../principal.ts";
import { answerDone, answerQuietly, roomIdOf } from "./place.ts";

export interface MemberRoutesOptions {
  readonly rooms: Rooms;
  readonly members: Pick<Members, "named">;
}

/** Opening rooms of two and of many, and everything about a room that is not its messages. */
export function memberRoutes({ rooms, members }: MemberRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  const once = createOnce<{ readonly roomId: number }>((me, { roomId }) => rooms.check(me, roomId));

  routes.get("/messages/new", async (c) => {
    requirePrincipal(c);
    const values = { userIds: c.req.query("with") };
    return answerPage(c, <NewGroupPage page={await page(c)} values={values} />);
  });

  routes.post("/messages", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    if (input["userIds"] !== undefined) return createGroup(c, { rooms, members, once }, input);
    const { roomId } = await rooms.open(me, personIn(input));
    return wantsJson(c) ? answerJson(c, { roomId }) : seeOther(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/members", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const { userId } = await readInput(c);
    const [invited, ...more] = await members.named(me, "userId", typeof userId === "string" ? userId : "");
    if (invited === undefined || more.length > 0) throw new BirdieError("not_found");
    await rooms.invite(me, roomId, invited);
    return answerDone(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/leave", async (c) => {
    await rooms.leave(requirePrincipal(c), roomIdOf(c));
    return answerDone(c, paths.rooms);
  });

  routes.post("/messages/:roomId/remove", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    await rooms.remove(me, roomId, personIn(await readInput(c)));
    return answerDone(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/owner", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    await rooms.handOver(me, roomId, personIn(await readInput(c)));
    return answerDone(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/name", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    await rooms.rename(me, roomId, parseRoomName(await readInput(c)));
    return answerDone(c, paths.room(roomId));
  });

  for (const act of ["mute", "unmute"] as const) {
    routes.post(`/messages/:roomId/${act}`, async (c) => {
      const roomId = roomIdOf(c);
      await rooms.mute(requirePrincipal(c), roomId, act === "mute");
      return answerDone(c, paths.room(roomId));
    });
  }

  routes.post("/messages/:roomId/accept", async (c) => {
    const roomId = roomIdOf(c);
    await rooms.accept(requirePrincipal(c), roomId);
    return answerDone(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/decline", async (c) => {
    await rooms.decline(requirePrincipal(c), roomIdOf(c));
    return answerDone(c, paths.requests);
  });

  routes.post("/messages/:roomId/read", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const { upTo, byHand } = await readInput(c);
    const messageId = readId(upTo);
    if (messageId === undefined) throw new BirdieError("invalid", "upTo must be the id of a message");
    await rooms.readUpTo(me, roomId, messageId, byHand !== undefined);
    return answerQuietly(c, paths.room(roomId));
  });

  routes.post("/messages/:roomId/unread", async (c) => {
    const me = requirePrincipal(c);
    const roomId = roomIdOf(c);
    const { from } = await readInput(c);
    const messageId = readId(from);
    if (messageId === undefined) throw new BirdieError("invalid", "from must be the id of a message");
    await rooms.markUnread(me, roomId, messageId);
    if (isHtmx(c)) return answerFragment(c, <Held language={c.var.viewer.language} from={messageId} />);
    // To the list: who went back into the room at once would have read it again.
    return answerDone(c, paths.rooms);
  });

  return routes;
}

interface Creating extends MemberRoutesOptions {
  readonly once: Once<{ readonly roomId: number }>;
}

async function createGroup(c: WebContext, { rooms, members, once }: Creating, input: Input): Promise<Response> {
  const me = requirePrincipal(c);
  try {
    const { userIds: given } = input;
    const people = typeof given === "string" ? await members.named(me, "userIds", given) : given;
    const group = { name: parseRoomName(input), userIds: parseUserIds(people) };
    const { roomId } = await once(c, me, input, () => rooms.create(me, group));
    return wantsJson(c) ? answerJson(c, { roomId }, 201) : seeOther(c, paths.room(roomId));
  } catch (error) {
    if (!(error instanceof BirdieError) || wantsJson(c) || isHtmx(c)) throw error;
    // Somebody there is not, or who does not want it: said where they were named.
    const isPeople = error.code === "not_found" || error.code === "blocked" || error.code === "forbidden";
    if (error.code !== "invalid" && !isPeople) throw error;
    const faults = error.faults.length > 0 ? error.faults : [{ field: "userIds", rule: "wrong" } as const];
    const { name, userIds } = input;
    const values = { name: textOf(name), userIds: textOf(userIds) };
    return answerPage(c, <NewGroupPage page={await page(c)} values={values} faults={faults} />, 422);
  }
}

const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);

/** Whom an act is about. Nobody can have another kind of user id. @throws BirdieError `not_found` */
function personIn({ userId }: Input): string {
  const id = readUserId(typeof userId === "string" ? userId.trim().replace(/^@/, "") : userId);
  if (id === undefined) throw new BirdieError("not_found");
  return id;
}
