import type { FC } from "hono/jsx";
import type { Language, SignIn } from "../src/domain/account.ts";
import type { Choices } from "../src/domain/choices.ts";
import type { Fault } from "../src/domain/errors.ts";
import { AlarmSettings, PrivacySettings } from "./choices.tsx";
import type { PageContext } from "./context.ts";
import { faultFor } from "./errors.tsx";
import { Input, type Values } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { limits } from "./limits.ts";
import { Icon, Time } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

/** What was just done, said once at the top. */
export type SettingsNotice = "saved" | "passwordSaved" | "ended";

interface SettingsProps {
  readonly page: PageContext;
  /** The one of this device first is shown first. */
  readonly signIns: readonly SignIn[];
  readonly choices: Choices;
  readonly faults?: readonly Fault[] | undefined;
  /** What was typed into the form that was refused. */
  readonly values?: Values | undefined;
  readonly notice?: SettingsNotice | undefined;
  /** The account's own choice; undefined: as the browser asks. */
  readonly chosenLanguage?: Language | undefined;
  /** Likewise; undefined: as the browser says. */
  readonly chosenTimeZone?: string | undefined;
}

export const SettingsPage: FC<SettingsProps> = (props) => {
  const { page, signIns, choices, faults, values, notice, chosenLanguage, chosenTimeZone } = props;
  const words = text(page.language);
  return (
    <Layout page={page} title={words.settings.title}>
      <h1>{words.settings.title}</h1>
      {notice && (
        <p class="notice" role="status">
          {words.settings[notice]}
        </p>
      )}
      <div class="settings">
        <Places page={page} />
        <NameForm page={page} faults={faults} values={values} />
        <AlarmSettings page={page} choices={choices} faults={faults} />
        <PrivacySettings page={page} choices={choices} />
        <LookForm page={page} chosenLanguage={chosenLanguage} chosenTimeZone={chosenTimeZone} />
        <PasswordForm page={page} faults={faults} />
        <SignIns page={page} signIns={signIns} />
        <form method="post" action={paths.logOut} class="log-out">
          <button type="submit" class="quiet">
            {words.site.logOut}
          </button>
          <a href={paths.settingsClose}>{words.closing.title}</a>
        </form>
      </div>
    </Layout>
  );
};

/** What has a page of its own. */
const Places: FC<{ page: PageContext }> = ({ page }) => {
  const { devices, talk, keys, admin } = text(page.language);
  return (
    <ul class="places">
      <Place href={paths.settingsDevice} name={devices.title} hint={devices.placeHint} />
      <Place href={paths.blocks} name={talk.blocks} />
      <Place href={paths.settingsKeys} name={keys.title} hint={keys.placeHint} />
      {page.isAdmin && <Place href={paths.admin} name={admin.title} />}
    </ul>
  );
};

const Place: FC<{ href: string; name: string; hint?: string }> = ({ href, name, hint }) => (
  <li>
    <a href={href}>
      <span>
        {name}
        {hint && <span class="hint">{hint}</span>}
      </span>
      <Icon name="forward" />
    </a>
  </li>
);

interface FormProps {
  readonly page: PageContext;
  readonly faults?: readonly Fault[] | undefined;
}

const NameForm: FC<FormProps & { values?: Values | undefined }> = ({ page, faults, values }) => {
  const { settings, accounts, site } = text(page.language);
  return (
    <section class="setting">
      <h2>{settings.profile}</h2>
      <form method="post" action={paths.settingsName} class="stack">
        <Input
          language={page.language}
          name="name"
          label={settings.name}
          hint={accounts.nameHint}
          faults={faults}
          value={values?.["name"] ?? page.me?.name}
          autocomplete="nickname"
          max={limits.nameMax}
        />
        <button type="submit" class="quiet">
          {site.save}
        </button>
      </form>
    </section>
  );
};

const LANGUAGE_CHOICES: readonly (Language | "")[] = ["", "ko", "en"];
const THEMES = ["auto", "light", "dark"] as const;

interface LookProps {
  readonly page: PageContext;
  readonly chosenLanguage: Language | undefined;
  readonly chosenTimeZone: string | undefined;
}

