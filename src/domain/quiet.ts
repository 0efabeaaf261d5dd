/** Hours in which nothing rings, in minutes after midnight of the person's own time zone. May pass midnight. */
export interface QuietHours {
  readonly fromMin: number;
  readonly toMin: number;
}

/**
 * Whether a moment lies in somebody's quiet hours: from the first minute on, up to and without the last. Equal ends
 * mean the whole day. An unknown time zone counts as UTC.
 */
export function isQuiet(quiet: QuietHours | undefined, nowMs: number, timeZone: string): boolean {
  if (!quiet) return false;
  const { fromMin, toMin } = quiet;
  const nowMin = minuteOfDay(nowMs, timeZone);
  if (fromMin === toMin) return true;
  return fromMin < toMin ? nowMin >= fromMin && nowMin < toMin : nowMin >= fromMin || nowMin < toMin;
}

/** The quiet hours that are now, or the next ones, as moments. A change of the clocks within them is not foreseen. */
export interface QuietSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

export function quietSpan({ fromMin, toMin }: QuietHours, nowMs: number, timeZone: string): QuietSpan {
  if (fromMin === toMin) return { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER };
  const minuteMs = nowMs - (nowMs % MINUTE_MS);
  const nowMin = minuteOfDay(nowMs, timeZone);
  const lengthMs = minutesBetween(fromMin, toMin) * MINUTE_MS;
  const sinceMs = minutesBetween(fromMin, nowMin) * MINUTE_MS;
  const fromMs = minuteMs - sinceMs + (sinceMs < lengthMs ? 0 : DAY_MIN * MINUTE_MS);
  return { fromMs, toMs: fromMs + lengthMs };
}

/** Without a time zone of their own, people live where their language says: the server has only that to go by. */
export function quietZoneOf(timeZone: string | null | undefined, language: string | null | undefined): string {
  return timeZone ?? (language === "en" ? "UTC" : "Asia/Seoul");
}

const MINUTE_MS = 60_000;
const DAY_MIN = 24 * 60;
const minutesBetween = (fromMin: number, toMin: number) => (toMin - fromMin + DAY_MIN) % DAY_MIN;

function minuteOfDay(nowMs: number, timeZone: string): number {
  const options = { hour: "numeric", minute: "numeric", hourCycle: "h23" } as const;
  const parts = new Map<string, number>();
  for (const { type, value } of clockOf(timeZone, options).formatToParts(nowMs)) parts.set(type, Number(value));
  return (parts.get("hour") ?? 0) * 60 + (parts.get("minute") ?? 0);
}

function clockOf(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en", { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat("en", { ...options, timeZone: "UTC" });
  }
}
