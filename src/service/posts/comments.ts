import { sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { BirdieError, invalid } from "../../domain/errors.ts";
import type { Event } from "../../domain/event.ts";
import { mentionsIn } from "../../domain/mention.ts";
import type { Comment, NewComment } from "../../domain/post.ts";
import { followRemoval, mayRemove, tellAuthor, waitingEvents } from "../admin/removal.ts";
import { changedAlarms, eventsOfChanged } from "../alarms/rows.ts";
import { mention, raise, retract, unmention } from "../alarms/rules.ts";
import { mayAct } from "../banned.ts";
import { areTakeable, dropPictures, takePictures } from "./pictures.ts";
import { type CommentRow, commentRows, living, own, POST_LIVES, SHOWN, toComment } from "./rows.ts";

/** A comment that was just written. */
export interface Written {
  readonly comment: Comment;
  readonly commentCount: number;
}

export interface CommentRemoved {
  readonly postId: number;
  readonly commentId: number;
  /** A place holder stays, because there are replies. */
  readonly isKept: boolean;
  readonly commentCount: number;
}

interface Writing extends NewComment {
  readonly me: string;
  readonly postId: number;
  readonly nowMs: number;
}

interface CommentChange {
  readonly me: string;
  readonly commentId: number;
  readonly nowMs: number;
}

interface PlaceRow {
  readonly deletedAtMs: number | null;
  readonly commentCount: number;
  /** Of the comment replied to: 1 living, 0 deleted, null not one of this post (or none was asked for). */
  readonly isParentLiving: number | null;
}

/**
 * Writes a comment, or a reply: one to a reply hangs under the top comment, but alarms whom it answers.
 * The comment, the count and its alarms (the one replied to, the post's author, whom it names) are one commit.
 * @throws BirdieError `not_found` (post, or a parent that is not one of its comments), `gone`, `invalid` (a picture)
 */
export function writeComment(database: Database, writing: Writing): Promise<Written> {
  const { db } = database;
  const { me, postId, parentId, body, pictures = [], nowMs } = writing;
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const parent = parentId === undefined ? sql`null` : topOf(postId, parentId);
      const named = mentionsIn(body);
      return [
        db.run(sql`
          insert into comments (post_id, parent_id, author_id, body, picture_count, created_at_ms, position, written_position)
          select p.id, ${parent}, ${me}, ${body}, ${pictures.length}, ${nowMs}, ${mark}, ${mark} from posts p
          where p.id = ${postId} and p.deleted_at_ms is null and ${mayAct(me, nowMs)} and ${areTakeable({ me, pictures })}
            ${parentId === undefined ? sql`` : sql`and ${parent} is not null`}`),
        takePictures(
          database,
          "comment",
          sql`select id from comments where post_id = ${postId} and position = ${mark}`,
          pictures,
        ),
        recount(database, sql`${postId}`),
        ...raise(database, "REPLY", repliedTo(writing, mark), { actor: me, nowMs, position: next() }),
        ...raise(database, "REPLY", authorOfPost(writing, mark), { actor: me, nowMs, position: next() }),
        // Behind the two above: whom they tell need not be told twice of one comment.
        ...mention(database, { actor: me, nowMs, named, positions: named.map(next), about: newComment(postId, mark) }),
        commentRows(database, undefined, sql`c.post_id = ${postId} and c.position = ${mark}`),
        placeOf(database, writing),
        ...changedAlarms(
          database,
          sql`al.post_id = ${postId}
            and al.reply_id = (select id from comments where post_id = ${postId} and position = ${mark})`,
          mark,
        ),
      ];
    },
    done([, , , , , , , , , [row], [found], rows, counts]) {
      const place = living(found);
      if (!row) throw whyNot(writing, place);
      const comment = toComment(row);
      const { commentCount } = place;
      return {
        value: { comment, commentCount },
        events: [{ type: "comment-written", comment, commentCount }, ...eventsOfChanged(rows, counts, mark)],
      };
    },
  });
}

