import { encryptPush, type PushKeys } from "./encrypt.ts";
import { addressOf, EndpointRefusal, type EndpointRules, readEndpoint } from "./endpoint.ts";

/** A browser as its push service knows it. */
export interface PushTarget extends PushKeys {
  readonly endpoint: string;
}

/** One notice. `topic` replaces an earlier one of the same name that still waits (RFC 8030 5.4). */
export interface PushMessage {
  /** JSON for the service worker. */
  readonly body: string;
  readonly topic: string;
  /** For how long the service keeps it for a device that is away, in seconds. */
  readonly ttlS: number;
  readonly urgency: "very-low" | "low" | "normal" | "high";
}

/** How it went. `gone`: the service has forgotten this browser. `reason` is for people. */
export type Delivery =
  | { readonly outcome: "delivered" }
  | { readonly outcome: "gone"; readonly reason: string }
  | { readonly outcome: "failed"; readonly reason: string };

export interface PushClientOptions {
  readonly rules: EndpointRules;
  /** The `Authorization` for an origin (RFC 8292 3). */
  readonly authorize: (origin: string) => Promise<string>;
  /** Waits between attempts. */
  readonly wait: (ms: number) => Promise<void>;
  /** Dials an address that was checked. Default: fetch. */
  readonly dial?: (url: URL, address: string, request: RequestInit) => Promise<Response>;
}

const ATTEMPTS_MAX = 4;
const DELAY_MS = 1_000;
const DELAY_MAX_MS = 60_000;
const TIMEOUT_MS = 10_000;
const REASON_CHARS_MAX = 200;
const ANSWER_OCTETS_MAX = 4_096;

/**
 * Sends Web Push (RFC 8030): encrypted, signed, to the address that was checked. 429 and 5xx are tried again, four
 * times in all, 1, 2 and 4 s apart or as `Retry-After` says, up to a minute.
 */
export function createPushClient({ rules, authorize, wait, dial = dialByFetch }: PushClientOptions) {
  async function attempt(target: PushTarget, message: PushMessage, body: Uint8Array<ArrayBuffer>): Promise<Response> {
    const url = readEndpoint(target.endpoint, rules);
    const address = await addressOf(url, rules);
    const headers = {
      authorization: await authorize(url.origin),
      "content-type": "application/octet-stream",
      "content-encoding": "aes128gcm",
      ttl: String(message.ttlS),
      topic: message.topic,
      urgency: message.urgency,
    };
    return dial(url, address, { method: "POST", headers, body, redirect: "manual" });
  }

  return {
    async send(target: PushTarget, message: PushMessage): Promise<Delivery> {
      const body = await encryptPush(new TextEncoder().encode(message.body), target);
      let reason = "";
      for (let attempts = 1; attempts <= ATTEMPTS_MAX; attempts++) {
        let delayMs = DELAY_MS * 2 ** (attempts - 1);
        try {
          const response = await attempt(target, message, body);
          const { status } = response;
          if (status >= 200 && status < 300) return { outcome: "delivered" };
          reason = `${new URL(target.endpoint).host}: ${status} ${await firstWords(response)}`.trim();
          if (status === 404 || status === 410) return { outcome: "gone", reason };
          if (status !== 429 && status < 500) return { outcome: "failed", reason };
          const retryAfterS = Number(response.headers.get("retry-after") ?? Number.NaN);
          if (retryAfterS > 0) delayMs = retryAfterS * 1_000;
        } catch (error) {
          if (error instanceof EndpointRefusal) return { outcome: "failed", reason: error.message };
          reason = `${new URL(target.endpoint).host}: ${error instanceof Error ? error.message : String(error)}`;
          reason = reason.slice(0, REASON_CHARS_MAX);
        }
        if (attempts < ATTEMPTS_MAX) await wait(Math.min(delayMs, DELAY_MAX_MS));
      }
      return { outcome: "failed", reason };
    },
  };
}

/** The certificate is still asked for by name; only the resolver is not asked a second time. */
function dialByFetch(url: URL, address: string, request: RequestInit): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  if (url.protocol === "http:") return fetch(url, { ...request, signal });
  const dialled = new URL(url);
  dialled.hostname = address.includes(":") ? `[${address}]` : address;
  const headers = new Headers(request.headers);
  headers.set("host", url.host);
  return fetch(dialled, { ...request, headers, signal, tls: { serverName: url.hostname } });
}

/** What a push service says about a refusal, no more than a line of it. */
async function firstWords(response: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_OCTETS_MAX) break;
  }
  return text.replace(/\s+/g, " ").trim().slice(0, REASON_CHARS_MAX);
}
