import { walkByArrows } from "./arrows.ts";
import { tellEnter } from "./enter-hint.ts";
import { handFocusOn } from "./heirs.ts";
import { watchInbox } from "./inbox.ts";
import { explainKeys } from "./keys.ts";
import { load } from "./page.ts";
import { takePostPictures } from "./post-pictures.ts";
import { keepQuiet } from "./quiet.ts";
import { followQuotes } from "./quotes.ts";
import { keepFresh } from "./refresh.ts";
import { keepReplies } from "./replies.ts";
import { openByTaps } from "./taps.ts";
import { watchVersion } from "./version.ts";

export { sayBegun } from "./draft-back.ts";
export { showLeftOver } from "./left-over.ts";
export { completeMentions } from "./mentions.ts";
export { PictureStrip } from "./picture-strip.ts";
export { viewPicture } from "./picture-viewer.ts";
export { hearPictures } from "./picture-ways.ts";
export { Uploads } from "./uploads.ts";

/** What comes behind everything else, since nobody has touched anything yet, nor has a connection been lost. */
export async function startLater(): Promise<void> {
  walkByArrows();
  explainKeys();
  keepReplies();
  handFocusOn();
  keepFresh();
  watchVersion();
  takePostPictures();
  tellEnter();
  watchInbox();
  keepQuiet();
  goOnAtEnd(document.activeElement);
  const list = document.getElementById("messages");
  if (list) {
    openByTaps(list);
    followQuotes(list);
  }
  await startSettings();
}

/** What only a page of the settings has comes with it. */
async function startSettings(): Promise<void> {
  const { pathname } = location;
  if (pathname === "/settings/device") (await load(() => import("./device.ts"))).startDevice();
  if (pathname === "/settings/delivery") (await load(() => import("./delivery.ts"))).startDelivery();
  if (document.querySelector(".settings")) (await load(() => import("./settings.ts"))).keepOtherForms();
}

/** A form that comes back with what was typed begins behind it, not in front. */
function goOnAtEnd(box: Element | null): void {
  const isText = box instanceof HTMLTextAreaElement || (box instanceof HTMLInputElement && box.type === "text");
  if (isText && box.selectionEnd === 0) box.setSelectionRange(box.value.length, box.value.length);
}
