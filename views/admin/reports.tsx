import type { FC } from "hono/jsx";
import type { Report, Reports } from "../../src/domain/report.ts";
import type { PageContext } from "../context.ts";
import { Blank } from "../errors.tsx";
import { Author, Time } from "../parts.tsx";
import { paths } from "../paths.ts";
import { Pictures } from "../pictures.tsx";
import { text } from "../text.ts";
import { AdminFrame } from "./frame.tsx";

/** What members want looked at, the oldest first. */
export const AdminReportsPage: FC<{ page: PageContext; found: Reports }> = ({ page, found }) => {
  const { admin } = text(page.language);
  return (
    <AdminFrame page={page} title={admin.reports}>
      {found.reports.length === 0 && (
        <Blank title={admin.noReports}>
          <p>{admin.noReportsMore}</p>
          <a class="button quiet" href={paths.admin}>
            {admin.overview}
          </a>
        </Blank>
      )}
      {found.reports.map((report) => (
        <ReportArticle page={page} report={report} />
      ))}
      {found.after && (
        <p class="older">
          <a class="button quiet" href={`${paths.adminReports}?after=${found.after}`}>
            {admin.moreReports}
          </a>
        </p>
      )}
    </AdminFrame>
  );
};

const ReportArticle: FC<{ page: PageContext; report: Report }> = ({ page, report }) => {
  const { admin } = text(page.language);
  const { id, author, reporter, body, reason, isGone, pictures } = report;
  const address = addressOf(report);
  return (
    <article class="report" id={`report-${id}`}>
      <p>
        {admin.kinds[report.kind]} · <Author person={author} language={page.language} />
        {isGone && <span class="chip danger">{admin.isGone}</span>}
      </p>
      <blockquote dir="auto">{body.trim() === "" ? admin.noText : body}</blockquote>
      <Pictures language={page.language} pictures={pictures} />
      <p>
        <span class="meta">
          {reporter && (
            <>
              {admin.reportedBy} <Author person={reporter} language={page.language} /> ·{" "}
            </>
          )}
          <Time context={page} ms={report.atMs} />
          {!reporter && <> · {report.mayDismiss ? admin.aboutYou : admin.aboutYouForOthers}</>}
        </span>
      </p>
      <p dir="auto">{reason}</p>
      <div class="row">
        {address && !isGone && (
          <a class="button quiet" href={address}>
            {admin.open}
          </a>
        )}
        {report.mayDismiss && (
          <form method="post" action={paths.adminReportAct(id, "dismiss")}>
            <button type="submit" class="quiet">
              {admin.dismiss}
            </button>
          </form>
        )}
        {reporter && (
          <a class="button quiet" href={paths.adminMember(author.userId)}>
            {admin.ban}
          </a>
        )}
        {!isGone && (
          <details class="sure">
            <summary>{admin.remove}</summary>
            <form method="post" action={paths.adminReportAct(id, "remove")}>
              <p>{admin.sureRemove}</p>
              <button type="submit" class="danger">
                {admin.remove}
              </button>
            </form>
          </details>
        )}
      </div>
    </article>
  );
};

/** A room is for its members: of a message, an admin sees what was reported and nothing else. */
function addressOf({ kind, placeId, thingId }: Report): string | undefined {
  if (kind === "post") return paths.post(placeId);
  return kind === "comment" ? paths.commentOn(placeId, thingId) : undefined;
}
