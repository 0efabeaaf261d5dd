import { describe, expect, test } from "bun:test";
import { BirdieError, type ErrorCode, invalid } from "../../src/domain/errors.ts";
import { explain, GOODBYE } from "../../src/live/goodbyes.ts";
import { StompError } from "../../src/stomp/errors.ts";

describe("a refusal on the wire", () => {
  test.each<[ErrorCode, number, number, boolean]>([
    ["not_signed_in", 401, 1008, false],
    ["wrong_credentials", 401, 1008, false],
    ["sign_in_ended", 401, 4501, false],
    ["banned", 403, 4503, false],
    ["forbidden", 403, 4507, true],
    ["not_found", 404, 4507, true],
    ["blocked", 403, 4507, true],
    ["too_large", 413, 1009, true],
    ["too_fast", 429, 4013, true],
    ["too_many", 429, 4504, true],
    ["unavailable", 503, 1011, true],
  ])("of %s has status %i, goodbye %i, and spares who asks for it: %p", (code, status, closeCode, spares) => {
    expect(explain(new BirdieError(code))).toMatchObject({ code, status, closeCode, spares });
  });

  test("of a text that is too long says so, of another field says which", () => {
    const long = explain(invalid({ field: "message", rule: "too_long", limit: 4_000 }));
    expect(long).toMatchObject({ code: "too_large", status: 413, closeCode: 1009 });
    const empty = explain(invalid({ field: "message", rule: "required" }));
    expect(empty).toMatchObject({
      code: "invalid",
      status: 422,
      message: "The content is not valid: message: required",
    });
  });

  test("of a broken frame repeats what the protocol says", () => {
    const error = new StompError("A header line has no colon", { code: "bad_header", heading: "STOMP Frames" });
    expect(explain(error)).toMatchObject({ message: error.message, code: "bad_header", status: 400, spares: false });
  });

  test("of anything else tells nothing", () => {
    for (const error of [new Error("secret of the house"), "secret", undefined, { code: "forbidden" }]) {
      expect(explain(error)).toEqual({
        message: "Something went wrong",
        code: "internal",
        status: 500,
        closeCode: 1011,
        spares: false,
      });
    }
  });
});

test("the goodbyes are those of the contract: 4000 to 4499 may come back, 4500 to 4999 may not", () => {
  const { slowReader, noHeartBeat, tooFast, signInEnded, banned, tooMany, notAllowed } = GOODBYE;
  expect([slowReader, noHeartBeat, tooFast]).toEqual([4008, 4012, 4013]);
  expect([signInEnded, banned, notAllowed]).toEqual([4501, 4503, 4507]);
  expect(tooMany).toBeGreaterThanOrEqual(4500);
  expect(new Set(Object.values(GOODBYE)).size).toBe(Object.values(GOODBYE).length);
});
