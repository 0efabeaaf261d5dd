import type { FC } from "hono/jsx";
import type { Language, Person } from "../src/domain/account.ts";
import type { Message, Room, RoomList, RoomSummary } from "../src/domain/room.ts";
import type { PageContext, RenderContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { wordsOf } from "./format.ts";
import { ids } from "./ids.ts";
import { Icon, Monogram, Time, WithName } from "./parts.tsx";
import { paths } from "./paths.ts";
import { Older } from "./posts.tsx";
import { calledIn, text } from "./text.ts";

interface RoomRowsProps {
  readonly page: PageContext;
  readonly list: RoomList;
  /** The room that is open beside the list. */
  readonly openId?: number | undefined;
}

/** The rooms of one reader, or what to do where there are none. */
export const RoomRows: FC<RoomRowsProps> = ({ page, list, openId }) => (
  <>
    <RoomTabs page={page} list={list} />
    <ul id={ids.rooms} class="rooms" data-requests={list.isRequests ? "" : undefined}>
      {list.rooms.map((room) => (
        <RoomRow context={page} room={room} me={page.me?.userId} isOpen={room.id === openId} />
      ))}
    </ul>
    {list.rooms.length === 0 && <NoRooms page={page} isRequests={list.isRequests} />}
    <Older path={paths.rooms} before={list.before} label={text(page.language).rooms.older} />
  </>
);

/** Conversations, requests (where there are any), and the way to a new group. */
const RoomTabs: FC<{ page: PageContext; list: RoomList }> = ({ page, list }) => {
  const { talk, rooms } = text(page.language);
  return (
    <nav class="room-tabs" aria-label={rooms.title}>
      {/* Also where there is no request, for one may come at any time: until then the style hides both. */}
      <a href={paths.rooms} class="kind" aria-current={list.isRequests ? undefined : "page"}>
        {talk.conversations}
      </a>
      <a href={paths.requests} class="kind" aria-current={list.isRequests ? "page" : undefined}>
        <RequestCount context={page} count={list.requestCount} />
      </a>
      <span class="room-ways">
        <a class="button quiet small" href={paths.members}>
          {rooms.find}
        </a>
        <a class="button quiet small" href={paths.newGroup}>
          <Icon name="group" />
          {talk.newGroup}
        </a>
      </span>
    </nav>
  );
};

export const RequestCount: FC<{ context: RenderContext; count: number }> = ({ context, count }) => {
  const { talk } = text(context.language);
  return (
    <span id={ids.requestCount} data-count={count}>
      {count > 0 ? talk.requestCount(count) : talk.requests}
    </span>
  );
};

const NoRooms: FC<{ page: PageContext; isRequests: boolean }> = ({ page, isRequests }) => {
  const { rooms, talk } = text(page.language);
  return (
    <Blank title={isRequests ? talk.noRequests : rooms.empty}>
      <p>{isRequests ? talk.noRequestsMore : rooms.emptyMore}</p>
      <a class="button quiet" href={isRequests ? paths.rooms : paths.members}>
        {isRequests ? talk.toRooms : rooms.emptyLink}
      </a>
    </Blank>
  );
};

interface RoomRowProps {
  readonly context: RenderContext;
  readonly room: RoomSummary;
  readonly me?: string | undefined;
  readonly isOpen?: boolean;
  /** The script tells of it outside of the page. */
  readonly isNews?: boolean | undefined;
}

export const RoomRow: FC<RoomRowProps> = ({ context, room, me, isOpen = false, isNews }) => (
  <li id={ids.room(room.id)} class="room-row" data-room-id={room.id} data-news={isNews ? "" : undefined}>
    <a href={paths.room(room.id)} aria-current={isOpen ? "true" : undefined}>
      <RoomRowWords context={context} room={room} me={me} />
    </a>
  </li>
);

/** What a push replaces where the row is there. */
export const RoomRowWords: FC<Omit<RoomRowProps, "isOpen">> = ({ context, room, me }) => {
  const { talk } = text(context.language);
  const { id, lastMessage } = room;
  const name = nameOf(context.language, room, room.others);
  const [face = { userId: String(id), name }] = room.others;
  return (
    <>
      <Monogram person={room.kind === "group" ? { userId: String(id), name } : face} />
      <span class="room-words" data-muted={room.isMuted ? "" : undefined}>
        <span class="room-top">
          <bdi class="room-name">{name}</bdi>
          {room.isMuted && <span class="meta muted">{talk.muted}</span>}
          <span class="meta">
            {room.addedBy ? (
              <Time context={context} ms={room.activeAtMs} id={ids.roomTime(id)} />
            ) : lastMessage ? (
              <Time context={context} ms={lastMessage.createdAtMs} activeAtMs={room.activeAtMs} id={ids.roomTime(id)} />
            ) : (
              <time id={ids.roomTime(id)} datetime={new Date(room.activeAtMs).toISOString()} />
            )}
          </span>
        </span>
        <span class="room-bottom">
          {room.addedBy ? (
            <span id={ids.roomLast(id)} class="last-message">
              <WithName say={talk.addedYou} name={calledIn(context.language, room.addedBy)} />
            </span>
          ) : (
            <LastMessage
              context={context}
              roomId={id}
              message={lastMessage}
              reader={me}
              isGroup={room.kind === "group"}
            />
          )}
          <RoomUnread context={context} roomId={id} count={room.unreadCount} />
          {room.addedBy && room.isNew && (
            <span class="dot">
              <span class="sr">{talk.isNew}</span>
            </span>
          )}
        </span>
      </span>
    </>
  );
};

interface LastMessageProps {
  readonly context: RenderContext;
  readonly roomId: number;
  readonly message:
    | (Pick<Message, "body" | "pictures" | "author"> & Pick<Partial<Message>, "isFromBlocked">)
    | undefined;
  readonly reader: string | undefined;
  readonly isGroup: boolean;
}

/** One line; the style cuts it where the row ends. In a group it says whose it is. */
export const LastMessage: FC<LastMessageProps> = ({ context, roomId, message, reader, isGroup }) => {
  const { rooms, talk, pictures } = text(context.language);
  if (message?.isFromBlocked) {
    return (
      <span id={ids.roomLast(roomId)} class="last-message">
        {talk.blockedLine}
      </span>
    );
  }
  const isMine = message?.author.userId === reader;
  const body = message && wordsOf(message.body).replace(/\s+/g, " ").slice(0, LAST_MESSAGE_MAX);
  return (
    <span id={ids.roomLast(roomId)} class="last-message" dir="auto">
      {message && (isMine || isGroup) && (
        <bdi class="by">{isMine ? rooms.mine : rooms.by(calledIn(context.language, message.author))}</bdi>
      )}
      {message
        ? body || (message.pictures.length > 0 ? pictures.photos(message.pictures.length) : rooms.lastDeleted)
        : rooms.noMessages}
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
export function nameOf(language: Language, room: Pick<Room, "name">, others: readonly Person[]): string {
  return room.name ?? (others.map((person) => calledIn(language, person)).join(", ") || text(language).rooms.alone);
}
