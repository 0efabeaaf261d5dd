import type { FC } from "hono/jsx";
import type { Language, Person } from "../src/domain/account.ts";
import type { Message, Quote } from "../src/domain/room.ts";
import type { Locale, RenderContext } from "./context.ts";
import { wordsOf } from "./format.ts";
import type { standingOf } from "./grouping.ts";
import { ids } from "./ids.ts";
import { kept, type Whose, whoseIs } from "./kept.tsx";
import { MessageLikes, MessageMenu } from "./message-menu.tsx";
import { Author, Monogram, Text } from "./parts.tsx";
import { paths } from "./paths.ts";
import { Pictures } from "./pictures.tsx";
import { calledIn, text } from "./text.ts";
import { clockTime, dayLabel, fullTime } from "./time.ts";

interface MessageProps {
  readonly context: RenderContext;
  readonly message: Message;
  /** The other person of a pair. Rendering needs it not; programs that read the page may. */
  readonly receiver?: string | undefined;
  /** Undefined in a push: then the script sets `data-own` by `body[data-me]`. */
  readonly me?: string | undefined;
  /** To the message above it. The script says so of what is pushed, by the same rule. */
  readonly standing?: ReturnType<typeof standingOf>;
  readonly isLikedByMe?: boolean;
  /** Whom the reader has blocked; unknown in a push, where the script does the same by their list. */
  readonly blocked?: readonly string[] | undefined;
}

export const MessageArticle: FC<MessageProps> = (props) => {
  const { context, message, receiver, me, standing = "", isLikedByMe = false, blocked = [] } = props;
  const { author, replyTo } = message;
  const plain: PlainMessageProps = {
    language: context.language,
    timeZone: context.timeZone,
    message,
    receiver,
    whose: whoseIs(author.userId, me),
    standing,
    isLikedByMe,
    isFolded: blocked.includes(author.userId),
    isQuoteFolded: replyTo !== undefined && blocked.includes(replyTo.author.userId),
  };
  // What is pushed is rendered once for everybody, and never again.
  return me === undefined ? <AnyMessage {...plain} /> : <KeptMessage {...plain} />;
};

interface PlainMessageProps extends Locale {
  readonly message: Message;
  readonly receiver: string | undefined;
  readonly whose: Whose;
  readonly standing: ReturnType<typeof standingOf>;
  readonly isLikedByMe: boolean;
  readonly isFolded: boolean;
  readonly isQuoteFolded: boolean;
}

const AnyMessage: FC<PlainMessageProps> = (props) => {
  const { language, timeZone, message, receiver, whose, standing, isLikedByMe, isFolded, isQuoteFolded } = props;
  const { id, author, createdAtMs } = message;
  const locale = { language, timeZone };
  return (
    <article
      id={ids.message(id)}
      class={standing ? `message ${standing}` : "message"}
      data-message-id={id}
      data-author={author.userId}
      data-client-id={message.clientId}
      data-receiver={receiver}
      data-read={message.isReadByAll ? "" : undefined}
      data-own={whose === "mine" ? "" : undefined}
    >
      {isFolded && <Folded language={language} />}
      <Monogram person={author} size="small" />
      <Author person={author} language={language} />
      <MessageBody language={language} message={message} isQuoteFolded={isQuoteFolded} />
      <Pictures language={language} pictures={message.pictures} />
      <span class="message-meta">
        <span class="read-mark">{text(language).rooms.read}</span>
        <time datetime={new Date(createdAtMs).toISOString()} title={fullTime(locale, createdAtMs)} data-clock="">
          {clockTime(locale, createdAtMs)}
        </time>
        <MessageLikes language={language} messageId={id} count={message.likeCount} />
      </span>
      {!message.isDeleted && (
        <MessageMenu
          language={language}
          roomId={message.roomId}
          id={message.id}
          whose={whose}
          isLikedByMe={isLikedByMe}
        />
      )}
    </article>
  );
};
const KeptMessage = kept<PlainMessageProps>((props) => <AnyMessage {...props} />);

/** What a message answers, and the way there. A push that deletes it empties every quote of it. */
const QuoteOf: FC<BodyProps & { quote: Quote }> = ({ language, message, quote, isQuoteFolded = false }) => {
  const { talk, pictures } = text(language);
  const { pictureCount = 0 } = quote;
  const author = calledIn(language, quote.author);
  return (
    <a
      class={`quote ${ids.quoteOf(quote.id)}`}
      href={paths.message(message.roomId, quote.id)}
      data-quoted={quote.author.userId}
      data-folded={isQuoteFolded ? talk.blockedLine : undefined}
    >
      <span class="quote-author">
        <span class="sr">{talk.answers(author)}: </span>
        <bdi aria-hidden="true">{author}</bdi>
      </span>
      <span class="quote-words" dir="auto">
        {wordsOf(quote.excerpt) || (pictureCount > 0 ? pictures.photos(pictureCount) : talk.deletedQuote)}
      </span>
    </a>
  );
};

interface BodyProps {
  readonly language: Language;
  readonly message: Message;
  readonly isQuoteFolded?: boolean | undefined;
}

/** In place of what somebody says whom the reader has blocked: opened, it lets that be seen. The rest is the style's. */
const Folded: FC<{ language: Language }> = ({ language }) => (
  <details class="folded">
    <summary>
      {text(language).talk.blockedLine} <span class="show">{text(language).talk.showBlocked}</span>
    </summary>
  </details>
);

/** The list by which the script folds away what is pushed, and the words it does that with. */
export const Blocked: FC<{ people: readonly string[]; context: RenderContext }> = ({ people, context }) => {
  const { talk } = text(context.language);
  const value = people.join(" ");
  return <data id={ids.blocked} value={value} data-label={talk.blockedLine} data-show={talk.showBlocked} hidden />;
};

/** The words of a message: what an edit replaces. Empty, and not seen, where pictures say it all. */
export const MessageBody: FC<BodyProps> = ({ language, message, isQuoteFolded }) => {
  const { rooms, site } = text(language);
  return (
    <div class="bubble" id={ids.messageBody(message.id)}>
      {message.replyTo && (
        <QuoteOf language={language} message={message} quote={message.replyTo} isQuoteFolded={isQuoteFolded} />
      )}
      {message.isDeleted ? <p class="deleted">{rooms.deleted}</p> : message.body && <Text body={message.body} />}
      {message.editedAtMs !== undefined && !message.isDeleted && <span class="meta">{site.edited}</span>}
    </div>
  );
};

/** From this the script makes what is not sent yet, so that it looks as it will. */
export const MessageTemplate: FC<{ me: Person; language: Language }> = ({ me, language }) => (
  <template id="message-template">
    <article class="message" data-author={me.userId} data-own="">
      <Monogram person={me} size="small" />
      <Author person={me} language={language} />
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
export const Present: FC<{ context: RenderContext; present: readonly Person[]; me?: string | undefined }> = (props) => (
  <>
    {props.present
      .filter(({ userId }) => userId !== props.me)
      .map(({ userId, name }) => (
        <span class="here" data-author={userId}>
          <bdi class="who">{name}</bdi> <span class="here-word">{text(props.context.language).rooms.here}</span>
        </span>
      ))}
  </>
);
