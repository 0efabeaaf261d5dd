import { Hono } from "hono";
import { SearchPage } from "../../views/search.tsx";
import type { Person } from "../domain/account.ts";
import { isMemberQuery, memberQueryOf } from "../domain/choices.ts";
import { readId } from "../domain/input.ts";
import { FOUND_KINDS, type Found, type FoundList, readQuery } from "../domain/search.ts";
import type { Members } from "../service/members.ts";
import type { Search } from "../service/search.ts";
import { answerJson, answerPage, page, requirePrincipal, wantsJson } from "./answer.ts";
import { iso } from "./json.ts";
import { createPace, type PaceOptions } from "./pace.ts";
import type { WebEnv } from "./principal.ts";

/** How many hits of each kind stand on the page of all kinds. */
const EACH = 5;
/** And how many members, above them. */
const MEMBERS = 3;

/** The pace is that of one person's searches; each page of what was found is one. */
export interface SearchRoutesOptions extends PaceOptions {
  readonly search: Search;
  readonly members: Members;
}

/** GET /search?q=&kind=&before=. Members only: one's own rooms are part of it. */
export function searchRoutes({ search, members, ...options }: SearchRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  // It reads more than any other page.
  const pace = createPace(options);

  /** Those whom the page of the members would find, too; one more than are shown. */
  async function peopleFor(me: Person, query: string): Promise<readonly Person[]> {
    const start = memberQueryOf(query);
    return start !== "" && isMemberQuery(start) ? members.find(me, start, { limit: MEMBERS + 1 }) : [];
  }

  routes.get("/search", async (c) => {
    const me = requirePrincipal(c);
    const { query, words } = readQuery(c.req.query("q"));
    const kind = FOUND_KINDS.find((one) => one === c.req.query("kind"));
    const before = readId(c.req.query("before"));
    if (words.length > 0) pace(me.userId);
    const lists = await Promise.all(
      (kind ? [kind] : FOUND_KINDS).map((one) => search.find(me, one, words, kind ? { before } : { limit: EACH })),
    );
    const found = kind || words.length === 0 ? [] : await peopleFor(me, query);
    const people = found.slice(0, MEMBERS);
    if (wantsJson(c)) {
      const named = kind ? {} : { members: people.map(({ userId, name }) => ({ userId, name })) };
      return answerJson(c, { query, ...named, results: lists.map(listJson) });
    }
    const shown = { query, kind, people, hasMorePeople: found.length > MEMBERS, lists };
    return answerPage(c, <SearchPage page={await page(c)} {...shown} />);
  });

  return routes;
}

function listJson({ kind, found, before }: FoundList) {
  return { kind, found: found.map(foundJson), before: before ?? null };
}

/** `excerpt` and `title` as pieces: the hits in them are told apart, nothing is HTML. */
function foundJson(found: Found) {
  const { createdAtMs, title, ...rest } = found;
  return { ...rest, title: title ?? null, createdAt: iso(createdAtMs) };
}
