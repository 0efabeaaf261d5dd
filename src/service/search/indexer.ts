import { sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { FoundKind } from "../../domain/search.ts";
import { gramsOf } from "./grams.ts";

/** How many rows, and letters in them, one commit takes into the index: keeps each to a few milliseconds. */
const ROWS_PER_COMMIT = 50;
const LETTERS_PER_COMMIT = 2_000;
/** How long after something was written the index follows. What is newer is looked through without it. */
const DELAY_MS = 200;
/** Something was written so lately that the next may be under way. */
const BUSY_MS = 50;

interface IndexedRow {
  readonly id: number;
  readonly text: string;
  readonly place: number;
  readonly position: number;
  readonly isGone: number;
}

export interface Indexer {
  /** Something was written, edited or deleted. */
  wake(): void;
  /** Resolves once the index holds all that is there. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Of which table the texts are, and what is searched in them. */
const SOURCES: Readonly<Record<FoundKind, { readonly table: string; readonly text: string; readonly place: string }>> =
  {
    messages: { table: "messages", text: "body", place: "room_id" },
    posts: { table: "posts", text: "title || char(10) || body", place: "0" },
    comments: { table: "comments", text: "body", place: "post_id" },
  };

/**
 * Keeps the search index up, behind the acts of people and never in their way: chat lines are stored at full speed, and
 * the index follows in commits of its own. How far it is stands in `meta`, in the same commits, so a crash costs nothing.
 */
export function createIndexer(database: Database, onFault: (error: unknown) => void): Indexer {
  const { db } = database;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;
  /** When something was last written. */
  let wokenMs = Number.NEGATIVE_INFINITY;

  async function run(): Promise<void> {
    for (const kind of Object.keys(SOURCES) as FoundKind[]) {
      for (let hasMore = true; hasMore && !isStopped; ) {
        const startMs = performance.now();
        hasMore = await indexSome(kind);
        // While much is being said the index takes a twentieth of the time at most; in quiet, half of it.
        const isBusy = startMs - wokenMs < BUSY_MS;
        if (hasMore) await rest((isBusy ? 19 : 1) * (performance.now() - startMs));
      }
    }
  }

  /** Takes what is new by id and what has changed since, a limited number. True while there may be more. */
  async function indexSome(kind: FoundKind): Promise<boolean> {
    const { table, text, place } = SOURCES[kind];
    const newest = await db.all<IndexedRow>(sql`
      select id, ${sql.raw(text)} as text, ${sql.raw(place)} as place, position, deleted_at_ms is not null as "isGone"
      from ${sql.raw(table)}
      where id > ${reached(kind, "id")}
      order by id limit ${ROWS_PER_COMMIT}`);
    const edited = await db.all<IndexedRow>(sql`
      select id, ${sql.raw(text)} as text, ${sql.raw(place)} as place, position, deleted_at_ms is not null as "isGone"
      from ${sql.raw(table)}
      where position > written_position and position > ${reached(kind, "position")} and id <= ${reached(kind, "id")}
      order by position limit ${ROWS_PER_COMMIT}`);
    const rows = enough(newest);
    const changed = enough(edited);
    if (rows.length + changed.length === 0) return false;
    const all = [...rows, ...changed];
    const entries = all
      .filter((row) => row.isGone === 0)
      .map((row) => ({ id: row.id, grams: gramsOf(row.text), place: `p${row.place}` }));
    const index = sql.raw(`search_${kind}`);
    await database.commit({
      statements: () => [
        db.run(sql`delete from ${index} where rowid in
          (select value from json_each(${JSON.stringify(changed.map((row) => row.id))}))`),
        db.run(sql`insert into ${index} (rowid, grams, place)
          select value ->> 'id', value ->> 'grams', value ->> 'place' from json_each(${JSON.stringify(entries)})`),
        remember(kind, "id", rows.at(-1)?.id),
        remember(kind, "position", changed.at(-1)?.position),
      ],
      done: () => ({ value: undefined, events: [] }),
    });
    return (
      [newest.length, edited.length].includes(ROWS_PER_COMMIT) ||
      rows.length < newest.length ||
      changed.length < edited.length
    );
  }

  function rest(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }

  const keyOf = (kind: FoundKind, what: "id" | "position") => `search:${kind}:${what}`;
  function reached(kind: FoundKind, what: "id" | "position") {
    return sql`coalesce((select cast(value as integer) from meta where key = ${keyOf(kind, what)}), 0)`;
  }
  /** Undefined: as before. */
  function remember(kind: FoundKind, what: "id" | "position", value: number | undefined) {
    return db.run(sql`
      insert into meta (key, value) select ${keyOf(kind, what)}, ${String(value ?? 0)} where ${value ?? 0} > 0
      on conflict (key) do update set value = excluded.value`);
  }

  function start(): Promise<void> {
    running ??= run()
      .catch(onFault)
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  return {
    wake() {
      if (isStopped) return;
      wokenMs = performance.now();
      timer ??= setTimeout(() => {
        timer = undefined;
        void start();
      }, DELAY_MS);
    },
    async caughtUp() {
      clearTimeout(timer);
      timer = undefined;
      await running;
      await start();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

/** As many of the rows as one commit takes; one at least. */
function enough(rows: readonly IndexedRow[]): readonly IndexedRow[] {
  let letters = 0;
  const end = rows.findIndex((row) => {
    letters += row.text.length;
    return letters > LETTERS_PER_COMMIT;
  });
  return end < 0 ? rows : rows.slice(0, Math.max(1, end));
}
