import { join } from "node:path";
import { Connection } from "./connection.ts";
import { libsqlCode, StartError } from "./errors.ts";

/**
 * Takes the data folder for this process, for two Birdies on one folder would each believe to know who is where.
 * What is held is a write lock of SQLite on a file that nobody else opens: the system ends it with the process, however
 * that ends, so there is no stale one. Its only content is the number of the process, for whoever comes second.
 * Resolves to the function that gives the folder back.
 * @throws StartError when another process has it
 */
export async function lockFolder(folder: string): Promise<() => void> {
  const connection = new Connection(join(folder, "birdie.lock"), ["busy_timeout=0"]);
  try {
    connection.run(`pragma user_version=${process.pid}`);
    connection.run("begin immediate");
    return () => connection.abandon();
  } catch (error) {
    const isTaken = libsqlCode(error).startsWith("SQLITE_BUSY");
    const holder = isTaken ? connection.run("pragma user_version").rows[0]?.[0] : undefined;
    connection.close();
    if (!isTaken) throw error;
    throw new StartError(
      `Another Birdie (process ${holder}) uses the data folder ${folder}: stop it, or choose another folder with --data`,
    );
  }
}
