import { dayOf } from "../time.ts";
import { tellUnsent } from "./connection.ts";
import { forData, make, makeButton, numberIn, onPage, post } from "./page.ts";
import { reader } from "./time.ts";
import { words } from "./words.ts";

const undoMs = 5_000;
const minuteMs = 60_000;

/** The list of alarms: its days stay true over midnight, and reading all of it can be taken back for a moment. */
export function watchInbox(): void {
  const list = document.getElementById("alarms");
  if (!list) return;
  const sort = () => keepDays(list);
  onPage(sort);
  setInterval(sort, minuteMs);
  document.addEventListener("visibilitychange", () => document.hidden || sort());
  offerReading(list);
  readFromMenu();
}

/** A row that was pushed knows no time zone, and a day that was today is yesterday's after midnight. */
function keepDays(list: HTMLElement): void {
  const context = reader();
  for (const row of list.querySelectorAll<HTMLElement>("[data-alarm-id]")) {
    const ms = Date.parse(row.querySelector("time")?.dateTime ?? "");
    if (Number.isNaN(ms)) continue;
    const day = dayOf(context, ms);
    if (row.dataset["day"] === day) continue;
    row.dataset["day"] = day;
    const head = row.querySelector(".day-head");
    if (head) head.textContent = words.days[day];
  }
}

/** "Mark all as read" means what is shown now; an alarm that comes meanwhile stays unread. */
function offerReading(list: HTMLElement): void {
  const form = document.querySelector<HTMLFormElement>("form.read-all");
  if (!form) return;
  onPage(() => {
    form.hidden = numberIn("alarm-badge") === 0 || list.childElementCount === 0;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isByKey = form.querySelector(":focus-visible") !== null;
    const shown = [...list.querySelectorAll("[data-alarm-id]")].map((row) => Number(row.getAttribute("data-alarm-id")));
    const body = new URLSearchParams({ upTo: String(Math.max(0, ...shown)) });
    const kind = list.dataset["kind"];
    if (kind) body.set("kind", kind);
    fetch(form.action, { method: "POST", body, headers: forData })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((read: unknown) => offerUndo(list, idsIn(read), isByKey))
      .catch((status: unknown) => {
        // Where somebody else has signed in, it would be theirs.
        if (status === 401) location.reload();
        // The plain way does the same, or says why not.
        else if (typeof status === "number" && status < 500) form.submit();
        else tellUnsent();
      });
  });
}

/** The button that was pressed goes with the last unread alarm: whoever came by keys is led to the undo, and on to the list. */
function offerUndo(list: HTMLElement, ids: readonly number[], isByKey: boolean): void {
  document.querySelector(".undo-reading")?.remove();
  if (ids.length === 0) return;
  const notice = make("div", "notice with-undo undo-reading", "", { role: "status" });
  const close = () => {
    const isFocused = notice.contains(document.activeElement);
    notice.remove();
    if (isFocused) list.querySelector("a")?.focus();
  };
  const said = make("p", "", words.allRead);
  const undo = makeButton("quiet small", words.undo, async () => {
    if (await post("/alarms/unread", { ids: ids.join(",") })) close();
    else said.textContent = words.noAnswer;
  });
  notice.append(said, undo);
  list.parentElement?.append(notice);
  if (isByKey) undo.focus();
  // Not from under a pointer or the focus.
  const end = () => (notice.matches(":hover,:focus-within") ? setTimeout(end, undoMs) : close());
  setTimeout(end, undoMs);
}

/** What the answer names as read. */
function idsIn(answer: unknown): number[] {
  if (typeof answer !== "object" || answer === null || !("alarms" in answer) || !Array.isArray(answer.alarms))
    return [];
  return answer.alarms.map((alarm: { readonly id: unknown }) => Number(alarm.id));
}

/** Marking one as read in its menu needs no new page: the push takes the dot away. */
function readFromMenu(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches(".read-one")) return;
    event.preventDefault();
    const { parentNode, nextSibling } = form;
    void post(new URL(form.action).pathname, { stay: "1" }).then((isThere) => {
      if (!isThere) parentNode?.insertBefore(form, nextSibling);
    });
    const menu = form.closest("details");
    if (menu) menu.open = false;
    form.closest("li")?.querySelector<HTMLElement>("summary")?.focus();
    form.remove();
  });
}
