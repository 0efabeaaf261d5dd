import { Hono } from "hono";
import type { RenderContext } from "../../views/context.ts";
import { ids } from "../../views/ids.ts";
import { paths } from "../../views/paths.ts";
import { EditCommentPage, EditPostPage, FeedPage, LikeForm, PostPage, PostPush } from "../../views/posts.tsx";
import type { Person } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import { type Input, readId } from "../domain/input.ts";
import { droppedIn } from "../domain/picture.ts";
import { type Comment, type Post, parseComment, parsePost } from "../domain/post.ts";
import type { ChoiceActs } from "../service/choices.ts";
import { FOR_POSTS, type Pictures } from "../service/pictures.ts";
import type { LikeState, Posts, Written } from "../service/posts.ts";
import {
  answerFragment,
  answerJson,
  answerPage,
  isHtmx,
  page,
  pathOf,
  readInput,
  requirePrincipal,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { commentJson, feedJson, postJson, postPageJson } from "./json.ts";
import { createOnce } from "./once.ts";
import type { WebEnv } from "./principal.ts";
import { STATUS } from "./refusal.tsx";
import { type Draft, isForPage, type Refused, readWritten } from "./written.ts";

export interface PostRoutesOptions {
  readonly posts: Posts;
  readonly choices: Pick<ChoiceActs, "isMuted">;
  readonly pictures: Pictures;
  /** Of one file. */
  readonly pictureBytes: number;
}

type Parts = Omit<PostRoutesOptions, "choices">;

/** Posts, comments and likes. Reading is for everybody, acts are for members. What programs get: json.ts. */
export function postRoutes(options: PostRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  feed(routes, options);
  post(routes, options);
  comments(routes, options);
  likes(routes, options.posts);
  return routes;
}

function feed(routes: Hono<WebEnv>, { posts, pictures, pictureBytes }: Parts): void {
  const answerFeed = async (c: WebContext, refused?: Refused) => {
    const feed = await posts.feed(c.var.viewer.principal, { before: readId(c.req.query("before")) });
    if (wantsJson(c)) return answerJson(c, feedJson(feed));
    const view = <FeedPage page={await page(c)} feed={feed} pictureBytes={pictureBytes} {...refused} />;
    return answerPage(c, view, refused ? STATUS[refused.error] : 200);
  };

  const once = createOnce<Post>((me, { id }) => posts.ownPost(me, id));
  routes.get("/", (c) => answerFeed(c));
  // A form that was refused stands at the address of its act: what is done there comes back by it.
  routes.get("/posts", (c) => seeOther(c, paths.home));

  routes.post("/posts", async (c) => {
    const me = requirePrincipal(c);
    const draft: Draft = {};
    try {
      const writing = { me, roomId: FOR_POSTS, fields: ["title", "body", "alt"], draft, pictures, pictureBytes };
      const { input, sent } = await readWritten(c, writing);
      const post = parsePost(input);
      const written = await once(c, me, sent, () => posts.write(me, post));
      if (!wantsJson(c)) return seeOther(c, paths.post(written.id));
      c.header("location", paths.post(written.id));
      return answerJson(c, postJson(written), 201);
    } catch (error) {
      if (!isForPage(c, error)) throw error;
      return answerFeed(c, { values: draft, faults: error.faults, error: error.code });
    }
  });
}

function post(routes: Hono<WebEnv>, { posts, choices, pictureBytes }: Omit<PostRoutesOptions, "pictures">): void {
  routes.get("/posts/:id", async (c) => {
    const paging = { before: readId(c.req.query("before")), comment: readId(c.req.query("comment")) };
    const postPage = await posts.read(c.var.viewer.principal, idOf(c), paging);
    if (wantsJson(c)) return answerJson(c, postPageJson(postPage));
    const me = c.var.viewer.principal;
    const isMuted = me !== undefined && (await choices.isMuted(me, postPage.post.item.id));
    const view = { postPage, isMuted, pictureBytes };
    return answerPage(c, <PostPage page={await page(c)} {...view} />);
  });

  routes.get("/posts/:id/edit", async (c) => {
    const me = requirePrincipal(c);
    const own = await posts.ownPost(me, idOf(c));
    if (wantsJson(c)) return answerJson(c, postJson(own));
    return answerPage(c, <EditPostPage page={await page(c)} post={own} />);
  });

  routes.post("/posts/:id/edit", async (c) => {
    const me = requirePrincipal(c);
    const id = idOf(c);
    const own = await posts.ownPost(me, id);
    const input = await readInput(c);
    const dropped = droppedIn(input, own.pictures);
    const parsed = parse(c, input, (texts) => parsePost(texts, own.pictures.length > dropped.length));
    if ("faults" in parsed) {
      return answerPage(c, <EditPostPage page={await page(c)} post={own} dropped={dropped} {...parsed} />, 422);
    }
    const edited = await posts.edit(me, id, parsed.value, dropped);
    return wantsJson(c) ? answerJson(c, postJson(edited)) : seeOther(c, paths.post(id));
  });

  routes.post("/posts/:id/delete", async (c) => {
    const me = requirePrincipal(c);
    await posts.remove(me, idOf(c));
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, paths.home);
  });
}

