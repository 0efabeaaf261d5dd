/** A page that took so long to come says nothing about the clock. */
const tolerableMs = 120_000;
const renderedAtMs = Number(document.body.dataset["now"] ?? Number.NaN);
const aheadMs = Date.now() - renderedAtMs;
const wrongByMs = Math.abs(aheadMs) > tolerableMs ? aheadMs : 0;

/**
 * A moment of the browser's clock as the server would give it: that clock may be wrong by hours, and all other times
 * are the server's.
 */
export const atServer = (ms: number): number => ms - wrongByMs;
