import type { FC } from "hono/jsx";
import type { Person } from "../src/domain/account.ts";
import type { Message, Room, RoomList, RoomSummary } from "../src/domain/room.ts";
import type { PageContext, RenderContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { ids } from "./ids.ts";
import { Monogram, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { Older } from "./posts.tsx";
import { text } from "./text.ts";

interface RoomRowsProps {
  readonly page: PageContext;
  readonly list: RoomList;
  /** The room that is open beside the list. */
  readonly openId?: number | undefined;
}

/** The rooms of one reader, or what to do where there are none. */
export const RoomRows: FC<RoomRowsProps> = ({ page, list, openId }) => {
  const { rooms } = text(page.language);
  return (
    <>
      <ul id={ids.rooms} class="rooms">
        {list.rooms.map((room) => (
          <RoomRow context={page} room={room} me={page.me?.userId} isOpen={room.id === openId} />
        ))}
      </ul>
      {list.rooms.length === 0 && (
        <Blank title={rooms.empty}>
          <p>{rooms.emptyMore}</p>
          <a class="button quiet" href={paths.home}>
            {rooms.emptyLink}
          </a>
        </Blank>
      )}
      <Older path={paths.rooms} before={list.before} label={rooms.older} />
    </>
  );
};

interface RoomRowProps {
  readonly context: RenderContext;
  readonly room: RoomSummary;
  readonly me?: string | undefined;
  readonly isOpen?: boolean;
}

export const RoomRow: FC<RoomRowProps> = ({ context, room, me, isOpen = false }) => {
  const { id, lastMessage } = room;
  const name = nameOf(room, room.others, text(context.language).rooms.alone);
  const [face = { userId: String(id), name }] = room.others;
  return (
    <li id={ids.room(id)} class="room-row" data-room-id={id}>
      <a href={paths.room(id)} aria-current={isOpen ? "true" : undefined}>
        <Monogram person={face} />
        <span class="room-words">
          <span class="room-top">
            <bdi class="room-name">{name}</bdi>
            <span class="meta">
              {lastMessage ? (
                <Time context={context} ms={lastMessage.createdAtMs} id={ids.roomTime(id)} />
              ) : (
                <time id={ids.roomTime(id)} datetime={new Date(room.activeAtMs).toISOString()} />
              )}
            </span>
          </span>
          <span class="room-bottom">
            <LastMessage context={context} roomId={id} message={lastMessage} reader={me} />
            <RoomUnread context={context} roomId={id} count={room.unreadCount} />
          </span>
        </span>
      </a>
    </li>
  );
};

interface LastMessageProps {
  readonly context: RenderContext;
  readonly roomId: number;
  readonly message: Pick<Message, "body" | "author"> | undefined;
  readonly reader: string | undefined;
}

/** One line; the style cuts it where the row ends. */
export const LastMessage: FC<LastMessageProps> = ({ context, roomId, message, reader }) => {
  const { rooms } = text(context.language);
  const body = message?.body.replace(/\s+/g, " ").slice(0, LAST_MESSAGE_MAX);
  return (
    <span id={ids.roomLast(roomId)} class="last-message" dir="auto">
      {message && message.author.userId === reader && <span class="mine">{rooms.mine}</span>}
      {message ? body || rooms.lastDeleted : rooms.noMessages}
    </span>
  );
};

const LAST_MESSAGE_MAX = 140;

export const RoomUnread: FC<{ context: RenderContext; roomId: number; count: number }> = (props) => (
  <span
    id={ids.roomUnread(props.roomId)}
    class="unread badge"
    role="img"
    aria-label={text(props.context.language).rooms.unread(props.count)}
    data-count={props.count}
    hidden={props.count === 0}
  >
    {props.count > 99 ? "99+" : props.count}
  </span>
);

/** A room's own name, or those of the other people in it. */
export function nameOf(room: Pick<Room, "name">, others: readonly Person[], alone: string): string {
  return room.name ?? (others.map((person) => person.name).join(", ") || alone);
}
