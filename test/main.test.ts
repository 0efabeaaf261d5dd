import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import { readConfig, SETTINGS } from "../src/config.ts";
import { explainStart } from "../src/start-faults.ts";
import { ROOT } from "./support/database.ts";
import { testFolder } from "./support/folder.ts";
import { runBirdie, startBirdie } from "./support/process.ts";
import { signIn, signUp } from "./support/server.ts";
import { RawClient, TestClient } from "./support/stomp-client.ts";

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const onFreePort = (data: string) => ["serve", "--port", "0", "--data", data];

/** A start that must fail: one line that says why, nothing on standard output. */
async function expectRefusal(args: readonly string[], code: number, why: RegExp, env: Record<string, string> = {}) {
  const ended = await runBirdie(args, env);
  expect(ended.complained).toMatch(why);
  expect([ended.code, ended.said, ended.complained.trimEnd().split("\n").length]).toEqual([code, "", 1]);
}

describe("a first start", () => {
  test("makes everything it needs, says where it is and how the first admin comes in", async () => {
    const data = join(testFolder(), "deep/er/100 %20 of what? #data");
    await using birdie = await startBirdie(onFreePort(data));
    expect(birdie.said().match(/^Birdie is ready at http:\/\/127\.0\.0\.1:[0-9]+$/gm)).toHaveLength(1);
    const [, link = ""] = await birdie.hears(/^Make the first account, .*: (\S+)$/m);
    expect(link).toStartWith(`${birdie.url}/`);
    expect((await fetch(link)).status).toBe(200);

    expect([modeOf(data), modeOf(join(data, "keys"))]).toEqual(["700", "700"]);
    for (const file of readdirSync(join(data, "keys"))) expect(modeOf(join(data, "keys", file))).toBe("600");
    expect(readdirSync(data)).toEqual(expect.arrayContaining(["birdie.db", "keys"]));
    for (const path of ["/livez", "/readyz", "/login"]) {
      expect([path, (await fetch(birdie.url + path)).status]).toEqual([path, 200]);
    }
    expect(await birdie.stop()).toBe(0);
  });

  test("keeps its key and its people; later starts print no link", async () => {
    const data = testFolder();
    const first = await startBirdie(onFreePort(data));
    const { token } = await signUp(first, "alice");
    const [, link = ""] = await first.hears(/^Make the first account, .*: (\S+)$/m);
    const admin = { userId: "admin", name: "Admin", password: "a good long one" };
    const setUp = await fetch(`${first.url}/signup`, {
      method: "POST",
      headers: { origin: first.url, "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ...admin, setup: new URL(link).searchParams.get("setup") }),
    });
    expect(setUp.status).toBe(201);
    const keys = readdirSync(join(data, "keys")).map((file) => readFileSync(join(data, "keys", file), "utf8"));
    expect(await first.stop("SIGINT")).toBe(0);

    chmodSync(data, 0o755);
    await using second = await startBirdie(onFreePort(data));
    expect(modeOf(data)).toBe("700");
    expect(readdirSync(join(data, "keys")).map((file) => readFileSync(join(data, "keys", file), "utf8"))).toEqual(keys);
    const answer = await fetch(`${second.url}/alarms`, {
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
    });
    expect(answer.status).toBe(200);
    expect(await second.stop()).toBe(0);
    expect(second.said()).toBe(`Birdie is ready at ${second.url}\n`);
  });

  test("takes its settings from the environment, too, and the address people use from base-url", async () => {
    const env = { BIRDIE_PORT: "0", BIRDIE_DATA: testFolder(), BIRDIE_BASE_URL: "https://birdie.example/" };
    const birdie = await startBirdie([], env);
    expect(birdie.url).toBe("https://birdie.example");
    const [, link = ""] = await birdie.hears(/^Make the first account, .*: (\S+)$/m);
    expect(link).toStartWith("https://birdie.example/signup?");
    expect(await birdie.stop()).toBe(0);
  });
});

test("a variable that is no setting is named with the nearest that is", async () => {
  const env = { BIRDIE_SIGNUPS: "closed", BIRDIE_BASEURL: "https://birdie.example", BIRDIE_COLOUR: "blue" };
  await using birdie = await startBirdie(onFreePort(testFolder()), env);
  const lines = birdie
    .complained()
    .split("\n")
    .filter((line) => line.includes("is no setting of Birdie"));
  expect(lines.map((line) => line.replace(/^.* warn /, "warn "))).toEqual([
    "warn an environment variable is no setting of Birdie name=BIRDIE_SIGNUPS nearest=BIRDIE_SIGNUP",
    "warn an environment variable is no setting of Birdie name=BIRDIE_BASEURL nearest=BIRDIE_BASE_URL",
    "warn an environment variable is no setting of Birdie name=BIRDIE_COLOUR",
  ]);
});

describe("SIGTERM", () => {
  test("is answered by a line that it drains and one that it has ended", async () => {
    const birdie = await startBirdie(onFreePort(testFolder()));
    expect(await birdie.stop()).toBe(0);
    const lines = birdie
      .complained()
      .split("\n")
      .filter((line) => line.includes(" info "));
    expect(lines.map((line) => line.replace(/^.* info /, ""))).toEqual([
      "Birdie drains: no new work, goodbye to every socket",
      "Birdie has ended in order",
    ]);
  });

  test("says goodbye to every socket, keeps what was said, and ends with 0", async () => {
    const data = testFolder();
    const birdie = await startBirdie(onFreePort(data));
    const [alice] = await Promise.all([signUp(birdie, "alice"), signUp(birdie, "bob")]);
    const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
    const raw = await RawClient.connect(birdie.url, alice.token);
    await using client = await TestClient.connect(birdie.url, { Authorization: alice.token });
    await client.send(`/chat/${roomId}`, "see you");
    const code = birdie.stop();
    expect(await raw.closed()).toBe(1012);
    expect(raw.frames.at(-1)).toContain("code:restarting");
    expect(await client.closed()).toBe(1012);
    expect(await code).toBe(0);

    await using again = await startBirdie(onFreePort(data));
    const back = await signIn(again, "alice", alice.password);
    expect((await back.get(`/messages/${roomId}`)).json.messages.at(-1)).toMatchObject({ message: "see you" });
    expect(await again.stop()).toBe(0);
    // Everything is in the one file, which may be copied now.
    const log = join(data, "birdie.db-wal");
    expect(existsSync(log) ? statSync(log).size : 0).toBe(0);
  });
});

describe("a start that cannot be", () => {
  test("because the port is in use says which", async () => {
    using other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    const args = ["serve", "--port", String(other.port), "--data", testFolder()];
    await expectRefusal(args, 1, new RegExp(`^Port ${other.port} on 127.0.0.1 is in use.*--port`));
  });

  test("because another Birdie has the port, with data of its own, says which, and the first goes on", async () => {
    await using first = await startBirdie(onFreePort(testFolder()));
    const { port } = new URL(first.url);
    const args = ["serve", "--port", port, "--data", testFolder()];
    await expectRefusal(args, 1, new RegExp(`^Port ${port} on 127.0.0.1 is in use.*--port`));
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
  });

  test("because another Birdie has the data folder says which process, and the first goes on", async () => {
    const data = testFolder();
    await using first = await startBirdie(onFreePort(data));
    await expectRefusal(onFreePort(data), 1, new RegExp(`process ${first.pid}\\).*--data`));
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    await first.stop("SIGKILL");
    const second = await startBirdie(onFreePort(data));
    expect(await second.stop()).toBe(0);
  });

  test("because the data folder is a file says so", async () => {
    const file = join(testFolder(), "data");
    writeFileSync(file, "");
    await expectRefusal(onFreePort(file), 1, /is not a folder.*--data/);
  });

  test("because the folder is somebody else's leaves it as it is", async () => {
    const shared = testFolder();
    chmodSync(shared, 0o755);
    writeFileSync(join(shared, "letters.txt"), "not Birdie's");
    await expectRefusal(
      onFreePort(shared),
      1,
      /The folder .* has other things in it: name a new or an empty one with --data/,
    );
    expect([modeOf(shared), readdirSync(shared)]).toEqual(["755", ["letters.txt"]]);
    // What a disk of its own, or a first backup, has made there is in nobody's way.
    const own = testFolder();
    for (const name of ["lost+found", "backups", ".snapshots"]) mkdirSync(join(own, name));
    await using birdie = await startBirdie(onFreePort(own));
    expect((await fetch(`${birdie.url}/readyz`)).status).toBe(200);
  });

  test("because the data folder cannot be made says so", async () => {
    await expectRefusal(onFreePort("/proc/birdie"), 1, /The data folder \/proc\/birdie cannot be .*--data/);
  });

  test.skipIf(process.getuid?.() === 0)("because the data folder is somebody else's says so", async () => {
    const folder = testFolder();
    chmodSync(folder, 0o500);
    await expectRefusal(onFreePort(join(folder, "data")), 1, /cannot be written.*--data/);
  });

  test("because the key is damaged says which file", async () => {
    const data = testFolder();
    mkdirSync(join(data, "keys"));
    writeFileSync(join(data, "keys/tokens.key"), "short");
    await expectRefusal(onFreePort(data), 1, /tokens\.key is damaged: delete it/);
  });

  test("because the database is none says so, and leaves the file as it is", async () => {
    const data = testFolder();
    writeFileSync(join(data, "birdie.db"), "no database ".repeat(1_000));
    await expectRefusal(onFreePort(data), 1, /The database is damaged, or is none: bring a backup back/);
    expect(readFileSync(join(data, "birdie.db"), "utf8")).toBe("no database ".repeat(1_000));
  });

  test("because of a wrong setting says which, with 1; because of wrong usage, with 2", async () => {
    const data = join(testFolder(), "data");
    await expectRefusal(["--port", "many", "--data", data], 1, /^--port is "many"; write a whole number/);
    await expectRefusal(["serve", "--data", data], 1, /^BIRDIE_SIGNUP is "maybe"/, { BIRDIE_SIGNUP: "maybe" });
    await expectRefusal(["serve", "--nonsense", "--data", data], 2, /"--nonsense" is not an argument/);
    await expectRefusal(["dance"], 2, /"dance" is not a command.*--help/);
    expect(existsSync(data)).toBe(false);
  });
});

describe("a forgotten password", () => {
  const renew = (userId: string, data: string) => runBirdie(["password", userId, "--data", data]);

  test("is replaced while Birdie is stopped: the old one and all sign-ins end, nobody else's do", async () => {
    const data = testFolder();
    await using first = await startBirdie(onFreePort(data));
    const [alice, bob] = [await signUp(first, "alice"), await signUp(first, "bob")];
    const running = await renew("alice", data);
    expect([running.code, running.said]).toEqual([1, ""]);
    expect(running.complained).toMatch(/^Another Birdie \(process \d+\) uses the data folder/);
    expect(await first.stop()).toBe(0);

    const { code, said, complained } = await renew("alice", data);
    expect([code, complained]).toEqual([0, ""]);
    const [, password = ""] = /^The new password of alice is (\S{20})$/m.exec(said) ?? [];
    await using second = await startBirdie(onFreePort(data));
    await expect(signIn(second, "alice", alice.password)).rejects.toThrow("401");
    const door = await fetch(`${second.url}/login`, {
      method: "POST",
      headers: { origin: second.url, "accept-language": "en" },
      body: new URLSearchParams({ userId: "alice", password: alice.password }),
    });
    expect(await door.text()).toContain("The people who run this community can give you a new one.");
    expect((await (await signIn(second, "alice", password)).get("/")).status).toBe(200);
    const statusOf = ({ token }: { readonly token: string }) =>
      fetch(`${second.url}/alarms`, {
        headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      }).then(({ status }) => status);
    expect([await statusOf(alice), await statusOf(bob)]).toEqual([401, 200]);
  });

  test("of nobody, nowhere and without a name is refused with a word, and nothing is made", async () => {
    const data = testFolder();
    expect(await renew("alice", join(data, "none"))).toMatchObject({
      code: 1,
      complained: expect.stringMatching(/^There is no database at /),
    });
    expect(await runBirdie(["password"])).toMatchObject({
      code: 2,
      complained: expect.stringMatching(/wants a user ID/),
    });
    expect(readdirSync(data)).toEqual([]);
    const birdie = await startBirdie(onFreePort(data));
    await birdie.stop();
    expect(await renew("nobody", data)).toMatchObject({
      code: 1,
      complained: expect.stringMatching(/^There is no member nobody/),
    });
  });
});

describe("the reasons", () => {
  const config = readConfig(["--data", "/srv/birdie", "--port", "80"], {});
  const failed = (code: string, message: string) =>
    Object.assign(new Error(message), {
      code,
      ...(message === "permission denied 127.0.0.1:80" && { syscall: "listen" }),
    });

  test.each([
    ["EADDRINUSE", "", "Port 80 on 127.0.0.1 is in use"],
    ["EADDRNOTAVAIL", "", "This machine has no address 127.0.0.1"],
    ["EINVAL", "invalid argument, listen", "This machine has no address 127.0.0.1"],
    ["EACCES", "permission denied 127.0.0.1:80", "Port 80 may not be opened"],
    ["EACCES", "permission denied, mkdir '/srv/birdie/keys'", "The data folder /srv/birdie cannot be written"],
    ["EROFS", "", "The data folder /srv/birdie cannot be written"],
    ["ENOSPC", "", "The disk under /srv/birdie is full"],
    ["SQLITE_FULL", "", "The disk under /srv/birdie is full"],
    ["ENOTDIR", "", "/srv/birdie is not a folder"],
    ["ERR_DLOPEN_FAILED", "", "set TMPDIR"],
    ["SQLITE_NOTADB", "", "The database is damaged, or is none: bring a backup back"],
    ["SQLITE_CANTOPEN", "", "The database cannot be opened (SQLITE_CANTOPEN)"],
    ["SQLITE_BUSY", "", "Another program holds the database"],
    ["ERIDDLE", "a riddle", "Birdie could not start: Error: a riddle"],
  ])("are told in one line: %s %s", (code, message, words) => {
    const line = explainStart(failed(code, message), config);
    expect(line).toContain(words);
    expect(line).not.toContain("\n");
  });
});

test("from another folder than that of its sources it says where to start it", async () => {
  const elsewhere = testFolder();
  const ended = await runBirdie(onFreePort(join(elsewhere, "data")), {}, elsewhere);
  expect([ended.code, ended.said]).toEqual([1, ""]);
  expect(ended.complained.trimEnd()).toEndWith(`cd ${ROOT}/, then start again`);
});

describe("the command line", () => {
  test.each(["--help", "-h", "help", "serve --help"])("explains itself: birdie %s", async (line) => {
    const { code, said, complained } = await runBirdie(line.split(" "));
    expect([code, complained]).toEqual([0, ""]);
    for (const name of Object.keys(SETTINGS)) expect(said).toContain(`--${name} `);
    expect(said.split("\n").every((line) => line.length <= 120)).toBe(true);
  });

  test("says its version", async () => {
    expect(await runBirdie(["--version"])).toEqual({ code: 0, said: `birdie ${version}\n`, complained: "" });
  });

  test("is what package.json starts", () => {
    const { scripts }: { scripts: Record<string, string> } = JSON.parse(
      readFileSync(join(ROOT, "package.json"), "utf8"),
    );
    expect(scripts["start"]).toContain("bun src/main.ts serve");
  });
});
