import { standingOf } from "../grouping.ts";
import { dayKey, dayLabel } from "../time.ts";
import { atServer } from "./clock.ts";
import { make } from "./page.ts";
import { reader } from "./time.ts";

/** Puts the messages in the order of the server, what is not sent yet last, and says whose they are once. */
export function arrange(list: HTMLElement): void {
  const messages = [...list.querySelectorAll<HTMLElement>(":scope > article")];
  const ordered = messages.toSorted((a, b) => idOf(a) - idOf(b));
  ordered.forEach((message, i) => {
    if (message !== messages[i]) list.append(...ordered.splice(i));
  });
  const context = reader();
  let before: { userId: string; atMs: number } | undefined;
  for (const message of list.querySelectorAll<HTMLElement>(":scope > article")) {
    const said = { userId: message.dataset["author"] ?? "", atMs: timeOf(message) };
    const day = dayKey(context.timeZone, said.atMs);
    const isNewDay = !before || day !== dayKey(context.timeZone, before.atMs);
    const above = message.previousElementSibling;
    const line = above?.id === "new-line" ? above : undefined;
    const top = line ? line.previousElementSibling : above;
    const divider = top?.classList.contains("day") ? top : undefined;
    if (isNewDay) {
      const label = divider ?? make("div", "day", "", { role: "separator" });
      const words = dayLabel(context, said.atMs);
      if (label.textContent !== words) label.textContent = words;
      if (!divider) (line ?? message).before(label);
    } else divider?.remove();
    const standing = isNewDay || line ? "" : standingOf(before, said, context.timeZone);
    message.classList.toggle("follows", standing !== "");
    message.classList.toggle("at-once", standing === "follows at-once");
    before = said;
  }
  settleLine(list);
  for (const divider of list.querySelectorAll(":scope > .day")) {
    if (divider.nextElementSibling?.tagName !== "ARTICLE" && divider.nextElementSibling?.id !== "new-line")
      divider.remove();
  }
}

/** What stood below the line may have been deleted: it stands below the day of what follows, or above nothing at all. */
function settleLine(list: HTMLElement): void {
  const line = list.querySelector(":scope > #new-line");
  const below = line?.nextElementSibling;
  if (below?.classList.contains("day")) below.after(line ?? "");
  else if (!below) line?.remove();
}

/** What has no number yet is the newest. */
export function idOf(message: HTMLElement): number {
  return Number(message.dataset["messageId"] || Number.MAX_SAFE_INTEGER);
}

export function newestIn(list: HTMLElement): number {
  const ids = [...list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")].map(idOf);
  return Math.max(0, ...ids);
}

function timeOf(message: Element): number {
  return Date.parse(message.querySelector("time")?.dateTime ?? "") || atServer(Date.now());
}
