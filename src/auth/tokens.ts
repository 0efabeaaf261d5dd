import { SignJWT } from "jose/jwt/sign";
import { jwtVerify } from "jose/jwt/verify";
import { readUserId } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";

/** What an access token says: who, through which sign-in. */
export interface AccessClaims {
  readonly userId: string;
  readonly signInId: string;
}

/** What a refresh token says: which sign-in, and how often it had been renewed when the token was made. */
export interface RefreshClaims {
  readonly signInId: string;
  readonly generation: number;
}

export interface Tokens {
  /** Lives of the two tokens, in seconds. */
  readonly accessTokenS: number;
  readonly refreshTokenS: number;
  makeAccess(claims: AccessClaims): Promise<string>;
  /** `madeAtMs` is when the generation began: the same generation always has the same token. */
  makeRefresh(claims: RefreshClaims, madeAtMs: number): Promise<string>;
  /** @throws BirdieError `not_signed_in`, the same for every kind of fault */
  readAccess(token: string): Promise<AccessClaims>;
  /** @throws BirdieError `not_signed_in`, the same for every kind of fault */
  readRefresh(token: string): Promise<RefreshClaims>;
}

export interface TokensOptions {
  /** 32 octets or more, kept in the data folder. */
  readonly secret: Uint8Array;
  readonly accessTokenS: number;
  readonly refreshTokenS: number;
  readonly nowMs: () => number;
}

type Kind = "at+jwt" | "refresh+jwt";
interface Verified {
  readonly sub: unknown;
  readonly sid: unknown;
  readonly gen: unknown;
  readonly expiresAtMs: number;
}

const NAME = "birdie";
const SECRET_BYTES_MIN = 32;
/** Ours have about 300 characters. */
const TOKEN_CHARS_MAX = 1_024;
/** How far a token's `iat` may lie ahead of our clock: what two machines may differ by. */
const AHEAD_MAX_MS = 60_000;
const VERIFIED_MAX = 2_048;

/**
 * JWTs (RFC 7519) with HS256, made and read by this server alone. The two kinds exclude each other by `typ`
 * (RFC 8725 3.11). A token that was verified once is remembered: the signature cannot change, only the time does, and
 * looking it up costs 1 microsecond where verifying costs about 80.
 */
export function createTokens(options: TokensOptions): Tokens {
  const { secret, accessTokenS, refreshTokenS, nowMs } = options;
  if (secret.length < SECRET_BYTES_MIN) throw new Error(`the secret needs ${SECRET_BYTES_MIN} octets`);
  // Brought in once: jose would do it again for each token.
  const hmac = crypto.subtle.importKey("raw", new Uint8Array(secret), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
    "verify",
  ]);
  const verified = new Map<string, Verified>();

  async function sign(kind: Kind, claims: Record<string, string | number>, madeAtMs: number, lifeS: number) {
    const iat = Math.floor(madeAtMs / 1_000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", typ: kind })
      .setIssuer(NAME)
      .setAudience(NAME)
      .setIssuedAt(iat)
      .setExpirationTime(iat + lifeS)
      .sign(await hmac);
  }

  async function read(kind: Kind, token: string): Promise<Verified> {
    const key = `${kind} ${token}`;
    const known = token.length <= TOKEN_CHARS_MAX ? verified.get(key) : undefined;
    if (known) {
      if (known.expiresAtMs > nowMs()) return known;
      verified.delete(key);
      throw refusal();
    }
    const fresh = await verify(kind, token, await hmac, nowMs());
    if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value ?? "");
    verified.set(key, fresh);
    return fresh;
  }

  return {
    accessTokenS,
    refreshTokenS,
    makeAccess: ({ userId, signInId }) => sign("at+jwt", { sub: userId, sid: signInId }, nowMs(), accessTokenS),
    makeRefresh: ({ signInId, generation }, madeAtMs) =>
      sign("refresh+jwt", { sid: signInId, gen: generation }, madeAtMs, refreshTokenS),
    async readAccess(token) {
      const { sub, sid } = await read("at+jwt", token);
      const userId = readUserId(sub);
      if (userId === undefined || typeof sid !== "string") throw refusal();
      return { userId, signInId: sid };
    },
    async readRefresh(token) {
      const { sid, gen } = await read("refresh+jwt", token);
      if (typeof sid !== "string" || typeof gen !== "number" || !Number.isSafeInteger(gen)) throw refusal();
      return { signInId: sid, generation: gen };
    },
  };
}

const VAPID_LIFE_S = 43_200;

/**
 * The token by which a push service knows us (RFC 8292 2): ES256, for one origin, good for 12 hours. `subject` is an
 * address to write to when something is wrong, `https:` or `mailto:`.
 */
export function signVapid(
  key: CryptoKey,
  { audience, subject, nowMs }: { readonly audience: string; readonly subject: string; readonly nowMs: number },
): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", typ: "JWT" })
    .setAudience(audience)
    .setSubject(subject)
    .setExpirationTime(Math.floor(nowMs / 1_000) + VAPID_LIFE_S)
    .sign(key);
}

async function verify(kind: Kind, token: string, key: CryptoKey, nowMs: number): Promise<Verified> {
  if (token.length > TOKEN_CHARS_MAX) throw refusal();
  try {
    const { payload, protectedHeader } = await jwtVerify(token, key, {
      algorithms: ["HS256"],
      typ: kind,
      issuer: NAME,
      audience: NAME,
      requiredClaims: ["exp", "iat", "sid"],
      currentDate: new Date(nowMs),
    });
    // Nothing else stands in a header of ours: a key id or a critical extension is somebody else's token.
    const isOurs = Object.keys(protectedHeader).every((name) => name === "alg" || name === "typ");
    const { iat = Number.NaN, exp = Number.NaN, sub, sid, gen } = payload;
    // Thousands are remembered: only what is asked for.
    if (isOurs && iat * 1_000 <= nowMs + AHEAD_MAX_MS) return { sub, sid, gen, expiresAtMs: exp * 1_000 };
  } catch {
    // Which of the checks failed is nobody's business: every fault gets the same answer.
  }
  throw refusal();
}

function refusal(): BirdieError {
  return new BirdieError("not_signed_in", "the token is not valid");
}
