import { mkdirSync } from "node:fs";
import { open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { BirdieError } from "../domain/errors.ts";
import type { PictureSize } from "../domain/picture.ts";
import type { Encoded } from "./encode.ts";

/** The files of pictures. */
export interface PictureStore {
  /** Writes both forms under names that are not shown yet, on disk (fsync) when it resolves. @throws BirdieError `full` */
  write(id: string, picture: Pick<Encoded, "large" | "small">): Promise<void>;
  /** From now on they are there. */
  keep(id: string): Promise<void>;
  /** Takes every file of a picture away. */
  drop(id: string): Promise<void>;
  /** Undefined where there is no such file. */
  read(id: string, size: PictureSize): Promise<Blob | undefined>;
  /** The ids of what was written and never kept: the process ended between the two. */
  unkept(): Promise<readonly string[]>;
}

const SIZES: readonly PictureSize[] = ["large", "small"];
const PART = ".part";

/** Pictures in a folder of their own (0700, files 0600). No name in it ever came from a person. */
export function createPictureStore(folder: string): PictureStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pathOf = (id: string, size: PictureSize) => join(folder, size === "large" ? `${id}.webp` : `${id}-small.webp`);

  async function drop(id: string): Promise<void> {
    for (const size of SIZES) {
      await rm(pathOf(id, size), { force: true });
      await rm(pathOf(id, size) + PART, { force: true });
    }
  }

  return {
    drop,
    async write(id, picture) {
      try {
        for (const size of SIZES) await writeDurably(pathOf(id, size) + PART, picture[size]);
      } catch (error) {
        await drop(id);
        if (!isFull(error)) throw error;
        throw new BirdieError("full", "no space is left for pictures", { cause: error });
      }
    },
    async keep(id) {
      for (const size of SIZES) await rename(pathOf(id, size) + PART, pathOf(id, size)).catch(ifNotMoved);
    },
    async read(id, size) {
      const file = Bun.file(pathOf(id, size), { type: "image/webp" });
      return (await file.exists()) ? file : undefined;
    },
    async unkept() {
      const names = await readdir(folder);
      const ids = names.flatMap((name) => /^([0-9a-f]{32})(?:-small)?\.webp\.part$/.exec(name)?.[1] ?? []);
      return [...new Set(ids)];
    },
  };
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Of the two files, the first was kept before the process ended. */
function ifNotMoved(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}

function isFull(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
