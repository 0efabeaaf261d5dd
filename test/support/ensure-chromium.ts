import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What the browser tests need from this machine, and why it is not there ("" when it is). */
interface Browser {
  readonly path: string | undefined;
  readonly fault: string;
}

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const PLACES = [
  "/usr/lib/chromium/chromium",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const PACKAGES = ["chromium", "fonts-noto-cjk"];
const HELP =
  "install Chromium and a Korean font (Debian: apt-get install chromium fonts-noto-cjk), or name one in BIRDIE_CHROMIUM";
const APT_TIMEOUT_MS = 600_000;

/**
 * The Chromium that browser tests start, or undefined where there is none: they are skipped then, and the test run says
 * so. `BIRDIE_CHROMIUM` names one that is somewhere else.
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["BIRDIE_CHROMIUM"];
  if (named) return existsSync(named) ? named : undefined;
  const PATH = [env["PATH"] ?? "", "/usr/local/bin", "/usr/bin"].join(delimiter);
  for (const name of NAMES) {
    const path = Bun.which(name, { PATH });
    if (path) return path;
  }
  return [...PLACES, ...downloaded(env)].find((path) => existsSync(path));
}

/** Chromium as Playwright's own installer keeps it, the newest first. */
function downloaded(env: NodeJS.ProcessEnv): string[] {
  const home = env["HOME"];
  if (!home) return [];
  const glob = new Bun.Glob(
    "{.cache,Library/Caches}/ms-playwright/chromium-*/chrome-*/{chrome,*.app/Contents/MacOS/*}",
  );
  return [...glob.scanSync({ cwd: home, dot: true })]
    .sort()
    .reverse()
    .map((path) => join(home, path));
}

/** Finds the browser, or installs it where that can be done without asking anybody: as root on Debian and its kin. */
export async function ensureChromium(say: (line: string) => void): Promise<Browser> {
  const named = process.env["BIRDIE_CHROMIUM"];
  if (named && !existsSync(named)) return { path: undefined, fault: `BIRDIE_CHROMIUM names ${named}: no such file` };
  if (findChromium() && hasKoreanFont()) return { path: findChromium(), fault: "" };
  if (process.getuid?.() !== 0 || !Bun.which("apt-get")) return { path: findChromium(), fault: HELP };
  say(`Installing ${PACKAGES.join(" and ")} for the browser tests ...`);
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...PACKAGES],
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
      return { path: findChromium(), fault: `apt-get ${args[0]} failed; ${HELP}` };
    }
  }
  return { path: findChromium(), fault: findChromium() ? "" : HELP };
}

/** Without one, Korean is drawn as boxes: every width that a browser test measures would be wrong. */
function hasKoreanFont(): boolean {
  if (process.platform !== "linux") return true;
  if (!Bun.which("fc-list")) return existsSync("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc");
  return Bun.spawnSync(["fc-list", ":lang=ko", "family"]).stdout.toString().trim() !== "";
}
