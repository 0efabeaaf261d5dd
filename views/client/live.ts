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
  void startRest().then(() => document.body.setAttribute("data-ready", ""));
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
  await startLater();
}
