import type { Child, FC } from "hono/jsx";
import type { Language, Person } from "../src/domain/account.ts";
import { AlarmBadge, MessageBadge, ReportBadge } from "./badges.tsx";
import type { PageContext } from "./context.ts";
import { ids } from "./ids.ts";
import { Icon, Mark } from "./parts.tsx";
import { destinations, paths } from "./paths.ts";
import { QuietMoon } from "./quiet.tsx";
import { text } from "./text.ts";

/** What a page listens to besides its reader's own queue. */
export interface Live {
  readonly destination: string;
  /** Where in the destination's history the page was made. */
  readonly position: string;
  readonly ack?: "client";
}

interface LayoutProps {
  readonly page: PageContext;
  readonly title: string;
  readonly children?: Child;
  readonly live?: Live | undefined;
  /** Of pages that list what the reader's own queue brings: the position the list is true for. */
  readonly queuePosition?: string | undefined;
  /** `room`: a conversation fills the screen. `rooms`: two panes where there is room for them. `door`: signing in and up. */
  readonly shape?: "room" | "rooms" | "door";
}

/** The allow-list keeps everything but our own extension out; there is no history of ours to keep. */
const HTMX_CONFIG = JSON.stringify({ extensions: "hx-stomp", historyReload: true });

/** What stands behind the number of what waits; pushed where a page gets another name. */
export const titleOf = (title: string): string => `${title} · Birdie`;

/** A whole document. The web layer puts the doctype above it. */
export const Layout: FC<LayoutProps> = ({ page, title, children, live, queuePosition, shape }) => {
  const { me, counts } = page;
  const unread = counts.unreadAlarmCount + counts.unreadMessageCount;
  const theme = page.theme === "auto" ? undefined : page.theme;
  return (
    <html lang={page.language} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <title id={ids.tabTitle}>{`${unread > 0 ? `(${unread > 99 ? "99+" : unread}) ` : ""}${titleOf(title)}`}</title>
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
        />
        <meta name="color-scheme" content={theme ?? "light dark"} />
        <meta
          name="theme-color"
          media="(prefers-color-scheme: light)"
          content={theme === "dark" ? "#121816" : "#f5f7f4"}
        />
        <meta
          name="theme-color"
          media="(prefers-color-scheme: dark)"
          content={theme === "light" ? "#f5f7f4" : "#121816"}
        />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <TabIcon page={page} isWaiting={unread > 0} />
        <link rel="apple-touch-icon" href={page.asset("icon-180.png")} />
        <link rel="manifest" href="/manifest.webmanifest" />
        <link rel="stylesheet" href={page.asset("app.css")} />
        <script type="module" src={page.asset("app.js")} defer />
        {me && page.memberScripts.map((script) => <link rel="modulepreload" href={script} fetchpriority="low" />)}
      </head>
      <Body page={page} shape={shape}>
        <a class="skip" href="#main">
          {text(page.language).site.skip}
        </a>
        <Header page={page} queuePosition={queuePosition} />
        <Connection language={page.language} />
        <main
          id="main"
          tabindex={-1}
          hx-stomp:subscribe={me && live?.destination}
          hx-stomp:resume={me && live?.position}
          hx-stomp:ack={me && live?.ack}
        >
          {children}
        </main>
        <div id={ids.announcer} class="sr" aria-live="polite" />
      </Body>
    </html>
  );
};

/** With a dot while something waits; the script changes from one to the other. */
const TabIcon: FC<{ page: PageContext; isWaiting: boolean }> = ({ page, isWaiting }) => {
  const plain = page.asset("icon.svg");
  if (!page.me) return <link rel="icon" href={plain} type="image/svg+xml" />;
  const dot = page.asset("icon-dot.svg");
  return <link rel="icon" href={isWaiting ? dot : plain} type="image/svg+xml" data-plain={plain} data-dot={dot} />;
};

