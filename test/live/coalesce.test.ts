import { afterEach, describe, expect, jest, test } from "bun:test";
import type { Alarm } from "../../src/domain/alarm.ts";
import type { QueueEvent } from "../../src/domain/event.ts";
import { Coalescer } from "../../src/live/coalesce.ts";
import { makeRoom } from "../views/samples.tsx";

const alarm = (key: number, actorCount = 1): Alarm => ({
  id: key,
  key,
  kind: "LIKES",
  receiver: "bob",
  actors: [],
  actorCount,
  target: "POST",
  postId: 1,
  roomId: undefined,
  replyId: undefined,
  excerpt: "",
  isRead: false,
  createdAtMs: 0,
});
const counts = (unreadAlarmCount: number) => ({ unreadAlarmCount, unreadMessageCount: 0 });
const raised = (key: number, actorCount: number, isNews = true): QueueEvent => ({
  type: "alarm-raised",
  receiver: "bob",
  alarm: alarm(key, actorCount),
  isNews,
  counts: counts(actorCount),
});
const retracted = (key: number): QueueEvent => ({
  type: "alarm-retracted",
  receiver: "bob",
  alarm: { id: key, key, kind: "LIKES" },
  counts: counts(0),
});

function listening() {
  jest.useFakeTimers();
  const told: string[] = [];
  const coalescer = new Coalescer({
    everyMs: 250,
    publish(destination, { event, position }) {
      const what = event.type === "alarm-raised" ? `${event.alarm.actorCount} ${event.isNews}` : "";
      const key = "alarm" in event ? event.alarm.key : "";
      told.push(`${destination} ${position} ${event.type} ${key} ${what} (${event.counts.unreadAlarmCount})`.trim());
    },
  });
  return { coalescer, told };
}

afterEach(() => {
  jest.useRealTimers();
});

describe("a person's tabs", () => {
  test("hear of the first event at once, and of a burst as its last state (J4)", () => {
    const { coalescer, told } = listening();
    for (let i = 1; i <= 100; i++) {
      coalescer.say("/queue/bob", { event: raised(1, i), position: i });
      jest.advanceTimersByTime(50);
    }
    jest.advanceTimersByTime(1_000);
    expect(told[0]).toBe("/queue/bob 1 alarm-raised 1 1 true (1)");
    expect(told.at(-1)).toBe("/queue/bob 100 alarm-raised 1 100 true (100)");
    // Five seconds and the one after: four a second, and the first.
    expect(told.length).toBeLessThanOrEqual(22);
  });

  test("hear of every thing, in the order of positions and with the latest counts", () => {
    const { coalescer, told } = listening();
    coalescer.say("/queue/bob", { event: raised(1, 1), position: 1 });
    coalescer.say("/queue/bob", { event: raised(2, 2), position: 2 });
    coalescer.say("/queue/bob", { event: raised(3, 3), position: 3 });
    coalescer.say("/queue/bob", { event: raised(2, 4), position: 4 });
    coalescer.say("/queue/carol", { event: raised(9, 1), position: 5 });
    expect(told).toHaveLength(2);
    jest.advanceTimersByTime(250);
    expect(told.slice(2)).toEqual(["/queue/bob 3 alarm-raised 3 3 true (4)", "/queue/bob 4 alarm-raised 2 4 true (4)"]);
  });

  test("hear that what was raised is gone, and that what is news stays news", () => {
    const { coalescer, told } = listening();
    coalescer.say("/queue/bob", { event: raised(1, 1), position: 1 });
    coalescer.say("/queue/bob", { event: raised(2, 2), position: 2 });
    coalescer.say("/queue/bob", { event: raised(2, 1, false), position: 3 });
    coalescer.say("/queue/bob", { event: retracted(1), position: 4 });
    jest.advanceTimersByTime(250);
    expect(told.slice(1)).toEqual(["/queue/bob 3 alarm-raised 2 1 true (0)", "/queue/bob 4 alarm-retracted 1  (0)"]);
  });

  test("hear of a room that is listed again and again as it stands last, and still ring once where that is news", () => {
    jest.useFakeTimers();
    const told: QueueEvent[] = [];
    const coalescer = new Coalescer({ everyMs: 250, publish: (_, { event }) => told.push(event) });
    const listed = (unreadCount: number, isNews?: boolean): QueueEvent => ({
      type: "room-listed",
      receiver: "bob",
      room: makeRoom({ id: 7, unreadCount }),
      ...(isNews === undefined ? {} : { isNews }),
      counts: counts(0),
    });
    for (const event of [listed(0), listed(1, true), listed(2), listed(3)]) {
      coalescer.say("/queue/bob", { event, position: 1 });
    }
    jest.advanceTimersByTime(250);
    expect(told).toMatchObject([{ room: { unreadCount: 0 } }, { room: { unreadCount: 3 }, isNews: true }]);
  });

  test("hear what waits before one more of them begins to listen, and nothing after the end", () => {
    const { coalescer, told } = listening();
    coalescer.say("/queue/bob", { event: raised(1, 1), position: 1 });
    coalescer.say("/queue/bob", { event: raised(1, 2), position: 2 });
    coalescer.flush("/queue/bob");
    expect(told).toHaveLength(2);
    coalescer.say("/queue/bob", { event: raised(1, 3), position: 3 });
    coalescer.stop();
    jest.advanceTimersByTime(1_000);
    expect(told).toHaveLength(2);
  });
});
