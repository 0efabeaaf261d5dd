import type { FC } from "hono/jsx";
import type { Ban } from "../src/domain/ban.ts";
import type { RenderContext } from "./context.ts";
import { text } from "./text.ts";
import { fullTime } from "./time.ts";

interface BanProps {
  readonly page: RenderContext;
  readonly ban: Pick<Ban, "untilMs" | "reason">;
}

/** Until when, and why. */
export const BanWords: FC<BanProps> = ({ page, ban: { untilMs, reason } }) => {
  const { admin } = text(page.language);
  return (
    <>
      <p>{untilMs === undefined ? admin.bannedForGood : admin.bannedUntil(fullTime(page, untilMs))}</p>
      {reason !== "" && (
        <p>
          {admin.reason}: <bdi>{reason}</bdi>
        </p>
      )}
    </>
  );
};

/** What a banned person is told: the same, and whom to ask. */
export const BanDoor: FC<BanProps> = ({ page, ban }) => (
  <>
    <BanWords page={page} ban={ban} />
    <p>{text(page.language).admin.bannedMore}</p>
  </>
);

/** The same at the door, where a form has just been refused. */
export const BanNotice: FC<BanProps> = ({ page, ban }) => (
  <div class="form-error" role="alert">
    <BanDoor page={page} ban={ban} />
  </div>
);
