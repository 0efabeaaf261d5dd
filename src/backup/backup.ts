import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
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
  /** Gives it up between two files, and leaves nothing of it. */
  readonly signal?: AbortSignal;
}

/** What is the server's own business at run time, a backup itself, or the file system's own. */
const LEFT_OUT = /^(?:birdie\.db(?:-.*)?|birdie\.lock(?:-.*)?|backups|\.restoring|lost\+found)$/;

/**
 * The whole data folder as one archive, while the server runs or not: first the database as it is at one moment, then
 * keys and uploads, so that what the database names is there. A half-written one never has the name of a whole one, and no
 * file is touched that this has not made. @throws StartError
 */
export async function backup(options: BackupOptions): Promise<readonly TarEntry[]> {
  const { file, data, databaseUrl, version, nowMs, signal } = options;
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
  refuseAmongData(file, data);
  if (existsSync(file)) throw isThere(file);
  // Nobody else's: another backup may be made at the same time.
  const unfinished = `${file}.${crypto.randomUUID().slice(0, 8)}`;
  const [snapshot, part] = [`${unfinished}.db`, `${unfinished}.part`];
  const goOn = async () => {
    await new Promise((done) => setImmediate(done));
    if (signal?.aborted) throw new StartError("The backup was given up, and nothing is left of it");
  };
  try {
    // SQLite writes into an empty file as well, which is nobody else's from the beginning.
    writeFileSync(snapshot, "", { mode: 0o600, flag: "wx" });
    await snapshotDatabase(path, snapshot);
    await goOn();
    const archive = openSync(part, "wx", 0o600);
    try {
      const files = [addFile(archive, DATABASE, snapshot)];
      for (const name of filesIn(data)) {
        await goOn();
        // A picture of a message that was deleted while the others were copied.
        if (isFile(join(data, name))) files.push(addFile(archive, name, join(data, name)));
      }
      // The last of all: an archive that was cut off has none.
      const manifest: Manifest = { format: 1, version, madeAt: new Date(nowMs).toISOString(), files };
      addText(archive, MANIFEST, `${JSON.stringify(manifest, undefined, 1)}\n`);
      endArchive(archive);
      fsyncSync(archive);
      await goOn();
      take(part, file);
      return files;
    } finally {
      closeSync(archive);
    }
  } finally {
    for (const mine of [snapshot, `${snapshot}-journal`, part]) rmSync(mine, { force: true });
  }
}

/** Among the data only their own folder is for backups, and ours to make: all else there would go into the next one. */
function refuseAmongData(file: string, data: string): void {
  const own = resolve(data, "backups");
  if (dirname(resolve(file)) === own) mkdirSync(own, { recursive: true, mode: 0o700 });
  const folder = dirname(resolve(file));
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new StartError(`There is no folder for ${file}: make it first`);
  }
  const [place, home] = [realpathSync(folder), realpathSync(data)];
  const isIn = (outer: string) => place === outer || place.startsWith(outer + sep);
  if (!isIn(home) || (existsSync(own) && isIn(realpathSync(own)))) return;
  throw new StartError(`${file} would be among the data itself: name a file in ${own}, or in a folder elsewhere`);
}

const isThere = (file: string) => new StartError(`${file} is there already: choose another name`);

/** Gives the archive its name, which somebody may have taken meanwhile. */
function take(part: string, file: string): void {
  try {
    linkSync(part, file);
  } catch (error) {
    // Some disks know no links.
    if (existsSync(file)) throw isThere(file);
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw error;
    renameSync(part, file);
  }
}

/** Every file of the folder that belongs into a backup, by its path in the folder, in order. */
function filesIn(data: string): readonly string[] {
  const names = readdirSync(data).filter((one) => !LEFT_OUT.test(one));
  return names.flatMap((one) => [...below(data, one)]).sort();
}

/** A folder of the data may be elsewhere, by a link; below it links to folders are not followed. */
function* below(data: string, path: string): Iterable<string> {
  const what = statSync(join(data, path), { throwIfNoEntry: false });
  if (what?.isFile()) yield path;
  // A link may lead nowhere.
  if (!what?.isDirectory()) return;
  for (const entry of readdirSync(join(data, path), { withFileTypes: true })) {
    const inner = `${path}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== "lost+found") yield* below(data, inner);
    else if (isFile(join(data, inner))) yield inner;
  }
}

/** What went away meanwhile (an upload that was given up) is none. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
