import { describe, expect, test } from "bun:test";
import { createPushClient } from "../../src/push/client.ts";
import { addressOf, isPublic, readEndpoint } from "../../src/push/endpoint.ts";
import { makeBrowserKeys } from "../support/push-service.ts";

const PUBLIC = "142.250.1.1";
const rules = { ownHost: "birdie.example", resolve: async () => [PUBLIC] };

test("S67: an endpoint is https, public, not ours, and at most 1 KiB", () => {
  expect(readEndpoint("https://fcm.googleapis.com/fcm/send/x", rules).host).toBe("fcm.googleapis.com");
  const refused = [
    undefined,
    7,
    "",
    "fcm.googleapis.com",
    "http://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "gopher://fcm.googleapis.com/",
    "https://fcm.googleapis.com:22/x",
    "https://user:secret@fcm.googleapis.com/x",
    "https://birdie.example/push",
    "https://BIRDIE.example./push",
    `https://fcm.googleapis.com/${"x".repeat(1_024)}`,
  ];
  for (const text of refused) expect(() => readEndpoint(text, rules)).toThrow();
});

describe("S66: nothing that is not public is dialled", () => {
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "169.254.169.254",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "[fd00::1]",
    "[fe80::1]",
    "0.0.0.0",
    "localhost",
    "localhost.",
    "１２７.0.0.1",
    "printer",
    "router.local",
  ];
  test.each(hosts)("%s is refused by its name", (host) => {
    expect(() => readEndpoint(`https://${host}/x`, rules)).toThrow();
  });

  test("a name is asked for once, and every answer must be public", async () => {
    const dialled: string[] = [];
    const asked: string[] = [];
    const answers: Readonly<Record<string, readonly string[]>> = {
      "fine.example": [PUBLIC, "2a00:1450::1"],
      "127-0-0-1.nip.io": ["127.0.0.1"],
      "both.example": [PUBLIC, "10.0.0.1"],
      "mapped.example": ["::ffff:10.0.0.1"],
      "none.example": [],
    };
    const resolve = async (host: string) => {
      asked.push(host);
      // Whoever asks twice is led astray: rebinding.
      return asked.filter((one) => one === host).length > 1 ? ["127.0.0.1"] : (answers[host] ?? []);
    };
    const client = createPushClient({
      rules: { ...rules, resolve },
      authorize: async () => "vapid",
      wait: async () => undefined,
      dial: async (_url, address) => {
        dialled.push(address);
        return new Response("", { status: 201 });
      },
    });
    const keys = await makeBrowserKeys();
    const message = { body: "{}", topic: "t", ttlS: 60, urgency: "normal" } as const;
    const outcomes: string[] = [];
    for (const host of Object.keys(answers)) {
      outcomes.push((await client.send({ ...keys, endpoint: `https://${host}/x` }, message)).outcome);
    }
    expect(outcomes).toEqual(["delivered", "failed", "failed", "failed", "failed"]);
    expect(dialled).toEqual([PUBLIC]);
    expect(asked).toEqual(Object.keys(answers));
  });

  test("a redirect is an answer like any other, and is not followed", async () => {
    const canary: string[] = [];
    const client = createPushClient({
      rules,
      authorize: async () => "vapid",
      wait: async () => undefined,
      dial: async (url, _address, request) => {
        canary.push(url.host);
        expect(request.redirect).toBe("manual");
        return new Response("", { status: 302, headers: { location: "http://127.0.0.1/" } });
      },
    });
    const target = { ...(await makeBrowserKeys()), endpoint: "https://fine.example/x" };
    const delivery = await client.send(target, { body: "{}", topic: "t", ttlS: 60, urgency: "normal" });
    expect(delivery).toMatchObject({ outcome: "failed", reason: "fine.example: 302" });
    expect(canary).toEqual(["fine.example"]);
  });

  test("loopback is dialled only where a test says so", async () => {
    const url = "http://127.0.0.1:8080/push";
    expect(() => readEndpoint(url, rules)).toThrow();
    const loose = { ...rules, allowsLoopback: true };
    expect(await addressOf(readEndpoint(url, loose), loose)).toBe("127.0.0.1");
    expect(() => readEndpoint("http://10.0.0.1/push", loose)).toThrow();
  });
});

test("public is what the registries of IPv4 and IPv6 give out, and nothing else", () => {
  for (const address of ["8.8.8.8", "142.250.1.1", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "2606:4700::1111"]) {
    expect([address, isPublic(address)]).toEqual([address, true]);
  }
  const others =
    "0.1.2.3 10.0.0.1 100.127.255.255 127.0.0.1 169.254.1.1 172.31.0.1 192.0.0.8 192.0.2.1 192.168.0.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2001:db8::1 2001::1 2002:7f00:1:: fc00::1 fe80::1 ff02::1 1.2.3 a.b.c.d";
  for (const address of others.split(" ")) expect([address, isPublic(address)]).toEqual([address, false]);
});
