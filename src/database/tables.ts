import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { accounts, signIns } from "./tables/accounts.ts";

export { accounts, meta, signIns } from "./tables/accounts.ts";
export { adminActs, community, invitations, reports } from "./tables/community.ts";

/*
 * Everything Birdie remembers. Times are UTC milliseconds. `position` is the number of the act that last changed the
 * row (see open.ts): what a reconnected reader missed are the rows above the last position it saw.
 */

export const posts = sqliteTable(
  "posts",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    authorId: text("author_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    title: text().notNull(),
    body: text().notNull(),
    likeCount: integer("like_count").notNull().default(0),
    /** How many pictures it carries: most carry none, and then nobody looks for them. */
    pictureCount: integer("picture_count").notNull().default(0),
    commentCount: integer("comment_count").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    editedAtMs: integer("edited_at_ms"),
    deletedAtMs: integer("deleted_at_ms"),
    position: integer().notNull(),
    /** Of the act that wrote it; never changes. Above the last position a reader saw: new to that reader, not just changed. */
    writtenPosition: integer("written_position").notNull(),
    /** Of the last act that changed its words or took it away, 0 for none: the feed follows those, and no likes. */
    wordsPosition: integer("words_position").notNull().default(0),
  },
  (t) => [
    index("posts_of_author").on(t.authorId, t.id),
    index("posts_shown").on(t.id).where(sql`deleted_at_ms is null`),
    index("posts_written").on(t.writtenPosition),
    index("posts_reworded").on(t.wordsPosition).where(sql`words_position > 0`),
  ],
);

export const postLikes = sqliteTable(
  "post_likes",
  {
    postId: integer("post_id")
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.postId, t.userId] }), index("post_likes_of_account").on(t.userId)],
);

export const comments = sqliteTable(
  "comments",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    postId: integer("post_id")
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    parentId: integer("parent_id"),
    authorId: text("author_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    body: text().notNull(),
    likeCount: integer("like_count").notNull().default(0),
    /** As of a post. */
    pictureCount: integer("picture_count").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    editedAtMs: integer("edited_at_ms"),
    deletedAtMs: integer("deleted_at_ms"),
    position: integer().notNull(),
    /** Of the act that wrote it; never changes. Above the last position a reader saw: new to that reader, not just changed. */
    writtenPosition: integer("written_position").notNull(),
  },
  (t) => [
    index("comments_of_post").on(t.postId, t.parentId, t.id),
    index("comments_changed").on(t.postId, t.position),
    index("comments_of_author").on(t.authorId),
  ],
);

export const commentLikes = sqliteTable(
  "comment_likes",
  {
    commentId: integer("comment_id")
      .notNull()
      .references(() => comments.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.commentId, t.userId] }), index("comment_likes_of_account").on(t.userId)],
);

/**
 * One row per (receiver, kind, thing) since it was last read: a group of the people in `alarm_actors`.
 * `key` never changes; `id` is the position of the last time it was raised, so that newer is always greater.
 */
export const alarms = sqliteTable(
  "alarms",
  {
    key: integer().primaryKey({ autoIncrement: true }),
    id: integer().notNull().unique(),
    receiver: text()
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    kind: text({ enum: ["LIKES", "REPLY", "MENTION", "REMOVED"] }).notNull(),
    target: text({ enum: ["POST", "POST_REPLY", "MESSAGE"] }).notNull(),
    /** 0 for a mention in chat. */
    postId: integer("post_id").notNull().default(0),
    /** The room of a mention in chat; 0 otherwise. */
    roomId: integer("room_id").notNull().default(0),
    /**
     * The comment (or, with a room, the message) to go to; 0 for the post itself, so that the unique index below sees
     * equals.
     */
    replyId: integer("reply_id").notNull().default(0),
    /** How something began that was removed, since it has no words of its own any more; empty otherwise. */
    words: text().notNull().default(""),
    createdAtMs: integer("created_at_ms").notNull(),
    readAtMs: integer("read_at_ms"),
    /** Taken back: no actor is left, or what it is about is gone. Kept, so that a reconnected reader hears of it. */
    retractedAtMs: integer("retracted_at_ms"),
    position: integer().notNull(),
  },
  (t) => [
    uniqueIndex("alarms_open_group")
      .on(t.receiver, t.kind, t.target, t.postId, t.roomId, t.replyId)
      .where(sql`read_at_ms is null and retracted_at_ms is null`),
    index("alarms_inbox").on(t.receiver, t.id).where(sql`retracted_at_ms is null`),
    index("alarms_unread").on(t.receiver).where(sql`read_at_ms is null and retracted_at_ms is null`),
    index("alarms_changed").on(t.receiver, t.position),
    index("alarms_of_thing").on(t.postId, t.replyId),
  ],
);

