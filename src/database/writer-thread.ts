// The thread that commits: one connection, transactions in, results out. It knows nothing of acts; see writer.ts.
import { Connection } from "./connection.ts";
import { libsqlCode } from "./errors.ts";
import type { Reply, Task } from "./writer.ts";

declare const self: Worker;

let connection: Connection | undefined;

// SQLite's locks belong to the process: a transaction that its thread leaves open would lock everybody out for ever.
process.on("exit", () => connection?.abandon());

self.onmessage = async ({ data }: MessageEvent<Task>) => {
  self.postMessage(await perform(data));
};

async function perform(task: Task): Promise<Reply> {
  try {
    switch (task.kind) {
      case "open":
        connection = new Connection(task.path, task.pragmas);
        return [];
      case "transact":
        if (!connection) throw new Error("the database is not open");
        return await connection.transact(task.orders);
      case "checkpoint":
        connection?.checkpoint("passive");
        return [];
      case "close":
        connection?.checkpoint("truncate");
        connection?.close();
        connection = undefined;
        return [];
      default:
        return task satisfies never;
    }
  } catch (error) {
    return { code: libsqlCode(error), message: error instanceof Error ? error.message : String(error) };
  }
}
