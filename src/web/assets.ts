import { extname } from "node:path";
import { type ClientFiles, isChunk, nameOf, withImports } from "./bundle.ts";

/** Files of ours as the browser gets them. */
export interface Assets {
  /** The address of a file, with its fingerprint, so that it may be kept for ever. */
  asset(name: string): string;
  /** The addresses of what a member's page runs beside `app.js`: it names them at once, else each is found in another. */
  readonly memberScripts: readonly string[];
  /** The routes at which `answer` is asked. */
  readonly paths: readonly string[];
  answer(request: Request): Promise<Response>;
}

type Encoding = "br" | "gzip";
interface Asset {
  readonly type: string;
  readonly hash: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Once somebody has asked for it. */
  readonly compressed: Map<Encoding, Promise<Uint8Array<ArrayBuffer>>>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};
const COMPRESSED = new Set([".js", ".css", ".svg", ".webmanifest"]);
const MEMBER_SCRIPTS = ["live.js", "later.js"];
const ROUTES = ["/assets/:name", "/favicon.ico", "/manifest.webmanifest", "/service-worker.js"];

/** Serves the files out of memory, compressed once, when first asked for. */
export function createAssets(files: ClientFiles): Assets {
  const assets = new Map<string, Asset>();
  for (const [name, file] of [["manifest.webmanifest", MANIFEST] as const, ...files]) {
    const bytes = new Uint8Array(file);
    const type = TYPES[extname(name)];
    if (!type) continue;
    const hash = new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 16);
    assets.set(name, { type, hash, bytes, compressed: new Map() });
  }

  const asset = (asked: string) => {
    const name = nameOf(assets, asked);
    // A chunk is fetched by other chunks, which know nothing of a query.
    return `/assets/${name}${assets.has(name) && !isChunk(name) ? `?v=${assets.get(name)?.hash}` : ""}`;
  };
  const scripts = new Set<string>();
  for (const name of MEMBER_SCRIPTS) withImports(files, nameOf(files, name), scripts);

  return {
    asset,
    memberScripts: [...scripts].map(asset),
    paths: ROUTES,
    async answer(request) {
      const { pathname, searchParams } = new URL(request.url);
      const name = fileAt(pathname, assets);
      const asset = assets.get(name);
      if (!asset) return new Response("not found", { status: 404 });
      const headers = new Headers({
        "content-type": asset.type,
        etag: `"${asset.hash}"`,
        vary: "accept-encoding",
        "cache-control":
          isChunk(name) || searchParams.get("v") === asset.hash
            ? "public, max-age=31536000, immutable"
            : "public, no-cache",
      });
      if (request.headers.get("if-none-match")?.includes(`"${asset.hash}"`)) {
        return new Response(null, { status: 304, headers });
      }
      const encoding = COMPRESSED.has(extname(name)) ? encodingFor(request) : undefined;
      if (!encoding) return new Response(asset.bytes, { headers });
      headers.set("content-encoding", encoding);
      return new Response(await compressedOf(asset, encoding), { headers });
    },
  };
}

function fileAt(pathname: string, assets: ReadonlyMap<string, Asset>): string {
  if (pathname === "/favicon.ico") return assets.has("favicon.ico") ? "favicon.ico" : "icon.svg";
  return pathname.slice(pathname.lastIndexOf("/") + 1);
}

function encodingFor(request: Request): Encoding | undefined {
  const offered = request.headers.get("accept-encoding") ?? "";
  if (/\bbr\b(?!\s*;\s*q=0(?:\.0+)?\b)/.test(offered)) return "br";
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0+)?\b)/.test(offered) ? "gzip" : undefined;
}

function compressedOf({ bytes, compressed }: Asset, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  const body = compressed.get(encoding) ?? compress(bytes, encoding);
  compressed.set(encoding, body);
  return body;
}

/** In another thread: the best compression of a script takes long enough to be felt. */
async function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  // Not before somebody asks: it brings half of node's streams with it.
  const [{ brotliCompress, constants, gzip }, { promisify }] = await Promise.all([
    import("node:zlib"),
    import("node:util"),
  ]);
  const compressed = await (encoding === "gzip"
    ? promisify(gzip)(bytes, { level: 9 })
    : promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  return new Uint8Array(compressed);
}

const MANIFEST = new TextEncoder().encode(
  JSON.stringify({
    name: "Birdie",
    short_name: "Birdie",
    start_url: "/",
    id: "/",
    scope: "/",
    display: "standalone",
    background_color: "#f5f7f4",
    theme_color: "#f5f7f4",
    icons: [
      { src: "/assets/icon-192.png", sizes: "192x192", type: "image/png" },
      { src: "/assets/icon-512.png", sizes: "512x512", type: "image/png" },
      { src: "/assets/icon-maskable.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
      { src: "/assets/icon.svg", sizes: "any", type: "image/svg+xml" },
    ],
  }),
);
