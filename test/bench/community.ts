import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { createTokens } from "../../src/auth/tokens.ts";
import { openDatabase } from "../../src/database/open.ts";
import type { Member } from "./plan.ts";

const ROOT = join(import.meta.dir, "../..");
const PEOPLE = 10_000;
const PAIRS = 100;
const HISTORY_MESSAGES = 50_000;
const COMMENTS = 50;
const POSTS = 30;
const SECRET = new Uint8Array(32).fill(11);
/** Above every position of the rows written here. */
const POSITION = 1_000_000;

/** Rooms of the community, by what they are for. Pairs follow from 101 on. */
export const ROOMS = { hall: 1, stadium: 2, history: 3, lecture: 4, firstPair: 101 } as const;
/** The post that has the comments; everything is by the first of the people. */
export const POST = 1;
/** Members of the hall besides the one who publishes; all members of the stadium. */
export const HALL_MEMBERS = 10;
export const STADIUM_MEMBERS = 1_000;
/** People who have nothing else to read. */
export const LECTURE_FIRST = 5_000;
export const LECTURE_MEMBERS = 100;
/** Besides that post, people with one post each, for those who like them. */
const AUTHORS = 40;
const FIRST_AUTHOR = 3_000;
const FIRST_OWN_POST = 101;

export interface Community {
  readonly people: readonly Member[];
  readonly pairs: readonly { readonly roomId: number; readonly members: readonly [Member, Member] }[];
  /** People with a post of their own, which nobody has liked. */
  readonly authors: readonly { readonly postId: number; readonly owner: Member }[];
  /** A fresh copy of the data folder, for one server. */
  copy(): string;
  remove(): void;
}

