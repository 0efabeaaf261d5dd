import { Hono } from "hono";
import channels from "./docs/asyncapi/channels.yaml" with { type: "text" };
import goodbyes from "./docs/asyncapi/goodbyes.yaml" with { type: "text" };
import headers from "./docs/asyncapi/headers.yaml" with { type: "text" };
import info from "./docs/asyncapi/info.yaml" with { type: "text" };
import limits from "./docs/asyncapi/limits.yaml" with { type: "text" };
import messagesOfPosts from "./docs/asyncapi/messages/post.yaml" with { type: "text" };
import messagesOfQueues from "./docs/asyncapi/messages/queue.yaml" with { type: "text" };
import messagesOfRooms from "./docs/asyncapi/messages/room.yaml" with { type: "text" };
import messagesSent from "./docs/asyncapi/messages/sent.yaml" with { type: "text" };
import messagesOfSubscriptions from "./docs/asyncapi/messages/subscription.yaml" with { type: "text" };
import operations from "./docs/asyncapi/operations.yaml" with { type: "text" };
import schemas from "./docs/asyncapi/schemas.yaml" with { type: "text" };
import type { WebEnv } from "./principal.ts";

/** One document, whose parts are laid end to end as they are: each begins where the one above it stops, indented or not. */
const ASYNCAPI: readonly string[] = [
  info,
  channels,
  operations,
  messagesSent,
  messagesOfQueues,
  messagesOfRooms,
  messagesOfSubscriptions,
  messagesOfPosts,
  schemas,
  headers,
  goodbyes,
  limits,
];

/** What programs read about the socket. The text is part of the program, also of the binary. */
export function docRoutes(): Hono<WebEnv> {
  const asyncapi = ASYNCAPI.join("");
  const routes = new Hono<WebEnv>();
  routes.get("/docs/asyncapi.yaml", (c) =>
    c.body(asyncapi, 200, { "content-type": "application/yaml; charset=utf-8", "cache-control": "no-cache" }),
  );
  return routes;
}
