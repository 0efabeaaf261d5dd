import { numberIn } from "./page.ts";
import { hearTabs, tellTabs } from "./tabs.ts";

const patienceMs = 5_000;
const lookMs = 20;

/** Every page answers the tab that asks whether alarms get to it. */
export function answerDelivery(): void {
  hearTabs((word) => {
    if (word.type === "anybody") tellTabs({ type: "somebody", id: word.id });
    if (word.type === "watch-badge") {
      void until(() => numberIn("alarm-badge") === word.count, patienceMs).then(
        () => tellTabs({ type: "badge-seen", id: word.id }),
        () => undefined,
      );
    }
  });
}

/** Rejects when it does not become true in time. */
export function until(isTrue: () => boolean, withinMs: number): Promise<void> {
  const fromMs = performance.now();
  return new Promise((resolve, reject) => {
    const look = () => {
      if (isTrue()) resolve();
      else if (performance.now() - fromMs > withinMs) reject(new Error());
      else setTimeout(look, lookMs);
    };
    look();
  });
}
