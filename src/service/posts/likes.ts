import { sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { BirdieError } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { changedAlarms, eventsOfChanged } from "../alarms/rows.ts";
import { raise, takeBack } from "../alarms/rules.ts";
import { noteLike, ownLikeEvent } from "../own-likes.ts";

/** How a thing stands for the one who liked it. */
export interface LikeState {
  /** The post itself, or that of the comment. */
  readonly postId: number;
  readonly likeCount: number;
  readonly isLikedByMe: boolean;
}

export interface Like {
  readonly me: string;
  readonly kind: "post" | "comment";
  readonly id: number;
  /** True to like, false to take it back. Either may be asked for again. */
  readonly isLiked: boolean;
  readonly nowMs: number;
}

interface StateRow {
  readonly postId: number;
  readonly likeCount: number;
  readonly isLiving: number;
  readonly isLikedByMe: number;
  readonly position: number;
}

/**
 * Likes, or takes a like back; again and again changes nothing. The like, the count and the alarm are one commit.
 * The thing itself carries the mark by which the statements know whether something changed: its `position` is the
 * act's own only when the count did.
 * @throws BirdieError `not_found`, `gone`
 */
export function like(database: Database, act: Like): Promise<LikeState> {
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const { alarms, state } = partsOf(database, act, mark);
      return [
        ...changeLike(database, act, mark),
        ...(act.isLiked
          ? raise(database, "LIKES", aboutOf(act, mark), { actor: act.me, nowMs: act.nowMs, position: next() })
          : takeBack(database, thingOf(act, "alarms"), { actor: act.me, nowMs: act.nowMs, position: next() })),
        state,
        ...alarms,
        ...noteLike(database, act, mark, isChanged(act, mark)),
      ];
    },
    done([, , , , [row], rows, counts, , [own]]) {
      if (!row) throw new BirdieError("not_found");
      if (row.isLiving === 0) throw new BirdieError("gone");
      const value = { postId: row.postId, likeCount: row.likeCount, isLikedByMe: row.isLikedByMe === 1 };
      if (row.position !== mark) return { value, events: [] };
      const heart = ownLikeEvent(act, { ...value, roomId: undefined }, own);
      return { value, events: [toldOf(act, row), heart, ...eventsOfChanged(rows, counts, mark)] };
    },
  });
}

/** The names that differ between liking a post and liking a comment. The thing is `t`. */
const NAMES = {
  post: {
    table: sql.raw("posts"),
    likes: sql.raw("post_likes"),
    id: sql.raw("post_id"),
    postId: sql.raw("t.id"),
    replyId: sql.raw("0"),
    target: "POST",
    lives: sql.raw("t.deleted_at_ms is null"),
  },
  comment: {
    table: sql.raw("comments"),
    likes: sql.raw("comment_likes"),
    id: sql.raw("comment_id"),
    postId: sql.raw("t.post_id"),
    replyId: sql.raw("t.id"),
    target: "POST_REPLY",
    lives: sql.raw(
      "(t.deleted_at_ms is null and exists (select 1 from posts p where p.id = t.post_id and p.deleted_at_ms is null))",
    ),
  },
} as const;

function changeLike(database: Database, { me, kind, id, isLiked, nowMs }: Like, mark: number) {
  const names = NAMES[kind];
  const count = sql`(select count(*) from ${names.likes} l where l.${names.id} = t.id)`;
  return [
    database.db.run(
      isLiked
        ? sql`insert into ${names.likes} (${names.id}, user_id, created_at_ms)
            select t.id, ${me}, ${nowMs} from ${names.table} t where t.id = ${id} and ${names.lives}
            on conflict do nothing`
        : sql`delete from ${names.likes} where ${names.id} = ${id} and user_id = ${me}
            and exists (select 1 from ${names.table} t where t.id = ${id} and ${names.lives})`,
    ),
    database.db.run(sql`
      update ${names.table} as t set like_count = ${count}, position = ${mark}
      where t.id = ${id} and t.like_count <> ${count}`),
  ] as const;
}

const isChanged = ({ kind, id }: Like, mark: number) =>
  sql`exists (select 1 from ${NAMES[kind].table} t where t.id = ${id} and t.position = ${mark})`;

/** Whom to alarm of what, if this act changed anything. */
function aboutOf({ kind, id }: Like, mark: number) {
  const names = NAMES[kind];
  return sql`
    select t.author_id as receiver, ${names.target} as target, ${names.postId} as post_id, ${names.replyId} as reply_id
    from ${names.table} t where t.id = ${id} and t.position = ${mark}`;
}

/** The alarms about likes of this thing, as a condition on the alarms table of that name. */
function thingOf({ kind, id }: Like, name: "alarms" | "al") {
  const al = sql.raw(name);
  return kind === "post"
    ? sql`${al}.post_id = ${id} and ${al}.reply_id = 0 and ${al}.kind = 'LIKES'`
    : sql`${al}.post_id = (select post_id from comments where id = ${id}) and ${al}.reply_id = ${id}
        and ${al}.kind = 'LIKES'`;
}

/** What is read at the end of the act. */
function partsOf(database: Database, act: Like, mark: number) {
  const names = NAMES[act.kind];
  return {
    state: database.db.all<StateRow>(sql`
      select ${names.postId} as "postId", t.like_count as "likeCount", t.position, ${names.lives} as "isLiving",
        exists (select 1 from ${names.likes} l where l.${names.id} = t.id and l.user_id = ${act.me}) as "isLikedByMe"
      from ${names.table} t where t.id = ${act.id}`),
    alarms: changedAlarms(database, thingOf(act, "al"), mark),
  };
}

function toldOf({ kind, id }: Like, { postId, likeCount }: StateRow): Event {
  return kind === "post"
    ? { type: "post-liked", postId, likeCount }
    : { type: "comment-liked", postId, commentId: id, likeCount };
}
