import type { Announcement, Database } from "../database/open.ts";
import { type Language, type Person, type Principal, readLanguage } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import type { Input } from "../domain/input.ts";
import { RateLimit } from "../domain/rate.ts";
import { parseMessage } from "../domain/room.ts";
import type { Accounts } from "../service/accounts.ts";
import type { Alarms } from "../service/alarms.ts";
import type { Posts } from "../service/posts.ts";
import type { Rooms } from "../service/rooms.ts";
import { type Body, type Frame, headerOf } from "../stomp/frame.ts";
import type { AckAct, ActFrame, Answer, Handler, SendAct, Subscription } from "../stomp/handler.ts";
import { type Announcer, HTML, JSON_TYPE } from "./announcer.tsx";
import { readSink, readSource, type Sink, type Source } from "./destinations.ts";
import { explain } from "./goodbyes.ts";
import { type Ear, type Form, type Hub, type Listener, readAck } from "./hub.ts";
import type { Manner, Presence } from "./presence.ts";
import type { MemberSession, Sessions } from "./sessions.ts";

/** What the socket knows before anybody has signed in. It is the session's `data`. */
export interface Origin extends Listener {
  /** Whom the cookies of the handshake prove. */
  readonly cookiePrincipal: Principal | undefined;
  readonly address: string;
  readonly userAgent: string;
  send(frame: string | Uint8Array): void;
  /** Rooms entered by "participate", without a subscription. */
  entered: Set<number> | undefined;
  /** Said by the client: nobody looks at what this connection shows. Until it says so, somebody does. */
  isAway: boolean;
}

export interface HandlerOptions {
  readonly accounts: Accounts;
  readonly rooms: Rooms;
  readonly posts: Posts;
  readonly alarms: Alarms;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly sessions: Sessions;
  readonly announcer: Announcer;
  readonly nowMs: () => number;
  readonly limits: {
    readonly socketsPerPerson: number;
    readonly bodyBytes: number;
    readonly sendsPerS: number;
    readonly sendsBurst: number;
    /** How many missed changes are replayed at most. */
    readonly resumeMessages: number;
  };
  /** A position of this database as a number; undefined for any other text. */
  readonly readPosition: (text: string) => number | undefined;
  /** See Database.between. */
  readonly between: Database["between"];
  /** As `server:` says it. */
  readonly version: string;
  /** Hears of every fault of ours. */
  readonly report: (error: unknown) => void;
}

/** What is joined, and how. `manner` counts in rooms only. */
interface Joining {
  readonly source: Source;
  readonly manner: Manner;
}

/** What the handler notes on a subscription. */
interface Note extends Joining {
  readonly ear: Ear;
}

/**
 * The one door for whoever speaks STOMP: who may connect, hear and say what. Everything it lets in is authorised
 * here, at SUBSCRIBE and SEND; whoever loses a right is thrown out (see app.ts), so nothing is asked again per message.
 */
