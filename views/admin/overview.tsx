import type { FC } from "hono/jsx";
import type { AdminEntry } from "../../src/domain/admin.ts";
import type { PageContext } from "../context.ts";
import { paths } from "../paths.ts";
import { Older } from "../posts.tsx";
import { text } from "../text.ts";
import { AdminFrame } from "./frame.tsx";
import { Entries } from "./log.tsx";

interface AdminProps {
  readonly page: PageContext;
  readonly log: { readonly entries: readonly AdminEntry[]; readonly before: number | undefined };
}

/** How the community and its server stand, and what was done lately. */
export const AdminPage: FC<AdminProps> = ({ page, log }) => {
  const { admin } = text(page.language);
  return (
    <AdminFrame page={page} title={admin.title}>
      <section class="setting">
        <h2>{admin.log}</h2>
        <Entries page={page} entries={log.entries} />
        <Older path={paths.admin} before={log.before} label={admin.olderLog} />
      </section>
    </AdminFrame>
  );
};
