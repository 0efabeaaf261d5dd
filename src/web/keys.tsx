import { Hono } from "hono";
import { KeysPage } from "../../views/keys.tsx";
import { answerPage, page, requirePrincipal } from "./answer.ts";
import type { WebEnv } from "./principal.ts";

/** The keys that pages take. */
export function keyRoutes(): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  routes.get("/settings/keys", async (c) => {
    requirePrincipal(c);
    return answerPage(c, <KeysPage page={await page(c)} />);
  });
  return routes;
}
