/** What a browser gave with its subscription, base64url: its public key (65 octets) and its secret (16 octets). */
export interface PushKeys {
  readonly p256dh: string;
  readonly auth: string;
}

/** One key pair for one message. Given only by tests that hold this to the vector of the RFC. */
export interface PushSender {
  readonly keys: CryptoKeyPair;
  /** 16 octets. */
  readonly salt: Uint8Array<ArrayBuffer>;
}

const KEY_OCTETS = 65;
const AUTH_OCTETS = 16;
const RECORD_OCTETS = 4_096;
/** Push services must take 4096 octets in all (RFC 8291 4): the header, the text, the delimiter, the tag. */
export const PUSH_OCTETS_MAX = RECORD_OCTETS - 86 - 17;
const CURVE = { name: "ECDH", namedCurve: "P-256" };

/** Octets of a base64url text without padding; undefined for any other text. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return undefined;
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

export function toBase64Url(octets: Uint8Array): string {
  return octets.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Whether a browser's keys are a point of the curve and a secret of the right size. */
export async function arePushKeys({ p256dh, auth }: PushKeys): Promise<boolean> {
  const [point, secret] = [fromBase64Url(p256dh), fromBase64Url(auth)];
  if (point?.length !== KEY_OCTETS || secret?.length !== AUTH_OCTETS) return false;
  return crypto.subtle.importKey("raw", point, CURVE, false, []).then(
    () => true,
    () => false,
  );
}

/**
 * A message only that browser can read: `aes128gcm` (RFC 8188) in one record, keyed as RFC 8291 3.4 says. At most
 * PUSH_OCTETS_MAX octets of text. @throws where the keys are none
 */
export async function encryptPush(
  text: Uint8Array<ArrayBuffer>,
  keys: PushKeys,
  sender?: PushSender,
): Promise<Uint8Array<ArrayBuffer>> {
  const receiverPoint = fromBase64Url(keys.p256dh);
  const secret = fromBase64Url(keys.auth);
  if (receiverPoint?.length !== KEY_OCTETS || secret?.length !== AUTH_OCTETS) throw new Error("these are no push keys");
  if (text.length > PUSH_OCTETS_MAX) throw new Error(`a push holds at most ${PUSH_OCTETS_MAX} octets`);
  const own = sender?.keys ?? (await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]));
  const salt = sender?.salt ?? crypto.getRandomValues(new Uint8Array(16));
  const ownPoint = new Uint8Array(await crypto.subtle.exportKey("raw", own.publicKey));
  const receiver = await crypto.subtle.importKey("raw", receiverPoint, CURVE, false, []);
  const shared = new Uint8Array(
    await crypto.subtle.deriveBits({ name: "ECDH", public: receiver }, own.privateKey, 256),
  );

  const keyInfo = join(octets("WebPush: info\0"), receiverPoint, ownPoint);
  const keyMaterial = await derive(shared, { salt: secret, info: keyInfo, length: 32 });
  const contentKey = await derive(keyMaterial, { salt, info: octets("Content-Encoding: aes128gcm\0"), length: 16 });
  const nonce = await derive(keyMaterial, { salt, info: octets("Content-Encoding: nonce\0"), length: 12 });
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  // 2 ends the last (here the only) record; there is no padding after it.
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, join(text, Uint8Array.of(2)));

  const recordSize = new Uint8Array(4);
  new DataView(recordSize.buffer).setUint32(0, RECORD_OCTETS);
  return join(salt, recordSize, Uint8Array.of(ownPoint.length), ownPoint, new Uint8Array(sealed));
}

/** HKDF with SHA-256 (RFC 5869), extract and expand. */
async function derive(
  material: Uint8Array<ArrayBuffer>,
  { salt, info, length }: { salt: Uint8Array<ArrayBuffer>; info: Uint8Array<ArrayBuffer>; length: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", material, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, length * 8));
}

function octets(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
