import { Hono } from "hono";
import { AdminInvitationsPage } from "../../views/admin/invitations.tsx";
import { paths } from "../../views/paths.ts";
import { BirdieError, type Fault } from "../domain/errors.ts";
import { readId } from "../domain/input.ts";
import { type Invitation, parseInvitation } from "../domain/invitation.ts";
import type { Invitations } from "../service/invitations.ts";
import {
  answerJson,
  answerPage,
  isHtmx,
  page,
  readInput,
  requireAdmin,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { iso } from "./json.ts";
import type { WebEnv } from "./principal.ts";
import { answerDone } from "./rooms/place.ts";

/** For admins: links by which people may sign up {uses, days}, who came by them, and their end. */
export function invitationRoutes({ invitations }: { readonly invitations: Invitations }): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  const answerList = async (c: WebContext, faults?: readonly Fault[]) => {
    const baseUrl = c.var.site.baseUrl();
    const found = await invitations.list(readId(c.req.query("before")));
    if (wantsJson(c)) {
      const list = found.invitations.map((one) => invitationJson(one, baseUrl));
      return answerJson(c, { invitations: list, before: found.before ?? null });
    }
    const view = <AdminInvitationsPage page={await page(c)} baseUrl={baseUrl} found={found} faults={faults} />;
    return answerPage(c, view, faults ? 422 : 200);
  };

  routes.get("/admin/invitations", (c) => {
    requireAdmin(c);
    return answerList(c);
  });

  routes.post("/admin/invitations", async (c) => {
    const me = requireAdmin(c);
    try {
      const made = await invitations.invite(me, parseInvitation(await readInput(c)));
      if (!wantsJson(c)) return seeOther(c, paths.adminInvitations);
      return answerJson(c, invitationJson(made, c.var.site.baseUrl()), 201);
    } catch (error) {
      const isExplained = error instanceof BirdieError && error.code === "invalid" && !wantsJson(c) && !isHtmx(c);
      if (!isExplained) throw error;
      return answerList(c, error.faults);
    }
  });

  routes.post("/admin/invitations/:id/revoke", async (c) => {
    const me = requireAdmin(c);
    const id = readId(c.req.param("id"));
    if (id === undefined) throw new BirdieError("not_found");
    await invitations.revoke(me, id);
    return answerDone(c, `${paths.adminInvitations}?done`);
  });

  return routes;
}

/** {id, link, madeBy, usesMax, useCount, createdAt, expiresAt, state, guests} */
function invitationJson({ key, createdAtMs, expiresAtMs, ...invitation }: Invitation, baseUrl: string) {
  const times = { createdAt: iso(createdAtMs), expiresAt: iso(expiresAtMs) };
  return { ...invitation, link: `${baseUrl}${paths.invitation(key)}`, ...times };
}
