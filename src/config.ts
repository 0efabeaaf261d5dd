import { readFileSync } from "node:fs";

/** One setting: the flag `--name`, the environment variable `BIRDIE_NAME`, in this order of precedence. */
interface Setting {
  readonly kind: "text" | "whole" | "flag";
  readonly fallback: string | number | boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
  /** Also read from the file that BIRDIE_NAME_FILE names. */
  readonly isSecret?: boolean;
  readonly help: string;
}

const whole = (fallback: number, min: number, max: number, help: string) =>
  ({ kind: "whole", fallback, min, max, help }) as const;
const words = (fallback: string, help: string) => ({ kind: "text", fallback, help }) as const;

/** Every setting with its unit in the name, its default and its bounds. */
export const SETTINGS = {
  host: words("127.0.0.1", "where to listen"),
  port: whole(3000, 0, 65_535, "where to listen; 0 means any free one"),
  data: words("./data", "one folder for everything: birdie.db, keys/, uploads/, backups/"),
  "base-url": words("", "the address people use: Origin check, cookies, links; default http://HOST:PORT"),
  "trusted-proxies": words("", "addresses of proxies whose X-Forwarded-For is believed, with commas between"),
  "database-url": words("", "any libSQL address; default a file in data"),
  "database-auth-token": { kind: "text", fallback: "", isSecret: true, help: "for a remote libSQL server" },
  signup: { kind: "text", fallback: "open", choices: ["open", "invite", "closed"], help: "open, invite or closed" },
  "access-token-s": whole(900, 5, 86_400, "life of an access token"),
  "refresh-token-s": whole(2_592_000, 60, 31_536_000, "life of a refresh token"),
  demo: { kind: "flag", fallback: false, help: "fills an empty database with a lively community" },
  "frame-bytes": whole(65_536, 1_024, 16_777_216, "longest STOMP frame"),
  "body-bytes": whole(16_384, 256, 16_777_216, "longest body of a frame"),
  "frame-headers": whole(32, 8, 1_000, "most header lines of a frame"),
  "header-bytes": whole(4_096, 256, 65_536, "longest header line"),
  "connect-timeout-ms": whole(5_000, 100, 600_000, "time for CONNECT"),
  "heartbeat-ms": whole(20_000, 100, 600_000, "heart-beats, both ways"),
  "outgoing-bytes": whole(262_144, 16_384, 67_108_864, "what waits for a slow reader before it is closed"),
  "resume-messages": whole(500, 0, 10_000, "most that is replayed to one who comes back"),
  "sockets-per-person": whole(16, 1, 10_000, "open sockets of one account"),
  "sockets-per-address": whole(64, 1, 100_000, "sockets of one address that have not signed in yet"),
  "subscriptions-per-socket": whole(64, 1, 10_000, "open subscriptions"),
  "transactions-per-socket": whole(4, 1, 100, "open transactions"),
  "sends-per-s": whole(20, 0, 100_000, "lasting rate of SEND, and of acts over HTTP; 0 switches it off"),
  "sends-burst": whole(40, 1, 100_000, "SENDs at once"),
  "searches-per-min": whole(120, 0, 100_000, "searches of one account; 0 switches it off"),
  "picture-bytes": whole(10_485_760, 65_536, 104_857_600, "largest picture that is taken"),
  "picture-pixels": whole(
    50_000_000,
    10_000,
    250_000_000,
    "most pixels of a picture; each costs up to 9 octets while it is read",
  ),
  "picture-bytes-per-day": whole(104_857_600, 0, 137_438_953_472, "pictures of one account; 0 switches it off"),
  "sign-ins-per-min": whole(10, 0, 100_000, "wrong passwords for one account; 0 switches it off"),
  "sign-ins-per-min-address": whole(30, 0, 100_000, "wrong passwords from one address; 0 switches it off"),
  "sign-ups-per-hour": whole(20, 0, 100_000, "new accounts from one address; 0 switches it off"),
} as const satisfies Record<string, Setting>;

type Value<S extends Setting> = S["kind"] extends "whole" ? number : S["kind"] extends "flag" ? boolean : string;
export type Config = { readonly [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> };

/** A wrong setting or argument: `faults` name all of them, each with its mend. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  /** The command line itself is wrong, not only a value. */
  readonly isUsage: boolean;
  constructor(faults: readonly string[], isUsage: boolean) {
    super(faults.join("\n"));
    this.name = "ConfigError";
    this.faults = faults;
    this.isUsage = isUsage;
  }
}

/**
 * Reads flags (`--name value`, `--name=value`, `--demo`) over environment over defaults.
 * @throws ConfigError naming every fault at once
 */
