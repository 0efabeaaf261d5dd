import { isConnected, type StompMessage, whisper } from "./hx-stomp.ts";
import { isLookedAt, me } from "./page.ts";
import { playTone } from "./sound.ts";
import { keep, recall } from "./storage.ts";

/** What an event is told with outside of the page. */
interface News {
  readonly title: string;
  readonly body: string;
  /** As the server's pushes have it, so that the two replace one another. */
  readonly tag: string;
  readonly url: string;
}

const checkMs = 1_000;
/** For how long an event belongs to the tab that tells it, until what it noted has reached the others. */
const claimMs = 2_000;
const rungMax = 50;

/**
 * One sound and one notice for each event, however many tabs are open; none while somebody looks at what it is about.
 * And whether anybody looks, for the server, which pushes to other devices only when nobody does.
 */
export function startNotices(): void {
  keepAttention();
  document.addEventListener("stomp:message", ({ detail }) => {
    if (detail.headers["destination"] !== `/queue/${me}`) return;
    const event = detail.headers["event"] ?? "";
    const isNews = /^(?:raised|removed)$/.test(event);
    if (isNews || event === "listed") void tell(detail);
    if (!isNews) void closeRead(detail.body);
  });
  navigator.serviceWorker?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    const url: unknown = typeof data === "object" && data !== null ? Reflect.get(data, "url") : undefined;
    if (typeof url === "string" && new URL(url).origin === location.origin) location.assign(url);
  });
  if (navigator.serviceWorker) {
    // Behind everything else: nothing on the page waits for it.
    const register = () => void navigator.serviceWorker.register("/service-worker.js").catch(() => undefined);
    if (document.readyState === "complete") register();
    else addEventListener("load", register);
  }
}

/**
 * Says when this page begins and ceases to be looked at, to the server and (by a lock, which dies with the tab) to the
 * other tabs.
 */
function keepAttention(): void {
  let isHere: boolean | undefined;
  let release = () => {};
  const check = () => {
    const now = isLookedAt();
    if (now === isHere) return;
    isHere = now;
    release();
    if (now) release = hold(lockAt(location.pathname));
    whisper(now ? "/presence/here" : "/presence/away");
  };
  for (const name of ["focus", "blur", "pageshow"]) addEventListener(name, check);
  document.addEventListener("visibilitychange", check);
  document.addEventListener("stomp:connected", () => {
    // A new connection counts as looked at until it says otherwise.
    if (isHere !== true) isHere = undefined;
    check();
  });
  setInterval(check, checkMs);
  if (isConnected()) check();
}

const lockAt = (path: string) => `birdie:at:${me}:${path}`;

/** Holds a shared lock until the function that comes back is called, or the tab is gone. */
function hold(name: string): () => void {
  let release = () => {};
  const until = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks?.request(name, { mode: "shared" }, () => until);
  return () => release();
}

async function tell({ headers, body }: StompMessage): Promise<void> {
  const news = readNews(body, headers["event"] === "listed");
  if (!news || !wantsAnything()) return;
  // The place in the history is the same in every tab, and when the event is replayed.
  if (!(await claim(headers["position"] ?? headers["message-id"] ?? ""))) return;
  if (
    await isAnybodyAt(new URL(news.url, location.href).pathname, ...(news.tag.startsWith("alarm") ? ["/alarms"] : []))
  )
    return;
  const manner = await askManner();
  if (manner.isQuiet) return;
  if (recall("sound") === "on") await playTone();
  if (recall("notices") !== "on" || globalThis.Notification?.permission !== "granted") return;
  const { title, body: text, tag, url } = news;
  const shown = manner.isHidden ? { title: "Birdie", body: "" } : { title, body: text };
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.showNotification(shown.title, {
    body: shown.body,
    tag,
    icon: "/assets/icon-192.png",
    data: { url },
  });
}

const wantsAnything = () => recall("sound") === "on" || recall("notices") === "on";

/** True in one tab only. The others find the lock taken, or, later, the note that it was told. */
async function claim(key: string): Promise<boolean> {
  const take = () => {
    const rung = recall("rung").split(" ");
    if (rung.includes(key)) return false;
    keep("rung", [...rung, key].slice(-rungMax).join(" "));
    return true;
  };
  if (!navigator.locks) return take();
  return new Promise((resolve) => {
    void navigator.locks.request(`birdie:ring:${me}:${key}`, { ifAvailable: true }, async (lock) => {
      resolve(lock !== null && take());
      if (lock) await new Promise((done) => setTimeout(done, claimMs));
    });
  });
}

async function isAnybodyAt(...paths: readonly string[]): Promise<boolean> {
  if (!navigator.locks) return isLookedAt() && paths.includes(location.pathname);
  const { held = [] } = await navigator.locks.query();
  return paths.some((path) => held.some(({ name }) => name === lockAt(path)));
}

/** Quiet hours and hidden content, as they are set now, by the server's clock. */
async function askManner(): Promise<{ readonly isQuiet: boolean; readonly isHidden: boolean }> {
  try {
    const answer = await fetch("/push/manner", { headers: { accept: "application/json" } });
    const { isQuiet, isHidden }: { isQuiet: unknown; isHidden: unknown } = await answer.json();
    return { isQuiet: isQuiet === true, isHidden: isHidden === true };
  } catch {
    // Better silent than loud at night.
    return { isQuiet: true, isHidden: true };
  }
}

/**
 * Only what is new: a group that lost somebody comes in the same form, but not at the top of the list. A room that is only
 * listed is news to whoever was brought into it.
 */
function readNews(html: string, isListed: boolean): News | undefined {
  const page = new DOMParser().parseFromString(html, "text/html");
  const row = page.querySelector(isListed ? "[data-news]" : "[hx-swap=afterbegin] :is([data-alarm-id],[data-room-id])");
  const url = row?.querySelector("a")?.getAttribute("href");
  if (!row || !url) return undefined;
  const words = (selector: string) => row.querySelector(selector)?.textContent?.replace(/\s+/g, " ").trim() ?? "";
  const isAlarm = row.hasAttribute("data-alarm-id");
  const title = words(isAlarm ? ".alarm-line" : ".room-name");
  return { title, body: words(isAlarm ? ".excerpt" : ".last-message"), tag: row.id, url };
}

/** What has been read anywhere, or is gone, needs no notice here any more. */
async function closeRead(html: string): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration().catch(() => undefined);
  const notices = (await registration?.getNotifications()) ?? [];
  if (notices.length === 0) return;
  const page = new DOMParser().parseFromString(html, "text/html");
  const isAllRead = (id: string) => page.querySelector(`#${id}`)?.hasAttribute("hidden") ?? false;
  for (const notice of notices) {
    const { tag } = notice;
    const isRead = tag.startsWith("room-")
      ? isAllRead("message-badge") || isAllRead(`${tag}-unread`)
      : isAllRead("alarm-badge") ||
        page.querySelector(`[hx-target="#${tag}-dot"],[hx-target="#${tag}"][hx-swap=delete]`) !== null;
    if (isRead && tag !== "test") notice.close();
  }
}
