import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { LogInPage, ProfilePage, SettingsPage, SignUpPage } from "../../views/accounts.tsx";
import { FormerMemberPage } from "../../views/closing.tsx";
import { paths } from "../../views/paths.ts";
import type { SettingsNotice } from "../../views/settings.tsx";
import { type Person, readLanguage } from "../domain/account.ts";
import { parseAlarmChoices } from "../domain/choices.ts";
import { BirdieError, type ErrorCode, type Fault } from "../domain/errors.ts";
import { type Input, readId } from "../domain/input.ts";
import type { Feed } from "../domain/post.ts";
import type { Accounts, SignedIn } from "../service/accounts.ts";
import type { ChoiceActs } from "../service/choices.ts";
import type { Invitations } from "../service/invitations.ts";
import {
  answerJson,
  answerPage,
  isHtmx,
  page,
  pathOf,
  readInput,
  requirePrincipal,
  safeNext,
  seeOther,
  type WebContext,
  wantsJson,
} from "./answer.ts";
import { choicesJson, feedJson, profileJson, signInJson } from "./json.ts";
import { isSecure, keepChoice, readTheme, type WebEnv } from "./principal.ts";
import { STATUS } from "./refusal.tsx";

export interface AccountRoutesOptions {
  readonly accounts: Accounts;
  /** How an invitation stands, for the page it leads to. */
  readonly invitations?: Pick<Invitations, "stateOf">;
  readonly choices: ChoiceActs;
  /** Whether a reader has blocked somebody, for the profile page. */
  readonly hasBlocked?: (me: Person, other: string) => Promise<boolean>;
  /** Whether somebody takes messages from this person. */
  readonly takesFrom?: (me: Person, other: string) => Promise<boolean>;
  /** The posts of one person, for the profile page. `me` is the user id of who asks. */
  readonly postsOf: (userId: string, me: string | undefined, paging: { before?: number | undefined }) => Promise<Feed>;
}

/** What a form page shows again after a refusal. */
interface Refused {
  readonly values: Record<string, string | undefined>;
  readonly faults: readonly Fault[];
  readonly error: ErrorCode | undefined;
}

/** What the sign-up page has to show besides its form. */
interface SignUpAnswer {
  readonly form?: Refused;
  readonly code?: ErrorCode;
  /** The key of an invitation, as it came. */
  readonly invite: unknown;
}

/** What the settings show besides what is so. */
interface SettingsAnswer {
  readonly faults?: readonly Fault[];
  readonly values?: Readonly<Record<string, string | undefined>>;
  readonly notice?: SettingsNotice;
}

/** The set-up link's key, from the link to the form it leads to. */
const SETUP = "birdie-setup";
const SETUP_S = 3_600;
/** Refusals of a form that its page explains; anything else is the site's to answer. */
const EXPLAINED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "invalid",
  "wrong_credentials",
  "taken",
  "too_fast",
  "sign_up_closed",
  "banned",
  "unavailable",
]);

/** Signing up, in and out; profiles; settings. */
export function accountRoutes(options: AccountRoutesOptions): Hono<WebEnv> {
  const routes = new Hono<WebEnv>();
  doors(routes, options);
  tokens(routes, options);
  profiles(routes, options);
  settings(routes, options);
  return routes;
}

