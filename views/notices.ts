import type { Language, Person } from "../src/domain/account.ts";
import type { Alarm } from "../src/domain/alarm.ts";
import type { RoomSummary } from "../src/domain/room.ts";
import { placeOf, sentenceOf } from "./alarm-row.tsx";
import { wordsOf } from "./format.ts";
import { paths } from "./paths.ts";
import { nameOf } from "./room-rows.tsx";
import { calledIn, text } from "./text.ts";

/** What is told outside of a page. */
type Occasion =
  | { readonly kind: "alarm"; readonly alarm: Alarm }
  | {
      readonly kind: "message";
      readonly roomId: number;
      readonly author: Person;
      readonly body: string;
      readonly pictureCount: number;
    }
  | { readonly kind: "added"; readonly room: Pick<RoomSummary, "id" | "name" | "others">; readonly author: Person }
  | { readonly kind: "test" }
  | { readonly kind: "self-test"; readonly id: string };

/** A notice on the screen, in plain text. */
interface Notice {
  readonly title: string;
  readonly body: string;
  /** A later notice of the same tag replaces this one. */
  readonly tag: string;
  readonly url: string;
}

const BODY_MAX = 160;

/** `isHidden`: only that there is something, for screens that others can see. */
export function noticeOf(
  occasion: Occasion,
  { language, isHidden }: { readonly language: Language; readonly isHidden: boolean },
): Notice {
  const { devices, pictures, talk } = text(language);
  const { notice } = devices;
  const hidden = { title: notice.hiddenTitle, body: notice.hiddenBody };
  switch (occasion.kind) {
    case "alarm": {
      const { alarm } = occasion;
      const tag = alarmTag(alarm.key);
      if (isHidden) return { ...hidden, tag, url: paths.alarms };
      return { title: sentenceOf(language, alarm), body: shorten(wordsOf(alarm.excerpt)), tag, url: urlOf(alarm) };
    }
    case "message": {
      const { roomId, author, pictureCount } = occasion;
      const body = occasion.body || pictures.photos(pictureCount);
      const about = { tag: roomTag(roomId), url: paths.room(roomId) };
      return isHidden ? { ...hidden, ...about } : { title: author.name, body: shorten(wordsOf(body)), ...about };
    }
    case "added": {
      const { room, author } = occasion;
      const about = { tag: roomTag(room.id), url: paths.room(room.id) };
      const body = talk.addedYou(calledIn(language, author));
      return isHidden ? { ...hidden, ...about } : { title: nameOf(language, room, room.others), body, ...about };
    }
    case "test":
      return { title: notice.testTitle, body: notice.testBody, tag: "test", url: paths.settingsDevice };
    case "self-test":
      return { title: "", body: occasion.id, tag: "self-test", url: paths.settingsDelivery };
    default:
      return occasion satisfies never;
  }
}

/** The tags by which a notice is closed when its thing is read elsewhere. */
export const alarmTag = (key: number) => `alarm-${key}`;
export const roomTag = (roomId: number) => `room-${roomId}`;

/** A notice about a room leads to its end, as all its notices do. */
const urlOf = (alarm: Alarm) => (alarm.roomId === undefined ? placeOf(alarm) : paths.room(alarm.roomId));

function shorten(body: string): string {
  const letters = [...body];
  return letters.length <= BODY_MAX ? body : `${letters.slice(0, BODY_MAX).join("")}…`;
}
