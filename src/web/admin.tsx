import { Hono } from "hono";
import { AdminMemberPage, AdminMembersPage } from "../../views/admin/members.tsx";
import { AdminPage } from "../../views/admin/overview.tsx";
import { paths } from "../../views/paths.ts";
import { readUserId } from "../domain/account.ts";
import type { AdminEntry, Health, Inhabitant } from "../domain/admin.ts";
import { parseBan } from "../domain/ban.ts";
import { parseShowing } from "../domain/choices.ts";
import { BirdieError, type Fault } from "../domain/errors.ts";
import { readId, tidy } from "../domain/input.ts";
import type { Admin } from "../service/admin.ts";
import type { Bans } from "../service/bans.ts";
import type { Community } from "../service/community.ts";
import type { ReportActs } from "../service/reports.ts";
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
import { STATUS } from "./refusal.tsx";

export interface AdminRoutesOptions {
  readonly admin: Admin;
  readonly community: Community;
  readonly bans: Bans;
  readonly reports: Pick<ReportActs, "openCount">;
  readonly health: () => Promise<Health>;
}

/** What only admins see and do. For everybody else, none of it is there (404). */
export function adminRoutes({ admin, community, bans, reports, health: readHealth }: AdminRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();

  routes.get("/admin", async (c) => {
    requireAdmin(c);
    const log = await admin.entries(readId(c.req.query("before")));
    const [health, openReportCount] = [await readHealth(), await reports.openCount()];
    const showing = await community.showing();
    if (wantsJson(c)) {
      const list = { entries: log.entries.map(entryJson), before: log.before ?? null };
      return answerJson(c, { openReportCount, health: healthJson(health), community: showing, ...list });
    }
    const standing = { openReportCount, health, showing, log };
    return answerPage(c, <AdminPage page={await page(c)} {...standing} />);
  });

  routes.post("/admin/community", async (c) => {
    const me = requireAdmin(c);
    const showing = parseShowing(await readInput(c));
    await community.setShowing(me, showing);
    return answerDone(c, paths.admin, showing);
  });

  routes.get("/admin/members", async (c) => {
    requireAdmin(c);
    const query = tidy(c.req.query("q"), false).slice(0, 40);
    const asked = c.req.query("show");
    const show = asked === "banned" || asked === "admins" ? asked : undefined;
    const found = await admin.members({ query, show, before: readUserId(c.req.query("before")) });
    if (wantsJson(c)) return answerJson(c, { members: found.people.map(personJson), before: found.before ?? null });
    return answerPage(c, <AdminMembersPage page={await page(c)} query={query} show={show} found={found} />);
  });

  const answerMember = async (c: WebContext, userId: string, refused?: Refused) => {
    const member = await admin.member(userId);
    if (wantsJson(c)) {
      const { person, invitedBy, entries } = member;
      return answerJson(c, { ...personJson(person), invitedBy: invitedBy ?? null, entries: entries.map(entryJson) });
    }
    const view = <AdminMemberPage page={await page(c)} {...member} {...refused} />;
    return answerPage(c, view, refused ? STATUS.invalid : 200);
  };

  routes.get("/admin/members/:userId", (c) => {
    requireAdmin(c);
    return answerMember(c, userIdOf(c));
  });

  routes.post("/admin/members/:userId/ban", async (c) => {
    const me = requireAdmin(c);
    const userId = userIdOf(c);
    const input = await readInput(c);
    try {
      const { untilMs } = await bans.ban(me, userId, parseBan(input));
      return answerDone(c, paths.adminMember(userId), { userId, until: untilMs === undefined ? null : iso(untilMs) });
    } catch (error) {
      const isExplained = error instanceof BirdieError && error.code === "invalid" && !wantsJson(c) && !isHtmx(c);
      if (!isExplained) throw error;
      const { days, reason } = input;
      const textOf = (value: unknown) => (typeof value === "string" ? value.slice(0, 2_000) : "");
      const values = { days: textOf(days), reason: textOf(reason) };
      return answerMember(c, userId, { values, faults: error.faults });
    }
  });

  routes.post("/admin/members/:userId/unban", async (c) => {
    const userId = userIdOf(c);
    await bans.unban(requireAdmin(c), userId);
    return answerDone(c, paths.adminMember(userId));
  });

  for (const [act, role] of [
    ["promote", "admin"],
    ["demote", "member"],
  ] as const) {
    routes.post(`/admin/members/:userId/${act}`, async (c) => {
      const me = requireAdmin(c);
      const userId = userIdOf(c);
      await admin.setRole(me, userId, role);
      // Whoever gave up their own right has no page here any more.
      const isGone = role === "member" && userId === me.userId;
      return answerDone(c, isGone ? paths.settings : paths.adminMember(userId));
    });
  }

  return routes;
}

interface Refused {
  readonly values: Readonly<Record<string, string>>;
  readonly faults: readonly Fault[];
}

function userIdOf(c: WebContext): string {
  const userId = readUserId(c.req.param("userId"));
  if (userId === undefined) throw new BirdieError("not_found");
  return userId;
}

/** After an act: the page it was asked from, which says that it is done; what came of it, for programs. */
function answerDone(c: WebContext, path: string, json: object = {}): Response {
  return wantsJson(c) ? answerJson(c, json) : seeOther(c, `${path}?done`);
}

/** {userId, name, isAdmin, joinedAt, seenAt, closedAt, ban: {since, until, reason} or null} */
function personJson({ userId, name, isAdmin, joinedAtMs, seenAtMs, closedAtMs, ban }: Inhabitant) {
  const until = ban?.untilMs === undefined ? null : iso(ban.untilMs);
  return {
    userId,
    name,
    isAdmin,
    joinedAt: iso(joinedAtMs),
    seenAt: seenAtMs === undefined ? null : iso(seenAtMs),
    closedAt: closedAtMs === undefined ? null : iso(closedAtMs),
    ban: ban ? { since: iso(ban.sinceMs), until, reason: ban.reason } : null,
  };
}

/** As Health, times as ISO 8601; `backup` is null where there is none. */
function healthJson({ startedAtMs, backup, ...health }: Health) {
  const latest = backup ? { at: iso(backup.atMs), bytes: backup.bytes } : null;
  return { ...health, startedAt: iso(startedAtMs), backup: latest };
}

/** {id, admin, act, about, days, uses, detail, thing: {kind, id, isThere, post: {id, title} or null} or null, at} */
function entryJson({ id, admin, act, about, days, uses, detail, thing, atMs }: AdminEntry) {
  const found = thing ? { ...thing, post: thing.post ?? null } : null;
  const numbers = { days: days ?? null, uses: uses ?? null };
  return { id, admin, act, about: about ?? null, ...numbers, detail, thing: found, at: iso(atMs) };
}
