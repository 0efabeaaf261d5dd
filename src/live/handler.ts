import type { Principal } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import { RateLimit } from "../domain/rate.ts";
import type { Accounts } from "../service/accounts.ts";
import { type Frame, headerOf } from "../stomp/frame.ts";
import type { ActFrame, Handler } from "../stomp/handler.ts";
import { explain } from "./goodbyes.ts";
import { readLimitName } from "./limits.ts";
import { type Origin, originOf, principalOf } from "./origin.ts";
import { notListening, Pace } from "./pace.ts";
import { createSending, type SendingOptions } from "./sending.ts";
import type { Sessions } from "./sessions.ts";
import { createSubscribing, type SubscribingOptions } from "./subscribing.ts";

export interface HandlerOptions
  extends Omit<SubscribingOptions, "resumeMessages" | "resumeBytes">,
    Omit<SendingOptions, "bodyBytes" | "pace" | "participate"> {
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly limits: {
    readonly socketsPerPerson: number;
    readonly bodyBytes: number;
    readonly frameBytes: number;
    readonly sendsPerS: number;
    readonly sendsBurst: number;
    /** How many missed changes are replayed at most. */
    readonly resumeMessages: number;
    /** See SubscribingOptions. */
    readonly resumeBytes: number;
  };
  /** As `server:` says it. */
  readonly version: string;
  /** Hears of every fault of ours. */
  readonly report: (error: unknown) => void;
}

/** The door, and the two ways to throw somebody out of a room or change what they hear there. */
export interface Door extends Handler<Principal> {
  /** See createSubscribing. */
  evict(userId: string, roomId: number): void;
  settingsChanged(userId: string): Promise<void>;
  /** What everybody shows who has not chosen has changed. */
  communityChanged(): Promise<void>;
  membersChanged(roomId: number): Promise<void>;
}

/**
 * The one door for whoever speaks STOMP: who may connect, hear and say what. Everything it lets in is authorised
 * here, at SUBSCRIBE and SEND; whoever loses a right is thrown out (see app.ts), so nothing is asked again per message.
 */
export function createHandler(options: HandlerOptions): Door {
  const { sessions, limits, onLimit } = options;
  const paceOf = (rate: number, burst: number) =>
    new Pace({
      sendsPerS: limits.sendsPerS * rate,
      sendsBurst: limits.sendsBurst * burst,
      nowMs: options.nowMs,
      onLimit,
    });
  const pace = paceOf(1, 1);
  // Entering and leaving is told to everybody in a room: many tabs coming back at once are let in, without end nobody is.
  const entries = paceOf(1, ENTRIES_PER_SEND);
  // Reading fast is no fault. What is acknowledged is written down all the same: without end nobody does.
  const acks = paceOf(ACKS_PER_SEND, ACKS_PER_SEND);
  const floods = new RateLimit(
    {
      burst: limits.sendsPerS === 0 ? 0 : limits.sendsBurst * FRAMES_BURST_PER_SEND,
      perMs: (limits.sendsPerS * FRAMES_PER_SEND) / 1_000,
    },
    options.nowMs,
  );
  const octetsPerFrame = Math.ceil(limits.frameBytes / 16);
  const subscribing = createSubscribing({ ...options, ...limits });
  const { participate } = subscribing;
  const sending = createSending({ ...options, bodyBytes: limits.bodyBytes, pace, participate });

  return {
    async authenticate(session, frame) {
      const me = await whoIs(options.accounts, originOf(session), frame).catch((error: unknown) => {
        if (error instanceof BirdieError && error.code === "too_fast") onLimit("sign-ins-per-min");
        throw error;
      });
      // What proved them was looked at before: a cookie at the handshake, which may be seconds ago.
      const end = sessions.endOf(me.signInId);
      if (end) throw new BirdieError(end.code === "banned" ? "banned" : "sign_in_ended");
      if (sessions.of(me.userId).length >= limits.socketsPerPerson) {
        onLimit("sockets-per-person");
        throw new BirdieError("too_many");
      }
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
    arrived(session, octets) {
      const cost = 1 + Math.floor(octets / octetsPerFrame);
      if (floods.take(principalOf(session).userId, cost) === 0) return undefined;
      onLimit("sends-per-s");
      return notListening("Too many frames");
    },
    async subscribe(session, subscription, frame) {
      entries.take(principalOf(session).userId, session);
      return subscribing.subscribe(session, subscription, frame);
    },
    unsubscribe: (session, subscription) => subscribing.unsubscribe(session, subscription),
    async act(session, acts: readonly ActFrame[]) {
      const [first, ...more] = acts;
      const ackCount = acts.filter(({ verb }) => verb !== "SEND").length;
      if (ackCount > 0) acks.take(principalOf(session).userId, session, ackCount);
      if (first && more.length === 0) await sending.one(session, first);
      else await sending.together(session, acts);
      return undefined;
    },
    ended(session) {
      const me = session.principal;
      if (!me) return;
      subscribing.leaveAll(session);
      sessions.remove(me.userId, session);
    },
    explain(error) {
      const explained = explain(error);
      if (explained.code === "internal") options.report(error);
      return explained;
    },
    faulted(fault) {
      const limit = readLimitName(fault.limit);
      if (limit) onLimit(limit);
    },
    evict: subscribing.evict,
    settingsChanged: subscribing.settingsChanged,
    communityChanged: subscribing.communityChanged,
    membersChanged: subscribing.membersChanged,
  };
}

/** How many SUBSCRIBEs of one person are let through at once for each SEND. */
const ENTRIES_PER_SEND = 30;
/**
 * Frames of any kind of one person for each SEND, more than all that is let through above: each costs something, whatever is
 * answered, and who sends on regardless is not listening.
 */
const FRAMES_PER_SEND = 60;
const FRAMES_BURST_PER_SEND = 100;
/** How many ACKs and NACKs of one person are let through for each SEND: more than anybody has to read. */
const ACKS_PER_SEND = 50;

/** A token or password in the CONNECT itself counts before the cookies of the handshake. */
async function whoIs(accounts: Accounts, origin: Origin, frame: Frame): Promise<Principal> {
  const authorization = headerOf(frame, "Authorization") ?? headerOf(frame, "authorization");
  if (authorization !== undefined) return accounts.authenticate(authorization.replace(/^Bearer\s+/i, ""));
  const login = headerOf(frame, "login");
  if (login !== undefined && login !== "") {
    const device = { userAgent: origin.userAgent || "STOMP", address: origin.address };
    return accounts.authenticateWith(login, headerOf(frame, "passcode") ?? "", device);
  }
  if (!origin.cookiePrincipal) throw origin.cookieRefusal ?? new BirdieError("not_signed_in");
  return origin.cookiePrincipal;
}
