import { join, resolve } from "node:path";
import type { Server } from "bun";
import { paths } from "../views/paths.ts";
import { createAlbum } from "./app/album.ts";
import { createHealth } from "./app/health.ts";
import { doorLimits, rateOfActs, rateOfSearches, signupOf, socketLimits } from "./app/limits.ts";
import { createMeters } from "./app/meters.ts";
import { createPushing, type PushingTrial } from "./app/pushing.ts";
import { createReactions } from "./app/reactions.ts";
import { createPasswords, type PasswordsOptions } from "./auth/passwords.ts";
import { createTokens } from "./auth/tokens.ts";
import type { Config } from "./config.ts";
import { prepareData } from "./data-folder.ts";
import { lockFolder } from "./database/instance-lock.ts";
import { openDatabase } from "./database/open.ts";
import { meta } from "./database/tables.ts";
import { BirdieError } from "./domain/errors.ts";
import { PICTURES_MAX } from "./domain/picture.ts";
import { createAnnouncer } from "./live/announcer.tsx";
import { queueOf } from "./live/destinations.ts";
import { Grace } from "./live/grace.ts";
import { createHandler } from "./live/handler.ts";
import { Hub } from "./live/hub.ts";
import { originOf } from "./live/origin.ts";
import { Presence } from "./live/presence.ts";
import { Sessions } from "./live/sessions.ts";
import { createSockets, type Socket } from "./live/socket.ts";
import type { Log } from "./log.ts";
import { createAccounts } from "./service/accounts.ts";
import { createAdmin } from "./service/admin.ts";
import { createAlarms } from "./service/alarms.ts";
import { createBans } from "./service/bans.ts";
import { createBlocks } from "./service/blocks.ts";
import { createChoices } from "./service/choices.ts";
import { createClosing } from "./service/closing.ts";
import { createCommunity } from "./service/community.ts";
import { standingOf } from "./service/counts.ts";
import { createInvitations } from "./service/invitations.ts";
import { createMembers } from "./service/members.ts";
import { createPosts } from "./service/posts.ts";
import { createReports } from "./service/reports.ts";
import { createRooms } from "./service/rooms.ts";
import { createIndexer } from "./service/search/indexer.ts";
import { createSearch } from "./service/search.ts";
import { createSelfTest } from "./service/self-test.ts";
import { createVisits } from "./service/visits.ts";
import { accountRoutes } from "./web/accounts.tsx";
import { adminRoutes } from "./web/admin.tsx";
import { alarmRoutes } from "./web/alarms.tsx";
import { createWeb } from "./web/app.tsx";
import { createAssets } from "./web/assets.ts";
import { blockRoutes } from "./web/blocks.tsx";
import type { ClientFiles } from "./web/bundle.ts";
import { choiceRoutes } from "./web/choices.tsx";
import { closingRoutes } from "./web/closing.tsx";
import { docRoutes } from "./web/docs.ts";
import { invitationRoutes } from "./web/invitations.tsx";
import { keyRoutes } from "./web/keys.tsx";
import { createPeers } from "./web/peers.ts";
import { pictureRoutes } from "./web/pictures.ts";
import { postRoutes } from "./web/posts.tsx";
import { signInCookies } from "./web/principal.ts";
import { pushRoutes } from "./web/pushes.tsx";
import { reportRoutes } from "./web/reports.tsx";
import { roomRoutes } from "./web/rooms.tsx";
import { searchRoutes } from "./web/search.tsx";
import { visitRoutes } from "./web/visits.tsx";

/** How long an ACK may take before a person's other tabs hear of an unread message. */
const GRACE_MS = 1_000;
export interface AppOptions {
  readonly config: Config;
  /** The folder that holds `migrations/` (and, in the binary, `public/`). */
  readonly root: string;
  readonly version: string;
  readonly nowMs: () => number;
  readonly log: Log;
  /** What browsers get. Nobody needs it before the first page. */
  readonly client: Promise<ClientFiles>;
  /** For tests: a push service on loopback, and no patience. */
  readonly push?: PushingTrial;
  /** For tests: hashes that cost next to nothing. */
  readonly passwords?: PasswordsOptions;
}

