import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StartError } from "../database/errors.ts";
import { lockFolder } from "../database/instance-lock.ts";
import { checkDatabase, localPathOf, partWays } from "../database/snapshot.ts";
import { DATABASE, MANIFEST, readManifest, UNFINISHED_RESTORE } from "./manifest.ts";
import { readArchive, type TarEntry, TarError } from "./tar.ts";

export interface RestoreOptions {
  readonly file: string;
  /** Not there yet, or empty. */
  readonly data: string;
  /** The folder that holds `migrations/`. */
  readonly root: string;
  /** As the setting says; empty: in the data folder. */
  readonly databaseUrl: string;
}

/**
 * Makes a data folder out of a backup. Everything is brought in and checked beside its place first: until all of it is
 * good, the folder holds nothing; and as long as not all of it is in its place, no Birdie starts on it. @throws StartError
 */
export async function restore({ file, data, root, databaseUrl }: RestoreOptions): Promise<number> {
  const what = statSync(file, { throwIfNoEntry: false });
  if (!what) throw new StartError(`There is no backup at ${file}: check the name`);
  if (!what.isFile()) throw new StartError(`${file} is no file: name the archive itself`);
  refuseElsewhere(data, databaseUrl);
  const isNew = !existsSync(data);
  await refuseUsed(data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(data);
  const beside = join(data, UNFINISHED_RESTORE);
  let isWhole = false;
  try {
    rmSync(beside, { recursive: true, force: true });
    mkdirSync(beside, { mode: 0o700 });
    const count = extract(file, beside);
    await checkDatabase(join(beside, DATABASE), root);
    partWays(join(beside, DATABASE));
    // The database last: who finds it finds everything.
    const names = readdirSync(beside).filter((name) => name !== DATABASE);
    for (const name of [...names, DATABASE]) renameSync(join(beside, name), join(data, name));
    isWhole = true;
    return count;
  } catch (error) {
    if (error instanceof TarError)
      throw new StartError(`${file} is not a whole backup (${error.message}): take another`);
    throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
    unlock();
    if (!isWhole) for (const name of readdirSync(data)) if (LOCK.test(name)) rmSync(join(data, name));
    if (isNew && readdirSync(data).length === 0) rmSync(data, { recursive: true });
  }
}

/** Of the lock of a folder, see instance-lock. */
const LOCK = /^birdie\.lock(?:-.*)?$/;

async function refuseUsed(data: string): Promise<void> {
  const there = statSync(data, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isDirectory()) throw new StartError(`${data} is not a folder: restore into a new one with --data`);
  // Says which process it is, where one runs there.
  if (existsSync(join(data, "birdie.lock"))) (await lockFolder(data))();
  // What a restore that was killed has left behind is brought in anew.
  const isFree = (name: string) => name === "lost+found" || name === UNFINISHED_RESTORE || LOCK.test(name);
  if (readdirSync(data).every(isFree)) return;
  throw new StartError(`The data folder ${data} is not empty: restore into a new one with --data`);
}

/** What is brought back would lie there, and nobody would read it. */
function refuseElsewhere(data: string, databaseUrl: string): void {
  if (databaseUrl === "") return;
  const path = localPathOf(databaseUrl);
  if (path !== undefined && resolve(path) === resolve(data, DATABASE)) return;
  throw new StartError(
    `A backup is brought back into the data folder, and the setting database-url names a database elsewhere: restore without that setting, then put ${DATABASE} where it says, or start without it`,
  );
}

/** @throws TarError where it is not exactly what its manifest says */
function extract(file: string, folder: string): number {
  const archive = openSync(file, "r");
  const found = new Map<string, TarEntry>();
  let manifest = "";
  let target: number | undefined;
  const finish = () => {
    if (target === undefined) return;
    fsyncSync(target);
    closeSync(target);
    target = undefined;
  };
  const open = (name: string) => {
    if (name === MANIFEST) {
      const words = new TextDecoder();
      return (chunk: Uint8Array) => {
        manifest += words.decode(chunk, { stream: true });
      };
    }
    if (!isInside(name)) throw new TarError("it names a file outside of the data folder");
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const opened = openSync(path, "wx", 0o600);
    target = opened;
    return (chunk: Uint8Array) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(opened, chunk, at);
    };
  };
  try {
    for (const entry of readArchive(archive, open)) {
      finish();
      if (entry.name !== MANIFEST) found.set(entry.name, entry);
    }
  } finally {
    finish();
    closeSync(archive);
  }
  const files = readManifest(manifest)?.files;
  if (!files || files.length !== found.size || !found.has(DATABASE)) throw new TarError("something is missing in it");
  for (const { name, bytes, sha256 } of files) {
    const entry = found.get(name);
    if (entry?.sha256 !== sha256 || entry.bytes !== bytes) throw new TarError(`${name} is damaged`);
  }
  return found.size;
}

/** No way up, no way elsewhere. */
function isInside(name: string): boolean {
  return name !== "" && !name.includes("\\") && name.split("/").every((part) => !["", ".", ".."].includes(part));
}
