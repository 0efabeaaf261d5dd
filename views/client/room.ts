import { arrange, idOf, newestIn } from "./conversation.ts";
import { makeButton, me, onPage } from "./page.ts";
import { Place } from "./place.ts";
import { Reading } from "./reading.ts";
import { words } from "./words.ts";

const typingMs = 5_000;

/** The room this page shows; undefined on every other page. */
export const roomId = /^\/messages\/(\d+)$/.exec(location.pathname)?.[1];

/** A conversation: its end in sight, or the reader's place kept; whose words and which day; what has been read. */
export function watchRoom(): void {
  const list = document.getElementById("messages");
  if (!list || !roomId) return;
  const place = new Place(list);
  let newest = newestIn(list);
  let newCount = 0;
  const pill = makeButton("pill", "", () => place.toEnd());
  pill.hidden = true;
  list.after(pill);
  const earlier = document.getElementById("earlier");
  const count = (more: number) => {
    newCount = place.isAtEnd ? 0 : newCount + more;
    pill.hidden = newCount === 0;
    if (newCount > 0) pill.textContent = words.newMessages(newCount);
  };

  arrange(list);
  takePlace(place);
  const reading = new Reading(list, place);
  const settle = () => {
    arrange(list);
    if (place.isAtEnd) place.toEnd();
    else place.restore();
    const added = [...list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")].filter(
      (message) => idOf(message) > newest && message.dataset["author"] !== me,
    );
    newest = Math.max(newest, newestIn(list));
    count(added.length);
    reading.check();
  };

  document.addEventListener("htmx:before:swap", () => place.note());
  onPage(settle);
  earlier?.parentElement?.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    void showEarlier(list, event.target, () => place.note()).then(settle);
  });
  place.onScroll(() => {
    count(0);
    reading.check();
  });
  list.addEventListener("birdie:said", () => {
    arrange(list);
    place.toEnd();
  });
  list.addEventListener("load", () => place.isAtEnd && place.toEnd(), true);
  new ResizeObserver(() => place.isAtEnd && place.toEnd()).observe(place.scroller);
  document.addEventListener("keydown", ({ key, target }) => {
    if (key === "End" && !(target instanceof HTMLTextAreaElement)) place.toEnd();
  });
  document.addEventListener("stomp:message", ({ detail: { headers, ack } }) => {
    if (headers["destination"] !== `/topic/${roomId}` || headers["event"] !== "said") return;
    document.getElementById("typing")?.replaceChildren();
    reading.arrived(ack);
  });
  onPage(showReads(list));
  watchTyping();
}

/** The page before this one above this one, without leaving it. The button goes where history begins. */
async function showEarlier(list: HTMLElement, link: HTMLAnchorElement, note: () => void): Promise<void> {
  if (link.ariaBusy) return;
  link.ariaBusy = "true";
  try {
    const answer = await fetch(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const next = page.querySelector<HTMLAnchorElement>("#earlier");
    note();
    list.prepend(...page.querySelectorAll("#messages > article"));
    if (next) link.href = next.href;
    else if (answer.ok) link.parentElement?.replaceWith(page.querySelector(".beginning") ?? "");
  } finally {
    link.ariaBusy = null;
  }
}

/** At the line above the first unread message, in the upper third; without one at the end. */
function takePlace(place: Place): void {
  if (location.hash && document.getElementById(location.hash.slice(1))) return;
  place.toEnd();
  const line = document.getElementById("new-line");
  if (!line || line.hidden) return;
  const { scroller } = place;
  const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  const abovePx = line.getBoundingClientRect().top - top - scroller.clientHeight / 4;
  if (abovePx < 0) scroller.scrollTop += abovePx;
  place.look();
}

/** One's own messages up to the room's read mark carry `data-read`. */
function showReads(list: HTMLElement): () => void {
  return () => {
    const mark = Number(document.querySelector<HTMLDataElement>("#read-mark")?.value ?? 0);
    for (const message of list.querySelectorAll<HTMLElement>(":scope > [data-own]:not([data-read])")) {
      if (idOf(message) <= mark) message.dataset["read"] = "";
    }
  };
}

/** Who types is shown for a few seconds, and never to oneself. */
function watchTyping(): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: Node | null = null;
  onPage(() => {
    const typing = document.getElementById("typing");
    typing?.querySelector(`[data-author="${CSS.escape(me)}"]`)?.remove();
    const now = typing?.firstChild ?? null;
    if (now === shown) return;
    shown = now;
    clearTimeout(timer);
    timer = setTimeout(() => typing?.replaceChildren(), typingMs);
  });
}
