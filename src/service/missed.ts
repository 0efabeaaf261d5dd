import type { Announcement } from "../database/open.ts";
import type { Event } from "../domain/event.ts";
import { andMore } from "../domain/position.ts";

/*
 * What a reader who saw everything up to a position has missed: not the history, but the few events that lead from
 * there to how things are now.
 */

/** From which position on, and how many changed rows are told at most. */
export interface Missed {
  readonly position: number;
  readonly limit: number;
  /** Whose likes are told. */
  readonly reader?: string;
}

/** A row that changed, as the events that tell of it. */
export interface Change {
  /** Of the row as it is now. */
  readonly position: number;
  readonly events: readonly Event[];
  /** Rows are told by this, least first, and in the order they come where it is the same; never more than `position`. */
  readonly order: number;
}

/**
 * Where a row stands among those that are told. What is new stands where it was written, so that a reply finds its thread
 * and a conversation its order; a change of what was there, where it happened. So who was told of something new has
 * nothing left to hear from before it was written: it is not new to them again, and they hear of its end.
 */
export function orderOf(row: { readonly position: number; readonly writtenPosition: number }, seen: number): number {
  return row.writtenPosition > seen ? row.writtenPosition : row.position;
}

/** Each event with the last position up to which nothing is left to tell: from there a broken replay goes on. */
export function inOrder(changes: readonly Change[], seen: number): Announcement[] {
  const sorted = changes.toSorted((a, b) => a.order - b.order);
  const newest = Math.max(seen, ...sorted.map((change) => change.position));
  const backwards: Announcement[] = [];
  let untold = newest + 1;
  for (const { events, position, order } of sorted.toReversed()) {
    for (const event of events.toReversed()) {
      const reached = untold - 1;
      backwards.push({ event, position: position > reached ? andMore(reached) : reached });
      untold = order;
    }
  }
  return backwards.reverse();
}
