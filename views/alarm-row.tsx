import type { FC } from "hono/jsx";
import type { Alarm } from "../src/domain/alarm.ts";
import type { RenderContext } from "./context.ts";
import { ids } from "./ids.ts";
import { Icon, Monogram, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";
import { dayOf } from "./time.ts";

const KIND_ICONS = { LIKES: "heart", REPLY: "comment", MENTION: "at" } as const;

/**
 * One group of an inbox; the whole row leads to what it is about. Every row carries the heading of its day, and the
 * style shows the first of each run: so it stays right however rows come and go.
 */
export const AlarmRow: FC<{ context: RenderContext; alarm: Alarm }> = ({ context, alarm }) => {
  const { alarms } = text(context.language);
  const day = dayOf(context, alarm.createdAtMs);
  const [latest] = alarm.actors;
  const names = alarm.actors.map((person) => person.name);
  const { postId, replyId } = alarm;
  return (
    <li
      id={ids.alarm(alarm.key)}
      class="alarm"
      data-alarm-id={alarm.id}
      data-read={alarm.isRead ? "true" : "false"}
      data-day={day}
    >
      <h2 class="day-head">{alarms[day]}</h2>
      <a href={replyId === undefined ? paths.post(postId) : paths.comment(postId, replyId)}>
        <span class="alarm-face">
          {latest && <Monogram person={latest} />}
          <Icon name={KIND_ICONS[alarm.kind]} />
        </span>
        <span class="alarm-words">
          <span class="alarm-line">
            <strong>
              <bdi>{alarms.who(names, alarm.actorCount)}</bdi>
            </strong>
            {alarms.did(alarm.kind, alarm.target)}
          </span>
          {alarm.excerpt && (
            <span class="excerpt" dir="auto">
              {alarm.excerpt}
            </span>
          )}
          <span class="meta">
            <Time context={context} ms={alarm.createdAtMs} />
          </span>
        </span>
        {!alarm.isRead && (
          <span class="dot" id={ids.alarmDot(alarm.key)}>
            <span class="sr">{alarms.unread}</span>
          </span>
        )}
      </a>
    </li>
  );
};
