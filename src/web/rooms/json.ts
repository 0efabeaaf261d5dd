import type { Message, RoomList, RoomPage } from "../../domain/room.ts";
import { iso } from "../json.ts";

/** A message as programs read it. */
export function messageJson(message: Message) {
  return {
    id: message.id,
    roomId: message.roomId,
    author: message.author,
    message: message.body,
    clientId: message.clientId ?? null,
    readingStatus: message.isReadByAll ? "YES" : "NO",
    likeCount: message.likeCount,
    replyTo: message.replyTo ?? null,
    isDeleted: message.isDeleted,
    createdAt: iso(message.createdAtMs),
    editedAt: message.editedAtMs === undefined ? null : iso(message.editedAtMs),
  };
}

export function roomListJson(list: RoomList) {
  return {
    rooms: list.rooms.map((room) => ({
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
        createdAt: iso(room.lastMessage.createdAtMs),
      },
      unreadCount: room.unreadCount,
    })),
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
    isMuted: roomPage.isMuted,
    isRequest: roomPage.isRequest,
    isClosed: roomPage.closedBy !== undefined,
    blocked: roomPage.blocked,
    present: roomPage.present,
    position: roomPage.position,
  };
}
