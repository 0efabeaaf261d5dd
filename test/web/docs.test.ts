import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { SETTINGS } from "../../src/config.ts";
import type { Event } from "../../src/domain/event.ts";
import { destinationsOf } from "../../src/live/announcer.tsx";
import { readSink, readSource } from "../../src/live/destinations.ts";
import { GOODBYE } from "../../src/live/goodbyes.ts";
import { eventName, toJson } from "../../src/live/json.ts";
import { LIMITS } from "../../src/live/limits.ts";
import { asyncApiParts, faultsOf } from "../support/schema.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";
import { RawClient } from "../support/stomp-client.ts";
import { makeAlarm, makeComment, makeMessage, makePost, makeRoom } from "../views/samples.tsx";

interface Channel {
  readonly address: string;
  readonly parameters?: Readonly<Record<string, { readonly examples: readonly string[] }>>;
  readonly messages: Readonly<Record<string, { readonly $ref: string }>>;
}
interface AsyncApi {
  readonly asyncapi: string;
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly channel: { readonly $ref: string } }>
  >;
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly headers: unknown; readonly payload: unknown }>>;
  };
  readonly "x-goodbyes": Readonly<Record<string, { readonly code: number }>>;
  readonly "x-limits": Readonly<Record<string, number>>;
}

const counts = { unreadAlarmCount: 1, unreadMessageCount: 2 };
const receiver = "bob";
const roomId = 5;
const postId = 3;
const PICTURE = { id: "0".repeat(32), width: 640, height: 480, alt: "A bird" };
const QUOTE = { id: 1, author: { userId: "bob", name: "Bob" }, excerpt: "", pictureCount: 2 };
/** One of each kind: a kind without a line here is a fault of types. */
const EVENTS: { readonly [T in Event["type"]]: Extract<Event, { type: T }> } = {
  "post-written": { type: "post-written", post: makePost() },
  "post-edited": { type: "post-edited", post: makePost({ editedAtMs: 1 }) },
  "post-deleted": { type: "post-deleted", postId },
  "post-liked": { type: "post-liked", postId, likeCount: 1 },
  "comment-written": { type: "comment-written", comment: makeComment(), commentCount: 1 },
  "comment-edited": { type: "comment-edited", comment: makeComment({ editedAtMs: 1 }) },
  "comment-deleted": { type: "comment-deleted", postId, commentId: 1, isKept: true, commentCount: 1 },
  "comment-liked": { type: "comment-liked", postId, commentId: 1, likeCount: 1 },
  "message-said": { type: "message-said", message: makeMessage({ pictures: [PICTURE], replyTo: QUOTE }), receiver },
  "message-edited": { type: "message-edited", message: makeMessage({ editedAtMs: 1 }), excerpt: "x" },
  "message-deleted": { type: "message-deleted", roomId, messageId: 1, isKept: false },
  "message-liked": { type: "message-liked", roomId, messageId: 1, likeCount: 1 },
  "room-renamed": { type: "room-renamed", roomId, name: undefined },
  "room-members": {
    type: "room-members",
    roomId,
    members: [{ userId: "alice", name: "A", role: "owner" }],
    joined: ["alice"],
    left: [],
  },
  "room-closed": { type: "room-closed", roomId, isClosed: true },
  "room-read": { type: "room-read", roomId, reader: "bob", upTo: 1, readByAllUpTo: 1 },
  typing: { type: "typing", roomId, userId: "bob", name: "B" },
  presence: { type: "presence", roomId, present: [{ userId: "bob", name: "Bob" }] },
  "alarm-raised": { type: "alarm-raised", receiver, alarm: makeAlarm(), isNews: true, counts },
  "reports-waiting": { type: "reports-waiting", receiver, openReportCount: 2, counts },
  "alarm-retracted": { type: "alarm-retracted", receiver, alarm: makeAlarm(), counts },
  "alarms-read": { type: "alarms-read", receiver, alarms: [makeAlarm()], counts },
  "message-missed": {
    type: "message-missed",
    receiver,
    message: makeMessage({ body: "", pictures: [PICTURE] }),
    room: makeRoom(),
    roomUnreadCount: 1,
    counts,
  },
  "room-changed": {
    type: "room-changed",
    receiver,
    roomId,
    lastMessage: undefined,
    kind: undefined,
    roomUnreadCount: 0,
    counts,
  },
  "room-listed": { type: "room-listed", receiver, room: makeRoom(), counts },
  "room-unlisted": { type: "room-unlisted", receiver, roomId, isLost: true, counts },
  "room-requested": { type: "room-requested", receiver, roomId, room: undefined, requestCount: 1, counts },
  "like-changed": {
    type: "like-changed",
    receiver,
    kind: "message",
    id: 1,
    postId: undefined,
    roomId,
    isLiked: true,
    likeCount: 1,
    counts,
  },
  "people-blocked": { type: "people-blocked", receiver, blocked: ["carol"], parted: undefined, counts },
  "sign-in-ended": { type: "sign-in-ended", userId: "bob", signInId: "s", why: "ended" },
  "member-left": { type: "member-left", roomId, userId: "bob" },
};

