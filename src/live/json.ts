import { paths } from "../../views/paths.ts";
import { text } from "../../views/text.ts";
import type { Counts, Language } from "../domain/account.ts";
import type { Alarm } from "../domain/alarm.ts";
import type { Event } from "../domain/event.ts";
import type { Picture } from "../domain/picture.ts";
import type { Comment, Post } from "../domain/post.ts";
import type { Message } from "../domain/room.ts";

const TARGETS = { post: "POST", comment: "POST_REPLY", message: "MESSAGE" } as const;

/** What a program hears of an event, as a JSON object. The shapes are promises: see /docs/asyncapi.yaml. */
export function toJson(event: Event, language: Language): Readonly<Record<string, unknown>> | undefined {
  switch (event.type) {
    case "alarm-raised":
      return {
        ...alarmJson(event.alarm, language),
        event: eventName(event),
        isNews: event.isNews,
        ...countsJson(event.counts),
      };
    case "alarm-retracted":
      return {
        type: event.alarm.kind,
        event: "retracted",
        id: event.alarm.id,
        receiver: event.receiver,
        ...countsJson(event.counts),
      };
    case "alarms-read":
      return {
        // The ids say it all: where none of them is of a kind that others raise, any of those will do.
        type: event.alarms.find(({ kind }) => kind !== "REMOVED")?.kind ?? "LIKES",
        event: "read",
        ids: event.alarms.map((alarm) => alarm.id),
        receiver: event.receiver,
        ...countsJson(event.counts),
      };
    case "message-missed":
      return {
        type: "CHAT",
        event: "raised",
        id: event.message.id,
        roomId: event.message.roomId,
        sender: event.message.author.userId,
        senderName: event.message.author.name,
        receiver: event.receiver,
        message: event.message.body,
        ...(event.message.pictures.length === 0 ? {} : { pictureCount: event.message.pictures.length }),
        roomUnreadCnt: event.roomUnreadCount,
        createdDate: iso(event.message.createdAtMs),
        ...countsJson(event.counts),
      };
    case "room-changed":
      return {
        type: "CHAT",
        event: "read",
        roomId: event.roomId,
        receiver: event.receiver,
        roomUnreadCnt: event.roomUnreadCount,
        ...countsJson(event.counts),
      };
    case "room-listed":
      return {
        type: "CHAT",
        event: "listed",
        receiver: event.receiver,
        roomId: event.room.id,
        kind: event.room.kind,
        name: event.room.name ?? null,
        isMuted: event.room.isMuted,
        ...(event.room.addedBy && { addedBy: event.room.addedBy }),
        message: event.room.lastMessage?.isFromBlocked ? null : (event.room.lastMessage?.body ?? null),
        roomUnreadCnt: event.room.unreadCount,
        ...countsJson(event.counts),
      };
    case "room-unlisted":
      return {
        type: "CHAT",
        event: "unlisted",
        receiver: event.receiver,
        roomId: event.roomId,
        isLost: event.isLost,
        ...countsJson(event.counts),
      };
    case "room-requested":
      return {
        type: "CHAT",
        event: "requested",
        receiver: event.receiver,
        roomId: event.roomId ?? null,
        isWaiting: event.room !== undefined,
        requestCount: event.requestCount,
        ...countsJson(event.counts),
      };
    case "like-changed":
      return {
        type: "CHAT",
        event: "liked",
        receiver: event.receiver,
        target: TARGETS[event.kind],
        postId: event.postId ?? 0,
        roomId: event.roomId ?? null,
        replyId: event.kind === "post" ? null : event.id,
        isLiked: event.isLiked,
        likeCount: event.likeCount,
        ...countsJson(event.counts),
      };
    case "reports-waiting":
      return {
        type: "CHAT",
        event: "waiting",
        receiver: event.receiver,
        openReportCount: event.openReportCount,
        ...countsJson(event.counts),
      };
    case "people-blocked":
      return {
        type: "CHAT",
        event: "blocked",
        receiver: event.receiver,
        blocked: event.blocked,
        ...countsJson(event.counts),
      };
    case "message-said":
      return { ...messageJson(event.message), receiver: event.receiver ?? null, event: "said" };
    case "message-edited":
      return { ...messageJson(event.message), event: "edited" };
    case "message-deleted":
      return { type: "CHAT", event: "deleted", id: event.messageId, roomId: event.roomId, isKept: event.isKept };
    case "message-liked":
      return { type: "CHAT", event: "liked", id: event.messageId, roomId: event.roomId, likeCount: event.likeCount };
    case "room-renamed":
      return { type: "CHAT", event: "renamed", roomId: event.roomId, name: event.name ?? null };
    case "room-members": {
      const { roomId, members, joined, left } = event;
      return { type: "CHAT", event: "members", roomId, members, joined, left };
    }
    case "room-closed":
      return { type: "CHAT", event: "closed", roomId: event.roomId, isClosed: event.isClosed };
    case "room-read":
      return { type: "CHAT", event: "read", roomId: event.roomId, reader: event.reader, upTo: event.upTo };
    case "typing":
      return {
        type: "CHAT",
        event: "typing",
        roomId: event.roomId,
        sender: event.userId,
        senderName: event.name,
      };
    case "presence":
      return {
        type: "CHAT",
        event: "presence",
        roomId: event.roomId,
        present: event.present.map(({ userId }) => userId),
      };
    case "post-written":
      return { type: "POST", event: "written", ...postJson(event.post) };
    case "post-edited":
      return { type: "POST", event: "edited", ...postJson(event.post) };
    case "post-deleted":
      return { type: "POST", event: "deleted", id: event.postId };
    case "post-liked":
      return { type: "POST", event: "liked", id: event.postId, likeCount: event.likeCount };
    case "comment-written":
      return { type: "POST_REPLY", event: "written", ...commentJson(event.comment), commentCount: event.commentCount };
    case "comment-edited":
      return { type: "POST_REPLY", event: "edited", ...commentJson(event.comment) };
    case "comment-deleted":
      return {
        type: "POST_REPLY",
        event: "deleted",
        id: event.commentId,
        postId: event.postId,
        isKept: event.isKept,
        commentCount: event.commentCount,
      };
    case "comment-liked":
      return {
        type: "POST_REPLY",
        event: "liked",
        id: event.commentId,
        postId: event.postId,
        likeCount: event.likeCount,
      };
    case "sign-in-ended":
    case "member-left":
      return undefined;
    default:
      return event satisfies never;
  }
}

