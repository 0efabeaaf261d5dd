// The whole test run: `npm test`, or a part of it: `npm test -- test/stomp`. Its last line is the outcome.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { ensureChromium } from "./support/ensure-chromium.ts";
import { ensureStompPy } from "./support/ensure-stomp-py.ts";

const ROOT = join(import.meta.dir, "..");
const TEST_TIMEOUT_MS = 120_000;
const RUN_TIMEOUT_MS = 1_500_000;
/** Most tests wait for sockets and browsers: with one worker a core, a third of the machine had nothing to do. */
const WORKERS = availableParallelism() + 1;

const isCi = /^(?:1|true)$/.test(process.env["CI"] ?? "");
const isTerminal = process.stderr.isTTY;

const browser = await ensureChromium(console.log);
const stompPyFault = await ensureStompPy(console.log);
const tests = Bun.spawn(
  [
    process.execPath,
    "--no-orphans",
    "test",
    `--parallel=${WORKERS}`,
    `--timeout=${TEST_TIMEOUT_MS}`,
    ...process.argv.slice(2),
  ],
  {
    cwd: ROOT,
    env: {
      ...process.env,
      ...(browser.path ? { BIRDIE_CHROMIUM: browser.path } : {}),
      ...(isTerminal ? { FORCE_COLOR: "1" } : {}),
    },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
    timeout: RUN_TIMEOUT_MS,
  },
);
let tail = "";
for await (const chunk of tests.stderr.pipeThrough(new TextDecoderStream())) {
  process.stderr.write(chunk);
  tail = (tail + chunk).slice(-4_096);
}
const exitCode = await tests.exited;

const said = Bun.stripANSI(tail);
const count = (word: string) =>
  Number(
    said
      .match(new RegExp(`^ (\\d+) ${word}$`, "gm"))
      ?.at(-1)
      ?.match(/\d+/)?.[0] ?? 0,
  );
const passedCount = count("pass");
const skippedCount = count("skip") + count("todo");
// A file that could not be loaded, or a run that never ended, is a failure of its own.
let failedCount = exitCode === 0 ? count("fail") : Math.max(count("fail"), 1);
if (tests.signalCode)
  console.log(`\nThe test run was ended after ${RUN_TIMEOUT_MS / 60_000} minutes (${tests.signalCode}).`);
if (browser.fault) {
  console.log(`\n${browser.path ? "Browser tests may be off" : "Browser tests were skipped"}: ${browser.fault}`);
  if (isCi) failedCount++;
}
if (stompPyFault) {
  console.log(`\nTests with stomp.py were skipped: ${stompPyFault}`);
  if (isCi) failedCount++;
}
if (passedCount + failedCount === 0) console.log("\nNo test ran.");
process.exitCode = failedCount > 0 || passedCount === 0 ? 1 : 0;
console.log(`\n${passedCount} passed, ${failedCount} failed${skippedCount > 0 ? `, ${skippedCount} skipped` : ""}`);
