import { GOODBYE } from "../live/goodbyes.ts";
import { LIMITS, type OnLimit } from "../live/limits.ts";
import { Metrics } from "../metrics.ts";

const LIMITS_REACHED = "birdie_limits_reached";
const SOCKETS_CLOSED = "birdie_sockets_closed";

/** What is counted, with every label there can be from the beginning. */
export function createMeters() {
  const metrics = new Metrics();
  metrics.counter(
    LIMITS_REACHED,
    "Refusals by the limit that was reached",
    LIMITS.map((limit) => `limit="${limit}"`),
  );
  metrics.counter(
    SOCKETS_CLOSED,
    "Closed sockets by goodbye",
    Object.values(GOODBYE).map((code) => `code="${code}"`),
  );
  const onLimit: OnLimit = (limit) => metrics.count(LIMITS_REACHED, `limit="${limit}"`);
  return {
    onLimit,
    onClosed: (code: number) => metrics.count(SOCKETS_CLOSED, `code="${code}"`),
    gauge: metrics.gauge.bind(metrics),
    text: () => metrics.text(),
  };
}
