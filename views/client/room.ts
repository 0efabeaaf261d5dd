import { arrange, idOf, newestIn } from "./conversation.ts";
import { foldBlocked, isNews, openTogether } from "./folded.ts";
import { History } from "./history.ts";
import { NewLine } from "./new-line.ts";
import { makeButton, me, onPage } from "./page.ts";
import { Place } from "./place.ts";
import { Reading } from "./reading.ts";
import { speakMessages } from "./speak.ts";
import { words } from "./words.ts";

const typingMs = 5_000;

/** The room this page shows; undefined on every other page. */
export const roomId = /^\/messages\/(\d+)$/.exec(location.pathname)?.[1];

/** A conversation: its end in sight, or the reader's place kept; whose words and which day; what has been read. */
export function watchRoom(): void {
  const list = document.getElementById("messages");
  if (!list || !roomId) return;
  const place = new Place(list);
  const pill = makeButton("pill", "", () => void history.toLatest());
  list.after(pill);
  let newest = newestIn(list);
  let newCount = 0;
  const count = (more: number) => {
    newCount = place.isAtEnd ? 0 : newCount + more;
    const said = newCount > 0 ? words.newMessages(newCount) : words.latest;
    pill.hidden = newCount === 0 && !history.hasGap;
    if (pill.textContent !== said) pill.textContent = said;
  };

  foldBlocked(list);
  openTogether(list);
  arrange(list);
  const history = new History({ list, place, changed: () => settle(true) });
  takePlace(place);
  const reading = new Reading(list, place);
  const line = new NewLine(list, place);
  // A page of history that was put on is no news, also where it goes on downwards from a permalink.
  const settle = (isHistory = false) => {
    foldBlocked(list);
    history.settle();
    if (isHistory) line.pass();
    line.settle();
    arrange(list);
    if (place.isAtEnd) place.toEnd();
    else place.restore();
    const added = [...list.querySelectorAll<HTMLElement>(":scope > [data-message-id]")].filter(
      (message) => !isHistory && idOf(message) > newest && isNews(message),
    );
    newest = Math.max(newest, newestIn(list));
    count(added.length);
    speakMessages(added);
    reading.check();
  };

  document.addEventListener("htmx:before:swap", () => place.note());
  onPage(() => settle());
  place.onScroll(() => {
    count(0);
    line.settle();
    reading.check();
  });
  list.addEventListener("birdie:said", () => {
    arrange(list);
    // Whoever speaks has read what is above.
    document.getElementById("held")?.replaceChildren();
    place.toEnd();
    void history.toLatest();
  });
  const catchUp = () => {
    if (!place.isAtEnd) return;
    place.toEnd();
    count(0);
    reading.check();
  };
  list.addEventListener("toggle", catchUp, true);
  list.addEventListener("load", () => place.isAtEnd && place.toEnd(), true);
  place.keep();
  document.addEventListener("keydown", ({ key, target }) => {
    // In a box with words in it the key is the cursor's.
    const isWriting = target instanceof HTMLTextAreaElement && target.value !== "";
    if (key === "End" && !isWriting) void history.toLatest();
  });
  keepWhole(list, history);
  document.addEventListener("stomp:message", ({ detail: { headers, ack } }) => {
    if (headers["destination"] !== `/topic/${roomId}` || headers["event"] !== "said") return;
    document.getElementById("typing")?.replaceChildren();
    reading.arrived(ack);
  });
  onPage(showReads(list));
  onPage(showOwning);
  onPage(showName());
  watchTyping();
}

/** Where more was missed than is told again, nothing stands right below what it does not follow. */
function keepWhole(list: HTMLElement, history: History): void {
  let wholeUpTo = newestIn(list);
  const breakHere = () => {
    history.breakAfter(wholeUpTo);
    if (list.querySelector("[data-state]")) void history.toLatest();
  };
  document.addEventListener("stomp:disconnected", ({ detail }) => {
    if (detail !== "stale") wholeUpTo = newestIn(list);
  });
  document.addEventListener("stomp:stale", ({ detail }) => detail === `/topic/${roomId}` && breakHere());
  list.addEventListener("birdie:hole", () => {
    wholeUpTo = newestIn(list);
    breakHere();
  });
}

/** At the line above the first unread message, in the upper third; without one at the end. */
function takePlace(place: Place): void {
  const named = (location.hash && document.getElementById(location.hash.slice(1))) || undefined;
  const asked = named ?? document.querySelector("#messages > .around");
  if (asked) {
    asked.scrollIntoView({ block: "center" });
    place.look();
    return;
  }
  place.toEnd();
  const line = document.getElementById("new-line");
  if (!line || line.hidden) return;
  const { scroller } = place;
  const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
  const abovePx = line.getBoundingClientRect().top - top - scroller.clientHeight / 4;
  if (abovePx < 0) scroller.scrollTop += abovePx;
  place.look();
}

/** A group that has another name now has it in the title of the page, too. */
function showName(): () => void {
  const nameNow = () => document.getElementById("room-name")?.textContent ?? "";
  let name = nameNow();
  return () => {
    callByOthers();
    const now = nameNow();
    if (now && now !== name) document.title = document.title.replace(name, () => now);
    if (now) name = now;
  };
}

/** A group without a name is called by the others in it, who come and go. */
function callByOthers(): void {
  const name = document.querySelector<HTMLElement>("#room-name[data-unnamed]");
  if (!name) return;
  const others = [...document.querySelectorAll<HTMLElement>("#members > [data-author]")]
    .filter((row) => row.dataset["author"] !== me)
    .map((row) => row.querySelector(".member-name bdi")?.textContent)
    .join(", ");
  const said = others || (name.dataset["unnamed"] ?? "");
  if (name.textContent !== said) name.textContent = said;
}

/** Who owns a group now may do what only its owner may. A push says who that is, and not who reads it. */
function showOwning(): void {
  const members = document.getElementById("members");
  members?.toggleAttribute(
    "data-owns",
    members.querySelector(`[data-owner][data-author="${CSS.escape(me)}"]`) !== null,
  );
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
