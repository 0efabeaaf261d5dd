import type { Counts, Person } from "./account.ts";
import type { Alarm } from "./alarm.ts";
import type { Comment, Post } from "./post.ts";
import type { Member, Message, RoomSummary } from "./room.ts";

/**
 * What happened, told after the commit that made it true. Each carries all that a renderer needs, so that nobody
 * has to ask the database again.
 */
export type Event = FeedEvent | PostEvent | RoomEvent | RoomMoment | QueueEvent | EndEvent;

/** Only where something written is told again, and so to one person alone: they have liked it meanwhile in another tab. */
interface ToldAgain {
  readonly isLikedByMe?: boolean;
}

/** Heard on /topic/feed. */
export type FeedEvent =
  | ({ readonly type: "post-written"; readonly post: Post } & ToldAgain)
  | Extract<PostEvent, { type: "post-edited" | "post-deleted" }>;

/** Heard on /topic/posts/{postId}. */
export type PostEvent =
  | { readonly type: "post-edited"; readonly post: Post }
  | { readonly type: "post-deleted"; readonly postId: number }
  | { readonly type: "post-liked"; readonly postId: number; readonly likeCount: number }
  | ({ readonly type: "comment-written"; readonly comment: Comment; readonly commentCount: number } & ToldAgain)
  | { readonly type: "comment-edited"; readonly comment: Comment }
  /** `isKept`: a place holder stays, because there are replies. */
  | {
      readonly type: "comment-deleted";
      readonly postId: number;
      readonly commentId: number;
      readonly isKept: boolean;
      readonly commentCount: number;
    }
  | {
      readonly type: "comment-liked";
      readonly postId: number;
      readonly commentId: number;
      readonly likeCount: number;
    };

/** Heard on /topic/{roomId}, stored. */
export type RoomEvent =
  /** `receiver`: the other person of a pair, undefined in a group. */
  | ({ readonly type: "message-said"; readonly message: Message; readonly receiver: string | undefined } & ToldAgain)
  /** `excerpt`: its new words where they are quoted. */
  | { readonly type: "message-edited"; readonly message: Message; readonly excerpt: string }
  /** `isKept`: a place holder stays, because it was answered. */
  | {
      readonly type: "message-deleted";
      readonly roomId: number;
      readonly messageId: number;
      readonly isKept: boolean;
    }
  | {
      readonly type: "message-liked";
      readonly roomId: number;
      readonly messageId: number;
      readonly likeCount: number;
    }
  | { readonly type: "room-renamed"; readonly roomId: number; readonly name: string | undefined }
  /** Who is in it now. `joined` and `left` name who came and went by this act; both empty where only a role changed. */
  | {
      readonly type: "room-members";
      readonly roomId: number;
      readonly members: readonly Member[];
      readonly joined: readonly string[];
      readonly left: readonly string[];
    }
  /** One of the two blocked the other, or took it back: nothing can, or can again, be said here. */
  | { readonly type: "room-closed"; readonly roomId: number; readonly isClosed: boolean }
  /** `reader` has read everything up to `upTo`; `readByAllUpTo`: everybody has. */
  | {
      readonly type: "room-read";
      readonly roomId: number;
      readonly reader: string;
      readonly upTo: number;
      readonly readByAllUpTo: number;
    };

/** Heard on /topic/{roomId}, never stored, best effort. */
export type RoomMoment =
  | { readonly type: "typing"; readonly roomId: number; readonly userId: string; readonly name: string }
  | { readonly type: "presence"; readonly roomId: number; readonly present: readonly Person[] };

