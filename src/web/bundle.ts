import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, extname, join } from "node:path";

/** Name -> bytes of every file that browsers get from us: `app.js`, `app.css`, icons, the manifest. */
export type ClientFiles = ReadonlyMap<string, Uint8Array>;

/**
 * The files for browsers. `root` is the folder that holds `migrations/`: in the binary it also holds `public/`, made by
 * `npm run build`; a checkout has no such folder, and bundles its own `views/client` each time it starts.
 */
export async function loadClient(root: string): Promise<ClientFiles> {
  const folder = join(root, "public");
  return existsSync(folder) ? readFolder(folder) : bundleClient(root);
}

/** Scripts that stand alone, beside the page: each is one file without chunks. */
const WORKERS = ["service-worker", "tabs-worker"];

/**
 * Bundles `views/client` of a checkout: `app.ts` becomes `app.js`, what it imports dynamically becomes chunks whose
 * names carry a hash (`live-0a1b2c3d.js`), the workers become a file each, `birdie.css` with its imports becomes
 * `app.css`, anything else but TypeScript and CSS is taken as it is.
 */
export async function bundleClient(root: string): Promise<ClientFiles> {
  const folder = join(root, "views/client");
  const plain = readdirSync(folder).filter((name) => extname(name) !== "" && !/\.(?:tsx?|css|md)$/.test(name));
  const workers = WORKERS.filter((name) => existsSync(join(folder, `${name}.ts`)));
  const [scripts, style, ...alone] = await Promise.all([
    bundle(join(folder, "app.ts"), { splitting: true, naming: { chunk: "[name]-[hash].[ext]" } }),
    bundle(join(folder, "birdie.css")),
    ...workers.map((name) => bundle(join(folder, `${name}.ts`))),
  ]);
  return new Map([
    ...scripts,
    ...style.map(([, bytes]) => ["app.css", bytes] as const),
    ...alone.flat(),
    ...plain.map((name) => [name, readFileSync(join(folder, name))] as const),
  ]);
}

/** The name under which a file is there: `live.js` may be called `live-0a1b2c3d.js`. */
export function nameOf(files: Pick<ClientFiles, "has" | "keys">, name: string): string {
  if (files.has(name)) return name;
  const [base, extension] = [basename(name, extname(name)), extname(name)];
  return [...files.keys()].find((file) => isChunk(file) && file.replace(CHUNK, "") === base + extension) ?? name;
}

/** The script of that name and all that it cannot run without; what it may import later is not among them. */
export function withImports(files: ClientFiles, name: string, found = new Set<string>()): Set<string> {
  const file = files.get(name);
  if (!file || found.has(name)) return found;
  found.add(name);
  for (const [, imported = ""] of new TextDecoder().decode(file).matchAll(/\bfrom\s*"\.\/([^"]+)"/g)) {
    withImports(files, imported, found);
  }
  return found;
}

/** Its name changes with its content. */
export const isChunk = (name: string): boolean => CHUNK.test(name);
const CHUNK = /-[0-9a-z]{8}(?=\.js$)/;

async function bundle(
  entry: string,
  options: Partial<Pick<Bun.BuildConfig, "splitting" | "naming">> = {},
): Promise<(readonly [string, Uint8Array])[]> {
  const { outputs, logs, success } = await Bun.build({
    entrypoints: [entry],
    target: "browser",
    format: "esm",
    minify: true,
    ...options,
  });
  if (!success || outputs.length === 0) throw new AggregateError(logs, `${entry} could not be bundled`);
  return Promise.all(
    outputs.map(async (output) => [basename(output.path), new Uint8Array(await output.arrayBuffer())] as const),
  );
}

function readFolder(folder: string): ClientFiles {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const));
}
