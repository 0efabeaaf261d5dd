import { ALARM_KINDS, type AlarmKind } from "./alarm.ts";
import { BirdieError, invalid } from "./errors.ts";
import type { Input } from "./input.ts";
import type { QuietHours } from "./quiet.ts";

/** Who may open a room with somebody: everybody; strangers as a request; only those already talked to. */
export type OpenTo = "everybody" | "requests" | "known";
export const OPEN_TO: readonly OpenTo[] = ["everybody", "requests", "known"];

export interface AlarmChoices {
  /** The kinds one wants no alarms of. */
  readonly alarmsOff: readonly AlarmKind[];
  /** In one's own time zone: no sounds and no notices; what is new stands there all the same. */
  readonly quiet: QuietHours | undefined;
  /** System notices say only that there is something. */
  readonly hidesPushContent: boolean;
}

/** What others see of somebody. */
export interface Showing {
  /** Shows others what was read. */
  readonly sendsReceipts: boolean;
  readonly sendsTyping: boolean;
}

export interface PrivacyChoices {
  readonly openTo: OpenTo;
  /** Undefined: never chosen, so as the community has it; likewise below. */
  readonly sendsReceipts: boolean | undefined;
  readonly sendsTyping: boolean | undefined;
}

/** What a person has chosen on the settings page, besides name, password and looks. */
export interface Choices extends AlarmChoices, PrivacyChoices {
  /** What holds for those who have not chosen. */
  readonly community: Showing;
  readonly mutedPosts: readonly { readonly id: number; readonly title: string }[];
}

/**
 * The form of the alarms: the kinds one wants (`likes`, `reply`, `mention`), `quiet` with `quietFrom` and `quietTo`
 * (22:00), `hidesPushContent`. As in every form, a box that is not there is not ticked.
 * @throws BirdieError `invalid`
 */
export function parseAlarmChoices(input: Input): AlarmChoices {
  return {
    alarmsOff: ALARM_KINDS.filter((kind) => !isTicked(input[kind.toLowerCase()])),
    quiet: isTicked(input["quiet"])
      ? { fromMin: readMinute(input, "quietFrom"), toMin: readMinute(input, "quietTo") }
      : undefined,
    hidesPushContent: isTicked(input["hidesPushContent"]),
  };
}

/**
 * `openTo`, `sendsReceipts`, `sendsTyping`: of these two, "" or null leaves it to the community.
 * @throws BirdieError `invalid`
 */
export function parsePrivacyChoices(input: Input): PrivacyChoices {
  const openTo = OPEN_TO.find((one) => one === input["openTo"]);
  if (!openTo) throw invalid({ field: "openTo", rule: "required" });
  const chosen = (value: unknown) => (value === "" || value === null ? undefined : isTicked(value));
  return { openTo, sendsReceipts: chosen(input["sendsReceipts"]), sendsTyping: chosen(input["sendsTyping"]) };
}

/** The form of the admins, for everybody who has not chosen: `sendsReceipts`, `sendsTyping`. */
export function parseShowing(input: Input): Showing {
  return { sendsReceipts: isTicked(input["sendsReceipts"]), sendsTyping: isTicked(input["sendsTyping"]) };
}

function isTicked(value: unknown): boolean {
  return value === true || value === "on" || value === "true" || value === "1";
}

function readMinute(input: Input, field: string): number {
  const value = input[field];
  if (value === undefined || value === "") throw invalid({ field, rule: "required" });
  const [, hours, minutes] = (typeof value === "string" && /^([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(value)) || [];
  if (hours === undefined) throw invalid({ field, rule: "format" });
  return Number(hours) * 60 + Number(minutes);
}

/** What is searched for among members, in small letters without the @; at most 40 code points. @throws BirdieError `invalid` */
export function parseMemberQuery(value: unknown): string {
  if (value !== undefined && typeof value !== "string") throw new BirdieError("invalid");
  const query = memberQueryOf(value ?? "");
  if (!isMemberQuery(query)) throw invalid({ field: "q", rule: "too_long", limit: QUERY_MAX });
  return query;
}

/** A query as members are found by it. */
export function memberQueryOf(value: string): string {
  return value.normalize("NFC").trim().replace(/^@/, "").toLowerCase();
}

/** Whether anybody's name could begin so: none is longer. */
export function isMemberQuery(query: string): boolean {
  return [...query].length <= QUERY_MAX;
}

const QUERY_MAX = 40;
