import { join } from "node:path";
import { HALL_MEMBERS, ROOMS, STADIUM_MEMBERS } from "../community.ts";
import type { Plan, Target } from "../plan.ts";
import { type Bench, type Measured, measureStep, ms, perS, us } from "../result.ts";
import { LoadProcess, type ServerProcess, startBirdie, startRaw, startWire } from "../servers.ts";

type Fanout = Extract<Plan, { mode: "fanout" }>;
type Form = Pick<Fanout, "hasOwnIds" | "isHtml">;

const BODY_BYTES = 200;
/** Each turn, of so many. */
const TURN_MS = 700;
const TURNS = 3;
/** As servers that have run for a while: what they compile is not what a delivery costs. */
const WARM_MS = 1_500;
const SAME: Form = { hasOwnIds: false, isHtml: false };

const stomp = (server: ServerProcess): Target => ({ kind: "stomp", port: server.port, path: "/stomp" });
const raw = (server: ServerProcess, bytes: number): Target => ({
  kind: "raw",
  port: server.port,
  path: `/?bytes=${bytes}`,
});

function planOf(bench: Bench, target: Target, subscribers: number, form: Form): Fanout {
  const [publisher, ...members] = bench.community.people.slice(0, HALL_MEMBERS + 1);
  if (!publisher) throw new Error("nobody is there to publish");
  const common = { mode: "fanout", target, roomId: ROOMS.hall, publisher, members, bodyBytes: BODY_BYTES } as const;
  return { ...common, subscribers, ack: "auto", ...form };
}

interface Compared {
  readonly measured: Measured;
  readonly limit: Measured;
  /** Of the CPU each delivery takes. */
  readonly ratio: number;
}

/**
 * The same octets by a server and by the limit, in turns, at each window: of all turns the one with the middle ratio, for
 * what else the machine does comes and goes within seconds.
 */
async function inTurns(
  bench: Bench,
  parts: {
    readonly what: string;
    readonly server: ServerProcess;
    readonly limit: ServerProcess;
    readonly plan: Fanout;
    readonly windows: readonly number[];
  },
): Promise<Compared[]> {
  const { what, server, limit, plan, windows } = parts;
  const load = await LoadProcess.open(plan);
  const { messageBytes } = await load.run({ forMs: WARM_MS, window: 8 });
  const floor = await LoadProcess.open({ ...plan, ...SAME, target: raw(limit, messageBytes) });
  await floor.run({ forMs: WARM_MS, window: 8 });
  const middles: Compared[] = [];
  for (const window of windows) {
    const step = { forMs: TURN_MS, window };
    const turns: Compared[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      const name = `${what}, ${window} in flight`;
      const measured = await measureStep(bench, { what: name, server, load, step });
      const least = await measureStep(bench, { what: `raw ${name}`, server: limit, load: floor, step });
      turns.push({ measured, limit: least, ratio: measured.cpuUsEach / least.cpuUsEach });
    }
    const middle = turns.sort((one, other) => one.ratio - other.ratio)[TURNS >> 1];
    if (middle) middles.push(middle);
  }
  await Promise.all([load.close(), floor.close()]);
  return middles;
}

/** Goals 1 and 2: what one delivery costs, beside the same bytes published raw. Every message is stored on the way. */
export async function fanout(bench: Bench): Promise<void> {
  await ofAllSizes(bench, {
    isHtmlToo: true,
    note: "",
    target: stomp,
    start: () => startBirdie(bench.community.copy(), bench.flags),
  });
}

/** The same without rights and disk: what Birdie's sockets, sessions and hub add to the bytes. */
export async function wire(bench: Bench): Promise<void> {
  await ofAllSizes(bench, {
    isHtmlToo: false,
    note: ", no disk",
    target: ({ port }) => ({ kind: "wire", port, path: "/stomp" }),
    start: () => startWire(bench.flags),
  });
}

async function ofAllSizes(
  bench: Bench,
  parts: {
    readonly isHtmlToo: boolean;
    readonly note: string;
    readonly target: (server: ServerProcess) => Target;
    readonly start: () => Promise<ServerProcess>;
  },
): Promise<void> {
  for (const subscribers of [100, 1_000, 5_000]) {
    const server = await parts.start();
    const limit = await startRaw();
    const name = `fan-out to ${subscribers.toLocaleString("en")}${parts.note}`;
    const compare = async (form: Form, windows: readonly number[], { what, most }: { what: string; most: number }) => {
      const plan = planOf(bench, parts.target(server), subscribers, form);
      const compared = await inTurns(bench, { what: `${name}, ${what}`, server, limit, plan, windows });
      windows.forEach((window, i) => {
        const one = compared[i];
        if (one)
          add(bench, { goal: window === 8 ? "1" : "2", what: `${name}, ${window} in flight, ${what}`, one, most });
      });
    };
    await compare(SAME, [8, 1], { what: "same id", most: 1.2 });
    await compare({ hasOwnIds: true, isHtml: false }, [8], { what: "an id each", most: 1.5 });
    if (parts.isHtmlToo) await compare({ hasOwnIds: false, isHtml: true }, [8], { what: "HTML", most: 1.2 });
    await Promise.all([server.stop(), limit.stop()]);
  }
}

