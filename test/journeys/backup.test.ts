import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Sqlite from "libsql";
import { addText, endArchive } from "../../src/backup/tar.ts";
import { testFolder } from "../support/folder.ts";
import { type BirdieProcess, runBirdie, startBirdie } from "../support/process.ts";
import { signIn, signUp } from "../support/server.ts";

setDefaultTimeout(120_000);

const start = (data: string) => startBirdie(["--port", "0", "--data", data, "--sends-per-s", "0"]);
const back = (file: string, data: string) => runBirdie(["backup", file, "--data", data]);
const bring = (file: string, data: string) => runBirdie(["restore", file, "--data", data]);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** A small community that has stopped, and a backup of it. */
async function kept() {
  const data = join(testFolder(), "data");
  const file = join(testFolder(), "birdie.tar");
  await using birdie = await start(data);
  const alice = await signUp(birdie, "alice");
  const { id } = (await alice.post("/posts", { title: "On birds", body: "They sing." })).json;
  await birdie.stop();
  expect((await back(file, data)).code).toBe(0);
  return { data, file, alice, postId: id as number };
}

/** An archive whose file would land beside the data folder. */
function leadingOut(): string {
  const file = join(testFolder(), "leading-out.tar");
  const archive = openSync(file, "w");
  addText(archive, "../../planted", "Hello");
  endArchive(archive);
  closeSync(archive);
  return file;
}

async function expectRefused(file: string, data: string, why: RegExp): Promise<void> {
  const before = existsSync(data) ? readdirSync(data, { recursive: true }).sort() : undefined;
  const { code, said, complained } = await bring(file, data);
  expect([code, said]).toEqual([1, ""]);
  expect(complained).toMatch(why);
  expect(complained.trim().split("\n")).toHaveLength(1);
  expect(existsSync(data) ? readdirSync(data, { recursive: true }).sort() : undefined).toEqual(before);
}

