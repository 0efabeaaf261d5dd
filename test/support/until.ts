/** How long a condition may take to come true. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** Asks again and again; for what neither a page nor an event tells. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (performance.now() > deadlineMs) throw new Error(`not true after ${PATIENCE_MS / 1_000} s: ${isTrue}`);
    await Bun.sleep(LOOK_EVERY_MS);
  }
}
