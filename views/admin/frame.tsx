import type { Child, FC } from "hono/jsx";
import type { PageContext } from "../context.ts";
import { Layout } from "../layout.tsx";
import { paths } from "../paths.ts";
import { text } from "../text.ts";

interface FrameProps {
  readonly page: PageContext;
  readonly title: string;
  readonly children?: Child;
}

/** A member's page stands under the members. */
const isHere = (path: string, place: string) =>
  path === place || (place !== paths.admin && path.startsWith(`${place}/`));

/** What all pages of the admins have in common: where one is, and where else one can go. */
export const AdminFrame: FC<FrameProps> = ({ page, title, children }) => {
  const { admin } = text(page.language);
  const places = [
    [paths.admin, admin.overview],
    [paths.adminReports, admin.reports],
    [paths.adminMembers, admin.members],
    [paths.adminInvitations, admin.invitations],
  ] as const;
  const [path = ""] = page.path.split("?");
  return (
    <Layout page={page} title={title}>
      <h1>{title}</h1>
      <nav class="chips" aria-label={admin.nav}>
        {places.map(([place, name]) => (
          <a href={place} aria-current={isHere(path, place) ? "page" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      {page.path.endsWith("?done") && (
        <p class="notice" role="status">
          {admin.done}
        </p>
      )}
      {children}
    </Layout>
  );
};
