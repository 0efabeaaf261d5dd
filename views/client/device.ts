import { devicesEn, devicesKo } from "../text/devices.ts";
import { ask, subscriptionHere } from "./push-subscription.ts";
import { hasSharing, isSharingWanted, wantSharing } from "./sharing.ts";
import { playTone } from "./sound.ts";
import { keep, recall } from "./storage.ts";
import { language } from "./words.ts";

const words = language === "ko" ? devicesKo : devicesEn;

/** The switches of the page "This device". */
export function startDevice(): void {
  startSound();
  startTabs();
  void startPush();
}

function startSound(): void {
  const section = document.getElementById("device-sound");
  const box = document.getElementById("sound");
  if (!section || !(box instanceof HTMLInputElement)) return;
  section.hidden = false;
  box.checked = recall("sound") === "on";
  box.addEventListener("change", () => {
    keep("sound", box.checked ? "on" : "");
    if (box.checked) void playTone();
  });
  document.getElementById("sound-listen")?.addEventListener("click", () => void playTone());
}

/** A way out for a browser in which sharing goes wrong. Where there is nothing to share with, nothing is asked. */
function startTabs(): void {
  const section = document.getElementById("device-tabs");
  const box = document.getElementById("one-socket");
  if (!section || !(box instanceof HTMLInputElement) || !hasSharing()) return;
  section.hidden = false;
  box.checked = isSharingWanted();
  box.addEventListener("change", () => wantSharing(box.checked));
}

async function startPush(): Promise<void> {
  const part = document.getElementById("push");
  const state = document.getElementById("push-state");
  const [on, off] = [document.getElementById("push-on"), document.getElementById("push-off")];
  if (!part || !state || !on || !off) return;
  part.hidden = false;

  const show = async () => {
    const hindrance = hindranceHere();
    const subscription = hindrance ? undefined : await subscriptionHere();
    const isOn = subscription !== undefined && isListed(subscription);
    on.hidden = hindrance !== undefined || isOn;
    off.hidden = !isOn;
    state.textContent = hindrance ?? (isOn ? words.isOn : "");
  };
  const act = (work: () => Promise<void>) => async () => {
    try {
      await work();
    } catch (error) {
      await show();
      state.textContent = words.failed(error instanceof Error ? error.message : String(error));
    }
  };
  on.addEventListener(
    "click",
    act(async () => {
      // Asked for here only: by a click on this button.
      if ((await Notification.requestPermission()) !== "granted") return show();
      await turnOn(part.dataset["key"] ?? "");
      location.reload();
    }),
  );
  off.addEventListener(
    "click",
    act(async () => {
      const subscription = await subscriptionHere();
      keep("notices", "");
      if (subscription) {
        await ask("/push/unsubscribe", { endpoint: subscription.endpoint });
        await subscription.unsubscribe();
      }
      location.reload();
    }),
  );
  await show();
}

/** Why this browser cannot be told outside of its pages, in words that help. */
function hindranceHere(): string | undefined {
  const isIos =
    /iPhone|iPad/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
  const isInstalled = matchMedia("(display-mode: standalone)").matches;
  if (isIos && !isInstalled) return words.onIos;
  if (!isSecureContext) return words.needsHttps;
  if (!("serviceWorker" in navigator) || !("PushManager" in globalThis) || !("Notification" in globalThis))
    return words.missing;
  return Notification.permission === "denied" ? words.denied : undefined;
}

/** Whether the server still has it: signing out takes it away there. */
function isListed({ endpoint }: PushSubscription): boolean {
  return document.querySelector(`[data-endpoint="${CSS.escape(endpoint)}"]`) !== null;
}

async function turnOn(key: string): Promise<void> {
  const registration = await navigator.serviceWorker.register("/service-worker.js");
  await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: octetsOf(key) };
  const old = await registration.pushManager.getSubscription();
  const subscription = await registration.pushManager.subscribe(options).catch(async (error: unknown) => {
    // Made for another key, of another server at this address: it is worth nothing.
    if (!old) throw error;
    await old.unsubscribe();
    return registration.pushManager.subscribe(options);
  });
  await ask("/push/subscribe", subscription.toJSON());
  keep("notices", "on");
}

function octetsOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
