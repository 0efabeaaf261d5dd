import { Histogram } from "./histogram.ts";
import type { Load } from "./load.ts";
import { nowUs, Outgoing, senderAt, sentAtUs } from "./mark.ts";
import { type Faults, newFaults, noteMark, Peer } from "./peer.ts";
import type { Plan, Report, Step, Target } from "./plan.ts";

type ChatPlan = Extract<Plan, { mode: "fanout" | "pairs" | "receipts" }>;
type PlanOf<M extends Plan["mode"]> = Extract<Plan, { mode: M }>;

const OPENING_AT_ONCE = 64;
/** How long what is under way may take to arrive after a step; then it counts as lost. */
const DRAIN_MS = 10_000;
/** More than can be in flight. */
const RING = 8_192;

export function openChat(plan: ChatPlan): Promise<Load> {
  if (plan.mode === "fanout") return openFanout(plan);
  return plan.mode === "pairs" ? openPairs(plan) : openReceipts(plan);
}

/** Runs `work` for 0 to `count - 1`, a few at a time, and gives the results in order. */
export async function eachOf<T>(count: number, work: (i: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < count; i = next++) results[i] = await work(i);
  };
  await Promise.all(Array.from({ length: Math.min(OPENING_AT_ONCE, count) }, worker));
  return results;
}

/** What a step counts while it runs. `start` sends; `isOver` says when nothing is under way any more. */
export interface Tally {
  readonly histogram: Histogram;
  isRunning: boolean;
  published: number;
  done: number;
  lastUs: number;
  messageBytes: number;
}

export const newTally = (): Tally => ({
  histogram: new Histogram(),
  isRunning: true,
  published: 0,
  done: 0,
  lastUs: 0,
  messageBytes: 0,
});

/** Lets a step run for its time, waits for what is under way, and sums up. */
export async function measure(options: {
  readonly step: Step;
  readonly faults: Faults;
  readonly tally: Tally;
  readonly start: () => void;
  /** How many of what was asked for have not come. */
  readonly missing: () => number;
}): Promise<Report> {
  const { step, faults, tally, missing } = options;
  const startUs = nowUs();
  Object.assign(faults, newFaults());
  options.start();
  await Bun.sleep(step.forMs);
  tally.isRunning = false;
  const deadlineMs = performance.now() + DRAIN_MS;
  while (missing() > 0 && faults.errors === 0 && performance.now() < deadlineMs) await Bun.sleep(5);
  const { histogram } = tally;
  return {
    seconds: Math.max(tally.lastUs - startUs, step.forMs * 1000) / 1e6,
    published: tally.published,
    done: tally.done,
    lost: missing(),
    ...faults,
    p50Ms: histogram.atMs(0.5),
    p99Ms: histogram.atMs(0.99),
    maxMs: histogram.atMs(1),
    messageBytes: tally.messageBytes,
  };
}

/** Publishes at a steady rate: at each tick what has become due. */
export function atRate(ratePerS: number, tally: Tally, publish: () => void): void {
  const startMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    if (!tally.isRunning) {
      clearInterval(timer);
      return;
    }
    for (const due = ((performance.now() - startMs) * ratePerS) / 1000; sent < due; sent++) publish();
  }, 1);
}

export function at(target: Target, roomId: number, listens: boolean): Target {
  if (target.kind !== "raw") return target;
  return { ...target, path: `${target.path}&room=${roomId}${listens ? "" : "&deaf"}` };
}

/** Where a SEND goes; undefined where nobody knows what that is. */
export function chatOf({ kind }: Target, roomId: number): string | undefined {
  if (kind === "raw") return undefined;
  return kind === "wire" ? `/topic/${roomId}` : `/chat/${roomId}`;
}

