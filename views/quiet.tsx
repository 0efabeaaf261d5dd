import type { FC } from "hono/jsx";
import type { PageContext } from "./context.ts";
import { Icon } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";
import { clockTime } from "./time.ts";

/** Both are hidden outside of quiet hours; the script shows and hides them as the hours begin and end. */
interface QuietProps {
  readonly page: PageContext;
}

/** Beside the bell: the numbers are true, and nothing rings. */
export const QuietMoon: FC<QuietProps> = ({ page }) => {
  const span = spanOf(page);
  if (!span) return null;
  return (
    <span class="moon" role="img" aria-label={span.words} title={span.words} {...span.marks}>
      <Icon name="moon" />
    </span>
  );
};

/** In words, where alarms are listed and where they are set. */
export const QuietLine: FC<QuietProps & { isLinked?: boolean }> = ({ page, isLinked = false }) => {
  const { choices: words } = text(page.language);
  const span = spanOf(page);
  if (!span) return null;
  return (
    <p class="quiet-line" {...span.marks}>
      <Icon name="moon" />
      <span>
        <strong>{span.words}.</strong> {words.quietMeans}
      </span>
      {isLinked && <a href={`${paths.settings}#alarm-settings`}>{words.change}</a>}
    </p>
  );
};

function spanOf(page: PageContext) {
  const { quiet } = page;
  if (!quiet) return undefined;
  const { choices: words } = text(page.language);
  const { fromMs, toMs, timeZone } = quiet;
  return {
    words: fromMs === 0 ? words.quietAlways : words.quietUntil(clockTime({ ...page, timeZone }, toMs)),
    marks: { hidden: page.nowMs < fromMs || page.nowMs >= toMs, "data-quiet-from": fromMs, "data-quiet-to": toMs },
  };
}
