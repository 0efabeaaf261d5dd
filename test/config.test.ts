import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Config, ConfigError, readConfig, SETTINGS } from "../src/config.ts";
import { testFolder } from "./support/folder.ts";

function refusalOf(args: readonly string[], env: Record<string, string> = {}): ConfigError {
  try {
    readConfig(args, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("a setting", () => {
  test("has the default that the contract names", () => {
    const promised: Partial<Config> = {
      host: "127.0.0.1",
      port: 3000,
      data: "./data",
      "base-url": "",
      signup: "open",
      "access-token-s": 900,
      "refresh-token-s": 2_592_000,
      demo: false,
      "frame-bytes": 65_536,
      "body-bytes": 16_384,
      "frame-headers": 32,
      "header-bytes": 4_096,
      "connect-timeout-ms": 5_000,
      "heartbeat-ms": 20_000,
      "outgoing-bytes": 262_144,
      "resume-messages": 500,
      "sockets-per-person": 16,
      "sockets-per-address": 64,
      "subscriptions-per-socket": 64,
      "transactions-per-socket": 4,
      "sends-per-s": 20,
      "sends-burst": 40,
      "searches-per-min": 120,
      "sign-ins-per-min": 10,
      "sign-ins-per-min-address": 30,
      "sign-ups-per-hour": 20,
    };
    expect(readConfig([], {})).toMatchObject(promised);
  });

  test("is taken from the flag before the environment, from the environment before the default", () => {
    const env = { BIRDIE_PORT: "4000", BIRDIE_HOST: "0.0.0.0", PORT: "5000" };
    expect(readConfig(["--port", "6000"], env)).toMatchObject({ port: 6000, host: "0.0.0.0" });
    expect(readConfig(["--port=6000"], env)).toMatchObject({ port: 6000 });
    expect(readConfig([], env)).toMatchObject({ port: 4000 });
    expect(readConfig([], { BIRDIE_SOCKETS_PER_PERSON: "3" })).toMatchObject({ "sockets-per-person": 3 });
  });

  test("whose variable is empty counts as not set", () => {
    expect(readConfig([], { BIRDIE_DATA: "", BIRDIE_PORT: "", BIRDIE_DEMO: "" })).toMatchObject({
      data: "./data",
      port: 3000,
      demo: false,
    });
  });

  test("given twice counts as given last; a value may hold an equals sign", () => {
    expect(readConfig(["--port", "1", "--port", "2", "--data=a=b"], {})).toMatchObject({ port: 2, data: "a=b" });
  });

  test("that is on or off is written in several ways", () => {
    const demo = (args: readonly string[], env: Record<string, string>) => readConfig(args, env).demo;
    expect([demo(["--demo"], {}), demo([], { BIRDIE_DEMO: "true" }), demo([], { BIRDIE_DEMO: "1" })]).toEqual([
      true,
      true,
      true,
    ]);
    expect([demo(["--demo=off"], { BIRDIE_DEMO: "on" }), demo([], { BIRDIE_DEMO: "no" })]).toEqual([false, false]);
  });

  test("that is a number is taken at both its bounds and refused beyond them", () => {
    for (const [name, setting] of Object.entries(SETTINGS)) {
      if (setting.kind !== "whole") continue;
      const { min, max, fallback } = setting;
      expect([name, fallback >= min && fallback <= max]).toEqual([name, true]);
      for (const value of [min, max])
        expect(readConfig([`--${name}`, String(value)], {})).toMatchObject({ [name]: value });
      for (const value of [max + 1, ...(min > 0 ? [min - 1] : [])]) {
        expect(refusalOf([`--${name}`, String(value)]).faults).toEqual([
          `--${name} is "${value}"; write a whole number from ${min} to ${max}`,
        ]);
      }
    }
  });

  test.each(["many", "-1", "1.5", "1e3", "0x10", " 80", "٣", "99999999999999"])(
    "is no number when it is %p",
    (text) => {
      expect(refusalOf([], { BIRDIE_PORT: text })).toMatchObject({
        isUsage: false,
        faults: [`BIRDIE_PORT is "${text}"; write a whole number from 0 to 65535`],
      });
    },
  );
});

describe("a secret", () => {
  test("is also read from the file that the environment names, without the end of its line", async () => {
    const file = join(testFolder(), "token");
    await Bun.write(file, "from a file\n");
    expect(readConfig([], { BIRDIE_DATABASE_AUTH_TOKEN_FILE: file })).toMatchObject({
      "database-auth-token": "from a file",
    });
    const both = { BIRDIE_DATABASE_AUTH_TOKEN_FILE: file, BIRDIE_DATABASE_AUTH_TOKEN: "plain" };
    expect(readConfig([], both)).toMatchObject({ "database-auth-token": "plain" });
  });

  test("whose file cannot be read is a fault, told without its path's content", () => {
    const error = refusalOf([], { BIRDIE_DATABASE_AUTH_TOKEN_FILE: join(testFolder(), "none") });
    expect(error.faults).toEqual(["BIRDIE_DATABASE_AUTH_TOKEN_FILE names a file that cannot be read"]);
    expect(error.isUsage).toBe(false);
  });

  test("is the only thing that is read so", () => {
    expect(readConfig([], { BIRDIE_PORT_FILE: "/nowhere" }).port).toBe(3000);
  });
});

describe("the address people use", () => {
  test.each([
    ["https://birdie.example", "https://birdie.example"],
    ["https://birdie.example/", "https://birdie.example"],
    ["http://LOCALHOST:3000", "http://localhost:3000"],
    ["https://새.example:443", "https://xn--og4b.example"],
  ])("%s is kept as the origin %s", (text, origin) => {
    expect(readConfig(["--base-url", text], {})["base-url"]).toBe(origin);
  });

  test.each([
    "birdie.example",
    "ftp://birdie.example",
    "https://birdie.example/sub",
    "https://birdie.example/?a",
    "https://birdie.example?",
    "https://birdie.example#a",
    "https://me:secret@birdie.example",
    "https://",
  ])("%s is none", (text) => {
    expect(refusalOf([], { BIRDIE_BASE_URL: text }).message).toContain("write it as https://birdie.example");
  });
});

describe("a command line", () => {
  test("that is wrong is wrong usage, and every fault is named at once", () => {
    const error = refusalOf(["--port", "x", "stray", "--nonsense", "--signup", "maybe"], {
      BIRDIE_DEMO: "perhaps",
      BIRDIE_BASE_URL: "here",
    });
    expect(error.isUsage).toBe(true);
    expect(error.faults).toEqual([
      '"stray" is not an argument; birdie --help lists them',
      '"--nonsense" is not an argument; birdie --help lists them',
      '--port is "x"; write a whole number from 0 to 65535',
      '--signup is "maybe"; write open, invite, closed',
      'BIRDIE_DEMO is "perhaps"; write on or off',
      'base-url is "here"; write it as https://birdie.example, with no path',
    ]);
    expect(error.message.split("\n")).toHaveLength(6);
  });

  test("names the flag that was meant, and does not take the value of a wrong one for another fault", () => {
    expect(refusalOf(["--prot", "80", "--base_url=https://birdie.example", "--dat", "x"]).faults).toEqual([
      '"--prot" is not an argument; did you mean --port?',
      '"--base_url=https://birdie.example" is not an argument; birdie --help lists them',
      '"--dat" is not an argument; did you mean --data?',
    ]);
  });

  test("names proxies by their addresses only", () => {
    expect(readConfig(["--trusted-proxies", "127.0.0.1, ::1"], {})["trusted-proxies"]).toBe("127.0.0.1, ::1");
    for (const wrong of ["nginx", "10.0.0.0/8", "127.0.0.1;::1"]) {
      const { faults } = refusalOf(["--trusted-proxies", `127.0.0.1,${wrong}`]);
      expect(faults).toEqual([expect.stringContaining(`trusted-proxies names "${wrong}"; write addresses`)]);
    }
  });

  test.each(["--constructor", "--__proto__", "--tostring", "-p", "--", "--PORT", ""])("knows nothing of %p", (arg) => {
    expect(refusalOf([arg])).toMatchObject({ isUsage: true, faults: [expect.stringContaining("is not an argument")] });
  });

  test("whose last flag has no value, or whose value was forgotten, says so", () => {
    expect(refusalOf(["--port"])).toMatchObject({ isUsage: true, faults: ["--port wants a value"] });
    expect(refusalOf(["--data", "--demo"])).toMatchObject({ isUsage: true, faults: ["--data wants a value"] });
    expect(readConfig(["--data=--demo"], {})).toMatchObject({ data: "--demo", demo: false });
    // As a shell makes it of a variable that is not set: it had opened the door to everybody.
    const empty = (name: string) => `--${name} is empty; write a value, or leave it out`;
    expect(refusalOf(["--signup", ""]).faults).toEqual([empty("signup")]);
    expect(refusalOf(["--data=", "--port", ""]).faults.toSorted()).toEqual([empty("data"), empty("port")]);
    expect(readConfig(["--base-url", ""], { BIRDIE_SIGNUP: "" })).toMatchObject({ "base-url": "", signup: "open" });
  });
});
