import { expect, test } from "bun:test";
import { fromBase64Url } from "../../src/push/encrypt.ts";
import { createVapid, makeVapidKey } from "../../src/push/vapid.ts";

const NOW_MS = Date.parse("2026-11-22T03:00:00Z");

test("a push service learns who we are: a token for its origin alone, signed with the key browsers subscribed for", async () => {
  const options = { jwk: await makeVapidKey(), subject: () => "mailto:post@birdie.example", nowMs: () => NOW_MS };
  const vapid = await createVapid(options);
  expect(fromBase64Url(vapid.publicKey)?.length).toBe(65);
  const header = await vapid.authorize("https://push.example");
  const [, token = "", key] = /^vapid t=([^,]+), k=(.+)$/.exec(header) ?? [];
  expect(key).toBe(vapid.publicKey);
  const [head = "", claims = "", signature = ""] = token.split(".");
  const read = (part: string) => JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
  expect(read(head)).toEqual({ alg: "ES256", typ: "JWT" });
  expect(read(claims)).toEqual({
    aud: "https://push.example",
    sub: "mailto:post@birdie.example",
    exp: NOW_MS / 1_000 + 43_200,
  });
  const point = fromBase64Url(vapid.publicKey) ?? new Uint8Array();
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const publicKey = await crypto.subtle.importKey("raw", point, algorithm, false, ["verify"]);
  const isOurs = (signed: string) =>
    crypto.subtle.verify(
      algorithm,
      publicKey,
      fromBase64Url(signature) ?? new Uint8Array(),
      new TextEncoder().encode(signed),
    );
  expect(await isOurs(`${head}.${claims}`)).toBe(true);
  expect(await isOurs(`${head}.${claims}x`)).toBe(false);
  expect(await vapid.authorize("https://other.example")).not.toBe(header);
});

test("the key is the same after a restart, and a damaged one is refused", async () => {
  const jwk = await makeVapidKey();
  const options = { jwk, subject: () => "mailto:a@b.example", nowMs: () => NOW_MS };
  expect((await createVapid(options)).publicKey).toBe((await createVapid(options)).publicKey);
  expect(createVapid({ ...options, jwk: "{}" })).rejects.toThrow();
});
