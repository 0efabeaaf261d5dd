import { Hono, type MiddlewareHandler } from "hono";
import { BirdieError } from "../domain/errors.ts";
import type { Accounts } from "../service/accounts.ts";
import type { Assets } from "./assets.ts";
import { createPace, type PaceOptions } from "./pace.ts";
import { bearerOf, isSecure, principals, type Site, type Viewer, type WebEnv } from "./principal.ts";
import { refuse } from "./refusal.tsx";

export interface WebOptions extends Omit<Site, "asset" | "memberScripts" | "check"> {
  readonly accounts: Pick<Accounts, "principalOf" | "check">;
  readonly assets: Assets;
  /** The routes of each feature, tried in this order. */
  readonly routes: readonly Hono<WebEnv>[];
  /** How fast one person may act; without it, as fast as they like. */
  readonly acts?: Omit<PaceOptions, "nowMs">;
  /** Whether the database answers. */
  readonly isReady: () => Promise<boolean>;
  /** OpenMetrics text. */
  readonly metrics: () => string;
  /** Hears of every fault of ours: the error and where it happened. */
  readonly report: (error: unknown, where: string) => void;
  /** Hears once of a browser that is refused though it stands on a page of ours: people use another address than base-url. */
  readonly onOtherAddress?: (origin: string) => void;
}

/** What an error page needs, should finding out who asks be what failed. */
const NOBODY: Viewer = {
  principal: undefined,
  language: "ko",
  timeZone: "UTC",
  theme: "auto",
  device: { userAgent: "", address: "" },
};

/**
 * Everything over HTTP. `fetch(request, { address })`: the address is the peer's (or the one a trusted proxy names),
 * for rates and for the list of sign-ins.
 */
export function createWeb(options: WebOptions): Hono<WebEnv> {
  const { accounts, assets, routes, report } = options;
  const { asset, memberScripts } = assets;
  const site: Site = { ...options, asset, memberScripts, check: (me) => accounts.check(me) };
  const web = new Hono<WebEnv>();

  web.onError((error, c) => refuse(c, error, (fault) => report(fault, `${c.req.method} ${logged(c.req.path)}`)));
  web.notFound((c) => refuse(c, new BirdieError("not_found"), () => undefined));

  web.use(secureHeaders(options.baseUrl));
  web.get("/livez", (c) => c.text("ok"));
  web.get("/readyz", async (c) => ((await options.isReady()) ? c.text("ok") : c.text("not ready", 503)));
  web.get("/metrics", (c) =>
    c.body(options.metrics(), 200, { "content-type": "application/openmetrics-text; version=1.0.0; charset=utf-8" }),
  );
  for (const path of assets.paths) web.get(path, (c) => assets.answer(c.req.raw));

  web.use(async (c, next) => {
    c.set("site", site);
    c.set("viewer", NOBODY);
    await next();
    // On what has been answered already `c.header` would make a new Response each time, its body a stream.
    c.res.headers.append("vary", "accept, accept-language, cookie, hx-request");
  });
  web.use(sameOrigin(options));
  web.use(principals(accounts));
  web.use(onlyAsShown);
  if (options.acts) web.use(unhurried({ ...options.acts, nowMs: options.nowMs }));
  for (const feature of routes) web.route("/", feature);
  return web;
}

/** Nothing but our own files runs, styles or frames; nothing is sniffed, and nothing learns where a reader was. */
function secureHeaders(baseUrl: () => string): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    await next();
    const { host } = new URL(baseUrl());
    const isHttps = isSecure(baseUrl());
    const { headers } = c.res;
    // What somebody brought in has a stricter one of its own.
    if (!headers.has("content-security-policy")) headers.set("content-security-policy", pagePolicy(host, isHttps));
    headers.set("x-content-type-options", "nosniff");
    headers.set("x-frame-options", "DENY");
    headers.set("referrer-policy", "same-origin");
    headers.set("cross-origin-opener-policy", "same-origin");
    headers.set("cross-origin-resource-policy", "same-origin");
    if (isHttps) headers.set("strict-transport-security", "max-age=31536000");
  };
}

function pagePolicy(host: string, isHttps: boolean): string {
  return (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
    `connect-src 'self' ${isHttps ? "wss" : "ws"}://${host}; ` +
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
  );
}

/**
 * A page says for whom it was made. Where somebody else has signed in meanwhile in another tab, nothing is done in their name
 * that they have not seen: the same answer as to who is signed out, so that what waits to be sent waits on.
 */
const onlyAsShown: MiddlewareHandler<WebEnv> = async (c, next) => {
  const shownTo = c.req.header("birdie-me");
  const { principal } = c.var.viewer;
  if (principal && shownTo && shownTo !== principal.userId) throw new BirdieError("sign_in_ended");
  await next();
};

/**
 * What one person does by forms and programs is bounded like what they SEND. Whoever is not signed in has limits of
 * their own.
 */
function unhurried(options: PaceOptions): MiddlewareHandler<WebEnv> {
  const pace = createPace(options);
  return async (c, next) => {
    const { principal } = c.var.viewer;
    if (principal && !isSafe(c.req.method)) pace(principal.userId);
    await next();
  };
}

const isSafe = (method: string) => /^(?:GET|HEAD|OPTIONS)$/.test(method);

/**
 * Unsafe methods only from our own pages, whatever the content type. Browsers say where a request comes from by
 * Origin, or at least by Sec-Fetch-Site; what says neither is no browser, and is let through only where cookies count
 * for nothing.
 */
function sameOrigin({
  baseUrl,
  onOtherAddress,
}: Pick<WebOptions, "baseUrl" | "onOtherAddress">): MiddlewareHandler<WebEnv> {
  let isToldOf = false;
  return async (c, next) => {
    if (!isSafe(c.req.method) && !isOurs()) {
      // A browser says so of its own accord: no page of somebody else's can make it.
      const origin = c.req.header("origin");
      if (!isToldOf && origin && isOwnPage(origin)) {
        isToldOf = true;
        onOtherAddress?.(origin.slice(0, 200));
      }
      throw new BirdieError("wrong_origin");
    }
    await next();

    function isOwnPage(origin: string): boolean {
      const isHost = URL.canParse(origin) && new URL(origin).host === c.req.header("host")?.toLowerCase();
      return isHost || c.req.header("sec-fetch-site") === "same-origin";
    }

    function isOurs(): boolean {
      const origin = c.req.header("origin");
      if (origin !== undefined) return origin.toLowerCase() === new URL(baseUrl()).origin;
      const fetchSite = c.req.header("sec-fetch-site");
      if (fetchSite !== undefined) return fetchSite === "same-origin" || fetchSite === "none";
      return Boolean(bearerOf(c.req.header("authorization"))) || /^\/token(?:\/refresh)?$/.test(c.req.path);
    }
  };
}

/** A path as the log may show it: the key of a feed is a right of its own. */
function logged(path: string): string {
  return path.replace(/[0-9a-f]{32}/g, "[hidden]");
}
