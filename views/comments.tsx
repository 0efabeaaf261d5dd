import type { Child, FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import type { Comment, Liked, PostPage } from "../src/domain/post.ts";
import type { Locale, PageContext, RenderContext } from "./context.ts";
import { AdminPart, Area, DeleteForm, Menu, OthersPart, OwnPart, type Values } from "./forms.tsx";
import { ids } from "./ids.ts";
import { kept, type Whose, whoseIs } from "./kept.tsx";
import { LikeForm } from "./likes.tsx";
import { limits } from "./limits.ts";
import { Author, Monogram, Text, TimeInWords } from "./parts.tsx";
import { paths } from "./paths.ts";
import { PictureAlts, PictureField, Pictures, PicturesAgain, WrittenError, withPictures } from "./pictures.tsx";
import { text } from "./text.ts";
import { relativeTime } from "./time.ts";

interface CommentsProps {
  readonly page: PageContext;
  readonly postPage: PostPage;
  /** Of one picture, in octets as it comes. */
  readonly pictureBytes?: number;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly error?: ErrorCode | undefined;
}

export const Comments: FC<CommentsProps> = ({ page, postPage, pictureBytes, values, faults, error }) => {
  const { posts, site } = text(page.language);
  const post = postPage.post.item;
  const me = page.me?.userId;
  const refused = values?.["parentId"] ? { values, faults, error } : undefined;
  return (
    <section class="comments-section">
      <h2>
        {posts.commentsTitle} <CommentCount postId={post.id} count={post.commentCount} />
      </h2>
      {postPage.before !== undefined && (
        <p class="older">
          <a class="button quiet" href={`${paths.post(post.id)}?before=${postPage.before}#${ids.comments}`}>
            {posts.earlierComments}
          </a>
        </p>
      )}
      <div id={ids.comments} class="comments">
        {postPage.threads.map((thread) => (
          <CommentArticle context={page} comment={thread.comment} me={me} replies={thread.replies} refused={refused} />
        ))}
      </div>
      {postPage.threads.length === 0 && <p class="quiet-line">{posts.noComments}</p>}
      {page.me ? (
        <CommentForm
          page={page}
          postId={post.id}
          pictureBytes={pictureBytes}
          {...(refused ? {} : { values, faults, error })}
        />
      ) : (
        <p class="quiet-line">
          {posts.logInToComment}{" "}
          <a href={`${paths.logIn}?next=${encodeURIComponent(`${paths.post(post.id)}#${ids.comments}`)}`}>
            {site.logIn}
          </a>
        </p>
      )}
    </section>
  );
};

export const CommentCount: FC<{ postId: number; count: number }> = ({ postId, count }) => (
  <span class="count" id={ids.commentCount(postId)}>
    {count}
  </span>
);

/** A reply that was refused: it comes back in the form it was written in. */
interface RefusedReply {
  readonly values: Values;
  readonly faults: readonly Fault[] | undefined;
  readonly error: ErrorCode | undefined;
}

interface CommentProps {
  readonly context: RenderContext;
  readonly comment: Liked<Comment>;
  /** Undefined in a push, and for those who are not signed in. */
  readonly me?: string | undefined;
  readonly replies?: readonly Liked<Comment>[] | undefined;
  readonly refused?: RefusedReply | undefined;
}

/** A comment with its replies, or a reply. */
export const CommentArticle: FC<CommentProps> = ({ context, comment, me, replies = [], refused }) => {
  const { item } = comment;
  const plain = plainPropsOf(context, comment, me);
  const isRefused = refused?.values["parentId"] === String(item.id);
  if (!item.isDeleted && !isRefused && replies.length === 0) return <LoneComment {...plain} />;
  return (
    <CommentFrame
      comment={item}
      replies={replies.map((reply) => <CommentArticle context={context} comment={reply} me={me} />)}
    >
      {item.isDeleted && <DeletedComment context={context} id={item.id} />}
      {!item.isDeleted && (isRefused ? <AnyComment {...plain} refused={refused} /> : <PlainComment {...plain} />)}
    </CommentFrame>
  );
};

const CommentFrame: FC<{ comment: Comment; children: Child; replies?: Child }> = ({ comment, children, replies }) => {
  const { id, parentId, author } = comment;
  const isReply = parentId !== undefined;
  return (
    <article
      class={isReply ? "comment reply" : "comment"}
      id={ids.comment(id)}
      data-author={author.userId}
      tabindex={-1}
    >
      {children}
      {!isReply && (
        <div class="replies" id={ids.replies(id)}>
          {replies}
        </div>
      )}
    </article>
  );
};

/** Keeps the place of a deleted comment, because somebody replied to it. */
export const DeletedComment: FC<{ context: RenderContext; id: number }> = ({ context, id }) => (
  <div class="comment-main deleted" id={ids.commentMain(id)}>
    <p>{text(context.language).posts.deletedComment}</p>
  </div>
);

function plainPropsOf(context: RenderContext, { item, isLikedByMe }: Liked<Comment>, me: string | undefined) {
  return {
    language: context.language,
    timeZone: context.timeZone,
    comment: item,
    when: relativeTime(context, item.createdAtMs),
    isLikedByMe,
    whose: whoseIs(item.author.userId, me),
    isForAdmins: context.isAdmin !== false,
  } satisfies PlainCommentProps;
}

interface PlainCommentProps extends Locale {
  readonly comment: Comment;
  /** In words. */
  readonly when: string;
  readonly isLikedByMe: boolean;
  readonly whose: Whose;
  readonly isForAdmins: boolean;
}

const AnyComment: FC<PlainCommentProps & { readonly refused?: RefusedReply }> = (props) => {
  const { language, timeZone, comment: item, when, isLikedByMe, whose, isForAdmins, refused } = props;
  return (
    <div class="comment-main" id={ids.commentMain(item.id)}>
      <Monogram person={item.author} size="small" />
      <div class="comment-words">
        <div class="comment-head">
          <Author person={item.author} language={language} />
          <span class="meta">
            <TimeInWords locale={{ language, timeZone }} ms={item.createdAtMs} words={when} />
          </span>
          <CommentMenu language={language} id={item.id} whose={whose} isForAdmins={isForAdmins} />
        </div>
        <CommentBody language={language} comment={item} />
        <CommentPictures language={language} comment={item} />
        <div class="actions">
          <LikeForm
            language={language}
            kind="comment"
            id={item.id}
            likeCount={item.likeCount}
            isLikedByMe={isLikedByMe}
          />
          {item.parentId === undefined && <ReplyForm language={language} comment={item} refused={refused} />}
        </div>
      </div>
    </div>
  );
};
const PlainComment = kept<PlainCommentProps>((props) => <AnyComment {...props} />);
/** Most have no replies: then all of it is kept. */
const LoneComment = kept<PlainCommentProps>((props) => (
  <CommentFrame comment={props.comment}>
    <AnyComment {...props} />
  </CommentFrame>
));

interface CommentMenuProps {
  readonly language: Language;
  readonly id: number;
  readonly whose: Whose;
  readonly isForAdmins: boolean;
}

/** For members; the style hides it from others. */
const CommentMenu: FC<CommentMenuProps> = ({ language, id, whose, isForAdmins }) => {
  const { posts, site, admin } = text(language);
  return (
    <Menu language={language}>
      {whose !== "theirs" && (
        <OwnPart isPushed={whose === "anybody's"}>
          <a href={paths.editComment(id)}>{site.edit}</a>
          <DeleteForm
            language={language}
            action={paths.deleteComment(id)}
            question={posts.sureDeleteComment}
            id={`comment-${id}-delete`}
          />
        </OwnPart>
      )}
      {whose !== "mine" && (
        <OthersPart>
          <a href={paths.reportComment(id)}>{admin.report}</a>
          {isForAdmins && (
            <AdminPart>
              <DeleteForm
                language={language}
                action={paths.deleteComment(id)}
                question={posts.sureDeleteComment}
                id={`comment-${id}-remove`}
              />
            </AdminPart>
          )}
        </OthersPart>
      )}
    </Menu>
  );
};

/** The words of a comment: what an edit replaces. */
export const CommentBody: FC<{ language: Language; comment: Comment }> = ({ language, comment }) => (
  <div id={ids.commentBody(comment.id)}>
    {comment.body && <Text body={comment.body} />}
    {comment.editedAtMs !== undefined && <span class="meta">{text(language).site.edited}</span>}
  </div>
);

/** What an edit may take away. */
export const CommentPictures: FC<{ language: Language; comment: Comment }> = ({ language, comment }) => {
  if (comment.pictures.length === 0) return null;
  return (
    <div id={ids.commentPictures(comment.id)}>
      <Pictures language={language} pictures={comment.pictures} />
    </div>
  );
};

interface ReplyFormProps {
  readonly language: Language;
  /** What is replied to. */
  readonly comment: Comment;
  readonly refused?: RefusedReply | undefined;
}

/** Opens by itself, with or without script. For members; the style hides it from others. */
const ReplyForm: FC<ReplyFormProps> = ({ language, comment, refused }) => {
  const { posts } = text(language);
  const { id, postId } = comment;
  const { name } = comment.author;
  const action = paths.comments(postId);
  return (
    <details class="reply-form" open={refused !== undefined}>
      <summary class="action">{posts.reply}</summary>
      <form
        method="post"
        action={action}
        class="comment-form"
        hx-post={action}
        hx-target={`#${ids.replies(id)}`}
        hx-swap="beforeend"
      >
        <input type="hidden" name="parentId" value={id} />
        <WrittenError language={language} error={refused?.error} faults={refused?.faults} />
        <Area
          language={language}
          name="body"
          idPrefix={`reply-${id}`}
          label={posts.writeReply(name)}
          placeholder={posts.writeReply(name)}
          isLabelHidden
          value={refused?.values["body"]}
          faults={refused?.faults}
          rows={1}
          max={limits.commentMax}
          draft={`comment-${id}`}
        />
        <button type="submit">{posts.sendReply}</button>
      </form>
    </details>
  );
};

interface CommentFormProps {
  readonly page: PageContext;
  readonly postId: number;
  readonly pictureBytes?: number | undefined;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly error?: ErrorCode | undefined;
}

const CommentForm: FC<CommentFormProps> = (props) => {
  const { page, postId, pictureBytes = limits.pictureBytesMax, values, faults, error } = props;
  const { posts } = text(page.language);
  const action = paths.comments(postId);
  return (
    <form
      method="post"
      action={action}
      class="comment-form"
      id="comment-form"
      {...withPictures(pictureBytes)}
      hx-post={action}
      hx-target={`#${ids.comments}`}
      hx-swap="beforeend"
    >
      <WrittenError language={page.language} error={error} faults={faults} />
      <PicturesAgain language={page.language} lost={values?.["pictures"]} />
      <Area
        language={page.language}
        name="body"
        idPrefix="comment"
        label={posts.writeComment}
        placeholder={posts.writeComment}
        isLabelHidden
        faults={faults}
        value={values?.["body"]}
        rows={1}
        max={limits.commentMax}
        draft={`post-${postId}-comment`}
      />
      <PictureField context={page} />
      <PictureAlts context={page} value={values?.["alt"] ?? ""} />
      <button type="submit">{posts.sendComment}</button>
    </form>
  );
};
