import type { Community } from "./community.ts";
import type { Report, Step } from "./plan.ts";
import type { LoadProcess, ServerProcess } from "./servers.ts";

/** One line of the table. */
export interface Result {
  /** The number of the goal in PERFORMANCE, or "" where it is told for the sake of another line. */
  readonly goal: string;
  readonly what: string;
  readonly figure: string;
  readonly ratio?: number | undefined;
  readonly target?: string | undefined;
  readonly isMet?: boolean | undefined;
}

/** What every scenario is handed. */
export interface Bench {
  readonly community: Community;
  /** Multiplies the time of every step: 1 is the short version. */
  readonly patience: number;
  /** How many messages are searched. */
  readonly archiveMessages: number;
  /** Flags for the Bun that runs Birdie, e.g. for a profile. */
  readonly flags: readonly string[];
  readonly add: (result: Result) => void;
  /** Something was lost, came twice, out of order or not at all. */
  readonly fault: (what: string) => void;
}

export interface Measured extends Report {
  /** Of the server during the step, per thing done. */
  readonly cpuUsEach: number;
  readonly perS: number;
}

/** Runs a step and says what the server used meanwhile. Whatever went wrong is a fault of the run (goal 10). */
export async function measureStep(
  bench: Bench,
  parts: { readonly what: string; readonly server: ServerProcess; readonly load: LoadProcess; readonly step: Step },
): Promise<Measured> {
  const { server, load, step, what } = parts;
  const beforeUs = server.cpuUs;
  const report = await load.run({ ...step, forMs: step.forMs * bench.patience });
  const cpuUs = server.cpuUs - beforeUs;
  const { lost, duplicated, outOfOrder, errors, firstError } = report;
  if (lost + duplicated + outOfOrder + errors > 0) {
    bench.fault(
      `${what}: ${lost} lost, ${duplicated} twice, ${outOfOrder} out of order, ${errors} errors ${firstError}`,
    );
  }
  return { ...report, cpuUsEach: cpuUs / Math.max(1, report.done), perS: report.done / report.seconds };
}

export const us = (value: number) => `${value.toFixed(2)} us`;
export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const perS = (value: number) => `${Math.round(value).toLocaleString("en")}/s`;
