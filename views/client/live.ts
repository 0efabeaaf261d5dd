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
  const parts = startParts();
  keepPane();
  watchRoom();
  startComposer();
  sendElsewhere();
  keepBoxes();
  keepAboveKeyboard();
  const later = import("./later.ts").then(({ startLater }) => startLater());
  watchAlarms();
  keepFocus();
  // For programs that drive a browser: from now on all that this page has listens.
  void Promise.all([...parts, later]).then(() => document.body.setAttribute("data-ready", ""));
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
function startParts(): (Promise<void> | false)[] {
  const { pathname } = location;
  return [
    pathname === "/settings/device" && import("./device.ts").then(({ startDevice }) => startDevice()),
    document.getElementById("alarms") !== null && import("./inbox.ts").then(({ watchInbox }) => watchInbox()),
    document.querySelector("[data-quiet-from]") !== null && import("./quiet.ts").then(({ keepQuiet }) => keepQuiet()),
    pathname === "/settings/delivery" && import("./delivery.ts").then(({ startDelivery }) => startDelivery()),
  ];
}
