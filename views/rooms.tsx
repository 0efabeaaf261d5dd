import type { FC } from "hono/jsx";
import type { Message, RoomList, RoomPage as RoomPageData } from "../src/domain/room.ts";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { standingOf } from "./grouping.ts";
import { ids } from "./ids.ts";
import { Layout } from "./layout.tsx";
import { limits } from "./limits.ts";
import { Blocked, DayLine, MessageArticle, MessageTemplate, NewLine, Present } from "./messages.tsx";
import { Icon, Mark, Monogram, WithName } from "./parts.tsx";
import { destinations, paths } from "./paths.ts";
import { type Refused, RoomFoot } from "./room-foot.tsx";
import { GroupName, RoomPanel } from "./room-members.tsx";
import { nameOf, RoomRows } from "./room-rows.tsx";
import { calledIn, text } from "./text.ts";
import { dayKey } from "./time.ts";

export { MessageArticle } from "./messages.tsx";
export { RoomPush } from "./room-pushes.tsx";

export const RoomsPage: FC<{ page: PageContext; list: RoomList }> = ({ page, list }) => {
  const { rooms } = text(page.language);
  return (
    <Layout page={page} title={rooms.title} queuePosition={list.position} shape="rooms">
      <section class="room-list">
        <h1>{rooms.title}</h1>
        <RoomRows page={page} list={list} />
      </section>
      <div class="room-pick" aria-hidden="true">
        <Mark />
        <p>{rooms.pick}</p>
      </div>
    </Layout>
  );
};

interface RoomPageProps {
  readonly page: PageContext;
  readonly roomPage: RoomPageData;
  /** Shown beside the room where the screen is wide. */
  readonly list?: RoomList | undefined;
  /** Of the form without script: posted twice, stored once. */
  readonly clientId?: string;
  /** Of one picture, in octets as it comes. */
  readonly pictureBytes?: number;
  readonly refused?: Refused;
}

export const RoomPage: FC<RoomPageProps> = (props) => {
  const { page, roomPage, list, clientId = crypto.randomUUID(), refused } = props;
  const { pictureBytes = limits.pictureBytesMax } = props;
  const { rooms } = text(page.language);
  const { room, others } = roomPage;
  const name = nameOf(page.language, room, others);
  return (
    <Layout
      page={page}
      title={name}
      live={{ destination: destinations.room(room.id), position: roomPage.position, ack: "client" }}
      queuePosition={list?.position}
      shape="room"
    >
      {list && (
        <aside class="room-list" aria-label={rooms.title}>
          <p class="pane-title">{rooms.title}</p>
          <RoomRows page={page} list={list} openId={room.id} />
        </aside>
      )}
      <section class="room" data-room={room.id} data-kind={room.kind}>
        <RoomHead page={page} roomPage={roomPage} name={name} />
        <Log page={page} roomPage={roomPage} name={name} />
        <RoomFoot {...{ page, roomPage, name, clientId, pictureBytes, refused }} />
      </section>
    </Layout>
  );
};

interface PartProps {
  readonly page: PageContext;
  readonly roomPage: RoomPageData;
  readonly name: string;
}

const RoomHead: FC<PartProps> = ({ page, roomPage, name }) => {
  const { site, talk } = text(page.language);
  const { others, room, present } = roomPage;
  const [other] = others;
  const isPair = room.kind === "pair" && other !== undefined;
  return (
    <header class="room-head">
      <a class="round" href={paths.rooms} aria-label={site.back}>
        <Icon name="back" />
      </a>
      {isPair ? (
        <Monogram person={other} size="small" />
      ) : (
        <Monogram person={{ userId: String(room.id), name }} size="small" />
      )}
      <div class="room-title">
        <h1>
          {isPair && other.name !== "" ? (
            <a href={paths.member(other.userId)}>
              <bdi>{name}</bdi>
            </a>
          ) : (
            <GroupName language={page.language} name={room.name} otherwise={name} />
          )}
        </h1>
        {!isPair && (
          <p class="meta" id={ids.memberCount}>
            {talk.memberCount(room.members.length)}
          </p>
        )}
        <p id={ids.presence} class="presence" data-kind={room.kind}>
          <Present context={page} present={present} me={page.me?.userId} />
        </p>
      </div>
      <RoomPanel page={page} roomPage={roomPage} />
    </header>
  );
};

