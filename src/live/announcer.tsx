import { QueuePush } from "../../views/alarms.tsx";
import { FeedPush, PostPush } from "../../views/posts.tsx";
import { RoomPush } from "../../views/rooms.tsx";
import type { Language } from "../domain/account.ts";
import type { Event } from "../domain/event.ts";
import { FEED_TOPIC, postTopic, queueOf, roomTopic } from "./destinations.ts";
import type { Hub, Told } from "./hub.ts";
import { eventName, toJson } from "./json.ts";

export const HTML = "text/html";
export const JSON_TYPE = "application/json";

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
  let serial = 0;

  function told({ event, position }: Said): Told {
    serial++;
    return {
      messageId: `${thingOf(event)}.${serial.toString(36)}`,
      headers: [
        ["event", eventName(event)],
        ...(position === undefined ? [] : [["position", options.formatPosition(position)] as const]),
      ],
      render(mediaType, language) {
        const words = language === "ko" ? "ko" : "en";
        if (mediaType === HTML) {
          const body = renderHtml(event, words, options.nowMs());
          return body === "" ? undefined : { contentType: "text/html;charset=utf-8", body };
        }
        const json = toJson(event, words);
        return json && { contentType: JSON_TYPE, body: JSON.stringify(json) };
      },
    };
  }

  return {
    told,
    /** Says to one who comes back that too much was missed: fetch the page again. */
    resync(): Told {
      serial++;
      return {
        messageId: `0.${serial.toString(36)}`,
        headers: [["event", "resync"]],
        render: (mediaType) =>
          mediaType === HTML
            ? { contentType: "text/html;charset=utf-8", body: "" }
            : { contentType: JSON_TYPE, body: '{"event":"resync"}' },
      };
    },
    /** Publishes an event where it is heard. */
    say(said: Said): void {
      const destination = destinationOf(said.event);
      if (destination !== undefined && options.hub.isListening(destination)) {
        options.hub.publish(destination, told(said));
      }
    },
  };
}

/** Where an event is heard; undefined for what only closes things. */
export function destinationOf(event: Event): string | undefined {
  switch (event.type) {
    case "alarm-raised":
    case "alarm-retracted":
    case "alarms-read":
    case "message-missed":
    case "room-changed":
      return queueOf(event.receiver);
    case "message-said":
    case "message-edited":
      return roomTopic(event.message.roomId);
    case "message-deleted":
    case "room-read":
    case "typing":
    case "presence":
      return roomTopic(event.roomId);
    case "post-written":
      return FEED_TOPIC;
    case "post-edited":
      return postTopic(event.post.id);
    case "comment-written":
    case "comment-edited":
      return postTopic(event.comment.postId);
    case "post-deleted":
    case "post-liked":
    case "comment-deleted":
    case "comment-liked":
      return postTopic(event.postId);
    case "sign-in-ended":
    case "member-left":
      return undefined;
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

function renderHtml(event: Event, language: Language, nowMs: number): string {
  // What is pushed knows nobody's time zone: the browser writes times anew in its own.
  const context = { language, timeZone: "UTC", nowMs };
  switch (event.type) {
    case "alarm-raised":
    case "alarm-retracted":
    case "alarms-read":
    case "message-missed":
    case "room-changed":
      return String(<QueuePush event={event} context={context} />);
    case "message-said":
    case "message-edited":
    case "message-deleted":
    case "room-read":
    case "typing":
    case "presence":
      return String(<RoomPush event={event} context={context} />);
    case "post-written":
      return String(<FeedPush event={event} context={context} />);
    case "post-edited":
    case "post-deleted":
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