export function createHandler(options: HandlerOptions): Handler<Principal> {
  const { rooms, hub, presence, sessions } = options;
  const sends = new RateLimit(
    { burst: options.limits.sendsPerS === 0 ? 0 : options.limits.sendsBurst, perMs: options.limits.sendsPerS / 1000 },
    options.nowMs,
  );
  const typings = new RateLimit({ burst: 1, perMs: 1 / 2_500 }, options.nowMs);

  async function subscribe(session: MemberSession, subscription: Subscription): Promise<Answer | undefined> {
    const me = principalOf(session);
    const source = readSource(subscription.destination);
    if (!source || (source.kind === "queue" && source.userId !== me.userId)) throw new BirdieError("not_found");
    const manner: Manner = subscription.ack === "auto" ? "sees" : "acks";
    const resume = subscription.headers.find(([name]) => name === "resume")?.[1];
    if (resume !== undefined) return comeBack(session, subscription, { source, manner, resume });
    if (source.kind === "post") await options.posts.check(me, source.postId);
    if (source.kind === "room") {
      await rooms.enter(me, source.roomId, manner, () => listen(session, subscription, { source, manner }));
    } else listen(session, subscription, { source, manner });
    return undefined;
  }

  /** From now on this subscription hears what happens. */
  function listen(session: MemberSession, subscription: Subscription, { source, manner }: Joining): Ear | undefined {
    // The socket may have gone while the door was asked.
    if (!session.isConnected) return undefined;
    const me = principalOf(session);
    const form = formOf(session, subscription, source, me);
    const ear = hub.subscribe(originOf(session), subscription.destination, subscription.id, form);
    subscription.form = { source, ear, manner } satisfies Note;
    if (source.kind === "room") {
      presence.enter(source.roomId, me.userId, manner);
      // "participate" may have come first: from now on the subscription says whether somebody is there.
      leaveWithoutSubscription(session, me, source.roomId);
    }
    return ear;
  }

  /**
   * Somebody comes back: what was missed since `resume` goes out first, in order, and joins what is new without a gap
   * or a repeat, because both happen between the same two commits.
   */
  async function comeBack(
    session: MemberSession,
    subscription: Subscription,
    joining: Joining & { readonly resume: string },
  ): Promise<Answer> {
    const me = principalOf(session);
    const { source, manner } = joining;
    const position = options.readPosition(joining.resume);
    const isRecovered = await options.between(async () => {
      const missed = await missedSince(me, source, position);
      const ear = listen(session, subscription, joining);
      if (!ear) return true;
      const hasReceipt = subscription.headers.some(([name]) => name === "receipt");
      if (!missed && !hasReceipt) sendTo(session, hub.encode(ear, options.announcer.resync()));
      for (const said of missed ?? []) sendTo(session, hub.encode(ear, options.announcer.told(said)));
      return missed !== undefined;
    });
    if (source.kind === "room" && manner === "sees") await rooms.enter(me, source.roomId, manner, () => undefined);
    return { headers: [["recovered", String(isRecovered)]] };
  }

  /** Undefined: too much was missed, or the position is of another database. Rights are asked for either way. */
  async function missedSince(
    me: Principal,
    source: Source,
    position: number | undefined,
  ): Promise<readonly Announcement[] | undefined> {
    const limit = options.limits.resumeMessages;
    switch (source.kind) {
      case "queue": {
        if (position === undefined) return undefined;
        const [alarms, changes] = [
          await options.alarms.since(me, position, limit),
          await rooms.changesSince(me, { position, limit }),
        ];
        if (!alarms || !changes || alarms.length + changes.length > limit) return undefined;
        return [...alarms, ...changes].sort((a, b) => a.position - b.position);
      }
      case "feed":
        return position === undefined ? undefined : options.posts.feedSince(position, limit);
      case "post":
        await options.posts.check(me, source.postId);
        return position === undefined ? undefined : options.posts.since(source.postId, position, limit);
      case "room":
        await rooms.check(me, source.roomId);
        return position === undefined ? undefined : rooms.since(me, source.roomId, { position, limit });
      default:
        return source satisfies never;
    }
  }

  function leaveWithoutSubscription(session: MemberSession, me: Person, roomId: number): void {
    if (originOf(session).entered?.delete(roomId)) presence.leave(roomId, me.userId, "sees");
  }

  function unsubscribe(session: MemberSession, subscription: Subscription, hasSocket: boolean): void {
    const note = noteOf(subscription);
    if (!note) return;
    subscription.form = undefined;
    hub.unsubscribe(hasSocket ? originOf(session) : undefined, note.ear);
    if (note.source.kind !== "room") return;
    const me = principalOf(session);
    presence.leave(note.source.roomId, me.userId, note.manner);
    leaveWithoutSubscription(session, me, note.source.roomId);
  }

  function send(session: MemberSession, act: SendAct): Promise<undefined> {
    const me = principalOf(session);
    const sink = readSink(act.destination);
    if (!sink) throw new BirdieError("not_found");
    if (sizeOf(act.body) > options.limits.bodyBytes) throw new BirdieError("too_large");
    const waitMs = sends.take(me.userId);
    if (waitMs > 0) throw new BirdieError("too_fast", "too_fast", { retryAfterS: Math.ceil(waitMs / 1000) });
    return perform(session, me, sink, act);
  }

  async function perform(session: MemberSession, me: Principal, sink: Sink, act: SendAct): Promise<undefined> {
    switch (sink.kind) {
      case "say": {
        const input = readBody(act.body, headerOf(act.frame, "content-type"), "message");
        checkSender(input, me);
        const clientId = headerOf(act.frame, "client-id") ?? input["clientId"];
        await rooms.say(me, sink.roomId, parseMessage({ ...input, clientId }));
        return undefined;
      }
      case "enter": {
        const isSubscribed = session.subscriptions.some((subscription) => {
          const source = noteOf(subscription)?.source;
          return source?.kind === "room" && source.roomId === sink.roomId;
        });
        if (isSubscribed) return undefined;
        await rooms.enter(me, sink.roomId, "sees", () => {
          const origin = originOf(session);
          if (!session.isConnected || origin.entered?.has(sink.roomId)) return;
          origin.entered ??= new Set();
          origin.entered.add(sink.roomId);
          presence.enter(sink.roomId, me.userId, "sees");
        });
        return undefined;
      }
      case "typing": {
        await rooms.check(me, sink.roomId);
        if (typings.take(`${sink.roomId} ${me.userId}`) > 0) return undefined;
        const event = { type: "typing", roomId: sink.roomId, userId: me.userId, name: me.name } as const;
        options.announcer.say({ event, position: undefined });
        return undefined;
      }
      case "attention": {
        originOf(session).isAway = !sink.isHere;
        return undefined;
      }
      case "alarm": {
        const input = readBody(act.body, headerOf(act.frame, "content-type"), "message");
        checkSender(input, me);
        await options.alarms.confirm(me, sink.receiver, input);
        return undefined;
      }
      default:
        return sink satisfies never;
    }
  }

  async function acknowledge(session: MemberSession, act: AckAct): Promise<undefined> {
    const given = act.subscription ? { messageId: act.ack, subscriptionId: act.subscription.id } : readAck(act.ack);
    const subscription = given && session.subscriptions.find((one) => (one.id ?? "") === (given.subscriptionId ?? ""));
    const note = subscription && noteOf(subscription);
    const [, digits = ""] = /^([0-9]{1,15})\.[0-9a-z]+$/.exec(given?.messageId ?? "") ?? [];
    if (!note || digits === "") throw new BirdieError("not_found", "there is no such message to acknowledge");
    const thing = Number(digits);
    if (subscription.ack === "auto" || act.verb === "NACK" || thing === 0) return undefined;
    const me = principalOf(session);
    if (note.source.kind === "room") await rooms.readUpTo(me, note.source.roomId, thing);
    if (note.source.kind === "queue") await options.alarms.acknowledge(me, thing);
    return undefined;
  }

  return {
    async authenticate(session, frame) {
      const me = await whoIs(options.accounts, originOf(session), frame);
      if (sessions.of(me.userId).length >= options.limits.socketsPerPerson) throw new BirdieError("too_many");
      sessions.add(me.userId, session);
      return {
        principal: me,
        headers: [
          ["user-name", me.userId],
          ["session", crypto.randomUUID()],
          ["server", `birdie/${options.version}`],
        ],
      };
    },
    subscribe,
    unsubscribe: (session, subscription) => unsubscribe(session, subscription, true),
    async act(session, acts: readonly ActFrame[]) {
      if (acts.length === 1 && acts[0]) return one(session, acts[0]);
      for (const act of acts) await one(session, act);
      return undefined;
    },
    ended(session) {
      const me = session.principal;
      if (!me) return;
      for (const subscription of session.subscriptions) unsubscribe(session, subscription, false);
      for (const roomId of originOf(session).entered ?? []) presence.leave(roomId, me.userId, "sees");
      originOf(session).entered = undefined;
      sessions.remove(me.userId, session);
    },
    explain(error) {
      const explained = explain(error);
      if (explained.code === "internal") options.report(error);
      return explained;
    },
  };

  function one(session: MemberSession, act: ActFrame): Promise<undefined> {
    return act.verb === "SEND" ? send(session, act) : acknowledge(session, act);
  }
}

