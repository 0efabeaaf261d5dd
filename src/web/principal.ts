import type { MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { type Language, type Principal, readLanguage, readTimeZone } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Accounts, Device, Pair } from "../service/accounts.ts";
import type { Standing } from "../service/counts.ts";

/** What every page needs to know of the site it belongs to. */
export interface Site {
  /** The address people use. A function, because with port 0 it is known only once the server listens. */
  readonly baseUrl: () => string;
  readonly nowMs: () => number;
  readonly signup: "open" | "invite" | "closed";
  /** The address of a file of ours, with its fingerprint. */
  readonly asset: (name: string) => string;
  /** The addresses of what a member's page runs beside `app.js`. */
  readonly memberScripts: readonly string[];
  readonly standingOf: (me: Principal) => Promise<Standing>;
  /** Whether somebody who was let in a moment ago still is. @throws BirdieError `sign_in_ended`, `banned` */
  readonly check: (me: Principal) => Promise<void>;
  readonly accessTokenS: number;
  readonly refreshTokenS: number;
}

/** Who asks, and how they like to be answered. */
export interface Viewer {
  readonly principal: Principal | undefined;
  readonly language: Language;
  /** IANA name. */
  readonly timeZone: string;
  readonly theme: Theme;
  readonly device: Device;
}

export type Theme = "auto" | "light" | "dark";

/** hono's view of a request to Birdie. `fetch(request, { address })` says where it came from. */
export interface WebEnv {
  Bindings: { readonly address?: string };
  Variables: {
    site: Site;
    viewer: Viewer;
    /** The tokens this answer gives to the browser, or takes from it. Written to the answer in one place, below. */
    newTokens: Pair | "none" | undefined;
  };
}

const DEFAULT_LANGUAGE: Language = "ko";
/** Until the browser's script has told the time zone. */
const TIME_ZONES: Readonly<Record<Language, string>> = { ko: "Asia/Seoul", en: "UTC" };
const ACCESS = "birdie-access";
const REFRESH = "birdie-refresh";
const DOOR = /^\/(?:login|logout|signup|token|token\/refresh|docs\/.*)$/;
const YEAR_S = 31_536_000;

/**
 * Finds out who asks: by `Authorization: Bearer` (then cookies count for nothing), else by the cookies, which are
 * renewed silently when the access token has run out.
 */
export function principals(accounts: Pick<Accounts, "principalOf">): MiddlewareHandler<WebEnv> {
  return async (c, next) => {
    const device: Device = {
      userAgent: (c.req.header("user-agent") ?? "").slice(0, 200),
      address: c.env?.address ?? "",
    };
    const bearer = bearerOf(c.req.header("authorization"));
    const cookies = signInCookies(c.req.raw.headers, c.var.site.baseUrl());
    const { principal, renewed, isOver, ban } = await (bearer === undefined
      ? accounts.principalOf({ ...cookies, device })
      : accounts.principalOf({ accessToken: bearer, device }));
    const language =
      principal?.language ?? ban?.language ?? readLanguage(getCookie(c, "lang") ?? c.req.header("accept-language"));
    c.set("viewer", {
      principal,
      language: language ?? DEFAULT_LANGUAGE,
      timeZone: principal?.timeZone ?? readTimeZone(getCookie(c, "tz")) ?? TIME_ZONES[language ?? DEFAULT_LANGUAGE],
      theme: readTheme(getCookie(c, "theme")) ?? "auto",
      device,
    });
    // Whoever is banned is told so on every page until they log out; at the door they may come as somebody else.
    if (ban && !DOOR.test(c.req.path)) throw new BirdieError("banned", "this account is banned", { ban });
    c.set("newTokens", renewed ?? (isOver && bearer === undefined ? "none" : undefined));
    await next();
    writeTokens(c);
  };
}

/** The tokens a browser's request carries, for the socket's door as for the pages'. */
export function signInCookies(
  headers: Headers,
  baseUrl: string,
): { readonly accessToken?: string; readonly refreshToken?: string } {
  const prefix = isSecure(baseUrl) ? "__Host-" : "";
  const tokens: { accessToken?: string; refreshToken?: string } = {};
  for (const part of (headers.get("cookie") ?? "").slice(0, 16_384).split(";")) {
    const [name = "", value = ""] = part.trim().split("=", 2);
    if (name === prefix + ACCESS) tokens.accessToken ??= value;
    if (name === prefix + REFRESH) tokens.refreshToken ??= value;
  }
  return tokens;
}

/** The credential of an `Authorization: Bearer` header (RFC 6750 2.1); empty for any other scheme, undefined without one. */
export function bearerOf(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  return /^bearer +([\x21-\x7e]+)$/i.exec(header.trim())?.[1] ?? "";
}

/** A choice that outlives the sign-in, readable by the page's own script: language, theme. */
export function keepChoice(c: Parameters<MiddlewareHandler<WebEnv>>[0], name: "lang" | "theme", value: string): void {
  const secure = isSecure(c.var.site.baseUrl());
  if (value === "") deleteCookie(c, name, { path: "/", secure });
  else setCookie(c, name, value, { path: "/", sameSite: "Lax", secure, maxAge: YEAR_S });
}

export function readTheme(value: unknown): Theme | undefined {
  return value === "auto" || value === "light" || value === "dark" ? value : undefined;
}

export function isSecure(baseUrl: string): boolean {
  return baseUrl.startsWith("https:");
}

function writeTokens(c: Parameters<MiddlewareHandler<WebEnv>>[0]): void {
  const tokens = c.var.newTokens;
  if (tokens === undefined) return;
  const { baseUrl, accessTokenS, refreshTokenS } = c.var.site;
  const common = { path: "/", httpOnly: true, sameSite: "Lax" } as const;
  const options = isSecure(baseUrl()) ? { ...common, secure: true, prefix: "host" as const } : common;
  if (tokens === "none") {
    setCookie(c, ACCESS, "", { ...options, maxAge: 0 });
    setCookie(c, REFRESH, "", { ...options, maxAge: 0 });
    return;
  }
  setCookie(c, ACCESS, tokens.accessToken, { ...options, maxAge: accessTokenS });
  setCookie(c, REFRESH, tokens.refreshToken, { ...options, maxAge: refreshTokenS });
}
