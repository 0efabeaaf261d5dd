import type { Counts, Language, Person } from "../src/domain/account.ts";
import type { QuietSpan } from "../src/domain/quiet.ts";

/** In what words and by whose clock something is said. */
export interface Locale {
  readonly language: Language;
  /** IANA name. */
  readonly timeZone: string;
}

/** What a component needs to know of its reader; pushes have only this. */
export interface RenderContext extends Locale {
  readonly nowMs: number;
  /** The reader runs the community. Undefined in a push, which is for all alike. */
  readonly isAdmin?: boolean | undefined;
}

/** What a whole page knows of its reader and of the site. */
export interface PageContext extends RenderContext {
  /** Undefined when nobody is signed in. */
  readonly me: Person | undefined;
  readonly counts: Counts;
  /** How many reports wait for an admin; undefined for whoever is none. */
  readonly openReportCount?: number | undefined;
  /** The time zone the account has chosen; undefined: the browser's is right. */
  readonly chosenTimeZone?: string | undefined;
  /** Their quiet hours, these or the next, and by whose clock; undefined where they have none. */
  readonly quiet?: (QuietSpan & { readonly timeZone: string }) | undefined;
  /** The position the counts are true for: where the reader's own queue is resumed from. */
  readonly position: string;
  /** Path and query of this page: where a reader comes back to after signing in. */
  readonly path: string;
  readonly theme: "auto" | "light" | "dark";
  readonly signup: "open" | "invite" | "closed";
  /** The address of a file of ours, with its fingerprint: `app.css`, `app.js`, `icon.svg`. */
  readonly asset: (name: string) => string;
  /** The addresses of what a member's page runs beside `app.js`. */
  readonly memberScripts: readonly string[];
}
