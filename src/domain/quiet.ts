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
