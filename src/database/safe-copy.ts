import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { libsqlCode, StartError } from "./errors.ts";
import { localPathOf, partWays, snapshotDatabase } from "./snapshot.ts";

/** Where a database is copied to before this version brings it up to date, and who hears of it. */
export interface SafeCopies {
  /** Made where it is missing. */
  readonly folder: string;
  /** Of this program, before which the database was as in the copy. */
  readonly version: string;
  readonly nowMs: () => number;
  readonly tell: (message: string, fields: Readonly<Record<string, string>>) => void;
}

const COPIES_MAX = 3;
const COPY = /^before-.+-(\d{8}T\d{9}Z)\.db$/;
const UNFINISHED = /^before-.+\.db\.part(?:-journal)?$/;

/**
 * Copies a database in a file as it is (but for its id: see partWays), on disk and under its name only once it is
 * whole, and keeps the last three such copies. One on another server is left alone. @throws StartError where the copy
 * cannot be written
 */
export async function copyFirst(url: string, { folder, version, nowMs, tell }: SafeCopies): Promise<void> {
  const path = localPathOf(url);
  if (path === undefined) {
    return tell("the database is on another server: it is brought up to date without a copy made first", {});
  }
  const at = new Date(nowMs()).toISOString().replaceAll(/[-:.]/g, "");
  const file = join(folder, `before-${version}-${at}.db`);
  const part = `${file}.part`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) if (UNFINISHED.test(name)) rmSync(join(folder, name));
    // SQLite writes into an empty file as well, which is nobody else's from the beginning.
    writeFileSync(part, "", { mode: 0o600, flag: "wx" });
    await snapshotDatabase(path, part);
    partWays(part);
    sync(part);
    renameSync(part, file);
    sync(folder);
  } catch (error) {
    for (const name of [part, `${part}-journal`]) if (existsSync(name)) rmSync(name);
    const why = `The database is brought up to date only once a copy of it is in ${folder}, and none can be written there`;
    throw new StartError(`${why} (${causeOf(error)}): make room, or give this user the right to, then start again`);
  }
  const copies = readdirSync(folder).filter((name) => COPY.test(name));
  const oldest = copies.sort((a, b) => timeIn(a).localeCompare(timeIn(b))).slice(0, -COPIES_MAX);
  for (const name of oldest) rmSync(join(folder, name));
  tell("the database is brought up to date; as it was, it is kept in the backups", { file: basename(file) });
}

const timeIn = (name: string) => COPY.exec(name)?.[1] ?? "";

function sync(path: string): void {
  const opened = openSync(path, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

function causeOf(error: unknown): string {
  const code = libsqlCode(error) || (error instanceof Error ? Reflect.get(error, "code") : undefined);
  return code === "ENOSPC" || code === "EDQUOT" || code === "SQLITE_FULL" ? "the disk is full" : String(code ?? error);
}
