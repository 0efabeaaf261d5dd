import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  parseName,
  parseNewPassword,
  parseSignUp,
  readLanguage,
  readTimeZone,
  readUserId,
} from "../../src/domain/account.ts";
import { type ErrorCode, type Fault, invalid } from "../../src/domain/errors.ts";

const GOOD = { userId: "alice", name: "앨리스", password: "long enough" };
const refused = (...faults: Fault[]) => expect.objectContaining({ code: "invalid" satisfies ErrorCode, faults });
const catching = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe("signing up", () => {
  test("takes a user id, a name and a password, and nothing besides", () => {
    expect(parseSignUp({ ...GOOD, role: "admin", createdAtMs: 0 })).toEqual(GOOD);
  });

  test("says everything that is wrong at once", () => {
    const faults = refused(
      { field: "userId", rule: "format" },
      { field: "name", rule: "required" },
      { field: "password", rule: "too_short", limit: 8 },
    );
    expect(catching(() => parseSignUp({ userId: "Al ice", name: " ", password: "short" }))).toEqual(faults);
  });

  test.each(["abc", "a_1", "___", "0123456789", "a".repeat(20)])("takes the user id %s", (userId) => {
    expect(parseSignUp({ ...GOOD, userId }).userId).toBe(userId);
    expect(readUserId(userId)).toBe(userId);
  });

  test.each<[string, Fault]>([
    ["", { field: "userId", rule: "required" }],
    ["ab", { field: "userId", rule: "too_short", limit: 3 }],
    ["a".repeat(21), { field: "userId", rule: "too_long", limit: 20 }],
    ["Alice", { field: "userId", rule: "format" }],
    ["al-ice", { field: "userId", rule: "format" }],
    ["al ice", { field: "userId", rule: "format" }],
    ["аlice", { field: "userId", rule: "format" }],
    ["../etc", { field: "userId", rule: "format" }],
    ["앨리스", { field: "userId", rule: "format" }],
  ])("refuses the user id %p", (userId, fault) => {
    expect(catching(() => parseSignUp({ ...GOOD, userId }))).toEqual(refused(fault));
    expect(readUserId(userId)).toBeUndefined();
  });

  test("names every fault of user id and name at once", () => {
    expect(catching(() => parseSignUp({ password: GOOD.password }))).toEqual(
      refused({ field: "userId", rule: "required" }, { field: "name", rule: "required" }),
    );
  });

  test("takes a name of 1 to 40 code points that can be seen", () => {
    expect(parseName({ name: "🐦".repeat(40) })).toBe("🐦".repeat(40));
    expect(parseName({ name: " a\nb " })).toBe("a b");
    expect(catching(() => parseName({ name: "🐦".repeat(41) }))).toEqual(
      refused({ field: "name", rule: "too_long", limit: 40 }),
    );
    for (const name of ["", " ", "\u200b\u200b", "\u3164", 5, null]) {
      expect(catching(() => parseName({ name }))).toEqual(refused({ field: "name", rule: "required" }));
    }
  });
});

describe("a user id from a path or a log-in", () => {
  test("is read only in its exact spelling", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 24 }), (text) => {
        const userId = readUserId(text);
        if (userId !== undefined) expect([userId, /^[a-z0-9_]{3,20}$/.test(text)]).toEqual([text, true]);
      }),
    );
    expect(["alice\n", " alice", "ALICE", undefined, 123, ["alice"]].map(readUserId)).toEqual(Array(6).fill(undefined));
  });
});

describe("a new password", () => {
  const parse = (password: unknown) => parseNewPassword({ password }, "password", "goldfinch");

  test("has 8 to 128 code points of anything", () => {
    for (const password of [
      "8 letter",
      "비밀번호여덟글자",
      "🐦".repeat(128),
      " leading and trailing ",
      "\u0000\u0001234567",
    ]) {
      expect(parse(password)).toBe(password);
    }
    expect(catching(() => parse("7 lette"))).toEqual(refused({ field: "password", rule: "too_short", limit: 8 }));
    expect(catching(() => parse("🐦".repeat(7)))).toEqual(refused({ field: "password", rule: "too_short", limit: 8 }));
    expect(catching(() => parse("x".repeat(129)))).toEqual(
      refused({ field: "password", rule: "too_long", limit: 128 }),
    );
    for (const none of ["", undefined, null, 12345678, ["12345678"]]) {
      expect(catching(() => parse(none))).toEqual(refused({ field: "password", rule: "required" }));
    }
  });

  test("is the same however it was typed", () => {
    const composed = "비밀 café 한글";
    expect(parse(composed.normalize("NFD"))).toBe(composed);
  });

  test("is none of those that everybody tries first, nor the user id", () => {
    for (const password of ["password", "PASSWORD1", "Qwer1234", "passwordpassword", "goldfinch", "GoldFinch"]) {
      expect(catching(() => parse(password))).toEqual(refused({ field: "password", rule: "too_common" }));
    }
    expect(parse("goldfinches")).toBe("goldfinches");
  });

  test("is refused under the name of its own field", () => {
    expect(catching(() => parseNewPassword({}, "newPassword", "bob"))).toEqual(
      refused({ field: "newPassword", rule: "required" }),
    );
  });
});

describe("the language", () => {
  test.each([
    ["ko", "ko"],
    ["en", "en"],
    ["KO-kr", "ko"],
    ["en-US,en;q=0.9,ko;q=0.8", "en"],
    ["fr-FR, ko;q=0.5, en;q=0.4", "ko"],
    ["en;q=0.1, ko;q=0.100", "en"],
    ["en; q=0.3 , ko ; q=0.7", "ko"],
    ["ko;q=0, en;q=0.001", "en"],
    ["de;q=1, *;q=0.5", undefined],
    ["ko;q=0", undefined],
    ["kok, enm", undefined],
    ["", undefined],
    [",;q=,;;", undefined],
    [undefined, undefined],
    [["ko"], undefined],
  ])("of %p is %p", (asked, language) => {
    expect(readLanguage(asked)).toBe(language as never);
  });

  test("is looked for in the first 200 characters only, and nothing breaks it", () => {
    expect(readLanguage(`${"fr,".repeat(70)}ko`)).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect([undefined, "ko", "en"]).toContain(readLanguage(text));
      }),
    );
  });

  test("cannot be asked for with more than full weight", () => {
    expect(readLanguage("en, ko;q=1.5")).toBe("en");
    expect(readLanguage("en;q=1.000, ko;q=9")).toBe("en");
  });
});

test("a time zone is one that this runtime knows", () => {
  for (const zone of ["Asia/Seoul", "UTC", "America/Argentina/Buenos_Aires"]) expect(readTimeZone(zone)).toBe(zone);
  for (const zone of ["", "Mars/Phobos", "Asia/Seoul ", "../UTC", "a".repeat(65), "Asia/Seoul\n", undefined, 9]) {
    expect([zone, readTimeZone(zone)]).toEqual([zone, undefined]);
  }
});

test("a refusal of fields says which, why and how much, and nothing of what was sent", () => {
  const error = invalid({ field: "title", rule: "too_long", limit: 120 }, { field: "body", rule: "required" });
  expect(error.message).toBe("title: too_long (120), body: required");
  expect([error.code, error.faults.length, error.retryAfterS, error.cause]).toEqual([
    "invalid",
    2,
    undefined,
    undefined,
  ]);
});
