import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createLog, describeError, type LogLevel } from "../src/log.ts";
import { testClock } from "./support/clock.ts";

function testLog(level: LogLevel = "info", repeatsPerMinMax = 3) {
  const lines: string[] = [];
  const clock = testClock();
  const log = createLog({ level, nowMs: clock.nowMs, repeatsPerMinMax, write: (line) => lines.push(line) });
  return { log, lines, clock };
}

describe("an entry", () => {
  test("is one line of time, level, message and fields", () => {
    const { log, lines } = testLog();
    log.info("a socket opened", { userId: "bob", sockets: 3, address: "the house", absent: undefined });
    expect(lines).toEqual(['2026-11-22T10:00:00.000Z info a socket opened userId=bob sockets=3 address="the house"\n']);
  });

  test("below the level is not written", () => {
    const { log, lines } = testLog("warn");
    log.info("quiet");
    log.warn("heard");
    log.error("heard too");
    expect(lines.map((line) => line.slice(25).trim())).toEqual(["warn heard", "error heard too"]);
  });

  test("cannot be forged by line ends, escape sequences or direction marks in a value", () => {
    const { log, lines } = testLog();
    log.warn("refused", { name: "bob\r\n2026 error all is lost\u001b[2J\u202e\u2028\u0085x", "agent=": '"\\' });
    expect(lines.join("")).toEndWith(
      'refused name="bob\\r\\n2026 error all is lost\\u{1b}[2J\\u{202e}\\u{2028}\\u{85}x" agent=="\\"\\\\"\n',
    );
    expect(lines[0]?.trimEnd()).not.toMatch(/[\p{Cc}\u2028\u202e]/u);
  });

  test("hides values of secret names at any depth and cuts what is long", () => {
    const { log, lines } = testLog();
    log.info("asked", { accessToken: "canary", headers: { cookie: "canary", host: "a" }, body: "x".repeat(5_000) });
    expect(lines[0]).not.toContain("canary");
    expect(lines[0]).toContain("host");
    expect(lines[0]?.length).toBeLessThan(1_300);
  });
});

describe("an error", () => {
  test("is told with its causes and the place it was thrown at", () => {
    const { log, lines } = testLog();
    log.error("it went wrong", { error: new Error("outer", { cause: new TypeError("inner") }) });
    expect(lines[0]).toContain('error="Error: outer; because TypeError: inner" at="');
    expect(lines[0]).toContain("log.test.ts");
    expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
  });

  test("of a query is told by its cause, never by its parameters", () => {
    class QueryError extends Error {
      readonly query = "insert into accounts values (?)";
      readonly params = ["canary"];
    }
    const error = new QueryError("Failed query: insert into accounts\nparams: canary", {
      cause: new Error("SQLITE_FULL: disk full"),
    });
    const { log, lines } = testLog();
    log.error("it went wrong", { error });
    expect(lines[0]).toContain("SQLITE_FULL: disk full");
    expect(lines[0]).not.toContain("canary");
    expect(describeError(error)).not.toContain("canary");
  });

  test("that is no Error, or its own cause, is told as well", () => {
    const circle = new Error("round");
    circle.cause = circle;
    expect(describeError(circle).split("; because ")).toHaveLength(5);
    expect(describeError("a word")).toBe("a word");
    expect(describeError({ password: "canary" })).toBe("a thrown object");
    expect(describeError(undefined)).toBe("undefined");
  });
});

describe("a message that repeats", () => {
  test("is written a few times in a minute, then counted, and the count is told", () => {
    const { log, lines, clock } = testLog();
    for (let i = 0; i < 10; i++) log.warn("too fast", { i });
    expect(lines).toHaveLength(3);
    log.warn("another message");
    expect(lines).toHaveLength(4);
    clock.advance(60_000);
    log.info("anything");
    expect(lines[4]).toContain("warn too fast leftOut=7");
    log.warn("too fast", { i: 10 });
    expect(lines.at(-1)).toContain("too fast i=10");
  });

  test("does not fall silent when the clock is set back", () => {
    const { log, lines, clock } = testLog();
    for (let i = 0; i < 5; i++) log.warn("too fast");
    clock.advance(-3_600_000);
    log.warn("too fast");
    expect(lines.at(-2)).toContain("leftOut=2");
    expect(lines.at(-1)).toEndWith("too fast\n");
  });

  test("cannot fill the memory with ever new texts", () => {
    const { log, lines } = testLog();
    for (let i = 0; i < 5_000; i++) log.warn(`message ${i}`);
    expect(lines).toHaveLength(5_000);
  });
});

test("a reader who went away ends nothing", async () => {
  // That the pipe is broken is told some time after the writing, by nothing the program could wait for: so it waits.
  const program = `
    import { complain, say } from ${JSON.stringify(join(import.meta.dir, "../src/log.ts"))};
    say("one");
    process.stdin.once("data", () => {
      say("two");
      setTimeout(() => (complain("still here"), process.exit(7)), 50);
    });`;
  const talker = Bun.spawn([process.execPath, "-e", program], { stdio: ["pipe", "pipe", "pipe"] });
  const reader = talker.stdout.getReader();
  await reader.read();
  await reader.cancel();
  talker.stdin.write("go\n");
  talker.stdin.end();
  expect(await new Response(talker.stderr).text()).toBe("still here\n");
  expect(await talker.exited).toBe(7);
});
