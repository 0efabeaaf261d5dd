import { isFewEmoji } from "../emoji.ts";
import { limits } from "../limits.ts";
import { clockTime } from "../time.ts";
import { setText } from "./begun.ts";
import { atServer } from "./clock.ts";
import { keepEnter } from "./enter.ts";
import { hurry, isConnected, whisper } from "./hx-stomp.ts";
import { countLetters, lengthOf } from "./letters.ts";
import { Modes } from "./modes.ts";
import { answerMs, Outbox, onUnsent, patienceMs, staleMs, type Unsent } from "./outbox.ts";
import { make, makeButton, me, onPage } from "./page.ts";
import { forgetOldFiles } from "./picture-files.ts";
import { previews } from "./picture-preview.ts";
import type { PictureStrip } from "./picture-strip.ts";
import { later } from "./rest.ts";
import { roomId } from "./room.ts";
import { reader } from "./time.ts";
import type { Uploads } from "./uploads.ts";
import { fromHere } from "./waiting-pictures.ts";
import { words } from "./words.ts";

const typingMs = 3_000;
const rowsMax = 8;

/** The box in which one writes, and the messages that are shown before the server has them. */
export function startComposer(): void {
  const form = document.getElementById("composer");
  const box = form?.querySelector("textarea");
  const list = document.getElementById("messages");
  if (!(form instanceof HTMLFormElement) || !box || !list || !roomId) return;

  const asking = make("div", "unsent", "", { role: "group" });
  form.before(asking);
  const show = () => {
    showUnsent(list, outbox);
    askOnce(asking, outbox);
  };
  let made: Uploads | undefined;
  const uploads = async () => {
    const { Uploads } = await later();
    const { pictures = `${form.action}/pictures`, pictureBytes } = form.dataset;
    made ??= new Uploads(pictures, Number(pictureBytes) || limits.pictureBytesMax);
    return made;
  };
  let strip: PictureStrip | undefined;
  const takePictures = async (room: string) => {
    // It comes late: nobody waits for it to read and write.
    const { hearPictures, PictureStrip } = await later();
    const ways = await uploads();
    const own = new PictureStrip(form, box, room, ways);
    strip = own;
    hearPictures(form, (files) => {
      void own.add(files);
      if (!matchMedia("(pointer: coarse)").matches) box.focus();
    });
  };
  const outbox: Outbox = new Outbox({
    roomId,
    changed: () => show(),
    stored: (clientId, id) => markStored(list, clientId, id),
    ...fromHere(uploads),
    refused: ({ message }) => box.value.trim() || modes.isEditing || setText(box, message),
  });
  const modes = new Modes(form, box, list);
  const say = () => {
    // Always what stands there now: an input method may have changed it since the last event.
    const message = box.value.trim();
    if (lengthOf(message) > limits.messageMax) return;
    if (modes.isEditing) return void modes.save(message);
    if (!message && (strip?.isEmpty ?? true)) return;
    const pictures = strip ? strip.take() : [];
    if (!pictures) return;
    setText(box, "");
    outbox.add(message, modes.replyTo, pictures);
    modes.leave();
    if (!isConnected()) hurry();
    list.dispatchEvent(new Event("birdie:said"));
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    say();
    box.focus();
  });
  // Pressing the button must not take the focus, or a telephone puts its keyboard away.
  form.querySelector("[type=submit]")?.addEventListener("pointerdown", (event) => event.preventDefault());
  keepEnter({ box, send: say });
  void takePictures(roomId);
  void forgetOldFiles();
  keepSize(box);
  countLetters(box, form, limits.messageMax);
  tellTyping(box, form.dataset["typing"] ?? "");
  takeLetters(box);
  for (const name of ["stomp:connected", "stomp:disconnected"]) document.addEventListener(name, () => outbox.flush());
  onUnsent(show);
  outbox.flush();
  onPage(show);
}

function articleOf(list: Element, clientId: string): HTMLElement | null {
  return list.querySelector(`[data-client-id="${CSS.escape(clientId)}"]`);
}

function showUnsent(list: HTMLElement, outbox: Outbox): void {
  const unsent = outbox.unsent;
  for (const old of list.querySelectorAll<HTMLElement>("[data-state]")) {
    if (unsent.some(({ clientId }) => clientId === old.dataset["clientId"])) continue;
    // Another tab has sent it, which this one hears of with its connection.
    if (isConnected()) old.remove();
  }
  for (const item of unsent) {
    const article = articleOf(list, item.clientId) ?? list.appendChild(makeArticle(item));
    // Already there as the server has it: the receipt was lost, the message was not.
    if (article.dataset["messageId"]) outbox.remove(item.clientId);
    else showState(article, item, outbox);
  }
}

