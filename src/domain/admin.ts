import type { Person } from "./account.ts";
import type { Reportable } from "./report.ts";

/** Somebody as the admins see them. */
export interface Inhabitant extends Person {
  readonly isAdmin: boolean;
  readonly joinedAtMs: number;
  /** When a device of theirs last renewed its sign-in. Undefined: never signed in, or too long ago. */
  readonly seenAtMs: number | undefined;
  /** When they closed their account. Nothing can be done about it, nor undone. */
  readonly closedAtMs: number | undefined;
  /** Undefined: not banned, or not any more. */
  readonly ban: { readonly sinceMs: number; readonly untilMs: number | undefined; readonly reason: string } | undefined;
}

/** Newest first; `before` is the user id to go on from, undefined at the end. */
export interface Inhabitants {
  readonly people: readonly Inhabitant[];
  readonly before: string | undefined;
}

export const ADMIN_ACTS = [
  "ban",
  "unban",
  "promote",
  "demote",
  "remove",
  "dismiss",
  "invite",
  "revoke",
  "receipts-on",
  "receipts-off",
  "typing-on",
  "typing-off",
] as const;
export type AdminAct = (typeof ADMIN_ACTS)[number];

/** What an admin did, for the other admins to see. */
export interface AdminEntry {
  readonly id: number;
  readonly admin: Person;
  readonly act: AdminAct;
  /** Whom it was done to. */
  readonly about: Person | undefined;
  /** How long a suspension is (undefined: for good), or an invitation is good. */
  readonly days: number | undefined;
  /** How many people an invitation is for. */
  readonly uses: number | undefined;
  /** A reason, a number; empty where there is nothing to add. */
  readonly detail: string;
  /** What was removed or left alone. */
  readonly thing: AdminThing | undefined;
  readonly atMs: number;
}

/** Something that somebody wrote, and what of it is still to be seen: a message never is, for an admin. */
export interface AdminThing {
  readonly kind: Reportable;
  readonly id: number;
  readonly isThere: boolean;
  /** The post itself, or that of a comment; undefined where it is gone. */
  readonly post: { readonly id: number; readonly title: string } | undefined;
}

/** How the server stands. */
export interface Health {
  readonly version: string;
  readonly startedAtMs: number;
  /** 0 where the database is on another server. */
  readonly databaseBytes: number;
  /** Under the data folder. */
  readonly freeBytes: number;
  readonly socketCount: number;
  readonly personCount: number;
  /** Acts that changed something, over the last minute. */
  readonly changesPerS: number;
  /** The latest in the data folder's backups; undefined where there is none. */
  readonly backup: { readonly atMs: number; readonly bytes: number } | undefined;
}
