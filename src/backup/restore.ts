import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StartError } from "../database/errors.ts";
import { lockFolder } from "../database/instance-lock.ts";
import { checkDatabase } from "../database/snapshot.ts";
import { DATABASE, MANIFEST, readManifest } from "./manifest.ts";
import { readArchive, type TarEntry, TarError } from "./tar.ts";

export interface RestoreOptions {
  readonly file: string;
  /** Not there yet, or empty. */
  readonly data: string;
  /** The folder that holds `migrations/`. */
  readonly root: string;
}

/**
 * Makes a data folder out of a backup. Everything is brought in and checked beside its place first: until all of it is
 * good, the folder holds nothing. @throws StartError
 */
export async function restore({ file, data, root }: RestoreOptions): Promise<number> {
  if (!existsSync(file)) throw new StartError(`There is no backup at ${file}: check the name`);
  await refuseUsed(data);
  const isNew = !existsSync(data);
  const beside = join(data, ".restoring");
  mkdirSync(beside, { recursive: true, mode: 0o700 });
  try {
    const count = extract(file, beside);
    await checkDatabase(join(beside, DATABASE), root);
    for (const name of readdirSync(beside)) renameSync(join(beside, name), join(data, name));
    return count;
  } catch (error) {
    if (error instanceof TarError)
      throw new StartError(`${file} is not a whole backup (${error.message}): take another`);
    throw error;
  } finally {
    rmSync(beside, { recursive: true, force: true });
    if (isNew && readdirSync(data).length === 0) rmSync(data, { recursive: true });
  }
}

async function refuseUsed(data: string): Promise<void> {
  if (!existsSync(data)) return;
  // Says which process it is, where one runs there.
  if (existsSync(join(data, "birdie.lock"))) (await lockFolder(data))();
  if (readdirSync(data).length === 0) return;
  throw new StartError(`The data folder ${data} is not empty: restore into a new one with --data`);
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
