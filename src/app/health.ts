import { readdirSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "../database/open.ts";
import type { Health } from "../domain/admin.ts";

/** How often the position is looked at, and for how long back. */
const LOOK_MS = 10_000;
const LOOKS_MAX = 7;

interface HealthOptions {
  readonly database: Database;
  readonly data: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly socketCount: () => number;
  readonly personCount: () => number;
}

/** How the server stands, for the admins' page. */
export function createHealth({ database, data, version, nowMs, socketCount, personCount }: HealthOptions) {
  const startedAtMs = nowMs();
  const looks: { readonly atMs: number; readonly position: number }[] = [];
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_MS);
  timer.unref();

  async function look(): Promise<void> {
    const [[row]] = await database.db.batch([database.currentPosition()]);
    looks.push({ atMs: performance.now(), position: Number(row?.value ?? 0) });
    if (looks.length > LOOKS_MAX) looks.shift();
  }

  return {
    async read(): Promise<Health> {
      await look();
      const [first, last] = [looks[0], looks.at(-1)];
      const spanMs = first && last ? last.atMs - first.atMs : 0;
      return {
        version,
        startedAtMs,
        databaseBytes: sizeOf(join(data, "birdie.db")) + sizeOf(join(data, "birdie.db-wal")),
        freeBytes: freeBytesOf(data),
        socketCount: socketCount(),
        personCount: personCount(),
        changesPerS: first && last && spanMs > 0 ? ((last.position - first.position) * 1_000) / spanMs : 0,
        backup: latestIn(join(data, "backups")),
      };
    },
    stop(): void {
      clearInterval(timer);
    },
  };
}

/** 0 where the database is not in the data folder. */
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

/** The last archive in the folder; what is still being written has another ending. */
function latestIn(folder: string): Health["backup"] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const archives = readdirSync(folder)
    .filter((name) => !/\.(?:db|part)$/.test(name))
    .map((name) => ({ stat: statSync(join(folder, name), { throwIfNoEntry: false }) }))
    .flatMap(({ stat }) => (stat?.isFile() ? [{ atMs: stat.mtimeMs, bytes: stat.size }] : []));
  return archives.sort((a, b) => b.atMs - a.atMs)[0];
}
