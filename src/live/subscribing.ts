import type { Announcement, Database } from "../database/open.ts";
import { type Language, type Principal, readLanguage } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Alarms } from "../service/alarms.ts";
import { inOrder } from "../service/missed.ts";
import type { Posts } from "../service/posts.ts";
import type { Rooms } from "../service/rooms.ts";
import { type Frame, headerOf } from "../stomp/frame.ts";
import type { Answer, Subscription } from "../stomp/handler.ts";
import { type Announcer, HTML, JSON_TYPE } from "./announcer.tsx";
import { readSource, roomTopic, type Source } from "./destinations.ts";
import type { Ear, Form, Hub } from "./hub.ts";
import type { OnLimit } from "./limits.ts";
import { type Joining, type Note, noteOf, originOf, principalOf } from "./origin.ts";
import type { Manner, Presence } from "./presence.ts";
import type { MemberSession, Sessions } from "./sessions.ts";

export interface SubscribingOptions {
  readonly rooms: Rooms;
  readonly posts: Posts;
  readonly alarms: Alarms;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly sessions: Sessions;
  readonly announcer: Announcer;
  /** How many missed changes are replayed at most. */
  readonly resumeMessages: number;
  /** And in how many octets: what a good reader may be sent at once without being taken for a slow one. */
  readonly resumeBytes: number;
  /** A position of this database as a number; undefined for any other text. */
  readonly readPosition: (text: string) => number | undefined;
  /** See Database.between. */
  readonly between: Database["between"];
  readonly onLimit: OnLimit;
}

