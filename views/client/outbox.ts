import { Failure, isBlocked, isConnected, publish } from "./hx-stomp.ts";
import { againMs, forData } from "./page.ts";
import type { Chosen } from "./picture-preview.ts";
import { keep, onKept, recall, recallAll } from "./storage.ts";
import { newUuid } from "./uuid.ts";
import { words } from "./words.ts";

/** Said, and not yet known to be stored. */
export interface Unsent {
  readonly clientId: string;
  readonly message: string;
  readonly saidAtMs: number;
  /** The id of the message it answers. */
  readonly replyTo?: string;
  /** Those without an id are brought to the server first. */
  readonly pictures?: readonly Chosen[];
  /** What was said first goes out first; as it is shown, too. */
  readonly order: number;
  /** Why the server would not have it: then only the person sends it again. */
  readonly refusal?: string;
}

interface OutboxOptions {
  readonly roomId: string;
  /** Something is different. */
  readonly changed: () => void;
  /** Stored: `id` where the answer says it. */
  readonly stored: (clientId: string, id?: number) => void;
  readonly refused: (unsent: Unsent) => void;
  /** Brings a picture to the server. */
  readonly bring: (picture: Chosen) => Promise<{ readonly id: string }>;
  /** It is sent, or given up. */
  readonly left: (unsent: Unsent) => void;
}

/** After this long without an answer a message counts as not sent, though it may still go out by itself. */
export const answerMs = 10_000;
/** Only after this long it says that it is being sent. */
export const patienceMs = 300;
/** What is older is not sent without asking. */
export const staleMs = 120_000;

const all = "outbox:";
let order = 0;

/** The rooms for which something waits, or was refused. */
export function roomsWithUnsent(): ReadonlySet<string> {
  return new Set([...recallAll(all).keys()].map((name) => name.slice(0, name.indexOf(":"))));
}

/** Runs when another tab has said something, or the server has it now. */
export const onUnsent = (run: () => void): void => onKept(all, run);

