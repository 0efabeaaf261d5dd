import type { Person } from "./account.ts";
import { REASON_MAX } from "./ban.ts";
import { type Input, readTexts } from "./input.ts";
import type { Picture } from "./picture.ts";

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
  /** Undefined for the admin whom it is about: nobody is told who reported them. */
  readonly reporter: Person | undefined;
  /** Whether this admin may leave it as it is: what is about oneself is another admin's to look at, where there is one. */
  readonly mayDismiss: boolean;
  readonly reason: string;
  readonly atMs: number;
  /** It was deleted meanwhile, and its pictures with it. */
  readonly isGone: boolean;
  /** Of a message, as long as it is there. */
  readonly pictures: readonly Picture[];
}

/** Oldest first, as they wait. `after` is the id to go on from, undefined at the end. */
export interface Reports {
  readonly reports: readonly Report[];
  readonly openCount: number;
  readonly after: number | undefined;
}

/**
 * Why something is reported: a sentence is asked for, so that an admin has something to go by. @throws BirdieError
 * `invalid`
 */
export function parseReport(input: Input): { readonly reason: string } {
  return readTexts(input, { reason: { min: 1, max: REASON_MAX, multiline: true } });
}
