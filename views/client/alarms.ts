import { make, makeButton, numberIn, onPage, post, postOr } from "./page.ts";
import { Place } from "./place.ts";
import { words } from "./words.ts";

const seenMs = 1_000;
const speakMs = 5_000;

/** What alarms do on every page: they are said aloud, marked read where they lead, and never move what one looks at. */
export function watchAlarms(): void {
  speakCount();
  readByLooking();
  readByFollowing();
  for (const id of ["alarms", "feed"]) keepList(document.getElementById(id));
  onPage(markRead);
  onPage(sortRooms);
  // What stood still for the pointer or the focus moves when that has gone.
  for (const name of ["pointerout", "focusout"] as const) {
    document.addEventListener(name, ({ target }) => {
      if (target instanceof Element && target.closest("#rooms")) setTimeout(sortRooms);
    });
  }
}

/** The number of unread alarms, politely, not on arrival, and at most once in a while. */
function speakCount(): void {
  const speaker =
    document.getElementById("announcer") ??
    document.body.appendChild(make("div", "sr", "", { id: "announcer", "aria-live": "polite" }));
  let said = numberIn("alarm-badge");
  let isPlanned = false;
  let saidAtMs = 0;
  const speak = () => {
    isPlanned = false;
    saidAtMs = Date.now();
    said = numberIn("alarm-badge");
    if (said > 0) speaker.textContent = words.unreadAlarms(said);
  };
  onPage(() => {
    const count = numberIn("alarm-badge");
    if (count < said) said = count;
    if (count <= said || isPlanned) return;
    isPlanned = true;
    setTimeout(speak, Math.max(0, saidAtMs + speakMs - Date.now()));
  });
}

/** Who looks at a post has seen what the alarms about it tell. */
function readByLooking(): void {
  const postId = /^\/posts\/(\d+)$/.exec(location.pathname)?.[1];
  if (!postId) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let readAt = 0;
  const check = () => {
    const count = numberIn("alarm-badge");
    if (document.hidden || count <= readAt) {
      clearTimeout(timer);
      timer = undefined;
      readAt = Math.min(readAt, count);
      return;
    }
    timer ??= setTimeout(() => {
      timer = undefined;
      // Alarms about other things stay: they are not asked for again until there are more.
      readAt = numberIn("alarm-badge");
      void postOr(sayAgain, "/alarms/read", { postId });
    }, seenMs);
  };
  const sayAgain = () => {
    readAt = 0;
    check();
  };
  document.addEventListener("visibilitychange", check);
  onPage(check);
}

/** An alarm that is followed is read, also into a new tab. */
function readByFollowing(): void {
  const read = ({ target, button }: MouseEvent) => {
    const row = target instanceof Element && button < 2 && target.closest("a") && target.closest("[data-alarm-id]");
    if (row && row.getAttribute("data-read") !== "true") post(`/alarms/${row.getAttribute("data-alarm-id")}/read`, {});
  };
  document.addEventListener("click", read);
  document.addEventListener("auxclick", read);
}

/** A push takes the dot away; the row says so too. */
function markRead(): void {
  for (const row of document.querySelectorAll("#alarms [data-read=false]:not(:has(.dot))")) {
    row.setAttribute("data-read", "true");
  }
}

/** The room where something was said last comes first, but nothing moves that somebody points at. */
function sortRooms(): void {
  const list = document.getElementById("rooms");
  if (!list || list.matches(":hover,:focus-within")) return;
  const rows = [...list.children];
  // What was said last may have been deleted since: the room keeps its place.
  const timeOf = (row: Element) => {
    const time = row.querySelector("time");
    return time?.dataset["active"] ?? time?.dateTime ?? "";
  };
  const ordered = rows.toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
  if (ordered.some((row, i) => row !== rows[i])) list.append(...ordered);
}

/** What is new at the top pushes nothing away: a pill says so to whoever has scrolled down. */
function keepList(list: HTMLElement | null): void {
  if (!list) return;
  const place = new Place(list);
  const countRows = () => list.querySelectorAll("article,[data-alarm-id]").length;
  let rowCount = countRows();
  let newCount = 0;
  const pill = makeButton("pill", "", () => {
    place.scroller.scrollTop = 0;
  });
  pill.hidden = true;
  list.before(pill);
  document.addEventListener("htmx:before:swap", () => place.note());
  onPage(() => {
    const more = Math.max(0, countRows() - rowCount);
    rowCount = countRows();
    if (place.isAtStart && !place.hasOpenMenu) return;
    place.restore();
    if (more === 0) return;
    // The heading of the day moves to the new row only once that knows the reader's day.
    requestAnimationFrame(() => place.restore());
    newCount += more;
    pill.textContent = words.newRows(newCount);
    pill.hidden = false;
  });
  place.onScroll(() => {
    if (!place.isAtStart) return;
    newCount = 0;
    pill.hidden = true;
  });
}