export function readConfig(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Config {
  const faults: string[] = [];
  const flags = readFlags(args, faults);
  const isUsage = faults.length > 0;
  const config: Record<string, string | number | boolean> = {};
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    const variable = variableOf(name);
    const flag = flags.get(name);
    const text =
      flag ?? env[variable] ?? (setting.isSecret ? readSecretFile(`${variable}_FILE`, env, faults) : undefined);
    const source = flag === undefined ? variable : `--${name}`;
    // A variable that is set and empty is as one that is not; a flag was meant.
    if (flag === "" && setting.fallback !== "") faults.push(`--${name} is empty; write a value, or leave it out`);
    config[name] = text === undefined || text === "" ? setting.fallback : parse(setting, text, source, faults);
  }
  const { "base-url": baseUrl } = config;
  if (typeof baseUrl === "string" && baseUrl !== "") {
    if (isBaseUrl(baseUrl)) config["base-url"] = new URL(baseUrl).origin;
    else faults.push(`base-url is "${baseUrl}"; write it as https://birdie.example, with no path`);
  }
  const proxies = String(config["trusted-proxies"]).split(",");
  for (const proxy of proxies.map((one) => one.trim())) {
    if (proxy === "" || process.getBuiltinModule("node:net").isIP(proxy) !== 0) continue;
    faults.push(
      `trusted-proxies names "${proxy}"; write addresses of machines, as 127.0.0.1,::1, no names or networks`,
    );
  }
  if (faults.length > 0) throw new ConfigError(faults, isUsage);
  return config as unknown as Config;
}

/** Variables that begin like settings and are none, each with the nearest that is, if one is near. */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): readonly { readonly name: string; readonly nearest: string | undefined }[] {
  const known = Object.entries<Setting>(SETTINGS).flatMap(([setting, { isSecret }]) => {
    const name = variableOf(setting);
    return isSecret ? [name, `${name}_FILE`] : [name];
  });
  return Object.keys(env)
    .filter((name) => name.startsWith("BIRDIE_") && !known.includes(name))
    .map((name) => ({ name, nearest: nearestOf(name, known) }));
}

function nearestOf(name: string, known: readonly string[]): string | undefined {
  const [near] = known.map((one) => ({ one, steps: stepsBetween(name, one) })).sort((a, b) => a.steps - b.steps);
  return near && near.steps <= NEAR_STEPS ? near.one : undefined;
}

/** How many letters may be wrong in a name that is still meant. */
const NEAR_STEPS = 4;

const variableOf = (setting: string) => `BIRDIE_${setting.toUpperCase().replaceAll("-", "_")}`;

/** Letters to add, drop or change (Levenshtein's distance). */
function stepsBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const change = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

function readFlags(args: readonly string[], faults: string[]): Map<string, string> {
  const flags = new Map<string, string>();
  const settings: Readonly<Record<string, Setting>> = SETTINGS;
  for (let i = 0; i < args.length; i++) {
    const [, name = "", given] = /^--([a-z][a-z0-9-]*)(?:=([\s\S]*))?$/.exec(args[i] ?? "") ?? [];
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (!setting) {
      const near = name === "" ? undefined : nearestOf(name, Object.keys(settings));
      faults.push(`"${args[i]}" is not an argument; ${near ? `did you mean --${near}?` : "birdie --help lists them"}`);
      // The value of what is no flag is no fault of its own.
      if (name !== "" && given === undefined && args[i + 1]?.startsWith("--") === false) i++;
      continue;
    }
    if (setting.kind === "flag") flags.set(name, given ?? "on");
    else {
      const value = given ?? args[i + 1];
      if (value === undefined || (given === undefined && value.startsWith("--"))) {
        faults.push(`--${name} wants a value`);
        continue;
      }
      flags.set(name, value);
      if (given === undefined) i++;
    }
  }
  return flags;
}

function parse(setting: Setting, text: string, source: string, faults: string[]): string | number | boolean {
  if (setting.kind === "flag") {
    if (/^(?:on|true|1|yes)$/i.test(text)) return true;
    if (/^(?:off|false|0|no)$/i.test(text)) return false;
    faults.push(`${source} is "${text}"; write on or off`);
    return setting.fallback;
  }
  if (setting.kind === "whole") {
    const value = /^[0-9]{1,12}$/.test(text) ? Number(text) : Number.NaN;
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = setting;
    if (value >= min && value <= max) return value;
    faults.push(`${source} is "${text}"; write a whole number from ${min} to ${max}`);
    return setting.fallback;
  }
  if (setting.choices && !setting.choices.includes(text)) {
    faults.push(`${source} is "${text}"; write ${setting.choices.join(", ")}`);
  }
  return text;
}

function readSecretFile(
  variable: string,
  env: Readonly<Record<string, string | undefined>>,
  faults: string[],
): string | undefined {
  const path = env[variable];
  if (!path) return undefined;
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    faults.push(`${variable} names a file that cannot be read`);
    return undefined;
  }
}

function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return /^https?:$/.test(url.protocol) && /^https?:\/\/[^/?#@]+\/?$/i.test(text) && url.pathname === "/";
}
