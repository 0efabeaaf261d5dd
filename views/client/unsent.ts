import { limits } from "../limits.ts";
import { isBlocked, isConnected } from "./hx-stomp.ts";
import { answerMs, Outbox, onUnsent, roomsWithUnsent, type Unsent } from "./outbox.ts";
import { make, me, onPage } from "./page.ts";
import { later } from "./rest.ts";
import { roomId } from "./room.ts";
import { keep, recall } from "./storage.ts";
import { fromHere } from "./waiting-pictures.ts";
import { words } from "./words.ts";

const sweepMs = 5_000;
const outboxes = new Map<string, Outbox>();

/**
 * What was said in a room that is not open any more goes out from whatever page is: in order, from one tab at a time. The
 * list of rooms says where something could not be sent.
 */
export function sendElsewhere(): void {
  onPage(markRooms);
  onUnsent(markRooms);
  document.addEventListener("stomp:connected", sweep);
  setInterval(sweep, sweepMs);
  sweep();
}

function sweep(): void {
  markRooms();
  if (!isConnected() && !isBlocked()) return;
  // The open room sends its own.
  const waiting = [...roomsWithUnsent()].filter((id) => id !== roomId).map(outboxOf);
  if (waiting.length === 0) return;
  const send = async () => {
    for (const outbox of waiting) outbox.flush();
    for (const outbox of waiting) await outbox.settled();
  };
  // Without locks (plain http) two tabs may send the same: it is stored once.
  if (!("locks" in navigator)) void send();
  else void navigator.locks.request(`birdie:outbox:${me}`, { ifAvailable: true }, (lock) => lock && send());
}

function outboxOf(id: string): Outbox {
  const known = outboxes.get(id);
  if (known) return known;
  const outbox = new Outbox({
    roomId: id,
    changed: markRooms,
    stored: () => {},
    refused: (unsent) => draft(id, unsent),
    ...fromHere(async () => {
      const { Uploads } = await later();
      return new Uploads(`/messages/${id}/pictures`, limits.pictureBytesMax);
    }),
  });
  outboxes.set(id, outbox);
  return outbox;
}

/** What was refused is there to be said otherwise, unless something else is being written already. */
function draft(id: string, { message }: Unsent): void {
  const name = `draft:room-${id}`;
  if (!recall(name)) keep(name, message);
}

/** A room that is not there (any more), as after being sent away: what was written in it would be nowhere else. */
function keepLeftOver(): void {
  if (!roomId || document.getElementById("messages")) return;
  const outbox = outboxOf(roomId);
  void later().then(({ showLeftOver }) => showLeftOver(`draft:room-${roomId}`, outbox));
}

function markRooms(): void {
  keepLeftOver();
  const late = new Set([...roomsWithUnsent()].filter((id) => outboxOf(id).unsent.some(isLate)));
  for (const row of document.querySelectorAll<HTMLElement>("#rooms > [data-room-id]")) {
    const last = row.querySelector(".last-message");
    const mark = row.querySelector(".not-sent");
    if (!late.has(row.dataset["roomId"] ?? "")) mark?.remove();
    else if (!mark) last?.prepend(make("span", "not-sent", words.notSent));
  }
}

const isLate = ({ refusal, saidAtMs }: Unsent) => refusal !== undefined || Date.now() - saidAtMs > answerMs;