function showState(article: HTMLElement, { clientId, message, saidAtMs, refusal }: Unsent, outbox: Outbox): void {
  const ageMs = Date.now() - saidAtMs;
  const isBringing = outbox.isBringing(clientId);
  // What goes out again after an outage has not failed, however long ago it was said.
  const isFailed = refusal !== undefined || (ageMs >= answerMs && !outbox.isSending(clientId));
  article.dataset["state"] = isFailed ? "failed" : "pending";
  const waiting = isBringing ? words.sendingPictures : isConnected() ? words.sending : words.waiting;
  // After too long it is asked for first.
  const offline = words.notYet + (ageMs < staleMs ? words.byItself : "");
  const failed = refusal ?? (isConnected() ? words.late : offline);
  const said = isFailed ? failed : ageMs >= patienceMs ? waiting : "";
  const state = article.querySelector(".state") ?? article.appendChild(make("p", "state"));
  if (state.firstChild?.textContent === said) return;
  // Only a fault is read out.
  state.replaceChildren(make("span", "", said, isFailed ? { role: "alert" } : {}));
  if (!isFailed) return;
  const ways = make("span", "state-ways");
  ways.append(
    makeButton("retry", words.retry, () => {
      again(message);
      outbox.retry(clientId);
      hurry();
    }),
    makeButton("discard", words.discard, () => {
      article.remove();
      outbox.remove(clientId);
    }),
  );
  state.append(ways);
}

/** What was refused was given back to the box. Tried again, it is not there to be said a second time. */
function again(message: string): void {
  const box = document.querySelector<HTMLTextAreaElement>("#composer textarea");
  if (box && message && box.value.trim() === message) setText(box, "");
}

function markStored(list: Element, clientId: string, id?: number): void {
  const article = articleOf(list, clientId);
  if (!article?.dataset["state"]) return;
  delete article.dataset["state"];
  article.querySelector(".state")?.remove();
  if (!id) return;
  article.id = `message-${id}`;
  article.dataset["messageId"] = String(id);
}

/** As the page would show it; the server's own fragment takes its place. */
function makeArticle({ clientId, message, saidAtMs, pictures = [] }: Unsent): HTMLElement {
  const article = make("article", "message");
  article.dataset["author"] = me;
  article.dataset["clientId"] = clientId;
  article.dataset["state"] = "pending";
  article.setAttribute("data-own", "");
  const bubble = make("div", "bubble");
  if (message) bubble.append(make("div", isFewEmoji(message) ? "body emoji" : "body", message, { dir: "auto" }));
  const meta = make("span", "message-meta");
  const atMs = atServer(saidAtMs);
  const time = make("time", "", clockTime(reader(), atMs), { datetime: new Date(atMs).toISOString() });
  meta.append(time);
  article.append(bubble, ...(pictures.length > 0 ? [previews(pictures)] : []), meta);
  return article;
}

/** What has waited for long may no longer be meant. */
function askOnce(asking: HTMLElement, outbox: Outbox): void {
  const { stale } = outbox;
  asking.hidden = stale.length === 0;
  if (asking.hidden) return;
  asking.replaceChildren(
    make("span", "", words.unsent(stale.length)),
    makeButton("", words.sendAll, () => {
      for (const { clientId } of stale) outbox.retry(clientId);
    }),
    makeButton("", words.discardAll, () => {
      for (const { clientId } of stale) {
        document.querySelector(`#messages > [data-client-id="${CSS.escape(clientId)}"]`)?.remove();
        outbox.remove(clientId);
      }
    }),
  );
}

/** Grows with the text to eight lines, where the style does not do so by itself. */
function keepSize(box: HTMLTextAreaElement): void {
  const size = () => {
    const style = getComputedStyle(box);
    if (style.getPropertyValue("field-sizing") === "content") return;
    const linePx = Number.parseFloat(style.lineHeight) || 24;
    box.style.height = "auto";
    const framePx = box.offsetHeight - box.clientHeight;
    box.style.height = `${Math.min(box.scrollHeight, linePx * rowsMax + framePx) + framePx}px`;
  };
  box.addEventListener("input", size);
  size();
}

function tellTyping(box: HTMLTextAreaElement, destination: string): void {
  let toldAtMs = 0;
  box.addEventListener("input", () => {
    if (!box.value.trim() || Date.now() - toldAtMs < typingMs) return;
    toldAtMs = Date.now();
    whisper(destination);
  });
}

/** On a desk, what is typed anywhere on the page is meant for the box. */
function takeLetters(box: HTMLTextAreaElement): void {
  if (matchMedia("(pointer: coarse)").matches) return;
  if (!location.hash) box.focus({ preventScroll: true });
  document.addEventListener("keydown", ({ key, keyCode, ctrlKey, metaKey, altKey, target }) => {
    const isLetter = (key.length === 1 && !" ?".includes(key)) || keyCode === 229;
    // Also after a press on a message or on a button, which keeps the focus.
    const isElsewhere = target instanceof Element && !target.closest("input,textarea,select,dialog");
    if (isLetter && !ctrlKey && !metaKey && !altKey && isElsewhere) box.focus();
  });
}
