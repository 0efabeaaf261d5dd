import type { FC } from "hono/jsx";
import type { Counts } from "../src/domain/account.ts";
import type { Alarm } from "../src/domain/alarm.ts";
import type { QueueEvent } from "../src/domain/event.ts";
import type { Message, RoomSummary } from "../src/domain/room.ts";
import { AlarmRow } from "./alarm-row.tsx";
import { AlarmBadge, MessageBadge, ReportBadge } from "./badges.tsx";
import type { RenderContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { ids } from "./ids.ts";
import { LikeForm } from "./likes.tsx";
import { MessageLikeForm } from "./message-menu.tsx";
import { Blocked } from "./messages.tsx";
import { Time, WithName } from "./parts.tsx";
import { paths } from "./paths.ts";
import { LastMessage, nameOf, RequestCount, RoomRow, RoomRowWords, RoomUnread } from "./room-rows.tsx";
import { calledIn, text } from "./text.ts";

/** Heard by every tab of one person: the two badges always, and the row it is about where a list is open. */
export const QueuePush: FC<{ event: QueueEvent; context: RenderContext }> = ({ event, context }) => (
  <>
    <Badges counts={event.counts} context={context} />
    <Rows event={event} context={context} />
  </>
);

const Badges: FC<{ counts: Counts; context: RenderContext }> = ({ counts, context: { language } }) => (
  <>
    <hx-partial hx-target={`#${ids.alarmBadge}`} hx-swap="outerHTML">
      <AlarmBadge count={counts.unreadAlarmCount} language={language} />
    </hx-partial>
    <hx-partial hx-target={`#${ids.messageBadge}`} hx-swap="outerHTML">
      <MessageBadge count={counts.unreadMessageCount} language={language} />
    </hx-partial>
  </>
);

const Rows: FC<{ event: QueueEvent; context: RenderContext }> = ({ event, context }) => {
  switch (event.type) {
    case "alarm-raised":
      return event.isNews ? (
        <hx-partial hx-target={listFor(event.alarm)} hx-swap="afterbegin">
          <AlarmRow context={context} alarm={event.alarm} />
        </hx-partial>
      ) : (
        <hx-partial hx-target={`#${ids.alarm(event.alarm.key)}`} hx-swap="outerHTML">
          <AlarmRow context={context} alarm={event.alarm} />
        </hx-partial>
      );
    case "alarm-retracted":
      return <hx-partial hx-target={`#${ids.alarm(event.alarm.key)}`} hx-swap="delete" />;
    case "alarms-read":
      return (
        <>
          {event.alarms.map(({ key }) => (
            <hx-partial hx-target={`#${ids.alarmDot(key)}`} hx-swap="delete" />
          ))}
        </>
      );
    case "message-missed":
      return (
        <>
          <RoomChanges
            {...event}
            roomId={event.message.roomId}
            kind={event.room.kind}
            lastMessage={event.message}
            context={context}
          />
          <NewRoom room={newRoomOf({ ...event, room: { ...event.room, isMuted: false } })} context={context} />
        </>
      );
    case "room-changed": {
      const { room, lastMessage: message } = event;
      return (
        <>
          <RoomChanges {...event} context={context} />
          {room && message && (
            <NewRoom room={newRoomOf({ ...event, room, message })} me={event.receiver} context={context} />
          )}
        </>
      );
    }
    case "room-listed":
      return (
        <>
          <hx-partial hx-target={`#${ids.room(event.room.id)} > a`} hx-swap="innerHTML">
            <RoomRowWords context={context} room={event.room} me={event.receiver} />
          </hx-partial>
          <NewRoom room={event.room} me={event.receiver} isNews={event.isNews} context={context} />
          {event.isNews && <FoundRoom room={event.room} context={context} />}
        </>
      );
    case "room-unlisted":
      return (
        <>
          <hx-partial hx-target={`#${ids.room(event.roomId)}`} hx-swap="delete" />
          {event.isLost && <LostRoom roomId={event.roomId} context={context} />}
        </>
      );
    case "room-requested":
      return (
        <>
          <hx-partial hx-target={`#${ids.requestCount}`} hx-swap="outerHTML">
            <RequestCount context={context} count={event.requestCount} />
          </hx-partial>
          {event.roomId !== undefined && <Request room={event.room} roomId={event.roomId} context={context} />}
        </>
      );
    case "like-changed":
      return <Heart {...event} language={context.language} />;
    case "reports-waiting":
      return (
        <hx-partial hx-target={`#${ids.reportBadge}`} hx-swap="outerHTML">
          <ReportBadge count={event.openReportCount} language={context.language} />
        </hx-partial>
      );
    case "people-blocked":
      return (
        <hx-partial hx-target={`#${ids.blocked}`} hx-swap="outerHTML">
          <Blocked people={event.blocked} context={context} />
        </hx-partial>
      );
    default:
      return event satisfies never;
  }
};

type HeartProps = Extract<QueueEvent, { type: "like-changed" }> & Pick<RenderContext, "language">;

/**
 * Where it does not stand so already. Where it was pressed, the push may come before the answer, which then finds
 * nothing to do.
 */
const Heart: FC<HeartProps> = ({ language, kind, id, roomId, isLiked, likeCount }) => {
  const other = `[aria-pressed="${isLiked ? "false" : "true"}"]`;
  return (
    <hx-partial hx-target={`form:has(> #${ids.like(kind, id)}${other})`} hx-swap="outerHTML">
      {kind !== "message" ? (
        <LikeForm language={language} kind={kind} id={id} likeCount={likeCount} isLikedByMe={isLiked} />
      ) : (
        <MessageLikeForm language={language} roomId={roomId ?? 0} messageId={id} isLikedByMe={isLiked} />
      )}
    </hx-partial>
  );
};

/** The newest page of the inbox, unless it shows another kind only. */
const listFor = ({ kind, isNaming }: Alarm) =>
  `#${ids.alarms}:not([data-older]):is(:not([data-kind]),[data-kind="${kind}"]${isNaming ? ',[data-kind="MENTION"]' : ""})`;

interface RoomChangesProps {
  readonly roomId: number;
  readonly lastMessage: Message | undefined;
  readonly kind: RoomSummary["kind"] | undefined;
  readonly roomUnreadCount: number;
  readonly receiver: string;
  readonly context: RenderContext;
}

/** What changes in a row that is there. The script then puts the rows in the order of their times again. */
const RoomChanges: FC<RoomChangesProps> = ({ roomId, lastMessage, kind, roomUnreadCount, receiver, context }) => (
  <>
    {lastMessage && (
      <>
        <hx-partial hx-target={`#${ids.roomLast(roomId)}`} hx-swap="outerHTML">
          <LastMessage
            context={context}
            roomId={roomId}
            message={lastMessage}
            reader={receiver}
            isGroup={kind === "group"}
          />
        </hx-partial>
        <hx-partial hx-target={`#${ids.roomTime(roomId)}`} hx-swap="outerHTML">
          <Time context={context} ms={lastMessage.createdAtMs} id={ids.roomTime(roomId)} />
        </hx-partial>
      </>
    )}
    <hx-partial hx-target={`#${ids.roomUnread(roomId)}`} hx-swap="outerHTML">
      <RoomUnread context={context} roomId={roomId} count={roomUnreadCount} />
    </hx-partial>
  </>
);

/** In the list of requests: a row that is there is replaced and moves up, one that waits no more goes. */
const Request: FC<{ room: RoomSummary | undefined; roomId: number; context: RenderContext }> = (props) => {
  const { room, roomId, context } = props;
  if (!room) {
    const { talk } = text(context.language);
    return (
      <>
        <hx-partial hx-target={`#${ids.rooms}[data-requests] > #${ids.room(roomId)}`} hx-swap="delete" />
        {/* Answered in another tab, or taken back: where it is open, too, there is nothing to answer any more. */}
        <hx-partial hx-target={`#${ids.request(roomId)}`} hx-swap="innerHTML">
          <p>{talk.requestAnswered}</p>
          <div class="request-answers">
            <a class="button quiet" href={paths.room(roomId)}>
              {talk.openRoom}
            </a>
          </div>
        </hx-partial>
      </>
    );
  }
  return (
    <hx-partial hx-target={`#${ids.rooms}[data-requests]`} hx-swap="afterbegin">
      <RoomRow context={context} room={room} />
    </hx-partial>
  );
};

interface NewRoomProps {
  readonly room: RoomSummary;
  readonly me?: string;
  readonly isNews?: boolean | undefined;
  readonly context: RenderContext;
}

/** Only into a list that has no such row yet: a first message of somebody new, a group one was brought into. */
const NewRoom: FC<NewRoomProps> = ({ room, me, isNews, context }) => (
  <>
    <hx-partial hx-target={`#${ids.rooms}:not([data-requests]):not(:has(#${ids.room(room.id)}))`} hx-swap="afterbegin">
      <RoomRow context={context} room={room} me={me} isNews={isNews} />
    </hx-partial>
    {/* It may have been a request until now. */}
    <hx-partial hx-target={`#${ids.rooms}[data-requests] > #${ids.room(room.id)}`} hx-swap="delete" />
  </>
);

interface NewRoomFacts {
  readonly message: Message;
  readonly room: Pick<RoomSummary, "kind" | "name" | "others" | "isMuted">;
  readonly roomUnreadCount: number;
}

function newRoomOf({ message, room, roomUnreadCount: unreadCount }: NewRoomFacts): RoomSummary {
  const { roomId: id, createdAtMs: activeAtMs } = message;
  const { kind, name, others, isMuted } = room;
  return { id, kind, name, others, isMuted, isRequest: false, lastMessage: message, unreadCount, activeAtMs };
}

/** In place of a room that is open and is no longer one's own. */
const LostRoom: FC<{ roomId: number; context: RenderContext }> = ({ roomId, context }) => {
  const { talk } = text(context.language);
  return (
    <hx-partial hx-target={`#main > section[data-room="${roomId}"]`} hx-swap="innerHTML">
      <div class="lost-room">
        <Blank title={talk.lostRoom}>
          <p>{talk.lostRoomMore}</p>
          <a class="button quiet" href={paths.rooms}>
            {talk.toRooms}
          </a>
        </Blank>
      </div>
    </hx-partial>
  );
};

/** In place of that, once somebody has brought one back: what was said meanwhile is on a page of its own. */
const FoundRoom: FC<{ room: RoomSummary; context: RenderContext }> = ({ room, context: { language } }) => {
  const { talk } = text(language);
  const { addedBy } = room;
  return (
    <hx-partial hx-target={`#main > section[data-room="${room.id}"] > .lost-room`} hx-swap="innerHTML">
      <Blank
        title={
          addedBy ? (
            <WithName say={talk.addedYou} name={calledIn(language, addedBy)} />
          ) : (
            <bdi>{nameOf(language, room, room.others)}</bdi>
          )
        }
      >
        <a class="button" href={paths.room(room.id)}>
          {talk.openRoom}
        </a>
      </Blank>
    </hx-partial>
  );
};
