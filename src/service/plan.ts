import type { Statement } from "../database/open.ts";

/** Statements in their order, each under the name of what it is asked for. */
export function planOf(parts: readonly (readonly [name: string, statements: readonly Statement[]])[]) {
  const names = parts.flatMap(([name, statements]) => statements.map(() => name));
  return {
    statements: parts.flatMap(([, statements]) => statements),
    /** Out of the results of all of them, those of one name. */
    resultsOf: (results: readonly unknown[], name: string) => results.filter((_, i) => names[i] === name),
    rowsOf<T>(results: readonly unknown[], name: string): readonly T[] {
      return (this.resultsOf(results, name) as readonly (readonly T[])[]).flat();
    },
  };
}
