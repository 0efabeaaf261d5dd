import type { Language } from "../src/domain/account.ts";
import { ids } from "./ids.ts";
import { text } from "./text.ts";

interface BadgeProps {
  readonly count: number;
  readonly language: Language;
}

const SHOWN_MAX = 99;

export function AlarmBadge({ count, language }: BadgeProps) {
  return <Badge id={ids.alarmBadge} count={count} label={text(language).site.unreadAlarms(count)} />;
}

export function MessageBadge({ count, language }: BadgeProps) {
  return <Badge id={ids.messageBadge} count={count} label={text(language).site.unreadMessages(count)} />;
}

export function ReportBadge({ count, language }: BadgeProps) {
  return <Badge id={ids.reportBadge} count={count} label={text(language).admin.openReports(count)} />;
}

/** Kept on the page at 0, so that a push always finds it. `data-count` is the number without the cap. */
function Badge({ id, count, label }: { id: string; count: number; label: string }) {
  return (
    <span id={id} class="badge" role="img" aria-label={label} data-count={count} hidden={count === 0}>
      {count > SHOWN_MAX ? `${SHOWN_MAX}+` : count}
    </span>
  );
}
