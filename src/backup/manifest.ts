import type { TarEntry } from "./tar.ts";

export const DATABASE = "birdie.db";
export const MANIFEST = "birdie-backup.json";
/** In the data folder as long as a backup is being brought back. */
export const UNFINISHED_RESTORE = ".restoring";

/** The last file of a backup: what belongs to it. */
export interface Manifest {
  readonly format: 1;
  /** Of the Birdie that made it. */
  readonly version: string;
  readonly madeAt: string;
  readonly files: readonly TarEntry[];
}

/** Undefined where the text is no manifest. */
export function readManifest(text: string): Manifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isOurs = typeof value === "object" && value !== null && "format" in value && value.format === 1;
    return isOurs && "files" in value && Array.isArray(value.files) ? (value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}
