import { type Person, readUserId } from "./account.ts";
import { invalid } from "./errors.ts";
import { type Input, readId, readTexts } from "./input.ts";
import { type ChosenPicture, type Picture, parsePictures } from "./picture.ts";

/** A chat message as every member of its room sees it. */
export interface Message {
  readonly id: number;
  readonly roomId: number;
  readonly author: Person;
  /** Empty once deleted, and where pictures say it all. */
  readonly body: string;
  /** At most PICTURES_MAX, in their order. None once deleted. */
  readonly pictures: readonly Picture[];
  /** The sender's own UUID: sent twice is stored once. */
  readonly clientId: string | undefined;
  readonly createdAtMs: number;
  readonly editedAtMs: number | undefined;
  readonly isDeleted: boolean;
  /** Everybody else in the room has read it. */
  readonly isReadByAll: boolean;
  readonly likeCount: number;
  /** What it answers; undefined for most. */
  readonly replyTo: Quote | undefined;
  /** Told to one reader only, who has blocked its author: without its words. */
  readonly isFromBlocked?: boolean;
}

/** As somebody hears of it who has blocked its author. */
export function withoutWords(message: Message): Message {
  return { ...message, body: "", pictures: [], replyTo: undefined, isFromBlocked: true };
}

/** The message that another one answers, as far as it is shown there. */
export interface Quote {
  readonly id: number;
  readonly author: Person;
  /** One line of at most 100 code points; empty once deleted. */
  readonly excerpt: string;
  /** Undefined where there are none. */
  readonly pictureCount?: number;
}

/** Somebody in a room. Every group has one owner; the two of a pair are members. */
export interface Member extends Person {
  readonly role: "owner" | "member";
}

export interface Room {
  readonly id: number;
  /** `pair`: the one room of two people. */
  readonly kind: "pair" | "group";
  /** Undefined for pairs and unnamed groups: then the other members' names are shown. */
  readonly name: string | undefined;
  readonly members: readonly Member[];
}

/** One row of the room list, for one reader. */
export interface RoomSummary {
  readonly id: number;
  readonly kind: "pair" | "group";
  readonly name: string | undefined;
  /** The members besides the reader: in a large group the first few. */
  readonly others: readonly Person[];
  /** Counted here, but in no total, title or notice. */
  readonly isMuted: boolean;
  /** Somebody not known wrote first, and it is not accepted yet. */
  readonly isRequest: boolean;
  readonly lastMessage:
    | (Pick<Message, "id" | "body" | "pictures" | "author" | "createdAtMs"> & Pick<Partial<Message>, "isFromBlocked">)
    | undefined;
  readonly unreadCount: number;
  /** Who brought the reader into the group, as long as nothing was said since. */
  readonly addedBy?: Person | undefined;
  /** The reader has not looked into it since. */
  readonly isNew?: boolean;
  /** When something last happened: the order of the list. */
  readonly activeAtMs: number;
}

export interface RoomList {
  readonly rooms: readonly RoomSummary[];
  /** Whether these are the requests, and how many of them wait. */
  readonly isRequests: boolean;
  readonly requestCount: number;
  readonly before: number | undefined;
  readonly position: string;
}

