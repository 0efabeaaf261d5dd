import type { FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { Alarm } from "../src/domain/alarm.ts";
import type { RenderContext } from "./context.ts";
import { wordsOf } from "./format.ts";
import { ids } from "./ids.ts";
import { Icon, Monogram, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { calledIn, text } from "./text.ts";
import { dayOf } from "./time.ts";

const KIND_ICONS = { LIKES: "heart", REPLY: "comment", MENTION: "at", REMOVED: "shield" } as const;

/**
 * One group of an inbox; the whole row leads to what it is about. Every row carries the heading of its day, and the
 * style shows the first of each run: so it stays right however rows come and go.
 */
export const AlarmRow: FC<{ context: RenderContext; alarm: Alarm }> = ({ context, alarm }) => {
  const { alarms, admin } = text(context.language);
  const day = dayOf(context, alarm.createdAtMs);
  const [latest] = alarm.actors;
  const did = alarm.kind === "REMOVED" ? "" : alarms.did(alarm.kind, alarm.target);
  const [particle = ""] = did.split(" ");
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
          {latest ? <Monogram person={latest} /> : <span class="mono nobody" />}
          <Icon name={KIND_ICONS[alarm.kind]} />
        </span>
        <span class="alarm-words">
          <span class="alarm-line">
            {alarm.kind === "REMOVED" ? (
              admin.removedYours[alarm.target]
            ) : (
              <>
                {/* A particle belongs to the name before it: behind `bdi` a new line could begin. */}
                <bdi>
                  <strong>{whoOf(context.language, alarm)}</strong>
                  {particle}
                </bdi>
                {did.slice(particle.length)}
              </>
            )}
          </span>
          {alarm.excerpt && (
            <span class="excerpt" dir="auto">
              {wordsOf(alarm.excerpt)}
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

const whoOf = (language: Language, { actors, actorCount }: Alarm) =>
  text(language).alarms.who(
    actors.map((person) => calledIn(language, person)),
    actorCount,
  );

/** What an alarm says, in one sentence without markup. */
export function sentenceOf(language: Language, alarm: Alarm): string {
  const { alarms, admin } = text(language);
  if (alarm.kind === "REMOVED") return admin.removedYours[alarm.target];
  return whoOf(language, alarm) + alarms.did(alarm.kind, alarm.target);
}

/** Where an alarm leads: to the very thing, also when that is far down its page. */
export function placeOf({ kind, postId, roomId, replyId, isFar }: Place): string {
  // What was removed is not there any more: where it stood.
  if (kind === "REMOVED") return roomId === undefined ? paths.post(postId) : paths.room(roomId);
  if (roomId !== undefined) return replyId === undefined ? paths.room(roomId) : paths.messageIn(roomId, replyId);
  if (replyId === undefined) return paths.post(postId);
  return isFar ? paths.commentOn(postId, replyId) : paths.comment(postId, replyId);
}

type Place = Pick<Alarm, "kind" | "postId" | "roomId" | "replyId" | "isFar">;

/** Why it is here, and how to stop it: opens by itself, and every act is a plain form. */
const Why: FC<{ context: RenderContext; alarm: Alarm }> = ({ context, alarm }) => {
  const { admin, choices } = text(context.language);
  const { kind } = alarm;
  return (
    <details class="menu why" data-closes="">
      <summary aria-label={choices.why}>
        <Icon name="more" />
      </summary>
      <div class="menu-items">
        <p class="hint">{kind === "REMOVED" ? admin.whyRemoved : choices.whyIs(kind)}</p>
        {!alarm.isRead && (
          <form method="post" action={paths.readAlarm(alarm.id)} class="read-one">
            <input type="hidden" name="stay" value="1" />
            <button type="submit" class="menu-item">
              {choices.readOne}
            </button>
          </form>
        )}
        {kind !== "REMOVED" && alarm.postId !== 0 && (
          <form method="post" action={paths.mutePost(alarm.postId)}>
            <button type="submit" class="menu-item">
              {choices.mutePost}
            </button>
          </form>
        )}
        {kind !== "REMOVED" && (
          <>
            <form method="post" action={paths.alarmsOff}>
              <input type="hidden" name="kind" value={kind} />
              <button type="submit" class="menu-item">
                {choices.turnOff(kind)}
              </button>
            </form>
            <a href={`${paths.settings}#alarm-settings`}>{choices.settings}</a>
          </>
        )}
      </div>
    </details>
  );
};