export const alarmActors = sqliteTable(
  "alarm_actors",
  {
    alarmKey: integer("alarm_key")
      .notNull()
      .references(() => alarms.key, { onDelete: "cascade" }),
    actorId: text("actor_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.alarmKey, t.actorId] }), index("alarm_actors_of_account").on(t.actorId)],
);

export const rooms = sqliteTable("rooms", {
  id: integer().primaryKey({ autoIncrement: true }),
  kind: text({ enum: ["pair", "group"] }).notNull(),
  /** `alice:bob`, the smaller user id first: one room per pair. */
  pair: text().unique(),
  name: text(),
  createdAtMs: integer("created_at_ms").notNull(),
  activeAtMs: integer("active_at_ms").notNull(),
  lastMessageId: integer("last_message_id"),
  /** The position of the last thing said: the order of the room list. */
  position: integer().notNull(),
  /** Of the last change of its name, its members or its last line: what a list or a head that is open must hear of. */
  changedPosition: integer("changed_position").notNull().default(0),
});

/** Who is no longer in a room, so that whoever comes back hears that it left the list. */
export const roomDepartures = sqliteTable(
  "room_departures",
  {
    roomId: integer("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    position: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.roomId] })],
);

export const roomMembers = sqliteTable(
  "room_members",
  {
    roomId: integer("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    /** The read cursor: the id of the last message this member has seen. Moves forward, but for `heldUnreadAtMs`. */
    readUpTo: integer("read_up_to").notNull().default(0),
    /** How far the others know this member to have read, where the cursor has been put back since. */
    shownUpTo: integer("shown_up_to").notNull().default(0),
    role: text({ enum: ["owner", "member"] })
      .notNull()
      .default("member"),
    /** Counted, but outside of totals, titles and notices. */
    mutedAtMs: integer("muted_at_ms"),
    /** Somebody not known wrote first: shown under "requests" until accepted (null again). */
    requestedAtMs: integer("requested_at_ms"),
    /** A request that was declined: shown nowhere, and its sender is not told. */
    declinedAtMs: integer("declined_at_ms"),
    /** "Mark unread from here": the one step back of the cursor; no automatic reading until the room is left. */
    heldUnreadAtMs: integer("held_unread_at_ms"),
    joinedAtMs: integer("joined_at_ms").notNull(),
    /** Who brought this member into the group, by which act, and whether they have not looked into it since. */
    addedBy: text("added_by"),
    addedPosition: integer("added_position").notNull().default(0),
    isNew: integer("is_new", { mode: "boolean" }).notNull().default(false),
    /** Of the last move of the cursor. */
    position: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.roomId, t.userId] }),
    index("room_members_of_account").on(t.userId),
    // The first few members name a group: nobody sorts a thousand for that.
    index("room_members_by_joining").on(t.roomId, t.joinedAtMs, t.userId),
  ],
);

export const messages = sqliteTable(
  "messages",
  {
    /** The position of the act that wrote it, so that newer is always greater. */
    id: integer().primaryKey(),
    roomId: integer("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    authorId: text("author_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    body: text().notNull(),
    clientId: text("client_id"),
    /** The message this one answers. */
    replyToId: integer("reply_to_id"),
    likeCount: integer("like_count").notNull().default(0),
    /** How many pictures it carries: most carry none, and then nobody looks for them. */
    pictureCount: integer("picture_count").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    editedAtMs: integer("edited_at_ms"),
    deletedAtMs: integer("deleted_at_ms"),
    position: integer().notNull(),
    /** Of the act that wrote it; never changes. Above the last position a reader saw: new to that reader, not just changed. */
    writtenPosition: integer("written_position").notNull(),
  },
  (t) => [
    index("messages_of_room").on(t.roomId, t.id),
    // Only what was changed after it was written: a line that is said touches no more pages than it must.
    index("messages_changed").on(t.roomId, t.position).where(sql`position > written_position`),
    uniqueIndex("messages_sent_once").on(t.authorId, t.clientId).where(sql`client_id is not null`),
    index("messages_answering").on(t.replyToId).where(sql`reply_to_id is not null`),
  ],
);

export const messageLikes = sqliteTable(
  "message_likes",
  {
    messageId: integer("message_id")
      .notNull()
      .references(() => messages.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.userId] }), index("message_likes_of_account").on(t.userId)],
);

/** What one person liked or took back, once for each thing and as of the last time: for their tabs that come back. */
export const ownLikes = sqliteTable(
  "own_likes",
  {
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    kind: text({ enum: ["post", "comment", "message"] }).notNull(),
    thingId: integer("thing_id").notNull(),
    isLiked: integer("is_liked", { mode: "boolean" }).notNull(),
    position: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.kind, t.thingId] }), index("own_likes_changed").on(t.userId, t.position)],
);