/** Of a comment that was not stored although its post is there. */
function whyNot({ parentId, pictures = [] }: Writing, { isParentLiving }: PlaceRow): BirdieError {
  if (isParentLiving === 0) return new BirdieError("gone");
  if (parentId !== undefined && isParentLiving === null) return new BirdieError("not_found");
  return pictures.length > 0 ? invalid({ field: "pictures", rule: "wrong" }) : new BirdieError("sign_in_ended");
}

/**
 * Replaces the text of one's own comment. Alarms about it show the new one from now on; whom it names for the first
 * time hears of it, and whom it no longer names has not been mentioned.
 * @throws BirdieError `not_found`, `gone`, `forbidden`
 */
export function editComment(
  database: Database,
  { me, commentId, nowMs }: CommentChange,
  { body, dropped }: { readonly body: string; readonly dropped: readonly string[] },
) {
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const named = mentionsIn(body);
      const isMine = sql`c.id = ${commentId} and c.author_id = ${me} and c.deleted_at_ms is null and ${POST_LIVES}`;
      const about = sql`select 'POST_REPLY' as target, c.post_id, 0 as room_id, c.id as reply_id, c.body as before
        from comments c where ${isMine}`;
      const postId = sql`(select post_id from comments where id = ${commentId} and position = ${mark})`;
      return [
        ...mention(database, { actor: me, nowMs, named, positions: named.map(next), about }),
        database.db.run(sql`
          update comments as c set body = ${body}, edited_at_ms = ${nowMs}, position = ${mark} where ${isMine}`),
        unmention(database, sql`post_id = ${postId} and reply_id = ${commentId}`, { named, nowMs, position: next() }),
        ...dropPictures(database, "comment", { id: commentId, position: mark, dropped }),
        commentRows(database, me, sql`c.id = ${commentId}`),
        ...changedAlarms(database, sql`al.post_id = ${postId} and al.reply_id = ${commentId}`, mark),
      ];
    },
    done([, , , , , , [row], rows, counts]) {
      const comment = toComment(ownAndMarked(row, me, mark));
      return { value: comment, events: [{ type: "comment-edited", comment }, ...eventsOfChanged(rows, counts, mark)] };
    },
  });
}

/**
 * Deletes one's own comment, or as an admin anybody's: its text and likes go, and with them every alarm about it. While
 * it has replies a place holder stays; the last reply of such a place holder takes it along.
 * @throws BirdieError `not_found`, `gone`, `forbidden`
 */
export function removeComment(database: Database, { me, commentId, nowMs }: CommentChange): Promise<CommentRemoved> {
  const { db } = database;
  let mark = 0;
  return database.commit({
    statements(next) {
      mark = next();
      const removed = sql`(select 1 from comments c where c.id = ${commentId} and c.position = ${mark})`;
      const postId = sql`(select post_id from comments where id = ${commentId})`;
      const removal = { me, kind: "comment", thingId: commentId, nowMs } as const;
      return [
        tellAuthor(database, { ...removal, where: POST_LIVES, position: next() }),
        db.run(sql`
          update comments as c set deleted_at_ms = ${nowMs}, body = '', like_count = 0, position = ${mark}
          where c.id = ${commentId} and ${mayRemove(me, nowMs)} and c.deleted_at_ms is null and ${POST_LIVES}`),
        db.run(sql`delete from comment_likes where comment_id = ${commentId} and exists ${removed}`),
        recount(database, postId),
        // The place holder above it, if this was its last reply: it changed too, in that it goes.
        db.run(sql`
          update comments as c set position = ${mark}
          where c.id = (select parent_id from comments where id = ${commentId}) and exists ${removed} and not ${SHOWN}`),
        retract(
          database,
          sql`post_id = ${postId} and exists ${removed} and (reply_id = ${commentId} or ${answersTo(commentId)})`,
          { nowMs, position: next() },
        ),
        commentRows(database, me, sql`c.id = ${commentId}`),
        commentRows(
          database,
          me,
          sql`c.id = (select parent_id from comments where id = ${commentId}) and c.position = ${mark}`,
        ),
        db.all<{ readonly commentCount: number }>(
          sql`select comment_count as "commentCount" from posts where id = ${postId}`,
        ),
        ...changedAlarms(database, sql`al.post_id = ${postId}`, mark),
        ...followRemoval(database, removal, sql`exists ${removed}`),
      ];
    },
    done([, , , , , , [found], [placeHolder], [post], rows, counts, , , waiting]) {
      const row = removedNow(found, me, mark);
      const commentCount = post?.commentCount ?? 0;
      const value = { postId: row.postId, commentId, isKept: row.hasReplies === 1, commentCount };
      const events: Event[] = [{ type: "comment-deleted", ...value }];
      if (placeHolder) events.push({ type: "comment-deleted", ...value, commentId: placeHolder.id, isKept: false });
      return { value, events: [...events, ...eventsOfChanged(rows, counts, mark), ...waitingEvents(waiting)] };
    },
  });
}

