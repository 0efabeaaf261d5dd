/** How much is written: `warn` leaves out `info`, `error` leaves out both. */
export type LogLevel = "info" | "warn" | "error";

/** What an entry is about. `error` may hold anything that was thrown; values of secret names are never shown. */
export type LogFields = Readonly<Record<string, unknown>>;

/** The message is a constant text: what differs from entry to entry belongs in the fields. */
export type WriteEntry = (message: string, fields?: LogFields) => void;

export interface Log {
  readonly info: WriteEntry;
  readonly warn: WriteEntry;
  readonly error: WriteEntry;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Takes one line that ends in a line feed. Default: standard error. */
  readonly write?: (line: string) => void;
  /** UTC milliseconds. */
  readonly nowMs?: () => number;
  /** How often the same message is written in a minute; the rest is counted. */
  readonly repeatsPerMinMax?: number;
}

const RANKS: Readonly<Record<LogLevel, number>> = { info: 0, warn: 1, error: 2 };
const MINUTE_MS = 60_000;
const REPEATS_PER_MIN_MAX = 20;
/** Messages whose repetitions are counted at one time; they are constant texts, so this is far above what is needed. */
const MESSAGES_MAX = 1_000;
const VALUE_CHARS_MAX = 1_000;
const CAUSES_MAX = 5;
const FRAMES_MAX = 8;
const SECRET = /pass(?:word|code)|token|cookie|secret|authorization|credential/i;

interface Repetition {
  readonly level: LogLevel;
  readonly sinceMs: number;
  count: number;
}

/**
 * The only writer to the console besides `say` and `complain`. One line per entry: `time level message key=value`, on
 * standard error. Control characters are escaped, so that no name and no header can forge an entry or move the cursor.
 */
export function createLog(options: LogOptions): Log {
  const write = options.write ?? complain;
  const nowMs = options.nowMs ?? Date.now;
  const repeatsMax = options.repeatsPerMinMax ?? REPEATS_PER_MIN_MAX;
  const repetitions = new Map<string, Repetition>();

  function put(level: LogLevel, message: string, fields: LogFields): void {
    write(`${new Date(nowMs()).toISOString()} ${level} ${escaped(message)}${formatFields(fields)}\n`);
  }

  /** Ends the minutes that are over, and says what was left out in them. */
  function settle(): void {
    for (const [message, { level, sinceMs, count }] of repetitions) {
      const isOver = Math.abs(nowMs() - sinceMs) >= MINUTE_MS || repetitions.size > MESSAGES_MAX;
      if (!isOver) continue;
      repetitions.delete(message);
      if (count > repeatsMax) put(level, message, { leftOut: count - repeatsMax });
    }
  }

  function entry(level: LogLevel): WriteEntry {
    if (RANKS[level] < RANKS[options.level]) return () => undefined;
    return (message, fields = {}) => {
      settle();
      const repetition = repetitions.get(message) ?? { level, sinceMs: nowMs(), count: 0 };
      repetitions.set(message, repetition);
      repetition.count++;
      if (repetition.count <= repeatsMax) put(level, message, fields);
    };
  }

  return { info: entry("info"), warn: entry("warn"), error: entry("error") };
}

/** Plain words for the person at the terminal, on standard output: the address, the help, a set-up link. */
export function say(text: string): void {
  put(process.stdout, text);
}

/** Plain words on standard error: why it cannot start, and the mend. */
export function complain(text: string): void {
  put(process.stderr, text);
}

/** A reader who went away (`birdie | head -1`) is no reason for a server to end. */
function put(stream: NodeJS.WriteStream, text: string): void {
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  stream.write(text.endsWith("\n") ? text : `${text}\n`);
}

/**
 * An error and its causes in one line: `Error: it broke; because LibsqlError: disk full`. The message of a drizzle
 * error carries the parameters of the query (hashes, tokens, private words), so only its cause is told.
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let one = error;
  while (one !== undefined && one !== null && parts.length < CAUSES_MAX) {
    if (!(one instanceof Error)) {
      parts.push(typeof one === "string" ? one : `a thrown ${typeof one}`);
      break;
    }
    const message = isQueryError(one) ? "a query failed" : one.message;
    parts.push(message === "" ? one.name : `${one.name}: ${message}`);
    one = one.cause;
  }
  return parts.length === 0 ? String(error) : parts.join("; because ");
}

/** drizzle's DrizzleQueryError, known by what it carries: a minified binary keeps no class names. */
function isQueryError(error: Error): boolean {
  return "params" in error || "query" in error || error.message.startsWith("Failed query:");
}

/** Where it was thrown: the frames only, because the head of a stack repeats the message. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, FRAMES_MAX)
    .map((line) => line.trim().slice(3))
    .join(" < ");
}

function formatFields(fields: LogFields): string {
  let text = "";
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (value instanceof Error) {
      text += ` ${name}=${formatValue(describeError(value))}`;
      const frames = framesOf(value);
      if (frames !== "") text += ` at=${formatValue(frames)}`;
    } else text += ` ${name}=${SECRET.test(name) ? "[hidden]" : formatValue(asText(value))}`;
  }
  return text;
}

function asText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  return JSON.stringify(value, (name, inner) => (SECRET.test(name) ? "[hidden]" : inner)) ?? "";
}

function formatValue(text: string): string {
  const short = text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}…` : text;
  return /^[^\s"=\\]+$/.test(short) ? escaped(short) : `"${escaped(short.replace(/["\\]/g, "\\$&"))}"`;
}

/** Control characters (C0, C1, DEL), line separators and direction overrides as `\n` or `\u{1b}`. */
function escaped(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, (char) => {
    if (char === "\n") return "\\n";
    if (char === "\r") return "\\r";
    if (char === "\t") return "\\t";
    return `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
