import type { FC } from "hono/jsx";
import type { Alarm } from "../src/domain/alarm.ts";
import type { Post } from "../src/domain/post.ts";
import type { RoomSummary } from "../src/domain/room.ts";
import { AlarmRow, placeOf, sentenceOf } from "./alarm-row.tsx";
import type { PageContext, RenderContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { wordsOf } from "./format.ts";
import { Layout } from "./layout.tsx";
import { Icon, Monogram, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { nameOf, RoomRow } from "./room-rows.tsx";
import { calledIn, text } from "./text.ts";
import { fullTime } from "./time.ts";

/** What somebody missed; see service/visits. */
export interface MissedData {
  readonly sinceMs: number | undefined;
  readonly posts: readonly Post[] | undefined;
  readonly alarms: readonly Alarm[];
  readonly rooms: readonly RoomSummary[];
  readonly position: string;
}

interface VisitPageProps {
  readonly page: PageContext;
  readonly missed: MissedData;
  /** The whole private address, where there is one. */
  readonly feedUrl: string | undefined;
}

/** One page of all that happened since its reader last said "seen". */
export const VisitPage: FC<VisitPageProps> = ({ page, missed, feedUrl }) => {
  const { visits, site } = text(page.language);
  const { sinceMs, posts, alarms, rooms, position } = missed;
  const isNothing = posts?.length === 0 && alarms.length === 0 && rooms.length === 0;
  return (
    <Layout page={page} title={visits.title}>
      <h1>{visits.title}</h1>
      <p class="lead">{sinceMs === undefined ? visits.first : visits.since(fullTime(page, sinceMs))}</p>
      {isNothing ? (
        <Blank title={visits.nothing}>
          <p>{visits.nothingMore}</p>
          <a class="button quiet" href={paths.home}>
            {site.home}
          </a>
        </Blank>
      ) : (
        <form method="post" action={paths.visit} class="seen">
          <input type="hidden" name="upTo" value={position} />
          <button type="submit" class="quiet">
            {visits.seen}
          </button>
        </form>
      )}
      <Rooms page={page} rooms={rooms} />
      <Alarms page={page} alarms={alarms} />
      <Posts page={page} posts={posts} />
      <FeedAddress page={page} feedUrl={feedUrl} />
    </Layout>
  );
};

const Rooms: FC<{ page: PageContext; rooms: readonly RoomSummary[] }> = ({ page, rooms }) => {
  if (rooms.length === 0) return null;
  return (
    <section class="found">
      <h2>{text(page.language).visits.rooms}</h2>
      <ul class="rooms">
        {rooms.map((room) => (
          <RoomRow context={page} room={room} me={page.me?.userId} />
        ))}
      </ul>
    </section>
  );
};

const Alarms: FC<{ page: PageContext; alarms: readonly Alarm[] }> = ({ page, alarms }) => {
  if (alarms.length === 0) return null;
  return (
    <section class="found">
      <h2>{text(page.language).visits.alarms}</h2>
      <ul class="alarms">
        {alarms.map((alarm) => (
          <AlarmRow context={page} alarm={alarm} />
        ))}
      </ul>
    </section>
  );
};

const Posts: FC<{ page: PageContext; posts: readonly Post[] | undefined }> = ({ page, posts }) => {
  const { visits, site } = text(page.language);
  if (posts?.length === 0) return null;
  return (
    <section class="found">
      <h2>{visits.posts}</h2>
      {posts === undefined && (
        <p>
          {visits.manyPosts} <a href={paths.home}>{site.home}</a>
        </p>
      )}
      {posts?.map((post) => (
        <a class="hit" href={paths.post(post.id)}>
          <Monogram person={post.author} size="small" />
          <span class="hit-text">
            <span class="meta">
              <bdi>{calledIn(page.language, post.author)}</bdi> <Time context={page} ms={post.createdAtMs} />
            </span>
            <strong dir="auto">{post.title}</strong>
            <span class="hit-excerpt" dir="auto">
              {wordsOf(post.body).slice(0, 200)}
            </span>
          </span>
          <Icon name="forward" />
        </a>
      ))}
    </section>
  );
};

const FeedAddress: FC<{ page: PageContext; feedUrl: string | undefined }> = ({ page, feedUrl }) => {
  const { visits } = text(page.language);
  return (
    <section class="found">
      <h2>{visits.feedTitle}</h2>
      <p class="hint">{visits.feedLead}</p>
      {feedUrl !== undefined && <input readonly value={feedUrl} aria-label={visits.feedAddress} class="address" />}
      <form method="post" action={paths.visitFeed} class="row">
        <button type="submit" name="is" value="on" class="quiet">
          {feedUrl === undefined ? visits.feedOn : visits.feedRenew}
        </button>
        {feedUrl !== undefined && (
          <button type="submit" name="is" value="off" class="quiet">
            {visits.feedOff}
          </button>
        )}
      </form>
    </section>
  );
};

interface AtomProps {
  readonly context: RenderContext;
  readonly missed: MissedData;
  readonly baseUrl: string;
  /** Not the secret address: an id that stays when that is renewed. */
  readonly userId: string;
}

interface Entry {
  readonly id: string;
  readonly link: string;
  readonly title: string;
  readonly summary: string;
  readonly atMs: number;
}

/** The same as an Atom feed (RFC 4287). Chat is named, never quoted: a feed reader keeps what it has read. */
export function atomOf({ context, missed, baseUrl, userId }: AtomProps): string {
  const words = text(context.language);
  const entries: Entry[] = [
    ...(missed.posts ?? []).map((post) => ({
      id: `post-${post.id}`,
      link: paths.post(post.id),
      title: `${calledIn(context.language, post.author)}: ${post.title}`,
      summary: wordsOf(post.body).slice(0, 400) || words.pictures.photos(post.pictures.length),
      atMs: post.createdAtMs,
    })),
    ...missed.alarms.map((alarm) => ({
      id: `alarm-${alarm.id}`,
      link: placeOf(alarm),
      title: sentenceOf(context.language, alarm),
      summary: alarm.target === "MESSAGE" ? "" : alarm.excerpt,
      atMs: alarm.createdAtMs,
    })),
    ...missed.rooms.map((room) => ({
      id: `room-${room.id}-${room.lastMessage?.id ?? 0}`,
      link: paths.room(room.id),
      title: `${nameOf(context.language, room, room.others)}: ${words.visits.unread(room.unreadCount)}`,
      summary: "",
      atMs: room.activeAtMs,
    })),
  ].sort((a, b) => b.atMs - a.atMs);
  const site = `tag:${new URL(baseUrl).hostname},2026:${userId}`;
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${context.language}">
<id>${xml(site)}</id>
<title>${xml(`Birdie — ${words.visits.title}`)}</title>
<updated>${new Date(entries[0]?.atMs ?? 0).toISOString()}</updated>
<link href="${xml(baseUrl + paths.visit)}"/>
${entries
  .map(
    (entry) => `<entry>
<id>${xml(`${site}:${entry.id}`)}</id>
<title>${xml(entry.title)}</title>
<updated>${new Date(entry.atMs).toISOString()}</updated>
<link href="${xml(baseUrl + entry.link)}"/>
<summary>${xml(entry.summary)}</summary>
</entry>`,
  )
  .join("\n")}
</feed>
`;
}

/** Text in XML 1.0: the five signs escaped, what XML cannot hold left out. */
function xml(value: string): string {
  const signs: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return value
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"']/g, (sign) => signs[sign] ?? "");
}
