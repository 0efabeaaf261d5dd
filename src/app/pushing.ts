import { noticeOf } from "../../views/notices.ts";
import { readVapidKey } from "../data-folder.ts";
import type { Database } from "../database/open.ts";
import { createPushClient } from "../push/client.ts";
import { arePushKeys } from "../push/encrypt.ts";
import { type EndpointRules, readEndpoint } from "../push/endpoint.ts";
import { createVapid } from "../push/vapid.ts";
import { createPushes } from "../service/pushes.ts";

/** How long something stays unread before devices are pushed to. */
const GRACE_MS = 10_000;

/** For tests: a push service on loopback, and no patience. */
export interface PushingTrial {
  readonly graceMs?: number;
  /** In place of a timer; see PushesOptions. */
  readonly afterGrace?: (run: () => void) => () => void;
  readonly allowsLoopback?: boolean;
}

interface PushingOptions extends PushingTrial {
  /** The data folder. */
  readonly data: string;
  readonly database: Database;
  readonly baseUrl: () => string;
  readonly nowMs: () => number;
  /** Whether somebody looks at a page of ours. */
  readonly isHere: (userId: string) => boolean;
  readonly report: (error: unknown) => void;
}

/** Web Push, wired: the key push services know us by, and the acts around it. */
export async function createPushing(options: PushingOptions) {
  const { data, database, baseUrl, nowMs, isHere, report } = options;
  const vapid = await createVapid({
    jwk: await readVapidKey(data),
    // Push services want to know whom to write to; what is not https is no address for them.
    subject: () => (baseUrl().startsWith("https:") ? baseUrl() : "mailto:birdie@localhost"),
    nowMs,
  });
  const endpointRules: EndpointRules = {
    get ownHost() {
      return URL.canParse(baseUrl()) ? new URL(baseUrl()).hostname : "";
    },
    allowsLoopback: options.allowsLoopback ?? false,
    resolve: async (host) => (await Bun.dns.lookup(host)).map(({ address }) => address),
  };
  const pushes = createPushes({
    database,
    nowMs,
    afterGrace: options.afterGrace ?? afterMs(options.graceMs ?? GRACE_MS),
    isHere,
    noticeOf,
    arePushKeys,
    readEndpoint: (text) => readEndpoint(text, endpointRules).href,
    send: createPushClient({ rules: endpointRules, authorize: vapid.authorize, wait: Bun.sleep }).send,
    report,
  });
  return { vapid, pushes };
}

const afterMs = (ms: number) => (run: () => void) => {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
};
