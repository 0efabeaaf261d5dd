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
import { load } from "./page.ts";
import { keepPane } from "./pane.ts";
import { later } from "./rest.ts";
import { watchRoom } from "./room.ts";
import { keepTitle } from "./title.ts";
import { sendElsewhere } from "./unsent.ts";
import { viewPictures } from "./viewing.ts";
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
  keepPane();
  watchRoom();
  startComposer();
  sendElsewhere();
  keepBoxes();
  keepAboveKeyboard();
  viewPictures();
  watchAlarms();
  keepFocus();
  // For programs that drive a browser: from now on all that this page has listens.
  void Promise.all([startRest(), startSettings()]).then(() => document.body.setAttribute("data-ready", ""));
}

/** Naming people is completed in every text box, from the first time that it is used. */
function completeNames(): void {
  const complete = (box: EventTarget | null) => {
    const isBox =
      box instanceof HTMLTextAreaElement || (box instanceof HTMLInputElement && box.hasAttribute("data-people"));
    if (!isBox) return;
    void later().then(({ completeMentions }) => completeMentions(box));
  };
  document.addEventListener("focusin", ({ target }) => complete(target));
  complete(document.activeElement);
}

/** One chunk for all that nobody waits for: a browser asks for it once, and every page has it then. */
async function startRest(): Promise<void> {
  const { startLater } = await later();
  startLater();
}

/** What only a page of the settings has comes with it. */
async function startSettings(): Promise<void> {
  const { pathname } = location;
  if (document.querySelector(".settings")) (await load(() => import("./settings.ts"))).keepOtherForms();
  if (pathname === "/settings/device") (await load(() => import("./device.ts"))).startDevice();
  if (pathname === "/settings/delivery") (await load(() => import("./delivery.ts"))).startDelivery();
}
