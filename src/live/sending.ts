import type { Person, Principal } from "../domain/account.ts";
import { BirdieError, invalid } from "../domain/errors.ts";
import type { Input } from "../domain/input.ts";
import { RateLimit } from "../domain/rate.ts";
import { type NewMessage, parseMessage } from "../domain/room.ts";
import type { Alarms } from "../service/alarms.ts";
import type { Rooms } from "../service/rooms.ts";
import { type Body, headerOf } from "../stomp/frame.ts";
import type { AckAct, ActFrame, SendAct } from "../stomp/handler.ts";
import type { Announcer } from "./announcer.tsx";
import { readSink, type Sink } from "./destinations.ts";
import { readAck } from "./hub.ts";
import type { OnLimit } from "./limits.ts";
import { noteOf, originOf, principalOf } from "./origin.ts";
import type { Pace } from "./pace.ts";
import type { MemberSession } from "./sessions.ts";

export interface SendingOptions {
  readonly rooms: Rooms;
  readonly alarms: Alarms;
  readonly announcer: Announcer;
  readonly pace: Pace;
  readonly bodyBytes: number;
  readonly nowMs: () => number;
  readonly onLimit: OnLimit;
  /** See createSubscribing. */
  readonly participate: (session: MemberSession, roomId: number) => Promise<void>;
}

/** What an ACK marks as read. Undefined: it means nothing, as for a MESSAGE that is no thing. */
type Read = { readonly kind: "room"; readonly roomId: number; readonly upTo: number } | Alarmed | undefined;
type Alarmed = { readonly kind: "alarm"; readonly id: number };

/** What a SEND asks for, understood. */
type Wish =
  | (NewMessage & { readonly kind: "say"; readonly roomId: number })
  | Exclude<Sink, { readonly kind: "say" | "alarm" }>
  | { readonly kind: "alarm"; readonly receiver: string; readonly claim: Input };

/** At most one "I am typing" per person and room in this time. */
const TYPING_EVERY_MS = 2_500;

/** SEND, ACK and NACK: what people do over the socket, one by one or together. */
export function createSending(options: SendingOptions) {
  const { rooms, alarms, pace } = options;
  const typings = new RateLimit({ burst: 1, perMs: 1 / TYPING_EVERY_MS }, options.nowMs);

  /** @throws BirdieError `not_found`, `too_large`, `invalid`, `forbidden` */
  function wishOf(me: Person, act: SendAct): Wish {
    const sink = readSink(act.destination);
    if (!sink) throw new BirdieError("not_found");
    if (sizeOf(act.body) > options.bodyBytes) {
      options.onLimit("body-bytes");
      throw new BirdieError("too_large");
    }
    if (sink.kind === "enter" || sink.kind === "typing" || sink.kind === "attention") return sink;
    const input = readBody(act.body, headerOf(act.frame, "content-type"), "message");
    checkSender(input, me);
    if (sink.kind === "alarm") return { ...sink, claim: input };
    const clientId = headerOf(act.frame, "client-id") ?? input["clientId"];
    return { ...sink, ...parseMessage({ ...input, clientId }) };
  }

  /** What is not stored, or checks only. */
  async function perform(session: MemberSession, me: Principal, wish: Exclude<Wish, { kind: "say" }>): Promise<void> {
    switch (wish.kind) {
      case "enter":
        return options.participate(session, wish.roomId);
      case "typing": {
        if (!(await rooms.showsTyping(me, wish.roomId))) return;
        if (typings.take(`${wish.roomId} ${me.userId}`) > 0) return;
        const event = { type: "typing", roomId: wish.roomId, userId: me.userId, name: me.name } as const;
        options.announcer.say({ event, position: undefined });
        return;
      }
      case "attention":
        originOf(session).isAway = !wish.isHere;
        return;
      case "alarm":
        return alarms.confirm(me, wish.receiver, wish.claim);
      default:
        return wish satisfies never;
    }
  }

  /**
   * What was acknowledged on which subscription. NACK leaves everything as it is.
   * @throws BirdieError `not_found` for what was never told there
   */
  function readOf(session: MemberSession, act: AckAct): Read {
    // 1.1 names the subscription, 1.2 has it in the id; 1.0 names the message alone, which belongs to one destination.
    const given = act.subscription ? undefined : readAck(act.ack);
    const messageId = given?.messageId ?? act.ack;
    const candidates = act.subscription
      ? [act.subscription]
      : session.subscriptions.filter((one) => !given || (one.id ?? "") === given.subscriptionId);
    for (const subscription of candidates) {
      const note = noteOf(subscription);
      const thing = note && options.announcer.thingIn(subscription.destination, messageId);
      if (!note || thing === undefined) continue;
      if (subscription.ack === "auto" || act.verb === "NACK" || thing === 0) return undefined;
      if (note.source.kind === "room") return { kind: "room", roomId: note.source.roomId, upTo: thing };
      return note.source.kind === "queue" ? { kind: "alarm", id: thing } : undefined;
    }
    throw new BirdieError("not_found", "there is no such message to acknowledge");
  }

  /** Without a wait before `rooms.say`, so that the lines of one sender keep their order. */
  function send(session: MemberSession, act: SendAct): Promise<unknown> {
    const me = principalOf(session);
    pace.take(me.userId, session);
    const wish = wishOf(me, act);
    return wish.kind === "say" ? rooms.say(me, wish.roomId, wish) : perform(session, me, wish);
  }

  async function acknowledge(session: MemberSession, act: AckAct): Promise<void> {
    const me = principalOf(session);
    const read = readOf(session, act);
    if (read?.kind === "room") await rooms.readUpTo(me, read.roomId, read.upTo);
    else if (read) await alarms.acknowledge(me, read.id);
  }

  return {
    one: async (session: MemberSession, act: ActFrame): Promise<void> => {
      await (act.verb === "SEND" ? send(session, act) : acknowledge(session, act));
    },

    /**
     * COMMIT: everything is checked, then stored in one act and told together. What is never stored (entering, typing)
     * happens behind it.
     */
    async together(session: MemberSession, acts: readonly ActFrame[]): Promise<void> {
      const me = principalOf(session);
      const sends = acts.filter((act) => act.verb === "SEND");
      pace.take(me.userId, session, sends.length);
      const reads = acts.flatMap((act) => (act.verb === "SEND" ? [] : (readOf(session, act) ?? [])));
      const wishes = sends.map((act) => wishOf(me, act));
      const others = wishes.filter((wish) => wish.kind !== "say");
      for (const wish of others) {
        if (wish.kind === "alarm") await perform(session, me, wish);
        else if (wish.kind !== "attention") await rooms.check(me, wish.roomId);
      }
      await rooms.sayTogether(me, {
        lines: wishes.filter((wish) => wish.kind === "say"),
        reads: reads.filter((read) => read.kind === "room"),
        also: reads.flatMap((read) => (read.kind === "alarm" ? [alarms.acknowledging(me, read.id)] : [])),
      });
      for (const wish of others) if (wish.kind !== "alarm") await perform(session, me, wish);
    },
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
