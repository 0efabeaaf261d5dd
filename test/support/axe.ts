import { source } from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core needs to know of what it found. */
interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** The serious and critical faults axe-core finds on a page as it is, as lines to read; empty where there is none. */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(source);
  const found: unknown = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  const { violations } = found as { readonly violations: readonly Violation[] };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}
