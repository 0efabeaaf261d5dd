import { expect, test } from "bun:test";
import { createPeers } from "../../src/web/peers.ts";

const asked = (forwarded?: string) =>
  new Request("http://birdie.test/", forwarded === undefined ? {} : { headers: { "x-forwarded-for": forwarded } });
const silent = () => undefined;

test("S43: without a trusted proxy, X-Forwarded-For changes nothing", () => {
  const addressOf = createPeers("", silent);
  expect(addressOf(asked("203.0.113.9"), "198.51.100.1")).toBe("198.51.100.1");
  expect(addressOf(asked("203.0.113.9"), "127.0.0.1")).toBe("127.0.0.1");
  expect(addressOf(asked("203.0.113.9"), "")).toBe("");
});

test("a trusted proxy names its client; what the client claimed before it does not count", () => {
  const addressOf = createPeers("127.0.0.1, 10.0.0.2", silent);
  expect(addressOf(asked("203.0.113.9"), "127.0.0.1")).toBe("203.0.113.9");
  expect(addressOf(asked("203.0.113.9"), "::ffff:127.0.0.1")).toBe("203.0.113.9");
  expect(addressOf(asked("1.1.1.1, 203.0.113.9"), "127.0.0.1")).toBe("203.0.113.9");
  expect(addressOf(asked("1.1.1.1, 203.0.113.9, 10.0.0.2"), "127.0.0.1")).toBe("203.0.113.9");
  expect(addressOf(asked("2001:db8::1"), "127.0.0.1")).toBe("2001:db8::1");
  expect(addressOf(asked("203.0.113.9"), "203.0.113.77")).toBe("203.0.113.77");
});

test("a port that a proxy adds makes nobody another one", () => {
  const addressOf = createPeers("127.0.0.1, 10.0.0.2", silent);
  for (const forwarded of ["203.0.113.9:1", "203.0.113.9:65535", "1.1.1.1:5, 203.0.113.9:80, 10.0.0.2:443"]) {
    expect(addressOf(asked(forwarded), "127.0.0.1")).toBe("203.0.113.9");
  }
  for (const forwarded of ["[2001:db8::1]:1", "[2001:db8::1]", "2001:db8::1"]) {
    expect(addressOf(asked(forwarded), "127.0.0.1")).toBe("2001:db8::1");
  }
  for (const forwarded of [
    "203.0.113.9:",
    "203.0.113.9:x",
    "[2001:db8::1",
    "[]:1",
    "1.2.3:4",
    "999.1.1.1:5",
    "::::",
    "a:b",
  ]) {
    expect([forwarded, addressOf(asked(forwarded), "127.0.0.1")]).toEqual([forwarded, "127.0.0.1"]);
  }
});

test("a name that is no address is nobody's", () => {
  const addressOf = createPeers("127.0.0.1", silent);
  for (const forwarded of ["", "unknown", "<script>", `${"a".repeat(3_000)}!`, "203.0.113.9, _hidden"]) {
    expect(addressOf(asked(forwarded), "127.0.0.1")).toBe("127.0.0.1");
  }
});

test("a proxy on this machine that is not trusted is told of once", () => {
  let told = 0;
  const addressOf = createPeers("", () => told++);
  addressOf(asked("203.0.113.9"), "198.51.100.1");
  expect(told).toBe(0);
  for (let n = 0; n < 3; n++) addressOf(asked("203.0.113.9"), "127.0.0.1");
  expect(told).toBe(1);
});
