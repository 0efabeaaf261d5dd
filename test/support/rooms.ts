import type { Principal } from "../../src/domain/account.ts";
import { BirdieError } from "../../src/domain/errors.ts";
import type { Event } from "../../src/domain/event.ts";
import { type Blocks, createBlocks } from "../../src/service/blocks.ts";
import { createRooms, type Rooms } from "../../src/service/rooms.ts";
import { addAccount, fail, type TestDatabase, testDatabase } from "./database.ts";

export interface TestRooms extends TestDatabase {
  readonly rooms: Rooms;
  readonly blocks: Blocks;
  /** `room user` -> how they are in it now. */
  readonly manners: Map<string, "sees" | "acks">;
  /** Who has a tab open anywhere. */
  readonly listening: Set<string>;
  /** What was heard of one type so far. */
  heard<T extends Event["type"]>(type: T): readonly Extract<Event, { type: T }>[];
}

/** Chat on a fresh database, with accounts of these names. */
export async function testRooms(...userIds: readonly string[]): Promise<TestRooms> {
  const t = await testDatabase();
  for (const userId of userIds) await addAccount(t.database, userId);
  const manners = new Map<string, "sees" | "acks">();
  const listening = new Set<string>();
  const nowMs = () => 1_000;
  const rooms = createRooms({
    database: t.database,
    nowMs,
    surroundings: {
      mannerOf: (roomId, userId) => manners.get(`${roomId} ${userId}`),
      isListening: (userId) => listening.has(userId),
      departures: () => 0,
    },
    presentIn: (roomId) => userIds.filter((userId) => manners.has(`${roomId} ${userId}`)),
    report: fail,
  });
  const blocks = createBlocks({ database: t.database, nowMs, forgetPerson: rooms.settingsChanged });
  return {
    ...t,
    rooms,
    blocks,
    manners,
    listening,
    heard: <T extends Event["type"]>(type: T) =>
      t.events.filter((event): event is Extract<Event, { type: T }> => event.type === type),
    [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
  };
}

export function principalOf(userId: string): Principal {
  return { userId, name: userId, signInId: `${userId}-1`, language: undefined, timeZone: undefined };
}

/** The code of the refusal, or "done". */
export async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return "done";
  } catch (error) {
    if (error instanceof BirdieError) return error.code;
    throw error;
  }
}