/** Heard on /queue/{receiver}, by every tab and device of that person. */
export type QueueEvent =
  /** `isNews`: false when a group only lost a person, so that nothing rings. */
  | {
      readonly type: "alarm-raised";
      readonly receiver: string;
      readonly alarm: Alarm;
      readonly isNews: boolean;
      readonly counts: Counts;
    }
  /** Nobody is left behind it, or the thing is gone: the row goes. */
  | {
      readonly type: "alarm-retracted";
      readonly receiver: string;
      readonly alarm: Pick<Alarm, "id" | "key" | "kind">;
      readonly counts: Counts;
    }
  /** These alarms were read: one, or all up to one (the newest 100 of them are named). */
  | {
      readonly type: "alarms-read";
      readonly receiver: string;
      readonly alarms: readonly Pick<Alarm, "id" | "key" | "kind">[];
      readonly counts: Counts;
    }
  /** A chat message for somebody who is not in the room. `room`: what a row of it needs in a list that has none. */
  | {
      readonly type: "message-missed";
      readonly receiver: string;
      readonly message: Message;
      readonly room: Pick<RoomSummary, "kind" | "name" | "others">;
      readonly roomUnreadCount: number;
      readonly counts: Counts;
    }
  /** The room's last line or unread count changed without an interruption: own messages, reading, edits. */
  | {
      readonly type: "room-changed";
      readonly receiver: string;
      readonly roomId: number;
      readonly lastMessage: Message | undefined;
      /** Of the room; undefined where no line is told. */
      readonly kind: RoomSummary["kind"] | undefined;
      /** What a row of it needs in a list that has none; undefined where every list has it. */
      readonly room?: Pick<RoomSummary, "kind" | "name" | "others" | "isMuted"> | undefined;
      readonly roomUnreadCount: number;
      /** It was read, and nothing else. */
      readonly isReading?: boolean;
      readonly counts: Counts;
    }
  /** How a room stands in one's list now: joined, renamed, muted, its last line edited or deleted. */
  | {
      readonly type: "room-listed";
      readonly receiver: string;
      readonly room: RoomSummary;
      /** One was brought into it just now. */
      readonly isNews?: boolean;
      readonly counts: Counts;
    }
  /** It is in one's list no more. `isLost`: one is no longer in it. */
  | {
      readonly type: "room-unlisted";
      readonly receiver: string;
      readonly roomId: number;
      readonly isLost: boolean;
      readonly counts: Counts;
    }
  /**
   * The requests that wait for somebody, and the one of them that has changed. `room`: undefined where it waits no more;
   * no `roomId`: only the number is told.
   */
  | {
      readonly type: "room-requested";
      readonly receiver: string;
      readonly roomId: number | undefined;
      readonly room: RoomSummary | undefined;
      readonly requestCount: number;
      readonly counts: Counts;
    }
  /** They have liked something, or taken it back: for the hearts in their other tabs. Nobody else learns who likes a thing. */
  | {
      readonly type: "like-changed";
      readonly receiver: string;
      readonly kind: "post" | "comment" | "message";
      readonly id: number;
      /** Of a post or comment. */
      readonly postId: number | undefined;
      /** Of a message. */
      readonly roomId: number | undefined;
      readonly isLiked: boolean;
      readonly likeCount: number;
      readonly counts: Counts;
    }
  /** How many reports wait, told to every admin. */
  | {
      readonly type: "reports-waiting";
      readonly receiver: string;
      readonly openReportCount: number;
      readonly counts: Counts;
    }
  /**
   * Whom somebody has blocked now. `parted`: with whom it has just changed, and the rooms in which both are; undefined
   * where it is told again to who comes back.
   */
  | {
      readonly type: "people-blocked";
      readonly receiver: string;
      readonly blocked: readonly string[];
      readonly parted: { readonly from: string; readonly roomIds: readonly number[] } | undefined;
      readonly counts: Counts;
    };

/** A right ended: sockets or subscriptions that rest on it are closed. */
export type EndEvent =
  | {
      readonly type: "sign-in-ended";
      readonly userId: string;
      readonly signInId: string;
      readonly why: "ended" | "banned";
    }
  | { readonly type: "member-left"; readonly roomId: number; readonly userId: string };
