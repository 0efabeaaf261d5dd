import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { excerptAround, type Found, type FoundKind, type FoundList, fold, marked } from "../domain/search.ts";
import { matchOf } from "./search/grams.ts";

/** How many hits a page shows. */
const FOUND_A_PAGE = 20;
/** How many of one's rooms are searched: those in which something was said last. */
const ROOMS_MAX = 200;
/** How many rows that the index has not reached yet are looked through. */
const TAIL_MAX = 500;

export type Search = ReturnType<typeof createSearch>;

interface HitRow {
  readonly id: number;
  readonly place: number;
  readonly title: string | null;
  readonly body: string;
  readonly authorId: string;
  readonly authorName: string;
  readonly createdAtMs: number;
}

/**
 * Search over posts, comments and one's own rooms: inside words, every word of the query, newest first. The index
 * only proposes; what is shown is checked against the text as it is now and against what one may read.
 */
export function createSearch(database: Database) {
  const { db } = database;

  /** The rooms of this person, latest first, as the index names them. */
  async function placesOf(me: Person): Promise<readonly number[]> {
    const rows = await db.all<{ id: number }>(sql`
      select r.id from room_members k join rooms r on r.id = k.room_id
      where k.user_id = ${me.userId} and r.last_message_id is not null
      order by r.position desc limit ${ROOMS_MAX}`);
    return rows.map((row) => row.id);
  }

  return {
    /** One kind of hits. `words` are folded (see domain/search). Without words nothing is found. */
    async find(
      me: Person,
      kind: FoundKind,
      words: readonly string[],
      page: { readonly before?: number | undefined; readonly limit?: number | undefined } = {},
    ): Promise<FoundList> {
      const limit = page.limit ?? FOUND_A_PAGE;
      const places = kind === "messages" ? await placesOf(me) : undefined;
      if (words.length === 0 || places?.length === 0) return { kind, found: [], before: undefined };
      const asked = { me, kind, words, places, before: page.before ?? Number.MAX_SAFE_INTEGER, limit: limit + 1 };
      const [indexed, tail] = await db.batch([db.all<HitRow>(indexedHits(asked)), db.all<HitRow>(newestRows(asked))]);
      const rows = [...tail, ...indexed];
      const shown = rows.slice(0, limit);
      return {
        kind,
        found: shown.filter((row) => hasAll(row, words)).map((row) => toFound(row, kind, words)),
        before: rows.length > limit ? shown.at(-1)?.id : undefined,
      };
    },
  };
}

interface Asked {
  readonly me: Person;
  readonly kind: FoundKind;
  readonly words: readonly string[];
  readonly places: readonly number[] | undefined;
  readonly before: number;
  readonly limit: number;
}

const COLUMNS: Readonly<Record<FoundKind, SQL>> = {
  messages: sql`x.room_id as place, null as title`,
  posts: sql`x.id as place, x.title`,
  comments: sql`x.post_id as place, null as title`,
};

function columns(kind: FoundKind): SQL {
  return sql`x.id, ${COLUMNS[kind]}, x.body, x.author_id as "authorId", a.name as "authorName", x.created_at_ms as "createdAtMs"`;
}

/** A comment goes with its post; a message belongs to those in its room now who have not folded it away by a block. */
function mayBeRead({ me, kind, places }: Pick<Asked, "me" | "kind" | "places">): SQL {
  if (kind === "messages") {
    return sql`x.room_id in (select value from json_each(${JSON.stringify(places)}))
      and not exists (select 1 from blocks b join rooms g on g.id = x.room_id and g.kind = 'group'
        where b.blocker_id = ${me.userId} and b.blocked_id = x.author_id)`;
  }
  if (kind === "posts") return sql`true`;
  return sql`exists (select 1 from posts p where p.id = x.post_id and p.deleted_at_ms is null)`;
}

function indexedHits({ me, kind, words, places, before, limit }: Asked): SQL {
  const inRooms = places && ` AND place : (${places.map((id) => `"p${id}"`).join(" OR ")})`;
  const match = `grams : (${matchOf(words)})${inRooms ?? ""}`;
  return sql`
    select ${columns(kind)} from ${sql.raw(`search_${kind}`)} s
    cross join ${sql.raw(kind)} x on x.id = s.rowid
    join accounts a on a.user_id = x.author_id
    where ${sql.raw(`search_${kind}`)} match ${match} and s.rowid < ${before}
      and x.deleted_at_ms is null and ${mayBeRead({ me, kind, places })}
    order by s.rowid desc limit ${limit}`;
}

/** What was written after the index's last visit: few rows, looked through as they are. */
function newestRows({ me, kind, words, places, before, limit }: Asked): SQL {
  const [longest = ""] = words.toSorted((a, b) => b.length - a.length);
  const pattern = `%${longest.replace(/[\\%_]/g, "\\$&")}%`;
  return sql`
    select ${columns(kind)}
    from (select * from ${sql.raw(kind)} where id > coalesce(
      (select cast(value as integer) from meta where key = ${`search:${kind}:id`}), 0)
      order by id desc limit ${TAIL_MAX}) x
    join accounts a on a.user_id = x.author_id
    where x.id < ${before} and x.deleted_at_ms is null
      and (x.body like ${pattern} escape '\\' ${kind === "posts" ? sql`or x.title like ${pattern} escape '\\'` : sql``})
      and ${mayBeRead({ me, kind, places })}
    order by x.id desc limit ${limit}`;
}

function hasAll(row: HitRow, words: readonly string[]): boolean {
  const text = fold(`${row.title ?? ""}\n${row.body}`);
  return words.every((word) => text.includes(word));
}

function toFound(row: HitRow, kind: FoundKind, words: readonly string[]): Found {
  return {
    kind,
    id: row.id,
    placeId: row.place,
    author: { userId: row.authorId, name: row.authorName },
    title: row.title === null ? undefined : marked(row.title, words),
    excerpt: excerptAround(row.body, words),
    createdAtMs: row.createdAtMs,
  };
}
