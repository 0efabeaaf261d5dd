import type { Child, FC } from "hono/jsx";
import type { Profile } from "../src/domain/account.ts";
import type { Ban } from "../src/domain/ban.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import type { InvitationState } from "../src/domain/invitation.ts";
import type { Feed } from "../src/domain/post.ts";
import { BanNotice } from "./bans.tsx";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { FormError, Input, type Values } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { limits } from "./limits.ts";
import { Icon, Monogram } from "./parts.tsx";
import { paths } from "./paths.ts";
import { PostCard } from "./post-card.tsx";
import { Older } from "./posts.tsx";
import { UnblockForm } from "./room-members.tsx";
import { text } from "./text.ts";
import { dateInFull } from "./time.ts";

export { SettingsPage } from "./settings.tsx";

interface DoorProps {
  readonly page: PageContext;
  readonly values?: Values | undefined;
  readonly faults?: readonly Fault[] | undefined;
  /** Where to go afterwards: a path of this site. */
  readonly next?: string | undefined;
  readonly error?: ErrorCode | undefined;
  readonly ban?: Ban | undefined;
  /** The key of the invitation one came by. */
  readonly invite?: string | undefined;
  /** Somebody has just left for good by this door. */
  readonly isClosed?: boolean;
  /** Why an invitation lets nobody in. */
  readonly over?: Exclude<InvitationState, "living"> | "unknown" | undefined;
}

export const SignUpPage: FC<DoorProps> = ({ page, values, faults, next, error, invite, over }) => {
  const { language } = page;
  const { accounts, admin, errors, site } = text(language);
  const isOpen = page.signup === "open";
  const isCleared = values !== undefined;
  const title = page.signup === "closed" ? errors.sign_up_closed.title : accounts.signUpTitle;
  return (
    <Layout page={page} title={site.signUp} shape="door">
      <DoorCard title={invite ? admin.invitedTitle : title} lead={isOpen ? accounts.signUpLead : undefined}>
        {isOpen ? (
          <form method="post" action={paths.signUp} class="stack">
            <FormError language={language} code={error} />
            {next && <input type="hidden" name="next" value={next} />}
            {invite && <input type="hidden" name="invite" value={invite} />}
            <Input
              language={language}
              name="userId"
              label={accounts.userId}
              hint={accounts.userIdHint}
              faults={faults}
              value={values?.["userId"]}
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              max={limits.userIdMax}
              autofocus={!isCleared}
            />
            <Input
              language={language}
              name="name"
              label={accounts.name}
              hint={accounts.nameHint}
              faults={faults}
              value={values?.["name"]}
              autocomplete="nickname"
              max={limits.nameMax}
            />
            <Input
              language={language}
              name="password"
              label={accounts.password}
              hint={accounts.passwordHint}
              faults={faults}
              type="password"
              autocomplete="new-password"
              autofocus={isCleared}
              isCleared={isCleared}
            />
            <button type="submit">{accounts.signUpButton}</button>
          </form>
        ) : over ? (
          <div class="notice" role="status">
            <p>{admin.invitationOver[over]}</p>
            <p>{admin.invitationMend}</p>
          </div>
        ) : (
          <div class="notice">
            <p>{page.signup === "invite" ? accounts.invited : accounts.closed}</p>
            <p>{page.signup === "invite" ? accounts.invitedMore : accounts.closedMore}</p>
          </div>
        )}
        <p class="other-door">
          {accounts.haveAccount} <a href={withNext(paths.logIn, next)}>{site.logIn}</a>
        </p>
      </DoorCard>
    </Layout>
  );
};

export const LogInPage: FC<DoorProps> = ({ page, values, faults, next, error, ban, isClosed }) => {
  const { language } = page;
  const { accounts, admin, closing, site } = text(language);
  const isCleared = values !== undefined;
  return (
    <Layout page={page} title={site.logIn} shape="door">
      {isClosed && (
        <p class="notice" role="status">
          {closing.done}
        </p>
      )}
      <DoorCard title={accounts.logInTitle} lead={accounts.logInLead}>
        <form method="post" action={paths.logIn} class="stack">
          {ban ? <BanNotice page={page} ban={ban} /> : <FormError language={language} code={error} />}
          {next && <input type="hidden" name="next" value={next} />}
          <Input
            language={language}
            name="userId"
            label={accounts.userId}
            faults={faults}
            value={values?.["userId"]}
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            autofocus={!isCleared}
          />
          <Input
            language={language}
            name="password"
            label={accounts.password}
            hint={error === "wrong_credentials" ? admin.forgotten : undefined}
            faults={faults}
            type="password"
            autocomplete="current-password"
            autofocus={isCleared}
            isCleared={isCleared}
          />
          <button type="submit">{accounts.logInButton}</button>
        </form>
        {page.signup !== "closed" && (
          <p class="other-door">
            {accounts.noAccount} <a href={withNext(paths.signUp, next)}>{site.signUp}</a>
          </p>
        )}
      </DoorCard>
    </Layout>
  );
};

