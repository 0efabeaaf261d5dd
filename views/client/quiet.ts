import { atServer } from "./clock.ts";

const dayMs = 86_400_000;
const checkMs = 15_000;

/** What says that it is quiet comes and goes with the quiet hours, also on a page that stays open for days. */
export function keepQuiet(): void {
  const signs = [...document.querySelectorAll<HTMLElement>("[data-quiet-from]")];
  if (signs.length === 0) return;
  const check = () => {
    for (const sign of signs) {
      const { quietFrom, quietTo } = sign.dataset;
      const lengthMs = Number(quietTo) - Number(quietFrom);
      const sinceMs = atServer(Date.now()) - Number(quietFrom);
      sign.hidden = sinceMs < 0 || sinceMs % dayMs >= lengthMs;
    }
  };
  check();
  setInterval(check, checkMs);
  document.addEventListener("visibilitychange", check);
}
