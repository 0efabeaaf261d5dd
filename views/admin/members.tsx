import type { FC } from "hono/jsx";
import type { Person } from "../../src/domain/account.ts";
import type { AdminEntry, Inhabitant, Inhabitants } from "../../src/domain/admin.ts";
import type { Fault } from "../../src/domain/errors.ts";
import { BanWords } from "../bans.tsx";
import type { PageContext } from "../context.ts";
import { Blank, FieldError, faultFor } from "../errors.tsx";
import { Input, type Values } from "../forms.tsx";
import { limits } from "../limits.ts";
import { Author, Monogram, Time } from "../parts.tsx";
import { paths } from "../paths.ts";
import { calledIn, text } from "../text.ts";
import { dateInFull, dateOf } from "../time.ts";
import { AdminFrame } from "./frame.tsx";
import { Entries } from "./log.tsx";

type Show = "banned" | "admins" | undefined;

interface MembersProps {
  readonly page: PageContext;
  readonly query: string;
  readonly show: Show;
  readonly found: Inhabitants;
}

const addressOf = (query: string, show: Show, before?: string) => {
  const asked = new URLSearchParams();
  if (query) asked.set("q", query);
  if (show) asked.set("show", show);
  if (before) asked.set("before", before);
  return asked.size > 0 ? `${paths.adminMembers}?${asked}` : paths.adminMembers;
};

