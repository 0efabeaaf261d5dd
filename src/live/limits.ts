/** Every limit of the socket, by the name of its setting where it has one: the labels of its counter. A closed list. */
export const LIMITS = [
  "frame-bytes",
  "body-bytes",
  "frame-headers",
  "header-bytes",
  "command",
  "connect-timeout-ms",
  "heartbeat-ms",
  "frame-timeout",
  "outgoing-bytes",
  "resume-messages",
  "sockets-per-person",
  "sockets-per-address",
  "subscriptions-per-socket",
  "transactions-per-socket",
  "transaction-bytes",
  "pending-frames",
  "sends-per-s",
  "searches-per-min",
  "sign-ins-per-min",
] as const;

export type LimitName = (typeof LIMITS)[number];

/** Hears of every limit that was reached. */
export type OnLimit = (limit: LimitName) => void;

export function readLimitName(text: string | undefined): LimitName | undefined {
  return LIMITS.find((limit) => limit === text);
}
