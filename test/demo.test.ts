import { describe, expect, test } from "bun:test";
import { PEOPLE, STORY } from "../src/demo/story.ts";
import { testFolder } from "./support/folder.ts";
import { type BirdieProcess, runBirdie, startBirdie } from "./support/process.ts";
import { signIn, signUp } from "./support/server.ts";

const startDemo = (data: string, ...more: readonly string[]) =>
  startBirdie(["--port", "0", "--data", data, "--demo", ...more]);

const SIGN_IN = /^Demo sign-in: ([a-z0-9_]+) with the password (\S+)$/gm;

/** The printed sign-ins, once the last of them is there. */
async function signInsOf(birdie: BirdieProcess): Promise<readonly (readonly [userId: string, password: string])[]> {
  await birdie.hears(/(?:Demo sign-in: .*\n){2}/);
  return [...birdie.said().matchAll(SIGN_IN)].map(([, userId = "", password = ""]) => [userId, password]);
}

describe("the demo", () => {
  test("prints two sign-ins that work, for a community in which something has happened and something is new", async () => {
    const data = testFolder();
    const startedAtMs = Date.now();
    const birdie = await startDemo(data);
    const signIns = await signInsOf(birdie);
    expect(signIns.map(([userId]) => userId)).toEqual(["alice", "bob"]);
    expect(birdie.said()).not.toContain("setup");

    for (const [userId, password] of signIns) {
      const member = await signIn(birdie, userId, password);
      const { posts } = (await member.get("/")).json;
      const postCount = STORY.filter((step) => step.act === "post").length;
      expect(posts).toHaveLength(postCount);
      const times = posts.map((post: { createdAt: string }) => Date.parse(post.createdAt));
      expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
      const oldestMs = Math.max(...STORY.map((step) => step.minAgo)) * 60_000;
      expect(times.every((ms: number) => ms < startedAtMs && ms >= startedAtMs - oldestMs)).toBe(true);

      const { rooms } = (await member.get("/messages")).json;
      expect(rooms.length).toBeGreaterThan(1);
      const unreadCount = rooms.reduce((sum: number, room: { unreadCount: number }) => sum + room.unreadCount, 0);
      expect([userId, unreadCount > 0]).toEqual([userId, true]);
      const { alarms } = (await member.get("/alarms")).json;
      expect(alarms.some((alarm: { isRead: boolean }) => !alarm.isRead)).toBe(true);
    }
    expect(await birdie.stop()).toBe(0);

    // A second start finds an account, so it fills nothing and says so in the log; the sign-ins go on working.
    await using again = await startDemo(data);
    const [alice, password] = signIns[0] ?? ["", ""];
    const { posts } = (await (await signIn(again, alice, password)).get("/")).json;
    expect(posts).toHaveLength(STORY.filter((step) => step.act === "post").length);
    expect(await again.stop()).toBe(0);
    expect(again.said()).toBe(`Birdie is ready at ${again.url}\n`);
    expect(again.complained()).toContain("the database is not empty, and --demo leaves it as it is");
  });

  test("writes at today's time again when it is over: what comes now is the newest", async () => {
    await using birdie = await startDemo(testFolder());
    const [[userId, password] = ["", ""]] = await signInsOf(birdie);
    const member = await signIn(birdie, userId, password);
    const beforeMs = Date.now();
    const written = (await member.post("/posts", { title: "now", body: "now" })).json;
    expect(Date.parse(written.createdAt)).toBeGreaterThanOrEqual(beforeMs);
    expect((await member.get("/")).json.posts[0].id).toBe(written.id);
  });

  test("has other passwords each time, and leaves nobody signed in", async () => {
    await using one = await startDemo(testFolder());
    await using other = await startDemo(testFolder());
    const passwords = [...(await signInsOf(one)), ...(await signInsOf(other))].map(([, password]) => password);
    expect(new Set(passwords).size).toBe(4);
    const [[userId, password] = ["", ""]] = await signInsOf(one);
    const member = await signIn(one, userId, password);
    const page = await fetch(`${one.url}/settings`, { headers: { authorization: `Bearer ${member.token}` } });
    expect(await page.text()).not.toContain("birdie --demo");
  });

  test("touches no community that is there already", async () => {
    const data = testFolder();
    const first = await startBirdie(["--port", "0", "--data", data]);
    const zoe = await signUp(first, "zoe");
    await first.stop();
    await using birdie = await startDemo(data);
    const back = await signIn(birdie, "zoe", zoe.password);
    expect((await back.get("/")).json.posts).toEqual([]);
    expect((await back.get("/members/alice")).status).toBe(404);
    expect(await birdie.stop()).toBe(0);
    expect(birdie.said()).toBe(`Birdie is ready at ${birdie.url}\n`);
  });

  test("says how to begin where nobody may sign up, and is no obstacle once it is there", async () => {
    const data = testFolder();
    const { code, complained } = await runBirdie(["--port", "0", "--data", data, "--demo", "--signup", "closed"]);
    expect([code, complained]).toEqual([1, expect.stringContaining("--signup open")]);
    expect(complained.trim().split("\n")).toHaveLength(1);
    const birdie = await startDemo(data);
    const [[userId, password] = ["", ""]] = await signInsOf(birdie);
    await birdie.stop();
    await using closed = await startDemo(data, "--signup", "closed");
    expect((await signIn(closed, userId, password)).userId).toBe("alice");
    await expect(signUp(closed, "zoe")).rejects.toThrow("sign-up of zoe: 403");
  });

  test("is not what somebody gets who did not ask for it", async () => {
    await using birdie = await startBirdie(["--port", "0", "--data", testFolder(), "--demo=off"]);
    await birdie.hears(/Make the first account/);
    expect(birdie.said()).not.toContain("Demo");
    expect((await runBirdie(["--demo=perhaps"])).code).toBe(1);
  });
});

describe("the story", () => {
  test("is told in the order it happened, by people who are in it", () => {
    const minutes = STORY.map((step) => step.minAgo);
    expect(minutes).toEqual(minutes.toSorted((a, b) => b - a));
    expect(Math.min(...minutes)).toBeGreaterThan(0);
    const people = new Set(PEOPLE.map((person) => person.userId));
    for (const step of STORY) for (const by of [step.by].flat()) expect([by, people.has(by)]).toEqual([by, true]);
  });
});
