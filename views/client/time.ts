import { clockTime, fullTime, relativeTime } from "../time.ts";
import { atServer } from "./clock.ts";
import { onPage } from "./page.ts";
import { language } from "./words.ts";

const minuteMs = 60_000;
const yearS = 31_536_000;
const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** The account's own choice, or the browser's. */
const timeZone = document.body.dataset["zone"] ?? browserZone;

/** The reader's own zone and language, at this moment. */
export const reader = () => ({ language, timeZone, nowMs: atServer(Date.now()) }) as const;

/** Keeps "3 min ago" true, and tells the server the reader's zone for the next page. */
export function keepTimes(): void {
  // Only where it is another: any cookie that is written throws the pages one has left out of the browser's memory.
  const zone = `tz=${browserZone}`;
  if (!document.cookie.split("; ").includes(zone)) {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http.
    document.cookie = `${zone}; path=/; max-age=${yearS}; samesite=lax`;
  }
  onPage(refresh);
  setInterval(refresh, minuteMs);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}

function refresh(): void {
  const context = reader();
  for (const time of document.querySelectorAll<HTMLTimeElement>("time[data-relative],time[data-clock]")) {
    const ms = Date.parse(time.dateTime);
    if (Number.isNaN(ms)) continue;
    const text = time.hasAttribute("data-clock") ? clockTime(context, ms) : relativeTime(context, ms);
    if (time.textContent !== text) time.textContent = text;
    // That of a push is of the server's zone, also where its words are the same.
    const title = fullTime(context, ms);
    if (time.title !== title) time.title = title;
  }
}
