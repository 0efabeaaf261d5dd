#!/usr/bin/env bun
import { existsSync } from "node:fs";
import { join } from "node:path";
import { version } from "../package.json";
import type { App } from "./app.ts";
import { type Config, ConfigError, readConfig, SETTINGS, unknownVariables } from "./config.ts";
import { type DemoSignIn, fillDemo } from "./demo.ts";
import { complain, createLog, type Log, say } from "./log.ts";
import { explainKeeping, explainStart } from "./start-faults.ts";
import { loadClient } from "./web/bundle.ts";

/** The folder that holds `migrations/`: beside this file in the binary, one above it in a checkout. */
const ROOT = existsSync(join(import.meta.dir, "migrations")) ? import.meta.dir : join(import.meta.dir, "..");
/** How long a stopping server waits for requests that are under way. */
const DRAIN_MS = 5_000;

async function main(args: readonly string[]): Promise<void> {
  const [verb = "serve", ...rest] = args[0]?.startsWith("--") ? ["serve", ...args] : args;
  if (verb === "help" || args.includes("-h") || args.includes("--help")) return say(help());
  if (verb === "-v" || verb === "version" || args.includes("--version")) return say(`birdie ${version}\n`);
  if (verb === "backup" || verb === "restore") return keep(verb, rest);
  if (verb === "password") return renew(rest);
  if (verb !== "serve") return fail(`"${verb}" is not a command of birdie; birdie --help lists them`, 2);
  let config: Config;
  try {
    config = readConfig(rest, process.env);
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, error.isUsage ? 2 : 1);
    throw error;
  }
  const log = createLog({ level: "info" });
  for (const { name, nearest } of unknownVariables(process.env)) {
    log.warn("an environment variable is no setting of Birdie", { name, ...(nearest ? { nearest } : {}) });
  }
  await serve(config, log);
}

/** `birdie backup FILE [settings]`, `birdie restore FILE [settings]`. */
async function keep(verb: "backup" | "restore", [file = "", ...settings]: readonly string[]): Promise<void> {
  if (file === "" || file.startsWith("-"))
    return fail(`birdie ${verb} wants a file: birdie ${verb} FILE --data DIR`, 2);
  process.umask(0o077);
  try {
    const { data, "database-url": databaseUrl } = readConfig(settings, process.env);
    // Not before here: this loads the database library.
    if (verb === "backup") {
      const { backup } = await import("./backup/backup.ts");
      const files = await backup({ file, data, databaseUrl, version, nowMs: Date.now(), signal: givenUp() });
      say(`Backed up ${data} to ${file}: ${files.length} files\n`);
    } else {
      const { restore } = await import("./backup/restore.ts");
      const count = await restore({ file, data, root: ROOT, databaseUrl });
      say(`Restored ${count} files into ${data}: start Birdie with --data ${data}\n`);
    }
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, error.isUsage ? 2 : 1);
    return fail(explainKeeping(error, file), 1);
  }
}

/** Told of SIGINT and SIGTERM once; after that they end the process at once, as ever. */
function givenUp(): AbortSignal {
  const controller = new AbortController();
  const giveUp = () => controller.abort();
  process.once("SIGINT", giveUp);
  process.once("SIGTERM", giveUp);
  return controller.signal;
}

/** `birdie password USERID [settings]`. */
async function renew([userId = "", ...settings]: readonly string[]): Promise<void> {
  if (userId === "" || userId.startsWith("--")) {
    return fail("birdie password wants a user ID: birdie password USERID --data DIR", 2);
  }
  process.umask(0o077);
  let config: Config | undefined;
  try {
    config = readConfig(settings, process.env);
    const { data, "database-url": databaseUrl, "database-auth-token": authToken } = config;
    const path = join(data, "birdie.db");
    if (databaseUrl === "" && !existsSync(path)) {
      return fail(`There is no database at ${path}: name the data folder with --data`, 1);
    }
    // Not before here: this loads the database library.
    const { recover } = await import("./recovery.ts");
    const url = databaseUrl || `file:${path}`;
    const copies = { folder: join(data, "backups"), version, nowMs: Date.now, tell: createLog({ level: "info" }).info };
    const password = await recover({ userId, data, url, authToken, root: ROOT, copies, nowMs: Date.now });
    say(
      `The new password of ${userId} is ${password}\nAll their devices are signed out. They change it in the settings.\n`,
    );
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message, error.isUsage ? 2 : 1);
    if (!config) throw error;
    return fail(explainStart(error, config), 1);
  }
}

