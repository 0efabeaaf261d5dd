import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Manner, Presence } from "../../src/live/presence.ts";

function presence() {
  const changed: number[] = [];
  return { changed, map: new Presence((roomId) => changed.push(roomId)) };
}

describe("the presence map", () => {
  test("holds a person until their last connection has left", () => {
    const { map, changed } = presence();
    map.enter(1, "alice", "acks");
    map.enter(1, "alice", "acks");
    map.enter(1, "bob", "sees");
    map.leave(1, "alice", "acks");
    expect(map.presentIn(1)).toEqual(["alice", "bob"]);
    map.leave(1, "alice", "acks");
    expect(map.presentIn(1)).toEqual(["bob"]);
    expect(changed).toEqual([1, 1, 1]);
  });

  test("keeps rooms apart", () => {
    const { map } = presence();
    map.enter(1, "alice", "sees");
    map.enter(2, "alice", "acks");
    map.leave(1, "alice", "sees");
    expect([map.presentIn(1), map.presentIn(2), map.presentIn(3)]).toEqual([[], ["alice"], []]);
    expect([map.mannerOf(1, "alice"), map.mannerOf(2, "alice"), map.mannerOf(2, "bob")]).toEqual([
      undefined,
      "acks",
      undefined,
    ]);
  });

  test("says that a person sees when any of their connections does", () => {
    const { map } = presence();
    map.enter(1, "alice", "acks");
    expect(map.mannerOf(1, "alice")).toBe("acks");
    map.enter(1, "alice", "sees");
    expect(map.mannerOf(1, "alice")).toBe("sees");
    map.leave(1, "alice", "sees");
    expect(map.mannerOf(1, "alice")).toBe("acks");
  });

  test("is not moved by a leave without an enter, nor by one of the other manner", () => {
    const { map, changed } = presence();
    map.leave(1, "alice", "sees");
    map.enter(1, "alice", "acks");
    map.leave(1, "alice", "sees");
    map.leave(1, "bob", "acks");
    map.leave(2, "alice", "acks");
    expect(map.presentIn(1)).toEqual(["alice"]);
    expect(changed).toEqual([1]);
  });

  test("is empty, and remembers no room, after everybody came and went fifty times over", () => {
    const { map } = presence();
    for (let round = 0; round < 50; round++) {
      for (const person of ["alice", "bob", "cho"]) for (const room of [1, 2]) map.enter(room, person, "sees");
      for (const person of ["cho", "alice", "bob"]) for (const room of [2, 1]) map.leave(room, person, "sees");
      expect(map.roomCount).toBe(0);
    }
  });

  test("agrees with a plain list of connections after any comings and goings", () => {
    const step = fc.record({
      room: fc.integer({ min: 1, max: 2 }),
      person: fc.constantFrom("alice", "bob"),
      manner: fc.constantFrom<Manner>("sees", "acks"),
      comes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { map, changed } = presence();
        const connections: string[] = [];
        let changeCount = 0;
        for (const { room, person, manner, comes } of steps) {
          const isThere = () => connections.some((one) => one.startsWith(`${room} ${person} `));
          const before = isThere();
          const connection = `${room} ${person} ${manner}`;
          if (comes) {
            map.enter(room, person, manner);
            connections.push(connection);
          } else {
            map.leave(room, person, manner);
            const at = connections.indexOf(connection);
            if (at >= 0) connections.splice(at, 1);
          }
          if (before !== isThere()) changeCount++;
          expect(map.presentIn(room).includes(person)).toBe(isThere());
          const sees = connections.includes(`${room} ${person} sees`);
          expect(map.mannerOf(room, person)).toBe(isThere() ? (sees ? "sees" : "acks") : undefined);
        }
        expect(changed).toHaveLength(changeCount);
        expect(map.roomCount).toBe(new Set(connections.map((one) => one.split(" ")[0])).size);
      }),
    );
  });
});
