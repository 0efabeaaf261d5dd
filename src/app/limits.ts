import type { Config } from "../config.ts";
import { ratePer } from "../domain/rate.ts";

/** Browsers run the timers of hidden tabs once a minute: a good client may be silent for that long. */
const SILENCE_MS = 75_000;

/** Who may make an account. */
export function signupOf({ signup }: Config): "open" | "invite" | "closed" {
  return signup === "closed" || signup === "invite" ? signup : "open";
}

/** Over HTTP as many in the long run as over the socket, but more at once: programs bring in what they have in one go. */
export function rateOfActs(config: Config) {
  const perS = config["sends-per-s"];
  return { burst: perS === 0 ? 0 : config["sends-burst"] * 15, perMs: perS / 1_000 };
}

/** A search reads more than any other page. */
export const rateOfSearches = (config: Config) => ratePer(config["searches-per-min"], 60_000);

/** The limits of sockets and of the sessions on them. */
export function socketLimits(config: Config) {
  return {
    session: {
      frame: {
        frameBytes: config["frame-bytes"],
        bodyBytes: config["body-bytes"],
        headers: config["frame-headers"],
        headerBytes: config["header-bytes"],
      },
      subscriptions: config["subscriptions-per-socket"],
      transactions: config["transactions-per-socket"],
      heartbeatMs: config["heartbeat-ms"],
      pendingFrames: 1_024,
      pendingBytes: 1_048_576,
      transactionFrames: 256,
      transactionBytes: 1_048_576,
    },
    connectTimeoutMs: config["connect-timeout-ms"],
    heartbeatMs: config["heartbeat-ms"],
    silenceMs: SILENCE_MS,
    outgoingBytes: config["outgoing-bytes"],
    socketsPerAddress: config["sockets-per-address"],
  };
}

/** What the one door lets one person do. */
export function doorLimits(config: Config) {
  return {
    socketsPerPerson: config["sockets-per-person"],
    bodyBytes: config["body-bytes"],
    frameBytes: config["frame-bytes"],
    sendsPerS: config["sends-per-s"],
    sendsBurst: config["sends-burst"],
    resumeMessages: config["resume-messages"],
    resumeBytes: config["outgoing-bytes"],
  };
}
