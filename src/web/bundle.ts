import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

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

/**
 * Bundles `views/client` of a checkout: `app.ts` with all it imports becomes `app.js`, `birdie.css` with its imports
 * becomes `app.css`, anything else but TypeScript and CSS is taken as it is.
 */
export async function bundleClient(root: string): Promise<ClientFiles> {
  const folder = join(root, "views/client");
  const plain = readdirSync(folder).filter((name) => extname(name) !== "" && !/\.(?:tsx?|css|md)$/.test(name));
  const [script, style] = await Promise.all([bundle(join(folder, "app.ts")), bundle(join(folder, "birdie.css"))]);
  return new Map([
    ["app.js", script],
    ["app.css", style],
    ...plain.map((name) => [name, readFileSync(join(folder, name))] as const),
  ]);
}

async function bundle(entry: string): Promise<Uint8Array> {
  const { outputs, logs, success } = await Bun.build({ entrypoints: [entry], target: "browser", minify: true });
  const [output] = outputs;
  if (!success || !output) throw new AggregateError(logs, `${entry} could not be bundled`);
  return new Uint8Array(await output.arrayBuffer());
}

function readFolder(folder: string): ClientFiles {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))] as const));
}