function doors(routes: Hono<WebEnv>, { accounts, invitations }: AccountRoutesOptions): void {
  const answerSignUp = async (c: WebContext, next: unknown, { form, code, invite }: SignUpAnswer) => {
    const shown = await page(c);
    const isByInvitation = shown.signup === "invite" && typeof invite === "string" && invite !== "";
    const state = isByInvitation ? await invitations?.stateOf(invite) : undefined;
    // Whoever comes by the set-up link or an invitation sees the form although sign-up is closed; the service decides.
    const isAdmitted = c.req.query("setup") || (getCookie(c, SETUP) && code !== "sign_up_closed") || state === "living";
    const context = isAdmitted ? { ...shown, signup: "open" as const } : shown;
    const key = state === "living" ? String(invite) : undefined;
    const over = state === "living" ? undefined : state;
    const view = <SignUpPage page={context} next={safeNext(next)} invite={key} over={over} {...(form ?? {})} />;
    const isOver = over !== undefined && code === undefined;
    return answerPage(c, view, code ? STATUS[code] : isOver ? STATUS.gone : 200);
  };

  routes.get("/signup", async (c) => {
    if (c.var.viewer.principal) return seeOther(c, safeNext(c.req.query("next")));
    const setup = c.req.query("setup");
    if (setup) {
      // Without its key, and once there is an admin, there is no such page.
      if (!(await accounts.isSetupKey(setup))) throw new BirdieError("not_found");
      const secure = isSecure(c.var.site.baseUrl());
      setCookie(c, SETUP, setup, { path: paths.signUp, httpOnly: true, sameSite: "Lax", secure, maxAge: SETUP_S });
    }
    return answerSignUp(c, c.req.query("next"), { invite: c.req.query("invite") });
  });

  routes.post("/signup", async (c) => {
    const input = await readInput(c);
    const setup = getCookie(c, SETUP);
    try {
      const signedIn = await accounts.signUp(setup ? { ...input, setup } : input, c.var.viewer.device);
      if (setup) deleteCookie(c, SETUP, { path: paths.signUp });
      return await answerSignedIn(c, accounts, signedIn, input);
    } catch (error) {
      return refused(c, error, ({ code }) =>
        answerSignUp(c, input["next"], {
          form: refusedForm(error, input, ["userId", "name"]),
          code,
          invite: input["invite"],
        }),
      );
    }
  });

  routes.get("/login", async (c) => {
    const next = safeNext(c.req.query("next"));
    if (c.var.viewer.principal) return seeOther(c, next);
    const isClosed = c.req.query("closed") !== undefined;
    return answerPage(c, <LogInPage page={await page(c)} next={next} isClosed={isClosed} />);
  });

  routes.post("/login", async (c) => {
    const input = await readInput(c);
    try {
      return await answerSignedIn(c, accounts, await accounts.logIn(input, c.var.viewer.device), input);
    } catch (error) {
      return refused(c, error, async ({ code, ban }) => {
        // Whoever knew the password is told in their own language.
        if (ban?.language) c.set("viewer", { ...c.var.viewer, language: ban.language });
        const form = refusedForm(error, input, ["userId"]);
        const view = <LogInPage page={await page(c)} next={safeNext(input["next"])} ban={ban} {...form} />;
        return answerPage(c, view, STATUS[code]);
      });
    }
  });

  // Also for those whose sign-in is over already: what they carry is dropped all the same.
  routes.post("/logout", async (c) => {
    const { principal } = c.var.viewer;
    if (principal) await accounts.logOut(principal);
    c.set("newTokens", "none");
    return wantsJson(c) ? answerJson(c, {}) : seeOther(c, paths.logIn);
  });
}

/** For programs: JSON in and out, no cookies. */
function tokens(routes: Hono<WebEnv>, { accounts }: AccountRoutesOptions): void {
  routes.post("/token", async (c) => {
    const input = await readInput(c);
    return answerTokens(c, await accounts.logIn(input, c.var.viewer.device));
  });

  routes.post("/token/refresh", async (c) => {
    const { refreshToken } = await readInput(c);
    if (typeof refreshToken !== "string") throw new BirdieError("not_signed_in");
    return answerTokens(c, await accounts.refresh(refreshToken, c.var.viewer.device));
  });
}

function profiles(routes: Hono<WebEnv>, { accounts, postsOf, hasBlocked, takesFrom }: AccountRoutesOptions): void {
  routes.get("/members/:userId", async (c) => {
    const { principal } = c.var.viewer;
    const me = principal?.userId;
    const profile = await accounts.profile(c.req.param("userId")).catch((error: unknown) => {
      if (!(error instanceof BirdieError) || error.code !== "gone" || wantsJson(c)) throw error;
      return undefined;
    });
    if (!profile) return answerPage(c, <FormerMemberPage page={await page(c)} />, STATUS.gone);
    const feed = await postsOf(profile.userId, me, { before: readId(c.req.query("before")) });
    if (wantsJson(c)) return answerJson(c, { ...profileJson(profile), ...feedJson(feed) });
    const isBlocked = principal ? await hasBlocked?.(principal, profile.userId) : false;
    const isOpen = principal ? await takesFrom?.(principal, profile.userId) : true;
    const view = { profile, feed, isBlocked: isBlocked ?? false, isOpen: isOpen ?? true };
    return answerPage(c, <ProfilePage page={await page(c)} {...view} />);
  });
}

