import type { Load } from "./load.ts";
import { atRate, eachOf, measure, newTally } from "./load-chat.ts";
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
    if (plan.isMute) return Peer.dial(plan.target, faults);
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

/**
 * Likes at a steady rate, of many people's posts in turn: what one person hears in a burst is told in rounds, and this is
 * about the first. Each is timed from the request to the frame on the queue of the post's author.
 */
export async function openLikes(plan: PlanOf<"likes">): Promise<Load> {
  const faults = newFaults();
  const { owners, fans, postsUrl } = plan;
  const { origin } = new URL(postsUrl);
  const heard: (() => void)[] = [];
  await eachOf(owners.length, async (i) => {
    const { userId, token } = owners[i]?.owner ?? { userId: "", token: "" };
    const peer = await Peer.open(plan.target, token, faults);
    const queue = `/queue/${userId}`;
    await peer.subscribe(queue, queue, "accept:text/html\nack:client-individual\n");
    peer.onOther = () => heard[i]?.();
  });
  let next = 0;
  return {
    step(step) {
      const tally = newTally();
      const like = async () => {
        const turn = next++;
        const i = turn % owners.length;
        const fan = fans[Math.floor(turn / owners.length)];
        if (!fan) throw new Error("everybody has liked everything");
        tally.published++;
        const startUs = nowUs();
        heard[i] = () => {
          tally.lastUs = nowUs();
          tally.histogram.add(tally.lastUs - startUs);
          tally.done++;
          delete heard[i];
        };
        const headers = { authorization: `Bearer ${fan.token}`, accept: "application/json", origin };
        const url = `${postsUrl}/${owners[i]?.postId}/like`;
        const response = await fetch(url, { method: "POST", headers });
        await response.arrayBuffer();
        if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      };
      const note = (error: unknown) => {
        faults.errors++;
        faults.firstError ||= String(error);
      };
      const start = () => atRate(step.ratePerS ?? 1, tally, () => void like().catch(note));
      return measure({ step, faults, tally, start, missing: () => tally.published - tally.done });
    },
  };
}
