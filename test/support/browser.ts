import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./ensure-chromium.ts";
import { until } from "./until.ts";

/** Undefined where there is no Chromium: then browser tests are skipped, and the run says so. */
export const chromiumPath = findChromium();

/** What Playwright itself switches off and a test may depend on: of two lists Chromium takes the last one only. */
const PLAYWRIGHT_OFF = [
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
];
/** Pages of the browser's own behind its address bar, three for each window: a third of what a journey costs. */
const UNSEEN = ["WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"];

/** A host that is this machine, and that browsers do not take for it: over http they give it no secure context. */
export const OTHER_HOST = "birdie.test";

/** How long a page may take to be as a test waits for it: on a machine that is busy elsewhere, long. */
const PATIENCE_MS = 60_000;

/**
 * A real Chromium that keeps to itself: no calls home, no QUIC, no first-run pages. `keepsPages`: with its cache for pages
 * that were left, as people have it; Playwright switches it off.
 */
export async function launchBrowser({ keepsPages = false } = {}): Promise<Browser> {
  if (!chromiumPath) throw new Error("no Chromium found; name one in BIRDIE_CHROMIUM");
  const browser = await chromium.launch({
    executablePath: chromiumPath,
    ignoreDefaultArgs: keepsPages ? ["--disable-back-forward-cache"] : [],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${OTHER_HOST} 127.0.0.1`,
      `--disable-features=${[...PLAYWRIGHT_OFF, ...UNSEEN].join(",")}`,
    ],
  });
  browser.on("context", (context) => context.setDefaultTimeout(PATIENCE_MS));
  return browser;
}

/** The workers that tabs share. */
export async function sharedWorkers(browser: Browser) {
  const session = await browser.newBrowserCDPSession();
  const list = async () =>
    (await session.send("Target.getTargets")).targetInfos.filter(({ type }) => type === "shared_worker");
  return {
    list,
    /** Ends them as the browser would, without a word to their tabs. */
    async end(): Promise<void> {
      // The browser lists one a moment after the pages have it.
      await until(async () => (await list()).length > 0);
      for (const { targetId } of await list()) await session.send("Target.closeTarget", { targetId });
    },
  };
}
