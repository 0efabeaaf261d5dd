/**
 * How somebody is in a room. `sees`: whoever is there sees what arrives (plain subscriptions, "participate").
 * `acks`: what was seen is said by ACK (our pages), so that a hidden tab reads nothing.
 */
export type Manner = "sees" | "acks";

interface Count {
  sees: number;
  acks: number;
}

/**
 * The presence map: room -> the people in it, counted per connection, so that closing one of two tabs leaves nobody
 * and a killed one leaves no ghost. It decides interruption only; what is unread is a cursor in the database.
 */
export class Presence {
  readonly #rooms = new Map<number, Map<string, Count>>();
  readonly #onChange: (roomId: number) => void;
  /** How many have left a room, ever. */
  departures = 0;

  /** `onChange` hears of a room in which somebody came first or went last. */
  constructor(onChange: (roomId: number) => void) {
    this.#onChange = onChange;
  }

  /** Counts one more connection of this person. Every `enter` is ended by one `leave` of the same manner. */
  enter(roomId: number, userId: string, manner: Manner): void {
    const people = this.#rooms.get(roomId) ?? new Map<string, Count>();
    this.#rooms.set(roomId, people);
    const count = people.get(userId);
    if (count) count[manner]++;
    else {
      people.set(userId, { sees: 0, acks: 0, [manner]: 1 });
      this.#onChange(roomId);
    }
  }

  leave(roomId: number, userId: string, manner: Manner): void {
    const people = this.#rooms.get(roomId);
    const count = people?.get(userId);
    if (!people || !count || count[manner] === 0) return;
    count[manner]--;
    this.departures++;
    if (count.sees + count.acks > 0) return;
    people.delete(userId);
    if (people.size === 0) this.#rooms.delete(roomId);
    this.#onChange(roomId);
  }

  /** Everybody in the room, in the order they came. */
  presentIn(roomId: number): readonly string[] {
    return [...(this.#rooms.get(roomId)?.keys() ?? [])];
  }

  /** Those of them who say by themselves what they have seen. */
  *ackersIn(roomId: number): Iterable<string> {
    const people = this.#rooms.get(roomId);
    if (people) for (const [userId, { sees }] of people) if (sees === 0) yield userId;
  }

  /** How this person is in the room: `sees` when any connection does; undefined when absent. */
  mannerOf(roomId: number, userId: string): Manner | undefined {
    const count = this.#rooms.get(roomId)?.get(userId);
    if (!count) return undefined;
    return count.sees > 0 ? "sees" : "acks";
  }

  /** How many rooms have somebody in them: 0 once everybody has gone. */
  get roomCount(): number {
    return this.#rooms.size;
  }
}
