import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One row per fact about the database itself: `id` (random, made once) and `position` (the last one given out). */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: text().notNull(),
});

export const accounts = sqliteTable(
  "accounts",
  {
    userId: text("user_id").primaryKey(),
    name: text().notNull(),
    passwordHash: text("password_hash").notNull(),
    role: text({ enum: ["member", "admin"] })
      .notNull()
      .default("member"),
    language: text({ enum: ["ko", "en"] }),
    timeZone: text("time_zone"),
    /** Kinds of alarms this person does not want, blank-separated: "LIKES MENTION". */
    alarmsOff: text("alarms_off").notNull().default(""),
    /** Quiet hours in the account's time zone, in minutes after midnight; both null for none. May pass midnight. */
    quietFromMin: integer("quiet_from_min"),
    quietToMin: integer("quiet_to_min"),
    /** System notices say only that there is something. */
    hidesPushContent: integer("hides_push_content", { mode: "boolean" }).notNull().default(false),
    /** Shows others what was read, and sees it of them; null: never chosen, so as the community has it. */
    sendsReceipts: integer("sends_receipts", { mode: "boolean" }),
    sendsTyping: integer("sends_typing", { mode: "boolean" }),
    /** Who may open a room with this person: everybody; strangers as a request; only those already talked to. */
    openTo: text("open_to", { enum: ["everybody", "requests", "known"] })
      .notNull()
      .default("everybody"),
    /** The secret part of the address of one's own Atom feed; made on demand. */
    feedKey: text("feed_key").unique(),
    /** Where "since your last visit" begins: the position seen last, and the one before while a visit lasts. */
    visitedAtMs: integer("visited_at_ms"),
    visitedPosition: integer("visited_position").notNull().default(0),
    /** When it last changed whom this person has blocked, or which requests wait for them. */
    listsPosition: integer("lists_position").notNull().default(0),
    createdAtMs: integer("created_at_ms").notNull(),
    /** Banned from here on, until then; for good where there is no end. Past bans stay until the next one. */
    bannedAtMs: integer("banned_at_ms"),
    bannedUntilMs: integer("banned_until_ms"),
    /** What the banned person is told. */
    bannedReason: text("banned_reason").notNull().default(""),
    /** Closed by its owner, for good: nobody signs in, and its name is that of nobody. Banned from then on, too. */
    closedAtMs: integer("closed_at_ms"),
    /** Their posts and comments go with them, as soon as that is done. */
    erasesPosts: integer("erases_posts", { mode: "boolean" }).notNull().default(false),
    /** The invitation this person came by. */
    invitationId: integer("invitation_id"),
  },
  (t) => [
    // Few or none: looked into with every line that is said.
    index("accounts_banned").on(t.userId).where(sql`banned_at_ms is not null`),
    index("accounts_admins").on(t.userId).where(sql`role = 'admin'`),
    index("accounts_by_joining").on(t.createdAtMs, t.userId),
    index("accounts_invited").on(t.invitationId).where(sql`invitation_id is not null`),
  ],
);

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
  (t) => [index("sign_ins_by_account").on(t.userId, t.lastUsedAtMs)],
);