describe("birdie backup and restore", () => {
  test("R13: while the server runs and people write, every backup holds all that was confirmed before it began", async () => {
    const data = join(testFolder(), "data");
    const folder = testFolder();
    await using birdie = await start(data);
    const alice = await signUp(birdie, "alice");
    mkdirSync(join(data, "uploads/ab"), { recursive: true });
    writeFileSync(join(data, "uploads/ab/picture"), new Uint8Array(1_500_000).fill(7));
    const confirmed: number[] = [];
    let isWriting = true;
    let refusedCount = 0;
    const writer = (async () => {
      while (isWriting) {
        const { status, json } = await alice.post("/posts", { title: `Post ${confirmed.length}`, body: "Words" });
        if (status === 201) confirmed.push(json.id);
        else refusedCount++;
      }
    })();
    const backups: { readonly file: string; readonly before: readonly number[] }[] = [];
    for (let i = 0; i < 3; i++) {
      const file = join(folder, `birdie-${i}.tar`);
      const before = [...confirmed];
      const { code, said } = await back(file, data);
      expect([code, said]).toEqual([0, expect.stringContaining(file)]);
      backups.push({ file, before });
    }
    isWriting = false;
    await writer;
    expect(refusedCount).toBe(0);
    expect(backups.at(-1)?.before.length).toBeGreaterThan(0);
    await birdie.stop();
    for (const { file, before } of backups) {
      const fresh = join(testFolder(), "restored");
      expect((await bring(file, fresh)).code).toBe(0);
      const database = new Sqlite(join(fresh, "birdie.db"));
      const ids = (database.prepare("select id from posts").all() as { id: number }[]).map(({ id }) => id);
      database.close();
      expect(before.filter((id) => !ids.includes(id))).toEqual([]);
      expect(readFileSync(join(fresh, "uploads/ab/picture")).equals(Buffer.alloc(1_500_000, 7))).toBe(true);
    }
    // Nothing half is left behind.
    expect(readdirSync(folder).sort()).toEqual(["birdie-0.tar", "birdie-1.tar", "birdie-2.tar"]);
  });

  test("R14: what was brought back goes on where it was: people, keys, sign-ins, for the owner's eyes only", async () => {
    const { file, data, alice, postId } = await kept();
    const fresh = testFolder();
    const { code, said } = await bring(file, fresh);
    expect([code, said]).toEqual([0, expect.stringContaining(fresh)]);
    expect(readFileSync(join(fresh, "keys/tokens.key"))).toEqual(readFileSync(join(data, "keys/tokens.key")));
    expect([modeOf(join(fresh, "keys")), modeOf(join(fresh, "keys/tokens.key")), modeOf(file)]).toEqual([
      "700",
      "600",
      "600",
    ]);
    await using again: BirdieProcess = await start(fresh);
    const token = { headers: { authorization: `Bearer ${alice.token}`, accept: "application/json" } };
    expect((await fetch(`${again.url}/alarms`, token)).status).toBe(200);
    expect((await (await signIn(again, "alice", alice.password)).get(`/posts/${postId}`)).status).toBe(200);
  });

  test("R14: a folder that is not empty is refused, and so is one that a server uses", async () => {
    const { file, data } = await kept();
    await expectRefused(file, data, /is not empty: restore into a new one with --data/);
    await using running = await start(data);
    await expectRefused(file, data, new RegExp(`Another Birdie \\(process ${running.pid}\\)`));
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });

  test("R14: a backup of a newer Birdie is refused", async () => {
    const { data } = await kept();
    const database = new Sqlite(join(data, "birdie.db"));
    database.exec("insert into __drizzle_migrations (hash, created_at) values ('later', 9999999999999)");
    database.close();
    const file = join(testFolder(), "newer.tar");
    expect((await back(file, data)).code).toBe(0);
    await expectRefused(file, join(testFolder(), "fresh"), /newer Birdie/);
  });

  test("R14: an archive that was cut off, damaged, or is none leaves no trace", async () => {
    const { file } = await kept();
    const whole = readFileSync(file);
    const fresh = join(testFolder(), "fresh");
    const damaged = Buffer.from(whole);
    damaged[whole.indexOf("They sing.")] = 0;
    const noEnd = whole.subarray(0, whole.indexOf("birdie-backup.json"));
    for (const [name, octets] of [
      ["cut", whole.subarray(0, whole.length / 2)],
      ["without its last file", Buffer.concat([noEnd, Buffer.alloc(1_024)])],
      ["damaged", damaged],
      ["something else", Buffer.from("Hello")],
      ["empty", Buffer.alloc(0)],
      ["leading out", readFileSync(leadingOut())],
    ] as const) {
      const bad = join(testFolder(), name);
      writeFileSync(bad, octets);
      await expectRefused(bad, fresh, /is not a whole backup/);
      expect(existsSync(fresh)).toBe(false);
    }
    expect((await bring(file, fresh)).code).toBe(0);
  });

  test("a mistake is named with its mend, and nothing is overwritten", async () => {
    const { file, data } = await kept();
    const whole = readFileSync(file);
    for (const [args, code, why] of [
      [["backup"], 2, /wants a file/],
      [["restore", "--data", data], 2, /wants a file/],
      [["backup", file, "--data", data], 1, /is there already: choose another name/],
      [["backup", join(testFolder(), "x.tar"), "--data", testFolder()], 1, /There is no database at/],
      [["backup", join(data, "none/x.tar"), "--data", data], 1, /There is no folder for/],
      [["backup", join(testFolder(), "x"), "--database-url", "http://127.0.0.1:1"], 1, /on another server/],
      [["restore", join(data, "none"), "--data", join(data, "new")], 1, /There is no backup at/],
      [["backup", join(testFolder(), "x"), "--nonsense"], 2, /is not an argument/],
    ] as const) {
      const ended = await runBirdie(args);
      expect([args, ended.code]).toEqual([args, code]);
      expect(ended.complained).toMatch(why);
    }
    expect(readFileSync(file).equals(whole)).toBe(true);
  });

  test("any tar reads it; backups among the data are made, and not backed up themselves", async () => {
    const { data } = await kept();
    const file = join(data, "backups/one.tar");
    expect((await back(file, data)).code).toBe(0);
    expect((await back(join(data, "backups/two.tar"), data)).code).toBe(0);
    const { stdout, exitCode } = Bun.spawnSync(["tar", "-tf", file]);
    expect(exitCode).toBe(0);
    expect(stdout.toString().trim().split("\n")).toEqual([
      "birdie.db",
      "keys/tokens.key",
      "keys/vapid.json",
      "birdie-backup.json",
    ]);
  });
});
