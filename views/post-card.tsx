import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { Liked, Post } from "../src/domain/post.ts";
import type { Locale, RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { kept } from "./kept.tsx";
import { LikeForm } from "./likes.tsx";
import { Author, Icon, Monogram, Text, TimeInWords } from "./parts.tsx";
import { paths } from "./paths.ts";
import { CardPicture } from "./pictures.tsx";
import { text } from "./text.ts";
import { relativeTime } from "./time.ts";

/** One post of a list: its beginning, and where to go on. */
export const PostCard: FC<{ context: RenderContext; post: Liked<Post> }> = ({ context, post }) => {
  const { language, timeZone } = context;
  const when = relativeTime(context, post.item.createdAtMs);
  return <PlainPostCard language={language} timeZone={timeZone} post={post} when={when} />;
};

interface PlainPostProps extends Locale {
  readonly post: Liked<Post>;
  /** In words. */
  readonly when: string;
}

const PlainPostCard = kept<PlainPostProps>(({ language, timeZone, post: { item, isLikedByMe }, when }) => {
  const { posts } = text(language);
  return (
    <article class="card post-card" id={ids.post(item.id)} data-author={item.author.userId}>
      <Byline language={language} timeZone={timeZone} post={item} when={when} />
      <h2>
        <a href={paths.post(item.id)} dir="auto">
          {item.title}
        </a>
      </h2>
      <CardWords language={language} post={item} />
      <div class="actions">
        <LikeForm language={language} kind="post" id={item.id} likeCount={item.likeCount} isLikedByMe={isLikedByMe} />
        <a class="action" href={`${paths.post(item.id)}#${ids.comments}`}>
          <Icon name="comment" />
          {/* A blank that stays: read aloud in one go, the number would hang on the word. */}
          <span class="sr">{posts.commentsTitle}&nbsp;</span>
          <span class="count">{item.commentCount}</span>
        </a>
      </div>
    </article>
  );
});

/** What an edit may change of a card, besides its title. */
export const CardWords: FC<{ language: Language; post: Post }> = ({ language, post }) => (
  <div class="card-words">
    {post.body && <Text body={post.body} class="body clamped" />}
    <CardPicture language={language} pictures={post.pictures} href={paths.post(post.id)} />
  </div>
);

/** Who wrote it, and when. */
export const PostHead: FC<{ context: RenderContext; post: Post }> = ({ context, post }) => {
  const { language, timeZone } = context;
  return <Byline language={language} timeZone={timeZone} post={post} when={relativeTime(context, post.createdAtMs)} />;
};

const Byline: FC<Locale & { post: Post; when: string }> = ({ language, timeZone, post, when }) => (
  <div class="byline">
    <Monogram person={post.author} />
    <Author person={post.author} language={language} />
    <span class="meta">
      <TimeInWords locale={{ language, timeZone }} ms={post.createdAtMs} words={when} />
      {/* Also while it is empty: an edit that is pushed is said here. */}
      <span id={ids.postEdited(post.id)}>{post.editedAtMs !== undefined && editedMark(language)}</span>
    </span>
  </div>
);

export const editedMark = (language: Locale["language"]): string => ` · ${text(language).site.edited}`;
