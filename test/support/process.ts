import { join } from "node:path";
import { ROOT } from "./database.ts";

/** `bun src/main.ts` as somebody at a terminal starts it: a process of its own. */
export interface BirdieProcess extends AsyncDisposable {
  /** As the ready line says it. */
  readonly url: string;
  readonly pid: number;
  /** All of standard output so far. */
  readonly said: () => string;
  /** All of standard error so far: the log. */
  readonly complained: () => string;
  /** Resolves once standard output holds it. */
  hears(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number>;
}

export interface Ended {
  readonly code: number;
  readonly said: string;
  readonly complained: string;
}

const main = join(ROOT, "src/main.ts");

function spawn(args: readonly string[], env: Readonly<Record<string, string>>, cwd = ROOT) {
  return Bun.spawn([process.execPath, main, ...args], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Runs it to its end, in the folder of its sources or where `cwd` is. */
export async function runBirdie(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<Ended> {
  const child = spawn(args, env, cwd);
  const [said, complained] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, said, complained };
}

/** Starts it and waits for the ready line; rejects with what it complained of when it ends before. */
export async function startBirdie(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<BirdieProcess> {
  const child = spawn(args, env);
  let said = "";
  let complained = "";
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      take(decoder.decode(chunk, { stream: true }));
      for (const look of waiting) look();
    }
  };
  const ended = Promise.all([
    read(child.stdout, (text) => {
      said += text;
    }),
    read(child.stderr, (text) => {
      complained += text;
    }),
  ]).then(() => {
    hasEnded = true;
    for (const look of waiting) look();
  });
  const hears = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(said);
        if (!match && !hasEnded) return;
        waiting.delete(look);
        if (match) resolve(match);
        else reject(new Error(`it ended and said: ${said}${complained}`));
      };
      waiting.add(look);
      look();
    });
  const [, url = ""] = await hears(/^Birdie is ready at (\S+)$/m);
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    child.kill(signal);
    await ended;
    return child.exited;
  };
  return {
    url,
    pid: child.pid,
    said: () => said,
    complained: () => complained,
    hears,
    stop,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) await stop("SIGKILL");
    },
  };
}