/** Who may hear what, from when on, and until when. */
export function createSubscribing(options: SubscribingOptions) {
  const { rooms, hub, presence, announcer } = options;

  /** SUBSCRIBE. @throws BirdieError `not_found` for what does not exist for this person */
  async function subscribe(
    session: MemberSession,
    subscription: Subscription,
    frame: Frame,
  ): Promise<Answer | undefined> {
    const me = principalOf(session);
    const source = readSource(subscription.destination);
    if (!source || (source.kind === "queue" && source.userId !== me.userId)) throw new BirdieError("not_found");
    const manner: Manner = subscription.ack === "auto" ? "sees" : "acks";
    if (source.kind !== "room") return join(session, subscription, frame, { source, manner });
    await rooms.lookIn(me, source.roomId);
    const isThere = presence.mannerOf(source.roomId, me.userId) !== undefined;
    const answer = await join(session, subscription, frame, { source, manner });
    if (isThere) await tellPresent(session, subscription, source.roomId);
    return answer;
  }

  async function join(
    session: MemberSession,
    subscription: Subscription,
    frame: Frame,
    { source, manner }: Joining,
  ): Promise<Answer | undefined> {
    const me = principalOf(session);
    const resume = headerOf(frame, "resume");
    if (resume !== undefined) return comeBack(session, subscription, frame, { source, manner, resume });
    if (source.kind === "post") await options.posts.check(me, source.postId);
    if (source.kind === "room") {
      const apartFrom = await rooms.partedIn(me, source.roomId);
      await rooms.enter(me, source.roomId, manner, () =>
        listen(session, subscription, frame, { source, manner, apartFrom }),
      );
      // Somebody may have been blocked between the question and the door.
      const parted = await rooms.partedIn(me, source.roomId);
      if (!Bun.deepEquals(parted, apartFrom)) await renew(session, subscription);
    } else listen(session, subscription, frame, { source, manner });
    return undefined;
  }

  /** From now on this subscription hears what happens. */
  function listen(session: MemberSession, subscription: Subscription, frame: Frame, joining: Joining): Ear | undefined {
    const { source, manner } = joining;
    // The socket may have gone while the door was asked.
    if (!session.isConnected) return undefined;
    const me = principalOf(session);
    announcer.flush(subscription.destination);
    const form = formOf(session, subscription, frame, joining);
    const ear = hub.subscribe(originOf(session), subscription.destination, subscription.id, form);
    subscription.form = { source, ear, manner } satisfies Note;
    if (source.kind === "room") {
      presence.enter(source.roomId, me.userId, manner);
      // "participate" may have come first: from now on the subscription says whether somebody is there.
      leaveUnsubscribed(session, source.roomId);
    }
    return ear;
  }

  /** Who is there by another connection comes unheard: then only this one is told who is there. */
  async function tellPresent(session: MemberSession, subscription: Subscription, roomId: number): Promise<void> {
    const before = presence.presentIn(roomId);
    const event = { type: "presence", roomId, present: await rooms.whoIsIn(roomId) } as const;
    const ear = noteOf(subscription)?.ear;
    // What has changed meanwhile is told to everybody, perhaps already.
    if (!ear || !session.isConnected || !Bun.deepEquals(before, presence.presentIn(roomId))) return;
    sendTo(session, hub.encode(ear, announcer.told({ event, position: undefined }, roomTopic(roomId))));
  }

  /**
   * Somebody comes back: what was missed since `resume` goes out first, in order, and joins what is new without a gap
   * or a repeat, because both happen between the same two commits.
   */
  async function comeBack(
    session: MemberSession,
    subscription: Subscription,
    frame: Frame,
    joining: Joining & { readonly resume: string },
  ): Promise<Answer> {
    const me = principalOf(session);
    const { source, manner } = joining;
    const position = options.readPosition(joining.resume);
    const isRecovered = await options.between(async () => {
      const missed = await missedSince(me, source, position);
      const apartFrom = source.kind === "room" ? await rooms.partedIn(me, source.roomId) : [];
      const ear = listen(session, subscription, frame, { ...joining, apartFrom });
      if (!ear) return true;
      const frames = missed?.flatMap((said) => hub.encode(ear, announcer.told(said, subscription.destination)) ?? []);
      if (frames && octetsOf(frames) <= options.resumeBytes) {
        for (const frame of frames) sendTo(session, frame);
        return true;
      }
      if (headerOf(frame, "receipt") === undefined)
        sendTo(session, hub.encode(ear, announcer.notice(subscription.destination, "resync")));
      return false;
    });
    if (!isRecovered && position !== undefined) options.onLimit("resume-messages");
    if (source.kind === "room" && manner === "sees") await rooms.enter(me, source.roomId, manner, () => undefined);
    return { headers: [["recovered", String(isRecovered)]] };
  }

  /** Undefined: too much was missed, or the position is of another database. Rights are asked for either way. */
  async function missedSince(
    me: Principal,
    source: Source,
    position: number | undefined,
  ): Promise<readonly Announcement[] | undefined> {
    const limit = options.resumeMessages;
    switch (source.kind) {
      case "queue": {
        if (position === undefined) return undefined;
        const parts = [
          await options.alarms.since(me, position, limit),
          await rooms.changesSince(me, { position, limit }),
          await options.posts.ownLikesSince(me, position, limit),
        ];
        if (parts.includes(undefined)) return undefined;
        const missed = parts.flatMap((part) => part ?? []);
        const changes = missed.map(({ event, position }) => ({ events: [event], position, order: position }));
        return missed.length > limit ? undefined : inOrder(changes, position);
      }
      case "feed":
        return position === undefined ? undefined : options.posts.feedSince({ position, limit, reader: me.userId });
      case "post": {
        const from = position === undefined ? undefined : { position, limit, reader: me.userId };
        const missed = from && (await options.posts.since(source.postId, from));
        // That it was removed is what one comes back to hear; anything else only who may.
        if (!missed?.some(({ event }) => event.type === "post-deleted")) await options.posts.check(me, source.postId);
        return missed;
      }
      case "room":
        await rooms.check(me, source.roomId);
        return position === undefined ? undefined : rooms.since(me, source.roomId, { position, limit });
      default:
        return source satisfies never;
    }
  }

  function formOf(session: MemberSession, subscription: Subscription, frame: Frame, joining: Joining): Form {
    const { source } = joining;
    const me = principalOf(session);
    const mediaType = (headerOf(frame, "accept") ?? "").includes(HTML) ? HTML : JSON_TYPE;
    const language: Language = readLanguage(headerOf(frame, "accept-language")) ?? me.language ?? "ko";
    return {
      mediaType,
      // JSON has words of ours only in alarms: without a language, everybody in a room shares the same bytes.
      language: mediaType === HTML || source.kind === "queue" ? language : "",
      version: session.version,
      hasAck: session.version === "1.2" && subscription.ack !== "auto",
      isBinary: session.isBinary,
      // A program is told there of alarms and numbers, and has been of nothing else that its own person does: it asks for it.
      isWithoutOwnLikes: source.kind === "queue" && mediaType !== HTML && headerOf(frame, "own-likes") !== "true",
      ...unheardBy(me, joining),
    };
  }

  /** What of a form follows from what somebody has chosen, and changes with it. */
  function unheardBy(me: Principal, { source, apartFrom = [] }: Omit<Joining, "manner">) {
    return {
      isWithoutReceipts: source.kind === "room" && !rooms.hearsReceipts(me, source.roomId),
      isWithoutTyping: source.kind === "room" && !rooms.hearsTyping(me, source.roomId),
      apartFrom: apartFrom.length > 0 ? apartFrom : undefined,
    };
  }

  function leaveUnsubscribed(session: MemberSession, roomId: number): void {
    if (originOf(session).entered?.delete(roomId)) presence.leave(roomId, principalOf(session).userId, "sees");
  }

  /** UNSUBSCRIBE. `hasSocket`: whether there is still a socket whose native topics have to be left. */
  function unsubscribe(session: MemberSession, subscription: Subscription, hasSocket = true): void {
    const note = noteOf(subscription);
    if (!note) return;
    subscription.form = undefined;
    hub.unsubscribe(hasSocket ? originOf(session) : undefined, note.ear);
    if (note.source.kind !== "room") return;
    presence.leave(note.source.roomId, principalOf(session).userId, note.manner);
    leaveUnsubscribed(session, note.source.roomId);
  }

  const ofRoom = (session: MemberSession, roomId: number) =>
    session.subscriptions.filter((one) => {
      const source = noteOf(one)?.source;
      return source?.kind === "room" && source.roomId === roomId;
    });

  return {
    subscribe,
    unsubscribe,

    /** SEND /chat/subscribe/{roomId}: in the room without hearing it. @throws BirdieError `not_found` */
    async participate(session: MemberSession, roomId: number): Promise<void> {
      const me = principalOf(session);
      if (ofRoom(session, roomId).length > 0) return;
      await rooms.enter(me, roomId, "sees", () => {
        const origin = originOf(session);
        if (!session.isConnected || origin.entered?.has(roomId)) return;
        origin.entered ??= new Set();
        origin.entered.add(roomId);
        presence.enter(roomId, me.userId, "sees");
      });
    },

    /** The session is over: it is nowhere any more. */
    leaveAll(session: MemberSession): void {
      for (const subscription of session.subscriptions) unsubscribe(session, subscription, false);
      for (const roomId of originOf(session).entered ?? []) leaveUnsubscribed(session, roomId);
      originOf(session).entered = undefined;
    },

    /**
     * Somebody is no longer a member of a room: their subscriptions of it end with a MESSAGE `event:ended`, their
     * sockets live. What is committed from now on does not reach them.
     */
    evict(userId: string, roomId: number): void {
      for (const session of options.sessions.of(userId)) {
        for (const subscription of ofRoom(session, roomId)) {
          const note = noteOf(subscription);
          if (note) sendTo(session, hub.encode(note.ear, announcer.notice(subscription.destination, "ended")));
          unsubscribe(session, subscription);
        }
        leaveUnsubscribed(session, roomId);
      }
    },

    /** Who is in a room has changed: those who are apart from somebody in it do not hear of them. */
    async membersChanged(roomId: number): Promise<void> {
      for (const userId of await rooms.peopleApart(roomId)) {
        for (const session of options.sessions.of(userId)) {
          for (const subscription of ofRoom(session, roomId)) await renew(session, subscription);
        }
      }
    },

    /** What somebody shows of their reading has changed, or whom they block: what they hear of others does so, at once. */
    async settingsChanged(userId: string): Promise<void> {
      rooms.settingsChanged(userId);
      await renewAll(options.sessions.of(userId));
    },

    /** The same for everybody, whoever of them has not chosen. */
    async communityChanged(): Promise<void> {
      rooms.communityChanged();
      await renewAll(options.sessions.all());
    },
  };

  async function renewAll(sessions: Iterable<MemberSession>): Promise<void> {
    for (const session of sessions) {
      for (const subscription of session.subscriptions) await renew(session, subscription);
    }
  }

  async function renew(session: MemberSession, subscription: Subscription): Promise<void> {
    const source = noteOf(subscription)?.source;
    if (source?.kind !== "room") return;
    const isMember = await rooms.check(principalOf(session), source.roomId).then(
      () => true,
      () => false,
    );
    if (!isMember) return;
    const apartFrom = await rooms.partedIn(principalOf(session), source.roomId);
    const note = noteOf(subscription);
    if (!note || !session.isConnected) return;
    const origin = originOf(session);
    const form = { ...note.ear.form, ...unheardBy(principalOf(session), { source, apartFrom }) };
    hub.unsubscribe(origin, note.ear);
    const ear = hub.subscribe(origin, subscription.destination, subscription.id, form);
    subscription.form = { ...note, ear } satisfies Note;
  }
}

function octetsOf(frames: readonly (string | Uint8Array)[]): number {
  return frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
}

/** Straight to one session: what only this subscription has missed. */
function sendTo(session: MemberSession, frame: string | Uint8Array | undefined): void {
  if (frame !== undefined) originOf(session).send(frame);
}
