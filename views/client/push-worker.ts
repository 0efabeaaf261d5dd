/*
 * What this browser does when a push comes and no page need be open. It answers no fetch and keeps nothing: what
 * members see never lies in a cache.
 */

/** As the server writes it: see src/service/pushes.ts. */
interface Pushed {
  readonly kind: string;
  readonly title: string;
  readonly body: string;
  readonly tag: string;
  readonly url: string;
  readonly badge: number;
}

/** The few things of a ServiceWorkerGlobalScope that are used here; the page's types do not know them. */
interface Scope {
  readonly registration: ServiceWorkerRegistration;
  readonly clients: {
    matchAll(options: object): Promise<readonly Tab[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listen: (event: Extendable) => void): void;
  addEventListener(
    type: "push",
    listen: (event: Extendable & { readonly data: { json(): unknown } | null }) => void,
  ): void;
  addEventListener(
    type: "notificationclick",
    listen: (event: Extendable & { readonly notification: Notification }) => void,
  ): void;
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Tab {
  readonly focused: boolean;
  readonly visibilityState: string;
  readonly url: string;
  focus(): Promise<unknown>;
  navigate(url: string): Promise<unknown>;
  postMessage(message: unknown): void;
}

declare const self: Scope;

export function answerPushes(): void {
  self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
  self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener("push", (event) => {
    const pushed = readPushed(event.data?.json());
    if (pushed) event.waitUntil(show(pushed));
  });
  self.addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(goTo(urlOf(event.notification)));
  });
}

async function show({ kind, title, body, tag, url, badge }: Pushed): Promise<void> {
  if (kind === "self-test") {
    new BroadcastChannel("birdie").postMessage({ type: "pushed", id: body });
    return;
  }
  await setBadge(badge);
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const isLookedAt = tabs.some((tab) => tab.focused && tab.visibilityState === "visible");
  // Whoever looks at a page of ours sees it there. A test is asked for, and always shown.
  if (isLookedAt && kind !== "test") return;
  await self.registration.showNotification(title, { body, tag, icon: "/assets/icon-192.png", data: { url } });
}

/** An open tab comes to the front and goes there; without one, a new one does. */
async function goTo(path: string): Promise<void> {
  const url = new URL(path, self.registration.scope).href;
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((one) => one.url === url) ?? tabs.find((one) => one.focused) ?? tabs[0];
  if (!tab) {
    await self.clients.openWindow(url);
    return;
  }
  // Without a fresh click behind it, the browser may refuse the front; the tab goes there all the same.
  await tab.focus().catch(() => undefined);
  // A tab that was there before this worker can only be asked.
  await tab.navigate(url).catch(() => tab.postMessage({ type: "go", url }));
}

async function setBadge(count: number): Promise<void> {
  const { setAppBadge } = navigator;
  await setAppBadge?.call(navigator, count).catch(() => undefined);
}

function urlOf({ data }: Notification): string {
  const url: unknown = typeof data === "object" && data !== null ? Reflect.get(data, "url") : undefined;
  return typeof url === "string" ? url : "/";
}

function readPushed(value: unknown): Pushed | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text = (name: string): string => String(Reflect.get(value, name) ?? "");
  const badge = Number(Reflect.get(value, "badge") ?? 0);
  const [kind, title, body, tag] = [text("kind"), text("title"), text("body"), text("tag")];
  return { kind, title, body, tag, url: text("url") || "/", badge };
}
