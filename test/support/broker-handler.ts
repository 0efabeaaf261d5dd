import { type Ear, type Form, Hub, type Listener, readAck, type Told } from "../../src/live/hub.ts";
import { type Frame, type Header, headerOf } from "../../src/stomp/frame.ts";
import type { AckAct, ActFrame, Explanation, Handler, SendAct, Subscription } from "../../src/stomp/handler.ts";
import type { Session } from "../../src/stomp/session.ts";
import { UNSETTLED_MAX, type Work, type Worker, WorkQueue } from "./work-queue.ts";

/** Headers of SEND that are between client and server, or the server's to say. All others reach the MESSAGE. */
const OWN_HEADERS: ReadonlySet<string> = new Set(
  "receipt transaction content-length content-type message-id subscription ack destination on-refusal".split(" "),
);
const MEDIA_TYPE = "any";

/** What the broker lets nobody do. */
export class Refused extends Error {
  readonly code: string;
  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

type Guest = Session<string>;
/** The session's `data`: what sends to this client alone and hears native topics. */
interface Line extends Listener {
  send(frame: string | Uint8Array): void;
}

/** The broker's note on a subscription. */
interface Note extends Worker {
  readonly ear: Ear;
}

interface Settling {
  readonly note: Note;
  readonly works: readonly Work[];
  readonly isAck: boolean;
}

/**
 * The broker that stands behind the sessions: `/topic/**` goes to everybody who listens, through the hub; `/queue/**` to one
 * consumer each. NACK on a queue offers again, to the next consumer; on a topic it drops. Both ACK and NACK are
 * cumulative with `ack:client`. What is not waiting for an ACK cannot be acknowledged.
 */
export class OpenBroker implements Handler<string> {
  readonly hub: Hub;
  readonly sessions = new Set<Guest>();
  readonly #queues = new Map<string, WorkQueue>();
  /** Topic subscriptions that acknowledge. */
  readonly #listeners = new Map<string, Set<Note>>();
  #number = 0;

  constructor(publish: (topic: string, frame: string | Uint8Array) => void) {
    this.hub = new Hub(publish);
  }

  get queueCount(): number {
    return this.#queues.size;
  }

  async authenticate(session: Guest, frame: Frame) {
    const login = headerOf(frame, "login");
    if (login !== "guest" || headerOf(frame, "passcode") !== "guest") {
      throw new Refused("These credentials are not accepted", "wrong_credentials");
    }
    this.sessions.add(session);
    const headers: Header[] = [
      ["user-name", login],
      ["session", crypto.randomUUID()],
      ["server", "birdie-open-broker/1.0.0"],
    ];
    return { principal: login, headers };
  }

  async subscribe(session: Guest, subscription: Subscription) {
    const { destination, id, ack } = subscription;
    const tree = treeOf(destination);
    const form: Form = {
      mediaType: MEDIA_TYPE,
      language: "",
      version: session.version,
      hasAck: session.version === "1.2" && ack !== "auto",
      isBinary: session.isBinary,
    };
    const line = lineOf(session);
    const ear = this.hub.subscribe(line, destination, id, form);
    const deliver = (work: Work) => {
      const frame = this.hub.encode(ear, toldOf(work));
      if (frame !== undefined) line.send(frame);
    };
    const note: Note = { ear, isAuto: ack === "auto", unsettled: [], deliver };
    subscription.form = note;
    // What waits in a queue comes behind the RECEIPT.
    if (tree === "queue") return { headers: [], after: () => this.#queue(destination).join(note) };
    if (!note.isAuto) this.#listenersOf(destination).add(note);
    return undefined;
  }

  unsubscribe(session: Guest, subscription: Subscription): void {
    this.#end(lineOf(session), subscription);
  }

  async act(session: Guest, acts: readonly ActFrame[]) {
    // Everything is checked before anything happens: a transaction is all or nothing.
    const settlings = new Map<ActFrame, Settling>();
    const taken = new Set<string>();
    for (const act of acts) {
      if (act.verb === "SEND") this.#checkSend(act);
      else settlings.set(act, checkAck(session, act, taken));
    }
    for (const act of acts) {
      if (act.verb === "SEND") this.#send(act);
      else this.#settle(settlings.get(act));
    }
    return undefined;
  }

  ended(session: Guest): void {
    this.sessions.delete(session);
    for (const subscription of session.subscriptions) this.#end(undefined, subscription);
  }

  explain(error: unknown): Explanation {
    if (!(error instanceof Refused)) {
      return { message: "Something went wrong", code: "internal", status: 500, closeCode: 1011, spares: false };
    }
    return { message: error.message, code: error.code, status: 403, closeCode: 1008, spares: true };
  }

  #end(line: Line | undefined, subscription: Subscription): void {
    const note = noteOf(subscription);
    if (!note) return;
    subscription.form = undefined;
    this.hub.unsubscribe(line, note.ear);
    const { destination } = subscription;
    const queue = this.#queues.get(destination);
    queue?.leave(note);
    if (queue?.isIdle) this.#queues.delete(destination);
    const listeners = this.#listeners.get(destination);
    listeners?.delete(note);
    if (listeners?.size === 0) this.#listeners.delete(destination);
  }

