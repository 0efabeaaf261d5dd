import { HALL_MEMBERS, ROOMS, STADIUM_MEMBERS } from "../community.ts";
import type { Plan, Target } from "../plan.ts";
import { type Bench, type Measured, measureStep, ms, perS, us } from "../result.ts";
import { LoadProcess, type ServerProcess, startBirdie, startRaw, startWire } from "../servers.ts";

type Fanout = Extract<Plan, { mode: "fanout" }>;
type Form = Pick<Fanout, "hasOwnIds" | "isHtml">;

const BODY_BYTES = 200;
const STEP_MS = 1_500;
const WARM_MS = 400;
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

/** Opens a plan, lets the server warm up on it, measures at each window, and closes it. */
async function atWindows(
  bench: Bench,
  parts: {
    readonly what: string;
    readonly server: ServerProcess;
    readonly plan: Fanout;
    readonly windows: readonly number[];
  },
): Promise<Measured[]> {
  const { what, server, plan, windows } = parts;
  const load = await LoadProcess.open(plan);
  await load.run({ forMs: WARM_MS, window: 8 });
  const results: Measured[] = [];
  for (const window of windows) {
    const step = { forMs: STEP_MS, window };
    results.push(await measureStep(bench, { what: `${what}, ${window} in flight`, server, load, step }));
  }
  await load.close();
  return results;
}

/** Goals 1 and 2: what one delivery costs, beside the same bytes published raw. Every message is stored on the way. */
export async function fanout(bench: Bench): Promise<void> {
  for (const subscribers of [100, 1_000, 5_000]) {
    const birdie = await startBirdie(bench.community.copy(), bench.flags);
    const limit = await startRaw();
    const ask = (what: string, server: ServerProcess, target: Target, form: Form, windows: readonly number[]) =>
      atWindows(bench, {
        what: `${what}, ${subscribers} subscribers`,
        server,
        plan: planOf(bench, target, subscribers, form),
        windows,
      });
    const [same8, same1] = await ask("same id", birdie, stomp(birdie), SAME, [8, 1]);
    const [raw8, raw1] = await ask("raw", limit, raw(limit, same8?.messageBytes ?? 0), SAME, [8, 1]);
    const [own8] = await ask("own ids", birdie, stomp(birdie), { hasOwnIds: true, isHtml: false }, [8]);
    const [html8] = await ask("html", birdie, stomp(birdie), { hasOwnIds: false, isHtml: true }, [8]);
    const [rawHtml8] = await ask("raw html", limit, raw(limit, html8?.messageBytes ?? 0), SAME, [8]);
    await Promise.all([birdie.stop(), limit.stop()]);
    const name = `to ${subscribers.toLocaleString("en")}`;
    compare(bench, {
      goal: "1",
      what: `fan-out ${name}, 8 in flight, same id`,
      measured: same8,
      limit: raw8,
      most: 1.2,
    });
    compare(bench, {
      goal: "1",
      what: `fan-out ${name}, 8 in flight, an id each`,
      measured: own8,
      limit: raw8,
      most: 1.5,
    });
    compare(bench, {
      goal: "1",
      what: `fan-out ${name}, 8 in flight, HTML`,
      measured: html8,
      limit: rawHtml8,
      most: 1.2,
    });
    compare(bench, {
      goal: "2",
      what: `fan-out ${name}, 1 in flight, same id`,
      measured: same1,
      limit: raw1,
      most: 1.2,
    });
  }
}

function compare(
  bench: Bench,
  parts: {
    readonly goal: string;
    readonly what: string;
    readonly measured: Measured | undefined;
    readonly limit: Measured | undefined;
    readonly most: number;
  },
): void {
  const { goal, what, measured, limit, most } = parts;
  if (!measured || !limit) return;
  const ratio = measured.cpuUsEach / limit.cpuUsEach;
  const figure = `${us(measured.cpuUsEach)} (${perS(measured.perS)}); raw ${us(limit.cpuUsEach)} (${perS(limit.perS)})`;
  bench.add({ goal, what, figure, ratio, target: `<= ${most} x raw`, isMet: ratio <= most });
}

/** The same without rights and disk: what Birdie's sockets, sessions and hub add to the bytes. */
export async function wire(bench: Bench): Promise<void> {
  for (const subscribers of [100, 1_000, 5_000]) {
    const server = await startWire(bench.flags);
    const limit = await startRaw();
    const target: Target = { kind: "wire", port: server.port, path: "/stomp" };
    const ask = (by: ServerProcess, to: Target, form: Form, windows: readonly number[]) => {
      const plan = planOf(bench, to, subscribers, form);
      return atWindows(bench, { what: `wire to ${subscribers}`, server: by, plan, windows });
    };
    const [same8, same1] = await ask(server, target, SAME, [8, 1]);
    const [raw8, raw1] = await ask(limit, raw(limit, same8?.messageBytes ?? 0), SAME, [8, 1]);
    const [own8] = await ask(server, target, { hasOwnIds: true, isHtml: false }, [8]);
    await Promise.all([server.stop(), limit.stop()]);
    const name = `to ${subscribers.toLocaleString("en")}, no disk`;
    compare(bench, {
      goal: "1",
      what: `fan-out ${name}, 8 in flight, same id`,
      measured: same8,
      limit: raw8,
      most: 1.2,
    });
    compare(bench, {
      goal: "1",
      what: `fan-out ${name}, 8 in flight, an id each`,
      measured: own8,
      limit: raw8,
      most: 1.5,
    });
    compare(bench, {
      goal: "2",
      what: `fan-out ${name}, 1 in flight, same id`,
      measured: same1,
      limit: raw1,
      most: 1.2,
    });
  }
}

/** The same when every subscriber is somebody else, so that each has a read cursor and a presence of their own. */
export async function members(bench: Bench): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const [publisher, ...others] = bench.community.people.slice(0, STADIUM_MEMBERS);
  if (!publisher) throw new Error("nobody is there to publish");
  for (const ack of ["auto", "client"] as const) {
    const base = planOf(bench, stomp(server), others.length, SAME);
    const plan = { ...base, roomId: ROOMS.stadium, publisher, members: others, ack };
    const [measured] = await atWindows(bench, {
      what: `${others.length} members, ack:${ack}`,
      server,
      plan,
      windows: [8],
    });
    if (!measured) continue;
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

/** Goal 5: people who answer one another in the room of the two, every line on disk before it is delivered. */
export async function pairs(bench: Bench): Promise<void> {
  const birdie = await startBirdie(bench.community.copy(), bench.flags);
  const limit = await startRaw();
  const results: Measured[] = [];
  for (const server of [birdie, limit]) {
    const target = server === birdie ? stomp(birdie) : raw(limit, results[0]?.messageBytes ?? 0);
    const rooms = bench.community.pairs;
    const load = await LoadProcess.open({ mode: "pairs", target, rooms, bodyBytes: BODY_BYTES });
    await load.run({ forMs: 700 });
    results.push(await measureStep(bench, { what: "pairs", server, load, step: { forMs: 3_000 } }));
    await load.close();
  }
  await Promise.all([birdie.stop(), limit.stop()]);
  const [durable, least] = results;
  if (!durable || !least) return;
  const part = durable.perS / least.perS;
  bench.add({
    goal: "5",
    what: `${bench.community.pairs.length} pairs, durable round trips`,
    figure: `${perS(durable.perS)}, ${us(durable.cpuUsEach)} CPU each; raw ${perS(least.perS)}, ${us(least.cpuUsEach)} CPU each`,
    ratio: part,
    target: ">= 0.6 x raw",
    isMet: part >= 0.6,
  });
}
