import type { FC } from "hono/jsx";
import type { Person } from "../src/domain/account.ts";
import type { Message } from "../src/domain/room.ts";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { Author, Monogram, Text } from "./parts.tsx";
import { text } from "./text.ts";
import { clockTime, dayLabel, fullTime } from "./time.ts";

interface MessageProps {
  readonly context: RenderContext;
  readonly message: Message;
  /** The other person of a pair. Rendering needs it not; programs that read the page may. */
  readonly receiver?: string | undefined;
  /** Undefined in a push: then the script sets `data-own` by `body[data-me]`. */
  readonly me?: string | undefined;
  /** It belongs under the name above it. The script says so of what is pushed, by the same rule. */
  readonly follows?: boolean;
}

export const MessageArticle: FC<MessageProps> = ({ context, message, receiver, me, follows = false }) => {
  const { id, author, createdAtMs } = message;
  return (
    <article
      id={ids.message(id)}
      class={follows ? "message follows" : "message"}
      data-message-id={id}
      data-author={author.userId}
      data-client-id={message.clientId}
      data-receiver={receiver}
      data-read={message.isReadByAll ? "" : undefined}
      data-own={me === author.userId ? "" : undefined}
    >
      <Monogram person={author} size="small" />
      <Author person={author} />
      <MessageBody context={context} message={message} />
      <span class="message-meta">
        <span class="read-mark">{text(context.language).rooms.read}</span>
        <time datetime={new Date(createdAtMs).toISOString()} title={fullTime(context, createdAtMs)} data-clock="">
          {clockTime(context, createdAtMs)}
        </time>
      </span>
    </article>
  );
};

/** The words of a message: what an edit replaces. */
export const MessageBody: FC<{ context: RenderContext; message: Message }> = ({ context, message }) => {
  const { rooms, site } = text(context.language);
  return (
    <div class="bubble" id={ids.messageBody(message.id)}>
      {message.isDeleted ? <p class="deleted">{rooms.deleted}</p> : <Text body={message.body} />}
      {message.editedAtMs !== undefined && !message.isDeleted && <span class="meta">{site.edited}</span>}
    </div>
  );
};

/** From this the script makes what is not sent yet, so that it looks as it will. */
export const MessageTemplate: FC<{ me: Person }> = ({ me }) => (
  <template id="message-template">
    <article class="message" data-author={me.userId} data-own="">
      <Monogram person={me} size="small" />
      <Author person={me} />
      <div class="bubble">
        <div class="body" dir="auto" />
      </div>
      <span class="message-meta">
        <time data-clock="" />
      </span>
    </article>
  </template>
);

/** Between two local days of a conversation. */
export const DayLine: FC<{ context: RenderContext; ms: number }> = ({ context, ms }) => (
  <div class="day">{dayLabel(context, ms)}</div>
);

/** Above the first message from others that the reader has not seen. */
export const NewLine: FC<{ context: RenderContext; count: number }> = ({ context, count }) => (
  <div class="new-line" id={ids.newLine}>
    <span>{text(context.language).rooms.newLine(count)}</span>
  </div>
);

/** Who is in the room besides the reader. A push names no reader: the style hides what the script marks as their own. */
export const Present: FC<{ context: RenderContext; present: readonly string[]; me?: string | undefined }> = (props) => (
  <>
    {props.present
      .filter((userId) => userId !== props.me)
      .map((userId) => (
        <span class="here" data-author={userId}>
          <span class="who">@{userId}</span> {text(props.context.language).rooms.here}
        </span>
      ))}
  </>
);
