import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Subprocess } from "bun";
import type { FromLoad, Plan, Report, Step, ToLoad } from "./plan.ts";

const ROOT = join(import.meta.dir, "../..");
const MAIN = join(ROOT, "src/main.ts");
/** The limits that protect a real community from one client would stop the load. */
const LIFTED = {
  "sends-per-s": 0,
  "searches-per-min": 0,
  "sockets-per-person": 10_000,
  "sockets-per-address": 100_000,
  "sign-ups-per-hour": 0,
  "access-token-s": 86_400,
};
const READY_MS = 20_000;
const TICKS_PER_S = 100;

/** A server in a process of its own, on a free port. */
export class ServerProcess {
  readonly process: Subprocess<"ignore", "pipe", "inherit">;
  readonly port: number;
  /** From the start of the process to its ready line. */
  readonly startMs: number;
  #onDelay: (delay: Delay) => void = () => undefined;

  private constructor(process: Subprocess<"ignore", "pipe", "inherit">, port: number, startMs: number) {
    this.process = process;
    this.port = port;
    this.startMs = startMs;
  }

  static async start(command: readonly string[]): Promise<ServerProcess> {
    const startMs = performance.now();
    let server: ServerProcess | undefined;
    const child = Bun.spawn([...command], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, NODE_ENV: "production" },
      ipc: (message: Delay) => server?.takeDelay(message),
    });
    const timer = setTimeout(() => child.kill(), READY_MS);
    let said = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      said += chunk;
      const [, port] = /is ready at http:\/\/127\.0\.0\.1:(\d+)/.exec(said) ?? [];
      if (port === undefined) continue;
      clearTimeout(timer);
      server = new ServerProcess(child, Number(port), performance.now() - startMs);
      return server;
    }
    throw new Error(`${command.join(" ")} did not start (a binary that is older than the checkout?): ${said}`);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }
  /** CPU of all its threads so far, in microseconds; the system counts it in steps of 10 ms. */
  get cpuUs(): number {
    const stat = readFileSync(`/proc/${this.process.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return ((Number(fields[11]) + Number(fields[12])) / TICKS_PER_S) * 1e6;
  }
  get rssKib(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
  }
  takeDelay(delay: Delay): void {
    this.#onDelay(delay);
  }
  /** Of a server started with `loop-delay.ts`. */
  delay(order: "reset" | "read"): Promise<Delay> {
    return new Promise((resolve) => {
      this.#onDelay = resolve;
      this.process.send(order);
    });
  }
  async stop(): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.exited;
  }
}

export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** `birdie` is how it is started: by default with the Bun that runs this. */
export function birdieCommand(data: string, birdie: readonly string[] = [process.execPath, MAIN]): string[] {
  const settings = Object.entries(LIFTED).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return [...birdie, "serve", "--port", "0", "--data", data, ...settings];
}

export function startBirdie(data: string, flags: readonly string[] = []): Promise<ServerProcess> {
  return ServerProcess.start(birdieCommand(data, [process.execPath, ...flags, MAIN]));
}

export function startWire(flags: readonly string[] = []): Promise<ServerProcess> {
  return ServerProcess.start([process.execPath, ...flags, join(import.meta.dir, "wire-server.ts")]);
}

/** `file`: where it commits what it publishes; see raw-server. */
export function startRaw(file?: string): Promise<ServerProcess> {
  const script = join(import.meta.dir, "raw-server.ts");
  return ServerProcess.start([process.execPath, script, ...(file === undefined ? [] : [file])]);
}

/** A load process (load.ts), told what to do by IPC. */
export class LoadProcess {
  readonly #process: Subprocess<"ignore", "inherit", "inherit">;
  #waiting: { readonly resolve: (answer: FromLoad) => void; readonly reject: (error: Error) => void } | undefined;

  private constructor() {
    this.#process = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts")], {
      stdio: ["ignore", "inherit", "inherit"],
      ipc: (answer: FromLoad) => this.#waiting?.resolve(answer),
      onExit: () => this.#waiting?.reject(new Error("a load process ended early")),
    });
  }

  /** Resolves once everything of the plan is open. */
  static async open(plan: Plan): Promise<LoadProcess> {
    const load = new LoadProcess();
    await load.#order({ type: "open", plan });
    return load;
  }

  async run(step: Step): Promise<Report> {
    const answer = await this.#order({ type: "step", step });
    if (answer.type !== "stepped") throw new Error("a load process answered out of turn");
    return answer.report;
  }

  async close(): Promise<void> {
    this.#waiting = undefined;
    this.#process.kill();
    await this.#process.exited;
  }

  async #order(order: ToLoad): Promise<FromLoad> {
    const answer = await new Promise<FromLoad>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#process.send(order);
    });
    if (answer.type === "failed") throw new Error(answer.reason);
    return answer;
  }
}
