import { fillArchive, READER, WORDS } from "../archive.ts";
import { type Bench, measureStep, ms, perS } from "../result.ts";
import { LoadProcess, startBirdie } from "../servers.ts";

const MOST_MS = 200;
const QUERIES: Readonly<Record<string, string>> = {
  "a rare word": WORDS.rare,
  "a common word of two syllables": WORDS.common,
  "a word that is common, but not in one's rooms": WORDS.elsewhere,
  "a word that nobody wrote": WORDS.missing,
  "two words": `${WORDS.common} 공원`,
  "one letter": "의",
};

/** The page of all that is found, for a member of 5 rooms among 2,000, one after another. */
export async function search(bench: Bench): Promise<void> {
  const reader = bench.community.people[READER];
  if (!reader) throw new Error("nobody is there to search");
  const data = bench.community.copy();
  await fillArchive(data, bench.archiveMessages);
  const server = await startBirdie(data, bench.flags);
  for (const [name, query] of Object.entries(QUERIES)) {
    const load = await LoadProcess.open({
      mode: "http",
      target: { kind: "stomp", port: server.port, path: "/stomp" },
      url: `${server.url}/search?q=${encodeURIComponent(query)}`,
      member: reader,
      connections: 1,
    });
    await load.run({ forMs: 400 });
    const what = `search for ${name} in ${bench.archiveMessages.toLocaleString("en")} messages`;
    const measured = await measureStep(bench, { what, server, load, step: { forMs: 2_000 } });
    await load.close();
    bench.add({
      goal: "search",
      what,
      figure: `p50 ${ms(measured.p50Ms)}, p99 ${ms(measured.p99Ms)}, ${ms(measured.cpuUsEach / 1_000)} CPU, ${perS(measured.perS)}`,
      target: `p99 <= ${MOST_MS} ms`,
      isMet: measured.p99Ms <= MOST_MS,
    });
  }
  await server.stop();
}
