export const REPORTABLE = ["post", "comment", "message"] as const;
export type Reportable = (typeof REPORTABLE)[number];
