import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../database/open.ts";
import { prepared } from "../../database/plain.ts";
import type { Feed, PostPage, Thread } from "../../domain/post.ts";
import {
  type CommentRow,
  living,
  type PostRow,
  SHOWN,
  selectComments,
  selectPosts,
  toLikedComment,
  toLikedPost,
} from "./rows.ts";

export interface Paging {
  /** The `before` of the page before this one. */
  readonly before?: number | undefined;
}

export interface PostPaging extends Paging {
  /** A comment that must be on the page: everything from its thread on is shown. */
  readonly comment?: number | undefined;
}

const POSTS_PER_PAGE = 20;
const THREADS_PER_PAGE = 50;
/** How far back a page is stretched for one comment; beyond that it shows the threads around it. */
const THREADS_STRETCHED_MAX = 500;
/** Later threads shown with a comment that is too far back. */
const THREADS_AFTER = 25;
/** Replies shown of all threads of a page (and the one that was asked for): the newest of each, in turn. */
const REPLIES_PER_PAGE_MAX = 1_000;

// What a statement is given each time.
const ME = sql.placeholder("me");
const BEFORE = sql.placeholder("before");
const AUTHOR = sql.placeholder("author");
const POST_ID = sql.placeholder("postId");
const COMMENT = sql.placeholder("comment");
const LIMIT = sql.placeholder("limit");
/** Before nothing in particular: from the newest on. */
const NEWEST = Number.MAX_SAFE_INTEGER;

const newestPosts = (which: SQL) =>
  prepared<PostRow>(
    selectPosts(
      ME,
      sql`p.deleted_at_ms is null and p.id < ${BEFORE} and ${which} order by p.id desc limit ${POSTS_PER_PAGE + 1}`,
    ),
  );
const POSTS = { all: newestPosts(sql`true`), ofOne: newestPosts(sql`p.author_id = ${AUTHOR}`) };

/** The newest posts of all, or of one author, 20 a page, as one snapshot with their position. */
export async function readFeed(
  database: Database,
  me: string | undefined,
  author: string | undefined,
  { before = NEWEST }: Paging,
): Promise<Feed> {
  const values = { me: me ?? null, before };
  const [[position], rows] = await database.db.batch([
    database.currentPosition(),
    author === undefined ? POSTS.all(values) : POSTS.ofOne({ ...values, author }),
  ]);
  const posts = rows.slice(0, POSTS_PER_PAGE).map(toLikedPost);
  return {
    posts,
    before: rows.length > POSTS_PER_PAGE ? posts.at(-1)?.item.id : undefined,
    position: database.formatPosition(position?.value),
  };
}

/**
 * A post with its newest 50 threads (or those before `before`), as one snapshot with their position.
 * @throws BirdieError `not_found`, `gone`
 */
export async function readPostPage(
  database: Database,
  me: string | undefined,
  postId: number,
  paging: PostPaging,
): Promise<PostPage> {
  const { before = NEWEST, limit } = await boundsOf(database, postId, paging);
  const values = { me: me ?? null, postId, before, limit: limit + 1, comment: paging.comment ?? 0 };
  const [[position], [post], tops, replies] = await database.db.batch([
    database.currentPosition(),
    ONE_POST(values),
    THREADS(values),
    REPLIES(values),
  ]);
  const shown = tops.slice(0, limit);
  return {
    post: toLikedPost(living(post)),
    threads: toThreads(shown, replies),
    before: tops.length > limit ? shown.at(-1)?.id : undefined,
    position: database.formatPosition(position?.value),
  };
}

const SHOWN_THREADS = sql`c.post_id = ${POST_ID} and c.parent_id is null and ${SHOWN} and c.id < ${BEFORE}
  order by c.id desc limit ${LIMIT}`;
/**
 * The living replies of the threads (and of the one too many, which nobody looks for), oldest first. Where there are too
 * many, each thread gives its newest in turn, so that none of them keeps the others' away.
 */
const THEIR_REPLIES = sql`c.id in (
    select r.id from (
      select id, row_number() over (partition by parent_id order by id desc) as place from comments
      where post_id = ${POST_ID} and deleted_at_ms is null
        and parent_id in (select id from (select c.id from comments c where ${SHOWN_THREADS}))
    ) r order by r.id <> ${COMMENT}, r.place, r.id desc limit ${REPLIES_PER_PAGE_MAX}
  ) order by c.id`;
const ONE_POST = prepared<PostRow>(selectPosts(ME, sql`p.id = ${POST_ID}`));
const THREADS = prepared<CommentRow>(selectComments(ME, SHOWN_THREADS));
const REPLIES = prepared<CommentRow>(selectComments(ME, THEIR_REPLIES));

/** Whether the newest page of a post shows a comment's thread: fewer than 50 are newer. */
export async function isOnNewestPage(database: Database, postId: number, commentId: number): Promise<boolean> {
  const fromIt = await threadsFrom(database, postId, commentId, THREADS_PER_PAGE + 1);
  return fromIt.length <= THREADS_PER_PAGE;
}

/** How many threads to show, before which: for a comment, so many that its own is among them. */
async function boundsOf(database: Database, postId: number, { before, comment }: PostPaging) {
  if (comment === undefined || before !== undefined) return { before, limit: THREADS_PER_PAGE };
  const fromIt = await threadsFrom(database, postId, comment, THREADS_STRETCHED_MAX + 1);
  if (fromIt.length > THREADS_STRETCHED_MAX) return { before: fromIt[THREADS_AFTER]?.id, limit: THREADS_PER_PAGE };
  // Room for what is written between this look and the page's own snapshot.
  return { before, limit: Math.max(THREADS_PER_PAGE, fromIt.length + THREADS_AFTER) };
}

/** The threads from the one of a comment on, oldest first. None where the post has no such comment. */
function threadsFrom(database: Database, postId: number, comment: number, limit: number) {
  return database.db.all<{ readonly id: number }>(sql`
    select c.id from comments c
    where c.post_id = ${postId} and c.parent_id is null and ${SHOWN} and c.id >=
      (select coalesce(q.parent_id, q.id) from comments q where q.id = ${comment} and q.post_id = ${postId})
    order by c.id limit ${limit}`);
}

function toThreads(newestFirst: readonly CommentRow[], replies: readonly CommentRow[]): Thread[] {
  const repliesByParent = Map.groupBy(replies, (reply) => reply.parentId);
  return newestFirst.toReversed().map((top) => ({
    comment: toLikedComment(top),
    replies: (repliesByParent.get(top.id) ?? []).map(toLikedComment),
  }));
}
