import { expect, test } from "bun:test";
import { createPasswords } from "../../src/auth/passwords.ts";
import { BirdieError } from "../../src/domain/errors.ts";

const cheap = { memoryKib: 8, passes: 1 };

test("a hash tells its password from others, and says how it was made", async () => {
  const passwords = createPasswords();
  const hash = await passwords.hash("correct horse");
  expect(hash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  expect(await passwords.verify("correct horse", hash)).toBe(true);
  expect(await passwords.verify("correct horsf", hash)).toBe(false);
});

test("a password fits however its letters were composed", async () => {
  const passwords = createPasswords(cheap);
  const hash = await passwords.hash("비밀번호입니다é".normalize("NFD"));
  expect(await passwords.verify("비밀번호입니다é".normalize("NFC"), hash)).toBe(true);
  expect(await passwords.verify("비밀번호입니다é".normalize("NFD"), hash)).toBe(true);
});

test("nobody's password is always wrong, and so are empty and endless ones", async () => {
  const passwords = createPasswords(cheap);
  const hash = await passwords.hash("correct horse");
  expect(await passwords.verify("correct horse", undefined)).toBe(false);
  expect(await passwords.verify("", hash)).toBe(false);
  expect(await passwords.verify("x".repeat(100_000), hash)).toBe(false);
  expect(await passwords.verify("correct horse", "!")).toBe(false);
});

test("a hash of other parameters is outdated, one of today's is not", async () => {
  const before = createPasswords(cheap);
  const today = createPasswords({ memoryKib: 16, passes: 1 });
  const hash = await before.hash("correct horse");
  expect(today.isOutdated(hash)).toBe(true);
  expect(today.isOutdated(await today.hash("correct horse"))).toBe(false);
  expect(await today.verify("correct horse", hash)).toBe(true);
});

test("too many at once are refused, the others all get their answer", async () => {
  const passwords = createPasswords({ ...cheap, atOnce: 2, waitingMax: 3 });
  const hash = await passwords.hash("correct horse");
  const answers = await Promise.allSettled(Array.from({ length: 8 }, () => passwords.verify("correct horse", hash)));
  expect(answers.filter((answer) => answer.status === "fulfilled" && answer.value)).toHaveLength(5);
  const refused = answers.filter((answer) => answer.status === "rejected").map((answer) => answer.reason);
  expect(refused.map((reason) => reason instanceof BirdieError && reason.code)).toEqual(Array(3).fill("unavailable"));
  expect(await passwords.verify("correct horse", hash)).toBe(true);
});
