import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import Sqlite from "libsql";
import { testFolder } from "../support/folder.ts";
import { startBirdie } from "../support/process.ts";
import { signUp, testServer } from "../support/server.ts";
import { RawClient } from "../support/stomp-client.ts";

setDefaultTimeout(120_000);

const ESCAPES = "\u001b[2J\u001b]0;owned\u0007";

test("S77: when everything fails, the log tells where, and nothing that is anybody's", async () => {
  await using server = await testServer({ settings: { "sign-ins-per-min": 0, "sign-ins-per-min-address": 0 } });
  const alice = await signUp(server, "alice");
  const bob = await signUp(server, "bob");
  const { roomId } = (await alice.post("/messages", { userId: "bob" })).json;
  await alice.post("/since/feed", { is: "on" });
  const feed = String((await alice.get("/since")).json.feedUrl);
  using raw = await RawClient.connect(server.url, bob.token);
  expect(await raw.exchange("SEND", { destination: `/chat/${roomId}` }, "while all is well")).toBeDefined();

  // Somebody breaks the database while it runs.
  const database = new Sqlite(join(server.data, "birdie.db"));
  database.exec("pragma busy_timeout = 5000");
  for (const table of ["posts", "messages", "alarms", "accounts"])
    database.exec(`alter table ${table} rename to gone_${table}`);

  const headers = {
    accept: "application/json",
    authorization: `Bearer ${alice.token}`,
    "content-type": "application/json",
    cookie: "birdie-access=canary-cookie; birdie-refresh=canary-cookie",
    "user-agent": `canary-agent ${encodeURIComponent(ESCAPES)}`,
    origin: server.url,
  };
  const statuses: number[] = [];
  const ask = async (path: string, body?: object) => {
    const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
    const response = await fetch(server.url + path, init);
    const text = await response.text();
    statuses.push(response.status);
    // Nor is the person told more than that it went wrong.
    expect(text).not.toMatch(/sqlite|libsql|gone_|select |insert |src\/|node_modules/i);
  };
  await ask("/");
  await ask(`/posts?x=canary-query`, { title: "canary-title", body: `canary-body${ESCAPES}` });
  await ask(`/messages/${roomId}`, { message: "canary-message" });
  await ask("/login", { userId: "alice", password: "canary-password" });
  await ask("/token", { userId: "alice", password: "canary-password" });
  await ask("/signup", { userId: "carol", name: `canary-name${ESCAPES}`, password: "canary-password" });
  await ask("/settings/password", { currentPassword: "canary-password", newPassword: "canary-password-2" });
  await ask("/token/refresh", { refreshToken: alice.token });
  await ask(new URL(feed).pathname);
  const said = await raw.exchange("SEND", { destination: `/chat/${roomId}` }, "canary-line");
  expect(said?.command).toBe("ERROR");
  using late = await RawClient.open(server.url);
  late.frame("CONNECT", { "accept-version": "1.2", login: "alice", passcode: "canary-passcode" });
  await late.closed();
  for (const frame of [...raw.frames, ...late.frames]) expect(frame).not.toMatch(/sqlite|libsql|gone_|select |src\//i);

  expect(statuses.filter((status) => status < 400)).toEqual([]);
  const log = server.log.join("");
  expect(server.log.length).toBeGreaterThan(3);
  expect(log).not.toContain("canary");
  expect(log).not.toContain(alice.token.slice(-20));
  expect(log).not.toContain(bob.token.slice(-20));
  expect(log).not.toContain(feed.slice(-37, -5));
  for (const line of server.log) expect(line.replace(/\n$/, "")).not.toMatch(/\p{Cc}/u);

  // As soon as it is whole again, so is everything.
  for (const table of ["posts", "messages", "alarms", "accounts"])
    database.exec(`alter table gone_${table} rename to ${table}`);
  database.close();
  expect((await alice.post(`/messages/${roomId}`, { message: "well again" })).status).toBe(201);
  const { messages } = (await bob.get(`/messages/${roomId}`)).json;
  expect(messages.map(({ message }: { message: string }) => message)).toEqual(["while all is well", "well again"]);
});

test("S78: what is in the data folder is for its owner alone, also where the umask is generous", async () => {
  const data = join(testFolder(), "data");
  const before = process.umask(0);
  try {
    await using birdie = await startBirdie(["--port", "0", "--data", data]);
    await signUp(birdie, "alice");
    expect(statSync(data).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(data, { recursive: true })) {
      const file = statSync(join(data, String(name)));
      expect(`${name} ${(file.mode & 0o077).toString(8)}`).toBe(`${name} 0`);
    }
  } finally {
    process.umask(before);
  }
});

test("S50: without the key of the set-up link a closed community has no first account; with it, exactly one of many", async () => {
  await using server = await testServer({ settings: { signup: "closed" } });
  const link = new URL((await server.app.setupLink()) ?? "");
  const body = (n: number, more: object = {}) =>
    JSON.stringify({ userId: `first_${n}`, name: "First", password: "the very first", ...more });
  const headers = { "content-type": "application/json", accept: "application/json", origin: server.url };
  const ask = (n: number, more?: object, cookie = "") =>
    fetch(`${server.url}/signup`, { method: "POST", headers: { ...headers, cookie }, body: body(n, more) });
  expect((await ask(0)).status).toBe(403);
  expect((await ask(0, { setup: "guess" })).status).toBe(403);
  expect((await ask(0, { setup: true })).status).toBe(403);
  expect((await ask(0, {}, "birdie-setup=guess")).status).toBe(403);
  const cookie = `birdie-setup=${link.searchParams.get("setup")}`;
  const statuses = await Promise.all([1, 2, 3, 4].map(async (n) => (await ask(n, {}, cookie)).status));
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect((await ask(9, {}, cookie)).status).toBe(403);
  expect(await server.app.setupLink()).toBeUndefined();
});

test("S50: where sign-up is open, whoever is faster than the holder of the set-up link is a member like any other", async () => {
  await using server = await testServer();
  const link = new URL((await server.app.setupLink()) ?? "");
  const sign = async (userId: string, setup?: string) => {
    const headers = { "content-type": "application/json", accept: "application/json", origin: server.url };
    const cookie = setup ? `birdie-setup=${setup}` : "";
    const body = JSON.stringify({ userId, name: "Somebody", password: "a long password" });
    return (await fetch(`${server.url}/signup`, { method: "POST", headers: { ...headers, cookie }, body })).status;
  };
  const roles = () => {
    const database = new Sqlite(join(server.data, "birdie.db"));
    const rows = database.prepare("select user_id as id, role from accounts").all() as { id: string; role: string }[];
    database.close();
    return Object.fromEntries(rows.map(({ id, role }) => [id, role]));
  };
  const key = link.searchParams.get("setup") ?? "";
  expect(await sign("stranger")).toBe(201);
  expect(await sign("guesser", "a-guess")).toBe(201);
  const owners = await Promise.all(["owner_1", "owner_2"].map((userId) => sign(userId, key)));
  expect(owners).toEqual([201, 201]);
  expect(await sign("late", key)).toBe(201);
  const { owner_1, owner_2, ...others } = roles();
  expect([owner_1, owner_2].sort()).toEqual(["admin", "member"]);
  expect(others).toEqual({ stranger: "member", guesser: "member", late: "member" });
  expect(await server.app.setupLink()).toBeUndefined();
});

test("S46: a base-url that people do not use is named in the log, once; a stranger's page that posts here is not", async () => {
  await using other = await testServer();
  const log = (headers: Record<string, string>) =>
    fetch(`${other.url}/login`, { method: "POST", headers, body: new URLSearchParams({ userId: "x" }) }).then(
      ({ status }) => [status, other.log.filter((line) => line.includes("base-url")).length],
    );
  expect(await log({ origin: "https://evil.example", "sec-fetch-site": "cross-site" })).toEqual([403, 0]);
  expect(await log({ origin: "null" })).toEqual([403, 0]);
  expect(await log({ origin: "https://club.example", "sec-fetch-site": "same-origin" })).toEqual([403, 1]);
  expect(await log({ origin: "http://club.example", host: "club.example" })).toEqual([403, 1]);
  expect(other.log.find((line) => line.includes("base-url"))).toContain("https://club.example");
});
