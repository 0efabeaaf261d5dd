import type { Person, SignIn } from "../../src/domain/account.ts";
import type { Alarm } from "../../src/domain/alarm.ts";
import type { Choices } from "../../src/domain/choices.ts";
import type { FeedEvent, PostEvent, QueueEvent, RoomEvent, RoomMoment } from "../../src/domain/event.ts";
import type { Comment, Feed, Post, PostPage as PostPageData } from "../../src/domain/post.ts";
import type { Member, Message, RoomList, RoomPage as RoomPageData, RoomSummary } from "../../src/domain/room.ts";
import { LogInPage, ProfilePage, SettingsPage, SignUpPage } from "../../views/accounts.tsx";
import { InboxPage, QueuePush } from "../../views/alarms.tsx";
import type { PageContext } from "../../views/context.ts";
import { ErrorPage } from "../../views/errors.tsx";
import { BlocksPage, EditMessagePage, NewGroupPage } from "../../views/groups.tsx";
import { MembersPage } from "../../views/members.tsx";
import { EditCommentPage, EditPostPage, FeedPage, FeedPush, PostPage, PostPush } from "../../views/posts.tsx";
import { RoomPage, RoomPush, RoomsPage } from "../../views/rooms.tsx";

export const NOW_MS = Date.parse("2026-11-22T02:30:00.000Z");

export const alice: Person = { userId: "alice", name: "앨리스" };
export const bob: Person = { userId: "bob", name: "밥" };

export function makePage(more: Partial<PageContext> = {}): PageContext {
  return {
    language: "ko",
    timeZone: "Asia/Seoul",
    nowMs: NOW_MS,
    me: alice,
    counts: { unreadAlarmCount: 2, unreadMessageCount: 1 },
    position: "db-7",
    path: "/",
    theme: "auto",
    signup: "open",
    asset: (name) => `/assets/${name}`,
    memberScripts: [],
    ...more,
  };
}

export function makePost(more: Partial<Post> = {}): Post {
  return {
    id: 3,
    author: bob,
    title: "제목",
    body: "본문",
    pictures: [],
    createdAtMs: NOW_MS - 60_000,
    editedAtMs: undefined,
    likeCount: 1,
    commentCount: 2,
    ...more,
  };
}

export function makeComment(more: Partial<Comment> = {}): Comment {
  return {
    id: 9,
    postId: 3,
    parentId: undefined,
    author: bob,
    body: "멋져요",
    pictures: [],
    createdAtMs: NOW_MS - 60_000,
    editedAtMs: undefined,
    isDeleted: false,
    likeCount: 0,
    ...more,
  };
}

const choices: Choices = {
  alarmsOff: ["LIKES"],
  quiet: undefined,
  hidesPushContent: false,
  openTo: "everybody",
  sendsReceipts: true,
  sendsTyping: undefined,
  community: { sendsReceipts: true, sendsTyping: false },
  mutedPosts: [],
};

export function makeAlarm(more: Partial<Alarm> = {}): Alarm {
  return {
    id: 12,
    key: 7,
    kind: "LIKES",
    receiver: "alice",
    actors: [bob],
    actorCount: 1,
    target: "POST_REPLY",
    postId: 3,
    roomId: undefined,
    replyId: 9,
    excerpt: "멋져요",
    isRead: false,
    createdAtMs: NOW_MS - 60_000,
    ...more,
  };
}

export function makeMessage(more: Partial<Message> = {}): Message {
  return {
    id: 81,
    roomId: 5,
    author: bob,
    body: "내일 봐요",
    clientId: undefined,
    createdAtMs: NOW_MS - 60_000,
    editedAtMs: undefined,
    isDeleted: false,
    pictures: [],
    isReadByAll: false,
    likeCount: 0,
    replyTo: undefined,
    ...more,
  };
}

const memberOf = (person: Person): Member => ({ ...person, role: "member" });

export function makeRoom(more: Partial<RoomSummary> = {}): RoomSummary {
  return {
    id: 5,
    kind: "pair",
    name: undefined,
    others: [bob],
    isMuted: false,
    isRequest: false,
    lastMessage: makeMessage(),
    unreadCount: 3,
    activeAtMs: NOW_MS,
    ...more,
  };
}

