import { newestIn } from "./conversation.ts";
import { isBlocked, isConnected } from "./hx-stomp.ts";
import { isLookedAt, postOr } from "./page.ts";
import type { Place } from "./place.ts";

const presentMs = 1_000;
/** Well under the second that the server waits before it tells the person's other tabs of an unread message. */
const promptMs = 200;
const checkMs = 1_000;

/**
 * Moves the read cursor only for a reader who is there: the page in front, focused, connected, its end in sight. By
 * ACK for what came by the socket, by a post for what was on the page.
 */
export class Reading {
  readonly #list: HTMLElement;
  readonly #place: Place;
  #ack: (() => void) | undefined;
  #readUpTo = 0;
  /** What was read last was said by ACK, to which there is no answer. */
  #isByAck = false;
  #isPresent = false;
  #isSettled = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(list: HTMLElement, place: Place) {
    this.#list = list;
    this.#place = place;
    const check = () => this.check();
    for (const name of ["focus", "blur", "pageshow"]) addEventListener(name, check);
    for (const name of ["visibilitychange", "stomp:connected"]) document.addEventListener(name, check);
    document.addEventListener("stomp:disconnected", () => {
      this.#ack = undefined;
      // It may have been lost with the socket. What was posted is answered, whatever becomes of sockets.
      if (this.#isByAck) this.#readUpTo = 0;
      this.check();
    });
    setInterval(check, checkMs);
    this.check();
  }

  /** A message is on the page that the server waits for. */
  arrived(ack: () => void): void {
    this.#ack = ack;
    this.check();
  }

  check(): void {
    const isPresent = !isHeld() && isLookedAt() && this.#place.isAtEnd && (isConnected() || isBlocked());
    if (!isPresent) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#isSettled = false;
    } else if (!this.#isPresent) this.#plan(presentMs);
    else if (this.#isSettled) this.#plan(promptMs);
    this.#isPresent = isPresent;
  }

  #plan(delayMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#isSettled = true;
      this.#read();
    }, delayMs);
  }

  #read(): void {
    const upTo = newestIn(this.#list);
    if (upTo <= this.#readUpTo) return;
    this.#readUpTo = upTo;
    this.#isByAck = this.#ack !== undefined;
    if (this.#ack) this.#ack();
    else void postOr(() => this.#sayAgain(), `${location.pathname}/read`, { upTo: String(upTo) });
    this.#ack = undefined;
  }

  /** It is not known whether the server has heard what was read. */
  #sayAgain(): void {
    this.#readUpTo = 0;
    this.check();
  }
}

/** Marked unread, and said to be so: nothing is read any more, until the room is entered again or something said in it. */
const isHeld = () => document.querySelector("#held:not(:empty)") !== null;
