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
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { StartError } from "../database/errors.ts";
import { localPathOf, snapshotDatabase } from "../database/snapshot.ts";
import { DATABASE, MANIFEST, type Manifest } from "./manifest.ts";
import { addFile, addText, endArchive, type TarEntry } from "./tar.ts";

export interface BackupOptions {
  /** The archive to make; there is none of that name yet. */
  readonly file: string;
  readonly data: string;
  /** As the setting says; empty: in the data folder. */
  readonly databaseUrl: string;
  readonly version: string;
  readonly nowMs: number;
}

/** What is the server's own business at run time, or a backup itself. */
const LEFT_OUT = /^(?:birdie\.db(?:-.*)?|birdie\.lock(?:-.*)?|backups|\.restoring)$/;

/**
 * The whole data folder as one archive, while the server runs or not: first the database as it is at one moment, then
 * keys and uploads, so that what the database names is there. A half-written one never has the name of a whole one.
 * @throws StartError
 */
export async function backup({ file, data, databaseUrl, version, nowMs }: BackupOptions): Promise<readonly TarEntry[]> {
  const path = databaseUrl === "" ? join(data, DATABASE) : localPathOf(databaseUrl);
  if (path === undefined) {
    throw new StartError(
      "The database is on another server (database-url): back it up there, and this folder beside it",
    );
  }
  // Asked for in this way, a folder that may not be looked into says so.
  if (!statSync(path, { throwIfNoEntry: false })) {
    throw new StartError(`There is no database at ${path}: name the data folder with --data`);
  }
  if (existsSync(file)) throw new StartError(`${file} is there already: choose another name`);
  const [snapshot, part] = [`${file}.db`, `${file}.part`];
  // The one place that is ours to make.
  const own = resolve(data, "backups");
  if (dirname(resolve(file)) === own) mkdirSync(own, { recursive: true, mode: 0o700 });
  rmSync(snapshot, { force: true });
  try {
    await snapshotDatabase(path, snapshot);
    const archive = openSync(part, "w", 0o600);
    try {
      const files = [addFile(archive, DATABASE, snapshot)];
      for (const name of filesIn(data)) {
        // A picture of a message that was deleted while the others were copied.
        if (isFile(join(data, name))) files.push(addFile(archive, name, join(data, name)));
      }
      // The last of all: an archive that was cut off has none.
      const manifest: Manifest = { format: 1, version, madeAt: new Date(nowMs).toISOString(), files };
      addText(archive, MANIFEST, `${JSON.stringify(manifest, undefined, 1)}\n`);
      endArchive(archive);
      fsyncSync(archive);
      renameSync(part, file);
      return files;
    } finally {
      closeSync(archive);
    }
  } finally {
    rmSync(snapshot, { force: true });
    rmSync(part, { force: true });
  }
}

/** Every file of the folder that belongs into a backup, by its path in the folder, in order. */
function filesIn(data: string): readonly string[] {
  const names = readdirSync(data).filter((name) => !LEFT_OUT.test(name));
  const found = names.flatMap((name) => [name, ...below(data, name)]);
  return found.filter((name) => isFile(join(data, name))).sort();
}

function below(data: string, name: string): readonly string[] {
  if (isFile(join(data, name))) return [];
  return readdirSync(join(data, name), { recursive: true }).map((inner) => `${name}/${inner}`);
}

/** What went away meanwhile (an upload that was given up) is none. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
