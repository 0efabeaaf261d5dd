import type { FC } from "hono/jsx";
import type { AdminEntry } from "../../src/domain/admin.ts";
import type { PageContext } from "../context.ts";
import { Author, Time } from "../parts.tsx";
import { text } from "../text.ts";

/** Who did what, to whom, when. */
export const Entries: FC<{ page: PageContext; entries: readonly AdminEntry[] }> = ({ page, entries }) => {
  const { admin } = text(page.language);
  if (entries.length === 0) return <p class="quiet-line">{admin.noLog}</p>;
  return (
    <ol class="admin-log">
      {entries.map((entry) => (
        <li>
          <Author person={entry.admin} />
          {admin.did(entry.act)[0]}
          {entry.about && <Author person={entry.about} />}
          {admin.did(entry.act)[1]}
          <Detail page={page} entry={entry} />
          <span class="meta line">
            <Time context={page} ms={entry.atMs} />
          </span>
        </li>
      ))}
    </ol>
  );
};

/** A suspension's detail begins with its days; anything else is shown as it was written down. */
const Detail: FC<{ page: PageContext; entry: AdminEntry }> = ({ page, entry: { act, detail } }) => {
  const { admin } = text(page.language);
  const [, days, reason] = /^(?:([0-9]+)(?:\n|$))?([\s\S]*)$/.exec(act === "ban" ? detail : "") ?? [];
  if (act === "ban") {
    return (
      <>
        {" "}
        ({admin.lengths[days ?? "forever"]}){reason && <span class="excerpt line">{reason}</span>}
      </>
    );
  }
  return detail === "" ? null : <span class="excerpt line">{detail}</span>;
};