function settings(routes: Hono<WebEnv>, { accounts, choices }: AccountRoutesOptions): void {
  const answerSettings = async (c: WebContext, more: SettingsAnswer) => {
    const me = requirePrincipal(c);
    const [signIns, chosen] = [await accounts.signIns(me), await choices.of(me)];
    if (wantsJson(c)) {
      const { userId, name, language, timeZone } = me;
      return answerJson(c, {
        userId,
        name,
        language: language ?? null,
        timeZone: timeZone ?? null,
        signIns: signIns.map(signInJson),
        ...choicesJson(chosen),
      });
    }
    const own = signIns.toSorted((a, b) => Number(b.isThisOne) - Number(a.isThisOne));
    const view = (
      <SettingsPage
        page={await page(c)}
        signIns={own}
        choices={chosen}
        chosenLanguage={me.language}
        chosenTimeZone={me.timeZone}
        {...more}
      />
    );
    return answerPage(c, view, more.faults ? STATUS.invalid : 200);
  };

  /** An act of the settings page: done, it leads back there with a notice; refused, the page comes again with the faults. */
  const act = async (c: WebContext, notice: SettingsNotice, work: () => Promise<object>, input: Input = {}) => {
    try {
      const done = await work();
      return wantsJson(c) ? answerJson(c, done) : seeOther(c, `${paths.settings}?notice=${notice}`);
    } catch (error) {
      if (!(error instanceof BirdieError) || error.code !== "invalid" || wantsJson(c) || isHtmx(c)) throw error;
      return answerSettings(c, { faults: error.faults, values: refusedForm(error, input, ["name"]).values });
    }
  };

  routes.get("/settings", (c) => {
    const notice = readNotice(c.req.query("notice"));
    return answerSettings(c, notice ? { notice } : {});
  });

  // Where a refused form of theirs stands.
  for (const form of [paths.settingsName, paths.settingsPassword]) {
    routes.get(form, (c) => seeOther(c, paths.settings));
  }

  routes.post("/settings/name", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    return act(c, "saved", async () => ({ userId: me.userId, name: await accounts.rename(me, input) }), input);
  });

  routes.post("/settings/alarms", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    return act(c, "saved", async () => {
      // Nothing rings while no browser is there either: its zone is kept, unless there is a chosen one.
      await choices.setAlarms(me, parseAlarmChoices(input), c.var.viewer.timeZone);
      return choicesJson(await choices.of(me));
    });
  });

  routes.post("/settings/password", async (c) => {
    const me = requirePrincipal(c);
    const input = await readInput(c);
    return act(c, "passwordSaved", async () => {
      await accounts.changePassword(me, input, c.var.viewer.device);
      return {};
    });
  });

  // Language and theme are also for those who are not signed in: then only the browser remembers them.
  routes.post("/settings/language", async (c) => {
    const { principal } = c.var.viewer;
    const { language, theme, timeZone } = await readInput(c);
    if (language !== undefined) {
      const chosen = readLanguage(language);
      keepChoice(c, "lang", chosen ?? "");
      if (principal) await accounts.setLanguage(principal, chosen);
    }
    if (typeof timeZone === "string" && principal) await accounts.setTimeZone(principal, timeZone);
    if (readTheme(theme)) keepChoice(c, "theme", readTheme(theme) ?? "");
    if (wantsJson(c)) return answerJson(c, {});
    return seeOther(c, principal ? `${paths.settings}?notice=saved` : pathOf(c));
  });

  routes.post("/settings/sign-ins/end-others", async (c) => {
    const me = requirePrincipal(c);
    return act(c, "ended", async () => {
      await accounts.endOtherSignIns(me);
      return {};
    });
  });

  routes.post("/settings/sign-ins/:id/end", async (c) => {
    const me = requirePrincipal(c);
    const id = c.req.param("id");
    return act(c, "ended", async () => {
      await accounts.endSignIn(me, id);
      return {};
    });
  });
}

async function answerSignedIn(c: WebContext, accounts: Accounts, signedIn: SignedIn, input: Input): Promise<Response> {
  const { principal, tokens } = signedIn;
  const before = c.var.viewer.principal;
  // The browser forgets the sign-in it had; so does the list of sign-ins.
  if (before && c.req.header("authorization") === undefined) await accounts.logOut(before);
  c.set("newTokens", tokens);
  const { userId, name } = principal;
  const expiresInS = c.var.site.accessTokenS;
  if (wantsJson(c))
    return answerJson(c, { userId, name, ...tokens, expiresInS }, c.req.path === paths.signUp ? 201 : 200);
  return seeOther(c, safeNext(input["next"]));
}

function answerTokens(c: WebContext, { tokens }: SignedIn): Response {
  c.header("pragma", "no-cache");
  return answerJson(c, { ...tokens, tokenType: "Bearer", expiresInS: c.var.site.accessTokenS });
}

/** A refusal that the form's own page explains; any other, and every program's, goes on to the site. */
function refused(
  c: WebContext,
  error: unknown,
  explain: (refusal: BirdieError) => Promise<Response>,
): Promise<Response> {
  if (!(error instanceof BirdieError) || !EXPLAINED.has(error.code) || wantsJson(c) || isHtmx(c)) throw error;
  if (error.retryAfterS !== undefined) c.header("retry-after", `${error.retryAfterS}`);
  return explain(error);
}

/** The form as it was typed, without its passwords. */
function refusedForm(error: unknown, input: Input, fields: readonly string[]): Refused {
  const refusal = error instanceof BirdieError ? error : undefined;
  const typed = fields.map((field) => [field, input[field]] as const).filter(([, value]) => typeof value === "string");
  return {
    values: Object.fromEntries(typed.map(([field, value]) => [field, String(value).slice(0, 200)])),
    faults: refusal?.faults ?? [],
    error: refusal?.code === "invalid" ? undefined : refusal?.code,
  };
}

function readNotice(value: string | undefined): SettingsNotice | undefined {
  return value === "saved" || value === "passwordSaved" || value === "ended" ? value : undefined;
}
