import { Hono } from "hono";
import { placeOf } from "../../views/alarm-row.tsx";
import { type InboxDone, InboxPage } from "../../views/alarms.tsx";
import { paths } from "../../views/paths.ts";
import { readAlarmKind } from "../domain/alarm.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import { readId } from "../domain/input.ts";
import { ALARMS_NAMED_MAX, type Alarms, type AlarmsRead } from "../service/alarms.ts";
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
import { alarmJson, countsJson, inboxJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";

export interface AlarmRoutesOptions {
  readonly alarms: Alarms;
}

/** The inbox and reading. Members only, each their own. What programs get: json.ts. */
export function alarmRoutes({ alarms }: AlarmRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.get("/alarms", async (c) => {
    const me = requirePrincipal(c);
    const kind = readAlarmKind(c.req.query("kind"));
    const before = readId(c.req.query("before"));
    const inbox = await alarms.inbox(me, { before, kind });
    if (wantsJson(c)) return answerJson(c, { ...inboxJson(inbox), ...countsJson(await alarms.counts(me.userId)) });
    return answerPage(
      c,
      <InboxPage page={await page(c)} inbox={inbox} kind={kind} isOlder={before !== undefined} done={doneOf(c)} />,
    );
  });

  // {upTo}: all up to the newest shown. {postId}, with or without upTo: those about a post that is being looked at.
  routes.post("/alarms/read", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    const upTo = readId(input["upTo"]);
    const postId = readId(input["postId"]);
    if (upTo === undefined && (postId === undefined || isGiven(input["upTo"]))) {
      throw invalid({ field: "upTo", rule: isGiven(input["upTo"]) ? "format" : "required" });
    }
    if (postId !== undefined) return answerRead(c, await alarms.readOfPost(me, postId, upTo), paths.post(postId));
    return answerRead(c, await alarms.readUpTo(me, upTo ?? 0, readAlarmKind(input["kind"])), paths.alarms);
  });

  routes.post("/alarms/unread", async (c) => {
    const me = requirePrincipal(c);
    const { ids } = await readInput(c);
    return answerRead(c, await alarms.unread(me, readIds(ids)), paths.alarms);
  });

  routes.post("/alarms/:id/read", async (c) => {
    const me = requirePrincipal(c);
    const id = readId(c.req.param("id"));
    if (id === undefined) throw new BirdieError("not_found");
    const { alarm, counts } = await alarms.read(me, id);
    if (wantsJson(c)) return answerJson(c, { ...alarmJson(alarm), ...countsJson(counts) });
    if (isHtmx(c)) return c.body(null, 204);
    const { stay } = await readInput(c);
    return seeOther(c, stay ? paths.alarms : placeOf({ ...alarm, isFar: true }));
  });

  return routes;
}

/** With script, every tab (this one too) hears of it by the socket: the answer says only that it is stored. */
function answerRead(c: WebContext, { alarms, counts }: AlarmsRead, path: string): Response {
  if (wantsJson(c)) {
    return answerJson(c, {
      alarms: alarms.map(({ id, key, kind }) => ({ id, key, type: kind })),
      ...countsJson(counts),
    });
  }
  return isHtmx(c) ? c.body(null, 204) : seeOther(c, path);
}

/** What the page that leads here has just done (see web/choices). */
function doneOf(c: WebContext): InboxDone | undefined {
  const mutedPostId = readId(c.req.query("muted"));
  if (mutedPostId !== undefined) return { mutedPostId };
  const turnedOff = readAlarmKind(c.req.query("off"));
  return turnedOff && { turnedOff };
}

/**
 * A JSON array of ids, or a form's text with commas or blanks between them.
 * @throws BirdieError `invalid`
 */
function readIds(value: unknown): number[] {
  const parts: unknown[] = Array.isArray(value) ? value : typeof value === "string" ? value.split(/[\s,]+/) : [];
  const named = parts.filter((part) => part !== "");
  if (named.length === 0) throw invalid({ field: "ids", rule: "required" });
  if (named.length > ALARMS_NAMED_MAX) throw invalid({ field: "ids", rule: "too_long", limit: ALARMS_NAMED_MAX });
  return named.map((part) => {
    const id = readId(part);
    if (id === undefined) throw invalid({ field: "ids", rule: "format" });
    return id;
  });
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}