/** The room page for one reader. */
export interface RoomPage {
  readonly room: Room;
  readonly others: readonly Person[];
  /** Oldest first: at most 50, before, after or around one, or the newest at all. */
  readonly messages: readonly Message[];
  /** Which of them the reader likes. */
  readonly liked: readonly number[];
  readonly before: number | undefined;
  /** There are newer ones than these: the id from which to go on. */
  readonly after: number | undefined;
  /** The message the page was asked for, if it is there. */
  readonly around: number | undefined;
  /** What the reader is about to answer. */
  readonly answering: Quote | undefined;
  readonly isMuted: boolean;
  readonly isRequest: boolean;
  /** Nobody can say anything here: `me` blocked the other, or it is the other way round. */
  readonly closedBy: "me" | "other" | undefined;
  /** As in the list. */
  readonly addedBy?: Person | undefined;
  /** The other of two is suspended: what is said waits for them. */
  readonly isOtherAway: boolean;
  /** The other of two has left the community: what was said stays to be read. */
  readonly isOtherGone: boolean;
  /** Marked unread by hand: nothing is read by itself until the room is left. */
  readonly isHeld: boolean;
  /** Whom the reader has blocked: their lines in groups are folded away. */
  readonly blocked: readonly string[];
  /** Everybody shows what they read (accounts may choose not to), and no block stands between two of them. */
  readonly hasReceipts: boolean;
  /** The reader's cursor when the page was made: the "new messages" line stands above the first later one. */
  readonly readUpTo: number;
  readonly unreadCount: number;
  /** Who was in the room when the page was made. */
  readonly present: readonly Person[];
  readonly position: string;
}

/** Which part of a conversation a page shows; nothing for its end. */
export interface RoomPaging {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly around?: number | undefined;
  /** The message to be answered in the composer. */
  readonly reply?: number | undefined;
}

export const MESSAGE_MAX = 4_000;
export const ROOM_NAME_MAX = 60;
/** People in a room at most. */
export const MEMBERS_MAX = 100;
const QUOTE_MAX = 100;

/** One line for where a message is quoted. */
export function quoteOf(body: string): string {
  const line = [...body.replace(/\s+/g, " ").trim()];
  return line.length > QUOTE_MAX ? `${line.slice(0, QUOTE_MAX - 1).join("")}…` : line.join("");
}

/** A UUID in its usual form (RFC 9562 4), in lower case; undefined where none was given. */
export function parseClientId(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw invalid({ field: "clientId", rule: "format" });
  return text;
}

/** What somebody is about to say. */
export interface NewMessage {
  readonly body: string;
  readonly clientId: string | undefined;
  /** The message it answers: one of the same room, or it answers nothing. */
  readonly replyToId?: number | undefined;
  /** Of one's own, brought in for this room and not used yet. Undefined for most. */
  readonly pictures?: readonly ChosenPicture[] | undefined;
}

/** @throws BirdieError `invalid` */
export function parseMessage(input: Input): NewMessage {
  const chosen = parsePictures(input["pictures"]);
  const pictures = chosen.length > 0 ? chosen : undefined;
  const min = pictures ? 0 : 1;
  const { message } = readTexts(input, { message: { min, max: MESSAGE_MAX, multiline: true } });
  const { clientId, replyTo } = input;
  return { body: message, clientId: parseClientId(clientId), replyToId: readId(replyTo), pictures };
}

/** The new words of a message. @throws BirdieError `invalid` */
export function parseMessageBody(input: Input): string {
  return readTexts(input, { message: { min: 1, max: MESSAGE_MAX, multiline: true } }).message;
}

/** A room's name; undefined where it has none of its own. @throws BirdieError `invalid` */
export function parseRoomName(input: Input): string | undefined {
  const { name } = readTexts(input, { name: { min: 0, max: ROOM_NAME_MAX } });
  return name === "" ? undefined : name;
}

/** The people a group is made of: a list of user ids, each once. @throws BirdieError `invalid` */
export function parseUserIds(value: unknown): readonly string[] {
  const given: unknown[] = Array.isArray(value) ? value : [];
  const ids = new Set<string>();
  for (const one of given) {
    if (one === "") continue;
    const id = readUserId(one);
    if (id === undefined) throw invalid({ field: "userIds", rule: "format" });
    ids.add(id);
  }
  if (ids.size === 0) throw invalid({ field: "userIds", rule: "required" });
  if (ids.size >= MEMBERS_MAX) throw invalid({ field: "userIds", rule: "too_long", limit: MEMBERS_MAX - 1 });
  return [...ids];
}