/** A token or password in the CONNECT itself counts before the cookies of the handshake. */
async function whoIs(accounts: Accounts, origin: Origin, frame: Frame): Promise<Principal> {
  const authorization = headerOf(frame, "Authorization") ?? headerOf(frame, "authorization");
  if (authorization !== undefined) return accounts.authenticate(authorization.replace(/^Bearer\s+/i, ""));
  const login = headerOf(frame, "login");
  if (login !== undefined && login !== "") {
    const device = { userAgent: origin.userAgent || "STOMP", address: origin.address };
    return accounts.authenticateWith(login, headerOf(frame, "passcode") ?? "", device);
  }
  if (!origin.cookiePrincipal) throw new BirdieError("not_signed_in");
  return origin.cookiePrincipal;
}

function formOf(session: MemberSession, subscription: Subscription, source: Source, me: Principal): Form {
  const header = (name: string) => subscription.headers.find(([key]) => key === name)?.[1];
  const mediaType = (header("accept") ?? "").includes(HTML) ? HTML : JSON_TYPE;
  const language: Language = readLanguage(header("accept-language")) ?? me.language ?? "ko";
  return {
    mediaType,
    // JSON has words of ours only in alarms: without a language, everybody in a room shares the same bytes.
    language: mediaType === HTML || source.kind === "queue" ? language : "",
    version: session.version,
    hasAck: session.version === "1.2" && subscription.ack !== "auto",
    isBinary: session.isBinary,
  };
}

/** A JSON object, or a plain text as the field `as`. @throws BirdieError `invalid` */
function readBody(body: Body, contentType: string | undefined, as: string): Input {
  if (typeof body !== "string") throw invalid({ field: as, rule: "format" });
  const isText = contentType?.startsWith("text/") === true;
  const looksLikeJson = /^\s*\{/.test(body);
  if (isText || (contentType === undefined && !looksLikeJson)) return { [as]: body };
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Input;
  } catch {
    // Refused below, in the same words as JSON of another shape.
  }
  throw invalid({ field: as, rule: "format" });
}

/** A sender in the body may only be the one who is signed in. */
function checkSender(input: Input, me: Person): void {
  const { sender } = input;
  if (sender !== undefined && sender !== null && sender !== me.userId) {
    throw new BirdieError("forbidden", "the sender is not the one who is signed in");
  }
}

function sizeOf(body: Body): number {
  return typeof body === "string" ? Buffer.byteLength(body) : body.length;
}

function principalOf(session: MemberSession): Principal {
  if (!session.principal) throw new BirdieError("not_signed_in");
  return session.principal;
}

const originOf = (session: MemberSession) => session.data as Origin;
/** Straight to one session: what only this subscription has missed. */
function sendTo(session: MemberSession, frame: string | Uint8Array | undefined): void {
  if (frame !== undefined) originOf(session).send(frame);
}

const noteOf = (subscription: Subscription) => subscription.form as Note | undefined;
