import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/open.ts";
import type { Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Report, Reportable, Reports } from "../domain/report.ts";
import { reportsWaiting, waitingEvents } from "./admin/removal.ts";
import { isAdmin, isAnotherAdmin, noted } from "./admin/rights.ts";
import { OPEN_REPORTS } from "./counts.ts";
import { picturesOf, picturesWhere, readPictures } from "./pictures.ts";

const REPORTS_PER_PAGE = 20;
/** How many reports of one person may be open: who sends more is no help. */
const OPEN_MAX = 50;

/** What is reported, as its address names it. */
export interface ReportPlace {
  readonly kind: Reportable;
  readonly thingId: number;
  /** The room of a message. */
  readonly roomId?: number | undefined;
}

/** What somebody is about to report. */
export interface Reported {
  readonly author: Person;
  readonly body: string;
  /** The post of a comment, the room of a message; the post itself. */
  readonly placeId: number;
}

interface ThingRow extends Reported {
  readonly authorId: string;
  readonly authorName: string;
  readonly isGone: number;
}

interface ReportRow extends Omit<Report, "author" | "reporter" | "isGone" | "mayDismiss" | "pictures"> {
  readonly authorId: string;
  readonly authorName: string;
  readonly reporterId: string;
  readonly reporterName: string;
  readonly isGone: number;
  readonly mayDismiss: number;
  /** JSON, or null; see picturesOf. */
  readonly pictures: string | null;
}

export type ReportActs = ReturnType<typeof createReports>;