/** What differs within a kind. */
const MORE: readonly Event[] = [
  {
    type: "like-changed",
    receiver,
    kind: "post",
    id: postId,
    postId,
    roomId: undefined,
    isLiked: false,
    likeCount: 0,
    counts,
  },
  {
    type: "alarm-raised",
    receiver,
    alarm: makeAlarm({ kind: "REMOVED", actors: [], actorCount: 0 }),
    isNews: true,
    counts,
  },
  { type: "alarms-read", receiver, alarms: [makeAlarm({ kind: "REMOVED", actors: [], actorCount: 0 })], counts },
];

describe("/docs/asyncapi.yaml", () => {
  let server: TestServer;
  let api: AsyncApi;
  let alice: Member;
  let bob: Member;

  beforeAll(async () => {
    server = await testServer();
    [alice, bob] = await Promise.all([signUp(server, "alice"), signUp(server, "bob")]);
    const response = await fetch(`${server.url}/docs/asyncapi.yaml`);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/yaml; charset=utf-8"]);
    api = Bun.YAML.parse(await response.text()) as AsyncApi;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** An address with the examples of its parameters in it. */
  function exampleOf({ address, parameters = {} }: Channel): string {
    return address.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name]?.examples[0] ?? "");
  }
  const channelsOf = (action: string) =>
    Object.values(api.operations)
      .filter((operation) => operation.action === action)
      .map((operation) => api.channels[operation.channel.$ref.split("/").at(-1) ?? ""]);

  test("is every part of its folder, whole and once", async () => {
    const served = await (await fetch(`${server.url}/docs/asyncapi.yaml`)).text();
    const parts = await asyncApiParts();
    expect(parts.length).toBeGreaterThan(5);
    for (const part of parts) expect(served.split(part)).toHaveLength(2);
    expect(served).toHaveLength(parts.join("").length);
  });

  test("names every destination, and nothing else", () => {
    expect(api.asyncapi).toBe("3.0.0");
    const heard = channelsOf("send").map((channel) => channel && readSource(exampleOf(channel))?.kind);
    expect(heard.toSorted()).toEqual(["feed", "post", "queue", "room"]);
    const said = channelsOf("receive").map((channel) => channel && readSink(exampleOf(channel))?.kind);
    expect(said.toSorted()).toEqual(["alarm", "attention", "attention", "enter", "say", "typing"]);
    expect(Object.keys(api.operations)).toHaveLength(Object.keys(api.channels).length);
  });

  test("every message it has is one of a channel", () => {
    const used = Object.values(api.channels).flatMap((channel) => Object.keys(channel.messages));
    expect([...new Set(used)].toSorted()).toEqual(Object.keys(api.components.messages).toSorted());
  });

  test("names every goodbye with its code, and every limit with its default", () => {
    const goodbyes = Object.entries(api["x-goodbyes"]).map(([name, { code }]) => [name, code]);
    expect(Object.fromEntries(goodbyes)).toEqual(GOODBYE);
    const settings: Readonly<Record<string, { readonly fallback: unknown }>> = SETTINGS;
    for (const [name, value] of Object.entries(api["x-limits"])) {
      expect([name, value]).toEqual([name, Number(settings[name]?.fallback)]);
    }
    const named = LIMITS.filter((limit) => limit in SETTINGS);
    for (const limit of named) expect(Object.keys(api["x-limits"])).toContain(limit);
  });

  /** The messages of the channel that this body is one of. */
  function fitting(destination: string, body: unknown): readonly string[] {
    const channel = channelsOf("send").find(
      (one) => one && readSource(exampleOf(one))?.kind === readSource(destination)?.kind,
    );
    return Object.keys(channel?.messages ?? {}).filter(
      (name) => faultsOf(api, api.components.messages[name]?.payload, body).length === 0,
    );
  }

  for (const event of [...Object.values<Event>(EVENTS), ...MORE]) {
    test(`describes ${event.type} (${eventName(event)}) as it is told`, () => {
      const destinations = destinationsOf(event);
      const json = toJson(event, "ko");
      expect(json === undefined).toBe(destinations.length === 0);
      for (const destination of destinations) {
        const body: unknown = JSON.parse(JSON.stringify(json));
        expect([body, fitting(destination, body).length]).toEqual([body, 1]);
        expect(json?.["event"]).toBe(eventName(event));
        // Whatever is missing or too much is found out.
        expect(fitting(destination, { ...json, surprise: 1 })).toEqual([]);
        expect(fitting(destination, { event: json?.["event"] })).toEqual([]);
      }
    });
  }

  test("describes what really comes over a socket, headers too", async () => {
    const room = (await alice.post("/messages", { userId: "bob" })).json.roomId;
    const post = (await alice.post("/posts", { title: "t", body: "b" })).json;
    using raw = await RawClient.connect(server.url, bob.token);
    const destinations = ["/queue/bob", `/topic/${room}`, `/topic/posts/${post.id}`, "/topic/feed"];
    for (const [i, destination] of destinations.entries()) {
      await raw.exchange("SUBSCRIBE", { id: `s${i}`, destination, ack: "client" });
    }
    await raw.exchange("SUBSCRIBE", { id: "again", destination: "/topic/feed", resume: "of another database" });
    raw.frame("SUBSCRIBE", { id: "html", destination: `/topic/${room}`, accept: "text/html" });
    await alice.post(`/messages/${room}`, { message: "hello", clientId: crypto.randomUUID() });
    const comment = (await bob.post(`/posts/${post.id}/comments`, { body: "mine" })).json;
    await alice.post(`/comments/${comment.id}/like`);
    await alice.post(`/comments/${comment.id}/unlike`);
    await alice.post(`/posts/${post.id}/comments`, { body: "hers", parentId: comment.id });
    await raw.exchange("SEND", { destination: `/chat/typing/${room}` });
    await raw.exchange("SEND", { destination: `/chat/${room}` }, '{"message":"and back"}');
    await alice.post("/posts", { title: "the last", body: "b" });
    await raw.until((frames) => frames.some((frame) => frame.includes("the last")));
    const messages = raw.frames.filter((frame) => frame.startsWith("MESSAGE"));
    expect(messages.length).toBeGreaterThan(12);
    for (const frame of messages) {
      const [head = "", body = ""] = frame.slice(0, -1).split("\n\n", 2);
      const headers = Object.fromEntries(
        head
          .split("\n")
          .slice(1)
          .map((line) => line.split(/:(.*)/s, 2)),
      );
      const { headers: described } = api.components.messages["said"] ?? {};
      expect([head, faultsOf(api, described, headers)]).toEqual([head, []]);
      if (headers["content-type"] !== "application/json") continue;
      expect([frame, fitting(headers["destination"] ?? "", JSON.parse(body)).length]).toEqual([frame, 1]);
      expect(JSON.parse(body).event).toBe(headers["event"]);
    }
  });
});
