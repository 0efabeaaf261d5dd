import { Hono } from "hono";
import { AdminReportsPage } from "../../views/admin/reports.tsx";
import { paths } from "../../views/paths.ts";
import { ReportPage } from "../../views/reports.tsx";
import { BirdieError } from "../domain/errors.ts";
import { readId } from "../domain/input.ts";
import { parseReport, type Report } from "../domain/report.ts";
import type { Posts } from "../service/posts.ts";
import type { ReportActs, ReportPlace } from "../service/reports.ts";
import type { Rooms } from "../service/rooms.ts";
import {
  answerJson,
  answerPage,
  isHtmx,
  page,
  readInput,
  requireAdmin,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { iso, pictureJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";

import { answerDone, placeOf } from "./rooms/place.ts";

export interface ReportRoutesOptions {
  readonly reports: ReportActs;
  readonly posts: Pick<Posts, "remove" | "removeComment">;
  readonly rooms: Pick<Rooms, "removeReported">;
}

/** Where something stands that can be reported: the thing, the address of its report, and where one came from. */
interface Asked {
  readonly place: ReportPlace;
  readonly action: string;
  /** `placeId`: see Reported. */
  readonly back: (placeId: number) => string;
}

/** Asking the admins to look at something {reason}; and, for admins, what waits and what they do about it. */
export function reportRoutes({ reports, posts, rooms }: ReportRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  for (const [path, askedIn] of [
    ["/posts/:id/report", postIn],
    ["/comments/:id/report", commentIn],
    ["/messages/:roomId/:messageId/report", messageIn],
  ] as const) {
    routes.get(path, async (c) => {
      const me = requirePrincipal(c);
      const asked = askedIn(c);
      const reported = await reports.look(me, asked.place);
      if (wantsJson(c)) return answerJson(c, { kind: asked.place.kind, ...reported });
      const isSent = c.req.query("sent") !== undefined;
      const { action, back, place } = asked;
      const view = { kind: place.kind, action, back: back(reported.placeId), isSent, ...reported };
      return answerPage(c, <ReportPage page={await page(c)} {...view} />);
    });

    routes.post(path, async (c) => {
      const me = requirePrincipal(c);
      const { place, action, back } = askedIn(c);
      const input = await readInput(c);
      try {
        await reports.report(me, place, parseReport(input).reason);
      } catch (error) {
        const isExplained = error instanceof BirdieError && error.code === "invalid" && !wantsJson(c) && !isHtmx(c);
        if (!isExplained) throw error;
        const { reason } = input;
        const values = { reason: typeof reason === "string" ? reason.slice(0, 2_000) : "" };
        const reported = await reports.look(me, place);
        const shown = { kind: place.kind, action, back: back(reported.placeId), isSent: false };
        const view = { ...shown, values, faults: error.faults };
        return answerPage(c, <ReportPage page={await page(c)} {...view} {...reported} />, 422);
      }
      return wantsJson(c) ? answerJson(c, {}, 201) : seeOther(c, `${action}?sent`);
    });
  }

  routes.get("/admin/reports", async (c) => {
    const found = await reports.open(requireAdmin(c), readId(c.req.query("after")));
    if (wantsJson(c)) {
      const { openCount, after = null } = found;
      return answerJson(c, { reports: found.reports.map(reportJson), openCount, after });
    }
    return answerPage(c, <AdminReportsPage page={await page(c)} found={found} />);
  });

  routes.post("/admin/reports/:id/dismiss", async (c) => {
    await reports.dismiss(requireAdmin(c), idOf(c));
    return answerDone(c, `${paths.adminReports}?done`);
  });

  routes.post("/admin/reports/:id/remove", async (c) => {
    const me = requireAdmin(c);
    const { kind, thingId, placeId, isGone } = await reports.find(me, idOf(c));
    if (isGone) throw new BirdieError("gone");
    if (kind === "post") await posts.remove(me, thingId);
    else if (kind === "comment") await posts.removeComment(me, thingId);
    else await rooms.removeReported(me, { roomId: placeId, messageId: thingId });
    return answerDone(c, `${paths.adminReports}?done`);
  });

  return routes;
}

function postIn(c: WebContext): Asked {
  const thingId = idOf(c);
  return { place: { kind: "post", thingId }, action: paths.reportPost(thingId), back: paths.post };
}

function commentIn(c: WebContext): Asked {
  const thingId = idOf(c);
  const back = (postId: number) => paths.commentOn(postId, thingId);
  return { place: { kind: "comment", thingId }, action: paths.reportComment(thingId), back };
}

function messageIn(c: WebContext): Asked {
  const { roomId, messageId } = placeOf(c);
  return {
    place: { kind: "message", thingId: messageId, roomId },
    action: paths.messageAct(roomId, messageId, "report"),
    back: () => paths.message(roomId, messageId),
  };
}

/** @throws BirdieError `not_found` for what names no row */
function idOf(c: WebContext): number {
  const id = readId(c.req.param("id"));
  if (id === undefined) throw new BirdieError("not_found");
  return id;
}

/** {id, kind, thingId, placeId, author, body, pictures, reporter|null, reason, at, isGone, mayDismiss} */
function reportJson({
  atMs,
  pictures,
  reporter = null,
  ...report
}: Omit<Report, "reporter"> & { reporter?: Report["reporter"] | null }) {
  return { ...report, reporter, pictures: pictures.map(pictureJson), at: iso(atMs) };
}
