import type { FC } from "hono/jsx";
import type { FeedEvent, PostEvent } from "../src/domain/event.ts";
import { CommentArticle, CommentBody, DeletedComment } from "./comments.tsx";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { titleOf } from "./layout.tsx";
import { Text } from "./parts.tsx";
import { paths } from "./paths.ts";
import { Pictures } from "./pictures.tsx";
import { CardWords, editedMark, PostCard } from "./post-card.tsx";
import { text } from "./text.ts";

/** Heard by everybody who looks at the feed. */
export const FeedPush: FC<{ event: FeedEvent; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "post-written":
      return (
        <hx-partial hx-target={`#${ids.feed}`} hx-swap="afterbegin">
          <PostCard context={context} post={{ item: event.post, isLikedByMe: event.isLikedByMe ?? false }} />
        </hx-partial>
      );
    case "post-edited": {
      const { post } = event;
      return (
        <>
          <hx-partial hx-target={`${cardOf(post.id)} > h2 > a`} hx-swap="textContent">
            {post.title}
          </hx-partial>
          <hx-partial hx-target={`${cardOf(post.id)} > .card-words`} hx-swap="outerHTML">
            <CardWords language={context.language} post={post} />
          </hx-partial>
          <hx-partial hx-target={`${cardOf(post.id)} #${ids.postEdited(post.id)}`} hx-swap="textContent">
            {editedMark(context.language)}
          </hx-partial>
        </>
      );
    }
    case "post-deleted":
      return (
        <hx-partial hx-target={cardOf(event.postId)} hx-swap="innerHTML">
          <p class="quiet-line">{text(context.language).posts.deletedPost}</p>
        </hx-partial>
      );
    default:
      return event satisfies never;
  }
};

const cardOf = (postId: number) => `#${ids.feed} > #${ids.post(postId)}`;

/** Heard by everybody who looks at a post. */
export const PostPush: FC<{ event: PostEvent; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "post-edited":
      return (
        <>
          {/* The script puts the number of what waits before it again. */}
          <hx-partial hx-target={`#${ids.tabTitle}`} hx-swap="textContent">
            {titleOf(event.post.title)}
          </hx-partial>
          <hx-partial hx-target={`#${ids.postEdited(event.post.id)}`} hx-swap="textContent">
            {editedMark(context.language)}
          </hx-partial>
          <hx-partial hx-target={`#${ids.postTitle(event.post.id)}`} hx-swap="textContent">
            {event.post.title}
          </hx-partial>
          <hx-partial hx-target={`#${ids.postBody(event.post.id)}`} hx-swap="innerHTML">
            {event.post.body && <Text body={event.post.body} />}
          </hx-partial>
          <hx-partial hx-target={`#${ids.postPictures(event.post.id)}`} hx-swap="innerHTML">
            <Pictures language={context.language} pictures={event.post.pictures} isOfPost />
          </hx-partial>
        </>
      );
    case "post-deleted": {
      const { posts, site, errors } = text(context.language);
      return (
        <>
          <hx-partial hx-target={`#${ids.post(event.postId)}`} hx-swap="innerHTML">
            <div class="notice removed">
              <p>{posts.deletedPost}</p>
              <a class="button quiet small" href={paths.home}>
                {site.home}
              </a>
            </div>
          </hx-partial>
          <hx-partial hx-target={`#${ids.tabTitle}`} hx-swap="textContent">
            {titleOf(errors.gone.title)}
          </hx-partial>
          <hx-partial hx-target={`#${ids.announcer}`} hx-swap="textContent">
            {posts.deletedPost}
          </hx-partial>
          <hx-partial hx-target="#comment-form > [type=submit]" hx-swap="outerHTML">
            <p class="quiet-line">{posts.cannotComment}</p>
          </hx-partial>
        </>
      );
    }
    case "post-liked":
      return (
        <hx-partial hx-target={`#${ids.likeCountOfPost(event.postId)}`} hx-swap="textContent">
          {event.likeCount}
        </hx-partial>
      );
    case "comment-liked":
      return (
        <hx-partial hx-target={`#${ids.likeCountOfComment(event.commentId)}`} hx-swap="textContent">
          {event.likeCount}
        </hx-partial>
      );
    default:
      return <CommentPush event={event} context={context} />;
  }
};

type CommentEvent = Extract<PostEvent, { type: "comment-written" | "comment-edited" | "comment-deleted" }>;

const CommentPush: FC<{ event: CommentEvent; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "comment-written": {
      const { comment } = event;
      const target = comment.parentId === undefined ? ids.comments : ids.replies(comment.parentId);
      return (
        <>
          <hx-partial hx-target={`#${target}`} hx-swap="beforeend">
            <CommentArticle context={context} comment={{ item: comment, isLikedByMe: event.isLikedByMe ?? false }} />
          </hx-partial>
          <CommentCountPush postId={comment.postId} count={event.commentCount} />
        </>
      );
    }
    case "comment-edited":
      return (
        <>
          <hx-partial hx-target={`#${ids.commentBody(event.comment.id)}`} hx-swap="outerHTML">
            <CommentBody language={context.language} comment={event.comment} />
          </hx-partial>
          <hx-partial hx-target={`#${ids.commentPictures(event.comment.id)}`} hx-swap="innerHTML">
            <Pictures language={context.language} pictures={event.comment.pictures} />
          </hx-partial>
        </>
      );
    case "comment-deleted":
      return (
        <>
          {event.isKept ? (
            <hx-partial hx-target={`#${ids.commentMain(event.commentId)}`} hx-swap="outerHTML">
              <DeletedComment context={context} id={event.commentId} />
            </hx-partial>
          ) : (
            <hx-partial hx-target={`#${ids.comment(event.commentId)}`} hx-swap="delete" />
          )}
          <CommentCountPush postId={event.postId} count={event.commentCount} />
        </>
      );
    default:
      return event satisfies never;
  }
};

const CommentCountPush: FC<{ postId: number; count: number }> = ({ postId, count }) => (
  <hx-partial hx-target={`#${ids.commentCount(postId)}`} hx-swap="textContent">
    {count}
  </hx-partial>
);
