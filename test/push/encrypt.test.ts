import { describe, expect, test } from "bun:test";
import { arePushKeys, encryptPush, fromBase64Url, PUSH_OCTETS_MAX, toBase64Url } from "../../src/push/encrypt.ts";
import { decryptPush, makeBrowserKeys } from "../support/push-service.ts";

/** RFC 8291 Appendix A. */
const VECTOR = {
  text: "When I grow up, I want to be a watermelon",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  senderPrivate: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  senderPublic: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  receiverPublic: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  sealed:
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};

async function senderKeys(): Promise<CryptoKeyPair> {
  const point = fromBase64Url(VECTOR.senderPublic) ?? new Uint8Array();
  const [x, y] = [toBase64Url(point.slice(1, 33)), toBase64Url(point.slice(33))];
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const shared = { kty: "EC", crv: "P-256", x, y };
  return {
    publicKey: await crypto.subtle.importKey("jwk", shared, curve, true, []),
    privateKey: await crypto.subtle.importKey("jwk", { ...shared, d: VECTOR.senderPrivate }, curve, false, [
      "deriveBits",
    ]),
  };
}

describe("a push", () => {
  test("is sealed to the octet as RFC 8291 Appendix A says", async () => {
    const salt = fromBase64Url(VECTOR.salt) ?? new Uint8Array();
    const sealed = await encryptPush(
      new TextEncoder().encode(VECTOR.text),
      { p256dh: VECTOR.receiverPublic, auth: VECTOR.auth },
      { keys: await senderKeys(), salt },
    );
    expect(toBase64Url(sealed)).toBe(VECTOR.sealed);
  });

  test("opens for its browser only, and no two are alike", async () => {
    const [mine, other] = [await makeBrowserKeys(), await makeBrowserKeys()];
    const text = new TextEncoder().encode("안녕하세요 🐦");
    const [one, two] = [await encryptPush(text, mine), await encryptPush(text, mine)];
    expect(await decryptPush(one, mine)).toBe("안녕하세요 🐦");
    expect(toBase64Url(one)).not.toBe(toBase64Url(two));
    expect(decryptPush(one, other)).rejects.toThrow();
  });

  test("fits the 4096 octets every push service takes, and no more is accepted", async () => {
    const keys = await makeBrowserKeys();
    expect((await encryptPush(new Uint8Array(PUSH_OCTETS_MAX), keys)).length).toBeLessThanOrEqual(4_096);
    expect(encryptPush(new Uint8Array(PUSH_OCTETS_MAX + 1), keys)).rejects.toThrow("at most");
  });

  test("takes only a point of the curve and a secret of 16 octets for keys", async () => {
    const { p256dh, auth } = await makeBrowserKeys();
    expect(await arePushKeys({ p256dh, auth })).toBe(true);
    const notOnCurve = toBase64Url(new Uint8Array(65).fill(4));
    for (const keys of [
      { p256dh: notOnCurve, auth },
      { p256dh: "", auth },
      { p256dh, auth: "AAAA" },
      { p256dh: "é", auth },
    ]) {
      expect([keys, await arePushKeys(keys)]).toEqual([keys, false]);
    }
  });
});
