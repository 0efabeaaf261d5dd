import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Event } from "../../src/domain/event.ts";
import { codeOf, principalOf, type TestRooms, testRooms } from "../support/rooms.ts";

/*
 * Chat against a model of a few lines: rooms are lists of messages and maps of members. Whatever several people do in
 * any order, what the database answers is what the model says, and every count that was pushed was true when it left.
 */

const PEOPLE = ["alice", "bob", "carol"] as const;
type Who = (typeof PEOPLE)[number];

interface ModelMessage {
  readonly id: number;
  readonly author: Who;
  isDeleted: boolean;
}
interface ModelMember {
  readUpTo: number;
  isMuted: boolean;
  isHeld: boolean;
}
interface ModelRoom {
  readonly id: number;
  readonly kind: "pair" | "group";
  readonly messages: ModelMessage[];
  readonly members: Map<Who, ModelMember>;
}
interface Model {
  readonly rooms: ModelRoom[];
  readonly blocks: Set<string>;
}

const who = fc.constantFrom(...PEOPLE);
const room = fc.nat({ max: 2 });
const pick = fc.nat({ max: 20 });
const ACTS = [
  "say",
  "edit",
  "delete",
  "like",
  "read",
  "unread",
  "mute",
  "unmute",
  "enter",
  "go",
  "block",
  "unblock",
] as const;
const GROUP_ACTS = ["invite", "leave", "remove", "rename"] as const;
const step = fc.record({
  act: fc.constantFrom(...ACTS, "say", "say", "read", ...GROUP_ACTS),
  by: who,
  to: who,
  room,
  pick,
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

test("E5, E8, E9, B10: after any acts of several people, unread counts, order and members are what the model says", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      await using t = await testRooms(...PEOPLE);
      for (const userId of PEOPLE) t.listening.add(userId);
      const model = await start(t);
      for (const one of steps) {
        const from = t.events.length;
        await perform(t, model, one);
        checkPushes(t.events.slice(from), model);
      }
      await check(t, model);
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 180_000);

/** A pair of alice and bob, one of bob and carol, and a group of all. */
async function start(t: TestRooms): Promise<Model> {
  const [alice, bob] = [principalOf("alice"), principalOf("bob")];
  const pairs = [await t.rooms.open(alice, "bob"), await t.rooms.open(bob, "carol")];
  const group = await t.rooms.create(alice, { name: "all", userIds: ["bob", "carol"] });
  const member = (): ModelMember => ({ readUpTo: 0, isMuted: false, isHeld: false });
  const make = (id: number, kind: "pair" | "group", ...people: Who[]): ModelRoom => ({
    id,
    kind,
    messages: [],
    members: new Map(people.map((one) => [one, member()])),
  });
  return {
    rooms: [
      make(pairs[0]?.roomId ?? 0, "pair", "alice", "bob"),
      make(pairs[1]?.roomId ?? 0, "pair", "bob", "carol"),
      make(group.roomId, "group", ...PEOPLE),
    ],
    blocks: new Set(),
  };
}

const isBlocked = ({ blocks }: Model, a: Who, b: Who) => blocks.has(`${a} ${b}`) || blocks.has(`${b} ${a}`);

function isClosed(model: Model, place: ModelRoom): boolean {
  const [a, b] = [...place.members.keys()];
  return place.kind === "pair" && a !== undefined && b !== undefined && isBlocked(model, a, b);
}

/** Does one thing in both worlds. A refusal must be one in both. */
async function perform(t: TestRooms, model: Model, { act, by, to, room: index, pick: n }: Step): Promise<void> {
  const place = model.rooms[index];
  if (!place) return;
  const me = principalOf(by);
  const mine = place.members.get(by);
  const message = place.messages[n % Math.max(1, place.messages.length)];
  const spot = { roomId: place.id, messageId: message?.id ?? 999_999 };
  const manner = t.manners.get(`${place.id} ${by}`);
  switch (act) {
    case "say": {
      const code = await codeOf(
        t.rooms.say(me, place.id, { body: "hello", clientId: undefined }).then((said) => {
          place.messages.push({ id: said.id, author: by, isDeleted: false });
          if (mine) Object.assign(mine, { readUpTo: said.id, isHeld: false });
          for (const [other, member] of place.members) {
            const sees = t.manners.get(`${place.id} ${other}`) === "sees";
            if (other !== by && sees && !member.isHeld) member.readUpTo = said.id;
          }
        }),
      );
      expect(code).toBe(mine ? (isClosed(model, place) ? "blocked" : "done") : "not_found");
      return;
    }
    case "edit":
    case "delete": {
      const isOwn = message?.author === by && !message.isDeleted;
      const doing = act === "edit" ? t.rooms.edit(me, spot, "anew") : t.rooms.deleteMessage(me, spot);
      const code = await codeOf(doing);
      const isShut = act === "edit" && isClosed(model, place);
      if (!mine || !message) expect(code).toBe(isShut && mine ? "blocked" : "not_found");
      else if (isShut) expect(code).toBe("blocked");
      else if (isOwn) expect(code).toBe("done");
      else expect(code).toBe(message.isDeleted ? "gone" : "forbidden");
      if (code === "done" && act === "delete" && message) message.isDeleted = true;
      return;
    }
    case "like":
      await codeOf(t.rooms.likeMessage(me, spot, n % 2 === 0));
      return;
    case "read": {
      const upTo = message?.id ?? 1;
      const code = await codeOf(t.rooms.readUpTo(me, place.id, upTo));
      expect(code).toBe(mine ? "done" : "not_found");
      const newest = lastOf(place);
      if (mine && !mine.isHeld) mine.readUpTo = Math.max(mine.readUpTo, Math.min(upTo, newest));
      return;
    }
    case "unread": {
      const code = await codeOf(t.rooms.markUnread(me, place.id, spot.messageId));
      expect(code).toBe(mine && message && !message.isDeleted ? "done" : "not_found");
      if (code !== "done" || !mine || !message) return;
      mine.readUpTo = Math.min(mine.readUpTo, message.id - 1);
      mine.isHeld = manner !== undefined;
      return;
    }
    case "mute":
    case "unmute": {
      const code = await codeOf(t.rooms.mute(me, place.id, act === "mute"));
      expect(code).toBe(mine ? "done" : "not_found");
      if (mine) mine.isMuted = act === "mute";
      return;
    }
    case "enter": {
      const how = n % 2 === 0 ? "sees" : "acks";
      const code = await codeOf(t.rooms.enter(me, place.id, how, () => t.manners.set(`${place.id} ${by}`, how)));
      expect(code).toBe(mine ? "done" : "not_found");
      if (mine && how === "sees" && !mine.isHeld) mine.readUpTo = Math.max(mine.readUpTo, lastOf(place));
      return;
    }
    case "go":
      t.manners.delete(`${place.id} ${by}`);
      await t.rooms.releaseAbsent(place.id);
      for (const [one, member] of place.members) if (!t.manners.has(`${place.id} ${one}`)) member.isHeld = false;
      return;
    case "block":
    case "unblock": {
      const code = await codeOf(t.blocks[act](me, to));
      expect(code).toBe(by === to && act === "block" ? "forbidden" : "done");
      if (act === "unblock") model.blocks.delete(`${by} ${to}`);
      else if (by !== to) model.blocks.add(`${by} ${to}`);
      return;
    }
    case "invite": {
      const code = await codeOf(t.rooms.invite(me, place.id, to));
      if (!mine) expect(code).toBe("not_found");
      else if (place.members.has(to)) expect(code).toBe("done");
      else if (isBlocked(model, by, to)) expect(code).toBe("blocked");
      else expect(code).toBe(place.kind === "pair" ? "forbidden" : "done");
      if (code === "done" && !place.members.has(to)) {
        place.members.set(to, { readUpTo: lastOf(place), isMuted: false, isHeld: false });
      }
      return;
    }
    case "leave": {
      const code = await codeOf(t.rooms.leave(me, place.id));
      expect(code).toBe(mine ? (place.kind === "pair" ? "forbidden" : "done") : "not_found");
      if (code === "done") gone(t, model, place, by);
      return;
    }
    case "remove": {
      const code = await codeOf(t.rooms.remove(me, place.id, to));
      if (code === "done") gone(t, model, place, to);
      return;
    }
    case "rename": {
      const code = await codeOf(t.rooms.rename(me, place.id, `name ${n}`));
      expect(code).toBe(mine ? (place.kind === "pair" ? "forbidden" : "done") : "not_found");
      return;
    }
    default:
      return act satisfies never;
  }
}

/** The newest message that was not deleted: as far as a cursor goes. */
const lastOf = (place: ModelRoom) => Math.max(0, ...place.messages.filter((m) => !m.isDeleted).map((m) => m.id));

function gone(t: TestRooms, model: Model, place: ModelRoom, one: Who): void {
  place.members.delete(one);
  t.manners.delete(`${place.id} ${one}`);
  if (place.members.size === 0) model.rooms.splice(model.rooms.indexOf(place), 1);
}

function unreadIn({ blocks }: Model, place: ModelRoom, one: Who): number {
  const cursor = place.members.get(one)?.readUpTo ?? Number.MAX_SAFE_INTEGER;
  return place.messages.filter(
    (m) => m.id > cursor && m.author !== one && !m.isDeleted && !blocks.has(`${one} ${m.author}`),
  ).length;
}

function totalOf(model: Model, one: Who): number {
  const counted = model.rooms.filter((place) => place.members.get(one)?.isMuted === false);
  return counted.reduce((sum, place) => sum + unreadIn(model, place, one), 0);
}

/** Each act is alone here, so every count it pushed must be the one the model has now. */
function checkPushes(events: readonly Event[], model: Model): void {
  for (const event of events) {
    if (!("counts" in event)) continue;
    const one = PEOPLE.find((userId) => userId === event.receiver);
    if (!one) continue;
    expect(`${event.type} ${event.counts.unreadMessageCount}`).toBe(`${event.type} ${totalOf(model, one)}`);
    if (event.type === "message-missed" || event.type === "room-changed") {
      const id = event.type === "message-missed" ? event.message.roomId : event.roomId;
      const place = model.rooms.find((candidate) => candidate.id === id);
      if (place) expect(event.roomUnreadCount).toBe(unreadIn(model, place, one));
    }
    if (event.type === "room-listed") {
      const place = model.rooms.find((candidate) => candidate.id === event.room.id);
      if (place) expect(event.room.unreadCount).toBe(unreadIn(model, place, one));
    }
  }
}

async function check(t: TestRooms, model: Model): Promise<void> {
  for (const one of PEOPLE) {
    const me = principalOf(one);
    for (const place of model.rooms) {
      if (!place.members.has(one)) {
        expect(await codeOf(t.rooms.read(me, place.id))).toBe("not_found");
        continue;
      }
      const page = await t.rooms.read(me, place.id);
      expect(page.messages.map((m) => m.id)).toEqual(place.messages.filter((m) => !m.isDeleted).map((m) => m.id));
      expect(page.room.members.map((m) => m.userId).toSorted()).toEqual([...place.members.keys()].toSorted());
      expect(page.unreadCount).toBe(unreadIn(model, place, one));
      expect(page.readUpTo).toBe(place.members.get(one)?.readUpTo ?? -1);
      if (place.kind === "group") expect(page.room.members.filter((m) => m.role === "owner")).toHaveLength(1);
    }
    const { rooms } = await t.rooms.list(me);
    const counted = rooms.filter((listed) => !listed.isMuted).reduce((sum, listed) => sum + listed.unreadCount, 0);
    expect(counted).toBe(totalOf(model, one));
  }
}
