import type { Load } from "./load.ts";
import { eachOf, measure, newTally } from "./load-chat.ts";
import { nowUs } from "./mark.ts";
import { newFaults, Peer } from "./peer.ts";
import type { Plan } from "./plan.ts";

type PlanOf<M extends Plan["mode"]> = Extract<Plan, { mode: M }>;

const LINE_FEED_FRAME = Buffer.from([0x81, 0x81, 0, 0, 0, 0, 10]);

/** People who have signed in, listen to their own queue and do nothing but beat. */
export async function openIdle(plan: PlanOf<"idle">): Promise<Load> {
  const faults = newFaults();
  const { members, heartbeatMs } = plan;
  const peers = await eachOf(members.length, async (i) => {
    const { userId, token } = members[i] ?? { userId: "", token: "" };
    const peer = await Peer.open(plan.target, token, faults, `${heartbeatMs},${heartbeatMs}`);
    await peer.subscribe(`/queue/${userId}`, `/queue/${userId}`, "accept:text/html\nack:client-individual\n");
    return peer;
  });
  if (heartbeatMs > 0) {
    // A slice of them at each tick, so that the beats are spread as they are among real people.
    const ticks = 100;
    let tick = 0;
    setInterval(() => {
      for (let i = tick; i < peers.length; i += ticks) peers[i]?.send(LINE_FEED_FRAME);
      tick = (tick + 1) % ticks;
    }, heartbeatMs / ticks);
  }
  return {
    step: (step) => measure({ step, faults, tally: newTally(), start: () => undefined, missing: () => 0 }),
  };
}

/** Readers of one page, signed in, each asking again as soon as the answer has come. */
export async function openPages(plan: PlanOf<"http">): Promise<Load> {
  const faults = newFaults();
  const headers = { cookie: `birdie-access=${plan.member.token}`, accept: "text/html", "accept-language": "en" };
  return {
    step(step) {
      const tally = newTally();
      let underWay = 0;
      const read = async () => {
        const startUs = nowUs();
        underWay++;
        tally.published++;
        try {
          const response = await fetch(plan.url, { headers, redirect: "manual" });
          const page = await response.arrayBuffer();
          tally.messageBytes = page.byteLength;
          if (response.status !== 200) throw new Error(`${plan.url} answered ${response.status}`);
          tally.done++;
        } catch (error) {
          faults.errors++;
          faults.firstError ||= String(error);
        }
        underWay--;
        tally.lastUs = nowUs();
        tally.histogram.add(tally.lastUs - startUs);
        if (tally.isRunning) await read();
      };
      const start = () => {
        for (let i = 0; i < plan.connections; i++) void read();
      };
      return measure({ step, faults, tally, start, missing: () => underWay });
    },
  };
}

/** One likes after another; each is timed from the request to the frame on the queue of the post's author. */
export async function openLikes(plan: PlanOf<"likes">): Promise<Load> {
  const faults = newFaults();
  const peer = await Peer.open(plan.target, plan.owner.token, faults);
  const queue = `/queue/${plan.owner.userId}`;
  await peer.subscribe(queue, queue, "accept:text/html\nack:client-individual\n");
  let heard = () => undefined as undefined;
  peer.onOther = () => heard();
  const { origin } = new URL(plan.url);
  return {
    async step(step) {
      const tally = newTally();
      let underWay = 0;
      const likeAll = async () => {
        for (const { token } of plan.fans) {
          if (!tally.isRunning) return;
          const push = Promise.withResolvers<undefined>();
          heard = () => void push.resolve(undefined);
          const startUs = nowUs();
          tally.published++;
          underWay++;
          const headers = { authorization: `Bearer ${token}`, accept: "application/json", origin };
          const liked = fetch(plan.url, { method: "POST", headers });
          await push.promise;
          tally.lastUs = nowUs();
          tally.histogram.add(tally.lastUs - startUs);
          tally.done++;
          underWay--;
          const response = await liked;
          await response.arrayBuffer();
          if (!response.ok) faults.firstError ||= `${plan.url} answered ${response.status}`;
        }
      };
      return measure({ step, faults, tally, start: () => void likeAll(), missing: () => underWay });
    },
  };
}
