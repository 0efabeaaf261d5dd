import { describe, expect, test } from "bun:test";
import type { Message } from "../../src/domain/room.ts";
import { Grace } from "../../src/live/grace.ts";

const said = (id: number, roomId = 1): Message => ({
  id,
  roomId,
  author: { userId: "alice", name: "Alice" },
  body: "x",
  clientId: undefined,
  createdAtMs: 0,
  editedAtMs: undefined,
  isDeleted: false,
  pictures: [],
  isReadByAll: false,
  likeCount: 0,
  replyTo: undefined,
});

/** A grace of some milliseconds, and the tellings so far; `told(n)` resolves when there are n. */
function grace(graceMs: number) {
  const tellings: string[] = [];
  let wake: () => void = () => undefined;
  const object = new Grace(graceMs, (userId, message) => {
    tellings.push(`${userId} ${message.roomId}:${message.id}`);
    wake();
  });
  const told = async (count: number) => {
    while (tellings.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return tellings;
  };
  return { object, tellings, told };
}

describe("the grace", () => {
  test("ends with one telling per person and room, of the newest message", async () => {
    const { object, told } = grace(10);
    object.add("bob", said(1));
    object.add("bob", said(2));
    object.add("cho", said(2));
    object.add("bob", said(3, 9));
    expect(await told(3)).toEqual(["bob 1:2", "cho 1:2", "bob 9:3"]);
  });

  test("runs from the first message that waits, so that a stream of them cannot put it off", async () => {
    const { object, told } = grace(15);
    let id = 0;
    // Real time is the point: the stream must go on while the grace runs out.
    const stream = setInterval(() => object.add("bob", said(++id)), 1);
    const tellings = await told(3);
    clearInterval(stream);
    object.stop();
    const ids = tellings.map((telling) => Number(telling.split(":")[1]));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(new Set(ids).size).toBe(3);
  });

  test("begins anew for what is said after it ended, also from within the telling", async () => {
    const tellings: number[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const object: Grace = new Grace(5, (userId, message) => {
      tellings.push(message.id);
      if (message.id < 3) object.add(userId, said(message.id + 1));
      else resolve();
    });
    object.add("bob", said(1));
    await promise;
    expect(tellings).toEqual([1, 2, 3]);
  });

  test("tells nothing once it was stopped", async () => {
    const stopped = grace(1);
    stopped.object.add("bob", said(1));
    stopped.object.stop();
    const later = grace(5);
    later.object.add("cho", said(1));
    await later.told(1);
    expect(stopped.tellings).toEqual([]);
  });
});
