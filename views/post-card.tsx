import type { FC } from "hono/jsx";
import type { Liked, Post } from "../src/domain/post.ts";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { LikeForm } from "./likes.tsx";
import { Author, Icon, Monogram, Text, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

/** One post of a list: its beginning, and where to go on. */
export const PostCard: FC<{ context: RenderContext; post: Liked<Post> }> = ({
  context,
  post: { item, isLikedByMe },
}) => {
  const { posts } = text(context.language);
  return (
    <article class="card post-card" id={ids.post(item.id)} data-author={item.author.userId}>
      <PostHead context={context} post={item} />
      <h2>
        <a href={paths.post(item.id)} dir="auto">
          {item.title}
        </a>
      </h2>
      <Text body={item.body} class="body clamped" />
      <div class="actions">
        <LikeForm
          language={context.language}
          kind="post"
          id={item.id}
          likeCount={item.likeCount}
          isLikedByMe={isLikedByMe}
        />
        <a class="action" href={`${paths.post(item.id)}#${ids.comments}`}>
          <Icon name="comment" />
          <span class="sr">{posts.commentsTitle}</span>
          <span class="count">{item.commentCount}</span>
        </a>
      </div>
    </article>
  );
};

/** Who wrote it, and when. */
export const PostHead: FC<{ context: RenderContext; post: Post }> = ({ context, post }) => {
  const { site } = text(context.language);
  return (
    <div class="byline">
      <Monogram person={post.author} />
      <Author person={post.author} />
      <span class="meta">
        <Time context={context} ms={post.createdAtMs} />
        {post.editedAtMs !== undefined && ` · ${site.edited}`}
      </span>
    </div>
  );
};
