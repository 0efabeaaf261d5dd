import { QueuePush } from "../../views/alarms.tsx";
import { FeedPush, PostPush } from "../../views/posts.tsx";
import { RoomPush } from "../../views/rooms.tsx";
import type { Announcement } from "../database/open.ts";
import type { Language } from "../domain/account.ts";
import type { Event } from "../domain/event.ts";
import { andMore } from "../domain/position.ts";
import { Coalescer, isQueueEvent } from "./coalesce.ts";
import { FEED_TOPIC, postTopic, queueOf, roomTopic } from "./destinations.ts";
import type { Hub, Told } from "./hub.ts";
import { eventName, toJson } from "./json.ts";

export const HTML = "text/html";
export const JSON_TYPE = "application/json";
/** In a burst, a person's tabs hear of one thing at most four times a second. */
const ROUND_MS = 250;

/** An event with the position at which it became true; undefined for what is never stored. */
export interface Said {
  readonly event: Event;
  readonly position: number | undefined;
}

export type Announcer = ReturnType<typeof createAnnouncer>;

/**
 * From domain events to MESSAGEs: which destination hears of it, and in which words. The only place where pushes
 * are rendered, once per event, media type and language, for everybody alike.
 */
export function createAnnouncer(options: {
  readonly hub: Hub;
  readonly nowMs: () => number;
  readonly formatPosition: (position: number) => string;
}) {
  const queues = new Coalescer({
    everyMs: ROUND_MS,
    publish: (destination, said) => options.hub.publish(destination, told(said, destination)),
  });
  let serial = 0;
  const secret = crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n;

  /** What an ACK may name is only what was really told there: the last part of an id seals the rest of it. */
  const sealOf = (destination: string, id: string) => Bun.hash.wyhash(`${destination} ${id}`, secret).toString(36);

  function newId(destination: string, thing: number): string {
    serial++;
    const id = `${thing}.${serial.toString(36)}`;
    return `${id}.${sealOf(destination, id)}`;
  }

  /** As it is told at one of its destinations. */
  function told({ event, position }: Said, destination: string): Told {
    return {
      messageId: newId(destination, thingOf(event)),
      isReceipt: event.type === "room-read",
      isTyping: event.type === "typing",
      isOwnLike: event.type === "like-changed",
      isOfPeople: event.type === "typing" || event.type === "presence",
      headers: [
        ["event", eventName(event)],
        ...(position === undefined ? [] : [["position", options.formatPosition(position)] as const]),
      ],
      render(mediaType, language, apartFrom = []) {
        const words = language === "ko" ? "ko" : "en";
        const seen = without(event, apartFrom);
        if (!seen) return undefined;
        if (mediaType === HTML) {
          const body = renderHtml(seen, words, { destination, nowMs: options.nowMs() });
          return body === "" ? undefined : { contentType: "text/html;charset=utf-8", body };
        }
        const json = toJson(seen, words);
        return json && { contentType: JSON_TYPE, body: JSON.stringify(json) };
      },
    };
  }

  return {
    told,
    /**
     * Says something about the subscription itself: `resync`, too much was missed, fetch the page again; `ended`, one is
     * no longer a member, nothing more will come.
     */
    notice(destination: string, event: "resync" | "ended"): Told {
      return {
        messageId: newId(destination, 0),
        headers: [["event", event]],
        render: (mediaType) =>
          mediaType === HTML
            ? { contentType: "text/html;charset=utf-8", body: "" }
            : { contentType: JSON_TYPE, body: JSON.stringify({ event }) },
      };
    },
    /** What an ACK of this message id means, 0 for nothing; undefined where it was never told at this destination. */
    thingIn(destination: string, messageId: string): number | undefined {
      const [, id = "", digits = "", seal] =
        /^(([0-9]{1,15})\.[0-9a-z]{1,12})\.([0-9a-z]{1,13})$/.exec(messageId) ?? [];
      return seal !== undefined && seal === sealOf(destination, id) ? Number(digits) : undefined;
    },
    /** Publishes an event where it is heard. Bursts for one person are told as states: see Coalescer. */
    say(said: Said): void {
      const { event, position } = said;
      // One's own like comes with a number that others move, too: it does not wait, or it could be told when that is an
      // old one.
      const isAtOnce = event.type === "like-changed";
      for (const destination of destinationsOf(event)) {
        if (!options.hub.isListening(destination)) continue;
        if (isAtOnce) queues.flush(destination);
        if (isQueueEvent(event) && !isAtOnce) queues.say(destination, { event, position });
        else options.hub.publish(destination, told(said, destination));
      }
    },
    /** Tells at once what waits to be told at a destination: before somebody listens who has read it already. */
    flush: (destination: string) => queues.flush(destination),
    stop: () => queues.stop(),
  };
}

