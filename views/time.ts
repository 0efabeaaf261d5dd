import type { Language } from "../src/domain/account.ts";
import type { Locale, RenderContext } from "./context.ts";

/** Stands alone, so that the browser can refresh times with the same words. */
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

type Style = "day" | "dayOfYear" | "weekday" | "clock" | "full" | "iso";

const STYLES: Readonly<Record<Style, Intl.DateTimeFormatOptions>> = {
  day: { month: "short", day: "numeric" },
  dayOfYear: { year: "numeric", month: "short", day: "numeric" },
  weekday: { year: "numeric", month: "long", day: "numeric", weekday: "long" },
  clock: { hour: "numeric", minute: "2-digit" },
  full: { dateStyle: "long", timeStyle: "short" },
  iso: { year: "numeric", month: "2-digit", day: "2-digit" },
};

/** What it has last said, for what happens now is said again and again: none of the styles tells of seconds. */
interface Formatter {
  readonly format: Intl.DateTimeFormat;
  minute: number;
  said: string;
}

/** Formatters are dear to make (tens of microseconds) and few: languages x time zones in use x six styles. */
const formatters = new Map<string, Formatter>();
const FORMATTERS_MAX = 1_000;

function format(style: Style, language: Language | "sv", timeZone: string, ms: number): string {
  const key = `${style} ${language} ${timeZone}`;
  let formatter = formatters.get(key);
  if (!formatter) {
    if (formatters.size >= FORMATTERS_MAX) formatters.clear();
    formatter = {
      format: new Intl.DateTimeFormat(language, { ...STYLES[style], timeZone }),
      minute: Number.NaN,
      said: "",
    };
    formatters.set(key, formatter);
  }
  const minute = Math.floor(ms / MINUTE_MS);
  if (minute !== formatter.minute) {
    formatter.said = formatter.format.format(ms);
    formatter.minute = minute;
  }
  return formatter.said;
}

/** "just now" under a minute, then whole minutes and hours that have passed, from a day on the date. */
export function relativeTime({ language, timeZone, nowMs }: RenderContext, ms: number): string {
  const passedMs = nowMs - ms;
  const isKorean = language === "ko";
  if (passedMs < MINUTE_MS) return isKorean ? "방금 전" : "just now";
  if (passedMs < HOUR_MS) {
    const minutes = Math.floor(passedMs / MINUTE_MS);
    return isKorean ? `${minutes}분 전` : `${minutes} min ago`;
  }
  if (passedMs < DAY_MS) {
    const hours = Math.floor(passedMs / HOUR_MS);
    return isKorean ? `${hours}시간 전` : `${hours} h ago`;
  }
  return dateOf({ language, timeZone, nowMs }, ms);
}

/** The day, with the year where it is not this one. */
export function dateOf({ language, timeZone, nowMs }: RenderContext, ms: number): string {
  const isThisYear = dayKey(timeZone, ms).slice(0, 4) === dayKey(timeZone, nowMs).slice(0, 4);
  return format(isThisYear ? "day" : "dayOfYear", language, timeZone, ms);
}

/** The day with its year. */
export function dateInFull({ language, timeZone }: Locale, ms: number): string {
  return format("dayOfYear", language, timeZone, ms);
}

/** Day and clock in full, for titles. */
export function fullTime({ language, timeZone }: Locale, ms: number): string {
  return format("full", language, timeZone, ms);
}

/** Hours and minutes. */
export function clockTime({ language, timeZone }: Locale, ms: number): string {
  return format("clock", language, timeZone, ms);
}

/** The local day as 2026-11-22. */
export function dayKey(timeZone: string, ms: number): string {
  return format("iso", "sv", timeZone, ms);
}

/** Where a moment stands seen from the reader's own day. */
export function dayOf({ timeZone, nowMs }: RenderContext, ms: number): "today" | "yesterday" | "earlier" {
  const day = dayKey(timeZone, ms);
  const today = dayKey(timeZone, nowMs);
  if (day >= today) return "today";
  const noonMs = Date.parse(`${today}T12:00:00Z`);
  return day === new Date(noonMs - DAY_MS).toISOString().slice(0, 10) ? "yesterday" : "earlier";
}

/** The words between two days of a conversation: today, yesterday, then the date with its weekday. */
export function dayLabel(context: RenderContext, ms: number): string {
  const day = dayOf(context, ms);
  const isKorean = context.language === "ko";
  if (day === "today") return isKorean ? "오늘" : "Today";
  if (day === "yesterday") return isKorean ? "어제" : "Yesterday";
  return format("weekday", context.language, context.timeZone, ms);
}
