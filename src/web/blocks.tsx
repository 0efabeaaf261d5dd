import { Hono } from "hono";
import { BlocksPage } from "../../views/groups.tsx";
import { paths } from "../../views/paths.ts";
import { readUserId } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Blocks } from "../service/blocks.ts";
import { answerJson, answerPage, page, pathOf, requirePrincipal, type WebContext, wantsJson } from "./answer.ts";
import type { WebEnv } from "./principal.ts";
import { answerDone } from "./rooms/place.ts";

/** Blocking somebody, taking it back, and the list of whom one has blocked. */
export function blockRoutes({ blocks }: { readonly blocks: Blocks }): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.post("/members/:userId/block", async (c) => {
    const other = otherIn(c);
    await blocks.block(requirePrincipal(c), other);
    return answerDone(c, paths.member(other));
  });

  routes.post("/members/:userId/unblock", async (c) => {
    const other = otherIn(c);
    await blocks.unblock(requirePrincipal(c), other);
    // The list goes on where it was.
    return answerDone(c, pathOf(c) === paths.blocks ? paths.blocks : paths.member(other));
  });

  routes.get("/settings/blocks", async (c) => {
    const people = await blocks.list(requirePrincipal(c));
    if (wantsJson(c)) return answerJson(c, { people });
    return answerPage(c, <BlocksPage page={await page(c)} people={people} />);
  });

  return routes;
}

function otherIn(c: WebContext): string {
  const userId = readUserId(c.req.param("userId"));
  if (userId === undefined) throw new BirdieError("not_found");
  return userId;
}
