import { Hono } from "hono";
import asyncapi from "./docs/asyncapi.yaml" with { type: "text" };
import type { WebEnv } from "./principal.ts";

/** What programs read about the socket. The text is part of the program, also of the binary. */
export function docRoutes(): Hono<WebEnv> {
  const text: string = asyncapi;
  const routes = new Hono<WebEnv>();
  routes.get("/docs/asyncapi.yaml", (c) =>
    c.body(text, 200, { "content-type": "application/yaml; charset=utf-8", "cache-control": "no-cache" }),
  );
  return routes;
}
