import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import { ids } from "./ids.ts";
import { Icon } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

interface LikeProps {
  readonly language: Language;
  readonly kind: "post" | "comment";
  readonly id: number;
  readonly likeCount: number;
  readonly isLikedByMe: boolean;
}

/** The heart and how many: a form that answers with itself. Pushes change the number alone, for what is liked differs. */
export const LikeForm: FC<LikeProps> = ({ language, kind, id, likeCount, isLikedByMe }) => {
  const { posts } = text(language);
  const [like, unlike, countId] =
    kind === "post"
      ? [paths.likePost(id), paths.unlikePost(id), ids.likeCountOfPost(id)]
      : [paths.likeComment(id), paths.unlikeComment(id), ids.likeCountOfComment(id)];
  const action = isLikedByMe ? unlike : like;
  return (
    <form class="like" method="post" action={action} hx-post={action} hx-swap="outerHTML">
      <button type="submit" class="action" id={ids.like(kind, id)} aria-pressed={isLikedByMe ? "true" : "false"}>
        <Icon name="heart" />
        <span class="sr">{posts.like}</span>
        <span class="count" id={countId}>
          {likeCount}
        </span>
      </button>
    </form>
  );
};
