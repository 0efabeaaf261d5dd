import { Hono } from "hono";
import { paths } from "../../views/paths.ts";
import { atomOf, VisitPage } from "../../views/visits.tsx";
import { BirdieError } from "../domain/errors.ts";
import type { Missed, Visits } from "../service/visits.ts";
import { answerJson, answerPage, page, readInput, requirePrincipal, seeOther, wantsJson } from "./answer.ts";
import { alarmJson, iso, postJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";
import { roomSummaryJson } from "./rooms/json.ts";

/** GET /since, POST /since {upTo}, POST /since/feed {is: on|off}, GET /since/:key.atom (no sign-in: the key is the right). */
export function visitRoutes({ visits }: { readonly visits: Visits }): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  const addressOf = (baseUrl: string, key: string) => `${baseUrl}${paths.visit}/${key}.atom`;

  routes.get("/since", async (c) => {
    const me = requirePrincipal(c);
    const [missed, key] = [await visits.missed(me), await visits.feedKey(me)];
    const feedUrl = key === undefined ? undefined : addressOf(c.var.site.baseUrl(), key);
    if (wantsJson(c)) return answerJson(c, { ...missedJson(missed), feedUrl: feedUrl ?? null });
    return answerPage(c, <VisitPage page={await page(c)} missed={missed} feedUrl={feedUrl} />);
  });

  routes.post("/since", async (c) => {
    const me = requirePrincipal(c);
    const { upTo } = await readInput(c);
    if (typeof upTo !== "string") throw new BirdieError("invalid", "upTo must be the position of a page");
    await visits.saw(me, upTo);
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, paths.visit);
  });

  routes.post("/since/feed", async (c) => {
    const me = requirePrincipal(c);
    const { is } = await readInput(c);
    await visits.setFeedKey(me, is !== "off");
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, paths.visit);
  });

  routes.get("/since/:file{[0-9a-f]{32}\\.atom}", async (c) => {
    const reader = await visits.readerOf(c.req.param("file").slice(0, 32));
    if (!reader) throw new BirdieError("not_found");
    const { viewer, site } = c.var;
    const context = { language: reader.language ?? viewer.language, timeZone: viewer.timeZone, nowMs: site.nowMs() };
    const missed = await visits.missed(reader);
    return c.body(atomOf({ context, missed, baseUrl: site.baseUrl(), userId: reader.userId }), 200, {
      "content-type": "application/atom+xml; charset=utf-8",
      "cache-control": "private, no-cache",
      "x-robots-tag": "noindex",
    });
  });

  return routes;
}

/** {since, posts, alarms, rooms, position}: `since` null before the first visit, `posts` null where there are too many. */
function missedJson({ sinceMs, posts, alarms, rooms, position }: Missed) {
  return {
    since: sinceMs === undefined ? null : iso(sinceMs),
    posts: posts?.map(postJson) ?? null,
    alarms: alarms.map(alarmJson),
    rooms: rooms.map(roomSummaryJson),
    position,
  };
}
