import { isBlocked, isConnected, type StompDisconnected } from "./hx-stomp.ts";
import { isTextUnsaved, make, makeButton } from "./page.ts";
import { words } from "./words.ts";

const patienceMs = 5_000;
const restoredMs = 2_000;
const unsentMs = 6_000;
const reloadMs = 30_000;
const reloadedAt = "birdie:reloaded";

/** Says that what was just done did not get through. */
export let tellUnsent = (): void => undefined;

/** Says that the connection is gone once that lasts, and what to do where it does not come back by itself. */
export function watchConnection(): void {
  const banner = document.getElementById("connection");
  if (!banner) return;
  const { offline = "", restored = "" } = banner.dataset;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = (...parts: (string | Node)[]) => {
    clearTimeout(timer);
    timer = undefined;
    banner.replaceChildren(...parts);
  };
  // What stands in a form stays there, and what is not done does not look as if it were: it only has to be said.
  tellUnsent = () => {
    say(navigator.onLine ? words.noAnswer : words.noNetwork);
    timer = setTimeout(() => say(isConnected() || isBlocked() ? "" : offline), unsentMs);
  };
  document.addEventListener("htmx:error", ({ detail }) => {
    if (detail.ctx?.request.method === "POST" && !detail.ctx.response) tellUnsent();
  });
  // What refuses and does not say where that is shown is not ours: the page of a proxy, while the server restarts behind it.
  document.addEventListener("htmx:before:response", (event) => {
    const { status = 0, headers } = event.detail.ctx.response ?? {};
    if (status < 400 || headers?.has("hx-retarget")) return;
    event.preventDefault();
    tellUnsent();
  });
  // A form that leads to another page would lead to the browser's own, which knows nothing of what was written.
  document.addEventListener("submit", (event) => {
    const { target } = event;
    if (event.defaultPrevented || navigator.onLine || !(target instanceof HTMLFormElement)) return;
    if (target.method !== "post") return;
    event.preventDefault();
    tellUnsent();
  });
  // A form that ends the sign-in leads on by itself, and its answer may come behind that end.
  let isLeaving = false;
  document.addEventListener("submit", ({ defaultPrevented }) => {
    isLeaving = !defaultPrevented;
  });
  // The browser may take the page out of its memory as it was.
  addEventListener("pageshow", () => {
    isLeaving = false;
  });
  const reload = () => isLeaving || location.reload();
  const tell = (why: StompDisconnected) => {
    if (why === "ended") return say(words.ended, " ", makeButton("", words.reload, reload));
    if (why === "stale" || why === "signed-out") {
      if (!isTextUnsaved() && mayReload()) return reload();
      if (why === "stale") return say(words.stale, " ", makeButton("", words.reload, reload));
      const link = make("a", "", words.signIn, { href: "/login", target: "_blank" });
      return say(words.signedOut, " ", link);
    }
    if (isBlocked()) return say(words.blocked);
    if (banner.textContent === restored) say();
    if (banner.textContent) return;
    // Each attempt that fails says so again; the time counts from the first.
    timer ??= setTimeout(() => isConnected() || say(offline), patienceMs);
  };

  document.addEventListener("stomp:disconnected", ({ detail }) => tell(detail));
  document.addEventListener("stomp:connected", () => {
    const wasShown = banner.textContent !== "";
    say();
    if (!wasShown) return;
    say(restored);
    timer = setTimeout(() => say(), restoredMs);
  });
}

/** At most once in a while: a page that comes back as it was is not fetched over and over. */
function mayReload(): boolean {
  const beforeMs = Number(sessionStorage.getItem(reloadedAt));
  if (Date.now() - beforeMs < reloadMs) return false;
  sessionStorage.setItem(reloadedAt, String(Date.now()));
  return true;
}
