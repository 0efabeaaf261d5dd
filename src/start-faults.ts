import type { Config } from "./config.ts";
import { libsqlCode, StartError } from "./database/errors.ts";
import { describeError } from "./log.ts";

/** Why Birdie could not start, in one line that names the cause and the mend. */
export function explainStart(error: unknown, config: Config): string {
  if (error instanceof StartError) return error.message;
  const code = codeOf(error);
  if (code === "EADDRINUSE") {
    return `Port ${config.port} on ${config.host} is in use: stop what listens there, or choose another one with --port`;
  }
  if (code === "EADDRNOTAVAIL" || (code === "EINVAL" && /listen/i.test(String(error)))) {
    return `This machine has no address ${config.host}: choose one it has with --host, or 0.0.0.0 for all of them`;
  }
  if (code === "EACCES" && error instanceof Error && Reflect.get(error, "syscall") === "listen") {
    return `Port ${config.port} may not be opened: choose one above 1023 with --port`;
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return `The data folder ${config.data} cannot be written: give this user the right to, or choose another with --data`;
  }
  if (code === "ENOENT") {
    return `The data folder ${config.data} cannot be made there: choose another one with --data`;
  }
  if (code === "ENOSPC" || code === "EDQUOT" || libsqlCode(error) === "SQLITE_FULL") {
    return `The disk under ${config.data} is full: make room, or choose another folder with --data`;
  }
  if (code === "ENOTDIR" || code === "EEXIST") {
    return `${config.data} is not a folder: choose another one with --data`;
  }
  if (code === "sign_up_closed") {
    return "The demo's people have to sign up: start once with --demo and --signup open, then as you like";
  }
  if (code === "ERR_DLOPEN_FAILED") {
    return "The database library cannot be unpacked: set TMPDIR to a folder that may be written and is not mounted noexec";
  }
  if (/^SQLITE_(?:BUSY|LOCKED)/.test(libsqlCode(error))) {
    return "Another program holds the database: end it (a backup, a shell of SQLite), then start again";
  }
  // Bun looks where it is started for how JSX is compiled.
  if (/Cannot find package 'react/.test(String(error))) {
    return `From its sources Birdie is started in their folder: cd ${Bun.fileURLToPath(new URL("..", import.meta.url))}, then start again`;
  }
  if (isDamaged(error)) {
    return `The database is damaged, or is none: bring a backup back into a new folder (birdie restore FILE --data NEW)`;
  }
  if (libsqlCode(error) !== "") {
    return `The database cannot be opened (${libsqlCode(error)}): check --database-url and the rights of the data folder`;
  }
  return `Birdie could not start: ${describeError(error)}`;
}

/** Why a backup could not be made or brought back, in one line. */
export function explainKeeping(error: unknown, file: string): string {
  if (error instanceof StartError) return error.message;
  const code = codeOf(error);
  if (code === "ENOENT" || code === "ENOTDIR" || libsqlCode(error).startsWith("SQLITE_CANTOPEN")) {
    return `There is no folder for ${file}: make it first`;
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const path = error instanceof Error ? Reflect.get(error, "path") : undefined;
    return `${path ?? "It"} may not be read or written: run it as the user who runs Birdie`;
  }
  if (code === "ENOSPC" || code === "EDQUOT" || libsqlCode(error) === "SQLITE_FULL")
    return "The disk is full: make room";
  if (isDamaged(error)) {
    return "The database is damaged: take another backup";
  }
  return `It could not be done: ${describeError(error)}`;
}

const isDamaged = (error: unknown) => /^SQLITE_(?:NOTADB|CORRUPT)/.test(libsqlCode(error));

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
