// Preloaded into a server: how late its event loop is. Answers "reset" and "read" by IPC with the delay since then.
import { Histogram } from "./histogram.ts";

const PERIOD_MS = 2;
let histogram = new Histogram();
let lastMs = performance.now();
setInterval(() => {
  const nowMs = performance.now();
  histogram.add(Math.max(0, nowMs - lastMs - PERIOD_MS) * 1000);
  lastMs = nowMs;
}, PERIOD_MS).unref();

process.on("message", (order: unknown) => {
  if (order === "reset") histogram = new Histogram();
  process.send?.({ p50Ms: histogram.atMs(0.5), p99Ms: histogram.atMs(0.99), maxMs: histogram.atMs(1) });
});
