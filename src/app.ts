import { join, resolve } from "node:path";
import type { Server } from "bun";
import { noticeOf } from "../views/notices.ts";
import { paths } from "../views/paths.ts";
import { createPasswords } from "./auth/passwords.ts";
import { createTokens } from "./auth/tokens.ts";
import type { Config } from "./config.ts";
import { prepareData, readVapidKey } from "./data-folder.ts";
import { lockFolder } from "./database/instance-lock.ts";
import { type Announcement, openDatabase } from "./database/open.ts";
import { meta } from "./database/tables.ts";
import { createAnnouncer } from "./live/announcer.tsx";
import { queueOf } from "./live/destinations.ts";
import { GOODBYE } from "./live/goodbyes.ts";
import { Grace } from "./live/grace.ts";
import { createHandler } from "./live/handler.ts";
import { Hub } from "./live/hub.ts";
import { LIMITS, type OnLimit } from "./live/limits.ts";
import { originOf } from "./live/origin.ts";
import { Presence } from "./live/presence.ts";
import { Sessions } from "./live/sessions.ts";
import { createSockets, type Socket } from "./live/socket.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { createPushClient } from "./push/client.ts";
import { arePushKeys } from "./push/encrypt.ts";
import { type EndpointRules, readEndpoint } from "./push/endpoint.ts";
import { createVapid } from "./push/vapid.ts";
import { createAccounts } from "./service/accounts.ts";
import { createAlarms } from "./service/alarms.ts";
import { createBlocks } from "./service/blocks.ts";
import { createChoices } from "./service/choices.ts";
import { standingOf } from "./service/counts.ts";
import { createMembers } from "./service/members.ts";
import { createPosts } from "./service/posts.ts";
import { createPushes } from "./service/pushes.ts";
import { createRooms } from "./service/rooms.ts";
import { createIndexer } from "./service/search/indexer.ts";
import { createSearch } from "./service/search.ts";
import { createSelfTest } from "./service/self-test.ts";
import { createVisits } from "./service/visits.ts";
import { accountRoutes } from "./web/accounts.tsx";
import { alarmRoutes } from "./web/alarms.tsx";
import { createWeb } from "./web/app.tsx";
import { createAssets } from "./web/assets.ts";
import { blockRoutes } from "./web/blocks.tsx";
import { loadClient } from "./web/bundle.ts";
import { choiceRoutes } from "./web/choices.tsx";
import { docRoutes } from "./web/docs.ts";
import { createPeers } from "./web/peers.ts";
import { postRoutes } from "./web/posts.tsx";
import { signInCookies } from "./web/principal.ts";
import { pushRoutes } from "./web/pushes.tsx";
import { roomRoutes } from "./web/rooms.tsx";
import { searchRoutes } from "./web/search.tsx";
import { visitRoutes } from "./web/visits.tsx";

/** How long an ACK may take before a person's other tabs hear of an unread message. */
const GRACE_MS = 1_000;
/** Browsers run the timers of hidden tabs once a minute: a good client may be silent for that long. */
const SILENCE_MS = 75_000;
/** How long something stays unread before devices are pushed to. */
const PUSH_GRACE_MS = 10_000;
const LIMITS_REACHED = "birdie_limits_reached";
const SOCKETS_CLOSED = "birdie_sockets_closed";

export interface AppOptions {
  readonly config: Config;
  /** The folder that holds `migrations/` (and, in the binary, `public/`). */
  readonly root: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly log: Log;
  /** For tests: a push service on loopback, and no patience. */
  readonly push?: { readonly graceMs?: number; readonly allowsLoopback?: boolean };
}

export type App = Awaited<ReturnType<typeof createApp>>;

