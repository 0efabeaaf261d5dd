import type { Message, RoomList, RoomPage, RoomSummary } from "../../domain/room.ts";
import { iso, pictureJson } from "../json.ts";

/** A message as programs read it. */
export function messageJson(message: Message) {
  return {
    id: message.id,
    roomId: message.roomId,
    author: message.author,
    message: message.body,
    pictures: message.pictures.map(pictureJson),
    clientId: message.clientId ?? null,
    readingStatus: message.isReadByAll ? "YES" : "NO",
    likeCount: message.likeCount,
    replyTo: message.replyTo ?? null,
    isDeleted: message.isDeleted,
    createdAt: iso(message.createdAtMs),
    editedAt: message.editedAtMs === undefined ? null : iso(message.editedAtMs),
  };
}

/** {id, kind, name, others, isMuted, isRequest, lastMessage, unreadCount, addedBy: {userId, name} or null, isNew} */
export function roomSummaryJson(room: RoomSummary) {
  return {
    id: room.id,
    kind: room.kind,
    name: room.name ?? null,
    others: room.others,
    isMuted: room.isMuted,
    isRequest: room.isRequest,
    lastMessage: room.lastMessage && {
      id: room.lastMessage.id,
      author: room.lastMessage.author,
      message: room.lastMessage.body,
      pictureCount: room.lastMessage.pictures.length,
      createdAt: iso(room.lastMessage.createdAtMs),
    },
    unreadCount: room.unreadCount,
    addedBy: room.addedBy ?? null,
    isNew: room.isNew ?? false,
  };
}

export function roomListJson(list: RoomList) {
  return {
    rooms: list.rooms.map(roomSummaryJson),
    requestCount: list.requestCount,
    before: list.before ?? null,
    position: list.position,
  };
}

export function roomPageJson(roomPage: RoomPage) {
  return {
    room: roomPage.room,
    messages: roomPage.messages.map(messageJson),
    liked: roomPage.liked,
    before: roomPage.before ?? null,
    after: roomPage.after ?? null,
    readUpTo: roomPage.readUpTo,
    unreadCount: roomPage.unreadCount,
    addedBy: roomPage.addedBy ?? null,
    isMuted: roomPage.isMuted,
    isRequest: roomPage.isRequest,
    isClosed: roomPage.closedBy !== undefined || roomPage.isOtherGone,
    blocked: roomPage.blocked,
    present: roomPage.present.map(({ userId }) => userId),
    position: roomPage.position,
  };
}
