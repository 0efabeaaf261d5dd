import htmx from "htmx.org";
import { hurry, isBlocked } from "./hx-stomp.ts";

/** While sockets are blocked, a page in front asks this often. */
const pollMs = 30_000;
/** Who comes back after this long gets what was missed, even from a socket that seems open. */
const awayMs = 60_000;
const tickMs = 10_000;
/** A question that a dead connection has swallowed must not keep the next one waiting. */
const answerMs = 8_000;

/** What stands in a page as one piece, and lists to which only what is missing is added. */
const wholes = ["alarm-badge", "message-badge", "presence", "read-mark", "rooms", "alarms"];
const lists = ["messages", "comments"];

/** Asks for the page again where no socket can tell what is new: blocked, or asleep for a while. */
export function keepFresh(): void {
  let hiddenAtMs = 0;
  let polledAtMs = Date.now();
  let tickedAtMs = Date.now();
  const comeBack = () => {
    hurry();
    void refetch();
  };
  addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && comeBack());
  addEventListener("online", comeBack);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAtMs = Date.now();
    else if (isBlocked() || Date.now() - hiddenAtMs > awayMs) comeBack();
  });
  setInterval(() => {
    const hasSlept = !document.hidden && Date.now() - tickedAtMs > awayMs;
    tickedAtMs = Date.now();
    if (hasSlept) return comeBack();
    if (document.hidden || !isBlocked() || Date.now() - polledAtMs < pollMs) return;
    polledAtMs = Date.now();
    void refetch();
  }, tickMs);
}

let asked: Promise<void> | undefined;

/** At most one question at a time. */
async function refetch(): Promise<void> {
  asked ??= ask().finally(() => {
    asked = undefined;
  });
  return asked;
}

async function ask(): Promise<void> {
  const signal = AbortSignal.timeout(answerMs);
  const answer = await fetch(location.href, { cache: "no-store", signal }).catch(() => undefined);
  if (!answer?.ok || answer.redirected) return;
  const html = await answer.text().catch(() => undefined);
  if (html === undefined) return;
  const page = new DOMParser().parseFromString(html, "text/html");
  if (page.body.dataset["me"] !== document.body.dataset["me"]) return;
  document.dispatchEvent(new CustomEvent("htmx:before:swap"));
  for (const id of wholes) {
    const [old, now] = [document.getElementById(id), page.getElementById(id)];
    // Nothing moves under a pointer or away from the keyboard.
    if (!old || !now || old.outerHTML === now.outerHTML || old.matches(":focus-within")) continue;
    old.replaceWith(now);
    htmx.process(now);
  }
  for (const id of lists) {
    const [list, now] = [document.getElementById(id), page.getElementById(id)];
    if (!list || !now) continue;
    if (isHole(list, now)) {
      // What is missing in between is told by the socket. Where none is let through, the reader fetches it.
      if (!isBlocked()) continue;
      list.dispatchEvent(new Event("birdie:hole"));
    }
    for (const element of now.querySelectorAll(":scope > article")) add(list, element);
  }
  document.dispatchEvent(new CustomEvent("htmx:after:swap"));
}

/** More was written meanwhile than the page shows: nothing on it is here already. */
function isHole(list: Element, now: Element): boolean {
  const articles = [...now.querySelectorAll(":scope > article[id]")];
  const isBeginning = now.parentElement?.querySelector("#earlier") === null;
  const isKnown = articles.some(({ id }) => document.getElementById(id));
  return list.querySelector("[data-message-id]") !== null && articles.length > 0 && !isBeginning && !isKnown;
}

function add(list: Element, element: Element): void {
  const old = element.id ? document.getElementById(element.id) : null;
  const body = old?.querySelector(".body");
  const now = element.querySelector(".body");
  if (old) {
    if (body && now && body.textContent !== now.textContent) body.replaceWith(now);
    return;
  }
  // Shown before it was sent, stored meanwhile.
  const clientId = element.getAttribute("data-client-id");
  const own = clientId && list.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`);
  if (own) own.replaceWith(element);
  else list.append(element);
  htmx.process(element);
}
