/** A whole number below `n`. */
export const upTo = (n: number): number => Math.floor(Math.random() * n);

export function pick<T>(all: readonly T[]): T {
  return all[upTo(all.length)] as T;
}
