import type { Order, Result } from "./connection.ts";
import type { Transactor } from "./local-client.ts";

/** What the thread is asked for, one at a time; it answers each in turn. */
export type Task =
  | { readonly kind: "open"; readonly path: string; readonly pragmas: readonly string[] }
  | { readonly kind: "transact"; readonly orders: readonly Order[] }
  | { readonly kind: "checkpoint" }
  | { readonly kind: "close" };
export type Reply = Result[] | { readonly code: string; readonly message: string };

interface Asked {
  readonly resolve: (results: Result[]) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * Transactions in a thread of their own: while a commit waits for the disk, this one reads sockets and writes pages.
 * It begins at once and is not waited for; what is asked for before it is ready waits there. Should it ever die, whatever
 * was under way fails as `SQLITE_IOERR` (it may be on disk or not) and the next transaction begins another one.
 */
export class Writer implements Transactor {
  readonly #file: { readonly path: string; readonly pragmas: readonly string[] };
  readonly #script: URL;
  readonly #asked: Asked[] = [];
  #thread: Worker | undefined;

  /** `path` and `pragmas` as of Connection. `script`: what the thread runs, where a test has one that dies. */
  constructor(path: string, pragmas: readonly string[], script = threadFile()) {
    this.#file = { path, pragmas };
    this.#script = script;
    this.#begin();
  }

  transact(orders: readonly Order[]): Promise<Result[]> {
    return this.#ask({ kind: "transact", orders });
  }

  /** Moves the WAL into the file, beside what others write meanwhile. Resolves when it has, or could not. */
  async checkpoint(): Promise<void> {
    await this.#ask({ kind: "checkpoint" }).catch(() => undefined);
  }

  /** Resolves when all that was asked for is done and the file is closed. */
  async close(): Promise<void> {
    if (!this.#thread) return;
    await this.#ask({ kind: "close" }).catch((error) => {
      // A thread that is gone has closed its file, too.
      if (this.#thread) throw error;
    });
    this.#thread?.terminate();
    this.#thread = undefined;
  }

  #begin(): Worker {
    // A process that has nothing else to do may end.
    const thread = new Worker(this.#script, { ref: false });
    thread.onmessage = ({ data }: MessageEvent<Reply>) => {
      const asked = this.#asked.shift();
      if (Array.isArray(data)) asked?.resolve(data);
      else asked?.reject(faultOf(data));
    };
    let reason = "the writer thread ended";
    thread.onerror = ({ message }) => {
      // It ends by itself and closes its file; terminated it would not, and keep its lock.
      reason = message;
    };
    thread.addEventListener("close", () => this.#lost(thread, reason));
    this.#thread = thread;
    this.#ask({ kind: "open", ...this.#file }).catch((error: Error) => {
      this.#lost(thread, error.message);
      thread.terminate();
    });
    return thread;
  }

  #ask(task: Task): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      const thread = this.#thread ?? this.#begin();
      this.#asked.push({ resolve, reject });
      thread.postMessage(task);
    });
  }

  #lost(thread: Worker, message: string): void {
    if (this.#thread !== thread) return;
    this.#thread = undefined;
    for (const asked of this.#asked.splice(0)) asked.reject(faultOf({ code: "SQLITE_IOERR", message }));
  }
}

function faultOf({ code, message }: { readonly code: string; readonly message: string }): Error {
  return Object.assign(new Error(message), { code });
}

/** In the binary all modules are one file, and the thread is another below it, where src/build.ts has put it. */
function threadFile(): URL {
  const isSource = import.meta.file === "writer.ts";
  return new URL(isSource ? "./writer-thread.ts" : "./database/writer-thread.js", import.meta.url);
}
