import type { Context } from "hono";
import type { JSX } from "hono/jsx/jsx-runtime";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { PageContext } from "../../views/context.ts";
import { paths } from "../../views/paths.ts";
import type { Principal } from "../domain/account.ts";
import { BirdieError } from "../domain/errors.ts";
import type { Input } from "../domain/input.ts";
import { quietSpan, quietZoneOf } from "../domain/quiet.ts";
import type { Standing } from "../service/counts.ts";
import type { Coming } from "../service/uploads.ts";
import type { WebEnv } from "./principal.ts";

export type WebContext = Context<WebEnv>;

/** Enough for the longest post with every letter of it percent-encoded (10,000 code points of 4 octets, each as %XX). */
export const INPUT_BYTES_MAX = 262_144;
const NEXT_MAX = 512;

/** Whether a program asks: it names JSON, and not HTML as browsers do. */
export function wantsJson(c: WebContext): boolean {
  const accept = c.req.header("accept") ?? "";
  return /\bapplication\/(?:problem\+)?json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);
}

/** Whether htmx asks, so that a fragment is enough. A boosted link wants the whole page all the same. */
export function isHtmx(c: WebContext): boolean {
  return c.req.header("hx-request") === "true" && c.req.header("hx-boosted") !== "true";
}

/** @throws BirdieError `not_signed_in` */
export function requirePrincipal(c: WebContext): Principal {
  const { principal } = c.var.viewer;
  if (!principal) throw new BirdieError("not_signed_in");
  return principal;
}

/**
 * The body of a request as a record of unknowns: a form (url-encoded or multipart; the first value of a name counts)
 * or a JSON object. No body at all is an empty record.
 * @throws BirdieError `too_large` beyond INPUT_BYTES_MAX, `invalid` for any other form
 */
export async function readInput(c: WebContext): Promise<Input> {
  const bytes = await readBytes(c, INPUT_BYTES_MAX);
  if (bytes.length === 0) return {};
  const type = c.req.header("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) return readJson(new TextDecoder().decode(bytes));
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) {
    return firstOfEach(new URLSearchParams(new TextDecoder().decode(bytes)));
  }
  if (/^multipart\/form-data\b/i.test(type)) {
    const form = await new Response(bytes, { headers: { "content-type": type } }).formData().catch(() => undefined);
    if (form) return firstOfEach(form);
  }
  throw new BirdieError("invalid", "the body must be a form or a JSON object");
}

/**
 * A multipart form with files in it, which is counted as it comes, and has to be here before it `isOver`.
 * @throws BirdieError `too_large` beyond `bytesMax`, `invalid` for any other form, and what `count` throws
 */
export async function readForm(c: WebContext, bytesMax: number, coming: Coming): Promise<FormData> {
  const type = c.req.header("content-type") ?? "";
  const bytes = isMultipart(c) ? await readBytes(c, bytesMax, coming) : undefined;
  const form =
    bytes && (await new Response(bytes, { headers: { "content-type": type } }).formData().catch(() => undefined));
  if (!form) throw new BirdieError("invalid", "the body must be a multipart form");
  return form;
}

export function isMultipart(c: WebContext): boolean {
  return /^multipart\/form-data\b/i.test(c.req.header("content-type") ?? "");
}

/** What a page knows of its reader. `standing` where it is known already, to save the question. */
export async function page(c: WebContext, standing?: Standing): Promise<PageContext> {
  const { site, viewer } = c.var;
  const me = viewer.principal;
  return {
    language: viewer.language,
    timeZone: viewer.timeZone,
    nowMs: site.nowMs(),
    me: me && { userId: me.userId, name: me.name },
    isAdmin: me?.isAdmin ?? false,
    chosenTimeZone: me?.timeZone,
    quiet: quietOf(me, site.nowMs()),
    ...(standing ?? (me ? await site.standingOf(me) : NOWHERE)),
    path: pathOf(c),
    theme: viewer.theme,
    signup: site.signup,
    asset: site.asset,
    memberScripts: site.memberScripts,
  };
}

/** For everybody but admins there is no such page. @throws BirdieError `not_found` */
export function requireAdmin(c: WebContext): Principal {
  const { principal } = c.var.viewer;
  if (!principal?.isAdmin) throw new BirdieError("not_found");
  return principal;
}

function quietOf(me: Principal | undefined, nowMs: number): PageContext["quiet"] {
  if (!me?.quiet) return undefined;
  const timeZone = quietZoneOf(me.timeZone, me.language);
  return { ...quietSpan(me.quiet, nowMs, timeZone), timeZone };
}

/** Of nobody, or while the database does not answer. */
export const NOWHERE: Standing = { counts: { unreadAlarmCount: 0, unreadMessageCount: 0 }, position: "" };