const Body: FC<{ page: PageContext; shape: LayoutProps["shape"]; children?: Child }> = ({ page, shape, children }) => {
  const className = shape && `in-${shape}`;
  if (!page.me) return <body class={className}>{children}</body>;
  return (
    <body
      class={className}
      data-me={page.me.userId}
      data-admin={page.isAdmin ? "" : undefined}
      data-live="connecting"
      data-now={page.nowMs}
      data-time-zone={page.timeZone}
      data-worker={page.asset("tabs-worker.js")}
      data-zone={page.chosenTimeZone}
      hx-stomp:connect={paths.socket}
    >
      {children}
    </body>
  );
};

/** Says when the connection is lost and when it is back; the script fills it, so that it is read out. */
const Connection: FC<{ language: Language }> = ({ language }) => {
  const { site } = text(language);
  return (
    <p id={ids.connection} class="connection" role="status" data-offline={site.offline} data-restored={site.restored} />
  );
};

const Header: FC<{ page: PageContext; queuePosition: string | undefined }> = ({ page, queuePosition }) => {
  const { site } = text(page.language);
  const { me } = page;
  return (
    <header
      class="site"
      hx-stomp:subscribe={me && destinations.queue(me.userId)}
      hx-stomp:resume={me && (queuePosition ?? page.position)}
      hx-stomp:ack={me && "client-individual"}
    >
      <a class="brand" href={paths.home}>
        <Mark />
        <span>Birdie</span>
      </a>
      {me ? <Tabs page={page} me={me} /> : <Door page={page} />}
      {page.openReportCount !== undefined && <AdminLink page={page} count={page.openReportCount} />}
      {me && (
        <a class="gear search-link" href={paths.search} aria-current={currentIf(page.path.startsWith(paths.search))}>
          <Icon name="search" />
          <span class="label">{text(page.language).search.title}</span>
        </a>
      )}
      {me && (
        <a class="gear" href={paths.settings} aria-current={currentIf(page.path === paths.settings)}>
          <Icon name="settings" />
          <span class="label">{site.settings}</span>
        </a>
      )}
    </header>
  );
};

/** Only admins have it. */
const AdminLink: FC<{ page: PageContext; count: number }> = ({ page, count }) => (
  <a class="gear admin-link" href={paths.admin} aria-current={currentIf(page.path.startsWith(paths.admin))}>
    <Icon name="shield" />
    <span class="label">{text(page.language).admin.short}</span>
    <ReportBadge count={count} language={page.language} />
  </a>
);

const currentIf = (isCurrent: boolean) => (isCurrent ? "page" : undefined);

const Tabs: FC<{ page: PageContext; me: Person }> = ({ page, me }) => {
  const { site } = text(page.language);
  const { counts, language } = page;
  const [path = ""] = page.path.split("?");
  return (
    <nav class="tabs" aria-label={site.nav}>
      <a href={paths.home} aria-current={currentIf(path === paths.home)}>
        <Icon name="feed" />
        <span class="label">{site.feed}</span>
      </a>
      <a href={paths.rooms} aria-current={currentIf(path.startsWith(paths.rooms))}>
        <Icon name="messages" />
        <span class="label">{site.messages}</span>
        <MessageBadge count={counts.unreadMessageCount} language={language} />
      </a>
      <a href={paths.alarms} aria-current={currentIf(path.startsWith(paths.alarms))}>
        <Icon name="alarms" />
        <span class="label">{site.alarms}</span>
        <QuietMoon page={page} />
        <AlarmBadge count={counts.unreadAlarmCount} language={language} />
      </a>
      <a href={paths.member(me.userId)} aria-current={currentIf(path === paths.member(me.userId))}>
        <Icon name="person" />
        <span class="label">{site.profile}</span>
      </a>
    </nav>
  );
};

const Door: FC<{ page: PageContext }> = ({ page }) => {
  const { site } = text(page.language);
  const isElsewhere =
    page.path !== paths.home && !page.path.startsWith(paths.logIn) && !page.path.startsWith(paths.signUp);
  const next = isElsewhere ? `?next=${encodeURIComponent(page.path)}` : "";
  return (
    <nav class="door" aria-label={site.nav}>
      <a href={`${paths.logIn}${next}`}>{site.logIn}</a>
      {page.signup !== "closed" && (
        <a class="button" href={`${paths.signUp}${next}`}>
          {site.signUp}
        </a>
      )}
    </nav>
  );
};
