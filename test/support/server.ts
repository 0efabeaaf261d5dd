import { join } from "node:path";
import { type App, type AppOptions, createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { createLog } from "../../src/log.ts";
import { bundleClient, type ClientFiles } from "../../src/web/bundle.ts";
import { ROOT } from "./database.ts";
import { testFolder } from "./folder.ts";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** The folder of its data. */
  readonly data: string;
  readonly app: App;
  /** Every line the log wrote. */
  readonly log: string[];
  /** Stops (with goodbyes, or as a killed process would: without a word) and starts again on the same port and data. */
  restart(manner?: "goodbye" | "killed"): Promise<void>;
  stop(manner?: "goodbye" | "killed"): Promise<void>;
  start(): Promise<void>;
}

export interface TestServerOptions {
  /** As on the command line: `{ "heartbeat-ms": 200 }`. Rates that would be in the way of tests are off unless named. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly nowMs?: () => number;
  /** A push service on loopback, and no patience. */
  readonly push?: AppOptions["push"];
}

/** What guessing costs is no matter here; test/auth and test/main.test.ts have the true hashes. */
const CHEAP = { memoryKib: 64, passes: 1 };
/** What browsers get is the same for every server of this process. */
let bundled: Promise<ClientFiles> | undefined;

const UNHURRIED = { "sign-ups-per-hour": 0, "sends-per-s": 0, "searches-per-min": 0 };

/** The whole product as main.ts starts it, in this process, on a free port and a folder of its own. */
export async function testServer(options: TestServerOptions = {}): Promise<TestServer> {
  const data = join(testFolder(), "data");
  const log: string[] = [];
  const settings = { ...UNHURRIED, ...options.settings };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const config = readConfig([...args, "--data", data], {});
  let port = 0;
  let running: { readonly app: App; readonly server: ReturnType<typeof Bun.serve> } | undefined;

  async function start(): Promise<void> {
    bundled ??= bundleClient(ROOT);
    const app = await createApp({
      config,
      root: ROOT,
      version: "0.0.0-test",
      nowMs: options.nowMs ?? Date.now,
      passwords: CHEAP,
      client: bundled,
      ...(options.push ? { push: options.push } : {}),
      log: createLog({ level: "info", write: (line) => log.push(line) }),
    });
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      fetch: (request, by) => app.fetch(request, by as never),
      websocket: app.websocket as never,
    });
    port = server.port ?? 0;
    app.listensAt(`http://127.0.0.1:${port}`);
    running = { app, server };
  }

  async function stop(manner: "goodbye" | "killed" = "goodbye"): Promise<void> {
    if (!running) return;
    const { app, server } = running;
    running = undefined;
    if (manner === "goodbye") await app.sayGoodbye();
    await server.stop(true);
    await app.close();
  }

  await start();
  return {
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    get port() {
      return port;
    },
    get app() {
      if (!running) throw new Error("the server is stopped");
      return running.app;
    },
    data,
    log,
    start,
    stop,
    async restart(manner) {
      await stop(manner);
      await start();
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}

/** A member who acts over HTTP as a program does, with a token and JSON. */
export interface Member {
  readonly userId: string;
  readonly password: string;
  readonly token: string;
  get(path: string): Promise<Answer>;
  post(path: string, body?: object): Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of many shapes
  readonly json: any;
}

/** Signs somebody up over HTTP. */
export async function signUp(server: Pick<TestServer, "url">, userId: string, name = userId): Promise<Member> {
  const password = `${userId} likes birds`;
  const signedUp = await ask(server.url, "POST", "/signup", { body: { userId, name, password } });
  if (signedUp.status !== 201)
    throw new Error(`sign-up of ${userId}: ${signedUp.status} ${JSON.stringify(signedUp.json)}`);
  return signIn(server, userId, password);
}

/** The first of all, by the set-up link: the admin. */
export async function signUpAdmin(server: Pick<TestServer, "url" | "app">, userId: string): Promise<Member> {
  const link = await server.app.setupLink();
  if (!link) throw new Error("somebody has an account already");
  const password = `${userId} likes birds`;
  const setup = new URL(link).searchParams.get("setup");
  const body = { userId, name: userId, password, setup };
  const signedUp = await ask(server.url, "POST", "/signup", { body });
  if (signedUp.status !== 201) throw new Error(`sign-up of ${userId}: ${signedUp.status}`);
  return signIn(server, userId, password);
}

/** A token for somebody who has an account. */
export async function signIn(server: Pick<TestServer, "url">, userId: string, password: string): Promise<Member> {
  const { status, json } = await ask(server.url, "POST", "/token", { body: { userId, password } });
  if (status !== 200) throw new Error(`token of ${userId}: ${status}`);
  const token = String(json.accessToken);
  return {
    userId,
    password,
    token,
    get: (path) => ask(server.url, "GET", path, { token }),
    post: (path, body = {}) => ask(server.url, "POST", path, { token, body }),
  };
}

async function ask(
  url: string,
  method: string,
  path: string,
  { token, body }: { readonly token?: string; readonly body?: object },
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: "manual",
    headers: {
      accept: "application/json",
      origin: url,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
}
