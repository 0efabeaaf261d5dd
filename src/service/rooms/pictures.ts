import { type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "../../database/open.ts";
import { invalid } from "../../domain/errors.ts";
import type { ChosenPicture, Picture } from "../../domain/picture.ts";
import { toPicture } from "../pictures.ts";

/** The count of a quote, only where there are any. */
export function countedPictures(count: number | null): { readonly pictureCount?: number } {
  return count === null || count === 0 ? {} : { pictureCount: count };
}

/** A picture of a line that is being said, after it was (or was not) taken. */
interface TakenRow extends Picture {
  readonly roomId: number;
  readonly uploaderId: string;
  readonly messageId: number | null;
  readonly isDropped: number;
}

/** A line that may carry pictures. */
interface Carrying {
  readonly roster: { readonly roomId: number };
  readonly author: { readonly userId: string };
  readonly pictures?: readonly ChosenPicture[] | undefined;
}

export interface Taking {
  /** Behind the insert of the lines: takes the pictures, and reads what came of it. */
  readonly statements: readonly Statement[];
  /** More columns of that insert. */
  readonly columns: SQL;
  /** Their values, of a line `j` whose position is `p`. */
  readonly values: SQL;
  /** More of its `where`: every picture of the line is there to be taken, by its uploader, in its room. */
  readonly where: SQL;
}

/** How lines with pictures are said, each picture for one message; undefined where no line has any. */
export function takingOf(
  database: Database,
  lines: readonly Carrying[],
  positions: readonly number[],
): Taking | undefined {
  const wanted = lines.flatMap(({ roster, author, pictures = [] }, i) =>
    pictures.map(({ id, alt }, n) => ({
      p: positions[i],
      r: roster.roomId,
      a: author.userId,
      id,
      alt: alt ?? null,
      n,
    })),
  );
  if (wanted.length === 0) return undefined;
  const json = JSON.stringify(wanted);
  const ofLine = sql`from json_each(${json}) x where x.value ->> 'p' = j.value ->> 'p'`;
  return {
    columns: sql`, picture_count`,
    values: sql`, (select count(*) ${ofLine})`,
    where: sql`and not exists (select 1 ${ofLine} and not exists (
      select 1 from pictures p
      where p.id = x.value ->> 'id' and p.uploader_id = x.value ->> 'a' and p.room_id = x.value ->> 'r'
        and p.message_id is null and p.is_dropped = 0
        and not exists (select 1 from json_each(${json}) y where y.key < x.key and y.value ->> 'id' = p.id)))`,
    statements: [
      database.db.run(sql`
        update pictures set message_id = s.message_id, place = s.place, alt = coalesce(s.alt, pictures.alt)
        from (
          select m.id as message_id, x.value ->> 'n' as place, x.value ->> 'id' as id, x.value ->> 'alt' as alt
          from json_each(${json}) x cross join messages m on m.id = x.value ->> 'p'
        ) s where pictures.id = s.id`),
      takenRows(
        database,
        wanted.map(({ id }) => id),
      ),
    ],
  };
}

/**
 * For what is said together, after it was written (from position `first` on): some picture of a line was not taken. The
 * same picture in two lines is refused before.
 */
export function isAnyNotTaken(
  userId: string,
  lines: readonly (Carrying & { clientId: string | undefined })[],
  first: number,
) {
  const wanted = lines.flatMap(({ roster, clientId, pictures = [] }) =>
    pictures.map(({ id }) => ({ id, r: roster.roomId, c: clientId ?? null })),
  );
  if (wanted.length === 0) return sql`false`;
  return sql`exists (select 1 from json_each(${JSON.stringify(wanted)}) j
    where not exists (select 1 from pictures p join messages m on m.id = p.message_id
      where p.id = j.value ->> 'id' and m.author_id = ${userId} and m.room_id = j.value ->> 'r'
        and (m.id >= ${first} or m.client_id = j.value ->> 'c')))`;
}

/** @throws BirdieError `invalid` where two lines of one act name the same picture */
export function checkOnce(lines: readonly { readonly pictures?: readonly ChosenPicture[] | undefined }[]): void {
  const ids = lines.flatMap(({ pictures = [] }) => pictures.map(({ id }) => id));
  if (new Set(ids).size < ids.length) throw invalid({ field: "pictures", rule: "wrong" });
}

function takenRows(database: Database, ids: readonly string[]) {
  return database.db.all<TakenRow>(sql`
    select id, width, height, alt, room_id as "roomId", uploader_id as "uploaderId", message_id as "messageId",
      is_dropped as "isDropped"
    from pictures where id in (select value from json_each(${JSON.stringify(ids)})) order by place`);
}

/** What came of the pictures of the lines that were said together. */
export class Taken {
  readonly #rows: readonly TakenRow[];

  constructor(rows: unknown) {
    this.#rows = (rows ?? []) as readonly TakenRow[];
  }

  /** Those of a message that carries them now. */
  of(messageId: number): readonly Picture[] {
    return this.#rows.filter((row) => row.messageId === messageId).map(toPicture);
  }

  /** Whether a line was not stored because of its pictures. */
  hindered({ roster, author, pictures = [] }: Carrying): boolean {
    return pictures.some(({ id }) => {
      const row = this.#rows.find((one) => one.id === id);
      const isOwn = row?.roomId === roster.roomId && row.uploaderId === author.userId;
      return !isOwn || row.messageId !== null || row.isDropped === 1;
    });
  }
}
