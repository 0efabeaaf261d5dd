import type { Person } from "./account.ts";
import { invalid } from "./errors.ts";
import { type Input, readTexts } from "./input.ts";

/** A chat message as every member of its room sees it. */
export interface Message {
  readonly id: number;
  readonly roomId: number;
  readonly author: Person;
  /** Empty once deleted. */
  readonly body: string;
  /** The sender's own UUID: sent twice is stored once. */
  readonly clientId: string | undefined;
  readonly createdAtMs: number;
  readonly editedAtMs: number | undefined;
  readonly isDeleted: boolean;
  /** Everybody else in the room has read it. */
  readonly isReadByAll: boolean;
}

export interface Room {
  readonly id: number;
  /** `pair`: the one room of two people. */
  readonly kind: "pair" | "group";
  /** Undefined for pairs and unnamed groups: then the other members' names are shown. */
  readonly name: string | undefined;
  readonly members: readonly Person[];
}

/** One row of the room list, for one reader. */
export interface RoomSummary {
  readonly id: number;
  readonly kind: "pair" | "group";
  readonly name: string | undefined;
  /** The members besides the reader. */
  readonly others: readonly Person[];
  readonly lastMessage:
    | { readonly id: number; readonly body: string; readonly author: Person; readonly createdAtMs: number }
    | undefined;
  readonly unreadCount: number;
  /** When something last happened: the order of the list. */
  readonly activeAtMs: number;
}

export interface RoomList {
  readonly rooms: readonly RoomSummary[];
  readonly before: number | undefined;
  readonly position: string;
}

/** The room page for one reader. */
export interface RoomPage {
  readonly room: Room;
  readonly others: readonly Person[];
  /** Oldest first; the newest 50 before `?before`, or the newest at all. */
  readonly messages: readonly Message[];
  readonly before: number | undefined;
  /** The reader's cursor when the page was made: the "new messages" line stands above the first later one. */
  readonly readUpTo: number;
  readonly unreadCount: number;
  /** Who was in the room when the page was made. */
  readonly present: readonly string[];
  readonly position: string;
}

export const MESSAGE_MAX = 4_000;

/** A UUID in its usual form (RFC 9562 4), in lower case; undefined where none was given. */
export function parseClientId(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const text = typeof value === "string" ? value.toLowerCase() : "";
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) throw invalid({ field: "clientId", rule: "format" });
  return text;
}

/** @throws BirdieError `invalid` */
export function parseMessage(input: Input): { body: string; clientId: string | undefined } {
  const { message } = readTexts(input, { message: { min: 1, max: MESSAGE_MAX, multiline: true } });
  return { body: message, clientId: parseClientId(input["clientId"]) };
}