const Log: FC<PartProps> = ({ page, roomPage, name }) => {
  const { rooms, talk } = text(page.language);
  const { room, messages, before, after, unreadCount, addedBy } = roomPage;
  const readByAll = messages.findLast((message) => message.isReadByAll)?.id ?? 0;
  return (
    <div class="log">
      {messages.length > 0 && (
        <noscript>
          <p class="older">
            <a href={`#${ids.composer}`}>{rooms.latest}</a>
          </p>
        </noscript>
      )}
      {before === undefined ? (
        messages.length > 0 && <p class="beginning">{rooms.beginning}</p>
      ) : (
        <p class="older">
          <a class="button quiet small" id="earlier" href={`${paths.room(room.id)}?before=${before}`}>
            {rooms.earlier}
          </a>
        </p>
      )}
      <div
        id={ids.messages}
        class="messages"
        role="log"
        aria-label={room.kind === "pair" ? rooms.conversation(name) : name}
        aria-live="off"
        tabindex={0}
        data-read-up-to={roomPage.readUpTo}
        data-gap={after === undefined ? undefined : ""}
      >
        <Messages page={page} roomPage={roomPage} />
      </div>
      <Blocked people={roomPage.blocked} context={page} />
      {page.me && <MessageTemplate me={page.me} language={page.language} />}
      {messages.length === 0 && (
        <Blank
          title={addedBy ? <WithName say={talk.addedYou} name={calledIn(page.language, addedBy)} /> : rooms.noMessages}
        >
          <p>{room.kind === "pair" ? rooms.noMessagesMore(name) : talk.groupHello}</p>
        </Blank>
      )}
      {after !== undefined && (
        <p class="older later">
          <a class="button quiet small" id="later" href={`${paths.room(room.id)}?after=${after}`}>
            {talk.later}
          </a>
          <a class="button small" href={paths.room(room.id)}>
            {talk.jumpToLatest}
          </a>
        </p>
      )}
      <data id={ids.readMark} value={String(readByAll)} hidden />
      {unreadCount > 0 && <ReadForm page={page} roomPage={roomPage} />}
    </div>
  );
};

/** Without script nobody can see what is looked at, so there is a button for it. */
const ReadForm: FC<Omit<PartProps, "name">> = ({ page, roomPage }) => {
  const newest = roomPage.messages.at(-1);
  if (!newest) return null;
  return (
    <noscript>
      <form method="post" action={paths.readRoom(roomPage.room.id)} class="older">
        <input type="hidden" name="upTo" value={newest.id} />
        <input type="hidden" name="byHand" value="1" />
        <button type="submit" class="quiet small">
          {text(page.language).rooms.markRead}
        </button>
      </form>
    </noscript>
  );
};

const Messages: FC<Omit<PartProps, "name">> = ({ page, roomPage }) => {
  const me = page.me?.userId;
  const { room, messages, readUpTo, unreadCount } = roomPage;
  const blocked = room.kind === "group" ? roomPage.blocked : [];
  const isNews = (m: Message) => m.author.userId !== me && !m.isDeleted && !blocked.includes(m.author.userId);
  const firstNew = messages.find((m) => m.id > readUpTo && isNews(m));
  return (
    <>
      {messages.map((message, i) => {
        const before = messages[i - 1];
        const isNewDay = !before || dayOfMessage(page, before) !== dayOfMessage(page, message);
        const isFirstNew = message === firstNew && unreadCount > 0;
        return (
          <>
            {isNewDay && <DayLine context={page} ms={message.createdAtMs} />}
            {isFirstNew && <NewLine context={page} count={unreadCount} />}
            <MessageArticle
              context={page}
              message={message}
              me={me}
              isLikedByMe={roomPage.liked.includes(message.id)}
              blocked={blocked}
              standing={isFirstNew || isNewDay ? "" : standingOf(saidOf(before), saidOf(message), page.timeZone)}
            />
          </>
        );
      })}
    </>
  );
};

const dayOfMessage = (page: PageContext, message: Message) => dayKey(page.timeZone, message.createdAtMs);

function saidOf(message: Message): { userId: string; atMs: number };
function saidOf(message: Message | undefined): { userId: string; atMs: number } | undefined;
function saidOf(message: Message | undefined) {
  return message && { userId: message.author.userId, atMs: message.createdAtMs };
}
