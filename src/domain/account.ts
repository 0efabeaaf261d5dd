import { BirdieError, type Fault, invalid } from "./errors.ts";
import { type Input, lengthOf, readTexts, type TextRule } from "./input.ts";
import type { QuietHours } from "./quiet.ts";

export type Language = "ko" | "en";
export const LANGUAGES: readonly Language[] = ["ko", "en"];

/** Somebody as others see them. `userId` never changes; `name` may. */
export interface Person {
  readonly userId: string;
  readonly name: string;
}

/** The verified who behind a request or a socket: an account through one living sign-in. */
export interface Principal extends Person {
  readonly signInId: string;
  /** The account's own choice; undefined means "as the browser asks". */
  readonly language: Language | undefined;
  /** IANA name of the account's own choice; undefined means "as the browser says". */
  readonly timeZone: string | undefined;
  /** Runs the community. Whether that still holds is asked in the act itself. */
  readonly isAdmin?: boolean;
  /** Absent where there are none. */
  readonly quiet?: QuietHours;
}

/** The two numbers every open tab shows. Always the database's own. */
export interface Counts {
  readonly unreadAlarmCount: number;
  readonly unreadMessageCount: number;
}

/** One sign-in as its owner sees it in the settings. */
export interface SignIn {
  readonly id: string;
  readonly userAgent: string;
  readonly address: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly isThisOne: boolean;
}

/** A profile page: who, since when. */
export interface Profile extends Person {
  readonly createdAtMs: number;
  readonly postCount: number;
}

export interface SignUp {
  readonly userId: string;
  readonly name: string;
  readonly password: string;
}

const USER_ID: TextRule = { min: 3, max: 20, pattern: /^[a-z0-9_]+$/ };
const NAME: TextRule = { min: 1, max: 40 };
export const PASSWORD_MIN = 8;
export const PASSWORD_MAX = 128;

/** Passwords that are tried first by everybody. Longer lists belong to the operator. */
const TOO_COMMON: ReadonlySet<string> = new Set(
  "password passwordpassword 12345678 123456789 1234567890 qwerty123 qwertyuiop 11111111 00000000 password1 password123 iloveyou sunshine princess football baseball superman trustno1 letmein1 welcome1 abcd1234 a1234567 1q2w3e4r 1q2w3e4r5t qwer1234 asdf1234 zxcv1234 birdie12 birdiebirdie".split(
    " ",
  ),
);

/** @throws BirdieError `invalid` */
export function parseSignUp(input: Input): SignUp {
  const userIdGiven = typeof input["userId"] === "string" ? input["userId"].trim() : "";
  const texts = faultsOr(() => readTexts(input, { userId: USER_ID, name: NAME }));
  const password = faultsOr(() => parseNewPassword(input, "password", userIdGiven));
  if (texts.faults || password.faults) throw invalid(...(texts.faults ?? []), ...(password.faults ?? []));
  return { userId: texts.value.userId, name: texts.value.name, password: password.value };
}

type FaultsOr<T> = { readonly value: T; readonly faults?: never } | { readonly faults: readonly Fault[] };

/** So that everything that is wrong with a form is said at once, not one round after the other. */
function faultsOr<T>(parse: () => T): FaultsOr<T> {
  try {
    return { value: parse() };
  } catch (error) {
    if (error instanceof BirdieError && error.code === "invalid") return { faults: error.faults };
    throw error;
  }
}

/** @throws BirdieError `invalid` */
export function parseName(input: Input): string {
  return readTexts(input, { name: NAME }).name;
}

/**
 * A new password: 8 to 128 code points of anything, compared after NFC so that it fits however it was typed.
 * Refused when it is among the most common ones or is the user id (NIST SP 800-63B-4 3.1.1.2).
 * @throws BirdieError `invalid`
 */
export function parseNewPassword(input: Input, field: string, userId: string): string {
  const value = input[field];
  const password = typeof value === "string" ? value.normalize("NFC") : "";
  const length = lengthOf(password);
  if (length === 0) throw invalid({ field, rule: "required" });
  if (length < PASSWORD_MIN) throw invalid({ field, rule: "too_short", limit: PASSWORD_MIN });
  if (length > PASSWORD_MAX) throw invalid({ field, rule: "too_long", limit: PASSWORD_MAX });
  if (TOO_COMMON.has(password.toLowerCase()) || password.toLowerCase() === userId) {
    throw invalid({ field, rule: "too_common" });
  }
  return password;
}

/** The user id in a log-in or a path, or undefined where no account can have that name. */
export function readUserId(value: unknown): string | undefined {
  return typeof value === "string" && /^[a-z0-9_]{3,20}$/.test(value) ? value : undefined;
}

/** `ko` or `en` out of a setting or an Accept-Language header (RFC 9110 12.5.4); undefined where neither is asked for. */
export function readLanguage(value: unknown): Language | undefined {
  if (typeof value !== "string") return undefined;
  let best: { language: Language; quality: number } | undefined;
  for (const part of value.slice(0, 200).split(",")) {
    const [range = "", ...parameters] = part.trim().toLowerCase().split(";");
    const language = LANGUAGES.find((l) => range.trim() === l || range.trim().startsWith(`${l}-`));
    if (!language) continue;
    const q = parameters
      .map((p) => /^\s*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*$/.exec(p)?.[1])
      .find((v) => v !== undefined);
    const quality = q === undefined ? 1 : Number(q);
    if (quality > (best?.quality ?? 0)) best = { language, quality };
  }
  return best?.language;
}

/** An IANA time zone name that this runtime knows, or undefined. */
export function readTimeZone(value: unknown): string | undefined {
  if (typeof value !== "string" || !/^[A-Za-z0-9_+\-/]{1,64}$/.test(value)) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return value;
  } catch {
    return undefined;
  }
}
