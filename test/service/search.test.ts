import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Principal } from "../../src/domain/account.ts";
import { type FoundKind, readQuery } from "../../src/domain/search.ts";
import { createPosts } from "../../src/service/posts.ts";
import { createRooms, type Rooms } from "../../src/service/rooms.ts";
import { createIndexer, type Indexer } from "../../src/service/search/indexer.ts";
import { createSearch, type Search } from "../../src/service/search.ts";
import { addAccount, fail, type TestDatabase, testDatabase } from "../support/database.ts";

const principal = (userId: string): Principal => ({
  userId,
  name: userId,
  signInId: userId,
  language: undefined,
  timeZone: undefined,
});
const [alice, bob, carol] = ["alice", "bob", "carol"].map(principal) as [Principal, Principal, Principal];

describe("search", () => {
  let t: TestDatabase;
  let rooms: Rooms;
  let posts: ReturnType<typeof createPosts>;
  let indexer: Indexer;
  let search: Search;
  let roomId: number;

  beforeEach(async () => {
    t = await testDatabase();
    for (const userId of ["alice", "bob", "carol"]) await addAccount(t.database, userId);
    const surroundings = { mannerOf: () => undefined, isListening: () => false, departures: () => 0 };
    rooms = createRooms({ database: t.database, nowMs: () => 1, surroundings, presentIn: () => [], report: fail });
    posts = createPosts({ database: t.database, nowMs: () => 1 });
    indexer = createIndexer(t.database, (error) => {
      throw error;
    });
    search = createSearch(t.database);
    roomId = (await rooms.open(alice, "bob")).roomId;
  });
  afterEach(async () => {
    await indexer.stop();
    await t[Symbol.asyncDispose]();
  });

  const say = (body: string) => rooms.say(alice, roomId, { body, clientId: undefined });
  async function find(me: Principal, kind: FoundKind, query: string) {
    const { found } = await search.find(me, kind, readQuery(query).words);
    return found.map((hit) => [...(hit.title ?? []), ...hit.excerpt].map((piece) => piece.text).join(""));
  }

  for (const isIndexed of [false, true]) {
    const when = isIndexed ? "once the index has followed" : "before the index has followed";
    test(`finds inside Korean words, of one, two and more syllables, newest first, ${when}`, async () => {
      for (const body of ["오늘 아침회의록 공유합니다", "회의는 세 시입니다", "회 먹으러 갈래요?", "의회 소식"])
        await say(body);
      if (isIndexed) await indexer.caughtUp();
      expect(await find(bob, "messages", "회의")).toEqual(["회의는 세 시입니다", "오늘 아침회의록 공유합니다"]);
      expect(await find(bob, "messages", "의록")).toEqual(["오늘 아침회의록 공유합니다"]);
      expect(await find(bob, "messages", "회의록 공유")).toEqual(["오늘 아침회의록 공유합니다"]);
      expect(await find(bob, "messages", "공유 없는말")).toEqual([]);
    });

    test(`finds Latin words inside, whatever their case; signs of the index or of LIKE mean nothing, ${when}`, async () => {
      for (const body of ["The Birdie flies", "100% sure", "a_b"]) await say(body);
      if (isIndexed) await indexer.caughtUp();
      expect(await find(bob, "messages", "IRDI")).toEqual(["The Birdie flies"]);
      expect(await find(bob, "messages", '"birdie" OR NEAR(*')).toEqual([]);
      expect(await find(bob, "messages", "100%")).toEqual(["100% sure"]);
      for (const query of ["%", "_", "*", '"', "(", "-", "place:p1", "grams : x"]) {
        expect(await find(bob, "messages", query)).toEqual([]);
      }
    });

    test(`never finds in a room one is not in, ${when}`, async () => {
      await say("between the two of us");
      if (isIndexed) await indexer.caughtUp();
      expect(await find(alice, "messages", "between")).toHaveLength(1);
      expect(await find(carol, "messages", "between")).toEqual([]);
    });
  }

  test("edits are found by their new words only, deleted things not at all", async () => {
    const post = await posts.write(alice, { title: "Winter gloves", body: "which ones" });
    const { comment } = await posts.comment(bob, post.id, { body: "the woollen ones", parentId: undefined });
    await indexer.caughtUp();
    expect(await find(carol, "posts", "gloves")).toHaveLength(1);
    expect(await find(carol, "comments", "woollen")).toHaveLength(1);
    await posts.edit(alice, post.id, { title: "Summer hats", body: "which ones" });
    await posts.removeComment(bob, comment.id);
    expect(await find(carol, "posts", "gloves")).toEqual([]);
    await indexer.caughtUp();
    expect(await find(carol, "posts", "summer")).toHaveLength(1);
    expect(await find(carol, "posts", "gloves")).toEqual([]);
    expect(await find(carol, "comments", "woollen")).toEqual([]);
  });

  test("comments go with their post", async () => {
    const post = await posts.write(alice, { title: "t", body: "b" });
    await posts.comment(bob, post.id, { body: "precious words", parentId: undefined });
    await indexer.caughtUp();
    await posts.remove(alice, post.id);
    expect(await find(carol, "comments", "precious")).toEqual([]);
    await indexer.caughtUp();
    expect(await find(carol, "comments", "precious")).toEqual([]);
  });

  test("pages by id, over the border of what is indexed, without a gap or a repeat", async () => {
    for (let i = 0; i < 40; i++) await say(`line number ${i}`);
    await indexer.caughtUp();
    for (let i = 40; i < 50; i++) await say(`line number ${i}`);
    const seen: number[] = [];
    let before: number | undefined;
    do {
      const page = await search.find(bob, "messages", ["number"], { before, limit: 7 });
      seen.push(...page.found.map((hit) => hit.id));
      before = page.before;
    } while (before !== undefined);
    expect(seen).toHaveLength(50);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => b - a));
  });
});