/** One publisher, many subscribers of one room. */
async function openFanout(plan: PlanOf<"fanout">): Promise<Load> {
  const { target, roomId, subscribers } = plan;
  const faults = newFaults();
  let tally = newTally();
  const deliveries = new Uint32Array(RING);
  const publisher = await Peer.open(at(target, roomId, false), plan.publisher.token, faults);
  const outgoing = new Outgoing({ destination: chatOf(target, roomId), bodyBytes: plan.bodyBytes, sender: 0 });

  function publish(): void {
    tally.published++;
    publisher.send(outgoing.frame(nowUs()));
  }

  let keepsWindow = true;
  function deliver(peer: Peer, bytes: Buffer, markAt: number): void {
    const number = noteMark(peer, bytes, markAt);
    const atUs = nowUs();
    tally.histogram.add(atUs - sentAtUs(bytes, markAt));
    tally.done++;
    tally.lastUs = atUs;
    const slot = number % RING;
    const count = (deliveries[slot] ?? 0) + 1;
    deliveries[slot] = count === subscribers ? 0 : count;
    if (count < subscribers) return;
    tally.messageBytes = peer.messageBytes;
    if (tally.isRunning && keepsWindow) publish();
  }

  await eachOf(subscribers, async (i) => {
    const token = plan.members[i % plan.members.length]?.token ?? "";
    const peer = await Peer.open(at(target, roomId, true), token, faults);
    peer.onMark = (bytes, markAt) => deliver(peer, bytes, markAt);
    if (target.kind === "raw") return;
    const accept = plan.isHtml ? "accept:text/html\n" : "";
    await peer.subscribe(`/topic/${roomId}`, plan.hasOwnIds ? `sub-${i}` : "sub-0", `ack:${plan.ack}\n${accept}`);
  });

  return {
    step(step) {
      tally = newTally();
      keepsWindow = step.ratePerS === undefined;
      const start = () => {
        if (step.ratePerS !== undefined) atRate(step.ratePerS, tally, publish);
        else for (let i = 0; i < (step.window ?? 1); i++) publish();
      };
      const missing = () => tally.published * subscribers - tally.done;
      return measure({ step, faults, tally, start, missing });
    },
  };
}

/** Pairs of people who answer one another, each in the room of the two. A round trip is two messages. */
async function openPairs(plan: PlanOf<"pairs">): Promise<Load> {
  const { target, rooms, bodyBytes } = plan;
  const faults = newFaults();
  let tally = newTally();
  let underWay = 0;

  const starters = await eachOf(rooms.length, async (i) => {
    const room = rooms[i];
    if (!room) throw new Error("there is no such room");
    const { roomId, members } = room;
    const destination = chatOf(target, roomId);
    const sides = await Promise.all(
      members.map(async ({ token }, sender) => {
        const peer = await Peer.open(at(target, roomId, true), token, faults);
        if (destination !== undefined) await peer.subscribe(`/topic/${roomId}`, "sub-0", "ack:auto\n");
        return { peer, outgoing: new Outgoing({ destination, bodyBytes, sender }) };
      }),
    );
    const [first, second] = sides;
    if (!first || !second) throw new Error("a pair has two sides");
    const start = () => {
      tally.published++;
      underWay++;
      first.peer.send(first.outgoing.frame(nowUs()));
    };
    second.peer.onMark = (bytes, markAt) => {
      if (senderAt(bytes, markAt) !== 0) return;
      tally.messageBytes = second.peer.messageBytes;
      noteMark(second.peer, bytes, markAt);
      second.peer.send(second.outgoing.frame(sentAtUs(bytes, markAt)));
    };
    first.peer.onMark = (bytes, markAt) => {
      if (senderAt(bytes, markAt) !== 1) return;
      noteMark(first.peer, bytes, markAt);
      tally.lastUs = nowUs();
      tally.histogram.add(tally.lastUs - sentAtUs(bytes, markAt));
      tally.done++;
      underWay--;
      if (tally.isRunning) start();
    };
    return start;
  });

  return {
    step(step) {
      tally = newTally();
      underWay = 0;
      const start = () => {
        for (const one of starters) one();
      };
      return measure({ step, faults, tally, start, missing: () => underWay });
    },
  };
}

/** One connection that always has some SENDs waiting for their receipts. */
async function openReceipts(plan: PlanOf<"receipts">): Promise<Load> {
  const faults = newFaults();
  let tally = newTally();
  const peer = await Peer.open(plan.target, plan.sender.token, faults);
  const outgoing = new Outgoing({
    destination: chatOf(plan.target, plan.roomId),
    bodyBytes: plan.bodyBytes,
    sender: 0,
    hasReceipt: true,
    clientIds: plan.hasClientIds ? crypto.randomUUID().slice(0, 8) : undefined,
  });
  const sentUs = new Float64Array(RING);

  function send(): void {
    const atUs = nowUs();
    sentUs[outgoing.next % RING] = atUs;
    tally.published++;
    peer.send(outgoing.frame(atUs));
  }

  peer.onReceipt = (number) => {
    tally.lastUs = nowUs();
    tally.histogram.add(tally.lastUs - (sentUs[number % RING] ?? 0));
    tally.done++;
    if (tally.isRunning) send();
  };

  return {
    step(step) {
      tally = newTally();
      const start = () => {
        for (let i = 0; i < (step.window ?? 64); i++) send();
      };
      return measure({ step, faults, tally, start, missing: () => tally.published - tally.done });
    },
  };
}