function add(
  bench: Bench,
  parts: { readonly goal: string; readonly what: string; readonly one: Compared; readonly most: number },
): void {
  const { goal, what, one, most } = parts;
  const { measured, limit, ratio } = one;
  const figure = `${us(measured.cpuUsEach)} (${perS(measured.perS)}); raw ${us(limit.cpuUsEach)} (${perS(limit.perS)})`;
  bench.add({ goal, what, figure, ratio, target: `<= ${most} x raw`, isMet: ratio <= most });
}

/** The same when every subscriber is somebody else, so that each has a read cursor and a presence of their own. */
export async function members(bench: Bench): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const [publisher, ...others] = bench.community.people.slice(0, STADIUM_MEMBERS);
  if (!publisher) throw new Error("nobody is there to publish");
  for (const ack of ["auto", "client"] as const) {
    const base = planOf(bench, stomp(server), others.length, SAME);
    const plan = { ...base, roomId: ROOMS.stadium, publisher, members: others, ack };
    const load = await LoadProcess.open(plan);
    await load.run({ forMs: WARM_MS, window: 8 });
    const what = `${others.length} members, ack:${ack}`;
    const measured = await measureStep(bench, { what, server, load, step: { forMs: TURNS * TURN_MS, window: 8 } });
    await load.close();
    bench.add({
      goal: "",
      what: `fan-out to ${others.length} members of their own, ack:${ack}`,
      figure: `${us(measured.cpuUsEach)} (${perS(measured.perS)}, ${perS(measured.published / measured.seconds)} messages)`,
    });
  }
  await server.stop();
}

/** Goal 3: the whole path at a steady rate. */
export async function steady(bench: Bench): Promise<void> {
  const birdie = await startBirdie(bench.community.copy(), bench.flags);
  const limit = await startRaw();
  const results: Measured[] = [];
  const step = { forMs: 5_000, ratePerS: 50 };
  for (const server of [birdie, limit]) {
    const isHtml = server === birdie;
    const target = isHtml ? stomp(birdie) : raw(limit, results[0]?.messageBytes ?? 0);
    const load = await LoadProcess.open(planOf(bench, target, 1_000, { hasOwnIds: false, isHtml }));
    // As a server that has run for a while: fifty messages leave its code cold.
    await load.run({ forMs: 4_000, ratePerS: 100 });
    results.push(await measureStep(bench, { what: "50/s to 1,000", server, load, step }));
    await load.close();
  }
  await Promise.all([birdie.stop(), limit.stop()]);
  const [whole, least] = results;
  if (!whole || !least) return;
  for (const [name, most] of [
    ["p50", 1.3],
    ["p99", 2],
  ] as const) {
    const [a, b] = name === "p50" ? [whole.p50Ms, least.p50Ms] : [whole.p99Ms, least.p99Ms];
    bench.add({
      goal: "3",
      what: `50/s to 1,000, committed, HTML: ${name}`,
      figure: `${ms(a)}; raw ${ms(b)}`,
      ratio: a / b,
      target: `<= ${most} x raw`,
      isMet: a / b <= most,
    });
  }
}

/**
 * Goal 5: people who answer one another in the room of the two, every line on disk before it is delivered. Beside it what
 * the same machine does where each line is committed, and nothing is asked about it.
 */
export async function pairs(bench: Bench): Promise<void> {
  const birdie = await startBirdie(bench.community.copy(), bench.flags);
  const limit = await startRaw();
  const committing = await startRaw(join(bench.community.copy(), "lines.db"));
  const results: Measured[] = [];
  for (const server of [birdie, limit, committing]) {
    const target = server === birdie ? stomp(birdie) : raw(server, results[0]?.messageBytes ?? 0);
    const rooms = bench.community.pairs;
    const load = await LoadProcess.open({ mode: "pairs", target, rooms, bodyBytes: BODY_BYTES });
    await load.run({ forMs: 700 });
    results.push(await measureStep(bench, { what: "pairs", server, load, step: { forMs: 3_000 } }));
    await load.close();
  }
  await Promise.all([birdie.stop(), limit.stop(), committing.stop()]);
  const [durable, least, bare] = results;
  if (!durable || !least || !bare) return;
  const part = durable.perS / least.perS;
  const told = ({ perS: rate, cpuUsEach }: Measured) => `${perS(rate)}, ${us(cpuUsEach)} CPU each`;
  bench.add({
    goal: "5",
    what: `${bench.community.pairs.length} pairs, durable round trips`,
    figure: `${told(durable)}; raw ${told(least)}`,
    ratio: part,
    target: ">= 0.6 x raw",
    isMet: part >= 0.6,
  });
  bench.add({
    goal: "",
    what: "the same beside a bare INSERT of each line and no questions",
    figure: told(bare),
    ratio: durable.perS / bare.perS,
  });
}
