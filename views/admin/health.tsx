import type { FC } from "hono/jsx";
import type { Health } from "../../src/domain/admin.ts";
import type { PageContext } from "../context.ts";
import { Time } from "../parts.tsx";
import { text } from "../text.ts";

/** How the server stands, in a few quiet lines. */
export const HealthSection: FC<{ page: PageContext; health: Health }> = ({ page, health }) => {
  const { admin, site } = text(page.language);
  const { backup } = health;
  return (
    <section class="setting">
      <h2>{admin.health}</h2>
      <dl class="facts">
        <dt>{admin.version}</dt>
        <dd>{health.version}</dd>
        <dt>{admin.running}</dt>
        <dd>
          <Time context={page} ms={health.startedAtMs} />
        </dd>
        <dt>{admin.database}</dt>
        <dd>{sizeOf(page, health.databaseBytes)}</dd>
        <dt>{admin.disk}</dt>
        <dd>{sizeOf(page, health.freeBytes)}</dd>
        <dt>{admin.sockets}</dt>
        <dd>{site.count(health.socketCount)}</dd>
        <dt>{admin.people}</dt>
        <dd>{site.count(health.personCount)}</dd>
        <dt>{admin.acts}</dt>
        <dd>{health.changesPerS.toFixed(1)}</dd>
        <dt>{admin.backups}</dt>
        <dd>
          {backup ? (
            <>
              <Time context={page} ms={backup.atMs} /> · {sizeOf(page, backup.bytes)}
            </>
          ) : (
            admin.noBackups
          )}
        </dd>
      </dl>
    </section>
  );
};

const UNITS = ["kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** "12.3 MB", as the reader writes numbers. */
function sizeOf({ language }: PageContext, bytes: number): string {
  let [size, unit] = [bytes / 1_000, 0];
  while (size >= 1_000 && unit < UNITS.length - 1) [size, unit] = [size / 1_000, unit + 1];
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[unit] ?? "kilobyte",
    maximumFractionDigits: 1,
  }).format(size);
}
