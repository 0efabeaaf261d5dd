import { Failure, type Headers, type Link } from "./link.ts";

/** One tab's subscription, as the tab names it. */
export interface Listener {
  readonly tab: string;
  readonly id: string;
}

/** One subscription on the wire, and who hears it. */
interface Stream {
  readonly id: string;
  /** What must agree for two tabs to hear the same; undefined where nobody else may join. */
  readonly key: string | undefined;
  readonly answer: Promise<{ readonly headers: Headers }>;
  listeners: Listener[];
  /** The place in the destination's history up to which it has told. */
  position: string | undefined;
  /** The message it told last; of a new one, the message that the stream it may join has told last. */
  lastMessageId: string | undefined;
  isOpen: boolean;
}

/** A connection may have 64 subscriptions. What is given back counts until the server says so. */
const streamsMax = 56;

/**
 * The subscriptions of all tabs over one connection. Tabs that want the same, in the same form, from the same place on
 * share one; a tab that comes from another place first gets what it missed by a subscription of its own, which is given
 * up as soon as both have told the same. In rooms nobody shares: what was read is acknowledged by subscription.
 */
export class Streams {
  readonly #wire: Link;
  readonly #hear: (listener: Listener, headers: Headers, body: string) => void;
  /** By their ids on the wire, oldest first. */
  readonly #streams = new Map<string, Stream>();
  readonly #leaving = new Set<string>();

  constructor(wire: Link, hear: (listener: Listener, headers: Headers, body: string) => void) {
    this.#wire = wire;
    this.#hear = hear;
  }

  get isFull(): boolean {
    return this.#streams.size + this.#leaving.size >= streamsMax;
  }

  has(id: string): boolean {
    return this.#streams.has(id);
  }

  /** SUBSCRIBE of a tab. Resolves with the RECEIPT. */
  subscribe(tab: string, headers: Headers): Promise<{ readonly headers: Headers }> {
    const { id: own = "", destination = "", resume } = headers;
    const listener = { tab, id: own };
    const key = keyOf(headers);
    const likes = [...this.#streams.values()].filter((stream) => key !== undefined && stream.key === key);
    const same = likes.find(({ position }) => resume !== undefined && position === resume);
    if (same) {
      same.listeners.push(listener);
      return same.answer;
    }
    const id = this.#freeId(destination);
    const answer = this.#wire.ask("SUBSCRIBE", { ...headers, id });
    const stream: Stream = {
      id,
      key,
      answer,
      listeners: [listener],
      position: resume,
      lastMessageId: likes.find(({ isOpen }) => isOpen)?.lastMessageId,
      isOpen: false,
    };
    this.#streams.set(id, stream);
    answer.then(
      () => {
        stream.isOpen = true;
        this.#fold(stream);
      },
      (error: unknown) => {
        // Refused: the server does not know the id, so that it must not be unsubscribed.
        if (error instanceof Failure && error.why === "refused") this.#streams.delete(id);
      },
    );
    return answer;
  }

  unsubscribe(tab: string, own: string): void {
    this.#silence((listener) => listener.tab === tab && listener.id === own);
  }

  leave(tab: string): void {
    this.#silence((listener) => listener.tab === tab);
  }

  /** A MESSAGE from the wire. */
  tell(headers: Headers, body: string): void {
    const stream = this.#streams.get(headers["subscription"] ?? "");
    if (!stream) return;
    stream.position = headers["position"] ?? stream.position;
    stream.lastMessageId = headers["message-id"];
    for (const listener of stream.listeners) this.#hear(listener, headers, body);
    // Nothing more comes: who asks again gets another.
    if (headers["event"] === "ended") this.#end(stream);
    else this.#fold(stream);
  }

  /**
   * Two that have told the same message last, or nothing since the younger one was all replayed, tell the same from now
   * on: the younger is given up.
   */
  #fold(stream: Stream): void {
    const { key, lastMessageId } = stream;
    if (key === undefined || !stream.isOpen) return;
    const twins = [...this.#streams.values()].filter(
      (one) => one.key === key && one.isOpen && one.lastMessageId === lastMessageId,
    );
    const [eldest, ...younger] = twins;
    for (const one of younger) {
      eldest?.listeners.push(...one.listeners);
      this.#end(one);
    }
  }

  #silence(isMeant: (listener: Listener) => boolean): void {
    for (const stream of [...this.#streams.values()]) {
      const left = stream.listeners.filter((listener) => !isMeant(listener));
      if (left.length === stream.listeners.length) continue;
      stream.listeners = left;
      if (left.length === 0) this.#end(stream);
    }
  }

  #end(stream: Stream): void {
    const { id } = stream;
    this.#streams.delete(id);
    this.#leaving.add(id);
    const give = () => this.#wire.ask("UNSUBSCRIBE", { id });
    stream.answer
      .then(give, (error: unknown) => (error instanceof Failure && error.why === "late" ? give() : undefined))
      .catch(() => undefined)
      .finally(() => this.#leaving.delete(id));
  }

  /** Named after the destination, as on any connection. What still comes by an id that was given up is nobody's. */
  #freeId(destination: string): string {
    let id = destination;
    for (let n = 2; this.#streams.has(id) || this.#leaving.has(id); n++) id = `${destination}#${n}`;
    return id;
  }
}

function keyOf({ destination, ack, accept, "accept-language": language }: Headers): string | undefined {
  return ack === "client" ? undefined : [destination, ack, accept, language].join("\n");
}
