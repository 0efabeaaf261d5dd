// What the same rows cost when every one is committed by itself: `bun insert-floor.ts FILE MS` prints rows per second.
import { createClient } from "@libsql/client";

const [, , file = "", forMs = "2000"] = process.argv;
const client = createClient({ url: `file:${file}`, concurrency: 1 });
for (const pragma of ["journal_mode=wal", "synchronous=full", "foreign_keys=on"])
  await client.execute(`pragma ${pragma}`);
const body = "x".repeat(200);
const startMs = performance.now();
let count = 0;
while (performance.now() - startMs < Number(forMs)) {
  count++;
  await client.execute({
    sql: "insert into messages (room_id, author_id, body, created_at_ms, position, written_position) values (1, 'user00000', ?, ?, ?, 0)",
    args: [body, Date.now(), 2_000_000 + count],
  });
}
console.log(Math.round((count * 1000) / (performance.now() - startMs)));
client.close();
