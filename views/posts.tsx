import type { Child, FC } from "hono/jsx";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import type { Comment, Feed, Post, PostPage as PostPageData } from "../src/domain/post.ts";
import { Comments } from "./comments.tsx";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { Area, DeleteForm, Input, Menu, type Values } from "./forms.tsx";
import { ids } from "./ids.ts";
import { Layout } from "./layout.tsx";
import { LikeForm } from "./likes.tsx";
import { limits } from "./limits.ts";
import { Monogram, Text } from "./parts.tsx";
import { destinations, paths } from "./paths.ts";
import {
  DropField,
  PictureAlts,
  PictureField,
  Pictures,
  PicturesAgain,
  WrittenError,
  withPictures,
} from "./pictures.tsx";
import { PostCard, PostHead } from "./post-card.tsx";
import { text } from "./text.ts";

export { CommentArticle } from "./comments.tsx";
export { LikeForm } from "./likes.tsx";
export { FeedPush, PostPush } from "./post-pushes.tsx";

interface FeedProps extends WritingProps {
  readonly feed: Feed;
}

interface WritingProps {
  readonly page: PageContext;
  /** Of one picture, in octets as it comes. */
  readonly pictureBytes?: number;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly error?: ErrorCode | undefined;
}

export const FeedPage: FC<FeedProps> = ({ page, feed, ...writing }) => {
  const { posts, site } = text(page.language);
  return (
    <Layout page={page} title={posts.feedTitle} live={{ destination: destinations.feed, position: feed.position }}>
      <h1 class={page.me ? "sr" : "welcome"}>{page.me ? posts.feedTitle : "Birdie"}</h1>
      {page.me && (
        <p class="since">
          <a href={paths.visit}>{text(page.language).visits.title}</a>
        </p>
      )}
      {page.me ? <WriteForm page={page} {...writing} /> : <p class="lead">{site.tagline}</p>}
      <div id={ids.feed} class="feed">
        {feed.posts.map((post) => (
          <PostCard context={page} post={post} />
        ))}
      </div>
      {feed.posts.length === 0 && <FeedBlank page={page} />}
      <Older path={paths.home} before={feed.before} label={posts.older} />
    </Layout>
  );
};

/** Beside the list and not in it: it goes by the style as soon as a first post is pushed. */
const FeedBlank: FC<{ page: PageContext }> = ({ page }) => {
  const { posts, site, accounts } = text(page.language);
  const out = { open: posts.emptyOut, invite: accounts.invited, closed: accounts.closed };
  const isOpen = page.signup === "open";
  return (
    <Blank title={posts.empty}>
      <p>{page.me ? posts.emptyMore : out[page.signup]}</p>
      {!page.me && (
        <a class="button" href={isOpen ? paths.signUp : paths.logIn}>
          {isOpen ? site.signUp : site.logIn}
        </a>
      )}
    </Blank>
  );
};

const WriteForm: FC<WritingProps> = ({ page, values, faults, error, pictureBytes = limits.pictureBytesMax }) => {
  const { posts } = text(page.language);
  return (
    <details class="write" open={faults !== undefined || values !== undefined}>
      <summary>
        {page.me && <Monogram person={page.me} />}
        <span>{posts.bodyPlaceholder}</span>
      </summary>
      <form method="post" action={paths.posts} class="stack" {...withPictures(pictureBytes)}>
        <WrittenError language={page.language} error={error} faults={faults} />
        <PostFields page={page} values={values} faults={faults} draft="post" />
        <PicturesAgain language={page.language} lost={values?.["pictures"]} />
        <div class="row end write-foot">
          <PictureField context={page} />
          <PictureAlts context={page} value={values?.["alt"] ?? ""} />
          <button type="submit">{posts.publish}</button>
        </div>
      </form>
    </details>
  );
};

const PostFields: FC<WritingProps & { draft: string; isBodyOptional?: boolean }> = (props) => {
  const { page, values, faults, draft, isBodyOptional = false } = props;
  const { posts } = text(page.language);
  return (
    <>
      <Input
        language={page.language}
        name="title"
        label={posts.titleLabel}
        faults={faults}
        value={values?.["title"]}
        autocomplete="off"
        max={limits.titleMax}
        draft={`${draft}:title`}
      />
      <Area
        language={page.language}
        name="body"
        label={posts.bodyLabel}
        hint={posts.bodyHint}
        faults={faults}
        value={values?.["body"]}
        rows={5}
        max={limits.postMax}
        draft={draft}
        isOptional={isBodyOptional}
      />
    </>
  );
};

interface PostPageProps extends WritingProps {
  readonly postPage: PostPageData;
  /** The reader wants no alarms about it. */
  readonly isMuted?: boolean;
}

