import { devicesEn, devicesKo } from "../text/devices.ts";
import { until } from "./delivery-answers.ts";
import { isConnected, publish } from "./hx-stomp.ts";
import { numberIn } from "./page.ts";
import { ask, subscriptionHere } from "./push-subscription.ts";
import { hearTabs, tellTabs, type Word } from "./tabs.ts";
import { newUuid } from "./uuid.ts";
import { language } from "./words.ts";

type Step = "socket" | "row" | "here" | "there" | "push";

const words = language === "ko" ? devicesKo : devicesEn;
const patienceMs = 5_000;
const pushPatienceMs = 15_000;
const othersMs = 500;

/** The page on which the way of an alarm is gone once, step by step. */
export function startDelivery(): void {
  const start = document.getElementById("delivery-start");
  const result = document.getElementById("delivery-result");
  if (!(start instanceof HTMLButtonElement) || !result) return;
  start.hidden = false;
  start.addEventListener("click", async () => {
    start.disabled = true;
    result.textContent = "";
    const isFine = await goTheWay();
    result.textContent = isFine ? words.allFine : words.notFine;
    start.textContent = words.again;
    start.disabled = false;
  });
}

async function goTheWay(): Promise<boolean> {
  const id = newUuid();
  for (const step of document.querySelectorAll<HTMLElement>("[data-step]")) {
    delete step.dataset["state"];
    (step.querySelector(".result") ?? step).textContent = "";
    step.querySelector(".mend")?.toggleAttribute("hidden", true);
  }
  const outcomes = [
    await take("socket", async () => {
      await until(isConnected, patienceMs);
      await publish("/presence/here", "");
    }),
  ];
  let count = 0;
  outcomes.push(
    await take("row", async () => {
      const said = await ask("/push/self-test", {});
      count = Number(typeof said === "object" && said !== null ? Reflect.get(said, "unreadAlarmCount") : Number.NaN);
    }),
  );
  const hasOthers = await isAnswered({ type: "anybody", id }, "somebody", othersMs);
  const there = hasOthers
    ? take("there", async () => {
        if (!(await isAnswered({ type: "watch-badge", id, count }, "badge-seen", patienceMs))) throw new Error();
      })
    : skip("there", words.noOtherTab);
  outcomes.push(await take("here", () => until(() => numberIn("alarm-badge") === count, patienceMs)), await there);
  await ask("/push/self-test/end", {}).catch(() => undefined);
  outcomes.push(await goByPush(id));
  return outcomes.every((isFine) => isFine);
}

async function goByPush(id: string): Promise<boolean> {
  const subscription = await subscriptionHere().catch(() => undefined);
  if (!subscription) return skip("push", words.pushIsOff);
  return take("push", async () => {
    const arrival = isAnswered(undefined, "pushed", pushPatienceMs, id);
    const said = await ask("/push/test", { endpoint: subscription.endpoint, selfTest: id });
    const failure: unknown = typeof said === "object" && said !== null ? Reflect.get(said, "failure") : undefined;
    if (typeof failure === "string") throw new Error(failure);
    if (!(await arrival)) throw new Error();
  });
}

/** One step: its time, or what to do about it. */
async function take(step: Step, work: () => Promise<void>): Promise<boolean> {
  const item = document.querySelector<HTMLElement>(`[data-step=${step}]`);
  const result = item?.querySelector(".result");
  if (!item || !result) return false;
  result.textContent = words.running;
  const fromMs = performance.now();
  try {
    await work();
    item.dataset["state"] = "fine";
    result.textContent = words.fine(Math.max(1, Math.round(performance.now() - fromMs)));
    return true;
  } catch (error) {
    const why = error instanceof Error && error.message ? `: ${error.message}` : "";
    item.dataset["state"] = "broken";
    result.textContent = words.broken + why;
    item.querySelector(".mend")?.removeAttribute("hidden");
    return false;
  }
}

/** Not every device has a second tab, or wants notices: that is no fault. */
async function skip(step: Step, why: string): Promise<boolean> {
  const item = document.querySelector<HTMLElement>(`[data-step=${step}]`);
  const result = item?.querySelector(".result");
  if (item) item.dataset["state"] = "skipped";
  if (result) result.textContent = why;
  return true;
}

/** Whether another tab, or the service worker, says this word in time. */
function isAnswered(
  question: Extract<Word, { readonly id: string }> | undefined,
  answer: Word["type"],
  withinMs: number,
  id = question?.id,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(false), withinMs);
    const stop = hearTabs((word) => {
      if (word.type === answer && "id" in word && word.id === id) finish(true);
    });
    const finish = (isSaid: boolean) => {
      clearTimeout(timer);
      stop();
      resolve(isSaid);
    };
    if (question) tellTabs(question);
  });
}
