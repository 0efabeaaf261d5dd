import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folders = new Set<string>();

/** An empty temporary folder; it goes with the tests of its file. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "birdie-test-"));
  folders.add(folder);
  return folder;
}

/** One of them, or all. */
export function removeTestFolders(gone: Iterable<string> = folders): void {
  for (const folder of gone) {
    rmSync(folder, { recursive: true, force: true });
    folders.delete(folder);
  }
}

// What is started by hand ends with this. `bun test` says no such thing: see tidy.ts.
process.on("exit", () => removeTestFolders());
