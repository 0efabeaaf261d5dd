import { existsSync } from "node:fs";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
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
    { ...own, what: "a room of 50,000 messages, all read", path: room, cpuMsMost: 5 },
    { ...own, what: "a room of 50,000 messages, none read", path: room, reader: newcomer, cpuMsMost: 5 },
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
      target: targetOf(cpuMsMost, perSLeast),
      isMet,
    });
  }
  await server.stop();
}

function targetOf(cpuMsMost: number | undefined, perSLeast: number | undefined): string | undefined {
  if (cpuMsMost === undefined) return undefined;
  return `<= ${cpuMsMost} ms CPU${perSLeast === undefined ? "" : `, >= ${perSLeast.toLocaleString("en")}/s`}`;
}

/** Goal 13: what a browser fetches on its first visit, and what it fetches once it belongs to a member. */
export async function bytes(bench: Bench): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const [member] = bench.community.people;
  if (!member) throw new Error("nobody is there to visit");
  for (const who of ["a visitor", "a member"] as const) {
    const cookie = who === "a member" ? `birdie-access=${member.token}` : undefined;
    const { requestCount, allBytes, codeBytes, names } = await visit(server.url, cookie);
    bench.add({
      goal: "13",
      what: `first visit of ${who}: JavaScript and CSS, brotli`,
      figure: `${(codeBytes / 1024).toFixed(1)} KiB (${names.join(", ")})`,
      target: "<= 30 KiB",
      isMet: codeBytes <= 30 * 1024,
    });
    bench.add({
      goal: "",
      what: `first visit of ${who}: requests, octets in all`,
      figure: `${requestCount} requests, ${(allBytes / 1000).toFixed(0)} kB`,
      target: "<= 6 requests, <= 60 kB",
      isMet: requestCount <= 6 && allBytes <= 60_000,
    });
  }
  await server.stop();
}

/** The home page and, once each, all that it names and what that imports. */
async function visit(home: string, cookie: string | undefined) {
  const headers = { "accept-encoding": "br", "accept-language": "en", ...(cookie === undefined ? {} : { cookie }) };
  const page = await fetch(home, { headers, decompress: false });
  let allBytes = (await page.clone().arrayBuffer()).byteLength;
  const html = await textOf(page);
  const wanted = [...html.matchAll(/<(?:script|img)[^>]*? src="([^"]+)"|\bdata-worker="([^"]+)"/g)].map(
    ([, path, worker = ""]) => path ?? worker,
  );
  for (const [tag] of html.matchAll(/<link[^>]*>/g)) {
    const [, path] = /href="([^"]+)"/.exec(tag) ?? [];
    if (path && /rel="(?:stylesheet|icon|manifest|preload|modulepreload)"/.test(tag)) wanted.push(path);
  }
  // By path: a chunk names its entry without the fingerprint that the page put there.
  const seen = new Set<string>();
  const names: string[] = [];
  let codeBytes = 0;
  const queue = wanted.map((path) => new URL(path, home).href);
  for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
    if (seen.has(new URL(url).pathname)) continue;
    seen.add(new URL(url).pathname);
    const response = await fetch(url, { headers, decompress: false });
    const size = (await response.clone().arrayBuffer()).byteLength;
    allBytes += size;
    const type = response.headers.get("content-type") ?? "";
    if (!/javascript|css/.test(type)) continue;
    codeBytes += size;
    names.push(`${new URL(url).pathname.replace(/^.*\//, "")} ${size}`);
    if (!type.includes("javascript")) continue;
    const chunks = /(?:from|import)\s*"(\.\/[\w-]+\.js)"/g;
    for (const [, path = ""] of (await textOf(response)).matchAll(chunks)) queue.push(new URL(path, url).href);
  }
  return { requestCount: seen.size + 1, allBytes, codeBytes, names };
}

async function textOf(response: Response): Promise<string> {
  const bytes = Buffer.from(await response.arrayBuffer());
  return (response.headers.get("content-encoding") === "br" ? brotliDecompressSync(bytes) : bytes).toString();
}
