import { expect, test } from "bun:test";
import type { ErrorCode, Fault } from "../../src/domain/errors.ts";
import { en } from "../../views/text/en.ts";
import { ko } from "../../views/text/ko.ts";
import { text } from "../../views/text.ts";

/** Every path to a word. */
function pathsOf(words: object, prefix = ""): string[] {
  return Object.entries(words).flatMap(([key, value]) =>
    typeof value === "object" && value !== null
      ? pathsOf(value, `${prefix}${key}.`)
      : [`${prefix}${key}:${typeof value}`],
  );
}

test("both languages have the same words", () => {
  expect(pathsOf(ko).sort()).toEqual(pathsOf(en).sort());
  expect(pathsOf(ko).length).toBeGreaterThan(150);
});

test("no word is empty, and Korean has no English left in it", () => {
  for (const words of [en, ko]) {
    const walk = (value: unknown): void => {
      if (typeof value === "string") expect(value.trim()).not.toBe("");
      else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
    };
    walk(words);
  }
  const strings = JSON.stringify(ko).match(/"(?:[^"\\]|\\.)*"(?=[,}])/g) ?? [];
  expect(strings.filter((word) => !/[가-힣]/.test(word))).toEqual([]);
});

test("unread messages are counted up to a bound, and what is beyond it is not said to be that many", () => {
  expect([en.rooms.unread(999), en.rooms.unread(1_000)]).toEqual(["999 unread", "1,000+ unread"]);
  expect(en.rooms.newLine(1_000)).toBe("1,000+ new messages");
  expect(en.site.unreadMessages(1_000)).toBe("1,000+ unread messages");
  expect([ko.rooms.newLine(3), ko.rooms.newLine(1_000)]).toEqual(["새 메시지 3개", "새 메시지 1,000개 이상"]);
});

const CODES: Readonly<Record<ErrorCode, true>> = {
  invalid: true,
  not_signed_in: true,
  wrong_credentials: true,
  sign_in_ended: true,
  forbidden: true,
  not_found: true,
  gone: true,
  taken: true,
  sign_up_closed: true,
  blocked: true,
  banned: true,
  wrong_origin: true,
  too_large: true,
  unsupported: true,
  quota: true,
  full: true,
  too_fast: true,
  too_many: true,
  unavailable: true,
};

test("every refusal has words in both languages", () => {
  for (const words of [en, ko]) {
    expect(Object.keys(words.errors).sort()).toEqual(Object.keys(CODES).sort());
  }
});

test("every fault names its mend, in both languages, also for a field nobody thought of", () => {
  const rules: readonly Fault["rule"][] = [
    "required",
    "too_short",
    "too_long",
    "format",
    "taken",
    "wrong",
    "too_common",
  ];
  for (const rule of rules) {
    for (const field of ["userId", "password", "title", "unheardOf"]) {
      expect(en.fault({ field, rule, limit: 8 })).toMatch(/^[A-Z].*\.$/);
      expect(ko.fault({ field, rule, limit: 8 })).toMatch(/(?:세요|습니다)\.$/);
    }
  }
  expect(ko.fault({ field: "password", rule: "too_short", limit: 8 })).toBe(
    "비밀번호가 너무 짧습니다. 8자 이상 입력해 주세요.",
  );
  expect(en.fault({ field: "title", rule: "too_long", limit: 120 })).toBe(
    "The title is too long. Use at most 120 characters.",
  );
});

const groups: readonly (readonly [names: readonly string[], count: number, ko: string, en: string])[] = [
  [["앨리스"], 1, "앨리스님이 회원님의 댓글을 좋아합니다.", "앨리스 liked your comment."],
  [["앨리스", "밥"], 2, "앨리스님과 밥님이 회원님의 댓글을 좋아합니다.", "앨리스 and 밥 liked your comment."],
  [["앨리스", "밥"], 3, "앨리스님 외 2명이 회원님의 댓글을 좋아합니다.", "앨리스 and 2 others liked your comment."],
  [
    ["앨리스", "밥"],
    1_205,
    "앨리스님 외 1,204명이 회원님의 댓글을 좋아합니다.",
    "앨리스 and 1,204 others liked your comment.",
  ],
  [["앨리스"], 2, "앨리스님 외 1명이 회원님의 댓글을 좋아합니다.", "앨리스 and 1 other liked your comment."],
];

test.each([...groups])("%j, %d in all, are named once and in order", (names, count, korean, english) => {
  const say = (words: typeof en) => words.alarms.who(names, count) + words.alarms.did("LIKES", "POST_REPLY");
  expect(say(ko)).toBe(korean);
  expect(say(en)).toBe(english);
});

test("the wire says it as the seed does", () => {
  expect(text("ko").alarms.message("LIKES", "POST_REPLY")).toBe("님이 회원님의 댓글을 좋아합니다.");
  expect(text("en").alarms.message("REPLY", "POST")).toBe("commented on your post.");
});

test("English counts one as one", () => {
  expect([0, 1, 2].map(en.posts.comments)).toEqual(["0 comments", "1 comment", "2 comments"]);
});
