import { BirdieError } from "../domain/errors.ts";

export interface Passwords {
  /** The PHC string to store. @throws BirdieError `unavailable` when too many wait */
  hash(password: string): Promise<string>;
  /**
   * Whether the password is the one of the hash. Without a hash (nobody has that name) it takes as long and says no.
   * @throws BirdieError `unavailable` when too many wait
   */
  verify(password: string, hash: string | undefined): Promise<boolean>;
  /** Whether the hash was made with other parameters than today's, so that the next log-in should renew it. */
  isOutdated(hash: string): boolean;
}

export interface PasswordsOptions {
  readonly memoryKib?: number;
  readonly passes?: number;
  /** How many are worked at together. */
  readonly atOnce?: number;
  /** How many may wait for their turn. */
  readonly waitingMax?: number;
}

/**
 * OWASP's first choice for argon2id with little memory: 19 MiB, 2 passes. 64 MiB would take 3.5 times as long (190
 * ms against 56) and, two at once, more memory than the rest of the server; a crowd that comes back after a restart
 * would then wait. Raise it here and every hash is renewed at its owner's next log-in.
 */
const MEMORY_KIB = 19_456;
const PASSES = 2;
/** Longer is no password of ours (128 code points); hashing it would only cost time. */
const UNITS_MAX = 1_024;

/** Passwords by argon2id (RFC 9106), off the event loop, a few at a time. Texts are compared after NFC. */
export function createPasswords(options: PasswordsOptions = {}): Passwords {
  const { memoryKib = MEMORY_KIB, passes = PASSES, atOnce = 2, waitingMax = 128 } = options;
  const algorithm = { algorithm: "argon2id", memoryCost: memoryKib, timeCost: passes } as const;
  const turn = turns(atOnce, waitingMax);
  let nobody: Promise<string> | undefined;
  const hash = (text: string) => turn(() => Bun.password.hash(text, algorithm));

  return {
    hash: (password) => hash(password.normalize("NFC")),
    async verify(password, stored) {
      const text = password.length > UNITS_MAX ? "" : password.normalize("NFC");
      if (stored?.startsWith("$argon2id$") && text !== "") return turn(() => Bun.password.verify(text, stored));
      nobody ??= Bun.password.hash(crypto.randomUUID(), algorithm);
      const dummy = await nobody;
      await turn(() => Bun.password.verify(text || "-", dummy));
      return false;
    },
    isOutdated: (stored) => !stored.startsWith(`$argon2id$v=19$m=${memoryKib},t=${passes},p=1$`),
  };
}

/** Lets `atOnce` works run, `waitingMax` more wait in order, and refuses the rest. */
function turns(atOnce: number, waitingMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let runningCount = 0;
  return async (work) => {
    if (runningCount >= atOnce) {
      if (waiting.length >= waitingMax) {
        throw new BirdieError("unavailable", "too many people are signing in", { retryAfterS: 5 });
      }
      // Whoever finishes hands its place over, so the count stays.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else runningCount++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else runningCount--;
    }
  };
}