export const PostPage: FC<PostPageProps> = ({ page, postPage, isMuted = false, ...writing }) => {
  const { item, isLikedByMe } = postPage.post;
  const { posts, site } = text(page.language);
  const isMine = page.me?.userId === item.author.userId;
  return (
    <Layout
      page={page}
      title={item.title}
      live={{ destination: destinations.post(item.id), position: postPage.position }}
    >
      <article class="post" id={ids.post(item.id)} data-author={item.author.userId}>
        <div class="post-top">
          <PostHead context={page} post={item} />
          {page.me && (
            <Menu language={page.language}>
              <MuteForm page={page} postId={item.id} isMuted={isMuted} />
              {isMine && <a href={paths.editPost(item.id)}>{site.edit}</a>}
              {!isMine && <a href={paths.reportPost(item.id)}>{text(page.language).admin.report}</a>}
              {(isMine || page.isAdmin) && (
                <DeleteForm
                  language={page.language}
                  action={paths.deletePost(item.id)}
                  question={posts.sureDeletePost}
                  id={`post-${item.id}-delete`}
                />
              )}
            </Menu>
          )}
        </div>
        <h1 id={ids.postTitle(item.id)} dir="auto">
          {item.title}
        </h1>
        <div id={ids.postBody(item.id)}>{item.body && <Text body={item.body} />}</div>
        <div id={ids.postPictures(item.id)}>
          <Pictures language={page.language} pictures={item.pictures} isOfPost />
        </div>
        <div class="actions">
          <LikeForm
            language={page.language}
            kind="post"
            id={item.id}
            likeCount={item.likeCount}
            isLikedByMe={isLikedByMe}
          />
        </div>
      </article>
      <Comments page={page} postPage={postPage} {...writing} />
    </Layout>
  );
};

const MuteForm: FC<{ page: PageContext; postId: number; isMuted: boolean }> = ({ page, postId, isMuted }) => {
  const { choices } = text(page.language);
  return (
    <form method="post" action={isMuted ? paths.unmutePost(postId) : paths.mutePost(postId)}>
      <button type="submit" class="menu-item">
        {isMuted ? choices.unmutePost : choices.mutePost}
      </button>
    </form>
  );
};

interface EditPostProps {
  readonly page: PageContext;
  readonly post: Post;
  readonly dropped?: readonly string[];
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

export const EditPostPage: FC<EditPostProps> = ({ page, post, dropped, values, faults }) => (
  <EditPage
    page={page}
    title={text(page.language).posts.editPost}
    action={paths.editPost(post.id)}
    back={paths.post(post.id)}
  >
    <PostFields
      page={page}
      values={values ?? { title: post.title, body: post.body }}
      faults={faults}
      draft={`post-${post.id}`}
      isBodyOptional={post.pictures.length > 0}
    />
    <DropField language={page.language} pictures={post.pictures} dropped={dropped} />
  </EditPage>
);

interface EditCommentProps {
  readonly page: PageContext;
  readonly comment: Comment;
  readonly dropped?: readonly string[];
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

export const EditCommentPage: FC<EditCommentProps> = ({ page, comment, dropped, values, faults }) => {
  const { posts } = text(page.language);
  return (
    <EditPage
      page={page}
      title={posts.editComment}
      action={paths.editComment(comment.id)}
      back={paths.comment(comment.postId, comment.id)}
    >
      <Area
        language={page.language}
        name="body"
        label={posts.bodyLabel}
        faults={faults}
        value={values?.["body"] ?? comment.body}
        rows={4}
        max={limits.commentMax}
        draft={`comment-${comment.id}-edit`}
        isOptional={comment.pictures.length > 0}
        autofocus
      />
      <DropField language={page.language} pictures={comment.pictures} dropped={dropped} />
    </EditPage>
  );
};

interface EditPageProps {
  readonly page: PageContext;
  readonly title: string;
  readonly action: string;
  /** Where one is when one changes one's mind. */
  readonly back: string;
  readonly children?: Child;
}

const EditPage: FC<EditPageProps> = ({ page, title, action, back, children }) => {
  const { site } = text(page.language);
  return (
    <Layout page={page} title={title}>
      <h1>{title}</h1>
      <form method="post" action={action} class="stack card">
        {children}
        <div class="row end">
          <a class="button quiet" href={back} data-cancel="">
            {site.cancel}
          </a>
          <button type="submit">{site.save}</button>
        </div>
      </form>
    </Layout>
  );
};

/** The way to what came before, where there is any. */
export const Older: FC<{ path: string; before: number | undefined; label: string }> = ({ path, before, label }) => {
  if (before === undefined) return null;
  return (
    <p class="older">
      <a class="button quiet" href={`${path}${path.includes("?") ? "&" : "?"}before=${before}`}>
        {label}
      </a>
    </p>
  );
};
