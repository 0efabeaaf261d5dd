import type { Person } from "./account.ts";
import { REASON_MAX } from "./ban.ts";
import { invalid } from "./errors.ts";
import { type Input, readTexts } from "./input.ts";

/** Somebody as the admins see them. */
export interface Inhabitant extends Person {
  readonly isAdmin: boolean;
  readonly joinedAtMs: number;
  /** When a device of theirs last renewed its sign-in. Undefined: never signed in, or too long ago. */
  readonly seenAtMs: number | undefined;
  /** Undefined: not banned, or not any more. */
  readonly ban: { readonly sinceMs: number; readonly untilMs: number | undefined; readonly reason: string } | undefined;
}

/** Newest first; `before` is the user id to go on from, undefined at the end. */
export interface Inhabitants {
  readonly people: readonly Inhabitant[];
  readonly before: string | undefined;
}

export const ADMIN_ACTS = ["ban", "unban", "promote", "demote", "remove", "dismiss", "invite", "revoke"] as const;
export type AdminAct = (typeof ADMIN_ACTS)[number];

/** What an admin did, for the other admins to see. */
export interface AdminEntry {
  readonly id: number;
  readonly admin: Person;
  readonly act: AdminAct;
  /** Whom it was done to. */
  readonly about: Person | undefined;
  /** A reason, a path, a number; empty where there is nothing to add. */
  readonly detail: string;
  readonly atMs: number;
}

export const REPORTABLE = ["post", "comment", "message"] as const;
export type Reportable = (typeof REPORTABLE)[number];

/** What somebody wants an admin to look at. `body` is what stood there when it was reported. */
export interface Report {
  readonly id: number;
  readonly kind: Reportable;
  readonly thingId: number;
  /** The post of a comment, the room of a message; the post itself. */
  readonly placeId: number;
  readonly author: Person;
  readonly body: string;
  readonly reporter: Person;
  readonly reason: string;
  readonly atMs: number;
  /** It was deleted meanwhile. */
  readonly isGone: boolean;
}

/** Oldest first, as they wait. `after` is the id to go on from, undefined at the end. */
export interface Reports {
  readonly reports: readonly Report[];
  readonly openCount: number;
  readonly after: number | undefined;
}

/** Why something is reported: a sentence is asked for, so that an admin has something to go by. @throws BirdieError `invalid` */
export function parseReport(input: Input): { readonly reason: string } {
  return readTexts(input, { reason: { min: 1, max: REASON_MAX, multiline: true } });
}

/** `over`: used up, expired or revoked. */
export type InvitationState = "living" | "used-up" | "expired" | "revoked";

export interface Invitation {
  readonly id: number;
  /** The secret part of the link. */
  readonly key: string;
  readonly madeBy: Person;
  readonly usesMax: number;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly state: InvitationState;
  /** Who came by it, in their order; the latest 20 of them are named. */
  readonly guests: readonly Person[];
  readonly useCount: number;
}

export interface NewInvitation {
  readonly uses: number;
  readonly days: number;
}

export const INVITATION_USES_MAX = 100;
export const INVITATION_DAYS_MAX = 90;

/** From `uses` (1 to 100, default 1) and `days` (1 to 90, default 7). @throws BirdieError `invalid` */
export function parseInvitation(input: Input): NewInvitation {
  const uses = readWhole(input["uses"], 1, INVITATION_USES_MAX);
  const days = readWhole(input["days"], 7, INVITATION_DAYS_MAX);
  if (uses === undefined) throw invalid({ field: "uses", rule: "format", limit: INVITATION_USES_MAX });
  if (days === undefined) throw invalid({ field: "days", rule: "format", limit: INVITATION_DAYS_MAX });
  return { uses, days };
}

function readWhole(value: unknown, fallback: number, max: number): number | undefined {
  if (value === undefined || value === "") return fallback;
  const number = typeof value === "string" && /^[0-9]{1,4}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= max ? number : undefined;
}
