import { createPasswords } from "./auth/passwords.ts";
import { StartError } from "./database/errors.ts";
import { lockFolder } from "./database/instance-lock.ts";
import { openDatabase } from "./database/open.ts";
import type { SafeCopies } from "./database/safe-copy.ts";
import { renewPassword } from "./service/recovery.ts";

export interface RecoverOptions {
  readonly userId: string;
  readonly data: string;
  /** Any libSQL address. */
  readonly url: string;
  readonly authToken: string;
  /** The folder that holds `migrations/`. */
  readonly root: string;
  readonly copies: SafeCopies;
  readonly nowMs: () => number;
}

/** A new password for an account, while Birdie is stopped. @throws StartError also while it runs, and for no such account */
export async function recover(options: RecoverOptions): Promise<string> {
  const { userId, data, url, authToken, root, copies, nowMs } = options;
  const unlock = await lockFolder(data);
  try {
    const database = await openDatabase({
      url,
      ...(authToken ? { authToken } : {}),
      root,
      copies,
      announce: () => undefined,
    });
    const password = await renewPassword({ database, passwords: createPasswords(), nowMs }, userId).finally(() =>
      database.close(),
    );
    if (password === undefined) throw new StartError(`There is no member ${userId}: their page names their user ID`);
    return password;
  } finally {
    unlock();
  }
}