/** A whole document. What members see is never kept by a cache, so that the Back button shows nothing after logging out. */
export async function answerPage(
  c: WebContext,
  node: JSX.Element,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const html = String(await node.toString());
  c.header("content-language", c.var.viewer.language);
  c.header("cache-control", c.var.viewer.principal ? "no-store" : "no-cache, private");
  return c.html(/^<!doctype/i.test(html) ? html : `<!doctype html>${html}`, status);
}

/** One or more fragments for htmx. */
export async function answerFragment(
  c: WebContext,
  node: JSX.Element,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  c.header("content-language", c.var.viewer.language);
  c.header("cache-control", "no-store");
  return c.html(String(await node.toString()), status);
}

export function answerJson(c: WebContext, value: object, status: ContentfulStatusCode = 200): Response {
  c.header("cache-control", "no-store");
  return c.json(value, status);
}

/**
 * To another page after an act: 303 (RFC 9110 15.4.4). htmx would follow that unseen, so it is told to go there itself;
 * the page it already shows is loaded afresh, because going to its own address would only scroll.
 */
export function seeOther(c: WebContext, path: string): Response {
  c.header("cache-control", "no-store");
  if (!isHtmx(c)) return c.redirect(path, 303);
  const current = c.req.header("hx-current-url") ?? "";
  const here = URL.canParse(current) ? new URL(current) : undefined;
  if (here && here.pathname + here.search === path.split("#", 1)[0] && path.includes("#")) {
    c.header("hx-refresh", "true");
  } else c.header("hx-redirect", path);
  return c.body(null, 204);
}

/**
 * Where to go after signing in: a path of this site, whatever was asked for. Refuses other hosts in all their
 * disguises, and the pages that would lead in a circle.
 */
export function safeNext(value: unknown): string {
  if (typeof value !== "string" || value.length > NEXT_MAX || !/^\/(?![/\\])[^\\\u0000-\u0020\u007f]*$/.test(value)) {
    return paths.home;
  }
  const base = "http://birdie.invalid";
  if (!URL.canParse(value, base)) return paths.home;
  const url = new URL(value, base);
  if (url.origin !== base || url.pathname.startsWith("//")) return paths.home;
  if (/^\/(?:login|signup|logout|token|assets)(?:\/|$)/.test(url.pathname)) return paths.home;
  return url.pathname + url.search + url.hash;
}

/** Path and query of the page that is asked for, or that the act was asked from. */
export function pathOf(c: WebContext): string {
  const isPage = c.req.method === "GET" && !isHtmx(c);
  const from = isPage ? c.req.url : (c.req.header("hx-current-url") ?? c.req.header("referer") ?? "");
  if (!URL.canParse(from)) return paths.home;
  const url = new URL(from);
  if (!isPage && url.origin !== new URL(c.var.site.baseUrl()).origin) return paths.home;
  // As a Location, a path of two slashes would be another host's address.
  return url.pathname.replace(/^\/+/, "/") + url.search;
}

const FIRST_BYTES = 4_096;

/** Who sends it is looked at again once all of it is here: it may have taken minutes, and their sign-in may be over. */
async function readBytes(c: WebContext, bytesMax: number, coming?: Coming): Promise<Uint8Array<ArrayBuffer>> {
  const request = c.req.raw;
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) throw new BirdieError("too_large");
  // Put together as it comes: an octet at a time would cost a hundred as an object of its own.
  let bytes = new Uint8Array(FIRST_BYTES);
  let size = 0;
  const reader = request.body?.getReader();
  const giveUp = () => void reader?.cancel().catch(() => undefined);
  coming?.isOver.addEventListener("abort", giveUp);
  try {
    // A body without a length (chunked) is counted as it comes.
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) {
      const from = size;
      size += part.value.length;
      if (size > bytesMax) throw new BirdieError("too_large");
      coming?.count(part.value.length);
      if (size > bytes.length) bytes = new Uint8Array(bytes.buffer.transfer(Math.max(size, 2 * bytes.length)));
      bytes.set(part.value, from);
    }
  } catch (error) {
    giveUp();
    if (error instanceof BirdieError) throw error;
    // Whoever sent it has gone in the middle of it: nobody's fault, and nobody reads the answer.
    throw new BirdieError("invalid", "the body broke off", { cause: error });
  } finally {
    coming?.isOver.removeEventListener("abort", giveUp);
  }
  if (coming?.isOver.aborted) throw new BirdieError("invalid", "the body took too long");
  if (c.var.viewer.principal) await c.var.site.check(c.var.viewer.principal);
  return bytes.subarray(0, size);
}

function readJson(text: string): Input {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BirdieError("invalid", "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BirdieError("invalid", "the body must be a JSON object");
  }
  return value as Input;
}

/** The first value of each name. */
export function firstOfEach(entries: Iterable<[string, unknown]>): Input {
  const input = new Map<string, unknown>();
  for (const [name, value] of entries) if (!input.has(name)) input.set(name, value);
  return Object.fromEntries(input);
}
