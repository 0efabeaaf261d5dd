import { existsSync } from "node:fs";

const PACKAGE = "python3-stomp";
const HELP = `install stomp.py (Debian: apt-get install ${PACKAGE})`;
const APT_TIMEOUT_MS = 300_000;

/** A Python that has stomp.py, Debian's own included; undefined where there is none: its tests are skipped, and the run says so. */
export function findStompPy(): string | undefined {
  const pythons = [Bun.which("python3"), "/usr/bin/python3"].filter((path) => path !== null && existsSync(path));
  return (
    pythons.find((path) => path !== null && Bun.spawnSync([path, "-c", "import stomp"]).exitCode === 0) ?? undefined
  );
}

/** Finds stomp.py, or installs it where that can be done without asking anybody. Resolves with why it is not there, or "". */
export async function ensureStompPy(say: (line: string) => void): Promise<string> {
  if (findStompPy()) return "";
  if (process.getuid?.() !== 0 || !Bun.which("apt-get")) return HELP;
  say(`Installing ${PACKAGE} for the tests with clients of others ...`);
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", PACKAGE],
  ]) {
    const apt = Bun.spawn(["apt-get", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
      timeout: APT_TIMEOUT_MS,
    });
    const said = await new Response(apt.stderr).text();
    if ((await apt.exited) !== 0) {
      say(said.trim());
      return `apt-get ${args[0]} failed; ${HELP}`;
    }
  }
  return findStompPy() ? "" : HELP;
}
