import { expect, test } from "bun:test";
import { secretOf } from "../../src/auth/secrets.ts";

test("a secret has the octets that were asked for, stands in an address as it is, and comes once", () => {
  const secrets = Array.from({ length: 500 }, () => secretOf(16));
  for (const secret of secrets) {
    expect(secret).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(secret, "base64url")).toHaveLength(16);
    expect(encodeURIComponent(secret)).toBe(secret);
  }
  expect(new Set(secrets).size).toBe(500);
  expect(secretOf(15)).toHaveLength(20);
});
