import type { Person } from "./account.ts";
import { invalid } from "./errors.ts";
import type { Input } from "./input.ts";

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