/** The `event` header of a MESSAGE: the past of the verb, without the noun that the destination already names. */
export function eventName(event: Event): string {
  const names: Partial<Record<Event["type"], string>> = {
    "message-missed": "raised",
    "alarms-read": "read",
    "room-changed": "read",
    "like-changed": "liked",
    "room-read": "read",
  };
  if (event.type === "alarm-raised" && event.alarm.kind === "REMOVED") return "removed";
  return names[event.type] ?? event.type.slice(event.type.indexOf("-") + 1);
}

function alarmJson(alarm: Alarm, language: Language) {
  const { kind } = alarm;
  if (kind === "REMOVED") return removedJson(alarm, language);
  const [latest] = alarm.actors;
  return {
    type: kind,
    id: alarm.id,
    alarmType: kind,
    sender: latest?.userId ?? "",
    senderName: latest?.name ?? "",
    receiver: alarm.receiver,
    message: text(language).alarms.message(kind, alarm.target),
    content: alarm.excerpt,
    target: alarm.target,
    postId: alarm.postId,
    roomId: alarm.roomId ?? null,
    replyId: alarm.replyId ?? null,
    others: Math.max(0, alarm.actorCount - 1),
    isRead: alarm.isRead,
    createdAt: iso(alarm.createdAtMs),
  };
}

/** Programs know alarms of three kinds only: this is none of them, and has, as all such events, the type CHAT. */
function removedJson(alarm: Alarm, language: Language) {
  return {
    type: "CHAT",
    id: alarm.id,
    receiver: alarm.receiver,
    message: text(language).admin.removedYours[alarm.target],
    content: alarm.excerpt,
    target: alarm.target,
    postId: alarm.postId,
    roomId: alarm.roomId ?? null,
    replyId: alarm.replyId ?? null,
    isRead: alarm.isRead,
    createdAt: iso(alarm.createdAtMs),
  };
}

function messageJson(message: Message) {
  return {
    type: "CHAT",
    id: message.id,
    roomId: message.roomId,
    sender: message.author.userId,
    senderName: message.author.name,
    message: message.body,
    ...picturesJson(message),
    readingStatus: message.isReadByAll ? "YES" : "NO",
    clientId: message.clientId ?? null,
    likeCount: message.likeCount,
    ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
    createdDate: iso(message.createdAtMs),
    ...(message.editedAtMs === undefined ? {} : { editedDate: iso(message.editedAtMs) }),
  };
}

/** Only where there are any. */
function picturesJson({ pictures }: { readonly pictures: readonly Picture[] }) {
  return pictures.length === 0 ? {} : { pictures: pictures.map(pictureJson) };
}

/** {id, url, smallUrl, width, height, alt}: the addresses are paths of this site. */
function pictureJson({ id, width, height, alt }: Picture) {
  return { id, url: paths.picture(id), smallUrl: paths.smallPicture(id), width, height, alt };
}

function postJson(post: Post) {
  return {
    id: post.id,
    author: post.author,
    title: post.title,
    body: post.body,
    ...picturesJson(post),
    likeCount: post.likeCount,
    commentCount: post.commentCount,
    createdAt: iso(post.createdAtMs),
    editedAt: post.editedAtMs === undefined ? null : iso(post.editedAtMs),
  };
}

function commentJson(comment: Comment) {
  return {
    id: comment.id,
    postId: comment.postId,
    parentId: comment.parentId ?? null,
    author: comment.author,
    body: comment.body,
    ...picturesJson(comment),
    likeCount: comment.likeCount,
    createdAt: iso(comment.createdAtMs),
    editedAt: comment.editedAtMs === undefined ? null : iso(comment.editedAtMs),
  };
}

function countsJson(counts: Counts) {
  return { unreadAlarmCount: counts.unreadAlarmCount, unreadMessageCnt: counts.unreadMessageCount };
}

const iso = (ms: number) => new Date(ms).toISOString();
