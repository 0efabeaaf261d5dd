import type { FC } from "hono/jsx";
import type { RoomEvent, RoomMoment } from "../src/domain/event.ts";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { MessageArticle, MessageBody, Present } from "./messages.tsx";
import { text } from "./text.ts";

/** Heard by everybody who is in a room. */
export const RoomPush: FC<{ event: RoomEvent | RoomMoment; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "message-said":
      return (
        <hx-partial hx-target={`#${ids.messages}`} hx-swap="beforeend">
          <MessageArticle context={context} message={event.message} receiver={event.receiver} />
        </hx-partial>
      );
    case "message-edited":
      return (
        <hx-partial hx-target={`#${ids.messageBody(event.message.id)}`} hx-swap="outerHTML">
          <MessageBody context={context} message={event.message} />
        </hx-partial>
      );
    case "message-deleted":
      return <hx-partial hx-target={`#${ids.message(event.messageId)}`} hx-swap="delete" />;
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
            <bdi>{text(context.language).rooms.typing(event.name)}</bdi>
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
