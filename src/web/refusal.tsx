import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ErrorPage, Refusal } from "../../views/errors.tsx";
import { paths } from "../../views/paths.ts";
import { text } from "../../views/text.ts";
import type { Ban } from "../domain/ban.ts";
import { BirdieError, type ErrorCode } from "../domain/errors.ts";
import {
  answerFragment,
  answerPage,
  isHtmx,
  NOWHERE,
  page,
  pathOf,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { iso } from "./json.ts";

/** The one table from code to HTTP status. */
export const STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  invalid: 422,
  not_signed_in: 401,
  wrong_credentials: 401,
  sign_in_ended: 401,
  forbidden: 403,
  not_found: 404,
  gone: 410,
  taken: 409,
  sign_up_closed: 403,
  blocked: 403,
  banned: 403,
  wrong_origin: 403,
  too_large: 413,
  unsupported: 415,
  quota: 429,
  full: 507,
  too_fast: 429,
  too_many: 429,
  unavailable: 503,
};

/**
 * Answers what was thrown: problem details for a program (RFC 9457), a fragment for htmx, a page for everybody else.
 * Whoever is not signed in is led to the log-in and back. Anything but a BirdieError is a fault of ours: `report` hears
 * of it, the person only that something went wrong.
 */
export async function refuse(c: WebContext, error: unknown, report: (error: unknown) => void): Promise<Response> {
  const refusal = error instanceof BirdieError ? error : undefined;
  if (!refusal) report(error);
  const status = refusal ? STATUS[refusal.code] : 500;
  if (refusal?.retryAfterS !== undefined || status === 503) c.header("retry-after", `${refusal?.retryAfterS ?? 1}`);
  if (wantsJson(c) || isForPrograms(c)) return answerProblem(c, refusal, status);
  if (refusal?.code === "not_signed_in" || refusal?.code === "sign_in_ended") {
    return seeOther(c, `${paths.logIn}?next=${encodeURIComponent(pathOf(c))}`);
  }
  const { language } = c.var.viewer;
  if (isHtmx(c)) {
    // Shown above the page as it is, whatever the request aimed at: its target must not be lost to an error.
    c.header("hx-retarget", "#main");
    c.header("hx-reswap", "afterbegin");
    const { code, faults, retryAfterS } = refusal ?? {};
    return answerFragment(
      c,
      <Refusal language={language} code={code} faults={faults} retryAfterS={retryAfterS} />,
      status,
    );
  }
  // Who is meant by nobody, or by several: no other words would help.
  const named = refusal?.faults.filter(({ names }) => names).map((fault) => text(language).fault(fault));
  const message = named?.join(" ") || undefined;
  const view = <ErrorPage page={await pageOrBare(c)} code={refusal?.code} message={message} ban={refusal?.ban} />;
  return answerPage(c, view, status);
}

function answerProblem(c: WebContext, refusal: BirdieError | undefined, status: ContentfulStatusCode): Response {
  const code = refusal?.code ?? "internal";
  if (status === 401) c.header("www-authenticate", 'Bearer realm="birdie"');
  c.header("cache-control", "no-store");
  return c.body(
    JSON.stringify({
      type: "about:blank",
      title: code,
      status,
      detail: refusal?.message ?? "something went wrong",
      code,
      ...(refusal?.ban ? { until: untilOf(refusal.ban), reason: refusal.ban.reason } : {}),
      ...(refusal && refusal.faults.length > 0 ? { faults: refusal.faults } : {}),
    }),
    status,
    { "content-type": "application/problem+json" },
  );
}

const untilOf = ({ untilMs }: Ban) => (untilMs === undefined ? null : iso(untilMs));

/** The token routes answer JSON whatever is asked for. */
function isForPrograms(c: WebContext): boolean {
  return c.req.path === "/token" || c.req.path.startsWith("/token/");
}

/** The page's frame, without counts when the database is what failed. */
function pageOrBare(c: WebContext) {
  return page(c).catch(() => page(c, NOWHERE));
}
