import { readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** One import or re-export as it stands in a file. */
export interface Import {
  /** As written: `../domain/post.ts`, `hono/jsx`. */
  readonly specifier: string;
  /** `import type` and `export type`: nothing of it is left when the code runs. */
  readonly isType: boolean;
}

/** A file of the project, read for the rules of the house. */
export interface SourceFile {
  /** From the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** What runs: no types, no comments, no JSX. "" for anything but TypeScript. */
  readonly code: string;
}

const TRANSPILER = new Bun.Transpiler({
  loader: "tsx",
  target: "bun",
  tsconfig: JSON.stringify({
    compilerOptions: { jsx: "react-jsx", jsxImportSource: "hono/jsx", verbatimModuleSyntax: true },
  }),
});

/** Every file that the glob finds, in the order of its path. */
export function readSources(root: string, pattern: string): SourceFile[] {
  return [...new Bun.Glob(pattern).scanSync({ cwd: root })]
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => parseSource(path, readFileSync(join(root, path), "utf8")));
}

export function parseSource(path: string, text: string): SourceFile {
  if (!/\.tsx?$/.test(path)) return { path, text, imports: [], code: "" };
  // The parser takes no `#!` line; a comment keeps the number of lines.
  const program = text.replace(/^#!/, "//");
  return { path, text, imports: findImports(program), code: TRANSPILER.transformSync(program) };
}

/**
 * What is there at run time by Bun's own parser; and the `import type` lines, which that parser takes away, by a scan of
 * statements that begin a line.
 */
function findImports(text: string): Import[] {
  const imports: Import[] = TRANSPILER.scanImports(text)
    // What the parser believes that JSX will ask for; the compiler's own settings say otherwise.
    .filter(({ path, kind }) => !(kind === "require-call" && /^react\b|\/jsx(?:-dev)?-runtime$/.test(path)))
    .map(({ path }) => ({ specifier: path, isType: false }));
  for (const [, specifier = ""] of text.matchAll(/^(?:import|export) type [^;]*?from "([^"]+)"/gm)) {
    imports.push({ specifier, isType: true });
  }
  for (const [, specifier = ""] of text.matchAll(/\bimport\("([^"]+)"\)(?=[.;,)>\]| ])/g)) {
    if (!imports.some((one) => one.specifier === specifier)) imports.push({ specifier, isType: true });
  }
  return imports;
}

/** The path of an imported file of the project, or undefined for a package or a builtin. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : undefined;
}

/** The files on one round trip of imports, or [] when there is none. Imports of types do not count: nothing runs. */
export function findCycle(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const { specifier, isType } of byPath.get(path)?.imports ?? []) {
      const next = isType ? undefined : resolveImport(path, specifier);
      const cycle = next ? walk(next, [...trail, path]) : [];
      if (cycle.length > 0) return cycle;
    }
    done.add(path);
    return [];
  };
  for (const { path } of files) {
    const cycle = walk(path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

/** Every file that one file reaches by imports, types included, itself left out. */
export function reachable(files: readonly SourceFile[], path: string): ReadonlySet<string> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const walk = (from: string): void => {
    for (const { specifier } of byPath.get(from)?.imports ?? []) {
      const next = resolveImport(from, specifier);
      if (!next || seen.has(next)) continue;
      seen.add(next);
      walk(next);
    }
  };
  walk(path);
  return seen;
}
