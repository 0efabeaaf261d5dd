import { describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { createTokens } from "../../src/auth/tokens.ts";
import { BirdieError } from "../../src/domain/errors.ts";
import { testClock } from "../support/clock.ts";

const secret = new Uint8Array(32).fill(7);
const claims = { userId: "alice", signInId: "s1" };

function setUp() {
  const clock = testClock();
  const tokens = createTokens({ secret, accessTokenS: 900, refreshTokenS: 3_600, nowMs: clock.nowMs });
  const nowS = clock.nowMs() / 1_000;
  const good = { sub: "alice", sid: "s1", iss: "birdie", aud: "birdie", iat: nowS, exp: nowS + 900 };
  return { clock, tokens, good, nowS };
}

/** What a forger who knows the secret could make, so that each check is seen to be made by itself. */
function forge(payload: object, header: object = {}, key: Uint8Array = secret): Promise<string> {
  return new SignJWT({ ...payload }).setProtectedHeader({ alg: "HS256", typ: "at+jwt", ...header }).sign(key);
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof BirdieError ? `${error.code}: ${error.message}` : String(error);
}

describe("an access token", () => {
  test("says who and through which sign-in, again and again", async () => {
    const { tokens } = setUp();
    const token = await tokens.makeAccess(claims);
    expect(await tokens.readAccess(token)).toEqual(claims);
    expect(await tokens.readAccess(token)).toEqual(claims);
  });

  test("is over when its time is over, also when it was seen before", async () => {
    const { tokens, clock } = setUp();
    const seen = await tokens.makeAccess(claims);
    const unseen = await tokens.makeAccess({ ...claims, signInId: "s2" });
    await tokens.readAccess(seen);
    clock.advance(899_000);
    await tokens.readAccess(seen);
    clock.advance(1_000);
    expect(await refusalOf(tokens.readAccess(seen))).toStartWith("not_signed_in");
    expect(await refusalOf(tokens.readAccess(unseen))).toStartWith("not_signed_in");
  });

  test("of another secret is refused", async () => {
    const { tokens, good } = setUp();
    expect(await tokens.readAccess(await forge(good))).toEqual(claims);
    expect(await refusalOf(tokens.readAccess(await forge(good, {}, new Uint8Array(32))))).toStartWith("not_signed_in");
  });

  test("from a clock a little ahead is good, from one far ahead is not", async () => {
    const { tokens, good, nowS } = setUp();
    expect(await tokens.readAccess(await forge({ ...good, iat: nowS + 60 }))).toEqual(claims);
    expect(await refusalOf(tokens.readAccess(await forge({ ...good, iat: nowS + 61 })))).toStartWith("not_signed_in");
  });
});

test("every attack on a token gets the same answer", async () => {
  const { tokens, good, nowS } = setUp();
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = await forge(good);
  const [head = "", body = "", signature = ""] = token.split(".");
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const attacks = {
    "no algorithm": `${base64({ alg: "none", typ: "at+jwt" })}.${body}.`,
    "no algorithm, signed": `${base64({ alg: "none", typ: "at+jwt" })}.${body}.${signature}`,
    "another algorithm": await forge(good, { alg: "HS512" }, new Uint8Array(64).fill(7)),
    "RS256 claimed": `${base64({ alg: "RS256", typ: "at+jwt" })}.${body}.${signature}`,
    "a key id": await forge(good, { kid: "other" }),
    "a key of its own": await forge(good, { jku: "https://evil.example/keys" }),
    "another issuer": await forge({ ...good, iss: "evil" }),
    "another audience": await forge({ ...good, aud: "evil" }),
    "no type": await forge(good, { typ: undefined }),
    "another type": await forge(good, { typ: "JWT" }),
    "no end": await forge(without("exp")),
    "an end that is no number": await forge({ ...good, exp: "never" }),
    "no beginning": await forge(without("iat")),
    "no sign-in": await forge(without("sid")),
    "no subject": await forge(without("sub")),
    "a subject nobody can have": await forge({ ...good, sub: "../admin" }),
    "a sign-in that is no text": await forge({ ...good, sid: { $ne: "" } }),
    expired: await forge({ ...good, exp: nowS - 1 }),
    "not yet": await forge({ ...good, nbf: nowS + 600 }),
    truncated: token.slice(0, -3),
    "without signature": `${head}.${body}.`,
    "another payload": `${head}.${base64({ ...good, sub: "bob" })}.${signature}`,
    "a megabyte": `${head}.${"A".repeat(1_000_000)}.${signature}`,
    empty: "",
    "no token": "undefined",
    "a refresh token": await tokens.makeRefresh({ signInId: "s1", generation: 0 }, nowS * 1_000),
  };
  const answers: Record<string, string> = {};
  for (const [name, attack] of Object.entries(attacks)) answers[name] = await refusalOf(tokens.readAccess(attack));
  expect(new Set(Object.values(answers)), JSON.stringify(answers)).toEqual(
    new Set(["not_signed_in: the token is not valid"]),
  );
});

describe("a refresh token", () => {
  test("is the same for the same generation", async () => {
    const { tokens, clock } = setUp();
    const madeAtMs = clock.nowMs();
    const first = await tokens.makeRefresh({ signInId: "s1", generation: 3 }, madeAtMs);
    clock.advance(5_000);
    expect(await tokens.makeRefresh({ signInId: "s1", generation: 3 }, madeAtMs)).toBe(first);
    expect(await tokens.readRefresh(first)).toEqual({ signInId: "s1", generation: 3 });
  });

  test("is no access token, nor the other way round", async () => {
    const { tokens, clock } = setUp();
    const refresh = await tokens.makeRefresh({ signInId: "s1", generation: 0 }, clock.nowMs());
    const access = await tokens.makeAccess(claims);
    await tokens.readRefresh(refresh);
    await tokens.readAccess(access);
    expect(await refusalOf(tokens.readAccess(refresh))).toStartWith("not_signed_in");
    expect(await refusalOf(tokens.readRefresh(access))).toStartWith("not_signed_in");
  });
});

test("a short secret is refused at once", () => {
  const { clock } = setUp();
  const options = { accessTokenS: 1, refreshTokenS: 1, nowMs: clock.nowMs };
  expect(() => createTokens({ ...options, secret: new Uint8Array(16) })).toThrow("32 octets");
});
