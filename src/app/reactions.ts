import type { Announcement } from "../database/open.ts";
import type { Event } from "../domain/event.ts";
import { type Announcer, inSteps } from "../live/announcer.tsx";
import { GOODBYE } from "../live/goodbyes.ts";
import type { Grace } from "../live/grace.ts";
import type { Presence } from "../live/presence.ts";
import type { Sessions } from "../live/sessions.ts";
import type { Log } from "../log.ts";
import type { Alarms } from "../service/alarms.ts";
import type { Pictures } from "../service/pictures.ts";
import type { Pushes } from "../service/pushes.ts";
import type { Rooms } from "../service/rooms.ts";

interface ReactionsOptions {
  readonly announcer: Announcer;
  readonly alarms: Alarms;
  readonly rooms: Rooms;
  readonly pushes: Pushes;
  readonly pictures: Pick<Pictures, "removeDropped">;
  readonly indexer: { readonly wake: () => void };
  readonly sessions: Sessions;
  readonly presence: Presence;
  readonly grace: Grace;
  /** Throws somebody out of the topic of a room. */
  readonly evict: (userId: string, roomId: number) => void;
  /** See createSubscribing. */
  readonly settingsChanged: (userId: string) => Promise<void>;
  readonly membersChanged: (roomId: number) => Promise<void>;
  readonly isStopping: () => boolean;
  readonly log: Log;
}

/** Whatever they were about, pictures may have gone with it. */
const DROPPING: ReadonlySet<Event["type"]> = new Set([
  "message-deleted",
  "member-left",
  "post-deleted",
  "post-edited",
  "comment-edited",
  "comment-deleted",
]);

/** What follows from an event once it is on disk: it is told, and whoever must act on it hears of it. */
export function createReactions(options: ReactionsOptions) {
  const { announcer, alarms, rooms, pushes, pictures, indexer, sessions, presence, grace, evict, isStopping, log } =
    options;

  function announce(announcements: readonly Announcement[]): void {
    for (const announcement of inSteps(announcements)) {
      try {
        announcer.say(announcement);
        react(announcement);
      } catch (error) {
        log.error("an event could not be told", { type: announcement.event.type, error });
      }
    }
    indexer.wake();
  }

  /** What follows from an event besides telling it. */
  function react({ event }: Announcement): void {
    pushes.hear(event);
    if (event.type === "sign-in-ended") {
      const goodbye =
        event.why === "banned"
          ? { message: "This account is banned", code: "banned", closeCode: GOODBYE.banned }
          : { message: "The sign-in has ended", code: "sign_in_ended", closeCode: GOODBYE.signInEnded };
      sessions.endSignIn(event.userId, event.signInId, goodbye);
    }
    if (event.type === "room-changed" && event.roomUnreadCount === 0) grace.seen(event.receiver, event.roomId);
    // Accepted: from now on who is there is seen there.
    if (event.type === "room-requested" && event.roomId && !event.room) tellPresence(event.roomId);
    if (event.type === "people-blocked" && event.parted) part(event.receiver, event.parted);
    if (event.type === "room-members" && event.joined.length > 0) {
      options.membersChanged(event.roomId).catch((error) => log.error("who joined could not be told apart", { error }));
    }
    // The last who leaves takes the room along, and all that was said in it.
    if (DROPPING.has(event.type)) void pictures.removeDropped();
    if (event.type === "member-left") evict(event.userId, event.roomId);
    if (event.type === "room-changed" && event.isReading && event.counts.unreadAlarmCount > 0) {
      const { receiver, roomId } = event;
      alarms.readOfRoom(receiver, roomId).catch((error) => log.error("a mention could not be marked read", { error }));
    }
    if (event.type === "message-said") {
      const { message } = event;
      for (const userId of presence.ackersIn(message.roomId)) {
        if (userId !== message.author.userId) grace.add(userId, message);
      }
    }
  }

  /** From now on the two hear nothing of each other, or do again. */
  function part(userId: string, { from, roomIds }: { readonly from: string; readonly roomIds: readonly number[] }) {
    Promise.all([userId, from].map(options.settingsChanged))
      .then(() => roomIds.forEach(tellPresence))
      .catch((error) => log.error("a block did not reach its sockets", { error }));
  }

  /** Presence is told once per room and loop turn, as a state. */
  const changedRooms = new Set<number>();
  function tellPresence(roomId: number): void {
    if (changedRooms.size === 0) setImmediate(tellChangedRooms);
    changedRooms.add(roomId);
  }
  function tellChangedRooms(): void {
    for (const roomId of changedRooms) {
      tellWhoIsIn(roomId).catch((error) => log.error("presence could not be told", { error }));
    }
    changedRooms.clear();
  }
  async function tellWhoIsIn(roomId: number): Promise<void> {
    if (isStopping()) return;
    const event = { type: "presence", roomId, present: await rooms.whoIsIn(roomId) } as const;
    announcer.say({ event, position: undefined });
    await rooms.releaseAbsent(roomId);
  }

  return { announce, tellPresence };
}
