import { join } from "node:path";
import { ROOMS } from "../community.ts";
import { type Bench, measureStep, ms, perS, us } from "../result.ts";
import { LoadProcess, startBirdie } from "../servers.ts";

const BODY_BYTES = 200;

/** Goal 4: receipts of one sender with 64 lines in flight, beside inserts that are committed one by one. */
export async function receipts(bench: Bench): Promise<void> {
  const floor = await autocommits(bench.community.copy(), 2_000 * bench.patience);
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const [sender] = bench.community.people;
  if (!sender) throw new Error("nobody is there to send");
  for (const hasClientIds of [false, true]) {
    const target = { kind: "stomp", port: server.port, path: "/stomp" } as const;
    const load = await LoadProcess.open({
      mode: "receipts",
      target,
      roomId: ROOMS.hall,
      sender,
      hasClientIds,
      bodyBytes: BODY_BYTES,
    });
    await load.run({ forMs: 700, window: 64 });
    const what = `durable receipts, 64 in flight${hasClientIds ? ", each with a client-id" : ""}`;
    const measured = await measureStep(bench, { what, server, load, step: { forMs: 3_000, window: 64 } });
    await load.close();
    const figure = `${perS(measured.perS)}, ${us(measured.cpuUsEach)} CPU each, p99 ${ms(measured.p99Ms)}; autocommit ${perS(floor)}`;
    const isFirst = !hasClientIds;
    bench.add({
      goal: "4",
      what,
      figure,
      ratio: measured.perS / floor,
      target: isFirst ? ">= 20,000/s, >= 10 x autocommit" : undefined,
      isMet: isFirst ? measured.perS >= 20_000 && measured.perS >= 10 * floor : undefined,
    });
  }
  await server.stop();
}

/** How many rows a second can be committed one by one, on this disk and now. */
export async function autocommits(data: string, forMs: number): Promise<number> {
  const script = join(import.meta.dir, "../insert-floor.ts");
  const floor = Bun.spawn([process.execPath, script, join(data, "birdie.db"), String(forMs)], { stderr: "inherit" });
  const said = Number(await new Response(floor.stdout).text());
  if ((await floor.exited) !== 0 || !(said > 0)) throw new Error("the inserts could not be measured");
  return said;
}