/** As those hear of it who have nothing to do with these people; undefined for nothing at all. */
function without(event: Event, people: readonly string[]): Event | undefined {
  if (people.length === 0) return event;
  if (event.type === "typing" && people.includes(event.userId)) return undefined;
  if (event.type !== "presence") return event;
  return { ...event, present: event.present.filter(({ userId }) => !people.includes(userId)) };
}

/**
 * An act that is told by several MESSAGEs at one destination has its position with the last of them only: who is cut
 * between two, comes back to before it, and hears all of it.
 */
export function inSteps(announcements: readonly Announcement[]): readonly Announcement[] {
  if (announcements.length < 2) return announcements;
  const toldAt = new Map<string, number>();
  const backwards = announcements.toReversed().map((one) => {
    const destinations = destinationsOf(one.event);
    const isLast = !destinations.some((destination) => toldAt.get(destination) === one.position);
    for (const destination of destinations) toldAt.set(destination, one.position);
    return isLast ? one : { ...one, position: andMore((one.first ?? one.position) - 1) };
  });
  return backwards.reverse();
}

/** Where an event is heard; nowhere what only closes things. */
export function destinationsOf(event: Event): readonly string[] {
  switch (event.type) {
    case "alarm-raised":
    case "alarm-retracted":
    case "alarms-read":
    case "message-missed":
    case "room-changed":
    case "room-listed":
    case "room-unlisted":
    case "room-requested":
    case "people-blocked":
    case "like-changed":
    case "reports-waiting":
      return [queueOf(event.receiver)];
    case "message-said":
    case "message-edited":
      return [roomTopic(event.message.roomId)];
    case "message-deleted":
    case "message-liked":
    case "room-renamed":
    case "room-members":
    case "room-closed":
    case "room-read":
    case "typing":
    case "presence":
      return [roomTopic(event.roomId)];
    case "post-written":
      return [FEED_TOPIC];
    case "post-edited":
      return [postTopic(event.post.id), FEED_TOPIC];
    case "post-deleted":
      return [postTopic(event.postId), FEED_TOPIC];
    case "comment-written":
    case "comment-edited":
      return [postTopic(event.comment.postId)];
    case "post-liked":
    case "comment-deleted":
    case "comment-liked":
      return [postTopic(event.postId)];
    case "sign-in-ended":
    case "member-left":
      return [];
    default:
      return event satisfies never;
  }
}

/** What an ACK of this MESSAGE means: the message read up to, or the alarm read; 0 means nothing. */
function thingOf(event: Event): number {
  switch (event.type) {
    case "message-said":
      return event.message.id;
    case "alarm-raised":
      return event.alarm.id;
    default:
      return 0;
  }
}

function renderHtml(
  event: Event,
  language: Language,
  { destination, nowMs }: { readonly destination: string; readonly nowMs: number },
): string {
  // What is pushed knows nobody's time zone: the browser writes times anew in its own.
  const context = { language, timeZone: "UTC", nowMs };
  switch (event.type) {
    case "alarm-raised":
    case "alarm-retracted":
    case "alarms-read":
    case "message-missed":
    case "room-changed":
    case "room-listed":
    case "room-unlisted":
    case "room-requested":
    case "people-blocked":
    case "like-changed":
    case "reports-waiting":
      return String(<QueuePush event={event} context={context} />);
    case "message-said":
    case "message-edited":
    case "message-deleted":
    case "message-liked":
    case "room-renamed":
    case "room-members":
    case "room-closed":
    case "room-read":
    case "typing":
    case "presence":
      return String(<RoomPush event={event} context={context} />);
    case "post-written":
      return String(<FeedPush event={event} context={context} />);
    case "post-edited":
    case "post-deleted":
      if (destination === FEED_TOPIC) return String(<FeedPush event={event} context={context} />);
      return String(<PostPush event={event} context={context} />);
    case "post-liked":
    case "comment-written":
    case "comment-edited":
    case "comment-deleted":
    case "comment-liked":
      return String(<PostPush event={event} context={context} />);
    case "sign-in-ended":
    case "member-left":
      return "";
    default:
      return event satisfies never;
  }
}
