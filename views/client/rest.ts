import { load } from "./page.ts";

/** What nobody waits for. */
export const later = () => load(() => import("./later.ts"));