const withNext = (path: string, next: string | undefined) => (next ? `${path}?next=${encodeURIComponent(next)}` : path);

const DoorCard: FC<{ title: string; lead?: string | undefined; children?: Child }> = ({ title, lead, children }) => (
  <section class="door-card">
    <h1>{title}</h1>
    {lead && <p class="lead">{lead}</p>}
    {children}
  </section>
);

interface ProfileProps {
  readonly page: PageContext;
  readonly profile: Profile;
  readonly feed: Feed;
  /** By the reader. */
  readonly isBlocked?: boolean;
  /** They take messages from the reader. */
  readonly isOpen?: boolean;
}

export const ProfilePage: FC<ProfileProps> = ({ page, profile, feed, isBlocked = false, isOpen = true }) => {
  const { accounts, site } = text(page.language);
  const isMine = page.me?.userId === profile.userId;
  return (
    <Layout page={page} title={profile.name}>
      <section class="profile">
        <Monogram person={profile} size="large" />
        <div class="profile-who">
          <h1>
            <bdi>{profile.name}</bdi>
          </h1>
          <p class="meta">@{profile.userId}</p>
          <p class="meta">
            {accounts.since(dateInFull(page, profile.createdAtMs))} · {accounts.posts(profile.postCount)}
          </p>
        </div>
        {isMine ? (
          <a class="button quiet" href={paths.settings}>
            {site.settings}
          </a>
        ) : (
          page.me && <ProfileActs page={page} profile={profile} isBlocked={isBlocked} isOpen={isOpen} />
        )}
      </section>
      <h2 class="sr">{accounts.postsOf(profile.name)}</h2>
      {feed.posts.length === 0 ? (
        <Blank title={isMine ? accounts.noPostsOfMine : accounts.noPosts}>
          <a class="button" href={paths.home}>
            {isMine ? accounts.writeFirst : site.home}
          </a>
        </Blank>
      ) : (
        <div class="feed">
          {feed.posts.map((post) => (
            <PostCard context={page} post={post} />
          ))}
        </div>
      )}
      <Older path={paths.member(profile.userId)} before={feed.before} label={text(page.language).posts.older} />
    </Layout>
  );
};

/** What a reader can do with somebody: write to them, or want nothing of them. */
const ProfileActs: FC<{ page: PageContext; profile: Profile; isBlocked: boolean; isOpen: boolean }> = (props) => {
  const { page, profile, isBlocked, isOpen } = props;
  const { accounts, admin, talk } = text(page.language);
  if (isBlocked) return <UnblockForm page={page} userId={profile.userId} />;
  return (
    <div class="profile-acts">
      {isOpen ? (
        <form method="post" action={paths.rooms}>
          <input type="hidden" name="userId" value={profile.userId} />
          <button type="submit">
            <Icon name="messages" />
            {accounts.message}
          </button>
        </form>
      ) : (
        <p class="meta">{talk.onlyKnown}</p>
      )}
      <details class="menu" data-closes="">
        <summary aria-label={text(page.language).site.more}>
          <Icon name="more" />
        </summary>
        <div class="menu-items">
          <a href={`${paths.newGroup}?with=${profile.userId}`}>{talk.newGroup}</a>
          {page.isAdmin && <a href={paths.adminMember(profile.userId)}>{admin.manage}</a>}
          <details class="sure">
            <summary>{talk.block}</summary>
            <form method="post" action={paths.block(profile.userId)}>
              <p>{talk.sureBlock(profile.name)}</p>
              <button type="submit" class="danger">
                {talk.block}
              </button>
            </form>
          </details>
        </div>
      </details>
    </div>
  );
};