async function serve(config: Config, log: Log): Promise<void> {
  // What is made in the data folder (the database too) is for nobody else on this machine.
  process.umask(0o077);
  // The demo writes its history as it would have happened: this clock runs behind while it does.
  const clock = { behindMs: 0 };
  const nowMs = () => Date.now() - clock.behindMs;
  const door = { isOpen: false };
  let app: App | undefined;
  let server: ReturnType<typeof listen> | undefined;
  let invitation = "";
  let signIns: readonly DemoSignIn[] = [];
  // In a checkout it takes longest: it goes on while all the rest is loaded.
  const client = loadClient(ROOT);
  client.catch(() => undefined);
  try {
    // Not before here: this loads the database library, which fails where it cannot be unpacked.
    const { createApp } = await import("./app.ts");
    app = await createApp({ config, root: ROOT, version, nowMs, log, client });
    server = listen(app, { config, door, log });
    app.listensAt(`http://${urlHost(config.host)}:${server.port}`);
    const setupLink = await app.setupLink();
    const isFirst = await app.acts.accounts.isEmpty();
    const what = isFirst ? "Make the first account, which runs" : "Nobody is the admin yet. Make the account that runs";
    if (setupLink) invitation = `${what} this community: ${setupLink}\n`;
    if (config.demo) signIns = await fillDemo(app, clock);
  } catch (error) {
    await server?.stop(true);
    await app?.close();
    return fail(explainStart(error, config), 1);
  }
  stopOnSignals(app, server, log);
  door.isOpen = true;
  if (process.getuid?.() === 0) log.warn("Birdie runs as root; give it a user of its own");
  say(`Birdie is ready at ${app.baseUrl}\n`);
  // The passwords of the first time are nowhere to be found again.
  if (config.demo && signIns.length === 0) {
    log.warn(
      "the database is not empty, and --demo leaves it as it is; name another folder with --data for a new demo",
    );
  }
  for (const { userId, password } of signIns) say(`Demo sign-in: ${userId} with the password ${password}\n`);
  if (invitation !== "" && !config.demo) say(invitation);
}

/** Takes the port at once, so that nobody waits in vain; answers from when the door is open. */
function listen(app: App, { config, door, log }: { config: Config; door: { readonly isOpen: boolean }; log: Log }) {
  return Bun.serve({
    hostname: config.host,
    port: config.port,
    fetch: (request, server) => (door.isOpen ? app.fetch(request, server) : starting()),
    websocket: app.websocket,
    maxRequestBodySize: app.requestBytesMax,
    idleTimeout: 30,
    // Otherwise the runtime answers what was not caught with our own source text.
    development: false,
    // With that the runtime would share the port with another server that has it, and each would get half of the visitors.
    reusePort: false,
    error(error) {
      log.error("a request failed outside of every route", { error });
      return new Response("Something went wrong.\n", { status: 500 });
    },
  });
}

function starting(): Response {
  return new Response("Birdie is starting.\n", { status: 503, headers: { "retry-after": "1" } });
}

/** SIGTERM and SIGINT: no new work, goodbye to the sockets, finish what is under way, exit 0. */
function stopOnSignals(app: App, server: ReturnType<typeof listen>, log: Log): void {
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    log.info("Birdie drains: no new work, goodbye to every socket");
    await app.sayGoodbye();
    await Promise.race([server.stop(false), Bun.sleep(DRAIN_MS)]);
    await server.stop(true);
    await app.close();
    log.info("Birdie has ended in order");
    process.exit(0);
  };
  const stopOrComplain = () => {
    stop().catch((error) => {
      log.error("could not stop in order", { error });
      process.exit(1);
    });
  };
  process.on("SIGTERM", stopOrComplain);
  process.on("SIGINT", stopOrComplain);
}

function help(): string {
  const lines = Object.entries(SETTINGS).map(
    ([name, { fallback, help: what }]) =>
      `  --${name.padEnd(26)} ${what}${fallback === "" || fallback === false ? "" : ` (${fallback})`}`,
  );
  return `birdie [serve] [settings]
birdie backup FILE [--data DIR]     the whole data folder as one archive, also while it serves
birdie restore FILE [--data DIR]    a new data folder out of one
birdie password USERID [--data DIR] a new password for who forgot theirs, while it does not serve

Posts, alarms and chat for a community, in one process. Each setting is also read from the environment:
--base-url is BIRDIE_BASE_URL, and a flag counts more. BIRDIE_DATABASE_AUTH_TOKEN_FILE may name a file with that secret.

${lines.join("\n")}
`;
}

function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function fail(message: string, code: number): void {
  complain(`${message}\n`);
  process.exitCode = code;
}

await main(process.argv.slice(2));