function comments(routes: Hono<WebEnv>, { posts, pictures, pictureBytes }: Parts): void {
  const once = createOnce<Written>((me, { comment }) => posts.ownComment(me, comment.id));
  routes.get("/posts/:id/comments", (c) => seeOther(c, paths.post(idOf(c))));

  routes.post("/posts/:id/comments", async (c) => {
    const me = requirePrincipal(c);
    const id = idOf(c);
    const draft: Draft = {};
    let written: Written;
    try {
      const writing = { me, roomId: FOR_POSTS, fields: ["body", "parentId", "alt"], draft, pictures, pictureBytes };
      const { input, sent } = await readWritten(c, writing);
      const comment = parseNewComment(input);
      written = await once(c, me, sent, () => posts.comment(me, id, comment));
    } catch (error) {
      if (!isForPage(c, error)) throw error;
      const refused = { values: draft, faults: error.faults, error: error.code };
      const postPage = await posts.read(me, id, { comment: readId(draft["parentId"]) });
      const view = <PostPage page={await page(c)} postPage={postPage} pictureBytes={pictureBytes} {...refused} />;
      return answerPage(c, view, STATUS[error.code]);
    }
    const { comment, commentCount } = written;
    if (wantsJson(c)) return answerJson(c, { ...commentJson(comment), commentCount }, 201);
    if (!isHtmx(c)) return seeOther(c, await pathTo(posts, comment));
    // The very fragment that everybody else is pushed: it puts itself where it belongs, and does so only once.
    c.header("hx-reswap", "none");
    const event = { type: "comment-written", comment, commentCount } as const;
    return answerFragment(c, <PostPush event={event} context={contextOf(c)} />, 201);
  });

  routes.get("/comments/:id/edit", async (c) => {
    const me = requirePrincipal(c);
    const own = await posts.ownComment(me, idOf(c));
    if (wantsJson(c)) return answerJson(c, commentJson(own));
    return answerPage(c, <EditCommentPage page={await page(c)} comment={own} />);
  });

  routes.post("/comments/:id/edit", async (c) => {
    const me = requirePrincipal(c);
    const id = idOf(c);
    const own = await posts.ownComment(me, id);
    const input = await readInput(c);
    const dropped = droppedIn(input, own.pictures);
    const parsed = parse(c, input, (texts) => parseComment(texts, own.pictures.length > dropped.length));
    if ("faults" in parsed) {
      return answerPage(c, <EditCommentPage page={await page(c)} comment={own} dropped={dropped} {...parsed} />, 422);
    }
    const edited = await posts.editComment(me, id, parsed.value.body, dropped);
    return wantsJson(c) ? answerJson(c, commentJson(edited)) : seeOther(c, await pathTo(posts, edited));
  });

  routes.post("/comments/:id/delete", async (c) => {
    const me = requirePrincipal(c);
    const removed = await posts.removeComment(me, idOf(c));
    if (wantsJson(c)) return answerJson(c, removed);
    return seeOther(c, `${paths.post(removed.postId)}#${ids.comments}`);
  });
}

