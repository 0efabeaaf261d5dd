import type { FC } from "hono/jsx";
import type { AdminEntry, AdminThing } from "../../src/domain/admin.ts";
import type { PageContext } from "../context.ts";
import { Author, Time } from "../parts.tsx";
import { paths } from "../paths.ts";
import { text } from "../text.ts";

/** Who did what, to whom, when. */
export const Entries: FC<{ page: PageContext; entries: readonly AdminEntry[] }> = ({ page, entries }) => {
  const { admin } = text(page.language);
  if (entries.length === 0) return <p class="quiet-line">{admin.noLog}</p>;
  return (
    <ol class="admin-log">
      {entries.map((entry) => (
        <li>
          <Author person={entry.admin} language={page.language} />
          {admin.did(entry.act)[0]}
          {entry.about && <Author person={entry.about} language={page.language} />}
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

const Detail: FC<{ page: PageContext; entry: AdminEntry }> = ({ page, entry: { act, days, uses, detail, thing } }) => {
  const { admin } = text(page.language);
  if (act === "ban") {
    return (
      <>
        {" "}
        ({admin.lengths[days ?? "forever"]}){detail && <span class="excerpt line">{detail}</span>}
      </>
    );
  }
  if (thing) return <Thing page={page} thing={thing} />;
  if (act === "invite" || act === "revoke") return <InvitationLink page={page} uses={uses} days={days} />;
  return detail === "" ? null : <span class="excerpt line">{detail}</span>;
};

/** What was written, with a way to what is still there of it: the thing itself, or the post it stood under. */
const Thing: FC<{ page: PageContext; thing: AdminThing }> = ({ page, thing: { kind, id, isThere, post } }) => {
  const { admin } = text(page.language);
  const place = post && (kind === "comment" && isThere ? paths.commentOn(post.id, id) : paths.post(post.id));
  return (
    <span class="excerpt line">
      {admin.kinds[kind]}
      {post && place && (
        <>
          {": "}
          <a href={place}>
            <bdi>{post.title}</bdi>
          </a>
        </>
      )}
    </span>
  );
};

/** Of a new one: for how many people and days. */
const InvitationLink: FC<{ page: PageContext } & Pick<AdminEntry, "uses" | "days">> = ({ page, uses, days }) => {
  const { admin } = text(page.language);
  return (
    <span class="excerpt line">
      <a href={paths.adminInvitations}>{uses && days ? admin.invitedFor(uses, days) : admin.invitations}</a>
    </span>
  );
};
