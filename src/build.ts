// `npm run build`: one file, dist/birdie, that needs nothing beside it. For another machine:
// `npm run build -- --target linux-arm64` (linux-x64, linux-arm64, each also with -musl; darwin-arm64, windows-x64).
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { BunPlugin } from "bun";
import { bundleClient } from "./web/bundle.ts";

const ROOT = join(import.meta.dir, "..");

interface Target {
  /** As Bun names it: `bun-linux-arm64-musl`. */
  readonly bun: Bun.Build.CompileTarget;
  /** As libSQL names the packages of its addon: `linux-arm64-musl`. */
  readonly addon: string;
}

function readTarget(text: string): Target {
  const [, system = "", arch = "", libc] = /^(?:bun-)?(linux|darwin|windows)-(x64|arm64)(?:-(musl))?$/.exec(text) ?? [];
  const addons: Readonly<Record<string, string>> = {
    linux: `linux-${arch}-${libc ?? "gnu"}`,
    darwin: `darwin-${arch}`,
    windows: `win32-${arch}-msvc`,
  };
  const addon = addons[system];
  if (!addon) throw new Error(`"${text}" is not a target; write one like linux-x64, linux-arm64-musl, darwin-arm64`);
  const bun = `bun-${system}-${arch}${libc ? `-${libc}` : ""}`;
  return { bun: bun as Bun.Build.CompileTarget, addon };
}

function ownTarget(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const isMusl = system === "linux" && !JSON.stringify(process.report.getReport()).includes("glibcVersionRuntime");
  return `${system}-${process.arch}${isMusl ? "-musl" : ""}`;
}

/** The folder of libSQL's addon for the target. What is not installed here is fetched into `scratch`. */
async function addonFolder(target: Target, scratch: string): Promise<string> {
  const name = `@libsql/${target.addon}`;
  const installed = join(ROOT, "node_modules", name);
  if (existsSync(installed)) return installed;
  const { optionalDependencies } = await Bun.file(join(ROOT, "node_modules/libsql/package.json")).json();
  const version: unknown = optionalDependencies[name];
  if (typeof version !== "string") throw new Error(`libSQL has no addon for ${target.addon}`);
  const [os = "", cpu = ""] = target.addon.split("-");
  await Bun.write(join(scratch, "package.json"), JSON.stringify({ dependencies: { [name]: version } }));
  const install = Bun.spawn([process.execPath, "install", "--silent", `--os=${os}`, `--cpu=${cpu}`], {
    cwd: scratch,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await install.exited) !== 0) throw new Error(`${name} could not be installed`);
  return join(scratch, "node_modules", name);
}

/**
 * libSQL asks for its addon by a name made at run time, which no bundler can follow. Naming it here makes Bun embed it.
 * An upgrade of libSQL that asks otherwise fails the build instead of the binary.
 */
function libsqlStatic(folder: string): BunPlugin {
  const asked = "require(`@libsql/$" + "{target}`)";
  return {
    name: "libsql-static",
    setup(build) {
      build.onLoad({ filter: /[\\/]node_modules[\\/]libsql[\\/]index\.js$/ }, async ({ path }) => {
        const source = await Bun.file(path).text();
        const contents = source.replace(asked, `require(${JSON.stringify(join(folder, "index.node"))})`);
        if (contents === source) throw new Error("libSQL loads its addon in another way now: src/build.ts must follow");
        // Its own folder, asked for by nobody here, would tell where the binary was built.
        return { contents: contents.replaceAll("__dirname", '"."'), loader: "js" };
      });
    },
  };
}

async function build(target: Target, outfile: string): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "birdie-build-"));
  try {
    const assets = join(scratch, "public");
    for (const [name, bytes] of await bundleClient(ROOT)) await Bun.write(join(assets, name), bytes);
    await mkdir(dirname(outfile), { recursive: true });
    const { success, logs } = await Bun.build({
      entrypoints: [join(ROOT, "src/main.ts"), join(ROOT, "src/database/writer-thread.ts")],
      minify: { whitespace: true, syntax: true, identifiers: false },
      sourcemap: "linked",
      bytecode: true,
      format: "esm",
      define: { "process.env.NODE_ENV": '"production"' },
      plugins: [libsqlStatic(await addonFolder(target, scratch))],
      compile: {
        target: target.bun,
        outfile,
        // Each folder is found again under its own name beside `import.meta.dir`, in the binary as in a checkout.
        assets: [assets, join(ROOT, "migrations")],
        autoloadBunfig: false,
      },
    });
    if (!success) throw new AggregateError(logs, "the bundle failed");
    await chmod(outfile, 0o755);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

try {
  const { values } = parseArgs({ options: { target: { type: "string" }, outfile: { type: "string" } } });
  const target = readTarget(values.target ?? ownTarget());
  const name = target.bun.slice("bun-".length);
  const outfile = resolve(values.outfile ?? join(ROOT, "dist", values.target ? `birdie-${name}` : "birdie"));
  await build(target, outfile);
  console.log(`${basename(outfile)} for ${name}: ${outfile}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof AggregateError) for (const one of error.errors) console.error(one);
  process.exitCode = 1;
}
