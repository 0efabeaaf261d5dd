import { asBytes, type Body, encodeFrame, type Header, type Version } from "../stomp/frame.ts";
import { detach } from "../stomp/octets.ts";

/** How a subscriber wants its MESSAGE frames. Subscribers of one form and id get the very same bytes. */
export interface Form {
  readonly mediaType: string;
  /** Of what is rendered; "" where the words are the same in all. */
  readonly language: string;
  readonly version: Version;
  /** STOMP 1.2 with `ack` other than `auto`: MESSAGE carries an `ack` header. */
  readonly hasAck: boolean;
  /** The client speaks binary messages only. */
  readonly isBinary: boolean;
  /** Hears nothing of what others have read. */
  readonly isWithoutReceipts?: boolean;
  /** Hears nothing of who types. */
  readonly isWithoutTyping?: boolean;
  /** Hears nothing of what its own person likes. */
  readonly isWithoutOwnLikes?: boolean;
  /** User ids, in order: of these people it hears neither that they are there nor that they type. */
  readonly apartFrom?: readonly string[] | undefined;
}

/** Something to be told at one destination. */
export interface Told {
  /** Unique per destination; it names what ACK and NACK mean. */
  readonly messageId: string;
  readonly headers: readonly Header[];
  /** Says what somebody has read. */
  readonly isReceipt?: boolean;
  /** Says that somebody types. */
  readonly isTyping?: boolean;
  /** Says what somebody likes, to themselves. */
  readonly isOwnLike?: boolean;
  /** Says who is there or types: not the same for those who have nothing to do with some of them. */
  readonly isOfPeople?: boolean;
  /**
   * Called at most once per media type and language, and, where it says who is there, once for those who are apart from
   * the same people. `undefined`: this form hears nothing of it.
   */
  render(
    mediaType: string,
    language: string,
    apartFrom?: readonly string[],
  ): { readonly contentType: string | undefined; readonly body: Body } | undefined;
}

/** The socket side of a subscription: native topics. */
export interface Listener {
  subscribe(topic: string): unknown;
  unsubscribe(topic: string): unknown;
}

/** One native topic: everybody who listens to one destination in one form under one subscription id. */
export interface Ear {
  readonly destination: string;
  readonly topic: string;
  /** Undefined in STOMP 1.0, which knows subscriptions without an id. */
  readonly id: string | undefined;
  readonly form: Form;
  /** What begins each of its frames, up to where `ack` goes, and what follows the message's part of that. */
  readonly head: string;
  readonly ackTail: string;
  /** Equal for all ears that get the same bytes behind their heads. */
  readonly formKey: string;
  count: number;
  /** Its neighbours at the same destination: most have none, and a Map for each destination would be most of what it costs. */
  next: Ear | undefined;
  previous: Ear | undefined;
}

/**
 * Who listens where. A message is rendered once per media type and language, encoded once per form and id, and
 * handed to Bun's native publish; nothing here grows or loops with the number of subscribers of one form and id.
 */
export class Hub {
  readonly #publish: (topic: string, frame: string | Uint8Array) => void;
  /** By topic. */
  readonly #ears = new Map<string, Ear>();
  /** The first of each destination. */
  readonly #first = new Map<string, Ear>();

  constructor(publish: (topic: string, frame: string | Uint8Array) => void) {
    this.#publish = publish;
  }

  /** The ear to give back to `unsubscribe`. One listener may not subscribe twice with the same destination, form and id. */
  subscribe(listener: Listener, destination: string, id: string | undefined, form: Form): Ear {
    const topic = topicOf(destination, id, form);
    const ear = this.#ears.get(topic) ?? this.#add(destination, topic, id, form);
    ear.count++;
    listener.subscribe(topic);
    return ear;
  }

  #add(destination: string, topic: string, id: string | undefined, form: Form): Ear {
    const next = this.#first.get(destination);
    const own = { destination, topic, id, form, ...headOf(id, form), formKey: formKey(form) };
    const ear: Ear = { ...own, count: 0, next, previous: undefined };
    if (next) next.previous = ear;
    this.#first.set(destination, ear);
    this.#ears.set(topic, ear);
    return ear;
  }

  /** `listener` is undefined where its socket has gone, and its native topics with it. */
  unsubscribe(listener: Listener | undefined, ear: Ear): void {
    listener?.unsubscribe(ear.topic);
    ear.count--;
    if (ear.count > 0) return;
    const { destination, next, previous } = ear;
    this.#ears.delete(ear.topic);
    if (next) next.previous = previous;
    if (previous) previous.next = next;
    else if (next) this.#first.set(destination, next);
    else this.#first.delete(destination);
  }

  isListening(destination: string): boolean {
    return this.#first.has(destination);
  }

  /** How many destinations somebody listens to. */
  get destinationCount(): number {
    return this.#first.size;
  }

  publish(destination: string, told: Told): void {
    const first = this.#first.get(destination);
    if (!first) return;
    const encoded = new Map<string, EncodedMessage | undefined>();
    const rendered = new Map<string, ReturnType<Told["render"]>>();
    let message: EncodedMessage | undefined;
    let lastKey: string | undefined;
    for (let ear: Ear | undefined = first; ear; ear = ear.next) {
      if (isUnheard(told, ear.form)) continue;
      const key = ear.formKey;
      // Ears of one form stand together more often than not.
      if (key !== lastKey) {
        lastKey = key;
        message = encoded.get(key);
        if (!message && !encoded.has(key)) {
          message = encodeFor(destination, ear.form, told, rendered);
          encoded.set(key, message);
        }
      }
      if (message) this.#publish(ear.topic, frameFor(message, ear, told.messageId));
    }
  }

  /** The frame one ear alone would get: for what it missed. Undefined where its form hears nothing of it. */
  encode(ear: Ear, told: Told): string | Uint8Array | undefined {
    if (isUnheard(told, ear.form)) return undefined;
    const message = encodeFor(ear.destination, ear.form, told, new Map());
    return message && frameFor(message, ear, told.messageId);
  }
}

