import type { FC } from "hono/jsx";
import type { Fault } from "../src/domain/errors.ts";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { Input, Switch } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

interface ClosingProps {
  readonly page: PageContext;
  /** What they have posted, and whether nobody else could run the community. */
  readonly postCount: number;
  readonly commentCount: number;
  readonly isLastAdmin: boolean;
  /** As it was chosen before a refusal. */
  readonly erasesPosts?: boolean | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

/** Leaving for good: what happens, what stays, and the password once more. */
export const ClosingPage: FC<ClosingProps> = ({ page, postCount, commentCount, isLastAdmin, erasesPosts, faults }) => {
  const { closing, site } = text(page.language);
  const userId = page.me?.userId ?? "";
  if (isLastAdmin) {
    return (
      <Layout page={page} title={closing.title}>
        <h1>{closing.title}</h1>
        <Blank title={closing.lastAdmin}>
          <p>{closing.lastAdminMore}</p>
          <a class="button quiet" href={paths.adminMembers}>
            {closing.toMembers}
          </a>
        </Blank>
      </Layout>
    );
  }
  return (
    <Layout page={page} title={closing.title}>
      <h1>{closing.title}</h1>
      <p class="lead">{closing.lead}</p>
      <ul class="plain-words">
        <li>{closing.signedOut}</li>
        <li>{closing.userId(userId)}</li>
        <li>{closing.name}</li>
        <li>{closing.groups}</li>
        {postCount + commentCount > 0 && <li>{closing.posts(postCount, commentCount)}</li>}
      </ul>
      <form method="post" action={paths.settingsClose} class="stack closing">
        {postCount + commentCount > 0 && (
          <Switch name="erase" label={closing.erase} hint={closing.eraseHint} isOn={erasesPosts ?? false} />
        )}
        <input type="hidden" name="username" value={userId} autocomplete="username" />
        <Input
          language={page.language}
          name="password"
          label={closing.password}
          hint={closing.passwordHint}
          faults={faults}
          type="password"
          autocomplete="current-password"
        />
        <div class="row">
          <button type="submit" class="danger">
            {closing.button}
          </button>
          <a class="button quiet" href={paths.settings}>
            {site.cancel}
          </a>
        </div>
      </form>
    </Layout>
  );
};

/** In place of the page of somebody who has left. */
export const FormerMemberPage: FC<{ page: PageContext }> = ({ page }) => {
  const { closing, site } = text(page.language);
  return (
    <Layout page={page} title={closing.formerPage}>
      <Blank title={closing.formerPage} level={1}>
        <p>{closing.formerPageMore}</p>
        <a class="button" href={paths.home}>
          {site.home}
        </a>
      </Blank>
    </Layout>
  );
};
