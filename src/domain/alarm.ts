import type { Person } from "./account.ts";

/**
 * What others do that alarms somebody. A missed chat message is not stored as an alarm: it is an unread message (`CHAT`
 * on the wire).
 */
export type AlarmKind = "LIKES" | "REPLY" | "MENTION";

/** Why an alarm is there: also because an admin removed something of its receiver's, which nobody can turn off. */
export type AlarmReason = AlarmKind | "REMOVED";

/** What the alarm is about: a post, a comment on one, or a message in a room. The names are the wire's. */
export type AlarmTarget = "POST" | "POST_REPLY" | "MESSAGE";

export const ALARM_KINDS: readonly AlarmKind[] = ["LIKES", "REPLY", "MENTION"];

/** One of the three names, or undefined for any other text. */
export function readAlarmKind(value: unknown): AlarmKind | undefined {
  return ALARM_KINDS.find((kind) => kind === value);
}

/** One stored notice to one person: a group of the people who did the same to the same thing since it was last read. */
export interface Alarm {
  /** Of this raise: a later raise of the same group gives it a new, greater id. The order of the inbox. */
  readonly id: number;
  /** Of the group: stays the same over all its raises. The id of its row on the page. */
  readonly key: number;
  readonly kind: AlarmReason;
  readonly receiver: string;
  /** The people behind it, latest first; at most the first two. Nobody where an admin removed something. */
  readonly actors: readonly Person[];
  /** How many people there are in all. */
  readonly actorCount: number;
  readonly target: AlarmTarget;
  /** 0 when it is about a message. */
  readonly postId: number;
  /** The room of a message; undefined for posts and comments. */
  readonly roomId: number | undefined;
  /** The comment (or, in a room, the message) to go to. Undefined when it is about the post itself. */
  readonly replyId: number | undefined;
  /** The comment is not among those that its post's page shows at first. */
  readonly isFar?: boolean;
  /** A reply that names its receiver, too: it stands among the mentions as well, and is still one alarm. */
  readonly isNaming?: boolean;
  /** The text it is about, one line, at most about 100 characters. */
  readonly excerpt: string;
  readonly isRead: boolean;
  readonly createdAtMs: number;
}

export interface Inbox {
  /** Newest first. */
  readonly alarms: readonly Alarm[];
  readonly before: number | undefined;
  readonly position: string;
}

const EXCERPT_MAX = 100;
const EXCERPT_UNITS_MAX = 400;
const GRAPHEMES = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * The first line's worth of a text: white space collapsed, cut behind the last whole grapheme within 100 of them and
 * 400 UTF-16 units.
 */
export function excerptOf(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= EXCERPT_MAX) return line;
  const head = line.slice(0, EXCERPT_UNITS_MAX).replace(/[\ud800-\udbff]$/, "");
  let end = 0;
  let count = 0;
  for (const { segment, index } of GRAPHEMES.segment(head)) {
    const next = index + segment.length;
    // Whatever ends where the head was cut may go on behind it.
    if (++count > EXCERPT_MAX || (next === head.length && head.length < line.length)) break;
    end = next;
  }
  if (end === line.length) return line;
  // One grapheme may be endless (a letter under a tower of marks): of that one, the beginning will do.
  const cut = end > 0 ? line.slice(0, end) : [...head].slice(0, EXCERPT_MAX).join("");
  return `${cut.trimEnd()}…`;
}
