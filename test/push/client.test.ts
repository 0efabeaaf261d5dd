import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createPushClient } from "../../src/push/client.ts";
import { type BrowserKeys, decryptPush, makeBrowserKeys, PushService } from "../support/push-service.ts";

describe("a push service of our own", () => {
  let service: PushService;
  let keys: BrowserKeys;
  let waits: number[];

  beforeEach(async () => {
    service = new PushService();
    keys = await makeBrowserKeys();
    waits = [];
  });
  afterEach(() => service.stop());

  const message = { body: '{"title":"안녕"}', topic: "room-5", ttlS: 86_400, urgency: "high" } as const;
  function send() {
    const client = createPushClient({
      rules: { ownHost: "birdie.example", allowsLoopback: true, resolve: async () => [] },
      authorize: async (origin) => `vapid t=${origin}, k=key`,
      wait: async (ms) => {
        waits.push(ms);
      },
    });
    return client.send({ ...keys, endpoint: service.endpoint("phone") }, message);
  }

  test("gets the sealed text with TTL, Topic and Urgency (RFC 8030), and a token for its origin", async () => {
    expect(await send()).toEqual({ outcome: "delivered" });
    const [pushed] = service.pushed;
    expect(pushed?.path).toBe("/push/phone");
    expect(Object.fromEntries(pushed?.headers ?? [])).toMatchObject({
      ttl: "86400",
      topic: "room-5",
      urgency: "high",
      "content-encoding": "aes128gcm",
      authorization: `vapid t=${new URL(service.endpoint("phone")).origin}, k=key`,
    });
    expect(await decryptPush(pushed?.body ?? new Uint8Array(), keys)).toBe(message.body);
  });

  test("is tried again after 429 and 5xx, as it asks, a bounded number of times", async () => {
    service.answers.push({ status: 429, retryAfterS: 7 }, { status: 503 });
    expect(await send()).toEqual({ outcome: "delivered" });
    expect(waits).toEqual([7_000, 2_000]);

    service.answers.push(...Array.from({ length: 9 }, () => ({ status: 500, words: "down", retryAfterS: 9_999 })));
    expect(await send()).toMatchObject({ outcome: "failed", reason: expect.stringContaining("500 down") });
    expect(service.pushed).toHaveLength(3 + 4);
    expect(waits.slice(2)).toEqual([60_000, 60_000, 60_000]);
  });

  test.each([404, 410])("has forgotten the browser when it says %d", async (status) => {
    service.answers.push({ status, words: "no such subscription" });
    expect((await send()).outcome).toBe("gone");
    expect(waits).toEqual([]);
  });

  test("says why it refuses, and is not asked again", async () => {
    service.answers.push({ status: 403, words: "the VAPID token is not valid" });
    expect(await send()).toMatchObject({ outcome: "failed", reason: expect.stringContaining("403 the VAPID token") });
    expect(service.pushed).toHaveLength(1);
  });

  test("that cannot be reached is named", async () => {
    await service.stop();
    const delivery = await send();
    expect(delivery).toMatchObject({ outcome: "failed", reason: expect.stringContaining("127.0.0.1") });
  });
});
