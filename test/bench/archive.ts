import { join } from "node:path";
import { createClient } from "@libsql/client";
import { gramsOf } from "../../src/service/search/grams.ts";

const ROOMS = 2_000;
const FIRST_ROOM = 1_001;
/** Above the ids of all other messages of the community. */
const FIRST_ID = 2_000_000;
/** As many rows as the indexer takes in one commit, so that the index has the segments it would have in real life. */
const ROWS_PER_COMMIT = 100;
/** Of the people by number: who reads, and in how many of the rooms they are. */
export const READER = 9_000;
const READER_ROOMS = 5;
/** In one message of a hundred thousand; in every tenth; in every tenth, but nowhere the reader is; in none. */
export const WORDS = { rare: "쇠제비갈매기", common: "회의", elsewhere: "비밀", missing: "도요타조" } as const;
const RARE_EVERY = 100_000;
const COMMON_EVERY = 10;

const BIRDS = "참새 까치 직박구리 박새 딱새 곤줄박이 동고비 어치 물총새 왜가리 백로 황조롱이 뻐꾸기 제비 두루미".split(
  " ",
);
const ACTS =
  "봤어요 찍었습니다 날아갔네 울더라고요 앉아 있었어 기다리는 중입니다 다시 왔어요 놓쳤어요 들었나요 세어 볼게요".split(
    " ",
  );
const PLACES = "공원 저수지 뒷산 강가 습지 마당 학교 옥상 갯벌 들판 철새도래지 전망대".split(" ");
const TIMES = "아침에 어제 방금 저녁때 주말에 내일 새벽 점심시간에 지난달 올해".split(" ");

interface Row {
  readonly id: number;
  readonly roomId: number;
  readonly authorId: string;
  readonly body: string;
}

/** Puts many messages of many rooms, and what the index makes of them, into the data folder of a server that does not run. */
export async function fillArchive(data: string, messageCount: number): Promise<void> {
  const client = createClient({ url: `file:${join(data, "birdie.db")}`, concurrency: 1 });
  const atMs = Date.now();
  // Nobody minds if a template is lost: what is measured comes later.
  await client.executeMultiple(`pragma foreign_keys = off; pragma synchronous = off; pragma wal_autocheckpoint = 20000;
    with recursive n(i) as (values (0) union all select i + 1 from n where i + 1 < ${ROOMS})
      insert into rooms (id, kind, name, created_at_ms, active_at_ms, position)
      select ${FIRST_ROOM} + i, 'group', 'Room ' || i, ${atMs}, ${atMs}, 1 from n;
    with recursive n(i) as (values (0) union all select i + 1 from n where i + 1 < ${2 * ROOMS})
      insert into room_members (room_id, user_id, joined_at_ms, position)
      select ${FIRST_ROOM} + i / 2, printf('user%05d', 2000 + i), ${atMs}, 1 from n;
    with recursive n(i) as (values (0) union all select i + 1 from n where i + 1 < ${READER_ROOMS})
      insert into room_members (room_id, user_id, joined_at_ms, position)
      select ${FIRST_ROOM} + i, printf('user%05d', ${READER}), ${atMs}, 1 from n;`);
  for (let from = 0; from < messageCount; from += ROWS_PER_COMMIT) {
    const rows = Array.from({ length: Math.min(ROWS_PER_COMMIT, messageCount - from) }, (_, i) => rowOf(from + i));
    const entries = rows.map(({ id, roomId, body }) => ({ id, place: `p${roomId}`, grams: gramsOf(body) }));
    await client.batch(
      [
        {
          sql: `insert into messages (id, room_id, author_id, body, created_at_ms, position, written_position)
            select value ->> 'id', value ->> 'roomId', value ->> 'authorId', value ->> 'body', ${atMs}, value ->> 'id',
              value ->> 'id' from json_each(?)`,
          args: [JSON.stringify(rows)],
        },
        {
          sql: `insert into search_messages (rowid, grams, place)
            select value ->> 'id', value ->> 'grams', value ->> 'place' from json_each(?)`,
          args: [JSON.stringify(entries)],
        },
      ],
      "write",
    );
  }
  const newest = FIRST_ID + messageCount;
  await client.executeMultiple(`
    update rooms set last_message_id = (select max(id) from messages m where m.room_id = rooms.id), position = ${newest}
      where id >= ${FIRST_ROOM};
    insert into meta (key, value) values ('search:messages:id', '${newest}')
      on conflict (key) do update set value = excluded.value;
    update meta set value = '${newest}' where key = 'position';
    pragma wal_checkpoint(truncate);`);
  client.close();
}

/** The same community in every run: a number decides what the message says, and where. */
function rowOf(i: number): Row {
  const place = mix(i) % ROOMS;
  const pick = (words: readonly string[], salt: number) => words[mix(i * 7 + salt) % words.length] ?? "";
  const special = [
    // The reader finds one of the rare ones at least: the first.
    ...(i % RARE_EVERY === 0 ? [WORDS.rare] : []),
    ...(i % COMMON_EVERY === 0 ? [`${WORDS.common}록`] : []),
    ...(i % COMMON_EVERY === 5 && place >= READER_ROOMS ? [WORDS.elsewhere] : []),
  ];
  const words = [
    pick(TIMES, 1),
    pick(PLACES, 2),
    pick(BIRDS, 3),
    ...special,
    pick(ACTS, 4),
    pick(PLACES, 5),
    pick(BIRDS, 6),
  ];
  return {
    id: FIRST_ID + i + 1,
    roomId: FIRST_ROOM + (i === 0 ? 0 : place),
    authorId: `user${String(2_000 + 2 * place).padStart(5, "0")}`,
    body: `${words.join(" ")} ${mix(i + 3) % 10_000}`,
  };
}

/** A number that looks drawn by lot, and is always the same. */
function mix(value: number): number {
  let h = Math.imul(value ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