/**
 * Pictures that were uploaded for a room, or for posts and comments; the files are in uploads/. A trigger drops those of
 * what is deleted, whoever deletes it, so that a dropped row is the errand to take its files away.
 */
export const pictures = sqliteTable(
  "pictures",
  {
    /** 32 hex digits, random. */
    id: text().primaryKey(),
    /** 0 for posts and comments. No reference, as below: the row outlives room and message until its files are gone. */
    roomId: integer("room_id").notNull(),
    uploaderId: text("uploader_id").notNull(),
    /** The uploader's own UUID: sent twice is stored once. */
    uploadKey: text("upload_key"),
    /** The one message, post or comment it was used for; all null until then. */
    messageId: integer("message_id"),
    postId: integer("post_id"),
    commentId: integer("comment_id"),
    /** Which of its pictures it is, from 0. */
    place: integer().notNull().default(0),
    /** Of the large form, in px. */
    width: integer().notNull(),
    height: integer().notNull(),
    alt: text().notNull().default(""),
    /** As it came: what counts for the bound of a day. */
    receivedBytes: integer("received_bytes").notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Shown to nobody any more. */
    isDropped: integer("is_dropped", { mode: "boolean" }).notNull().default(false),
    hasFiles: integer("has_files", { mode: "boolean" }).notNull().default(true),
  },
  (t) => [
    uniqueIndex("pictures_uploaded_once").on(t.uploaderId, t.uploadKey).where(sql`upload_key is not null`),
    index("pictures_of_message").on(t.messageId).where(sql`message_id is not null`),
    index("pictures_of_post").on(t.postId).where(sql`post_id is not null`),
    index("pictures_of_comment").on(t.commentId).where(sql`comment_id is not null`),
    index("pictures_of_uploader").on(t.uploaderId, t.createdAtMs),
    index("pictures_unused")
      .on(t.createdAtMs)
      .where(sql`message_id is null and post_id is null and comment_id is null`),
    index("pictures_to_remove").on(t.id).where(sql`is_dropped = 1 and has_files = 1`),
    index("pictures_dropped").on(t.createdAtMs).where(sql`is_dropped = 1 and has_files = 0`),
  ],
);

/** Who wants nothing of whom. It works both ways: neither hears of the other. */
export const blocks = sqliteTable(
  "blocks",
  {
    blockerId: text("blocker_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    blockedId: text("blocked_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.blockerId, t.blockedId] }), index("blocks_of_blocked").on(t.blockedId)],
);

/** Posts somebody wants no alarms about. */
export const postMutes = sqliteTable(
  "post_mutes",
  {
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    postId: integer("post_id")
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.postId] })],
);

/** A browser that takes Web Push (RFC 8030) for one sign-in. */
export const pushSubscriptions = sqliteTable(
  "push_subscriptions",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    endpoint: text().notNull().unique(),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    signInId: text("sign_in_id")
      .notNull()
      .references(() => signIns.id, { onDelete: "cascade" }),
    /** The browser's public key and secret (RFC 8291), base64url. */
    p256dh: text().notNull(),
    auth: text().notNull(),
    userAgent: text("user_agent").notNull().default(""),
    createdAtMs: integer("created_at_ms").notNull(),
    sentAtMs: integer("sent_at_ms"),
    /** The last answer of the push service that was no success. */
    failure: text(),
  },
  (t) => [index("push_subscriptions_of_account").on(t.userId), index("push_subscriptions_of_sign_in").on(t.signInId)],
);
