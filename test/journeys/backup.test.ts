import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Sqlite from "libsql";
import { addText, endArchive } from "../../src/backup/tar.ts";
import { ROOT } from "../support/database.ts";
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
      [["backup", "-x"], 2, /wants a file/],
      [["restore", data, "--data", join(data, "new")], 1, /is no file: name the archive itself/],
      [["restore", file, "--data", file], 1, /is not a folder: restore into a new one/],
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

  test("nothing is touched that was there before, whatever it is called", async () => {
    const { data } = await kept();
    const folder = testFolder();
    const names = ["site.db", "site.part", "site.db-journal"];
    for (const name of names) writeFileSync(join(folder, name), name);
    expect((await back(join(folder, "site"), data)).code).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(["site", ...names].sort());
    for (const name of names) expect(readFileSync(join(folder, name), "utf8")).toBe(name);
    expect((await bring(join(folder, "site"), join(testFolder(), "new"))).code).toBe(0);
  });

  test("a name among the data is refused, where the database itself had been in the way; only their own folder takes backups", async () => {
    const { data } = await kept();
    const before = readdirSync(data, { recursive: true }).sort();
    const link = join(testFolder(), "link");
    symlinkSync(data, link);
    for (const file of ["birdie", "night.tar", "keys/night.tar", "birdie.db.tar"]) {
      for (const folder of [data, link]) {
        const { code, complained } = await back(join(folder, file), data);
        expect([file, code]).toEqual([file, 1]);
        expect(complained).toContain(`name a file in ${join(data, "backups")}`);
      }
    }
    expect(readdirSync(data, { recursive: true }).sort()).toEqual(before);
    await using again = await start(data);
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
  });

  test("of several at once to one name one is made, whole, and the others are refused by the name", async () => {
    const { data } = await kept();
    const file = join(testFolder(), "one.tar");
    const ended = await Promise.all(Array.from({ length: 4 }, () => back(file, data)));
    const refused = ended.filter(({ code }) => code !== 0);
    expect(ended.length - refused.length).toBe(1);
    for (const { complained } of refused) expect(complained).toContain("is there already: choose another name");
    expect((await bring(file, join(testFolder(), "new"))).code).toBe(0);
    expect(readdirSync(join(file, ".."))).toEqual(["one.tar"]);
  });

  test("one that is told to end leaves nothing behind", async () => {
    const { data } = await kept();
    mkdirSync(join(data, "uploads/ab"), { recursive: true });
    for (let i = 0; i < 100; i++) writeFileSync(join(data, `uploads/ab/${i}`), new Uint8Array(1_000_000));
    const folder = testFolder();
    const begun = Promise.withResolvers<void>();
    const watcher = watch(folder, () => {
      if (readdirSync(folder).some((name) => name.endsWith(".part"))) begun.resolve();
    });
    const main = join(ROOT, "src/main.ts");
    const child = Bun.spawn([process.execPath, main, "backup", join(folder, "x.tar"), "--data", data], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await begun.promise;
    watcher.close();
    child.kill("SIGTERM");
    expect(await child.exited).toBe(1);
    expect(await new Response(child.stderr).text()).toBe("The backup was given up, and nothing is left of it\n");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("what the file system keeps in a folder is no matter, nor is a link that leads nowhere", async () => {
    const { data, file } = await kept();
    for (const path of ["lost+found", "uploads/lost+found"]) mkdirSync(join(data, path), { recursive: true });
    writeFileSync(join(data, "lost+found/block"), "?");
    symlinkSync(join(data, "nowhere"), join(data, "link"));
    const again = join(testFolder(), "again.tar");
    expect((await back(again, data)).code).toBe(0);
    const { stdout } = Bun.spawnSync(["tar", "-tf", again]);
    expect(stdout.toString()).not.toContain("lost+found");
    const fresh = testFolder();
    mkdirSync(join(fresh, "lost+found"));
    expect((await bring(file, fresh)).code).toBe(0);
    await using running = await start(fresh);
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });

  test("after a restore that was killed no Birdie starts there, and the next restore is let in", async () => {
    const { file } = await kept();
    const data = testFolder();
    mkdirSync(join(data, ".restoring"));
    writeFileSync(join(data, ".restoring/birdie.db"), "half");
    const started = await runBirdie(["--port", "0", "--data", data]);
    expect([started.code, started.complained]).toEqual([1, expect.stringMatching(/restore .* did not end/)]);
    expect(readdirSync(data)).toEqual([".restoring"]);
    expect((await bring(file, data)).code).toBe(0);
    await using running = await start(data);
    expect((await fetch(`${running.url}/readyz`)).status).toBe(200);
  });

  test("what browsers know of what was lost is not taken for the past of what was brought back", async () => {
    const { data, file, alice } = await kept();
    await using before = await start(data);
    const { position } = (await (await signIn(before, "alice", alice.password)).get("/alarms")).json;
    await before.stop();
    const fresh = testFolder();
    expect((await bring(file, fresh)).code).toBe(0);
    await using after = await start(fresh);
    const now = (await (await signIn(after, "alice", alice.password)).get("/alarms")).json.position;
    expect(now.split("-")[0]).not.toBe(position.split("-")[0]);
  });

  test("a restore says so where a setting names another database, which would be read instead", async () => {
    const { file } = await kept();
    const data = join(testFolder(), "new");
    const other = join(testFolder(), "other.db");
    const { code, complained } = await runBirdie(["restore", file, "--data", data, "--database-url", `file:${other}`]);
    expect([code, complained]).toEqual([1, expect.stringContaining("database-url")]);
    expect(existsSync(data)).toBe(false);
    const own = `file:${join(data, "birdie.db")}`;
    expect((await runBirdie(["restore", file, "--data", data, "--database-url", own])).code).toBe(0);
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
