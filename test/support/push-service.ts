import { fromBase64Url, type PushKeys, toBase64Url } from "../../src/push/encrypt.ts";

const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** A browser's side of a push: what it gives away, and what it keeps. */
export interface BrowserKeys extends PushKeys {
  readonly privateKey: CryptoKey;
}

export async function makeBrowserKeys(): Promise<BrowserKeys> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return { p256dh: toBase64Url(point), auth: toBase64Url(crypto.getRandomValues(new Uint8Array(16))), privateKey };
}

/** Opens a push as a browser does (RFC 8291 3.4), written apart from the code that seals it. */
export async function decryptPush(sealed: Uint8Array<ArrayBuffer>, keys: BrowserKeys): Promise<string> {
  const salt = sealed.slice(0, 16);
  const senderPoint = sealed.slice(21, 21 + (sealed[20] ?? 0));
  const text = sealed.slice(21 + senderPoint.length);
  const sender = await crypto.subtle.importKey("raw", senderPoint, CURVE, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: sender }, keys.privateKey, 256);
  const encoder = new TextEncoder();
  const own = fromBase64Url(keys.p256dh) ?? new Uint8Array();
  const secret = fromBase64Url(keys.auth) ?? new Uint8Array();
  const info = new Uint8Array([...encoder.encode("WebPush: info\0"), ...own, ...senderPoint]);
  const material = await hkdf(shared, secret, info, 256);
  const key = await hkdf(material, salt, encoder.encode("Content-Encoding: aes128gcm\0"), 128);
  const iv = await hkdf(material, salt, encoder.encode("Content-Encoding: nonce\0"), 96);
  const gcm = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const opened = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, gcm, text));
  return new TextDecoder().decode(opened.slice(0, opened.lastIndexOf(2)));
}

async function hkdf(material: ArrayBuffer, salt: Uint8Array<ArrayBuffer>, info: Uint8Array<ArrayBuffer>, bits: number) {
  const key = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  return crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, bits);
}

/** The time in which what was told may still be read, so that nothing is pushed. It ends at once, or once it was held. */
export class TestGrace {
  #held: (() => void)[] | undefined;

  /** As `afterGrace` of the product. */
  readonly after = (run: () => void): (() => void) => {
    if (this.#held) this.#held.push(run);
    else setImmediate(run);
    return () => undefined;
  };

  hold(): void {
    this.#held = [];
  }

  /** It ends for all that waits, only now: whatever was read or taken back before was so in time. How many there were. */
  end(): number {
    const due = this.#held ?? [];
    this.#held = undefined;
    for (const run of due) run();
    return due.length;
  }
}

/** What a push service was asked. */
export interface Pushed {
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A push service (RFC 8030) of the tests' own on loopback: it keeps what it gets, and answers as it is told. */
export class PushService {
  readonly pushed: Pushed[] = [];
  /** Statuses for the next requests; 201 when there are no more. */
  readonly answers: { readonly status: number; readonly retryAfterS?: number; readonly words?: string }[] = [];
  readonly #server: ReturnType<typeof Bun.serve>;
  #waiting: { readonly check: () => boolean; readonly resolve: () => void }[] = [];

  constructor() {
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        this.pushed.push({
          path: new URL(request.url).pathname,
          headers: request.headers,
          body: new Uint8Array(await request.arrayBuffer()),
        });
        for (const { check, resolve } of this.#waiting) if (check()) resolve();
        this.#waiting = this.#waiting.filter(({ check }) => !check());
        const { status, retryAfterS, words = "" } = this.answers.shift() ?? { status: 201 };
        return new Response(words, {
          status,
          headers: retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
        });
      },
    });
  }

  endpoint(name: string): string {
    return `http://127.0.0.1:${this.#server.port}/push/${name}`;
  }

  /** What was pushed to endpoints whose name begins so. */
  to(name: string): Pushed[] {
    return this.pushed.filter(({ path }) => path.startsWith(`/push/${name}`));
  }

  /** Resolves once so many requests have come for endpoints whose name begins so. */
  until(count: number, name = ""): Promise<void> {
    const check = () => this.to(name).length >= count;
    if (check()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ check, resolve }));
  }

  stop(): Promise<void> {
    return this.#server.stop(true);
  }
}