/** Who keeps something to themselves hears it of nobody. */
function isUnheard(told: Told, form: Form): boolean {
  return (
    (told.isReceipt === true && form.isWithoutReceipts === true) ||
    (told.isTyping === true && form.isWithoutTyping === true) ||
    (told.isOwnLike === true && form.isWithoutOwnLikes === true)
  );
}

/** A MESSAGE without what belongs to the subscription; `subscription` and `ack` go in behind the command. */
interface EncodedMessage {
  /** Everything behind "MESSAGE\n" when the frame is text. */
  readonly rest: string | undefined;
  readonly headers: readonly Header[];
  readonly body: Body;
}

function encodeFor(
  destination: string,
  form: Form,
  told: Told,
  rendered: Map<string, ReturnType<Told["render"]>>,
): EncodedMessage | undefined {
  const apartFrom = told.isOfPeople ? form.apartFrom : undefined;
  const key = `${form.mediaType} ${form.language} ${apartFrom ?? ""}`;
  if (!rendered.has(key)) rendered.set(key, told.render(form.mediaType, form.language, apartFrom));
  const content = rendered.get(key);
  if (!content) return undefined;
  const headers: Header[] = [
    ["destination", destination],
    ["message-id", told.messageId],
  ];
  if (content.contentType !== undefined) headers.push(["content-type", content.contentType]);
  headers.push(...told.headers);
  const frame = encodeFrame(form.version, COMMAND, headers, content.body);
  const rest = typeof frame === "string" ? frame.slice(COMMAND.length + 1) : undefined;
  return { rest, headers, body: content.body };
}

function frameFor(message: EncodedMessage, ear: Ear, messageId: string): string | Uint8Array {
  const { form, id, head, ackTail } = ear;
  if (message.rest === undefined) {
    const own: Header[] = id === undefined ? [] : [["subscription", id]];
    if (form.hasAck) own.push(["ack", ackOf(messageId, id)]);
    return encodeFrame(form.version, COMMAND, [...own, ...message.headers], message.body);
  }
  // Message ids are ours: digits, letters and a full stop need no escapes.
  const frame = form.hasAck ? `${head}ack:${messageId}${ackTail}${message.rest}` : head + message.rest;
  return form.isBinary ? asBytes(frame) : frame;
}

/** The parts of a frame that are the same for every message of an ear, escaped once. */
function headOf(id: string | undefined, form: Form): { readonly head: string; readonly ackTail: string } {
  const encode = (headers: readonly Header[]) => encodeFrame(form.version, COMMAND, headers) as string;
  // Without a body a frame ends in an empty line and NUL: the message's own headers go in their place.
  const head = encode(id === undefined ? [] : [["subscription", id]]).slice(0, -2);
  const ack = encode([["ack", ackOf("", id)]]);
  // Ears are many: each holds on to these two for as long as it listens, and not to what they were cut of.
  return { head: detach(head), ackTail: detach(ack.slice(`${COMMAND}\nack:`.length, -2)) };
}

/** The `ack` header: names the message and the subscription it came by. */
export function ackOf(messageId: string, subscriptionId: string | undefined): string {
  return `${messageId}~${subscriptionId ?? ""}`;
}

/** Reads an `ack` header of ours; undefined for any other text. */
export function readAck(ack: string): { readonly messageId: string; readonly subscriptionId: string } | undefined {
  const at = ack.indexOf("~");
  return at < 0 ? undefined : { messageId: ack.slice(0, at), subscriptionId: ack.slice(at + 1) };
}

const COMMAND = "MESSAGE";

function formKey(form: Form): string {
  const key = `${form.mediaType} ${form.language} ${form.version} ${form.apartFrom ?? ""}`;
  if (form.apartFrom) return key;
  const known = COMMON_KEYS.get(key);
  if (known === undefined) COMMON_KEYS.set(key, key);
  return known ?? key;
}
/** One copy for all ears: a few media types, languages and versions. */
const COMMON_KEYS = new Map<string, string>();

function topicOf(destination: string, id: string | undefined, form: Form): string {
  const flags = `${form.version}${form.hasAck ? "a" : ""}${form.isBinary ? "b" : ""}${form.isWithoutReceipts ? "q" : ""}${form.isWithoutTyping ? "t" : ""}${form.isWithoutOwnLikes ? "l" : ""}`;
  const people = form.apartFrom?.join(" ") ?? "";
  return `${destination}\0${form.mediaType}\0${form.language}\0${flags}\0${people}\0${id === undefined ? "" : `=${id}`}`;
}