type LikeAct = "like" | "unlike" | "likeComment" | "unlikeComment";

function likes(routes: Hono<WebEnv>, posts: Posts): void {
  const answerLike = async (c: WebContext, kind: "post" | "comment", act: LikeAct) => {
    const me: Person = requirePrincipal(c);
    const id = idOf(c);
    const state = await posts[act](me, id);
    const { likeCount, isLikedByMe } = state;
    if (wantsJson(c)) return answerJson(c, { likeCount, isLikedByMe });
    if (!isHtmx(c)) return seeOther(c, await pathBack(c, posts, kind, id, state));
    return answerFragment(
      c,
      <LikeForm language={contextOf(c).language} kind={kind} id={id} likeCount={likeCount} isLikedByMe={isLikedByMe} />,
    );
  };

  routes.post("/posts/:id/like", (c) => answerLike(c, "post", "like"));
  routes.post("/posts/:id/unlike", (c) => answerLike(c, "post", "unlike"));
  routes.post("/comments/:id/like", (c) => answerLike(c, "comment", "likeComment"));
  routes.post("/comments/:id/unlike", (c) => answerLike(c, "comment", "unlikeComment"));
}

/**
 * The parsed edit, which brings no pictures; for a browser's plain form, what was wrong with it and what was typed.
 * Others are told by the site.
 */
function parse<T extends object>(
  c: WebContext,
  { pictures: _, ...input }: Input,
  parser: (input: Input) => T,
): { readonly value: T } | Pick<Refused, "values" | "faults"> {
  try {
    return { value: parser(input) };
  } catch (error) {
    if (!(error instanceof BirdieError) || error.code !== "invalid" || wantsJson(c) || isHtmx(c)) throw error;
    const values = Object.fromEntries(
      ["title", "body"].map((name) => [name, textOf(input[name])]).filter(([, value]) => value !== undefined),
    );
    return { values, faults: error.faults };
  }
}

/** As parseComment, but a parent that is no id at all is not found, rather than none. */
function parseNewComment(input: Input) {
  const { parentId } = input;
  const comment = parseComment(input);
  const isNamed = parentId !== undefined && parentId !== null && parentId !== "";
  if (isNamed && comment.parentId === undefined) throw new BirdieError("not_found");
  return comment;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** @throws BirdieError `not_found` for what names no row */
function idOf(c: WebContext): number {
  const id = readId(c.req.param("id"));
  if (id === undefined) throw new BirdieError("not_found");
  return id;
}

/** A page that shows the comment, at its place. */
async function pathTo(posts: Posts, { postId, id }: Pick<Comment, "postId" | "id">): Promise<string> {
  if (await posts.isOnNewestPage(postId, id)) return paths.comment(postId, id);
  return `${paths.post(postId)}?comment=${id}#${ids.comment(id)}`;
}

/** Back to the page on which something was liked, at its place; to the thing itself where that is not known. */
async function pathBack(
  c: WebContext,
  posts: Posts,
  kind: "post" | "comment",
  id: number,
  { postId }: LikeState,
): Promise<string> {
  const anchor = kind === "post" ? ids.post(id) : ids.comment(id);
  if (c.req.header("referer")) return `${pathOf(c)}#${anchor}`;
  return kind === "post" ? paths.post(id) : pathTo(posts, { postId, id });
}

function contextOf(c: WebContext): RenderContext {
  const { language, timeZone } = c.var.viewer;
  return { language, timeZone, nowMs: c.var.site.nowMs() };
}