/** One form for all, so that each saves what the others show: `language` ("", ko, en), `timeZone` ("" or IANA), `theme`. */
const LookForm: FC<LookProps> = ({ page, chosenLanguage, chosenTimeZone }) => {
  const { settings, site, language, choices } = text(page.language);
  return (
    <section class="setting">
      <h2>{settings.look}</h2>
      <form method="post" action={paths.settingsLanguage} class="stack">
        <div class="pair">
          <div class="field">
            <label for="look-language">{settings.languageLabel}</label>
            <select id="look-language" name="language">
              {LANGUAGE_CHOICES.map((choice) => (
                <option value={choice} lang={choice || undefined} selected={choice === (chosenLanguage ?? "")}>
                  {choice === "" ? language.auto : text(choice).language.own}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="look-theme">{settings.themeLabel}</label>
            <select id="look-theme" name="theme">
              {THEMES.map((theme) => (
                <option value={theme} selected={theme === page.theme}>
                  {settings.themes[theme]}
                </option>
              ))}
            </select>
          </div>
        </div>
        <div class="field">
          <label for="look-time-zone">{choices.timeZone}</label>
          <select id="look-time-zone" name="timeZone">
            <option value="" selected={chosenTimeZone === undefined}>
              {choices.timeZoneAuto}
            </option>
            {timeZones(chosenTimeZone).map((zone) => (
              <option value={zone} selected={zone === chosenTimeZone}>
                {zone.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        </div>
        <button type="submit" class="quiet">
          {site.save}
        </button>
      </form>
    </section>
  );
};

/** Every zone there is, and the chosen one, should it have an older name. */
function timeZones(chosen: string | undefined): readonly string[] {
  const zones = Intl.supportedValuesOf("timeZone");
  return chosen === undefined || zones.includes(chosen) ? zones : [chosen, ...zones];
}

const PasswordForm: FC<FormProps> = ({ page, faults }) => {
  const { settings, accounts } = text(page.language);
  const isCleared = ["currentPassword", "newPassword"].some((field) => faultFor(faults, field));
  return (
    <section class="setting">
      <h2>{settings.password}</h2>
      <form method="post" action={paths.settingsPassword} class="stack">
        {/* Password managers want to know whose password it is. */}
        <input type="hidden" name="username" value={page.me?.userId} autocomplete="username" />
        <Input
          language={page.language}
          name="currentPassword"
          label={settings.currentPassword}
          faults={faults}
          type="password"
          autocomplete="current-password"
          isCleared={isCleared}
        />
        <Input
          language={page.language}
          name="newPassword"
          label={settings.newPassword}
          hint={accounts.passwordHint}
          faults={faults}
          type="password"
          autocomplete="new-password"
          isCleared={isCleared}
        />
        <p class="hint">{settings.passwordNote}</p>
        <button type="submit" class="quiet">
          {settings.changePassword}
        </button>
      </form>
    </section>
  );
};

const SignIns: FC<{ page: PageContext; signIns: readonly SignIn[] }> = ({ page, signIns }) => {
  const { settings } = text(page.language);
  return (
    <section class="setting">
      <h2>{settings.signIns}</h2>
      <ul class="sign-ins">
        {signIns.map((signIn) => (
          <SignInRow page={page} signIn={signIn} />
        ))}
      </ul>
      {signIns.length > 1 && (
        <form method="post" action={paths.endOtherSignIns}>
          <button type="submit" class="quiet">
            {settings.endOthers}
          </button>
        </form>
      )}
    </section>
  );
};

const SignInRow: FC<{ page: PageContext; signIn: SignIn }> = ({ page, signIn }) => {
  const { settings } = text(page.language);
  const device = deviceOf(signIn.userAgent) ?? settings.unknownDevice;
  return (
    <li>
      <div>
        <strong title={signIn.userAgent}>{device}</strong>
        {signIn.isThisOne && <span class="chip">{settings.thisOne}</span>}
        <p class="meta">
          {signIn.address} · {settings.lastUsed} <Time context={page} ms={signIn.lastUsedAtMs} />
        </p>
      </div>
      {!signIn.isThisOne && (
        <form method="post" action={paths.endSignIn(signIn.id)}>
          <button type="submit" class="quiet small" aria-label={settings.endThis(device)}>
            {settings.end}
          </button>
        </form>
      )}
    </li>
  );
};

const BROWSERS = [
  ["Edg/", "Edge"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Whale/", "Whale"],
  ["OPR/", "Opera"],
  ["Firefox/", "Firefox"],
  ["FxiOS/", "Firefox"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Safari/", "Safari"],
] as const;

const SYSTEMS = [
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Android", "Android"],
  ["Windows", "Windows"],
  ["Mac OS X", "Mac"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
] as const;

/** "Chrome, Windows" out of a User-Agent; its first word for programs; undefined where there is nothing to go by. */
export function deviceOf(userAgent: string): string | undefined {
  const browser = BROWSERS.find(([sign]) => userAgent.includes(sign))?.[1];
  const system = SYSTEMS.find(([sign]) => userAgent.includes(sign))?.[1];
  if (browser && system) return `${browser}, ${system}`;
  return browser ?? (userAgent.split(/[\s/(]/, 1)[0] || undefined);
}
