import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/*
 * Everything Birdie remembers. Times are UTC milliseconds. `position` is the number of the act that last changed the
 * row (see open.ts): what a reconnected reader missed are the rows above the last position it saw.
 */

/** One row per fact about the database itself: `id` (random, made once) and `position` (the last one given out). */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: text().notNull(),
});

export const accounts = sqliteTable("accounts", {
  userId: text("user_id").primaryKey(),
  name: text().notNull(),
  passwordHash: text("password_hash").notNull(),
  role: text({ enum: ["member", "admin"] })
    .notNull()
    .default("member"),
  language: text({ enum: ["ko", "en"] }),
  timeZone: text("time_zone"),
  createdAtMs: integer("created_at_ms").notNull(),
  bannedAtMs: integer("banned_at_ms"),
});

/** One sign-in on one device. Its refresh token is valid for `generation`, and shortly for the one before. */
export const signIns = sqliteTable(
  "sign_ins",
  {
    id: text().primaryKey(),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    generation: integer().notNull().default(0),
    rotatedAtMs: integer("rotated_at_ms").notNull(),
    userAgent: text("user_agent").notNull().default(""),
    address: text().notNull().default(""),
    createdAtMs: integer("created_at_ms").notNull(),
    lastUsedAtMs: integer("last_used_at_ms").notNull(),
    endedAtMs: integer("ended_at_ms"),
  },
  (t) => [index("sign_ins_of_account").on(t.userId).where(sql`ended_at_ms is null`)],
);

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
    commentCount: integer("comment_count").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    editedAtMs: integer("edited_at_ms"),
    deletedAtMs: integer("deleted_at_ms"),
    position: integer().notNull(),
    /** Of the act that wrote it; never changes. Above the last position a reader saw: new to that reader, not just changed. */
    writtenPosition: integer("written_position").notNull(),
  },
  (t) => [
    index("posts_of_author").on(t.authorId, t.id),
    index("posts_shown").on(t.id).where(sql`deleted_at_ms is null`),
    index("posts_changed").on(t.position),
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
    kind: text({ enum: ["LIKES", "REPLY", "MENTION"] }).notNull(),
    target: text({ enum: ["POST", "POST_REPLY"] }).notNull(),
    postId: integer("post_id")
      .notNull()
      .references(() => posts.id, { onDelete: "cascade" }),
    /** The comment to go to; 0 for the post itself, so that the unique index below sees equals. */
    replyId: integer("reply_id").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    readAtMs: integer("read_at_ms"),
    /** Taken back: no actor is left, or what it is about is gone. Kept, so that a reconnected reader hears of it. */
    retractedAtMs: integer("retracted_at_ms"),
    position: integer().notNull(),
  },
  (t) => [
    uniqueIndex("alarms_open_group")
      .on(t.receiver, t.kind, t.target, t.postId, t.replyId)
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
});

export const roomMembers = sqliteTable(
  "room_members",
  {
    roomId: integer("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    userId: text("user_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    /** The read cursor: the id of the last message this member has seen. Moves forward only. */
    readUpTo: integer("read_up_to").notNull().default(0),
    joinedAtMs: integer("joined_at_ms").notNull(),
    /** Of the last move of the cursor. */
    position: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.roomId, t.userId] }), index("room_members_of_account").on(t.userId)],
);

export const messages = sqliteTable(
  "messages",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    roomId: integer("room_id")
      .notNull()
      .references(() => rooms.id, { onDelete: "cascade" }),
    authorId: text("author_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    body: text().notNull(),
    clientId: text("client_id"),
    createdAtMs: integer("created_at_ms").notNull(),
    editedAtMs: integer("edited_at_ms"),
    deletedAtMs: integer("deleted_at_ms"),
    position: integer().notNull(),
    /** Of the act that wrote it; never changes. Above the last position a reader saw: new to that reader, not just changed. */
    writtenPosition: integer("written_position").notNull(),
  },
  (t) => [
    index("messages_of_room").on(t.roomId, t.id),
    index("messages_changed").on(t.roomId, t.position),
    uniqueIndex("messages_sent_once").on(t.authorId, t.clientId),
  ],
);
