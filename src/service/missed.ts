import type { Announcement } from "../database/open.ts";
import type { Event } from "../domain/event.ts";

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
  /** Rows are told by this, least first. */
  readonly order: number;
}

/**
 * Where a row stands among those that are told: what is new comes first and in the order it was written, so that a
 * reply finds its thread and a conversation its order; changes of what was there follow.
 */
export function orderOf(row: { readonly position: number; readonly writtenPosition: number }, seen: number): number {
  return row.writtenPosition > seen ? row.writtenPosition - NEW_FIRST : row.position;
}

/** More than there will ever be positions: set before every change of what was there. */
export const NEW_FIRST = 2 ** 40;

/** Each event with the last position up to which nothing is left to tell: from there a broken replay goes on. */
export function inOrder(changes: readonly Change[], seen: number): Announcement[] {
  const sorted = changes.toSorted((a, b) => a.order - b.order);
  const announcements: Announcement[] = [];
  let untold = Number.POSITIVE_INFINITY;
  const newest = Math.max(seen, ...sorted.map((change) => change.position));
  for (const { events, position } of sorted.toReversed()) {
    const reached = Math.min(newest, untold - 1);
    for (const event of events.toReversed()) announcements.unshift({ event, position: reached });
    untold = Math.min(untold, position);
  }
  return announcements;
}