export function makeRoomPage(more: Partial<RoomPageData> = {}): RoomPageData {
  return {
    room: { id: 5, kind: "pair", name: undefined, members: [memberOf(alice), memberOf(bob)] },
    others: [bob],
    messages: [makeMessage()],
    liked: [],
    before: undefined,
    after: undefined,
    around: undefined,
    answering: undefined,
    blocked: [],
    isMuted: false,
    isRequest: false,
    closedBy: undefined,
    isOtherAway: false,
    isOtherGone: false,
    isHeld: false,
    hasReceipts: true,
    readUpTo: 80,
    unreadCount: 1,
    present: [bob],
    position: "r5",
    ...more,
  };
}

const signIn: SignIn = {
  id: "s1",
  userAgent: "curl/8",
  address: "192.0.2.1",
  createdAtMs: NOW_MS,
  lastUsedAtMs: NOW_MS,
  isThisOne: false,
};

/** Every page with `evil` in every place where somebody's words stand. */
export function everyPage(page: PageContext, evil = "말"): readonly (readonly [name: string, html: string])[] {
  const person = { userId: "bob", name: evil };
  const post = makePost({ author: person, title: evil, body: evil });
  const comment = makeComment({ author: person, body: evil });
  const feed: Feed = { posts: [{ item: post, isLikedByMe: false }], before: 2, position: "f1" };
  const message = makeMessage({ author: person, body: evil });
  const list: RoomList = {
    rooms: [makeRoom({ others: [person], name: evil, lastMessage: message })],
    isRequests: false,
    requestCount: 2,
    before: 4,
    position: "q1",
  };
  const postPage: PostPageData = {
    post: { item: post, isLikedByMe: true },
    threads: [
      {
        comment: { item: comment, isLikedByMe: false },
        replies: [{ item: makeComment({ id: 10, parentId: 9, author: person, body: evil }), isLikedByMe: false }],
      },
    ],
    before: 8,
    position: "p1",
  };
  const roomPage = makeRoomPage({
    room: { id: 5, kind: "group", name: evil, members: [{ ...alice, role: "owner" }, memberOf(person)] },
    others: [person],
    messages: [message, makeMessage({ id: 82, author: person, body: "", isDeleted: true })],
    before: 70,
  });
  const alarm = makeAlarm({ actors: [person], excerpt: evil });
  const values = { userId: evil, name: evil, title: evil, body: evil };
  const pages: Readonly<Record<string, unknown>> = {
    signUp: <SignUpPage page={page} values={values} next={evil} error="taken" />,
    logIn: <LogInPage page={page} values={values} next={evil} error="wrong_credentials" />,
    profile: <ProfilePage page={page} profile={{ ...person, createdAtMs: NOW_MS, postCount: 1 }} feed={feed} />,
    settings: (
      <SettingsPage
        page={page}
        signIns={[signIn, { ...signIn, userAgent: evil, address: evil }]}
        choices={{ ...choices, mutedPosts: [{ id: 3, title: evil }] }}
        notice="saved"
      />
    ),
    members: <MembersPage page={page} query={evil} people={[person]} />,
    feed: <FeedPage page={page} feed={feed} values={values} />,
    post: <PostPage page={page} postPage={postPage} values={values} />,
    editPost: <EditPostPage page={page} post={post} />,
    editComment: <EditCommentPage page={page} comment={comment} />,
    inbox: <InboxPage page={page} inbox={{ alarms: [alarm], before: 3, position: "q1" }} />,
    rooms: <RoomsPage page={page} list={list} />,
    room: <RoomPage page={page} roomPage={roomPage} list={list} />,
    request: (
      <RoomPage
        page={page}
        roomPage={{ ...roomPage, isRequest: true, isHeld: true, after: 90 }}
        list={{ ...list, isRequests: true, rooms: [] }}
      />
    ),
    closedRoom: (
      <RoomPage
        page={page}
        roomPage={makeRoomPage({
          others: [person],
          closedBy: "me",
          isOtherAway: true,
          answering: { id: 80, author: person, excerpt: evil },
          messages: [makeMessage({ author: person, replyTo: { id: 80, author: person, excerpt: evil }, likeCount: 2 })],
        })}
      />
    ),
    newGroup: <NewGroupPage page={page} values={{ userIds: evil, name: evil }} />,
    editMessage: <EditMessagePage page={page} message={message} />,
    blocks: <BlocksPage page={page} people={[person]} />,
    error: <ErrorPage page={page} code="gone" message={evil} />,
  };
  return Object.entries(pages).map(([name, node]) => [name, String(node)]);
}

