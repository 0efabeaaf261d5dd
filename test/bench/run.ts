// `npm run bench`: the goals of PERFORMANCE, each as a figure beside its limit taken in the same run.
// `npm run bench -- fanout pairs` runs some of them; `--json` prints JSON; `--patience 3` measures three times as long;
// `search --messages 1000000` searches in as many messages (it takes minutes to write them), else in 100,000.
// It reads /proc, so it runs on Linux only. `--profile` leaves CPU profiles of the servers in test/output/profiles.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { foundCommunity } from "./community.ts";
import type { Bench, Result } from "./result.ts";
import { chat, likes } from "./scenarios/chat.ts";
import { fanout, members, pairs, steady, wire } from "./scenarios/fanout.ts";
import { bytes, pages, start } from "./scenarios/pages.ts";
import { receipts } from "./scenarios/receipts.ts";
import { search } from "./scenarios/search.ts";
import { idle, loop } from "./scenarios/sockets.ts";

const SCENARIOS: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  receipts,
  pairs,
  steady,
  wire,
  fanout,
  members,
  idle,
  loop,
  chat,
  likes,
  start,
  pages,
  search,
  bytes,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    profile: { type: "boolean", default: false },
    patience: { type: "string", default: "1" },
    messages: { type: "string", default: "100000" },
  },
});

const unknown = positionals.filter((name) => !(name in SCENARIOS));
if (unknown.length > 0 || !(Number(values.patience) > 0) || !(Number(values.messages) > 0)) {
  console.error(`${unknown.join(", ")} is not to be measured; name some of: ${Object.keys(SCENARIOS).join(", ")}`);
  process.exit(2);
}

const before = machineBusyS();
const results: Result[] = [];
const faults: string[] = [];
const community = await foundCommunity();
const bench: Bench = {
  community,
  patience: Number(values.patience),
  archiveMessages: Number(values.messages),
  flags: values.profile ? ["--cpu-prof", "--cpu-prof-md", "--cpu-prof-dir=test/output/profiles"] : [],
  add: (result) => {
    results.push(result);
  },
  fault: (what) => {
    faults.push(what);
  },
};
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!values.json) console.error(`measuring ${name} ...`);
  await scenario(bench).catch((error: unknown) => faults.push(`${name} failed: ${String(error)}`));
}
community.remove();
results.push({
  goal: "10",
  what: "lost, duplicated, out of order",
  figure: faults.length === 0 ? "none" : `${faults.length} faults`,
  target: "none",
  isMet: faults.length === 0,
});
const others = (machineBusyS() - before - ownBusyS()) / ((performance.now() / 1_000) * availableParallelism());
results.push({
  goal: "",
  what: "what others took of this machine meanwhile",
  figure: `${Math.round(others * 100)} %${others > 0.1 ? ": only ratios count, absolute figures are too high" : ""}`,
});
if (values.json) console.log(JSON.stringify({ results, faults }, undefined, 2));
else printTable(results);
process.exitCode = faults.length > 0 ? 1 : 0;
// What a failed scenario has left running ends with this process.
process.exit();

/** CPU that was used on the whole machine since it started, in seconds. */
function machineBusyS(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, soft = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + interrupts + soft) / 100;
}

/** CPU of this process and of all it has started and outlived, in seconds. */
function ownBusyS(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const times = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15);
  return times.reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

function printTable(lines: readonly Result[]): void {
  const cells = lines.map(({ goal, what, figure, ratio, target, isMet }) => [
    goal,
    what,
    figure,
    ratio === undefined ? "" : ratio.toFixed(2),
    target ?? "",
    isMet === undefined ? "" : isMet ? "met" : "NOT met",
  ]);
  const rows = [["goal", "what", "figure", "ratio", "target", ""], ...cells];
  // A list of files would push what follows it out of sight.
  const widths = rows[0]?.map((_, i) => Math.min(120, Math.max(...rows.map((row) => row[i]?.length ?? 0)))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  for (const fault of faults) console.log(`\n${fault}`);
}
