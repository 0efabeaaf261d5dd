import { describe, expect, test } from "bun:test";
import { sql } from "drizzle-orm";
import { createMembers } from "../../src/service/members.ts";
import { createPosts } from "../../src/service/posts.ts";
import { testClock } from "../support/clock.ts";
import { addAccount, testDatabase } from "../support/database.ts";

async function community(...people: readonly (readonly [userId: string, name?: string])[]) {
  const t = await testDatabase();
  const me = await addAccount(t.database, "me_myself", "Me");
  for (const [userId, name] of people) await addAccount(t.database, userId, name);
  const members = createMembers({ database: t.database, nowMs: Date.now });
  const run = (statement: ReturnType<typeof sql>) =>
    t.database.commit({
      statements: () => [t.database.db.run(statement)],
      done: () => ({ value: undefined, events: [] }),
    });
  const find = async (query: string, around = {}) =>
    (await members.find(me, query, around)).map((person) => person.userId);
  return { t, me, members, run, find };
}

describe("members are found", () => {
  test("by the beginning of user id, of name, or of a later word of the name, in any case, in Hangul by any part of it; never oneself", async () => {
    const { find } = await community(
      ["kim99", "김철수"],
      ["chulsoo", "Kim Chul"],
      ["other", "박영희"],
      ["me_too", "x"],
    );
    expect((await find("kim")).toSorted()).toEqual(["chulsoo", "kim99"]);
    expect((await find("chul")).toSorted()).toEqual(["chulsoo"]);
    expect(await find("김")).toEqual(["kim99"]);
    expect(await find("영희")).toEqual(["other"]);
    expect(await find("oth")).toEqual(["other"]);
    expect(await find("her")).toEqual([]);
    expect(await find("me_")).toEqual(["me_too"]);
  });

  test("eight at most, the very one first, then those of the post, then the newest", async () => {
    const { t, run, find } = await community(...Array.from({ length: 12 }, (_, i) => [`bird${i}`] as const), ["bird"]);
    await run(sql`update accounts set created_at_ms = cast(substr(user_id, 5) as integer) where user_id like 'bird_%'`);
    const posts = createPosts({ database: t.database, nowMs: testClock().nowMs });
    await posts.write({ userId: "bird2", name: "" }, { title: "t", body: "b" });
    await posts.comment({ userId: "bird3", name: "" }, 1, { body: "b", parentId: undefined });
    expect((await find("bird")).slice(0, 3)).toEqual(["bird", "bird11", "bird10"]);
    expect(await find("bird")).toHaveLength(8);
    expect((await find("bird", { postId: 1 })).slice(0, 4)).toEqual(["bird", "bird3", "bird2", "bird11"]);
    expect(await find("")).toHaveLength(8);
  });

  test("signs of the search language mean themselves", async () => {
    const { find } = await community(["abc"], ["a_c"]);
    expect(await find("a_")).toEqual(["a_c"]);
    for (const query of ["%", "a%", "\\", "'", '"']) expect(await find(query)).toEqual([]);
  });

  test("but nobody who is banned, nor anybody between whom and oneself a block stands", async () => {
    const { run, find } = await community(["banned"], ["bblocks"], ["bblocked"], ["bystander"]);
    await run(sql`update accounts set banned_at_ms = 1 where user_id = 'banned'`);
    await run(sql`insert into blocks values ('bblocks', 'me_myself', 1), ('me_myself', 'bblocked', 1)`);
    expect(await find("b")).toEqual(["bystander"]);
  });

  test("in a room its members only, and nobody through a room one is not in", async () => {
    const { run, find } = await community(["inside"], ["invited"]);
    await run(sql`insert into rooms (kind, created_at_ms, active_at_ms, position) values ('group', 1, 1, 1)`);
    await run(sql`insert into room_members (room_id, user_id, joined_at_ms, position) values (1, 'inside', 1, 1)`);
    expect(await find("in", { roomId: 1 })).toEqual([]);
    await run(sql`insert into room_members (room_id, user_id, joined_at_ms, position) values (1, 'me_myself', 1, 1)`);
    expect(await find("in", { roomId: 1 })).toEqual(["inside"]);
    expect((await find("in")).toSorted()).toEqual(["inside", "invited"]);
  });
});

describe("members are named", () => {
  test("by id or by a name that is one member's, also with blanks in it; never by a name of several, or of nobody", async () => {
    const { me, members, run } = await community(
      ["emma", "Emma Clarke"],
      ["minjun", "김민준"],
      ["bob", "Bob"],
      ["robert", "bob"],
      ["twin_one", "Same Name"],
      ["twin_two", "same name"],
      ["hidden", "Hidden Bird"],
    );
    await run(sql`update accounts set banned_at_ms = 1 where user_id = 'hidden'`);
    const named = (text: string) =>
      members.named(me, "userIds", text).catch((error) => `${error.faults[0].rule} ${error.faults[0].names}`);
    expect(await named("")).toEqual([]);
    expect(await named(" bob  @minjun,emma bob ")).toEqual(["bob", "minjun", "emma"]);
    expect(await named("emma CLARKE,\n김민준; Robert")).toEqual("wrong Robert");
    expect(await named("emma CLARKE,\n김민준; robert")).toEqual(["emma", "minjun", "robert"]);
    // An id is an id, whoever calls themselves so.
    expect(await named("bob")).toEqual(["bob"]);
    expect(await named("Bob")).toEqual("several Bob");
    expect(await named("Same Name, emma")).toEqual("several Same Name");
    expect(await named("Hidden Bird")).toEqual("wrong Hidden Bird");
    expect(await named("Me")).toEqual("wrong Me");
    expect(await named("김민준".normalize("NFD"))).toEqual(["minjun"]);
    // Whether there is such an account, only those say who let somebody in.
    expect(await named("nobody bob")).toEqual(["nobody", "bob"]);
    expect(await named("x ".repeat(500))).toMatch(/wrong/);
    expect(await named(Array.from({ length: 500 }, (_, i) => `x${i}`).join(" "))).toMatch(/too_long/);
  });
});