  #checkSend({ destination }: SendAct): void {
    if (treeOf(destination) === "queue" && this.#queues.get(destination)?.isFull) {
      throw new Refused("This queue is full", "too_many");
    }
  }

  #send({ destination, frame, body }: SendAct): void {
    const headers = frame.headers.filter(([name]) => !OWN_HEADERS.has(name));
    const work: Work = { number: ++this.#number, headers, contentType: headerOf(frame, "content-type"), body };
    if (treeOf(destination) === "queue") {
      const queue = this.#queue(destination);
      queue.add(work);
      if (queue.isIdle) this.#queues.delete(destination);
      return;
    }
    for (const { unsettled } of this.#listeners.get(destination) ?? []) {
      unsettled.push(work);
      if (unsettled.length > UNSETTLED_MAX) unsettled.shift();
    }
    this.hub.publish(destination, toldOf(work));
  }

  #settle(settling: Settling | undefined): void {
    if (!settling) return;
    const { note, works, isAck } = settling;
    for (const work of works) {
      const at = note.unsettled.indexOf(work);
      if (at >= 0) note.unsettled.splice(at, 1);
    }
    this.#queues.get(note.ear.destination)?.offerAgain(isAck ? [] : works);
  }

  #queue(destination: string): WorkQueue {
    const queue = this.#queues.get(destination) ?? new WorkQueue();
    this.#queues.set(destination, queue);
    return queue;
  }

  #listenersOf(destination: string): Set<Note> {
    const listeners = this.#listeners.get(destination) ?? new Set();
    this.#listeners.set(destination, listeners);
    return listeners;
  }
}

/** What an ACK or NACK settles, and that nothing is settled twice. `taken`: what earlier acts of the transaction settle. */
function checkAck(session: Guest, act: AckAct, taken: Set<string>): Settling {
  const found = findUnsettled(session, act);
  if (!found) throw new Refused("No such message waits for an answer", "unknown_ack");
  const { note, at, isCumulative } = found;
  const id = ({ number }: Work) => `${note.ear.id ?? ""}\n${note.ear.destination}\n${number}`;
  const works = note.unsettled.slice(isCumulative ? 0 : at, at + 1).filter((work) => !taken.has(id(work)));
  if (works.length === 0 || works.at(-1) !== note.unsettled[at]) {
    throw new Refused("This message has been answered already", "unknown_ack");
  }
  for (const work of works) taken.add(id(work));
  return { note, works, isAck: act.verb === "ACK" };
}

function findUnsettled(session: Guest, act: AckAct) {
  const given = session.version === "1.2" ? readAck(act.ack) : undefined;
  if (session.version === "1.2" && !given) return undefined;
  for (const subscription of session.subscriptions) {
    const note = noteOf(subscription);
    if (!note || (given && given.subscriptionId !== subscription.id)) continue;
    if (act.subscription && act.subscription !== subscription) continue;
    const messageId = given?.messageId ?? act.ack;
    const at = note.unsettled.findIndex((work) => messageIdOf(work) === messageId);
    if (at >= 0) return { note, at, isCumulative: subscription.ack === "client" };
  }
  return undefined;
}

function treeOf(destination: string): "topic" | "queue" {
  if (/^\/topic\/./.test(destination)) return "topic";
  if (/^\/queue\/./.test(destination)) return "queue";
  throw new Refused("There is no such destination", "not_found");
}

const messageIdOf = ({ number }: Work) => `m-${number}`;

function toldOf(work: Work): Told {
  const { headers, contentType, body } = work;
  return { messageId: messageIdOf(work), headers, render: () => ({ contentType, body }) };
}

const lineOf = (session: Guest) => session.data as Line;
const noteOf = (subscription: Subscription) => subscription.form as Note | undefined;
