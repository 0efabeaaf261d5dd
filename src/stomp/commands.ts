import { StompError } from "./errors.ts";
import { type Frame, headerOf, type Version } from "./frame.ts";
import type { AckAct, AckMode, SendAct, Subscription } from "./handler.ts";
import { detach } from "./octets.ts";

const COMMANDS: ReadonlySet<string> = new Set(
  "CONNECT STOMP SEND SUBSCRIBE UNSUBSCRIBE ACK NACK BEGIN COMMIT ABORT DISCONNECT".split(" "),
);

/** What each command of a client needs, by version. Every function here throws StompError `missing_header` or as said. */

export function readSend(frame: Frame): SendAct {
  return { verb: "SEND", destination: destinationOf(frame), body: frame.body, frame };
}

/**
 * The subscription that a SUBSCRIBE asks for. It is kept for long, so its texts are copied out of the message.
 * @throws StompError `bad_ack_mode`, `duplicate_id`
 */
export function readSubscription(frame: Frame, version: Version, living: readonly Subscription[]): Subscription {
  const destination = detach(destinationOf(frame));
  const given = version === "1.0" ? headerOf(frame, "id") : need(frame, "id");
  const id = given === undefined ? undefined : detach(given);
  const ack = ackModeOf(frame, version);
  const isTaken = living.some((one) => one.id === id && (id !== undefined || one.destination === destination));
  if (isTaken) throw fault("This subscription id is in use", "duplicate_id", "SUBSCRIBE id Header");
  return { id, destination, ack, form: undefined };
}

/**
 * Which subscription an UNSUBSCRIBE ends: by id; in 1.0 also by destination.
 * @throws StompError `unknown_subscription`
 */
export function findSubscription(frame: Frame, version: Version, living: readonly Subscription[]): Subscription {
  const id = version === "1.0" ? headerOf(frame, "id") : need(frame, "id");
  const found = id === undefined ? findByDestination(frame, living) : living.find((one) => one.id === id);
  if (found === undefined) throw unknownSubscription("UNSUBSCRIBE");
  return found;
}

/**
 * ACK or NACK: 1.0 by `message-id`, 1.1 by `message-id` and `subscription`, 1.2 by `id`.
 * @throws StompError `unknown_subscription`, `unknown_command` (NACK in 1.0)
 */
export function readAck(frame: Frame, version: Version, living: readonly Subscription[]): AckAct {
  const verb = frame.command === "ACK" ? "ACK" : "NACK";
  if (version === "1.2") return { verb, subscription: undefined, ack: need(frame, "id"), frame };
  if (version === "1.0" && verb === "NACK") throw unknownCommand();
  const ack = need(frame, "message-id");
  const id = version === "1.0" ? headerOf(frame, "subscription") : need(frame, "subscription");
  const subscription = id === undefined ? undefined : living.find((one) => one.id === id);
  if (id !== undefined && subscription === undefined) throw unknownSubscription(verb);
  return { verb, subscription, ack, frame };
}

export function readTransaction(frame: Frame): string {
  return need(frame, "transaction");
}

/**
 * The command must be a client's, and bodies are for SEND alone; 1.0 ignores that of a SUBSCRIBE.
 * @throws StompError `unknown_command`, `unexpected_body`
 */
export function checkFrame(frame: Frame, version: Version): void {
  if (!COMMANDS.has(frame.command)) throw unknownCommand();
  if (frame.body.length === 0 || frame.command === "SEND") return;
  if (version === "1.0" && frame.command === "SUBSCRIBE") return;
  throw fault("Only SEND may have a body", "unexpected_body", "Body");
}

export function notConnected(): StompError {
  return fault("The first frame must be CONNECT or STOMP", "not_connected", "Connecting");
}

export function alreadyConnected(): StompError {
  return fault("This session is connected already", "already_connected", "CONNECT or STOMP Frame");
}

export function unknownCommand(): StompError {
  return fault("There is no such command for a client in this version", "unknown_command", "Client Frames");
}

export function tooManySubscriptions(): StompError {
  const message = "There are too many subscriptions";
  return new StompError(message, {
    code: "too_many",
    closeCode: 4507,
    heading: "SUBSCRIBE",
    limit: "subscriptions-per-socket",
  });
}

export function tooFast(): StompError {
  const message = "Too many frames are waiting for their effect";
  return new StompError(message, {
    code: "too_fast",
    closeCode: 4013,
    heading: "Size Limits",
    limit: "pending-frames",
  });
}

function destinationOf(frame: Frame): string {
  const destination = need(frame, "destination");
  if (destination === "") throw fault("The header destination is empty", "missing_header", frame.command);
  return destination;
}

function ackModeOf(frame: Frame, version: Version): AckMode {
  const mode = headerOf(frame, "ack");
  if (mode === undefined || mode === "auto") return "auto";
  if (mode === "client") return "client";
  // Not the text of the frame: that would keep the whole message alive.
  if (mode === "client-individual" && version !== "1.0") return "client-individual";
  throw fault("The header ack names no mode of this version", "bad_ack_mode", "SUBSCRIBE ack Header");
}

function findByDestination(frame: Frame, living: readonly Subscription[]): Subscription | undefined {
  const destination = destinationOf(frame);
  const fitting = living.filter((one) => one.destination === destination);
  return fitting.find((one) => one.id === undefined) ?? fitting[0];
}

/** The header's value; an empty one is a value too. */
function need(frame: Frame, name: string): string {
  const value = headerOf(frame, name);
  if (value !== undefined) return value;
  throw fault(`The header ${name} is missing`, "missing_header", frame.command);
}

function unknownSubscription(command: string): StompError {
  return fault("There is no such subscription", "unknown_subscription", command);
}

function fault(message: string, code: string, heading: string): StompError {
  return new StompError(message, { code, heading });
}
