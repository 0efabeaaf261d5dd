import type { StompError } from "./errors.ts";
import type { Body, Frame, Header } from "./frame.ts";
import type { FrameLimits } from "./limits.ts";
import type { Session } from "./session.ts";

/** What a session speaks through: one WebSocket, or anything else that keeps messages whole and in order. */
export interface Wire {
  /** One frame in one message; octets where the message must be binary. */
  send(frame: string | Uint8Array): void;
  /** `reason` is short ASCII: the code of the goodbye. Nothing is sent afterwards. */
  close(code: number, reason: string): void;
}

/** Bounds of one session. Everything over them ends it with ERROR. */
export interface SessionLimits {
  readonly frame: FrameLimits;
  /** Before CONNECT. Default: `frame`, but no frame over 16 KiB. */
  readonly login?: FrameLimits;
  readonly subscriptions: number;
  /** Open at once. */
  readonly transactions: number;
  /** What CONNECTED offers in both directions, in milliseconds; 0 for none. */
  readonly heartbeatMs: number;
  /** Frames that were received and are not answered yet, and their octets. Default: 1024 frames, 1 MiB. */
  readonly pendingFrames?: number;
  readonly pendingBytes?: number;
  /** Held in all open transactions together. Default: 256 frames, 1 MiB. */
  readonly transactionFrames?: number;
  readonly transactionBytes?: number;
}

export type AckMode = "auto" | "client" | "client-individual";

/** One living SUBSCRIBE. */
export interface Subscription {
  /** Undefined only in 1.0, where it is optional. */
  readonly id: string | undefined;
  readonly destination: string;
  readonly ack: AckMode;
  /** The handler's own note on it. */
  form: unknown;
}

export interface SendAct {
  readonly verb: "SEND";
  readonly destination: string;
  readonly body: Body;
  /** With all headers as the client sent them: which of them may pass on is the handler's to decide. */
  readonly frame: Frame;
}

export interface AckAct {
  readonly verb: "ACK" | "NACK";
  /** Where the version names it (1.1, or 1.0 with the header); in 1.2 the handler finds it by `ack`. */
  readonly subscription: Subscription | undefined;
  /** `id` in 1.2, `message-id` before. Whether it is known is the handler's business. */
  readonly ack: string;
  readonly frame: Frame;
}

export type ActFrame = SendAct | AckAct;

/** How a frame succeeded. */
export interface Answer {
  /** Of its RECEIPT, after `receipt-id`. Nothing comes of them where no receipt was asked for. */
  readonly headers: readonly Header[];
  /** Runs right after the RECEIPT went out, or in its place. */
  readonly after?: () => void;
}

/** A refusal or a fault in words for the wire. */
export interface Explanation {
  readonly message: string;
  readonly code: string;
  /** HTTP-like, for `on-refusal:receipt`. */
  readonly status: number;
  readonly closeCode: number;
  /** More headers of the RECEIPT that says it: `retry-after`. */
  readonly headers?: readonly Header[];
  /** Whether the session may live on where the frame asked `on-refusal:receipt`. */
  readonly spares: boolean;
}

/** What stands behind a session. Whatever its functions throw, `explain` puts in words. */
export interface Handler<P> {
  /**
   * CONNECT or STOMP: who is it? Resolves to the principal and the headers of CONNECTED (`user-name`, `session`, `server`);
   * `version` and `heart-beat` are the session's own. Rejects to refuse. Once it has resolved, `ended` will be called,
   * even where the session ended meanwhile.
   */
  authenticate(
    session: Session<P>,
    frame: Frame,
  ): Promise<{ readonly principal: P; readonly headers: readonly Header[] }>;
  /**
   * Resolves once messages will flow. Where it rejects, or the session has ended by then, `unsubscribe` follows at once.
   * `frame` is the SUBSCRIBE with all its headers; what of it is needed later goes into the note.
   */
  subscribe(session: Session<P>, subscription: Subscription, frame: Frame): Promise<Answer | undefined>;
  unsubscribe(session: Session<P>, subscription: Subscription): void;
  /**
   * One SEND, ACK or NACK, or all of a committed transaction in order: all or nothing. Called in the order of the frames
   * without waiting for the one before, so what runs synchronously must fix the order. Resolves once the effect lasts.
   */
  act(session: Session<P>, acts: readonly ActFrame[]): Promise<Answer | undefined>;
  /** The session is over, in whatever way; exactly once, and only if it was connected. Its subscriptions are still listed. */
  ended(session: Session<P>): void;
  explain(error: unknown): Explanation;
  /**
   * A frame of a connected session came whole, of so many octets, and nothing has been done with it. What comes back ends the
   * session, in its turn.
   */
  arrived?(session: Session<P>, octets: number): StompError | undefined;
  /** Hears of every frame that broke the protocol or a limit, before it is answered. */
  faulted?(fault: StompError): void;
}
