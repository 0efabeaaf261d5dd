import { join } from "node:path";
import { HALL_MEMBERS, ROOMS } from "../community.ts";
import { type Bench, measureStep, ms, us } from "../result.ts";
import { LoadProcess, type ServerProcess, startBirdie } from "../servers.ts";

const BODY_BYTES = 200;
const HEARTBEAT_MS = 20_000;
/** Before memory is read, and before CPU is counted anew: nothing tells when the runtime has done with what has just ended. */
const SETTLE_MS = 1_500;
/** How many are connected after each stage, and what is asked then. */
const STAGES = [1_000, 5_000, 10_000] as const;

const stomp = (server: ServerProcess) => ({ kind: "stomp", port: server.port, path: "/stomp" }) as const;

/** Goals 6, 7 and 8: people who have signed in, listen to their own queue and keep quiet. */
export async function idle(bench: Bench): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const { people } = bench.community;
  const open = (from: number, to: number, isMute = false) =>
    LoadProcess.open({
      mode: "idle",
      isMute,
      target: stomp(server),
      members: people.slice(from, to),
      heartbeatMs: HEARTBEAT_MS,
    });
  // What the first connections load and compile is not theirs.
  const warm = await open(0, 100);
  await warm.close();
  await Bun.sleep(SETTLE_MS);
  let handshakeUs = 0;
  for (let round = 0; round < 2; round++) {
    const beforeUs = server.cpuUs;
    const mute = await open(0, STAGES[0], true);
    handshakeUs = (server.cpuUs - beforeUs) / STAGES[0];
    await mute.close();
    await Bun.sleep(SETTLE_MS);
  }
  const before = { rssKib: server.rssKib };
  const loads: LoadProcess[] = [];
  let opened = 0;
  for (const count of STAGES) {
    const cpuUs = server.cpuUs;
    loads.push(await open(opened, count));
    const connectUs = (server.cpuUs - cpuUs) / (count - opened);
    opened = count;
    await Bun.sleep(SETTLE_MS);
    const kib = (server.rssKib - before.rssKib) / count;
    const allMib = server.rssKib / 1024;
    const isMost = count === STAGES[2];
    bench.add({
      goal: "6",
      what: `memory of ${count.toLocaleString("en")} idle sockets, signed in and subscribed`,
      figure: `${kib.toFixed(1)} KiB each, ${allMib.toFixed(0)} MiB in all`,
      target: isMost ? "<= 180 MiB in all" : "<= 8 KiB each",
      isMet: isMost ? allMib <= 180 : kib <= 8,
    });
    // Those before bring the code to its speed.
    if (isMost) {
      bench.add({
        goal: "8",
        what: "CONNECT with a token, SUBSCRIBE",
        figure: `${us(connectUs - handshakeUs)}, and ${us(handshakeUs)} for the handshake before`,
        target: "<= 200 us",
        isMet: connectUs - handshakeUs <= 200,
      });
    }
    if (count === STAGES[1]) await beats(bench, server, loads);
  }
  await Promise.all(loads.map((load) => load.close()));
  await server.stop();
}

/** One whole period, so that every client has beaten once and so has the server. */
async function beats(bench: Bench, server: ServerProcess, loads: readonly LoadProcess[]): Promise<void> {
  const cpuUs = server.cpuUs;
  const step = { forMs: HEARTBEAT_MS / bench.patience };
  await Promise.all(loads.map((load) => measureStep(bench, { what: "heart-beats", server, load, step })));
  const part = (server.cpuUs - cpuUs) / (HEARTBEAT_MS * 1_000);
  bench.add({
    goal: "7",
    what: "5,000 idle sockets with heart-beats",
    figure: `${(part * 100).toFixed(2)} % of a core`,
    target: "<= 2 %",
    isMet: part <= 0.02,
  });
}

/** Goal 9: how late the server's event loop is while 1,000 lines a second are committed and told to ten people. */
export async function loop(bench: Bench): Promise<void> {
  const probe = join(import.meta.dir, "../loop-delay.ts");
  const server = await startBirdie(bench.community.copy(), [...bench.flags, "--preload", probe]);
  const [publisher, ...members] = bench.community.people.slice(0, HALL_MEMBERS + 1);
  if (!publisher) throw new Error("nobody is there to publish");
  const load = await LoadProcess.open({
    mode: "fanout",
    target: stomp(server),
    roomId: ROOMS.hall,
    publisher,
    members,
    subscribers: members.length,
    hasOwnIds: false,
    isHtml: true,
    ack: "client",
    bodyBytes: BODY_BYTES,
  });
  await load.run({ forMs: 1_000, ratePerS: 1_000 });
  await server.delay("reset");
  const what = "1,000 durable messages/s";
  const report = await measureStep(bench, { what, server, load, step: { forMs: 3_000, ratePerS: 1_000 } });
  const delay = await server.delay("read");
  await load.close();
  await server.stop();
  bench.add({
    goal: "9",
    what: `event loop delay at ${what}`,
    figure: `p50 ${ms(delay.p50Ms)}, p99 ${ms(delay.p99Ms)}, most ${ms(delay.maxMs)}; delivered p99 ${ms(report.p99Ms)}`,
    target: "p99 <= 5 ms",
    isMet: delay.p99Ms <= 5,
  });
}
