import type { FC } from "hono/jsx";
import type { Fault } from "../../src/domain/errors.ts";
import type { Invitation } from "../../src/domain/invitation.ts";
import type { PageContext } from "../context.ts";
import { FieldError, faultFor } from "../errors.tsx";
import { Author } from "../parts.tsx";
import { paths } from "../paths.ts";
import { Older } from "../posts.tsx";
import { text } from "../text.ts";
import { dateInFull } from "../time.ts";
import { AdminFrame } from "./frame.tsx";

interface InvitationsProps {
  readonly page: PageContext;
  /** Where the links lead: the address people use. */
  readonly baseUrl: string;
  readonly found: { readonly invitations: readonly Invitation[]; readonly before: number | undefined };
  readonly faults?: readonly Fault[] | undefined;
}

/** A form for another link, and all links there are with who came by them. */
export const AdminInvitationsPage: FC<InvitationsProps> = ({ page, baseUrl, found, faults }) => {
  const { admin } = text(page.language);
  return (
    <AdminFrame page={page} title={admin.invitations}>
      {page.signup !== "invite" && (
        <p class="notice">{page.signup === "open" ? admin.signupOpen : admin.signupClosed}</p>
      )}
      <section class="setting">
        <h2>{admin.newInvitation}</h2>
        <p class="hint">{admin.invitationLead}</p>
        <form method="post" action={paths.adminInvitations} class="stack">
          <div class="pair">
            <Count page={page} name="uses" label={admin.uses} fallback={1} max={100} faults={faults} />
            <Count page={page} name="days" label={admin.days} fallback={7} max={90} faults={faults} />
          </div>
          <button type="submit">{admin.makeInvitation}</button>
        </form>
      </section>
      {found.invitations.length === 0 && <p class="quiet-line">{admin.noInvitations}</p>}
      {found.invitations.map((invitation) => (
        <InvitationArticle page={page} baseUrl={baseUrl} invitation={invitation} />
      ))}
      <Older path={paths.adminInvitations} before={found.before} label={admin.moreInvitations} />
    </AdminFrame>
  );
};

interface CountProps extends Pick<InvitationsProps, "page" | "faults"> {
  readonly name: string;
  readonly label: string;
  readonly fallback: number;
  readonly max: number;
}

const Count: FC<CountProps> = ({ page, name, label, fallback, max, faults }) => {
  const fault = faultFor(faults, name);
  return (
    <div class="field">
      <label for={`invitation-${name}`}>{label}</label>
      <input
        id={`invitation-${name}`}
        name={name}
        type="number"
        min={1}
        max={max}
        value={fallback}
        required
        aria-invalid={fault ? "true" : undefined}
      />
      <FieldError language={page.language} fault={fault} />
    </div>
  );
};

const InvitationArticle: FC<{ page: PageContext; baseUrl: string; invitation: Invitation }> = (props) => {
  const { page, baseUrl, invitation } = props;
  const { admin } = text(page.language);
  const { id, key, state, guests, madeBy } = invitation;
  return (
    <article class="report">
      <p>
        {admin.usedBy(invitation.useCount, invitation.usesMax)} ·{" "}
        {admin.endsAt(dateInFull(page, invitation.expiresAtMs))}
        {state !== "living" && <span class="chip">{admin.states[state]}</span>}
      </p>
      <p class="meta">
        <Author person={madeBy} language={page.language} />
      </p>
      {state === "living" && (
        <div class="field">
          <label for={`invitation-${id}`}>{admin.link}</label>
          <input id={`invitation-${id}`} value={`${baseUrl}${paths.invitation(key)}`} readonly />
        </div>
      )}
      {guests.length > 0 && (
        <p>
          {guests.map((guest, i) => (
            <>
              {i > 0 && ", "}
              <Author person={guest} language={page.language} />
            </>
          ))}
        </p>
      )}
      {state === "living" && (
        <form method="post" action={paths.revokeInvitation(id)} class="row">
          <button type="submit" class="quiet">
            {admin.revoke}
          </button>
        </form>
      )}
    </article>
  );
};