/** Every push with `evil` in every place where somebody's words stand. */
export function everyPush(page: PageContext, evil = "말"): readonly (readonly [name: string, html: string])[] {
  const person = { userId: "bob", name: evil };
  const post = makePost({ author: person, title: evil, body: evil });
  const comment = makeComment({ author: person, body: evil });
  const message = makeMessage({ author: person, body: evil });
  const counts = { unreadAlarmCount: 0, unreadMessageCount: 120 };
  const receiver = "alice";
  const alarm = makeAlarm({ actors: [person], excerpt: evil });
  const feedEvent: FeedEvent = { type: "post-written", post };
  const postEvents: readonly PostEvent[] = [
    { type: "post-edited", post },
    { type: "post-deleted", postId: 3 },
    { type: "post-liked", postId: 3, likeCount: 4 },
    { type: "comment-written", comment, commentCount: 5 },
    { type: "comment-edited", comment },
    { type: "comment-deleted", postId: 3, commentId: 9, isKept: true, commentCount: 4 },
    { type: "comment-deleted", postId: 3, commentId: 10, isKept: false, commentCount: 3 },
    { type: "comment-liked", postId: 3, commentId: 9, likeCount: 2 },
  ];
  const roomEvents: readonly (RoomEvent | RoomMoment)[] = [
    { type: "message-said", message, receiver },
    { type: "message-edited", message, excerpt: evil },
    { type: "message-deleted", roomId: 5, messageId: 81, isKept: true },
    { type: "message-deleted", roomId: 5, messageId: 81, isKept: false },
    { type: "message-liked", roomId: 5, messageId: 81, likeCount: 2 },
    { type: "room-renamed", roomId: 5, name: evil },
    { type: "room-members", roomId: 5, members: [memberOf(person)], joined: ["bob"], left: [] },
    { type: "room-closed", roomId: 5, isClosed: true },
    { type: "room-read", roomId: 5, reader: "bob", upTo: 81, readByAllUpTo: 81 },
    { type: "typing", roomId: 5, userId: "bob", name: evil },
    { type: "presence", roomId: 5, present: [person] },
  ];
  const queueEvents: readonly QueueEvent[] = [
    { type: "alarm-raised", receiver, alarm, isNews: true, counts },
    { type: "alarm-raised", receiver, alarm, isNews: false, counts },
    { type: "alarm-retracted", receiver, alarm, counts },
    { type: "alarms-read", receiver, alarms: [alarm], counts },
    { type: "message-missed", receiver, message, room: makeRoom({ others: [person] }), roomUnreadCount: 2, counts },
    { type: "room-listed", receiver, room: makeRoom({ kind: "group", name: evil, others: [person] }), counts },
    { type: "room-unlisted", receiver, roomId: 5, isLost: true, counts },
    { type: "room-changed", receiver, roomId: 5, lastMessage: message, kind: "group", roomUnreadCount: 0, counts },
    {
      type: "room-requested",
      receiver,
      roomId: 5,
      room: makeRoom({ isRequest: true, others: [person] }),
      requestCount: 1,
      counts,
    },
    { type: "people-blocked", receiver, blocked: ["bob"], parted: undefined, counts },
    { type: "room-changed", receiver, roomId: 5, lastMessage: undefined, kind: undefined, roomUnreadCount: 0, counts },
  ];
  return [
    [feedEvent.type, String(<FeedPush event={feedEvent} context={page} />)],
    ...postEvents.map((event) => [event.type, String(<PostPush event={event} context={page} />)] as const),
    ...roomEvents.map((event) => [event.type, String(<RoomPush event={event} context={page} />)] as const),
    ...queueEvents.map((event) => [event.type, String(<QueuePush event={event} context={page} />)] as const),
  ];
}