/** The comment a reply to `parentId` hangs under: itself or, if that is a reply, its own parent. Null if it may not. */
function topOf(postId: number, parentId: number) {
  return sql`(select coalesce(q.parent_id, q.id) from comments q
    where q.id = ${parentId} and q.post_id = ${postId} and q.deleted_at_ms is null)`;
}

function recount(database: Database, postId: ReturnType<typeof sql>) {
  return database.db.run(sql`
    update posts set comment_count =
      (select count(*) from comments c where c.post_id = posts.id and c.deleted_at_ms is null)
    where id = ${postId}`);
}

/** The alarm for the one whose comment was answered. */
function repliedTo({ postId, parentId }: Writing, mark: number) {
  return sql`
    select q.author_id as receiver, 'POST_REPLY' as target, c.post_id, c.id as reply_id
    from comments c join comments q on q.id = ${parentId ?? 0}
    where c.post_id = ${postId} and c.position = ${mark}`;
}

/** The alarm for the post's author, unless it was the author who was answered: one per person and comment. */
function authorOfPost({ postId, parentId }: Writing, mark: number) {
  return sql`
    select p.author_id as receiver, 'POST' as target, c.post_id, c.id as reply_id
    from comments c join posts p on p.id = c.post_id left join comments q on q.id = ${parentId ?? 0}
    where c.post_id = ${postId} and c.position = ${mark} and p.author_id is not q.author_id`;
}

/** The comment that was just written, for whom it names. */
function newComment(postId: number, mark: number) {
  return sql`select 'POST_REPLY' as target, c.post_id, 0 as room_id, c.id as reply_id, '' as before
    from comments c where c.post_id = ${postId} and c.position = ${mark}`;
}

/** How things stand around a new comment; the reasons where there is none. */
function placeOf(database: Database, { postId, parentId }: Writing) {
  return database.db.all<PlaceRow>(sql`
    select p.deleted_at_ms as "deletedAtMs", p.comment_count as "commentCount",
      (select q.deleted_at_ms is null from comments q where q.id = ${parentId ?? 0} and q.post_id = p.id)
        as "isParentLiving"
    from posts p where p.id = ${postId}`);
}

/**
 * The alarms that told the author of the comment of answers to it, as a condition on the table `alarms`. A reply does
 * not say which comment of its thread it answers; so a deleted reply takes them along once its author has nothing
 * else there. The alarms of others about those answers stay, as the answers do.
 */
function answersTo(commentId: number) {
  return sql`(kind = 'REPLY' and target = 'POST_REPLY' and exists (
    select 1 from comments d join comments a on a.id = alarms.reply_id and a.parent_id = coalesce(d.parent_id, d.id)
    where d.id = ${commentId} and d.author_id = alarms.receiver and (d.parent_id is null or not exists (
      select 1 from comments o where o.post_id = d.post_id and o.author_id = d.author_id and o.deleted_at_ms is null
        and (o.id = d.parent_id or o.parent_id = d.parent_id)))))`;
}

/** The changed row; `gone` where a deleted post kept it from changing. */
function ownAndMarked(row: CommentRow | undefined, me: string, mark: number): CommentRow {
  const found = own(row, me);
  if (found.position !== mark) throw new BirdieError("gone");
  return found;
}

/** The row if this act deleted it, else why it did not. */
function removedNow(row: CommentRow | undefined, me: string, mark: number): CommentRow {
  return row?.position === mark ? row : ownAndMarked(row, me, mark);
}
