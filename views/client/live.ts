import { watchAlarms } from "./alarms.ts";
import { startComposer } from "./composer.ts";
import { watchConnection } from "./connection.ts";
import { keepDrafts } from "./drafts.ts";
import { registerStomp } from "./hx-stomp.ts";
import { markOwn } from "./own.ts";
import { watchRoom } from "./room.ts";
import { keepTitle } from "./title.ts";

/** All that only a signed-in person's page does. It comes after the small script that every page gets. */
export function startLive(): void {
  registerStomp();
  watchConnection();
  keepTitle();
  markOwn();
  keepDrafts();
  watchRoom();
  startComposer();
  watchAlarms();
}
