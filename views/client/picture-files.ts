import { me } from "./page.ts";

/** What waits longer on this device is forgotten. */
const keptMs = 7 * 86_400_000;

/*
 * The files of pictures that are not sent yet, kept on this device over reloads, by a key of their own. Where the browser
 * keeps nothing, this page still does.
 */
const memory = new Map<string, Blob>();
let opened: Promise<IDBDatabase> | undefined;

interface Kept {
  readonly blob: Blob;
  readonly atMs: number;
}

export async function keepFile(key: string, blob: Blob): Promise<void> {
  memory.set(key, blob);
  await withFiles("readwrite", (files) => files.put({ blob, atMs: Date.now() } satisfies Kept, nameOf(key)));
}

export async function fileOf(key: string): Promise<Blob | undefined> {
  const known = memory.get(key);
  if (known) return known;
  const kept: unknown = await withFiles("readonly", (files) => files.get(nameOf(key)));
  const blob = typeof kept === "object" && kept && "blob" in kept ? kept.blob : undefined;
  return blob instanceof Blob ? blob : undefined;
}

export async function forgetFile(key: string): Promise<void> {
  memory.delete(key);
  await withFiles("readwrite", (files) => files.delete(nameOf(key)));
}

/** Files of pages that were left in a hurry. */
export async function forgetOldFiles(): Promise<void> {
  await withFiles("readwrite", (files) => {
    const request = files.openCursor();
    request.onsuccess = () => {
      const cursor = request.result;
      const atMs: unknown = cursor?.value?.atMs;
      if (typeof atMs !== "number" || atMs < Date.now() - keptMs) cursor?.delete();
      cursor?.continue();
    };
    return request;
  });
}

const nameOf = (key: string) => `${me}:${key}`;

/** Undefined where the browser will not. */
async function withFiles<T>(
  mode: IDBTransactionMode,
  ask: (files: IDBObjectStore) => IDBRequest<T>,
): Promise<T | undefined> {
  try {
    opened ??= open();
    const database = await opened;
    return await result(ask(database.transaction("files", mode).objectStore("files")));
  } catch {
    return undefined;
  }
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("birdie-pictures", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("files");
  return result(request);
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
