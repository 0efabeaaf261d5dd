import { Failure, isBlocked, isConnected, publish } from "./hx-stomp.ts";
import { keep, recall } from "./storage.ts";
import { words } from "./words.ts";

/** Said, and not yet known to be stored. */
export interface Unsent {
  readonly clientId: string;
  readonly message: string;
  readonly saidAtMs: number;
  /** The id of the message it answers. */
  readonly replyTo?: string;
  /** Why the server would not have it: then only the person sends it again. */
  readonly refusal?: string;
}

interface OutboxOptions {
  readonly roomId: string;
  readonly destination: string;
  /** Where it can be posted when there is no socket. */
  readonly action: string;
  /** Something is different. */
  readonly changed: () => void;
  /** Stored: `id` where the answer says it. */
  readonly stored: (clientId: string, id?: number) => void;
  readonly refused: (unsent: Unsent) => void;
}

/** After this long without an answer a message counts as not sent, though it may still go out by itself. */
export const answerMs = 10_000;
/** Only after this long it says that it is being sent. */
export const patienceMs = 300;
/** What is older is not sent without asking. */
const staleMs = 120_000;

/** Messages in the order they were said, kept over reloads, sent until the server has them; never stored twice. */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #name: string;
  /** What is being sent. Of the page, not kept: another page does not know what has become of it. */
  readonly #inFlight = new Set<string>();
  #posting: Promise<void> = Promise.resolve();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#name = `outbox:${options.roomId}`;
    document.addEventListener("stomp:connected", () => this.flush());
    document.addEventListener("stomp:disconnected", () => this.flush());
  }

  get unsent(): readonly Unsent[] {
    try {
      const items: unknown = JSON.parse(recall(this.#name) || "[]");
      return Array.isArray(items) ? items.filter(isUnsent) : [];
    } catch {
      return [];
    }
  }

  /** Too old to go out unasked. */
  get stale(): readonly Unsent[] {
    return this.unsent.filter(({ clientId, saidAtMs, refusal }) => {
      return !refusal && !this.#inFlight.has(clientId) && Date.now() - saidAtMs > staleMs;
    });
  }

  add(message: string, replyTo = ""): void {
    const unsent = { clientId: newClientId(), message, saidAtMs: Date.now(), ...(replyTo && { replyTo }) };
    // What was refused and is said again is not shown twice.
    this.#write([...this.unsent.filter(({ refusal, message: old }) => !refusal || old !== message), unsent]);
    for (const delayMs of [patienceMs, answerMs]) setTimeout(this.#options.changed, delayMs);
    this.flush();
  }

  remove(clientId: string): void {
    this.#write(this.unsent.filter((unsent) => unsent.clientId !== clientId));
  }

  retry(clientId: string): void {
    this.#write(
      this.unsent.map((unsent) => {
        const { refusal: _, ...again } = unsent;
        return unsent.clientId === clientId ? { ...again, saidAtMs: Date.now() } : unsent;
      }),
    );
    this.flush();
  }

  /** Sends what waits, in order. */
  flush(): void {
    const stale = new Set(this.stale.map(({ clientId }) => clientId));
    for (const unsent of this.unsent) {
      if (unsent.refusal || stale.has(unsent.clientId) || this.#inFlight.has(unsent.clientId)) continue;
      if (isConnected()) void this.#send(unsent, this.#publish(unsent));
      else if (isBlocked()) {
        this.#posting = this.#posting.then(() => this.#post(unsent));
        void this.#send(unsent, this.#posting);
      }
    }
    this.#options.changed();
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

  #publish({ clientId, message, replyTo }: Unsent): Promise<void> {
    const { destination } = this.#options;
    if (!replyTo) return publish(destination, message, { "client-id": clientId });
    const type = { "content-type": "application/json" };
    return publish(destination, JSON.stringify({ message, replyTo }), { "client-id": clientId, ...type });
  }

  async #post({ clientId, message, replyTo }: Unsent): Promise<void> {
    const body = new URLSearchParams({ message, clientId, ...(replyTo && { replyTo }) });
    const headers = { accept: "application/json" };
    const signal = AbortSignal.timeout(answerMs);
    const answer = await fetch(this.#options.action, { method: "POST", body, headers, signal });
    if (answer.status >= 400) throw new Failure(answer.status < 500 ? "refused" : "late", answer.status);
    const stored: unknown = await answer.json();
    if (typeof stored === "object" && stored && "id" in stored) this.#options.stored(clientId, Number(stored.id));
  }

  #refuse(clientId: string, status: number): void {
    const refusal = refusals[status] ?? words.failed;
    const items = this.unsent.map((unsent) => (unsent.clientId === clientId ? { ...unsent, refusal } : unsent));
    this.#write(items);
    const refused = items.find((unsent) => unsent.clientId === clientId);
    if (refused) this.#options.refused(refused);
  }

  #write(items: readonly Unsent[]): void {
    keep(this.#name, items.length > 0 ? JSON.stringify(items) : "");
    this.#options.changed();
  }
}

const refusals: Readonly<Record<number, string>> = {
  403: words.notAllowed,
  404: words.notAllowed,
  413: words.tooLong,
  422: words.tooLong,
  429: words.tooFast,
};

function isUnsent(item: unknown): item is Unsent {
  if (typeof item !== "object" || item === null) return false;
  return "clientId" in item && typeof item.clientId === "string" && "message" in item && "saidAtMs" in item;
}

/** A UUID (RFC 9562 4); by hand on plain http, where the browser has no randomUUID. */
function newClientId(): string {
  if (isSecureContext) return crypto.randomUUID();
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = ((octets[6] ?? 0) & 0x0f) | 0x40;
  octets[8] = ((octets[8] ?? 0) & 0x3f) | 0x80;
  const digits = [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
