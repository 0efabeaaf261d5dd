import type { FC } from "hono/jsx";
import type { AdminEntry, Health } from "../../src/domain/admin.ts";
import type { Showing } from "../../src/domain/choices.ts";
import type { PageContext } from "../context.ts";
import { Switch } from "../forms.tsx";
import { paths } from "../paths.ts";
import { Older } from "../posts.tsx";
import { text } from "../text.ts";
import { AdminFrame } from "./frame.tsx";
import { HealthSection } from "./health.tsx";
import { Entries } from "./log.tsx";

interface AdminProps {
  readonly page: PageContext;
  readonly openReportCount: number;
  readonly health: Health;
  readonly showing: Showing;
  readonly log: { readonly entries: readonly AdminEntry[]; readonly before: number | undefined };
}

/** How the community and its server stand, and what was done lately. */
export const AdminPage: FC<AdminProps> = ({ page, openReportCount, health, showing, log }) => {
  const { admin } = text(page.language);
  return (
    <AdminFrame page={page} title={admin.title}>
      <p class="lead">
        <a href={paths.adminReports}>{admin.openReports(openReportCount)}</a>
      </p>
      <HealthSection page={page} health={health} />
      <ShowingForm page={page} showing={showing} />
      <section class="setting">
        <h2>{admin.log}</h2>
        {log.entries.length === 0 ? (
          <p class="quiet-line">
            {admin.noLogMore} <a href={paths.adminMembers}>{admin.toMembers}</a>
          </p>
        ) : (
          <Entries page={page} entries={log.entries} />
        )}
        <Older path={paths.admin} before={log.before} label={admin.olderLog} />
      </section>
    </AdminFrame>
  );
};

/** What members show who have not chosen for themselves. */
const ShowingForm: FC<{ page: PageContext; showing: Showing }> = ({ page, showing }) => {
  const { admin, site } = text(page.language);
  return (
    <section class="setting">
      <h2>{admin.showing}</h2>
      <p class="hint">{admin.showingLead}</p>
      <form method="post" action={paths.adminCommunity} class="stack">
        <div>
          <Switch name="sendsReceipts" label={admin.showsReceipts} isOn={showing.sendsReceipts} />
          <Switch name="sendsTyping" label={admin.showsTyping} isOn={showing.sendsTyping} />
        </div>
        <button type="submit" class="quiet">
          {site.save}
        </button>
      </form>
    </section>
  );
};
