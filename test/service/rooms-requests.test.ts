import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import type { Person } from "../../src/domain/account.ts";
import { principalOf, type TestRooms, testRooms } from "../support/rooms.ts";

const alice = principalOf("alice");
const bob = principalOf("bob");
const line = (body: string) => ({ body, clientId: undefined });

/** Bob takes strangers as requests; his lists are open on one device, and on another that is away. */
describe("a request", () => {
  let t: TestRooms;
  beforeEach(async () => {
    t = await testRooms("alice", "bob", "carol");
    await t.database.db.run(sql`update accounts set open_to = 'requests' where user_id = 'bob'`);
    t.listening.add("bob").add("alice");
  });
  afterEach(() => t[Symbol.asyncDispose]());

  async function ask() {
    const { roomId } = await t.rooms.open(alice, "bob");
    const { id } = await t.rooms.say(alice, roomId, line("hello"));
    return { roomId, messageId: id };
  }
  const position = async () =>
    Number((await t.database.db.all<{ value: string }>(sql`select value from meta where key = 'position'`))[0]?.value);
  /** What the device that was away hears of requests. */
  const missed = async (from: number) =>
    ((await t.rooms.changesSince(bob, { position: from, limit: 100 })) ?? []).flatMap(({ event }) =>
      event.type === "room-requested" ? [event] : [],
    );
  const heard = () => t.heard("room-requested").filter(({ receiver }) => receiver === "bob");

  test("F3: that was answered by writing waits no more on a device that was away", async () => {
    const { roomId } = await ask();
    const from = await position();
    await t.rooms.say(bob, roomId, line("who is this?"));
    expect(heard().at(-1)).toMatchObject({ roomId, room: undefined, requestCount: 0 });
    // Where it is open, and in the number of those that wait.
    expect(await missed(from)).toMatchObject([{ roomId, room: undefined, requestCount: 0 }, { requestCount: 0 }]);
    expect((await t.rooms.list(bob)).rooms.map(({ id }) => id)).toEqual([roomId]);
  });

  test("F3: that was declined goes from the list of a device that was away, and what follows it is told to nobody", async () => {
    const { roomId } = await ask();
    const from = await position();
    await t.rooms.decline(bob, roomId);
    const gone = { roomId, room: undefined, requestCount: 0 };
    expect(await missed(from)).toContainEqual(expect.objectContaining(gone));
    const later = await position();
    await t.rooms.say(alice, roomId, line("hello?"));
    expect(await missed(later)).toEqual([]);
  });

  test("F3: whose only words were taken back waits no more, at once and on a device that was away", async () => {
    const { roomId, messageId } = await ask();
    const from = await position();
    await t.rooms.deleteMessage(alice, { roomId, messageId });
    const gone = { roomId, room: undefined, requestCount: 0 };
    expect(heard().at(-1)).toMatchObject(gone);
    expect(await missed(from)).toMatchObject([gone]);
    expect(await t.rooms.list(bob, { isRequests: true })).toMatchObject({ requestCount: 0, rooms: [] });
  });

  test("to join a group waits no more once one was sent away, or has gone", async () => {
    for (const how of ["removed", "left"]) {
      const { roomId } = await t.rooms.create(alice, { name: how, userIds: ["bob", "carol"] });
      expect(heard().at(-1)).toMatchObject({ roomId, requestCount: 1 });
      const from = await position();
      await (how === "left" ? t.rooms.leave(bob, roomId) : t.rooms.remove(alice, roomId, "bob"));
      expect(heard().at(-1)).toMatchObject({ roomId, room: undefined, requestCount: 0 });
      expect(await missed(from)).toMatchObject([{ requestCount: 0 }]);
    }
    // Where it was none, nothing is said of requests.
    const { roomId } = await t.rooms.create(alice, { name: "no request", userIds: ["carol"] });
    const before = t.heard("room-requested").length;
    await t.rooms.remove(alice, roomId, "carol");
    expect(t.heard("room-requested")).toHaveLength(before);
  });

  test("A14: of somebody who was blocked waits no more, is told to nobody, and does not come back", async () => {
    const { roomId } = await ask();
    const from = await position();
    await t.blocks.block(bob, "alice");
    expect(heard().at(-1)).toMatchObject({ roomId, room: undefined, requestCount: 0 });
    expect(await missed(from)).toContainEqual(expect.objectContaining({ roomId, room: undefined }));
    const told = t.heard("room-requested").length;
    await t.blocks.unblock(bob, "alice");
    await t.rooms.say(alice, roomId, line("hello?"));
    expect(t.heard("room-requested")).toHaveLength(told);
    expect(await t.rooms.list(bob, { isRequests: true })).toMatchObject({ requestCount: 0, rooms: [] });
    // Whoever writes to them after all has the room again.
    await t.rooms.say(bob, roomId, line("all right"));
    expect((await t.rooms.list(bob)).rooms.map(({ id }) => id)).toEqual([roomId]);
  });

  test("S25: shows its asker neither that it is looked at nor that somebody types, until it is accepted", async () => {
    const { roomId } = await ask();
    for (const userId of ["alice", "bob"]) t.manners.set(`${roomId} ${userId}`, "acks");
    const idsOf = (people: readonly Person[]) => people.map(({ userId }) => userId);
    const isIn = async () => idsOf(await t.rooms.whoIsIn(roomId));
    const seenBy = async (me: typeof alice) => idsOf((await t.rooms.read(me, roomId)).present);
    expect([await isIn(), await seenBy(alice)]).toEqual([["alice"], ["alice"]]);
    expect(await t.rooms.showsTyping(bob, roomId)).toBe(false);
    expect(await t.rooms.showsTyping(alice, roomId)).toBe(true);
    await t.rooms.accept(bob, roomId);
    expect([await isIn(), await seenBy(alice)]).toEqual([
      ["alice", "bob"],
      ["alice", "bob"],
    ]);
    expect(await t.rooms.showsTyping(bob, roomId)).toBe(true);
  });

  test("is offered where it leads somewhere: not to whoever takes messages only from people they know", async () => {
    const { roomId } = await ask();
    await t.database.db.run(sql`update accounts set open_to = 'known' where user_id in ('bob', 'carol')`);
    expect(await t.rooms.takesFrom(alice, "carol")).toBe(false);
    // The room that is there is found.
    expect([await t.rooms.takesFrom(alice, "bob"), await t.rooms.open(alice, "bob")]).toEqual([true, { roomId }]);
    // A block is told to nobody beforehand.
    await t.blocks.block(bob, "carol");
    expect(await t.rooms.takesFrom(principalOf("carol"), "bob")).toBe(true);
  });

  test("is not got around by a line in a group both are in: whom one only sees there is not known", async () => {
    await t.database.db.run(sql`update accounts set open_to = 'known' where user_id = 'carol'`);
    await t.database.db.run(sql`update accounts set open_to = 'everybody' where user_id = 'alice'`);
    const { roomId } = await t.rooms.open(alice, "carol").catch(() => ({ roomId: 0 }));
    expect(roomId).toBe(0);
    const group = await t.rooms.create(principalOf("carol"), { name: "golf", userIds: ["alice"] });
    await t.rooms.say(alice, group.roomId, { body: "hi", clientId: undefined });
    await t.rooms.say(principalOf("carol"), group.roomId, { body: "hello, all", clientId: undefined });
    expect(await t.rooms.takesFrom(alice, "carol")).toBe(false);
  });
});