/** The whole of Birdie, wired in one straight line. Nothing listens yet: hand `fetch` and `websocket` to Bun.serve. */
export async function createApp({ config, root, version, nowMs, log, push = {} }: AppOptions) {
  const data = resolve(config.data);
  const addressOf = createPeers(config["trusted-proxies"], () =>
    log.warn("a proxy names its clients, but is not trusted: to Birdie all of them are one; see --trusted-proxies"),
  );
  const secret = prepareData(data);
  const unlockFolder = await lockFolder(data);
  let baseUrl = config["base-url"];
  let isStopping = false;

  const metrics = new Metrics();
  metrics.counter(
    LIMITS_REACHED,
    "Refusals by the limit that was reached",
    LIMITS.map((limit) => `limit="${limit}"`),
  );
  metrics.counter(
    SOCKETS_CLOSED,
    "Closed sockets by goodbye",
    Object.values(GOODBYE).map((code) => `code="${code}"`),
  );
  const hub = new Hub((topic, frame) => sockets.publish(topic, frame));
  const sessions = new Sessions();
  const onLimit: OnLimit = (limit) => metrics.count(LIMITS_REACHED, `limit="${limit}"`);
  const presence = new Presence(tellPresence);

  const database = await openDatabase({
    url: config["database-url"] || `file:${join(data, "birdie.db")}`,
    ...(config["database-auth-token"] ? { authToken: config["database-auth-token"] } : {}),
    root,
    announce,
  });
  const announcer = createAnnouncer({ hub, nowMs, formatPosition: database.formatPosition });
  const tokens = createTokens({
    secret,
    accessTokenS: config["access-token-s"],
    refreshTokenS: config["refresh-token-s"],
    nowMs,
  });
  const setupKey = crypto.randomUUID();
  const accounts = createAccounts({
    database,
    tokens,
    passwords: createPasswords(),
    nowMs,
    signup: config.signup === "closed" || config.signup === "invite" ? config.signup : "open",
    setupKey,
    signInsPerMin: config["sign-ins-per-min"],
    signInsPerMinAddress: config["sign-ins-per-min-address"],
    signUpsPerHour: config["sign-ups-per-hour"],
  });
  const indexer = createIndexer(database, (error) => log.error("the search index could not follow", { error }));
  indexer.wake();
  const posts = createPosts({ database, nowMs });
  const alarms = createAlarms({ database, nowMs });
  const choices = createChoices({
    database,
    nowMs,
    privacyChanged(userId) {
      handler.settingsChanged(userId).catch((error) => log.error("a setting did not reach its sockets", { error }));
    },
  });
  const rooms = createRooms({
    database,
    nowMs,
    surroundings: {
      mannerOf: (roomId, userId) => presence.mannerOf(roomId, userId),
      isListening: (userId) => hub.isListening(queueOf(userId)),
    },
    presentIn: (roomId) => presence.presentIn(roomId),
  });
  const blocks = createBlocks({ database, nowMs, forgetRoom: rooms.forget });
  const grace = new Grace(GRACE_MS, (userId, message) => {
    rooms.tellIfUnread(userId, message).catch((error) => log.error("could not tell of an unread message", { error }));
  });

  const vapid = await createVapid({
    jwk: await readVapidKey(data),
    // Push services want to know whom to write to; what is not https is no address for them.
    subject: () => (baseUrl.startsWith("https:") ? baseUrl : "mailto:birdie@localhost"),
    nowMs,
  });
  const endpointRules: EndpointRules = {
    get ownHost() {
      return URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
    },
    allowsLoopback: push.allowsLoopback ?? false,
    resolve: async (host) => (await Bun.dns.lookup(host)).map(({ address }) => address),
  };
  const pushes = createPushes({
    database,
    nowMs,
    graceMs: push.graceMs ?? PUSH_GRACE_MS,
    isHere: (userId) => sessions.of(userId).some((session) => !originOf(session).isAway),
    noticeOf,
    arePushKeys,
    readEndpoint: (text) => readEndpoint(text, endpointRules).href,
    send: createPushClient({ rules: endpointRules, authorize: vapid.authorize, wait: Bun.sleep }).send,
    report: (error) => log.error("a push could not be sent", { error }),
  });
  const selfTest = createSelfTest({ database, nowMs });
  await selfTest.sweep();

  const handler = createHandler({
    accounts,
    rooms,
    posts,
    alarms,
    hub,
    presence,
    sessions,
    announcer,
    nowMs,
    limits: {
      socketsPerPerson: config["sockets-per-person"],
      bodyBytes: config["body-bytes"],
      sendsPerS: config["sends-per-s"],
      sendsBurst: config["sends-burst"],
      resumeMessages: config["resume-messages"],
      resumeBytes: config["outgoing-bytes"],
    },
    readPosition: database.readPosition,
    between: database.between,
    version,
    onLimit,
    report: (error) => log.error("a frame could not be served", { error }),
  });
  const sockets = createSockets({
    handler,
    limits: socketLimits(config),
    origin: () => new URL(baseUrl).origin,
    hasCookies: (request) => Object.keys(signInCookies(request.headers, baseUrl)).length > 0,
    async readHandshake(request, address) {
      const device = { userAgent: (request.headers.get("user-agent") ?? "").slice(0, 200), address };
      const cookies = signInCookies(request.headers, baseUrl);
      const { principal } = await accounts.principalOf({ ...cookies, device, mayRenew: false });
      return { cookiePrincipal: principal };
    },
    addressOf,
    onClosed: (code) => metrics.count(SOCKETS_CLOSED, `code="${code}"`),
    onLimit,
  });
  const web = createWeb({
    accounts,
    assets: createAssets(await loadClient(root)),
    routes: [
      docRoutes(),
      choiceRoutes({ choices, members: createMembers({ database }) }),
      accountRoutes({ accounts, choices, hasBlocked: blocks.hasBlocked, postsOf }),
      postRoutes({ posts, choices }),
      alarmRoutes({ alarms }),
      roomRoutes({ rooms }),
      visitRoutes({ visits: createVisits({ database, posts, alarms, rooms, nowMs }) }),
      searchRoutes({ search: createSearch(database) }),
      blockRoutes({ blocks }),
      pushRoutes({ pushes, selfTest, publicKey: vapid.publicKey }),
    ],
    baseUrl: () => baseUrl,
    nowMs,
    signup: config.signup === "closed" || config.signup === "invite" ? config.signup : "open",
    standingOf: (userId) => standingOf(database, userId),
    acts: { rate: rateOfActs(config), onTooFast: () => onLimit("sends-per-s") },
    accessTokenS: config["access-token-s"],
    refreshTokenS: config["refresh-token-s"],
    isReady,
    metrics: () => metrics.text(),
    report: (error, where) => log.error("a request failed", { where, error }),
  });
  metrics.gauge("birdie_sockets", "Open sockets", () => sockets.openCount);
  metrics.gauge("birdie_people", "People with an open socket", () => sessions.personCount);
  metrics.gauge("birdie_destinations", "Destinations somebody listens to", () => hub.destinationCount);
  metrics.gauge("birdie_memory_bytes", "Resident memory", () => process.memoryUsage.rss());

  async function isReady(): Promise<boolean> {
    if (isStopping) return false;
    return database.db
      .select({ key: meta.key })
      .from(meta)
      .limit(1)
      .then(
        () => true,
        () => false,
      );
  }

  function postsOf(userId: string, me: string | undefined, paging: { before?: number | undefined }) {
    return posts.ofAuthor(userId, me === undefined ? undefined : { userId: me, name: me }, paging);
  }

  function announce(announcements: readonly Announcement[]): void {
    for (const announcement of announcements) {
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
    if (event.type === "room-closed") tellPresence(event.roomId);
    if (event.type === "member-left") handler.evict(event.userId, event.roomId);
    if (event.type === "room-changed" && !event.lastMessage && event.counts.unreadAlarmCount > 0) {
      const { receiver, roomId } = event;
      alarms.readOfRoom(receiver, roomId).catch((error) => log.error("a mention could not be marked read", { error }));
    }
    if (event.type === "message-said") {
      const { message } = event;
      for (const userId of presence.presentIn(message.roomId)) {
        if (userId === message.author.userId) continue;
        if (presence.mannerOf(message.roomId, userId) === "acks") grace.add(userId, message);
      }
    }
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
    if (isStopping) return;
    // Between two of whom one blocked the other, neither sees the other come and go.
    const isClosed = await rooms.isClosed(roomId);
    const event = { type: "presence", roomId, present: isClosed ? [] : presence.presentIn(roomId) } as const;
    announcer.say({ event, position: undefined });
    await rooms.releaseAbsent(roomId);
  }

  return {
    websocket: sockets.websocket,
    /** Method and pattern of everything that is answered over HTTP. */
    routes: web.routes.map(({ method, path }) => ({ method, path })),
    async fetch(request: Request, server: Server<Socket>): Promise<Response | undefined> {
      // Out of a Host header that is none, the runtime makes an address that is none.
      if (!URL.canParse(request.url)) return new Response("The Host header is malformed.\n", { status: 400 });
      if (new URL(request.url).pathname === paths.socket) return sockets.upgrade(request, server);
      return web.fetch(request, { address: addressOf(request, server.requestIP(request)?.address ?? "") });
    },
    /** Tells the address at last known when it was not set: with port 0, only the listening server knows it. */
    listensAt(url: string): void {
      baseUrl ||= url;
    },
    get baseUrl(): string {
      return baseUrl;
    },
    /** The one-time link for the first admin, while there is no account; undefined afterwards. */
    async setupLink(): Promise<string | undefined> {
      return (await accounts.isEmpty()) ? `${baseUrl}${paths.signUp}?setup=${setupKey}` : undefined;
    },
    /** The acts of people, for the demo's community. */
    acts: { accounts, posts, rooms, alarms, blocks },
    presence,
    /** No new work is taken, and every socket is told that the server restarts. */
    async sayGoodbye(): Promise<void> {
      isStopping = true;
      await sockets.close();
    },
    async close(): Promise<void> {
      await sockets.close();
      grace.stop();
      announcer.stop();
      pushes.stop();
      await indexer.stop();
      await database.close();
      unlockFolder();
    },
  };
}

/** Over HTTP as many in the long run as over the socket, but more at once: programs bring in what they have in one go. */
function rateOfActs(config: Config) {
  const perS = config["sends-per-s"];
  return { burst: perS === 0 ? 0 : config["sends-burst"] * 15, perMs: perS / 1_000 };
}

function socketLimits(config: Config) {
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
