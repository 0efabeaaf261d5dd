import { signVapid } from "../auth/tokens.ts";
import { toBase64Url } from "./encrypt.ts";

/** Who we are to push services: one key pair for the life of the data folder. */
export interface Vapid {
  /** What browsers subscribe for: the uncompressed point, base64url. */
  readonly publicKey: string;
  /** The `Authorization` header for a push service (RFC 8292 3). */
  authorize(audience: string): Promise<string>;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };
/** Signed once for each service and used for an hour: a signature costs more than all the rest. */
const KEPT_MS = 3_600_000;
const KEPT_MAX = 64;

/** A fresh private key as JWK text, to be kept beside the other keys. */
export async function makeVapidKey(): Promise<string> {
  const { privateKey } = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  return JSON.stringify(await crypto.subtle.exportKey("jwk", privateKey));
}

/** @throws where the text is not such a key */
export async function createVapid(options: {
  readonly jwk: string;
  readonly subject: () => string;
  readonly nowMs: () => number;
}): Promise<Vapid> {
  const { d, ...point }: JsonWebKey = JSON.parse(options.jwk);
  const { kty = "EC", crv = "P-256", x = "", y = "" } = point;
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y, d: d ?? "" }, ALGORITHM, false, ["sign"]);
  const publicKey = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, ALGORITHM, true, ["verify"]);
  const publicText = toBase64Url(new Uint8Array(await crypto.subtle.exportKey("raw", publicKey)));
  const kept = new Map<string, { readonly text: string; readonly untilMs: number }>();
  return {
    publicKey: publicText,
    async authorize(audience) {
      const nowMs = options.nowMs();
      const known = kept.get(audience);
      if (known && known.untilMs > nowMs) return known.text;
      const token = await signVapid(key, { audience, subject: options.subject(), nowMs });
      const text = `vapid t=${token}, k=${publicText}`;
      if (kept.size >= KEPT_MAX) kept.clear();
      kept.set(audience, { text, untilMs: nowMs + KEPT_MS });
      return text;
    },
  };
}
