import type { FC } from "hono/jsx";
import type { AlarmKind, Inbox } from "../src/domain/alarm.ts";
import { AlarmRow } from "./alarm-row.tsx";
import type { PageContext } from "./context.ts";
import { Blank } from "./errors.tsx";
import { ids } from "./ids.ts";
import { Layout } from "./layout.tsx";
import { paths } from "./paths.ts";
import { Older } from "./posts.tsx";
import { QuietLine } from "./quiet.tsx";
import { text } from "./text.ts";

export { AlarmRow } from "./alarm-row.tsx";
export { AlarmBadge, MessageBadge } from "./badges.tsx";
export { QueuePush } from "./queue-pushes.tsx";

interface InboxProps {
  readonly page: PageContext;
  readonly inbox: Inbox;
  /** Only alarms of this kind are shown. */
  readonly kind?: AlarmKind | undefined;
  /** A page behind the first: what is new does not belong here. */
  readonly isOlder?: boolean;
  /** What was just done from a row, and can be undone. */
  readonly done?: InboxDone | undefined;
}

export type InboxDone = { readonly mutedPostId: number } | { readonly turnedOff: AlarmKind };

export const InboxPage: FC<InboxProps> = ({ page, inbox, kind, isOlder = false, done }) => {
  const { alarms } = text(page.language);
  const path = kind ? `${paths.alarms}?kind=${kind}` : paths.alarms;
  return (
    <Layout page={page} title={alarms.title} queuePosition={inbox.position}>
      <div class="page-head">
        <h1>{alarms.title}</h1>
        <ReadAllForm page={page} inbox={inbox} kind={kind} />
      </div>
      <QuietLine page={page} isLinked />
      {done && <Done page={page} done={done} />}
      <Kinds page={page} kind={kind} />
      <ol id={ids.alarms} class="alarms" data-kind={kind} data-older={isOlder ? "" : undefined}>
        {inbox.alarms.map((alarm) => (
          <AlarmRow context={page} alarm={alarm} />
        ))}
      </ol>
      <InboxBlank page={page} kind={kind} />
      <Older path={path} before={inbox.before} label={alarms.older} />
    </Layout>
  );
};

/** Hidden while nothing is unread; the script shows it when something comes. */
const ReadAllForm: FC<Pick<InboxProps, "page" | "inbox" | "kind">> = ({ page, inbox, kind }) => {
  const newest = inbox.alarms[0]?.id ?? 0;
  return (
    <form
      method="post"
      action={paths.readAlarms}
      class="read-all"
      hidden={newest === 0 || page.counts.unreadAlarmCount === 0}
    >
      <input type="hidden" name="upTo" value={newest} />
      {kind && <input type="hidden" name="kind" value={kind} />}
      <button type="submit" class="quiet small">
        {text(page.language).alarms.readAll}
      </button>
    </form>
  );
};

/** Said once, with the way back. */
const Done: FC<{ page: PageContext; done: InboxDone }> = ({ page, done }) => {
  const { choices } = text(page.language);
  const isMuted = "mutedPostId" in done;
  return (
    <div class="notice with-undo" role="status">
      <p>{isMuted ? choices.muted : choices.turnedOff(done.turnedOff)}</p>
      <form method="post" action={isMuted ? paths.unmutePost(done.mutedPostId) : paths.alarmsOn}>
        {!isMuted && <input type="hidden" name="kind" value={done.turnedOff} />}
        <button type="submit" class="quiet small">
          {choices.undo}
        </button>
      </form>
    </div>
  );
};

const KINDS: readonly AlarmKind[] = ["LIKES", "REPLY", "MENTION"];

const Kinds: FC<{ page: PageContext; kind: AlarmKind | undefined }> = ({ page, kind }) => {
  const { alarms } = text(page.language);
  return (
    <nav class="chips" aria-label={alarms.filter}>
      <a href={paths.alarms} aria-current={kind ? undefined : "true"}>
        {alarms.all}
      </a>
      {KINDS.map((each) => (
        <a href={`${paths.alarms}?kind=${each}`} aria-current={kind === each ? "true" : undefined}>
          {alarms.kinds[each]}
        </a>
      ))}
    </nav>
  );
};

/** Always there: the style shows it as soon as the list is empty. */
const InboxBlank: FC<{ page: PageContext; kind: AlarmKind | undefined }> = ({ page, kind }) => {
  const { alarms } = text(page.language);
  return (
    <Blank title={kind ? alarms.emptyKinds[kind] : alarms.empty}>
      {!kind && <p>{alarms.emptyMore}</p>}
      <a class="button quiet" href={kind ? paths.alarms : paths.home}>
        {kind ? alarms.showAll : alarms.emptyLink}
      </a>
    </Blank>
  );
};
