import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { ADMIN_ACTS } from "../../domain/admin.ts";
import { REPORTABLE } from "../../domain/report.ts";
import { accounts } from "./accounts.ts";

/* What the people who run the community need: see tables.ts. */

/** What the admins have decided for everybody who has not chosen otherwise: one row, made by the migration. */
export const community = sqliteTable("community", {
  sendsReceipts: integer("sends_receipts", { mode: "boolean" }).notNull().default(true),
  sendsTyping: integer("sends_typing", { mode: "boolean" }).notNull().default(true),
});

/** A way in while sign-up is by invitation: a link that so many people may come by until it ends. */
export const invitations = sqliteTable("invitations", {
  id: integer().primaryKey({ autoIncrement: true }),
  /** The secret part of the link. */
  key: text().notNull().unique(),
  madeBy: text("made_by")
    .notNull()
    .references(() => accounts.userId, { onDelete: "cascade" }),
  usesMax: integer("uses_max").notNull(),
  createdAtMs: integer("created_at_ms").notNull(),
  expiresAtMs: integer("expires_at_ms").notNull(),
  revokedAtMs: integer("revoked_at_ms"),
});

/** What a member wants an admin to look at, with the words as they stood then. */
export const reports = sqliteTable(
  "reports",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    kind: text({ enum: REPORTABLE }).notNull(),
    thingId: integer("thing_id").notNull(),
    /** The post of a comment, the room of a message; the post itself. */
    placeId: integer("place_id").notNull(),
    authorId: text("author_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    body: text().notNull(),
    reporterId: text("reporter_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    reason: text().notNull(),
    createdAtMs: integer("created_at_ms").notNull(),
    closedAtMs: integer("closed_at_ms"),
  },
  (t) => [
    uniqueIndex("reports_once").on(t.kind, t.thingId, t.reporterId),
    index("reports_open").on(t.id).where(sql`closed_at_ms is null`),
    index("reports_of_reporter").on(t.reporterId).where(sql`closed_at_ms is null`),
    index("reports_of_author").on(t.authorId),
  ],
);

/** What admins did to others, for the other admins to see. Nothing is ever changed or taken away here. */
export const adminActs = sqliteTable(
  "admin_acts",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    adminId: text("admin_id")
      .notNull()
      .references(() => accounts.userId, { onDelete: "cascade" }),
    act: text({ enum: ADMIN_ACTS }).notNull(),
    /** Whom it was done to; empty for an invitation, and for what holds for everybody. */
    about: text().notNull().default(""),
    /** What was removed or left alone, as in reports. */
    kind: text({ enum: REPORTABLE }),
    thingId: integer("thing_id"),
    /** How long a suspension is (absent: for good), or an invitation is good. */
    days: integer(),
    /** How many people an invitation is for. */
    uses: integer(),
    /** Words for the other admins: the reason of a suspension, the number of an invitation that was revoked. */
    detail: text().notNull().default(""),
    createdAtMs: integer("created_at_ms").notNull(),
  },
  (t) => [index("admin_acts_about").on(t.about, t.id)],
);
