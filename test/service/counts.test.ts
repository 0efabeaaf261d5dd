import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { standingOf, UNREAD_MESSAGES_MAX } from "../../src/service/counts.ts";
import { createRooms } from "../../src/service/rooms.ts";
import { addAccount, fail, testDatabase } from "../support/database.ts";
import { principalOf } from "../support/rooms.ts";

test("J3: unread messages are counted exactly up to a thousand, and no further", async () => {
  await using t = await testDatabase();
  const { database } = t;
  for (const userId of ["alice", "bob"]) await addAccount(database, userId);
  const surroundings = { mannerOf: () => undefined, isListening: () => false, departures: () => 0 };
  const rooms = createRooms({ database, nowMs: () => 1, surroundings, presentIn: () => [], report: fail });
  const [alice, bob] = [principalOf("alice"), principalOf("bob")];
  const { roomId } = await rooms.open(alice, "bob");
  const lastId = UNREAD_MESSAGES_MAX + 1_000;
  await database.db.run(sql`
    with recursive n(i) as (values (1) union all select i + 1 from n where i < ${lastId})
    insert into messages (id, room_id, author_id, body, created_at_ms, position, written_position)
    select i, ${roomId}, 'alice', 'Hello', 1, i, i from n`);
  await database.db.run(sql`update rooms set last_message_id = ${lastId} where id = ${roomId}`);

  const counted = async () => [
    (await rooms.read(bob, roomId, {})).unreadCount,
    (await standingOf(database, { userId: "bob", isAdmin: false })).counts.unreadMessageCount,
  ];
  expect(await counted()).toEqual([UNREAD_MESSAGES_MAX, UNREAD_MESSAGES_MAX]);
  await rooms.readUpTo(bob, roomId, lastId - 999);
  expect(await counted()).toEqual([999, 999]);
});
