import type { FC } from "hono/jsx";
import type { Choices, OpenTo, Showing } from "../src/domain/choices.ts";
import type { Fault } from "../src/domain/errors.ts";
import type { QuietHours } from "../src/domain/quiet.ts";
import type { PageContext } from "./context.ts";
import { FieldError, faultFor } from "./errors.tsx";
import { Switch } from "./forms.tsx";
import { paths } from "./paths.ts";
import { QuietLine } from "./quiet.tsx";
import { text } from "./text.ts";

interface ChoicesProps {
  readonly page: PageContext;
  readonly choices: Choices;
  readonly faults?: readonly Fault[] | undefined;
}

const KINDS = ["LIKES", "REPLY", "MENTION"] as const;
/** What the form of quiet hours offers to somebody who has none. */
const NIGHT: QuietHours = { fromMin: 22 * 60, toMin: 7 * 60 };

/** Which alarms, and when they are silent. */
export const AlarmSettings: FC<ChoicesProps> = ({ page, choices, faults }) => {
  const { choices: words, site } = text(page.language);
  const quiet = choices.quiet ?? NIGHT;
  return (
    <section class="setting" id="alarm-settings">
      <h2>{words.alarms}</h2>
      <form method="post" action={paths.settingsAlarms} class="stack">
        <fieldset>
          <legend>{words.wanted}</legend>
          {KINDS.map((kind) => (
            <Switch name={kind.toLowerCase()} label={words.kinds[kind]} isOn={!choices.alarmsOff.includes(kind)} />
          ))}
        </fieldset>
        <fieldset class="quiet-hours">
          <legend class="sr">{words.quiet}</legend>
          <Switch name="quiet" label={words.quiet} hint={words.quietHint} isOn={choices.quiet !== undefined} />
          <div class="pair">
            <Clock page={page} name="quietFrom" label={words.quietFrom} minute={quiet.fromMin} faults={faults} />
            <Clock page={page} name="quietTo" label={words.quietTo} minute={quiet.toMin} faults={faults} />
          </div>
          <QuietLine page={page} />
        </fieldset>
        <Switch name="hidesPushContent" label={words.hidesPushContent} isOn={choices.hidesPushContent} />
        <button type="submit" class="quiet">
          {site.save}
        </button>
      </form>
      {choices.mutedPosts.length > 0 && <MutedPosts page={page} choices={choices} />}
    </section>
  );
};

const OPEN_TO: readonly OpenTo[] = ["everybody", "requests", "known"];

/** Who may write to one, and what others see of one. */
export const PrivacySettings: FC<ChoicesProps> = ({ page, choices }) => {
  const { choices: words, site } = text(page.language);
  return (
    <section class="setting" id="privacy-settings">
      <h2>{words.privacy}</h2>
      <form method="post" action={paths.settingsPrivacy} class="stack">
        <div class="field">
          <label for="open-to">{words.openTo}</label>
          <select id="open-to" name="openTo">
            {OPEN_TO.map((one) => (
              <option value={one} selected={one === choices.openTo}>
                {words.openToOf[one]}
              </option>
            ))}
          </select>
        </div>
        <Shown
          page={page}
          choices={choices}
          name="sendsReceipts"
          label={words.sendsReceipts}
          hint={words.receiptsHint}
        />
        <Shown page={page} choices={choices} name="sendsTyping" label={words.sendsTyping} hint={words.typingHint} />
        <button type="submit" class="quiet">
          {site.save}
        </button>
      </form>
    </section>
  );
};

interface ShownProps extends ChoicesProps {
  readonly name: keyof Showing;
  readonly label: string;
  readonly hint: string;
}

/** One's own choice, or none: then it is as the community has it, whatever that will be. */
const Shown: FC<ShownProps> = ({ page, choices, name, label, hint }) => {
  const { choices: words } = text(page.language);
  const own = choices[name];
  return (
    <div class="field">
      <label for={`choice-${name}`}>{label}</label>
      <select id={`choice-${name}`} name={name} aria-describedby={`choice-${name}-hint`}>
        <option value="" selected={own === undefined}>
          {words.asCommunity(choices.community[name])}
        </option>
        <option value="on" selected={own === true}>
          {words.on}
        </option>
        <option value="off" selected={own === false}>
          {words.off}
        </option>
      </select>
      <p class="hint" id={`choice-${name}-hint`}>
        {hint}
      </p>
    </div>
  );
};

interface ClockProps {
  readonly page: PageContext;
  readonly name: string;
  readonly label: string;
  readonly minute: number;
  readonly faults: readonly Fault[] | undefined;
}

const Clock: FC<ClockProps> = ({ page, name, label, minute, faults }) => {
  const fault = faultFor(faults, name);
  return (
    <div class="field">
      <label for={`choice-${name}`}>{label}</label>
      <input
        type="time"
        id={`choice-${name}`}
        name={name}
        value={clockOf(minute)}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={fault ? `choice-${name}-error` : undefined}
      />
      <FieldError language={page.language} fault={fault} id={`choice-${name}-error`} />
    </div>
  );
};

/** 1320 is 22:00. */
export function clockOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

const MutedPosts: FC<Pick<ChoicesProps, "page" | "choices">> = ({ page, choices }) => {
  const { choices: words } = text(page.language);
  return (
    <>
      <h3>{words.mutedPosts}</h3>
      <ul class="muted-posts">
        {choices.mutedPosts.map(({ id, title }) => (
          <li>
            <a href={paths.post(id)} dir="auto">
              {title}
            </a>
            <form method="post" action={paths.unmutePost(id)}>
              <button type="submit" class="quiet small" aria-label={words.unmuteThis(title)}>
                {words.unmute}
              </button>
            </form>
          </li>
        ))}
      </ul>
    </>
  );
};
