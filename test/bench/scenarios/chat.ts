import { LECTURE_FIRST, LECTURE_MEMBERS, ROOMS } from "../community.ts";
import type { Member, Target } from "../plan.ts";
import { type Bench, type Measured, measureStep, ms, perS, us } from "../result.ts";
import { LoadProcess, type ServerProcess, startBirdie, startRaw } from "../servers.ts";
import { autocommits } from "./receipts.ts";

const BODY_BYTES = 200;
/** How many like during the test of the likes, and how often somebody does. */
const FANS = { from: 4_000, to: 5_000 } as const;
const LIKES_PER_S = 10;
const LINES_PER_S = 200;

const stomp = (server: ServerProcess): Target => ({ kind: "stomp", port: server.port, path: "/stomp" });
const raw = (server: ServerProcess, bytes: number): Target => ({
  kind: "raw",
  port: server.port,
  path: `/?bytes=${bytes}`,
});

interface Room {
  readonly roomId: number;
  readonly members: readonly Member[];
  readonly senders: number;
}

const openRoom = (room: Room, target: Target, isHtml: boolean) =>
  LoadProcess.open({ mode: "room", target, ...room, isHtml, bodyBytes: BODY_BYTES });

/** A room of two, and a room of a hundred: everybody is there, and every line is on disk before anybody sees it. */
export async function chat(bench: Bench): Promise<void> {
  const [pair] = bench.community.pairs;
  if (!pair) throw new Error("nobody is there to speak");
  const two: Room = { ...pair, senders: 2 };
  const members = bench.community.people.slice(LECTURE_FIRST, LECTURE_FIRST + LECTURE_MEMBERS);
  const hundred: Room = { roomId: ROOMS.lecture, members, senders: 4 };
  for (const isHtml of [false, true]) {
    await sentToSeen(bench, two, isHtml);
    await throughput(bench, two, { isHtml, window: 16, leastPerS: 2_000 });
    await throughput(bench, hundred, { isHtml, window: 16, leastPerS: 600 });
  }
}

const formOf = (isHtml: boolean) => (isHtml ? "HTML with ACKs" : "JSON");

/** Calm and lively, in turns with the same octets through a server that stores nothing; the ratio is to that and a commit. */
async function sentToSeen(bench: Bench, room: Room, isHtml: boolean): Promise<void> {
  const commitMs = 1_000 / (await autocommits(bench.community.copy(), 1_000 * bench.patience));
  const birdie = await startBirdie(bench.community.copy(), bench.flags);
  const limit = await startRaw();
  const load = await openRoom(room, stomp(birdie), isHtml);
  // As a server that has run for a while: at 20 lines/s its code would stay cold for minutes.
  const { messageBytes } = await load.run({ forMs: 5_000, ratePerS: LINES_PER_S });
  const floor = await openRoom(room, raw(limit, messageBytes), isHtml);
  await floor.run({ forMs: 500, ratePerS: LINES_PER_S });
  for (const ratePerS of [20, 200]) {
    const what = `1:1 at ${ratePerS}/s, ${formOf(isHtml)}`;
    const step = { forMs: ratePerS < 100 ? 6_000 : 3_000, ratePerS };
    const measured = await measureStep(bench, { what, server: birdie, load, step });
    const least = await measureStep(bench, { what: `raw ${what}`, server: limit, load: floor, step });
    bench.add({
      goal: "chat",
      what: `sent to seen, ${what}`,
      figure: `p50 ${ms(measured.p50Ms)}, p99 ${ms(measured.p99Ms)}, ${us(measured.cpuUsEach)} CPU each; raw p50 ${ms(least.p50Ms)}, p99 ${ms(least.p99Ms)}; a commit ${ms(commitMs)}`,
      ratio: measured.p50Ms / (least.p50Ms + commitMs),
      target: "p50 <= 2, p99 <= 8 ms",
      isMet: measured.p50Ms <= 2 && measured.p99Ms <= 8,
    });
  }
  await Promise.all([load.close(), floor.close()]);
  await Promise.all([birdie.stop(), limit.stop()]);
}

async function throughput(
  bench: Bench,
  room: Room,
  { isHtml, window, leastPerS }: { readonly isHtml: boolean; readonly window: number; readonly leastPerS: number },
): Promise<void> {
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const load = await openRoom(room, stomp(server), isHtml);
  await load.run({ forMs: 700, window });
  const what = `messages in a room of ${room.members.length}, ${window} in flight, ${formOf(isHtml)}`;
  const measured = await measureStep(bench, { what, server, load, step: { forMs: 3_000, window } });
  await load.close();
  await server.stop();
  bench.add({
    goal: "chat",
    what,
    figure: `${perS(measured.perS)}, ${us(measured.cpuUsEach)} CPU each (${perS(1e6 / measured.cpuUsEach)} by a whole core); p50 ${ms(measured.p50Ms)}, p99 ${ms(measured.p99Ms)}`,
    target: `>= ${leastPerS.toLocaleString("en")}/s`,
    isMet: measured.perS >= leastPerS,
  });
}

/** From somebody's like to the new badge on the wire of the post's author: in quiet, and while people chat. */
export async function likes(bench: Bench): Promise<void> {
  const { people, authors, pairs } = bench.community;
  const [pair] = pairs;
  if (!pair) throw new Error("nobody is there to speak");
  const server = await startBirdie(bench.community.copy(), bench.flags);
  const load = await LoadProcess.open({
    mode: "likes",
    target: stomp(server),
    postsUrl: `${server.url}/posts`,
    owners: authors,
    fans: people.slice(FANS.from, FANS.to),
  });
  await load.run({ forMs: 1_000, ratePerS: LIKES_PER_S });
  const step = { forMs: 5_000, ratePerS: LIKES_PER_S };
  const told = (what: string, { p50Ms, p99Ms, maxMs }: Measured, isGoal: boolean) =>
    bench.add({
      goal: isGoal ? "likes" : "",
      what,
      figure: `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)}, most ${ms(maxMs)}`,
      target: "p99 <= 20 ms",
      isMet: p99Ms <= 20,
    });
  told("like to badge, in quiet", await measureStep(bench, { what: "likes in quiet", server, load, step }), false);
  const talk = await openRoom({ ...pair, senders: 2 }, stomp(server), true);
  const what = `like to badge, beside ${LINES_PER_S} lines/s`;
  const lines = measureStep(bench, {
    what: `the lines beside the likes`,
    server,
    load: talk,
    step: { forMs: step.forMs, ratePerS: LINES_PER_S },
  });
  told(what, await measureStep(bench, { what, server, load, step }), true);
  await lines;
  await Promise.all([load.close(), talk.close()]);
  await server.stop();
}
