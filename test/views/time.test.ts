import { expect, test } from "bun:test";
import { PASSWORD_MAX } from "../../src/domain/account.ts";
import { COMMENT_BODY_MAX, POST_BODY_MAX, POST_TITLE_MAX } from "../../src/domain/post.ts";
import { MESSAGE_MAX } from "../../src/domain/room.ts";
import { UNREAD_MESSAGES_MAX } from "../../src/service/counts.ts";
import { standingOf } from "../../views/grouping.ts";
import { limits } from "../../views/limits.ts";
import { clockTime, dateInFull, dayKey, dayLabel, dayOf, fullTime, relativeTime } from "../../views/time.ts";

const nowMs = Date.parse("2026-11-22T02:30:00.000Z");
const korean = { language: "ko", timeZone: "Asia/Seoul", nowMs } as const;
const english = { language: "en", timeZone: "America/New_York", nowMs } as const;
const s = 1_000;
const min = 60 * s;
const h = 60 * min;

const edges: readonly (readonly [agoMs: number, ko: string, en: string])[] = [
  [-5 * min, "방금 전", "just now"],
  [0, "방금 전", "just now"],
  [min - 1, "방금 전", "just now"],
  [min, "1분 전", "1 min ago"],
  [h - 1, "59분 전", "59 min ago"],
  [h, "1시간 전", "1 h ago"],
  [24 * h - 1, "23시간 전", "23 h ago"],
  [24 * h, "11월 21일", "Nov 20"],
  [400 * 24 * h, "2025년 10월 18일", "Oct 17, 2025"],
];

test.each([...edges])("%d ms ago reads %s and %s", (agoMs, ko, en) => {
  expect(relativeTime(korean, nowMs - agoMs)).toBe(ko);
  expect(relativeTime(english, nowMs - agoMs)).toBe(en);
});

test("minutes are those that passed, not those of the clock", () => {
  const atMs = Date.parse("2026-11-22T10:59:00Z");
  expect(relativeTime({ ...korean, nowMs: Date.parse("2026-11-22T11:01:00Z") }, atMs)).toBe("2분 전");
});

test("days are those of the reader's own time zone", () => {
  // 00:30 in Seoul is still the day before in New York.
  const midnightMs = Date.parse("2026-11-21T15:30:00Z");
  expect(dayKey("Asia/Seoul", midnightMs)).toBe("2026-11-22");
  expect(dayKey("America/New_York", midnightMs)).toBe("2026-11-21");
  expect(dayOf(korean, midnightMs)).toBe("today");
  expect(dayOf(korean, midnightMs - h)).toBe("yesterday");
  expect(dayOf(korean, midnightMs - 25 * h)).toBe("earlier");
  expect(dayOf(korean, nowMs + min)).toBe("today");
});

test("a conversation's days are named by today, yesterday, then date and weekday", () => {
  expect([0, 24, 48].map((hours) => dayLabel(korean, nowMs - hours * h))).toEqual([
    "오늘",
    "어제",
    "2026년 11월 20일 금요일",
  ]);
  expect(dayLabel(english, nowMs - 72 * h)).toBe("Wednesday, November 18, 2026");
});

test("the whole time stands in the title", () => {
  expect(fullTime(korean, nowMs)).toBe("2026년 11월 22일 오전 11:30");
  expect(clockTime(korean, nowMs)).toBe("오전 11:30");
  expect(dateInFull(korean, nowMs)).toBe("2026년 11월 22일");
});

test("messages of one person belong together for five minutes of one day", () => {
  const said = (userId: string, atMs: number) => ({ userId, atMs });
  const first = said("bob", nowMs);
  expect(standingOf(undefined, first, "Asia/Seoul")).toBe("");
  expect(standingOf(first, said("bob", nowMs + 5 * min), "Asia/Seoul")).toBe("follows");
  expect(standingOf(first, said("bob", nowMs), "Asia/Seoul")).toBe("follows at-once");
  expect(standingOf(first, said("bob", nowMs + 5 * min + 1), "Asia/Seoul")).toBe("");
  expect(standingOf(first, said("alice", nowMs), "Asia/Seoul")).toBe("");
  const midnightMs = Date.parse("2026-11-21T15:00:00Z");
  expect(standingOf(said("bob", midnightMs - s), said("bob", midnightMs), "Asia/Seoul")).toBe("");
});

test("the browser counts to the same limits as the domain", () => {
  expect(limits).toMatchObject({
    passwordMax: PASSWORD_MAX,
    titleMax: POST_TITLE_MAX,
    postMax: POST_BODY_MAX,
    commentMax: COMMENT_BODY_MAX,
    messageMax: MESSAGE_MAX,
    unreadMax: UNREAD_MESSAGES_MAX,
  });
});
