import type { Hono } from "hono";
import { createPasswords } from "../../src/auth/passwords.ts";
import { createTokens, type Tokens } from "../../src/auth/tokens.ts";
import type { Database } from "../../src/database/open.ts";
import { type Accounts, type AccountsOptions, createAccounts } from "../../src/service/accounts.ts";
import { standingOf } from "../../src/service/counts.ts";
import { createWeb } from "../../src/web/app.tsx";
import { createAssets } from "../../src/web/assets.ts";
import type { WebEnv } from "../../src/web/principal.ts";
import { type TestClock, testClock } from "./clock.ts";
import { type TestDatabase, testDatabase } from "./database.ts";

export const BASE_URL = "http://birdie.test";
export const SECRET = new Uint8Array(32).fill(7);
export const PASSWORD = "correct horse 말";
export const DEVICE = { userAgent: "Test/1.0", address: "192.0.2.1" };

export interface TestAccounts extends TestDatabase {
  readonly clock: TestClock;
  readonly tokens: Tokens;
  readonly accounts: Accounts;
}

/** The accounts of a fresh database, with a fixed clock and cheap passwords. */
export async function testAccounts(options: Partial<AccountsOptions> = {}): Promise<TestAccounts> {
  const test = await testDatabase();
  const clock = testClock();
  const { nowMs } = clock;
  const tokens = createTokens({ secret: SECRET, accessTokenS: 900, refreshTokenS: 2_592_000, nowMs });
  const accounts = createAccounts({
    database: test.database,
    tokens,
    passwords: createPasswords({ memoryKib: 8, passes: 1 }),
    nowMs,
    signup: "open",
    signInsPerMin: 10,
    signInsPerMinAddress: 30,
    signUpsPerHour: 0,
    ...options,
  });
  return { ...test, clock, tokens, accounts };
}

/** What a test adds to the web it asks: the routes under test, and what differs from the ordinary. */
export interface TestWebOptions {
  readonly baseUrl?: string;
  readonly isReady?: () => Promise<boolean>;
  readonly accounts?: Partial<AccountsOptions>;
  readonly routes: (parts: {
    readonly accounts: Accounts;
    readonly database: Database;
    readonly nowMs: () => number;
  }) => readonly Hono<WebEnv>[];
}

export interface TestWeb extends TestAccounts {
  readonly web: Hono<WebEnv>;
  /** Every fault of ours that was reported. */
  readonly faults: unknown[];
  /** Somebody's browser: keeps cookies, sends Origin with unsafe methods, follows nothing. */
  browser(address?: string): Browser;
  /** A browser that has signed up. */
  member(userId: string): Promise<Browser>;
}

export interface Browser {
  readonly cookies: Map<string, string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** Posts a form, as a script does: whoever means a form of a page says so (`sec-fetch-mode`). One with files is multipart. */
  post(path: string, fields?: Record<string, string> | FormData, headers?: Record<string, string>): Promise<Response>;
}

const SCRIPT = new TextEncoder().encode(`"birdie";${" ".repeat(2_000)}`);

/** Everything over HTTP on a fresh database. Passed-in routes stand after one another as in the real app. */
export async function testWeb(options: TestWebOptions): Promise<TestWeb> {
  const test = await testAccounts(options.accounts);
  const { accounts, database, clock } = test;
  const baseUrl = options.baseUrl ?? BASE_URL;
  const faults: unknown[] = [];
  const web = createWeb({
    accounts,
    assets: createAssets(new Map(["app.js", "live-0a1b2c3d.js"].map((name) => [name, SCRIPT] as const))),
    routes: options.routes({ accounts, database, nowMs: clock.nowMs }),
    baseUrl: () => baseUrl,
    nowMs: clock.nowMs,
    signup: options.accounts?.signup ?? "open",
    standingOf: (me) => standingOf(database, me),
    accessTokenS: 900,
    refreshTokenS: 2_592_000,
    isReady: options.isReady ?? (async () => true),
    metrics: () => "# EOF\n",
    report: (error) => faults.push(error),
  });

  function browser(address = "192.0.2.1"): Browser {
    const cookies = new Map<string, string>();
    const ask = async (path: string, init: RequestInit, headers: Record<string, string>) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const all = { accept: "text/html", "accept-language": "en", ...(cookie === "" ? {} : { cookie }), ...headers };
      const response = await web.request(baseUrl + path, { ...init, headers: all }, { address });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0\b/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    };
    return {
      cookies,
      get: (path, headers = {}) => ask(path, {}, headers),
      post: (path, fields = {}, headers = {}) =>
        ask(
          path,
          { method: "POST", body: fields instanceof FormData ? fields : new URLSearchParams(fields) },
          { origin: baseUrl, "sec-fetch-mode": "cors", ...headers },
        ),
    };
  }

  return {
    ...test,
    web,
    faults,
    browser,
    async member(userId) {
      const member = browser();
      const { tokens } = await accounts.signUp({ userId, name: userId, password: PASSWORD }, DEVICE);
      const prefix = baseUrl.startsWith("https:") ? "__Host-" : "";
      member.cookies.set(`${prefix}birdie-access`, tokens.accessToken);
      member.cookies.set(`${prefix}birdie-refresh`, tokens.refreshToken);
      return member;
    },
  };
}