/**
 * Messages in the order they were said, kept over reloads, sent until the server has them; never stored twice. Each is kept
 * under a name of its own, so that two tabs never write over what the other has just said.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #name: string;
  /** What is being sent. Of the page, not kept: another page does not know what has become of it. */
  readonly #inFlight = new Set<string>();
  /** Of those, whose pictures are on their way: what was said later waits for them. */
  readonly #bringing = new Set<string>();
  #posting: Promise<void> = Promise.resolve();
  readonly #sending = new Set<Promise<void>>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#name = `${all}${options.roomId}:`;
  }

  get unsent(): readonly Unsent[] {
    const items = [...recallAll(this.#name).values()].flatMap((text) => readUnsent(text) ?? []);
    return items.sort((a, b) => a.order - b.order);
  }

  /** Too old to go out unasked. */
  get stale(): readonly Unsent[] {
    return this.unsent.filter(({ clientId, saidAtMs, refusal }) => {
      return !refusal && !this.#inFlight.has(clientId) && Date.now() - saidAtMs > staleMs;
    });
  }

  isSending(clientId: string): boolean {
    return this.#inFlight.has(clientId);
  }

  isBringing(clientId: string): boolean {
    return this.#bringing.has(clientId);
  }

  add(message: string, replyTo = "", pictures: readonly Chosen[] = []): void {
    const more = { ...(replyTo && { replyTo }), ...(pictures.length > 0 && { pictures }) };
    const saidAtMs = Date.now();
    order = Math.max(order + 1, saidAtMs);
    // What was refused and is said again is not shown twice.
    const isAgain = (old: Unsent) => old.refusal && !old.pictures && old.message === message;
    for (const old of this.unsent) if (isAgain(old)) this.#forget(old.clientId);
    this.#keep({ clientId: newUuid(), message, saidAtMs, order, ...more });
    for (const delayMs of [patienceMs, answerMs, staleMs]) setTimeout(this.#options.changed, delayMs);
    this.flush();
  }

  remove(clientId: string): void {
    const unsent = this.#find(clientId);
    this.#forget(clientId);
    this.#options.changed();
    if (unsent) this.#options.left(unsent);
  }

  retry(clientId: string): void {
    this.#change(clientId, ({ refusal: _, ...again }) => ({ ...again, saidAtMs: Date.now() }));
    this.flush();
  }

  /** Resolves when nothing is on its way any more. */
  async settled(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  /** Sends what waits, in order. */
  flush(): void {
    const stale = new Set(this.stale.map(({ clientId }) => clientId));
    if (this.#inFlight.size === 0) this.#posting = Promise.resolve();
    for (const unsent of this.unsent) {
      if (this.#bringing.has(unsent.clientId)) break;
      if (unsent.refusal || stale.has(unsent.clientId) || this.#inFlight.has(unsent.clientId)) continue;
      if (unsent.pictures?.some(({ id }) => !id)) {
        if (!isConnected() && !isBlocked()) continue;
        this.#watch(this.#bring(unsent));
        break;
      }
      if (isConnected()) this.#watch(this.#send(unsent, this.#publish(unsent)));
      else if (isBlocked()) {
        // One after the other: behind what did not get through nothing does, what was refused holds up nothing.
        this.#posting = this.#posting.catch(passRefusal).then(() => this.#post(unsent));
        this.#watch(this.#send(unsent, this.#posting));
      }
    }
    this.#options.changed();
  }

  #watch(sending: Promise<void>): void {
    this.#sending.add(sending);
    void sending.finally(() => this.#sending.delete(sending));
  }

  async #send({ clientId }: Unsent, sending: Promise<void>): Promise<void> {
    this.#inFlight.add(clientId);
    try {
      await sending;
      this.remove(clientId);
      this.#options.stored(clientId);
    } catch (error) {
      if (error instanceof Failure && error.why === "refused") this.#refuse(clientId, error.status);
    } finally {
      this.#inFlight.delete(clientId);
      this.#options.changed();
    }
  }

  /** Once its pictures are there it goes out in its turn, as if it had been said just now. */
  async #bring({ clientId, pictures = [] }: Unsent): Promise<void> {
    this.#inFlight.add(clientId);
    this.#bringing.add(clientId);
    this.#options.changed();
    let isThere = false;
    try {
      for (const picture of pictures) {
        if (picture.id) continue;
        const { id } = await this.#options.bring(picture);
        this.#change(clientId, (unsent) => ({
          ...unsent,
          saidAtMs: Date.now(),
          pictures: (unsent.pictures ?? []).map((one) => (one.key === picture.key ? { ...one, id } : one)),
        }));
      }
      isThere = true;
    } catch (error) {
      if (error instanceof Failure && error.why === "refused") {
        this.#refuse(clientId, error.status, error.message);
        isThere = true;
      }
    } finally {
      this.#inFlight.delete(clientId);
      this.#bringing.delete(clientId);
      if (isThere) this.flush();
      else setTimeout(() => this.flush(), againMs);
      this.#options.changed();
    }
  }

  #publish(unsent: Unsent): Promise<void> {
    const destination = `/chat/${this.#options.roomId}`;
    const { clientId, message, replyTo, pictures } = unsent;
    if (!replyTo && !pictures) return publish(destination, message, { "client-id": clientId });
    const type = { "content-type": "application/json" };
    return publish(destination, JSON.stringify(bodyOf(unsent)), { "client-id": clientId, ...type });
  }

  async #post(unsent: Unsent): Promise<void> {
    const { clientId, message, replyTo, pictures } = unsent;
    // A form as without script; what the pictures show is told only in JSON.
    const body = pictures
      ? new Blob([JSON.stringify({ ...bodyOf(unsent), clientId })], { type: "application/json" })
      : new URLSearchParams({ message, clientId, ...(replyTo && { replyTo }) });
    const signal = AbortSignal.timeout(answerMs);
    const answer = await fetch(`/messages/${this.#options.roomId}`, { method: "POST", body, headers: forData, signal });
    // Who was signed out may sign in again: then it goes out.
    const isRefused = answer.status < 500 && answer.status !== 401;
    if (answer.status >= 400) throw new Failure(isRefused ? "refused" : "late", answer.status);
    const stored: unknown = await answer.json();
    if (typeof stored === "object" && stored && "id" in stored) this.#options.stored(clientId, Number(stored.id));
  }

  #refuse(clientId: string, status: number, given?: string): void {
    const refused = this.#change(clientId, (unsent) => {
      const isAboutPictures = status === 422 && unsent.pictures !== undefined;
      const why = given ?? (isAboutPictures ? undefined : refusals[status]) ?? words.failed;
      // The server may have forgotten pictures that waited for days: with another try they are brought again.
      const pictures = unsent.pictures?.map(({ id: _, ...picture }) => picture);
      return { ...unsent, ...(pictures && { pictures }), refusal: why };
    });
    if (refused) this.#options.refused(refused);
  }

  #change(clientId: string, change: (unsent: Unsent) => Unsent): Unsent | undefined {
    const unsent = this.#find(clientId);
    if (!unsent) return undefined;
    const changed = change(unsent);
    this.#keep(changed);
    return changed;
  }

  #find(clientId: string): Unsent | undefined {
    return readUnsent(recall(this.#name + clientId));
  }

  #keep(unsent: Unsent): void {
    keep(this.#name + unsent.clientId, JSON.stringify(unsent));
    this.#options.changed();
  }

  #forget(clientId: string): void {
    keep(this.#name + clientId, "");
  }
}

const refusals: Readonly<Record<number, string>> = {
  403: words.notAllowed,
  404: words.notThere,
  413: words.tooLong,
  422: words.tooLong,
  429: words.tooFast,
};

function passRefusal(error: unknown): void {
  if (!(error instanceof Failure) || error.why !== "refused") throw error;
}

function bodyOf({ message, replyTo, pictures }: Unsent) {
  return { message, replyTo, pictures: pictures?.map(({ id, alt }) => ({ id, alt })) };
}

function readUnsent(text: string): Unsent | undefined {
  try {
    const item: unknown = JSON.parse(text);
    return isUnsent(item) ? item : undefined;
  } catch {
    return undefined;
  }
}

function isUnsent(item: unknown): item is Unsent {
  if (typeof item !== "object" || item === null) return false;
  return "clientId" in item && typeof item.clientId === "string" && "message" in item && "order" in item;
}