/** People, rooms and posts of many sizes, written straight into a database file, with a token for each of the people. */
export async function foundCommunity(): Promise<Community> {
  // Beside the checkout's other output and not in a folder that may live in memory: what a commit costs is the disk.
  mkdirSync(join(ROOT, "test/output"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "test/output/bench-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.on("exit", remove);
  const template = join(folder, "template");
  mkdirSync(join(template, "keys"), { recursive: true, mode: 0o700 });
  writeFileSync(join(template, "keys/tokens.key"), Buffer.from(SECRET).toString("hex"), { mode: 0o600 });
  const url = `file:${join(template, "birdie.db")}`;
  const database = await openDatabase({ url, root: ROOT, announce: () => undefined });
  await database.close();
  await fill(url);
  const people = await signIn();
  const pairs = Array.from({ length: PAIRS }, (_, i) => {
    const [first, second] = [people[1_000 + 2 * i], people[1_001 + 2 * i]];
    if (!first || !second) throw new Error("there are too few people for the pairs");
    return { roomId: ROOMS.firstPair + i, members: [first, second] as const };
  });
  const authors = people
    .slice(FIRST_AUTHOR, FIRST_AUTHOR + AUTHORS)
    .map((owner, i) => ({ postId: FIRST_OWN_POST + i, owner }));
  let copies = 0;
  return {
    people,
    pairs,
    authors,
    copy() {
      const data = join(folder, `data-${copies++}`);
      cpSync(template, data, { recursive: true });
      // What waits to be written would hold up the first commits that are measured.
      Bun.spawnSync(["sync"]);
      return data;
    },
    remove,
  };
}

const userId = (i: number) => `user${String(i).padStart(5, "0")}`;
const signInId = (i: number) => `sign-in-${i}`;

async function signIn(): Promise<Member[]> {
  const tokens = createTokens({ secret: SECRET, accessTokenS: 86_400, refreshTokenS: 86_400, nowMs: Date.now });
  const people: Member[] = [];
  for (let i = 0; i < PEOPLE; i++) {
    people.push({ userId: userId(i), token: await tokens.makeAccess({ userId: userId(i), signInId: signInId(i) }) });
  }
  return people;
}

/** The index is not to be busy with the history while something else is measured: it begins behind it. */
async function fill(url: string): Promise<void> {
  const client = createClient({ url, concurrency: 1 });
  const atMs = Date.now();
  const numbers = (count: number) =>
    `with recursive n(i) as (values (0) union all select i + 1 from n where i + 1 < ${count})`;
  const user = (i: string) => `printf('user%05d', ${i})`;
  const text = "Birds of a feather flock together, they say, and who would argue with that on a day like this.";
  const room = (id: number, kind: string, pair: string) =>
    `insert into rooms (id, kind, pair, created_at_ms, active_at_ms, position) values (${id}, '${kind}', ${pair}, ${atMs}, ${atMs}, 1);`;
  const members = (roomId: number, count: number, first = 0) =>
    `insert into room_members (room_id, user_id, joined_at_ms, position)
      ${numbers(count)} select ${roomId}, ${user(`${first} + i`)}, ${atMs}, 1 from n;`;
  await client.executeMultiple(`
    pragma foreign_keys = on;
    begin;
    insert into accounts (user_id, name, password_hash, language, created_at_ms)
      ${numbers(PEOPLE)} select ${user("i")}, 'Person ' || i, '!', 'en', ${atMs} from n;
    insert into sign_ins (id, user_id, rotated_at_ms, created_at_ms, last_used_at_ms)
      ${numbers(PEOPLE)} select 'sign-in-' || i, ${user("i")}, ${atMs}, ${atMs}, ${atMs} from n;
    ${room(ROOMS.hall, "group", "null")} ${members(ROOMS.hall, HALL_MEMBERS + 1)}
    ${room(ROOMS.stadium, "group", "null")} ${members(ROOMS.stadium, STADIUM_MEMBERS)}
    ${room(ROOMS.lecture, "group", "null")} ${members(ROOMS.lecture, LECTURE_MEMBERS, LECTURE_FIRST)}
    ${room(ROOMS.history, "group", "null")} ${members(ROOMS.history, 3)}
    insert into rooms (id, kind, pair, created_at_ms, active_at_ms, position)
      ${numbers(PAIRS)} select ${ROOMS.firstPair} + i, 'pair', ${user("1000 + 2 * i")} || ':' || ${user("1001 + 2 * i")},
        ${atMs}, ${atMs}, 1 from n;
    insert into room_members (room_id, user_id, joined_at_ms, position)
      ${numbers(2 * PAIRS)} select ${ROOMS.firstPair} + i / 2, ${user("1000 + i")}, ${atMs}, 1 from n;
    insert into messages (id, room_id, author_id, body, created_at_ms, position, written_position)
      ${numbers(HISTORY_MESSAGES)} select i + 1, ${ROOMS.history}, ${user("i % 2")}, '${text}', ${atMs} - i, i + 1, i + 1 from n;
    update rooms set last_message_id = ${HISTORY_MESSAGES}, position = ${HISTORY_MESSAGES} where id = ${ROOMS.history};
    update room_members set read_up_to = ${HISTORY_MESSAGES} where room_id = ${ROOMS.history} and user_id < ${user("2")};
    insert into posts (id, author_id, title, body, comment_count, created_at_ms, position, written_position)
      ${numbers(POSTS)} select i + 1, ${user("0")}, 'A day out, part ' || i, '${text} ${text}',
        iif(i = 0, ${COMMENTS}, 0), ${atMs}, i + 1, i + 1 from n;
    insert into posts (id, author_id, title, body, comment_count, created_at_ms, position, written_position)
      ${numbers(AUTHORS)} select ${FIRST_OWN_POST} + i, ${user(`${FIRST_AUTHOR} + i`)}, 'My day out', '${text}', 0, ${atMs}, 1, 1 from n;
    insert into comments (post_id, author_id, body, created_at_ms, position, written_position)
      ${numbers(COMMENTS)} select ${POST}, ${user("i")}, '${text}', ${atMs}, i + 1, i + 1 from n;
    update meta set value = '${POSITION}' where key = 'position';
    insert into meta (key, value) values ('search:messages:id', '${HISTORY_MESSAGES}');
    commit;
    pragma wal_checkpoint(truncate);`);
  client.close();
}
