import { existsSync } from "node:fs";
import { join } from "node:path";
import { POST, ROOMS } from "../community.ts";
import type { Member } from "../plan.ts";
import { type Bench, measureStep, ms, perS } from "../result.ts";
import { birdieCommand, LoadProcess, ServerProcess, startBirdie, startRaw } from "../servers.ts";

const STARTS = 5;

/** Goal 11: from the start of the process to its ready line, with a database that is there already. */
export async function start(bench: Bench): Promise<void> {
  const binary = join(import.meta.dir, "../../../dist/birdie");
  const ways = [
    { name: "the checkout", command: birdieCommand(bench.community.copy()) },
    ...(existsSync(binary) ? [{ name: "dist/birdie", command: birdieCommand(bench.community.copy(), [binary]) }] : []),
  ];
  const bare = await startRaw();
  await bare.stop();
  for (const { name, command } of ways) {
    const times: number[] = [];
    let rssMib = 0;
    for (let i = 0; i < STARTS; i++) {
      const server = await ServerProcess.start(command);
      times.push(server.startMs);
      rssMib = Math.max(rssMib, server.rssKib / 1024);
      await server.stop();
    }
    const median = times.sort((a, b) => a - b)[Math.floor(STARTS / 2)] ?? 0;
    bench.add({
      goal: "11",
      what: `start of ${name} to its ready line`,
      figure: `${ms(median)} (best ${ms(times[0] ?? 0)}), ${rssMib.toFixed(0)} MiB; a bare Bun.serve ${ms(bare.startMs)}`,
      ratio: median / bare.startMs,
      target: "<= 120 ms, <= 100 MiB",
      isMet: median <= 120 && rssMib <= 100,
    });
  }
}

interface Page {
  readonly goal: string;
  readonly what: string;
  readonly path: string;
  readonly reader: Member | undefined;
  readonly connections: number;
  readonly cpuMsMost: number | undefined;
  readonly perSLeast: number | undefined;
}

/** Goal 12, and the pages that could grow with the community: what one costs to make. */
export async function pages(bench: Bench): Promise<void> {
  const [writer, , newcomer] = bench.community.people;
  const own = { goal: "", reader: writer, connections: 4, cpuMsMost: undefined, perSLeast: undefined };
  const room = `/messages/${ROOMS.history}`;
  const all: readonly Page[] = [
    {
      ...own,
      goal: "12",
      what: "a page of 50 comments",
      path: `/posts/${POST}`,
      connections: 64,
      cpuMsMost: 1.5,
      perSLeast: 1_000,
    },
    { ...own, goal: "12", what: "home", path: "/", connections: 64, cpuMsMost: 1, perSLeast: 2_000 },
    { ...own, what: "a room of 50,000 messages, all read", path: room },
    { ...own, what: "a room of 50,000 messages, none read", path: room, reader: newcomer },
    { ...own, what: "the rooms of somebody with 50,000 unread messages", path: "/messages", reader: newcomer },
    { ...own, what: "home of somebody with 50,000 unread messages", path: "/", reader: newcomer },
  ];
  const server = await startBirdie(bench.community.copy(), bench.flags);
  for (const { goal, what, path, reader, connections, cpuMsMost, perSLeast } of all) {
    if (!reader) throw new Error("nobody is there to read");
    const load = await LoadProcess.open({
      mode: "http",
      target: { kind: "stomp", port: server.port, path: "/stomp" },
      url: server.url + path,
      member: reader,
      connections,
    });
    await load.run({ forMs: 400 });
    const report = await measureStep(bench, { what, server, load, step: { forMs: 1_500 } });
    await load.close();
    const cpuMs = report.cpuUsEach / 1_000;
    const isMet = cpuMsMost === undefined ? undefined : cpuMs <= cpuMsMost && report.perS >= (perSLeast ?? 0);
    bench.add({
      goal,
      what: `${what}, signed in`,
      figure: `${ms(cpuMs)} CPU, ${perS(report.perS)}, p99 ${ms(report.p99Ms)}, ${Math.round(report.messageBytes / 1024)} KiB`,
      target: cpuMsMost === undefined ? undefined : `<= ${cpuMsMost} ms, >= ${perSLeast?.toLocaleString("en")}/s`,
      isMet,
    });
  }
  await server.stop();
}

/** Goal 13: what a browser fetches on its first visit. */
export async function bytes(bench: Bench): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const get = (path: string) =>
    fetch(new URL(path, server.url), {
      headers: { accept: "*/*", "accept-encoding": "br", "accept-language": "en" },
      decompress: false,
    });
  const page = await (await get("/")).text();
  const links = new Set<string>();
  for (const [, path = ""] of page.matchAll(/<(?:script|img)[^>]*? src="([^"]+)"/g)) links.add(path);
  for (const [tag] of page.matchAll(/<link[^>]*>/g)) {
    const path =
      /rel="(?:stylesheet|icon|manifest|preload|modulepreload)"/.test(tag) && /href="([^"]+)"/.exec(tag)?.[1];
    if (path) links.add(path);
  }
  let codeBytes = 0;
  let allBytes = Buffer.byteLength(page);
  const names: string[] = [];
  for (const path of links) {
    const response = await get(path);
    const size = (await response.arrayBuffer()).byteLength;
    allBytes += size;
    if (!/javascript|css/.test(response.headers.get("content-type") ?? "")) continue;
    codeBytes += size;
    names.push(`${path.replace(/^.*\//, "")} ${response.headers.get("content-encoding") ?? "plain"} ${size}`);
  }
  await server.stop();
  bench.add({
    goal: "13",
    what: "first visit: JavaScript and CSS",
    figure: `${(codeBytes / 1024).toFixed(1)} KiB (${names.join(", ")})`,
    target: "<= 30 KiB",
    isMet: codeBytes <= 30 * 1024,
  });
  bench.add({
    goal: "",
    what: "first visit: requests, octets in all",
    figure: `${links.size + 1} requests, ${(allBytes / 1000).toFixed(0)} kB`,
    target: "<= 6 requests, <= 60 kB",
    isMet: links.size + 1 <= 6 && allBytes <= 60_000,
  });
}
