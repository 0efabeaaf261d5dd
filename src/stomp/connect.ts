import { StompError } from "./errors.ts";
import { trimStart } from "./escapes.ts";
import { type Frame, headerOf, type Version } from "./frame.ts";

/** What both sides agreed to send; 0 means none. */
export interface Heartbeat {
  /** We send something at least this often. */
  readonly sendEveryMs: number;
  /** The client promised to. */
  readonly expectEveryMs: number;
}

export const NO_HEARTBEAT: Heartbeat = { sendEveryMs: 0, expectEveryMs: 0 };

/** The code of a CONNECT that names no version of ours. */
export const BAD_VERSION = "bad_version";

/** As ERROR lists them in `version` where none fits. */
export const VERSIONS = "1.0,1.1,1.2";

const PREFERRED: readonly Version[] = ["1.2", "1.1", "1.0"];

/** The most a timer takes. */
const INTERVAL_MS_MAX = 2 ** 31 - 1;

/**
 * The highest version that `accept-version` names: a set, in any order, with blanks around the names. Without the header
 * the client speaks 1.0.
 * @throws StompError `bad_version` (STOMP 1.2 "Protocol Negotiation")
 */
export function negotiateVersion(frame: Frame): Version {
  const accepted = headerOf(frame, "accept-version");
  if (accepted === undefined) return "1.0";
  const names = accepted.split(",").map((name) => name.trim());
  const version = PREFERRED.find((one) => names.includes(one));
  if (version !== undefined) return version;
  throw new StompError("Supported protocol versions are 1.0, 1.1 and 1.2", {
    code: BAD_VERSION,
    heading: "Protocol Negotiation",
  });
}

/**
 * Each direction beats at the slower of what one side can do and the other wants, and not at all where either says 0.
 * 1.0 has none.
 * @throws StompError `bad_heart_beat`: anything but two numbers (STOMP 1.2 "Heart-beating")
 */
export function negotiateHeartbeat(frame: Frame, version: Version, ownMs: number): Heartbeat {
  const offered = headerOf(frame, "heart-beat");
  if (version === "1.0" || offered === undefined) return NO_HEARTBEAT;
  const [, sends, wants] = /^([0-9]+),([0-9]+)$/.exec(offered) ?? [];
  if (sends === undefined || wants === undefined) {
    throw new StompError("heart-beat is not two numbers of milliseconds", {
      code: "bad_heart_beat",
      heading: "Heart-beating",
    });
  }
  const sendEveryMs = slower(ownMs, Number(wants));
  const expectEveryMs = slower(ownMs, Number(sends));
  return sendEveryMs === 0 && expectEveryMs === 0 ? NO_HEARTBEAT : { sendEveryMs, expectEveryMs };
}

/** A CONNECT of 1.0 with its padding off: it was read before the version was known. */
export function withoutPadding(frame: Frame): Frame {
  return { ...frame, headers: frame.headers.map(([name, value]) => [name, trimStart(value)] as const) };
}

function slower(oneMs: number, otherMs: number): number {
  return oneMs === 0 || otherMs === 0 ? 0 : Math.min(INTERVAL_MS_MAX, Math.max(oneMs, otherMs));
}
