import { Hono } from "hono";
import { ClosingPage } from "../../views/closing.tsx";
import { paths } from "../../views/paths.ts";
import { BirdieError, type ErrorCode, type Fault } from "../domain/errors.ts";
import type { Closing } from "../service/closing.ts";
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
import { STATUS } from "./refusal.tsx";

/** Closing one's own account: {password, erase?}. */
export function closingRoutes({ closing }: { readonly closing: Closing }): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  const answer = async (c: WebContext, refused?: Refused) => {
    const legacy = await closing.legacyOf(requirePrincipal(c));
    if (wantsJson(c)) return answerJson(c, legacy);
    const view = <ClosingPage page={await page(c)} {...legacy} {...refused} />;
    return answerPage(c, view, refused ? STATUS[refused.code] : 200);
  };

  routes.get("/settings/close", (c) => answer(c));

  routes.post("/settings/close", async (c) => {
    const me = requirePrincipal(c);
    const { password, erase } = await readInput(c);
    const erasesPosts = erase === true || erase === "on" || erase === "true";
    try {
      await closing.close(me, { password, erasesPosts }, c.var.viewer.device);
    } catch (error) {
      const isExplained = error instanceof BirdieError && (error.code === "invalid" || error.code === "forbidden");
      if (!isExplained || wantsJson(c) || isHtmx(c)) throw error;
      const { code, faults } = error;
      return answer(c, { code, faults, erasesPosts });
    }
    c.set("newTokens", "none");
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, `${paths.logIn}?closed`);
  });

  return routes;
}

/** What the page shows again after a refusal. */
interface Refused {
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  readonly erasesPosts: boolean;
}
