// One load process. run.ts starts it, tells it what to open, and then what to measure: everything by IPC.
import { openChat } from "./load-chat.ts";
import { openIdle, openLikes, openPages } from "./load-rest.ts";
import { openRoom } from "./load-room.ts";
import type { FromLoad, Plan, Report, Step, ToLoad } from "./plan.ts";

/** What a plan has opened. */
export interface Load {
  step(step: Step): Promise<Report>;
}

function open(plan: Plan): Promise<Load> {
  switch (plan.mode) {
    case "fanout":
    case "pairs":
    case "receipts":
      return openChat(plan);
    case "room":
      return openRoom(plan);
    case "idle":
      return openIdle(plan);
    case "http":
      return openPages(plan);
    case "likes":
      return openLikes(plan);
    default:
      return plan satisfies never;
  }
}

let load: Load | undefined;

async function obey(order: ToLoad): Promise<FromLoad> {
  if (order.type === "open") {
    load = await open(order.plan);
    return { type: "opened" };
  }
  if (order.type === "close" || !load) process.exit(0);
  return { type: "stepped", report: await load.step(order.step) };
}

const answer = (message: FromLoad) => process.send?.(message);
process.on("disconnect", () => process.exit(0));
process.on("message", (order: ToLoad) => {
  obey(order).then(answer, (error: unknown) => answer({ type: "failed", reason: String(error) }));
});
