import type { FC } from "hono/jsx";
import type { Person } from "../src/domain/account.ts";
import type { Fault } from "../src/domain/errors.ts";
import type { Reportable } from "../src/domain/report.ts";
import type { PageContext } from "./context.ts";
import { Area, type Values } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { limits } from "./limits.ts";
import { Author } from "./parts.tsx";
import { text } from "./text.ts";

interface ReportProps {
  readonly page: PageContext;
  readonly kind: Reportable;
  readonly author: Person;
  readonly body: string;
  /** Where the form goes, and where one came from. */
  readonly action: string;
  readonly back: string;
  readonly isSent: boolean;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

/** Telling the admins of something: what it is, who will see what, one sentence why. */
export const ReportPage: FC<ReportProps> = ({ page, kind, author, body, action, back, isSent, values, faults }) => {
  const { admin, site } = text(page.language);
  return (
    <Layout page={page} title={admin.reportTitle}>
      <h1>{admin.reportTitle}</h1>
      <p class="lead">{kind === "message" ? admin.reportMessageLead : admin.reportLead}</p>
      <blockquote class="reported" dir="auto">
        <Author person={author} language={page.language} />
        {`\n${body.trim() === "" ? admin.noText : shortened(body)}`}
      </blockquote>
      {isSent ? (
        <>
          <p class="notice" role="status">
            {admin.reported}
          </p>
          <p class="older">
            <a class="button quiet" href={back}>
              {site.back}
            </a>
          </p>
        </>
      ) : (
        <form method="post" action={action} class="stack">
          <Area
            language={page.language}
            name="reason"
            label={admin.reportReason}
            value={values?.["reason"]}
            faults={faults}
            rows={3}
            max={limits.reasonMax}
            autofocus
          />
          <div class="row end">
            <a class="button quiet" href={back}>
              {site.cancel}
            </a>
            <button type="submit">{admin.sendReport}</button>
          </div>
        </form>
      )}
    </Layout>
  );
};

const SHOWN_MAX = 600;

/** Enough to know it again. */
function shortened(body: string): string {
  const letters = [...body];
  return letters.length > SHOWN_MAX ? `${letters.slice(0, SHOWN_MAX).join("")}…` : body;
}