/** Asking the admins to look at something, and what they see of it. */
export function createReports({ database, nowMs }: { readonly database: Database; readonly nowMs: () => number }) {
  const { db } = database;

  /** @throws BirdieError `not_found` for what this person cannot see, `gone`, `forbidden` for one's own */
  function reportable(row: ThingRow | undefined, me: Person): Reported {
    if (!row) throw new BirdieError("not_found");
    if (row.isGone === 1) throw new BirdieError("gone");
    if (row.authorId === me.userId) throw new BirdieError("forbidden", "one deletes what is one's own");
    return { author: { userId: row.authorId, name: row.authorName }, body: row.body, placeId: row.placeId };
  }

  return {
    /** What this person is about to report. */
    async look(me: Person, place: ReportPlace): Promise<Reported> {
      const [row] = await thingRows(me, place);
      return reportable(row, me);
    },

    /**
     * Tells the admins of it, with the words as they stand. Twice is once; what an admin has left alone stays so.
     * @throws BirdieError also `too_many` with 50 of one's own open
     */
    async report(me: Person, place: ReportPlace, reason: string): Promise<void> {
      const { kind, thingId } = place;
      const openCount = sql`(select count(*) from reports where reporter_id = ${me.userId} and closed_at_ms is null)`;
      await database.commit({
        statements: () => [
          thingRows(me, place),
          db.all<{ count: number }>(sql`select ${openCount} as count`),
          db.run(sql`
            insert into reports (kind, thing_id, place_id, author_id, body, reporter_id, reason, created_at_ms)
            select ${kind}, ${thingId}, t.place_id, t.author_id, t.body, ${me.userId}, ${reason}, ${nowMs()}
            from (${thing(me, place)}) t
            where t.is_gone = 0 and t.author_id <> ${me.userId} and ${openCount} < ${OPEN_MAX}
            on conflict do nothing`),
          reportsWaiting(database, { nowMs: nowMs(), condition: sql`true` }),
        ],
        done([[row], [open], , waiting]) {
          reportable(row, me);
          if ((open?.count ?? 0) >= OPEN_MAX) throw new BirdieError("too_many");
          return { value: undefined, events: waitingEvents(waiting) };
        },
      });
    },

    /** What waits for an admin, the oldest first, 20 a page. */
    async open(me: Person, after = 0): Promise<Reports> {
      const [rows, [count]] = await db.batch([
        reportRows(me, sql`r.closed_at_ms is null and r.id > ${after}`),
        db.all<{ count: number }>(sql`select ${OPEN_REPORTS} as count`),
      ]);
      const reports = rows.slice(0, REPORTS_PER_PAGE).map((row) => toReport(row, me));
      const hasMore = rows.length > REPORTS_PER_PAGE;
      return { reports, openCount: count?.count ?? 0, after: hasMore ? reports.at(-1)?.id : undefined };
    },

    /** How many things wait for an admin. */
    async openCount(): Promise<number> {
      const [row] = await db.all<{ count: number }>(sql`select ${OPEN_REPORTS} as count`);
      return row?.count ?? 0;
    },

    /** One that waits. @throws BirdieError `not_found` */
    async find(me: Person, id: number): Promise<Report> {
      const [row] = await reportRows(me, sql`r.closed_at_ms is null and r.id = ${id}`);
      if (!row) throw new BirdieError("not_found");
      return toReport(row, me);
    },

    /**
     * An admin has looked and leaves it: so for everybody who reported the same thing.
     * @throws BirdieError `not_found`, `forbidden` for what is about oneself, where there is another admin
     */
    async dismiss(me: Person, id: number): Promise<void> {
      const atMs = nowMs();
      const isMine = sql`(exists (select 1 from reports r where r.id = ${id} and not ${mayDismiss(me)}))`;
      const isAllowed = sql`(${isAdmin(me.userId, atMs)} and not ${isMine})`;
      const same = sql`closed_at_ms is null
        and (kind, thing_id) = (select kind, thing_id from reports where id = ${id} and closed_at_ms is null)`;
      await database.commit({
        statements: () => [
          db.all<{ isMine: number }>(sql`select ${isMine} as "isMine"`),
          noted(
            database,
            {
              admin: me.userId,
              act: "dismiss",
              about: sql`(select author_id from reports where id = ${id})`,
              kind: sql`(select kind from reports where id = ${id})`,
              thingId: sql`(select thing_id from reports where id = ${id})`,
              nowMs: atMs,
            },
            sql`${isAllowed} and exists (select 1 from reports where id = ${id} and closed_at_ms is null)`,
          ),
          db.all<{ id: number }>(sql`
            update reports set closed_at_ms = ${atMs} where ${same} and ${isAllowed} returning id`),
          reportsWaiting(database, { nowMs: atMs, condition: isAllowed }),
        ],
        done([[about], , closed, waiting]) {
          if (about?.isMine === 1) throw new BirdieError("forbidden", "it is about you: another admin looks at it");
          if (closed.length === 0) throw new BirdieError("not_found");
          return { value: undefined, events: waitingEvents(waiting) };
        },
      });
    },
  };

  function thingRows(me: Person, place: ReportPlace) {
    return db.all<ThingRow>(sql`
      select t.author_id as "authorId", a.name as "authorName", t.body, t.place_id as "placeId", t.is_gone as "isGone"
      from (${thing(me, place)}) t join accounts a on a.user_id = t.author_id`);
  }

  /** Of a row `r` of reports. */
  function mayDismiss(me: Person): SQL {
    return sql`(r.author_id <> ${me.userId} or not exists (select 1 from accounts where ${isAnotherAdmin(me.userId, nowMs())}))`;
  }

  function reportRows(me: Person, where: SQL) {
    return db.all<ReportRow>(sql`
      select r.id, r.kind, r.thing_id as "thingId", r.place_id as "placeId", r.body, r.reason,
        r.created_at_ms as "atMs", r.author_id as "authorId", a.name as "authorName", r.reporter_id as "reporterId",
        ${mayDismiss(me)} as "mayDismiss",
        -- A message is gone for good with its room, which goes with the last one in it.
        p.name as "reporterName", case r.kind
          when 'post' then exists (select 1 from posts where id = r.thing_id and deleted_at_ms is not null)
          when 'comment' then exists (select 1 from comments c join posts o on o.id = c.post_id
            where c.id = r.thing_id and (c.deleted_at_ms is not null or o.deleted_at_ms is not null))
          else m.id is null or m.deleted_at_ms is not null end as "isGone",
        case r.kind when 'message' then ${picturesOf("m")} else ${picturesWhere(sql`
          ((r.kind = 'post' and post_id = r.thing_id) or (r.kind = 'comment' and comment_id = r.thing_id))`)} end as "pictures"
      from reports r join accounts a on a.user_id = r.author_id join accounts p on p.user_id = r.reporter_id
        left join messages m on r.kind = 'message' and m.id = r.thing_id
      where ${where} order by r.id limit ${REPORTS_PER_PAGE + 1}`);
  }
}

/** The thing as one row, if this person can see it: posts and comments are for everybody, messages for members. */
function thing(me: Person, { kind, thingId, roomId = 0 }: ReportPlace): SQL {
  switch (kind) {
    case "post":
      return sql`select author_id, id as place_id, title || char(10) || body as body, deleted_at_ms is not null as is_gone
        from posts where id = ${thingId}`;
    case "comment":
      return sql`select c.author_id, c.post_id as place_id, c.body,
          c.deleted_at_ms is not null or p.deleted_at_ms is not null as is_gone
        from comments c join posts p on p.id = c.post_id where c.id = ${thingId}`;
    case "message":
      return sql`select author_id, room_id as place_id, body, deleted_at_ms is not null as is_gone from messages
        where id = ${thingId} and room_id = ${roomId}
          and exists (select 1 from room_members where room_id = ${roomId} and user_id = ${me.userId})`;
    default:
      return kind satisfies never;
  }
}

function toReport({ authorId, authorName, reporterId, reporterName, ...row }: ReportRow, me: Person): Report {
  const { isGone, mayDismiss, pictures } = row;
  return {
    ...row,
    author: { userId: authorId, name: authorName },
    reporter: authorId === me.userId ? undefined : { userId: reporterId, name: reporterName },
    isGone: isGone === 1,
    mayDismiss: mayDismiss === 1,
    pictures: readPictures(pictures),
  };
}
