import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import type { ChosenPicture } from "../../domain/picture.ts";
import { FOR_POSTS, IS_UNUSED } from "../pictures.ts";

/** What is written with pictures: by whom, and which. */
interface Carrying {
  readonly me: string;
  readonly pictures: readonly ChosenPicture[];
}

/** As a condition: every one of them is there to be taken, brought in by the author for a post, and used for nothing. */
export function areTakeable({ me, pictures }: Carrying): SQL {
  if (pictures.length === 0) return sql`true`;
  return sql`not exists (select 1 from json_each(${jsonOf(pictures)}) x where not exists (
    select 1 from pictures p where p.id = x.value ->> 'id' and p.uploader_id = ${me} and p.room_id = ${FOR_POSTS}
      and ${IS_UNUSED} and p.is_dropped = 0))`;
}

/** The statement behind the insert that gives them to what was written: `row` selects its id, or nothing. */
export function takePictures(database: Database, kind: "post" | "comment", row: SQL, pictures: Carrying["pictures"]) {
  const column = sql.raw(`${kind}_id`);
  return database.db.run(sql`
    update pictures set ${column} = s.id, place = s.place, alt = coalesce(s.alt, pictures.alt)
    from (select w.id, x.key as place, x.value ->> 'id' as picture, x.value ->> 'alt' as alt
      from json_each(${jsonOf(pictures)}) x cross join (${row}) w) s
    where pictures.id = s.picture`);
}

/** The statements that take some of them away again, where an edit has set `position`: with the count of what is left. */
export function dropPictures(
  database: Database,
  kind: "post" | "comment",
  { id, position, dropped }: { readonly id: number; readonly position: number; readonly dropped: readonly string[] },
) {
  const column = sql.raw(`${kind}_id`);
  const table = sql.raw(`${kind}s`);
  return [
    database.db.run(sql`
      update pictures set is_dropped = 1
      where id in (select value from json_each(${JSON.stringify(dropped)})) and ${column} = ${id}
        and exists (select 1 from ${table} where id = ${id} and position = ${position})`),
    database.db.run(sql`
      update ${table} set picture_count = (select count(*) from pictures where ${column} = ${id} and is_dropped = 0)
      where id = ${id} and position = ${position} and picture_count > 0`),
  ] as const;
}

function jsonOf(pictures: Carrying["pictures"]): string {
  return JSON.stringify(pictures.map(({ id, alt }) => ({ id, alt: alt ?? null })));
}
