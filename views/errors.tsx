import type { Child, FC } from "hono/jsx";
import type { Language } from "../src/domain/account.ts";
import type { Ban } from "../src/domain/ban.ts";
import type { ErrorCode, Fault } from "../src/domain/errors.ts";
import { BanDoor } from "./bans.tsx";
import type { PageContext } from "./context.ts";
import { Layout } from "./layout.tsx";
import { Mark } from "./parts.tsx";
import { paths } from "./paths.ts";
import { text } from "./text.ts";

interface ErrorPageProps {
  readonly page: PageContext;
  /** Undefined: a fault of ours. */
  readonly code: ErrorCode | undefined;
  /** Stands instead of the usual words. */
  readonly message?: string | undefined;
  readonly ban?: Ban | undefined;
}

/** A refusal as a whole page: what happened, and the one thing to do next. */
export const ErrorPage: FC<ErrorPageProps> = ({ page, code, message, ban }) => {
  const words = text(page.language);
  const { title, body } = code ? words.errors[code] : words.somethingWrong;
  return (
    <Layout page={page} title={title}>
      <Blank title={title} level={1}>
        {ban ? <BanDoor page={page} ban={ban} /> : <p>{message ?? body}</p>}
        <NextStep page={page} code={code} />
      </Blank>
    </Layout>
  );
};

const NextStep: FC<{ page: PageContext; code: ErrorCode | undefined }> = ({ page, code }) => {
  const { site } = text(page.language);
  if (!page.me && (code === "not_signed_in" || code === "sign_in_ended" || code === "wrong_credentials")) {
    return (
      <a class="button" href={`${paths.logIn}?next=${encodeURIComponent(page.path)}`}>
        {site.logIn}
      </a>
    );
  }
  // The pages are shut to whoever carries a banned sign-in: the way on is to put it down.
  if (code === "banned") {
    return (
      <form method="post" action={paths.logOut}>
        <button type="submit">{site.logOut}</button>
      </form>
    );
  }
  return (
    <a class="button" href={paths.home}>
      {site.home}
    </a>
  );
};

/** Where there is nothing: one sentence, one next step. */
export const Blank: FC<{ title: Child; level?: 1 | 2; children?: Child }> = ({ title, level = 2, children }) => (
  <div class="blank">
    <Mark />
    {level === 1 ? <h1>{title}</h1> : <h2>{title}</h2>}
    {children}
  </div>
);

export function faultFor(faults: readonly Fault[] | undefined, field: string): Fault | undefined {
  return faults?.find((fault) => fault.field === field);
}

/** What is wrong with one field, and the mend. */
export const FieldError: FC<{ language: Language; fault: Fault | undefined; id?: string }> = ({
  language,
  fault,
  id,
}) => {
  if (!fault) return null;
  return (
    <p class="field-error" id={id}>
      {text(language).fault(fault)}
    </p>
  );
};

interface RefusalProps {
  readonly language: Language;
  readonly code: ErrorCode | undefined;
  readonly faults?: readonly Fault[] | undefined;
  readonly retryAfterS?: number | undefined;
}

/** A refusal as a fragment, for a page that is already there. */
export const Refusal: FC<RefusalProps> = ({ language, code, faults = [], retryAfterS }) => {
  const words = text(language);
  const { body } = code ? words.errors[code] : words.somethingWrong;
  return (
    <div class="form-error" role="alert">
      <p>{faults.length > 0 ? faults.map((fault) => words.fault(fault)).join(" ") : body}</p>
      {retryAfterS !== undefined && <p>{words.site.retryAfter(retryAfterS)}</p>}
    </div>
  );
};
