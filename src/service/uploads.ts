import { BirdieError } from "../domain/errors.ts";

export interface UploadLimits {
  /** Of one file, in octets. */
  readonly bytes: number;
  /** How long the files of one form may take to come in. Default: five minutes. */
  readonly receiveMs?: number;
  /** In each such while 32 KiB have to come, or the end. Default: 15 seconds. */
  readonly paceMs?: number;
}

/** One upload while it comes in. */
export interface Coming {
  /** Aborted where it took too long, or came too slowly. */
  readonly isOver: AbortSignal;
  /** So many octets more are here. @throws BirdieError `unavailable` beyond the share of this person */
  count(bytes: number): void;
}

/** Of one person: their pages send one after the other, so that more come from a program that does not wait. */
const UPLOADS_PER_PERSON = 4;
export const UPLOADS = 256;
/** Of all that is here at once, in octets: each is in memory some three times over before it is a picture. */
const HERE_BYTES_MAX = 100_663_296;
/** The same where files may be larger: one person alone then has room for a form of four, and its texts. */
const HERE_FILES_MAX = 10;
/** As much as a form without files may be, which takes no room from anybody. */
const FREE_BYTES = 262_144;
/** Four of the largest pictures by an uplink of a megabit and a little. */
const RECEIVE_MS = 300_000;
const PACE_MS = 15_000;
const PACE_BYTES = 32_768;

/**
 * What comes in, bounded for one person and for all by the octets that are here, whatever was announced. One person may
 * hold as much as is still free: half of all alone, less the more others hold, and never all of it.
 */
export function createUploads(limits: UploadLimits) {
  const hereMax = Math.max(HERE_BYTES_MAX, HERE_FILES_MAX * limits.bytes);
  const people = new Map<string, { count: number; bytes: number }>();
  let count = 0;
  let hereBytes = 0;

  return {
    /**
     * While an upload of somebody comes in and is read.
     * @throws BirdieError `too_many` beyond four of one person, `unavailable` beyond 256 of all
     */
    async receive<T>(userId: string, work: (coming: Coming) => Promise<T>): Promise<T> {
      const own = people.get(userId) ?? { count: 0, bytes: 0 };
      if (own.count >= UPLOADS_PER_PERSON) throw new BirdieError("too_many", TOO_MANY, { retryAfterS: 1 });
      if (count >= UPLOADS) throw new BirdieError("unavailable", TOO_MANY, { retryAfterS: 5 });
      people.set(userId, own);
      own.count++;
      count++;
      const over = new AbortController();
      let [cameBytes, paidBytes, beforeBytes] = [0, 0, 0];
      const timer = setTimeout(() => over.abort(), limits.receiveMs ?? RECEIVE_MS);
      const pace = setInterval(() => {
        if (cameBytes - beforeBytes < PACE_BYTES) over.abort();
        beforeBytes = cameBytes;
      }, limits.paceMs ?? PACE_MS);
      try {
        return await work({
          isOver: over.signal,
          count(bytes) {
            cameBytes += bytes;
            const more = Math.max(0, cameBytes - FREE_BYTES) - paidBytes;
            if (more === 0) return;
            if (own.bytes + more > hereMax - hereBytes - more) {
              throw new BirdieError("unavailable", TOO_MANY, { retryAfterS: 5 });
            }
            paidBytes += more;
            own.bytes += more;
            hereBytes += more;
          },
        });
      } finally {
        clearTimeout(timer);
        clearInterval(pace);
        count--;
        hereBytes -= paidBytes;
        own.bytes -= paidBytes;
        if (--own.count === 0) people.delete(userId);
      }
    },
  };
}

const TOO_MANY = "too many uploads at once";
