import { type Browser, chromium } from "playwright-core";
import { findChromium } from "./ensure-chromium.ts";

/** Undefined where there is no Chromium: then browser tests are skipped, and the run says so. */
export const chromiumPath = findChromium();

/** A real Chromium that keeps to itself: no calls home, no QUIC, no first-run pages. */
export function launchBrowser(): Promise<Browser> {
  if (!chromiumPath) throw new Error("no Chromium found; name one in BIRDIE_CHROMIUM");
  return chromium.launch({
    executablePath: chromiumPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
