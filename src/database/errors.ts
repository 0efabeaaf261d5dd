/**
 * The libSQL code behind an error, "" for anything else. drizzle wraps errors in a message that carries the
 * statement's parameters (hashes, private text): look at codes and causes, never at that message.
 */
export function libsqlCode(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ("code" in e && typeof e.code === "string" && e.code.startsWith("SQLITE")) return e.code;
  }
  return "";
}

/** Whether another connection holds the database just now. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(libsqlCode(error));
}

/** Whether the error is a violated UNIQUE or PRIMARY KEY constraint on the named column, as `table.column`. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e.message.includes("UNIQUE constraint failed") && e.message.includes(column)) return true;
  }
  return false;
}

/** Why Birdie cannot start on this data, in words for its operator: the cause and the mend. */
export class StartError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "StartError";
  }
}
