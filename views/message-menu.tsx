import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import { OthersPart } from "./forms.tsx";
import { ids } from "./ids.ts";
import { numbered, type Whose } from "./kept.tsx";
import { Icon } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

interface MessageMenuProps {
  readonly language: Language;
  readonly roomId: number;
  readonly id: number;
  readonly whose: Whose;
  readonly isLikedByMe: boolean;
}

/** What can be done with a message: behind one button that keyboard and finger reach, without any script. */
export const MessageMenu = numbered<MessageMenuProps>(["roomId", "id"], (props) => {
  const { language, roomId, id, whose, isLikedByMe } = props;
  const { site, talk, admin } = text(language);
  return (
    <details class="menu message-menu" data-closes="">
      <summary aria-label={site.more}>
        <Icon name="more" />
      </summary>
      <div class="menu-items">
        <a href={paths.answer(roomId, id)} data-answer={id}>
          {talk.reply}
        </a>
        <MessageLikeForm language={language} roomId={roomId} messageId={id} isLikedByMe={isLikedByMe} />
        <a href={paths.message(roomId, id)}>{talk.link}</a>
        <form
          method="post"
          action={paths.roomAct(roomId, "unread")}
          hx-post={paths.roomAct(roomId, "unread")}
          hx-target={`#${ids.held}`}
        >
          <input type="hidden" name="from" value={id} />
          <button type="submit">{talk.unreadFromHere}</button>
        </form>
        {whose !== "theirs" && (
          // A push names no reader: the script shows it on what `body[data-me]` wrote.
          <div class="menu-own" data-own-only="" hidden={whose === "anybody's"}>
            <a href={paths.messageAct(roomId, id, "edit")} data-edit={id}>
              {site.edit}
            </a>
            <details class="sure">
              <summary>{site.delete}</summary>
              <form
                method="post"
                action={paths.messageAct(roomId, id, "delete")}
                hx-post={paths.messageAct(roomId, id, "delete")}
                hx-swap="none"
              >
                <p>{talk.sureDelete}</p>
                <button type="submit" class="danger">
                  {site.delete}
                </button>
              </form>
            </details>
          </div>
        )}
        {whose !== "mine" && (
          <OthersPart>
            <a href={paths.messageAct(roomId, id, "report")}>{admin.report}</a>
          </OthersPart>
        )}
      </div>
    </details>
  );
});

interface MessageLikeFormProps {
  readonly language: Language;
  readonly roomId: number;
  readonly messageId: number;
  readonly isLikedByMe: boolean;
}

/** A form that answers with itself; how many there are comes as a push, for all alike. */
export const MessageLikeForm: FC<MessageLikeFormProps> = ({ language, roomId, messageId, isLikedByMe }) => {
  const { talk } = text(language);
  const action = paths.messageAct(roomId, messageId, isLikedByMe ? "unlike" : "like");
  return (
    <form method="post" action={action} hx-post={action} hx-swap="outerHTML">
      <button type="submit" id={ids.like("message", messageId)} aria-pressed={isLikedByMe ? "true" : "false"}>
        {isLikedByMe ? talk.unlike : talk.like}
      </button>
    </form>
  );
};

interface MessageLikesProps {
  readonly language: Language;
  readonly messageId: number;
  readonly count: number;
}

/** How many like a message; nothing is shown where nobody does. */
export const MessageLikes = numbered<MessageLikesProps>(["messageId"], ({ language, messageId, count }) => (
  <span
    id={ids.messageLikes(messageId)}
    class="message-likes"
    role="img"
    aria-label={text(language).talk.likes(count)}
    hidden={count === 0}
  >
    <Icon name="heart" />
    <span class="count">{count}</span>
  </span>
));
