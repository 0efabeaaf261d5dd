import type { Counts } from "../domain/account.ts";
import type { Event, QueueEvent } from "../domain/event.ts";

/** A queue's event with its position; see announcer. */
export interface Waiting {
  readonly event: QueueEvent;
  readonly position: number | undefined;
}

export interface CoalescerOptions {
  readonly publish: (destination: string, said: Waiting) => void;
  /** Between two rounds of one destination. */
  readonly everyMs: number;
}

interface Round {
  /** By what it is about, oldest position first. */
  readonly waiting: Map<string, Waiting>;
  timer: ReturnType<typeof setTimeout>;
}

/** More than this waits for nobody. */
const WAITING_MAX = 200;

/**
 * Keeps a burst from flooding the tabs of one person. The first event goes out at once; what follows within
 * `everyMs` waits, and of each alarm and room only the latest state is told, in the order of the positions, with the
 * latest counts: so a tab that resumes from any of them has missed nothing, and no badge shows an older number later.
 */
export class Coalescer {
  readonly #options: CoalescerOptions;
  readonly #rounds = new Map<string, Round>();

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  say(destination: string, said: Waiting): void {
    const round = this.#rounds.get(destination);
    if (!round) {
      this.#options.publish(destination, said);
      this.#begin(destination);
      return;
    }
    const key = keyOf(said.event);
    const before = round.waiting.get(key);
    round.waiting.delete(key);
    round.waiting.set(key, before ? { ...said, event: joined(before.event, said.event) } : said);
    if (round.waiting.size >= WAITING_MAX) this.flush(destination);
  }

  /** Tells at once what waits: before somebody new listens, who has read all of it already. */
  flush(destination: string): void {
    const round = this.#rounds.get(destination);
    if (!round) return;
    const waiting = [...round.waiting.values()];
    round.waiting.clear();
    const counts = waiting.at(-1)?.event.counts;
    for (const said of waiting) this.#options.publish(destination, counts ? withCounts(said, counts) : said);
  }

  stop(): void {
    for (const { timer } of this.#rounds.values()) clearTimeout(timer);
    this.#rounds.clear();
  }

  #begin(destination: string): void {
    const end = () => {
      const round = this.#rounds.get(destination);
      if (!round || round.waiting.size === 0) {
        this.#rounds.delete(destination);
        return;
      }
      this.flush(destination);
      round.timer = setTimeout(end, this.#options.everyMs);
    };
    this.#rounds.set(destination, { waiting: new Map(), timer: setTimeout(end, this.#options.everyMs) });
  }
}

export function isQueueEvent(event: Event): event is QueueEvent {
  return "counts" in event;
}

let serial = 0;

/** Events of one key are states of one thing: the later one says all that the earlier did. */
function keyOf(event: QueueEvent): string {
  switch (event.type) {
    case "alarm-raised":
    case "alarm-retracted":
      return `alarm ${event.alarm.key}`;
    case "message-missed":
      return `missed ${event.message.roomId}`;
    case "room-changed":
      return `changed ${event.roomId}`;
    case "room-listed":
      return `listed ${event.room.id}`;
    case "reports-waiting":
      return event.type;
    case "room-requested":
      return `requested ${event.roomId}`;
    default:
      // What was read names its alarms: none may be forgotten.
      return `${event.type} ${++serial}`;
  }
}

/** What was news and has not been told yet is news still. */
function joined(before: QueueEvent, now: QueueEvent): QueueEvent {
  if (before.type === "room-changed" && now.type === "room-changed") {
    const { lastMessage, kind } = now.lastMessage ? now : before;
    return { ...now, lastMessage, kind, room: now.room ?? before.room };
  }
  if (before.type === "room-listed" && now.type === "room-listed" && before.isNews) return { ...now, isNews: true };
  const wasNews = before.type === "alarm-raised" && before.isNews;
  return wasNews && now.type === "alarm-raised" ? { ...now, isNews: true } : now;
}

function withCounts(said: Waiting, counts: Counts): Waiting {
  return { ...said, event: { ...said.event, counts } };
}
