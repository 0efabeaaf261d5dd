import { join } from "node:path";

/** What the browser gets: one file, minified. */
export async function bundleClient(): Promise<string> {
  const entry = join(import.meta.dir, "../../../views/client/app.ts");
  const built = await Bun.build({ entrypoints: [entry], minify: true, target: "browser" });
  const [artifact] = built.outputs;
  if (!built.success || !artifact) throw new AggregateError(built.logs, "the client does not build");
  return artifact.text();
}