/** Everybody, the newest first, by name and by standing. */
export const AdminMembersPage: FC<MembersProps> = ({ page, query, show, found }) => {
  const { admin } = text(page.language);
  const shows = [
    [undefined, admin.everybody],
    ["banned", admin.onlyBanned],
    ["admins", admin.onlyAdmins],
  ] as const;
  return (
    <AdminFrame page={page} title={admin.members}>
      <search>
        <form method="get" action={paths.adminMembers} class="search">
          <input
            type="search"
            name="q"
            value={query}
            maxlength={limits.nameMax}
            aria-label={admin.findMember}
            placeholder={admin.findMember}
            autocomplete="off"
          />
          {show && <input type="hidden" name="show" value={show} />}
          <button type="submit">{admin.find}</button>
        </form>
      </search>
      <nav class="chips" aria-label={admin.show}>
        {shows.map(([one, name]) => (
          <a href={addressOf(query, one)} aria-current={one === show ? "true" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {found.people.length === 0 && <NobodyFound page={page} query={query} show={show} />}
      <ul class="found-members">
        {found.people.map((person) => (
          <li>
            <a href={paths.adminMember(person.userId)}>
              <Monogram person={person} />
              <span>
                <bdi>{calledIn(page.language, person)}</bdi> <span class="meta">{`@${person.userId}`}</span>
                <Standing page={page} person={person} />
                <span class="meta line">
                  {admin.joined} {dateInFull(page, person.joinedAtMs)} · <Seen page={page} person={person} />
                </span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      {found.before && (
        <p class="older">
          <a class="button quiet" href={addressOf(query, show, found.before)}>
            {admin.olderMembers}
          </a>
        </p>
      )}
    </AdminFrame>
  );
};

const NobodyFound: FC<Pick<MembersProps, "page" | "query" | "show">> = ({ page, query, show }) => {
  const { admin, choices } = text(page.language);
  return (
    <Blank title={query === "" ? admin.nobodyBanned : choices.noMembers(query)}>
      <p>{query === "" ? admin.nobodyBannedMore : choices.noMembersMore}</p>
      <a class="button quiet" href={query !== "" && show ? addressOf(query, undefined) : paths.adminMembers}>
        {query !== "" && show ? admin.findAmongAll : admin.showAll}
      </a>
    </Blank>
  );
};

const Seen: FC<{ page: PageContext; person: Inhabitant }> = ({ page, person: { seenAtMs } }) => {
  const { admin } = text(page.language);
  if (seenAtMs === undefined) return <>{admin.neverSeen}</>;
  return (
    <>
      {admin.seen} <Time context={page} ms={seenAtMs} />
    </>
  );
};

const Standing: FC<{ page: PageContext; person: Inhabitant }> = ({ page, person: { isAdmin, ban, closedAtMs } }) => {
  const { admin } = text(page.language);
  if (closedAtMs !== undefined) return <span class="chip">{admin.left(dateOf(page, closedAtMs))}</span>;
  return (
    <>
      {isAdmin && <span class="chip">{admin.admin}</span>}
      {ban && (
        <span class="chip danger">
          {admin.banned} {ban.untilMs === undefined ? admin.forGood : admin.bannedTill(dateOf(page, ban.untilMs))}
        </span>
      )}
    </>
  );
};

interface MemberProps {
  readonly page: PageContext;
  readonly person: Inhabitant;
  readonly invitedBy: Person | undefined;
  readonly entries: readonly AdminEntry[];
  readonly isLastAdmin: boolean;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
}

/** One member, and all that an admin can do about them. */
export const AdminMemberPage: FC<MemberProps> = (props) => {
  const { page, person, invitedBy, entries, isLastAdmin, values, faults } = props;
  const { admin } = text(page.language);
  const isMe = page.me?.userId === person.userId;
  return (
    <AdminFrame page={page} title={calledIn(page.language, person)}>
      <section class="profile">
        <Monogram person={person} size="large" />
        <div class="profile-who">
          <p>
            <span class="meta">@{person.userId}</span>
            <Standing page={page} person={person} />
          </p>
          <p class="meta">
            {admin.joined} {dateInFull(page, person.joinedAtMs)} · <Seen page={page} person={person} />
          </p>
          {invitedBy && (
            <p class="meta">
              {admin.cameBy}: <Author person={invitedBy} language={page.language} />
            </p>
          )}
        </div>
        {person.closedAtMs === undefined && (
          <a class="button quiet" href={paths.member(person.userId)}>
            {admin.toProfile}
          </a>
        )}
      </section>
      {person.ban && (
        <section class="setting">
          <h2>{admin.banned}</h2>
          <BanWords page={page} ban={person.ban} />
          <form method="post" action={paths.adminMemberAct(person.userId, "unban")}>
            <button type="submit" class="quiet">
              {admin.unban}
            </button>
          </form>
        </section>
      )}
      {!isMe && person.closedAtMs === undefined && (
        <BanForm page={page} person={person} values={values} faults={faults} />
      )}
      {person.closedAtMs === undefined && <Rights page={page} person={person} isLastAdmin={isLastAdmin} />}
      <section class="setting">
        <h2>{admin.log}</h2>
        <Entries page={page} entries={entries} />
      </section>
    </AdminFrame>
  );
};

const LENGTHS = ["1", "7", "forever"] as const;

const BanForm: FC<Omit<MemberProps, "invitedBy" | "entries" | "isLastAdmin">> = ({ page, person, values, faults }) => {
  const { admin } = text(page.language);
  const chosen = values?.["days"] ?? "7";
  return (
    <section class="setting">
      <h2>{person.ban ? admin.banAgain : admin.ban}</h2>
      <p class="hint">{admin.banLead(person.name)}</p>
      <form method="post" action={paths.adminMemberAct(person.userId, "ban")} class="stack">
        <div class="field">
          <label for="ban-days">{admin.banLength}</label>
          <select id="ban-days" name="days">
            {LENGTHS.map((length) => (
              <option value={length} selected={length === chosen}>
                {admin.lengths[length]}
              </option>
            ))}
          </select>
          <FieldError language={page.language} fault={faultFor(faults, "days")} />
        </div>
        <Input
          language={page.language}
          name="reason"
          label={admin.banReason}
          hint={admin.banReasonHint}
          faults={faults}
          value={values?.["reason"]}
          autocomplete="off"
          isOptional
          max={limits.reasonMax}
        />
        <button type="submit" class="danger">
          {person.ban ? admin.banAgain : admin.ban}
        </button>
      </form>
    </section>
  );
};

const Rights: FC<Pick<MemberProps, "page" | "person" | "isLastAdmin">> = ({ page, person, isLastAdmin }) => {
  const { admin } = text(page.language);
  const [act, words, question] = person.isAdmin
    ? (["demote", admin.demote, admin.sureDemote] as const)
    : (["promote", admin.promote, admin.surePromote] as const);
  return (
    <section class="setting">
      <h2>{admin.rights}</h2>
      {isLastAdmin ? (
        <p class="hint">{admin.lastAdmin}</p>
      ) : (
        <form method="post" action={paths.adminMemberAct(person.userId, act)} class="stack">
          <p class="hint">{question(person.name)}</p>
          <button type="submit" class="quiet">
            {words}
          </button>
        </form>
      )}
    </section>
  );
};
