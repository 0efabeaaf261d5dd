import type { FC } from "hono/jsx";
import type { RoomEvent, RoomMoment } from "../src/domain/event.ts";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { MessageLikes } from "./message-menu.tsx";
import { MessageArticle, MessageBody, Present } from "./messages.tsx";
import { WithName } from "./parts.tsx";
import { RoomState } from "./room-foot.tsx";
import { GroupName, MemberRows } from "./room-members.tsx";
import { text } from "./text.ts";

/** Heard by everybody who is in a room. */
export const RoomPush: FC<{ event: RoomEvent | RoomMoment; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "message-said":
      return (
        // Below a gap the script keeps it out of sight until the reader gets there: dropped, it could be missed for good.
        <hx-partial hx-target={`#${ids.messages}`} hx-swap="beforeend">
          <MessageArticle
            context={context}
            message={event.message}
            receiver={event.receiver}
            isLikedByMe={event.isLikedByMe ?? false}
          />
        </hx-partial>
      );
    case "message-edited":
      return (
        <>
          <hx-partial hx-target={`#${ids.messageBody(event.message.id)}`} hx-swap="outerHTML">
            <MessageBody language={context.language} message={event.message} />
          </hx-partial>
          <hx-partial hx-target={quotesOf(event.message.id)} hx-swap="innerHTML">
            {event.excerpt}
          </hx-partial>
        </>
      );
    case "message-deleted":
      return <MessageGone {...event} context={context} />;
    case "message-liked":
      return (
        <hx-partial hx-target={`#${ids.messageLikes(event.messageId)}`} hx-swap="outerHTML">
          <MessageLikes language={context.language} messageId={event.messageId} count={event.likeCount} />
        </hx-partial>
      );
    case "room-renamed":
      return (
        <hx-partial hx-target={`#${ids.roomName}`} hx-swap="outerHTML">
          <GroupName language={context.language} name={event.name} />
        </hx-partial>
      );
    case "room-members":
      return (
        <>
          <hx-partial hx-target={`#${ids.members}`} hx-swap="innerHTML">
            <MemberRows context={context} roomId={event.roomId} members={event.members} />
          </hx-partial>
          <hx-partial hx-target={`#${ids.memberCount}`} hx-swap="innerHTML">
            {text(context.language).talk.memberCount(event.members.length)}
          </hx-partial>
        </>
      );
    case "room-closed":
      return (
        <hx-partial hx-target={`#${ids.roomState}`} hx-swap="outerHTML">
          <RoomState context={context} isClosed={event.isClosed} />
        </hx-partial>
      );
    case "room-read":
      // The script gives every article up to this value its `data-read`.
      return (
        <hx-partial hx-target={`#${ids.readMark}`} hx-swap="outerHTML">
          <data
            id={ids.readMark}
            value={String(event.readByAllUpTo)}
            data-reader={event.reader}
            data-up-to={event.upTo}
            hidden
          />
        </hx-partial>
      );
    case "typing":
      return (
        <hx-partial hx-target={`#${ids.typing}`} hx-swap="innerHTML">
          <span data-author={event.userId}>
            <WithName say={text(context.language).rooms.typing} name={event.name} />
          </span>
        </hx-partial>
      );
    case "presence":
      return (
        <hx-partial hx-target={`#${ids.presence}`} hx-swap="innerHTML">
          <Present context={context} present={event.present} />
        </hx-partial>
      );
    default:
      return event satisfies never;
  }
};

/** The words of a message wherever they are quoted. */
const quotesOf = (messageId: number) => `#${ids.messages} .${ids.quoteOf(messageId)} > .quote-words`;

interface MessageGoneProps {
  readonly messageId: number;
  readonly isKept: boolean;
  readonly context: RenderContext;
}

/** It goes, or its words do where it was answered; and nobody quotes it any more. */
const MessageGone: FC<MessageGoneProps> = ({ messageId, isKept, context }) => {
  const { rooms, talk } = text(context.language);
  if (!isKept) return <hx-partial hx-target={`#${ids.message(messageId)}`} hx-swap="delete" />;
  return (
    <>
      <hx-partial hx-target={`#${ids.messageBody(messageId)}`} hx-swap="innerHTML">
        <p class="deleted">{rooms.deleted}</p>
      </hx-partial>
      <hx-partial hx-target={`#${ids.message(messageId)} > .message-menu`} hx-swap="delete" />
      <hx-partial hx-target={`#${ids.message(messageId)} > .pictures`} hx-swap="delete" />
      <hx-partial hx-target={quotesOf(messageId)} hx-swap="innerHTML">
        {talk.deletedQuote}
      </hx-partial>
    </>
  );
};
