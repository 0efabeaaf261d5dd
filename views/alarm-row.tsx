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
  return (
    <li
      id={ids.alarm(alarm.key)}
      class="alarm"
      data-alarm-id={alarm.id}
      data-read={alarm.isRead ? "true" : "false"}
      data-day={day}
    >
      <h2 class="day-head">{alarms[day]}</h2>
      <a href={placeOf(alarm)}>
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
      <Why context={context} alarm={alarm} />
    </li>
  );
};

/** Where an alarm leads: to the very thing, also when that is far down its page. */
export function placeOf({ postId, roomId, replyId, isFar }: Place): string {
  if (roomId !== undefined) return replyId === undefined ? paths.room(roomId) : paths.messageIn(roomId, replyId);
  if (replyId === undefined) return paths.post(postId);
  return isFar ? paths.commentOn(postId, replyId) : paths.comment(postId, replyId);
}

type Place = Pick<Alarm, "postId" | "roomId" | "replyId" | "isFar">;

/** Why it is here, and how to stop it: opens by itself, and every act is a plain form. */
const Why: FC<{ context: RenderContext; alarm: Alarm }> = ({ context, alarm }) => {
  const { choices } = text(context.language);
  return (
    <details class="menu why" data-closes="">
      <summary aria-label={choices.why}>
        <Icon name="more" />
      </summary>
      <div class="menu-items">
        <p class="hint">{choices.whyIs(alarm.kind)}</p>
        {!alarm.isRead && (
          <form method="post" action={paths.readAlarm(alarm.id)} class="read-one">
            <input type="hidden" name="stay" value="1" />
            <button type="submit" class="menu-item">
              {choices.readOne}
            </button>
          </form>
        )}
        {alarm.postId !== 0 && (
          <form method="post" action={paths.mutePost(alarm.postId)}>
            <button type="submit" class="menu-item">
              {choices.mutePost}
            </button>
          </form>
        )}
        <form method="post" action={paths.alarmsOff}>
          <input type="hidden" name="kind" value={alarm.kind} />
          <button type="submit" class="menu-item">
            {choices.turnOff(alarm.kind)}
          </button>
        </form>
        <a href={`${paths.settings}#alarm-settings`}>{choices.settings}</a>
      </div>
    </details>
  );
};
