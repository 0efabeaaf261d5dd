import { describe, expect, test } from "bun:test";
import { parseAlarmChoices, parseMemberQuery, parsePrivacyChoices } from "../../src/domain/choices.ts";
import { BirdieError } from "../../src/domain/errors.ts";

function faultsOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof BirdieError) return error.faults.map(({ field, rule }) => `${field} ${rule}`);
    throw error;
  }
  return [];
}

describe("the choices of alarms", () => {
  test("a box that is not there is not ticked; forms and JSON say it alike", () => {
    expect(parseAlarmChoices({ likes: "on", mention: true, hidesPushContent: "true" })).toEqual({
      alarmsOff: ["REPLY"],
      quiet: undefined,
      hidesPushContent: true,
    });
    expect(parseAlarmChoices({ likes: false, reply: "off", mention: 1 }).alarmsOff).toEqual([
      "LIKES",
      "REPLY",
      "MENTION",
    ]);
  });

  test("quiet hours are minutes of the day, and may pass midnight", () => {
    const quiet = (quietFrom?: unknown, quietTo?: unknown) => parseAlarmChoices({ quiet: "on", quietFrom, quietTo });
    expect(quiet("22:00", "07:30").quiet).toEqual({ fromMin: 1_320, toMin: 450 });
    expect(faultsOf(() => quiet("22:00"))).toEqual(["quietTo required"]);
    for (const wrong of ["24:00", "7:30", "12:60", "noon", 700, ["07:00"]]) {
      expect(faultsOf(() => quiet(wrong, "07:00"))).toEqual(["quietFrom format"]);
    }
    expect(parseAlarmChoices({ quietFrom: "nonsense" }).quiet).toBeUndefined();
  });
});

test("privacy needs to know who may write", () => {
  expect(parsePrivacyChoices({ openTo: "requests", sendsTyping: "on" })).toEqual({
    openTo: "requests",
    sendsReceipts: false,
    sendsTyping: true,
  });
  // "" of a form, null of JSON: not chosen, so as the community has it.
  for (const sendsReceipts of ["", null]) {
    expect(parsePrivacyChoices({ openTo: "known", sendsReceipts, sendsTyping: "off" })).toEqual({
      openTo: "known",
      sendsReceipts: undefined,
      sendsTyping: false,
    });
  }
  for (const openTo of [undefined, "", "nobody", ["known"]]) {
    expect(faultsOf(() => parsePrivacyChoices({ openTo }))).toEqual(["openTo required"]);
  }
});

test("members are searched for in small letters, without the @, within bounds", () => {
  expect(parseMemberQuery(" @Ali ")).toBe("ali");
  expect(parseMemberQuery(undefined)).toBe("");
  expect(parseMemberQuery("가".normalize("NFD"))).toBe("가");
  expect(faultsOf(() => parseMemberQuery("x".repeat(41)))).toEqual(["q too_long"]);
  expect(() => parseMemberQuery(["a"])).toThrow(BirdieError);
});
