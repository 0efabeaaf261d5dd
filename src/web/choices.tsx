import { Hono } from "hono";
import { MemberOptions, MembersPage } from "../../views/members.tsx";
import { paths } from "../../views/paths.ts";
import { type AlarmKind, readAlarmKind } from "../domain/alarm.ts";
import { parseMemberQuery, parsePrivacyChoices } from "../domain/choices.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import { readId } from "../domain/input.ts";
import type { ChoiceActs } from "../service/choices.ts";
import { FOUND_MAX, type Members } from "../service/members.ts";
import {
  answerFragment,
  answerJson,
  answerPage,
  isHtmx,
  page,
  pathOf,
  readInput,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { choicesJson } from "./json.ts";
import type { WebEnv } from "./principal.ts";

export interface ChoiceRoutesOptions {
  readonly choices: ChoiceActs;
  readonly members: Members;
}

/** What members choose for themselves beside the settings page, and finding other members. All for the signed-in only. */
export function choiceRoutes({ choices, members }: ChoiceRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.get("/settings/alarms", async (c) => {
    const me = requirePrincipal(c);
    if (!wantsJson(c)) return seeOther(c, `${paths.settings}#alarm-settings`);
    return answerJson(c, choicesJson(await choices.of(me)));
  });

  routes.post("/settings/privacy", async (c) => {
    const me = requirePrincipal(c);
    await choices.setPrivacy(me, parsePrivacyChoices(await readInput(c)));
    if (wantsJson(c)) return answerJson(c, choicesJson(await choices.of(me)));
    return seeOther(c, `${paths.settings}?notice=saved`);
  });

  const setMuted = (isMuted: boolean) => async (c: WebContext) => {
    const me = requirePrincipal(c);
    const postId = readId(c.req.param("id"));
    if (postId === undefined) throw new BirdieError("not_found");
    await (isMuted ? choices.mutePost(me, postId) : choices.unmutePost(me, postId));
    if (wantsJson(c)) return answerJson(c, { postId, isMuted });
    return seeOther(c, backFrom(c, postId, isMuted));
  };
  routes.post("/posts/:id/mute", setMuted(true));
  routes.post("/posts/:id/unmute", setMuted(false));

  routes.post("/alarms/off", async (c) => {
    const me = requirePrincipal(c);
    const kind = readKind(await readInput(c));
    await choices.turnOff(me, kind);
    if (wantsJson(c)) return answerJson(c, choicesJson(await choices.of(me)));
    return seeOther(c, `${paths.alarms}?off=${kind}`);
  });

  routes.post("/alarms/on", async (c) => {
    const me = requirePrincipal(c);
    await choices.turnOn(me, readKind(await readInput(c)));
    return wantsJson(c) ? answerJson(c, choicesJson(await choices.of(me))) : seeOther(c, paths.alarms);
  });

  // ?q= the beginning of a user id or name; ?room= and ?post= say where somebody is about to be named.
  routes.get("/members", async (c) => {
    const me = requirePrincipal(c);
    const query = parseMemberQuery(c.req.query("q"));
    const around = { roomId: readId(c.req.query("room")), postId: readId(c.req.query("post")) };
    const isPage = !wantsJson(c) && !isHtmx(c);
    const people = await members.find(me, query, { ...around, limit: isPage ? FOUND_MAX + 1 : undefined });
    if (wantsJson(c)) return answerJson(c, { members: people.map(({ userId, name }) => ({ userId, name })) });
    if (isHtmx(c)) return answerFragment(c, <MemberOptions people={people} />);
    return answerPage(
      c,
      <MembersPage
        page={await page(c)}
        query={query}
        people={people.slice(0, FOUND_MAX)}
        hasMore={people.length > FOUND_MAX}
      />,
    );
  });

  return routes;
}

/** @throws BirdieError `invalid` */
function readKind(input: Readonly<Record<string, unknown>>): AlarmKind {
  const kind = readAlarmKind(input["kind"]);
  if (!kind) throw invalid({ field: "kind", rule: "format" });
  return kind;
}

/** Back to where the button was: the inbox says what was done and offers to undo it. */
function backFrom(c: WebContext, postId: number, isMuted: boolean): string {
  const [from = ""] = pathOf(c).split("?");
  if (from === paths.alarms) return isMuted ? `${paths.alarms}?muted=${postId}` : paths.alarms;
  return from === paths.settings ? `${paths.settings}#alarm-settings` : paths.post(postId);
}
