import { watchAlarms } from "./alarms.ts";
import { keepBoxes } from "./boxes.ts";
import { startComposer } from "./composer.ts";
import { watchConnection } from "./connection.ts";
import { answerDelivery } from "./delivery-answers.ts";
import { keepDrafts } from "./drafts.ts";
import { keepFocus } from "./focus.ts";
import { registerStomp } from "./hx-stomp.ts";
import { startNotices } from "./notices.ts";
import { markOwn } from "./own.ts";
import { keepPane } from "./pane.ts";
import { watchRoom } from "./room.ts";
import { keepTitle } from "./title.ts";
import { sendElsewhere } from "./unsent.ts";
import { keepAboveKeyboard } from "./viewport.ts";

/** All that only a signed-in person's page does. It comes after the small script that every page gets. */
export function startLive(): void {
  registerStomp();
  watchConnection();
  keepTitle();
  markOwn();
  keepDrafts();
  completeNames();
  startNotices();
  answerDelivery();
  const late = startParts();
  keepPane();
  watchRoom();
  startComposer();
  sendElsewhere();
  keepBoxes();
  keepAboveKeyboard();
  late.push(import("./later.ts").then(({ startLater }) => startLater()));
  watchAlarms();
  keepFocus();
  // For programs that drive a browser: from now on all that this page has listens.
  void Promise.all(late).then(() => document.body.setAttribute("data-ready", ""));
}

/** Naming people is completed in every text box; what does that comes with the first one that is used. */
function completeNames(): void {
  const complete = (box: EventTarget | null) => {
    const isBox =
      box instanceof HTMLTextAreaElement || (box instanceof HTMLInputElement && box.hasAttribute("data-people"));
    if (!isBox) return;
    void import("./mentions.ts").then(({ completeMentions }) => completeMentions(box));
  };
  document.addEventListener("focusin", ({ target }) => complete(target));
  complete(document.activeElement);
}

/** What only some pages have comes with them. */
function startParts(): Promise<void>[] {
  const parts: Promise<void>[] = [];
  const { pathname } = location;
  if (pathname === "/settings/device") parts.push(import("./device.ts").then(({ startDevice }) => startDevice()));
  if (document.getElementById("alarms")) parts.push(import("./inbox.ts").then(({ watchInbox }) => watchInbox()));
  if (document.querySelector("[data-quiet-from]"))
    parts.push(import("./quiet.ts").then(({ keepQuiet }) => keepQuiet()));
  if (pathname === "/settings/delivery")
    parts.push(import("./delivery.ts").then(({ startDelivery }) => startDelivery()));
  return parts;
}
