import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Announcement } from "../../src/database/open.ts";
import type { Principal } from "../../src/domain/account.ts";
import { BirdieError } from "../../src/domain/errors.ts";
import type { Event } from "../../src/domain/event.ts";
import { createRooms, type Rooms } from "../../src/service/rooms.ts";
import { addAccount, fail, type TestDatabase, testDatabase } from "../support/database.ts";

const CLIENT_ID = "0b5b1f0e-6a0a-4c39-9d1a-111111111111";

describe("rooms", () => {
  let t: TestDatabase;
  let rooms: Rooms;
  let heard: Announcement[];
  let manners: Map<string, "sees" | "acks">;
  let listening: Set<string>;
  let departures: number;
  /** Called when somebody asks how a person is in a room: at the moment a line is written down. */
  let asked: () => void;

  beforeEach(async () => {
    departures = 0;
    asked = () => undefined;
    heard = [];
    manners = new Map();
    listening = new Set();
    t = await testDatabase({ writes: "thread", announce: (announcements) => heard.push(...announcements) });
    for (const userId of ["alice", "bob", "carol"]) await addAccount(t.database, userId);
    rooms = createRooms({
      database: t.database,
      nowMs: () => 1_000,
      surroundings: {
        mannerOf(roomId, userId) {
          queueMicrotask(asked);
          return manners.get(`${roomId} ${userId}`);
        },
        isListening: (userId) => listening.has(userId),
        departures: () => departures,
      },
      presentIn: () => [],
      report: fail,
    });
  });
  afterEach(() => t[Symbol.asyncDispose]());

  const events = <T extends Event["type"]>(type: T) =>
    heard.map((a) => a.event).filter((event): event is Extract<Event, { type: T }> => event.type === type);

  test("two people have one room, whoever opens it and however often at once", async () => {
    const opened = await Promise.all([rooms.open(alice, "bob"), rooms.open(bob, "alice"), rooms.open(alice, "bob")]);
    expect(new Set(opened.map((room) => room.roomId)).size).toBe(1);
  });

  test("a room with oneself or with nobody is refused", async () => {
    expect(await codeOf(rooms.open(alice, "alice"))).toBe("forbidden");
    expect(await codeOf(rooms.open(alice, "nobody"))).toBe("not_found");
  });

  test("what is said is there for both, in order, once", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    const said = await Promise.all(
      ["one", "two", "three"].map((body) => rooms.say(alice, roomId, { body, clientId: undefined })),
    );
    expect(said.map((message) => message.body)).toEqual(["one", "two", "three"]);
    const page = await rooms.read(bob, roomId);
    expect(page.messages.map((message) => message.body)).toEqual(["one", "two", "three"]);
    expect(page.unreadCount).toBe(3);
    expect((await rooms.list(bob)).rooms[0]).toMatchObject({ unreadCount: 3, lastMessage: { body: "three" } });
    expect((await rooms.list(alice)).rooms[0]).toMatchObject({ unreadCount: 0 });
    expect(events("message-said").map((event) => event.receiver)).toEqual(["bob", "bob", "bob"]);
  });

  test("a line sent twice with the same client id is stored once, also at once, also later", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    const line = { body: "hello", clientId: CLIENT_ID };
    const [first, again] = await Promise.all([rooms.say(alice, roomId, line), rooms.say(alice, roomId, line)]);
    const later = await rooms.say(alice, roomId, line);
    expect([again.id, later.id]).toEqual([first.id, first.id]);
    expect((await rooms.read(bob, roomId)).messages).toHaveLength(1);
    expect(events("message-said")).toHaveLength(1);
  });

  test("a client id used again for other words or another room is refused, also at once; nothing is taken for stored", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    const { roomId: other } = await rooms.create(alice, { name: "Others", userIds: ["bob", "carol"] });
    const say = (body: string, room = roomId) => codeOf(rooms.say(alice, room, { body, clientId: CLIENT_ID }));
    expect(await Promise.all([say("first"), say("second"), say("first", other)])).toEqual([
      "no refusal",
      "invalid",
      "invalid",
    ]);
    expect([await say("first"), await say("second"), await say("first", other)]).toEqual([
      "no refusal",
      "invalid",
      "invalid",
    ]);
    expect((await rooms.read(bob, other)).messages).toEqual([]);
    // What it was first is not known any more: a page that sends again what another tab has edited is answered.
    const [message] = (await rooms.read(bob, roomId)).messages;
    await rooms.edit(alice, { roomId, messageId: message?.id ?? 0 }, "edited");
    expect([await say("first"), await say("first", other)]).toEqual(["no refusal", "invalid"]);
  });

  test("two people may use the same client id", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    await rooms.say(alice, roomId, { body: "hers", clientId: CLIENT_ID });
    await rooms.say(bob, roomId, { body: "his", clientId: CLIENT_ID });
    expect((await rooms.read(bob, roomId)).messages.map((message) => message.body)).toEqual(["hers", "his"]);
  });

  test("a stranger can neither say, read, enter nor mark anything: the room does not exist", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    await rooms.say(alice, roomId, { body: "secret", clientId: undefined });
    const before = heard.length;
    for (const attempt of [
      rooms.say(carol, roomId, { body: "hi", clientId: undefined }),
      rooms.read(carol, roomId),
      rooms.enter(carol, roomId, "sees", () => undefined),
      rooms.readUpTo(carol, roomId, 1),
      rooms.check(carol, roomId),
      rooms.say(carol, 999, { body: "hi", clientId: undefined }),
    ]) {
      expect(await codeOf(attempt)).toBe("not_found");
    }
    expect(heard).toHaveLength(before);
    expect((await rooms.read(bob, roomId)).messages).toHaveLength(1);
    expect((await rooms.list(carol)).rooms).toHaveLength(0);
  });

  test("who sees what arrives has read it, and the message says so", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    manners.set(`${roomId} bob`, "sees");
    const message = await rooms.say(alice, roomId, { body: "hello", clientId: undefined });
    expect(message.isReadByAll).toBe(true);
    expect((await rooms.read(bob, roomId)).unreadCount).toBe(0);
    expect(events("message-missed")).toHaveLength(0);
  });

  test("who is absent is told, with the counts of the database", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    listening.add("bob");
    await rooms.say(alice, roomId, { body: "one", clientId: undefined });
    await rooms.say(alice, roomId, { body: "two", clientId: undefined });
    expect(events("message-missed").at(-1)).toMatchObject({
      receiver: "bob",
      roomUnreadCount: 2,
      counts: { unreadMessageCount: 2, unreadAlarmCount: 0 },
    });
  });

  test("who must say that they saw it has not read it until then", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    manners.set(`${roomId} bob`, "acks");
    listening.add("bob");
    const message = await rooms.say(alice, roomId, { body: "hello", clientId: undefined });
    expect(message.isReadByAll).toBe(false);
    expect(events("message-missed")).toHaveLength(0);
    await rooms.tellIfUnread("bob", message);
    expect(events("message-missed")).toHaveLength(1);
    await rooms.readUpTo(bob, roomId, message.id);
    expect(events("room-read")).toMatchObject([{ reader: "bob", upTo: message.id, readByAllUpTo: message.id }]);
    expect(events("room-changed").at(-1)).toMatchObject({ receiver: "bob", roomUnreadCount: 0 });
    await rooms.tellIfUnread("bob", message);
    expect(events("message-missed")).toHaveLength(1);
  });

  test("B12, E4: whom one hears of late stands in no list before what was said since", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    manners.set(`${roomId} bob`, "acks");
    listening.add("bob");
    const first = await rooms.say(alice, roomId, { body: "first", clientId: undefined });
    manners.clear();
    await rooms.say(alice, roomId, { body: "second", clientId: undefined });
    await rooms.tellIfUnread("bob", first);
    expect(events("room-listed").at(-1)).toMatchObject({
      receiver: "bob",
      room: { unreadCount: 2, lastMessage: { body: "second" } },
    });
  });

  test("the cursor moves forward only, and never past the newest message", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    const first = await rooms.say(alice, roomId, { body: "one", clientId: undefined });
    const second = await rooms.say(alice, roomId, { body: "two", clientId: undefined });
    await rooms.readUpTo(bob, roomId, 999_999);
    await rooms.readUpTo(bob, roomId, first.id);
    expect((await rooms.read(bob, roomId)).readUpTo).toBe(second.id);
    await rooms.say(alice, roomId, { body: "three", clientId: undefined });
    expect((await rooms.read(bob, roomId)).unreadCount).toBe(1);
  });

  test("saying something reads the room up to it, and the other one sees that", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    await rooms.say(alice, roomId, { body: "one", clientId: undefined });
    await rooms.say(bob, roomId, { body: "two", clientId: undefined });
    expect((await rooms.read(bob, roomId)).unreadCount).toBe(0);
    expect(events("room-read")).toMatchObject([{ reader: "bob" }]);
    expect((await rooms.read(alice, roomId)).messages[0]?.isReadByAll).toBe(true);
  });

  for (const manner of ["sees", "acks"] as const) {
    test(`E6: who is in a room (${manner}) but leaves while a line is written to disk has not read it, and is told`, async () => {
      const { roomId } = await rooms.open(alice, "bob");
      await rooms.say(bob, roomId, { body: "hello", clientId: undefined });
      listening.add("bob");
      manners.set(`${roomId} bob`, manner);
      asked = () => {
        departures++;
        manners.delete(`${roomId} bob`);
      };
      const { id } = await rooms.say(alice, roomId, { body: "are you there?", clientId: undefined });
      while (events("message-missed").length === 0) await t.database.between(async () => undefined);
      expect(events("message-missed")).toMatchObject([{ receiver: "bob", message: { id }, roomUnreadCount: 1 }]);
      expect(await rooms.read(bob, roomId)).toMatchObject({
        unreadCount: 1,
        messages: [{}, { id, isReadByAll: false }],
      });
      asked = () => undefined;
      await rooms.readUpTo(bob, roomId, id);
      expect(await rooms.read(alice, roomId)).toMatchObject({ messages: [{}, { id, isReadByAll: true }] });
    });
  }

  test("entering with a plain subscription reads everything", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    await rooms.say(alice, roomId, { body: "one", clientId: undefined });
    let joined = 0;
    await rooms.enter(bob, roomId, "acks", () => joined++);
    expect((await rooms.read(bob, roomId)).unreadCount).toBe(1);
    await rooms.enter(bob, roomId, "sees", () => joined++);
    expect((await rooms.read(bob, roomId)).unreadCount).toBe(0);
    expect(joined).toBe(2);
  });

  test("history is paged by id without a gap or a repeat", async () => {
    const { roomId } = await rooms.open(alice, "bob");
    for (let i = 1; i <= 120; i++) await rooms.say(alice, roomId, { body: String(i), clientId: undefined });
    const seen: string[] = [];
    let before: number | undefined;
    do {
      const page = await rooms.read(bob, roomId, { before });
      seen.unshift(...page.messages.map((message) => message.body));
      before = page.before;
    } while (before !== undefined);
    expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => String(i + 1)));
  });
});

const principal = (userId: string): Principal => ({
  userId,
  name: userId,
  signInId: `s-${userId}`,
  language: undefined,
  timeZone: undefined,
});
const alice = principal("alice");
const bob = principal("bob");
const carol = principal("carol");

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return "no refusal";
  } catch (error) {
    return error instanceof BirdieError ? error.code : String(error);
  }
}
