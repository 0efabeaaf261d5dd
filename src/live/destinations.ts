import { readUserId } from "../domain/account.ts";
import { readId } from "../domain/input.ts";

/** What a SUBSCRIBE may name. */
export type Source =
  | { readonly kind: "queue"; readonly userId: string }
  | { readonly kind: "room"; readonly roomId: number }
  | { readonly kind: "post"; readonly postId: number }
  | { readonly kind: "feed" };

/** What a SEND may name. */
export type Sink =
  | { readonly kind: "say"; readonly roomId: number }
  | { readonly kind: "enter"; readonly roomId: number }
  | { readonly kind: "typing"; readonly roomId: number }
  | { readonly kind: "alarm"; readonly receiver: string }
  | { readonly kind: "attention"; readonly isHere: boolean };

/** Reads the destination of a SUBSCRIBE. Exact text only: no wildcards, no other spelling of the same thing. */
export function readSource(destination: string): Source | undefined {
  const [root, tree, first, second, ...more] = destination.split("/");
  if (root !== "" || first === undefined || more.length > 0) return undefined;
  if (tree === "queue" && second === undefined) {
    const userId = readUserId(first);
    return userId === undefined ? undefined : { kind: "queue", userId };
  }
  if (tree !== "topic") return undefined;
  if (first === "feed" && second === undefined) return { kind: "feed" };
  const id = readId(first === "posts" ? second : first);
  if (id === undefined || (first !== "posts" && second !== undefined)) return undefined;
  return first === "posts" ? { kind: "post", postId: id } : { kind: "room", roomId: id };
}

/** Reads the destination of a SEND. */
export function readSink(destination: string): Sink | undefined {
  const [root, tree, first, second, ...more] = destination.split("/");
  if (root !== "" || first === undefined || more.length > 0) return undefined;
  if (tree === "alarm" && second === undefined) {
    const receiver = readUserId(first);
    return receiver === undefined ? undefined : { kind: "alarm", receiver };
  }
  if (tree === "presence" && second === undefined && (first === "here" || first === "away")) {
    return { kind: "attention", isHere: first === "here" };
  }
  if (tree !== "chat") return undefined;
  if (second === undefined) {
    const roomId = readId(first);
    return roomId === undefined ? undefined : { kind: "say", roomId };
  }
  const roomId = readId(second);
  if (roomId === undefined || (first !== "subscribe" && first !== "typing")) return undefined;
  return { kind: first === "subscribe" ? "enter" : "typing", roomId };
}

/** The text of each destination that something is published to. */
export function queueOf(userId: string): string {
  const known = QUEUES.get(userId);
  if (known !== undefined) return known;
  const queue = `/queue/${userId}`;
  if (QUEUES.size >= QUEUES_MAX) QUEUES.clear();
  QUEUES.set(userId, queue);
  return queue;
}
/** Each line asks for those of everybody in its room: put together each time, they would cost as much as the line. */
const QUEUES = new Map<string, string>();
const QUEUES_MAX = 10_000;
export const roomTopic = (roomId: number) => `/topic/${roomId}`;
export const postTopic = (postId: number) => `/topic/posts/${postId}`;
export const FEED_TOPIC = "/topic/feed";