/** For what would fill the log while it lasts. */
function onceAMinute<T>(nowMs: () => number, tell: (what: T) => void): (what: T) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (what) => {
    if (nowMs() - toldAtMs < 60_000) return;
    toldAtMs = nowMs();
    tell(what);
  };
}

export type App = Awaited<ReturnType<typeof createApp>>;

/** The whole of Birdie, wired in one straight line. Nothing listens yet: hand `fetch` and `websocket` to Bun.serve. */
export async function createApp({ config, root, version, nowMs, log, client, push = {}, ...trial }: AppOptions) {
  const data = resolve(config.data);
  const addressOf = createPeers(config["trusted-proxies"], () =>
    log.warn("a proxy names its clients, but is not trusted: to Birdie all of them are one; see --trusted-proxies"),
  );
  const secret = prepareData(data);
  const unlockFolder = await lockFolder(data);
  let baseUrl = config["base-url"];
  let isStopping = false;

  const meters = createMeters();
  const hub = new Hub((topic, frame) => sockets.publish(topic, frame));
  const sessions = new Sessions();
  const { onLimit } = meters;
  const isHere = (userId: string) => sessions.of(userId).some((session) => !originOf(session).isAway);
  const presence = new Presence((roomId) => reactions.tellPresence(roomId));

  const database = await openDatabase({
    url: config["database-url"] || `file:${join(data, "birdie.db")}`,
    ...(config["database-auth-token"] ? { authToken: config["database-auth-token"] } : {}),
    root,
    copies: { folder: join(data, "backups"), version, nowMs, tell: log.info },
    announce: (announcements) => reactions.announce(announcements),
    writes: "thread",
    onUnwritable: onceAMinute(nowMs, (error) => log.error("nothing can be written; people read on", { error })),
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
    passwords: createPasswords(trial.passwords),
    nowMs,
    signup: signupOf(config),
    setupKey,
    signInsPerMin: config["sign-ins-per-min"],
    signInsPerMinAddress: config["sign-ins-per-min-address"],
    signUpsPerHour: config["sign-ups-per-hour"],
    onChanged: (userId, changes) => sessions.changed(userId, changes),
  });
  const indexer = createIndexer(database, (error) => log.error("the search index could not follow", { error }));
  indexer.wake();
  const posts = createPosts({ database, nowMs });
  const alarms = createAlarms({ database, nowMs });
  const notReached = (error: unknown) => log.error("a setting did not reach its sockets", { error });
  const choices = createChoices({
    database,
    nowMs,
    privacyChanged: (userId) => handler.settingsChanged(userId).catch(notReached),
  });
  const community = createCommunity({
    database,
    nowMs,
    showingChanged: () => handler.communityChanged().catch(notReached),
  });
  const rooms = createRooms({
    database,
    nowMs,
    surroundings: {
      mannerOf: (roomId, userId) => presence.mannerOf(roomId, userId),
      isListening: (userId) => hub.isListening(queueOf(userId)),
      departures: () => presence.departures,
    },
    presentIn: (roomId) => presence.presentIn(roomId),
    report: (error) => log.error("what follows from a line could not be done", { error }),
  });
  const pictures = createAlbum({
    config,
    folder: join(data, "uploads"),
    database,
    nowMs,
    check: rooms.check,
    log,
  });
  const blocks = createBlocks({ database, nowMs, forgetPerson: rooms.settingsChanged });
  const grace = new Grace(GRACE_MS, (userId, message) => {
    rooms.tellIfUnread(userId, message).catch((error) => log.error("could not tell of an unread message", { error }));
  });

  const { vapid, pushes } = await createPushing({
    data,
    database,
    baseUrl: () => baseUrl,
    nowMs,
    isHere,
    report: (error) => log.error("a push could not be sent", { error }),
    ...push,
  });
  const closing = createClosing({
    database,
    nowMs,
    accounts,
    posts,
    rooms,
    report: (error) => log.error("what somebody left behind could not be cleared", { error }),
  });
  const selfTest = createSelfTest({ database, nowMs });

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
    limits: doorLimits(config),
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
      const { principal, ban } = await accounts.principalOf({ ...cookies, device, mayRenew: false });
      return { cookiePrincipal: principal, cookieRefusal: ban && new BirdieError("banned") };
    },
    addressOf,
    onClosed: meters.onClosed,
    onLimit,
  });
  const reactions = createReactions({
    announcer,
    alarms,
    rooms,
    pushes,
    pictures,
    indexer,
    sessions,
    presence,
    grace,
    evict: handler.evict,
    settingsChanged: handler.settingsChanged,
    membersChanged: handler.membersChanged,
    isStopping: () => isStopping,
    log,
  });
  // What an earlier process left half done.
  await Promise.all([selfTest.sweep(), pictures.recover()]);
  void closing.recover();
  const reports = createReports({ database, nowMs });
  const health = createHealth({
    database,
    data,
    version,
    nowMs,
    socketCount: () => sockets.openCount,
    personCount: () => sessions.personCount,
  });
  const invitations = createInvitations({ database, nowMs });
  const members = createMembers({ database, nowMs });
  const web = createWeb({
    accounts,
    assets: createAssets(await client),
    routes: [
      docRoutes(),
      choiceRoutes({ choices, members }),
      accountRoutes({
        accounts,
        invitations,
        choices,
        hasBlocked: blocks.hasBlocked,
        takesFrom: rooms.takesFrom,
        postsOf,
      }),
      closingRoutes({ closing }),
      keyRoutes(),
      postRoutes({ posts, choices, pictures, pictureBytes: config["picture-bytes"] }),
      adminRoutes({
        admin: createAdmin({ database, nowMs }),
        community,
        bans: createBans({ database, nowMs }),
        reports,
        health: health.read,
      }),
      alarmRoutes({ alarms }),
      invitationRoutes({ invitations }),
      reportRoutes({ reports, posts, rooms }),
      roomRoutes({ rooms, members, pictures, pictureBytes: config["picture-bytes"] }),
      pictureRoutes({ pictures, pictureBytes: config["picture-bytes"] }),
      visitRoutes({ visits: createVisits({ database, posts, alarms, rooms, nowMs }) }),
      searchRoutes({
        search: createSearch(database),
        members,
        rate: rateOfSearches(config),
        nowMs,
        onTooFast: () => onLimit("searches-per-min"),
      }),
      blockRoutes({ blocks }),
      pushRoutes({ pushes, selfTest, publicKey: vapid.publicKey }),
    ],
    baseUrl: () => baseUrl,
    nowMs,
    signup: signupOf(config),
    standingOf: (me) => standingOf(database, me),
    acts: { rate: rateOfActs(config), onTooFast: () => onLimit("sends-per-s") },
    accessTokenS: config["access-token-s"],
    refreshTokenS: config["refresh-token-s"],
    isReady,
    metrics: meters.text,
    report: (error, where) => log.error("a request failed", { where, error }),
    onOtherAddress: (origin) =>
      log.warn("people use another address than base-url, and are refused; see --base-url", { origin, baseUrl }),
  });
  meters.gauge("birdie_sockets", "Open sockets", () => sockets.openCount);
  meters.gauge("birdie_people", "People with an open socket", () => sessions.personCount);
  meters.gauge("birdie_destinations", "Destinations somebody listens to", () => hub.destinationCount);
  meters.gauge("birdie_memory_bytes", "Resident memory", () => process.memoryUsage.rss());

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
    /** The one-time link for the first admin, while there is none; undefined afterwards. */
    async setupLink(): Promise<string | undefined> {
      return (await accounts.isSetupKey(setupKey)) ? `${baseUrl}${paths.signUp}?setup=${setupKey}` : undefined;
    },
    setupKey,
    /** The acts of people, for the demo's community. */
    acts: { accounts, posts, rooms, alarms, blocks },
    presence,
    /** A form without script brings a message and all of its pictures. */
    requestBytesMax: PICTURES_MAX * config["picture-bytes"] + 1_048_576,
    /** Whether somebody looks at a page of ours anywhere. */
    isHere,
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
      health.stop();
      await closing.stop();
      await pictures.stop();
      await indexer.stop();
      await database.close();
      unlockFolder();
    },
  };
}
