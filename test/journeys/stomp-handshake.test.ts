import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { frame, GUEST, Peer } from "../support/peer.ts";

/** STOMP.md 1.A and 1.B over real sockets, octet by octet, against the open broker. */
let broker: Broker;
beforeAll(() => {
  broker = openBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const connect = (version?: string, lines?: readonly string[]) => Peer.connect(broker.url, version, lines);
const open = (options?: Parameters<typeof Peer.open>[1]) => Peer.open(broker.url, options);
/** Opens, says one CONNECT and resolves with the answer. */
async function greet(lines: readonly string[], command = "CONNECT") {
  const peer = await open();
  peer.say(frame(command, lines));
  await peer.until(() => peer.frames.length > 0);
  return { peer, answer: peer.frames[0] };
}

describe("the handshake", () => {
  for (const [id, offered] of [
    ["A1", "v12.stomp, v11.stomp, v10.stomp"],
    ["A2", "v10.stomp, v12.stomp"],
    ["A2", "v10.stomp,v11.stomp,v12.stomp"],
    ["A2", "foo.bar, v12.stomp"],
  ] as const) {
    test(`${id}: of ${offered} the highest is chosen, once`, async () => {
      using peer = await open({ protocols: offered });
      expect(peer.status).toBe(101);
      expect(peer.answer.get("sec-websocket-protocol")).toEqual(["v12.stomp"]);
    });
  }

  test("A2: what is chosen was offered", async () => {
    using peer = await open({ protocols: "v10.stomp, v11.stomp" });
    expect(peer.answer.get("sec-websocket-protocol")).toEqual(["v11.stomp"]);
  });

  test("A3: who offers none gets none, and CONNECT decides the version", async () => {
    using peer = await open();
    expect([peer.status, peer.answer.get("sec-websocket-protocol")]).toEqual([101, undefined]);
    peer.say(frame("CONNECT", ["accept-version:1.1", ...GUEST]));
    expect((await peer.next("CONNECTED")).get("version")).toBe("1.1");
  });

  test("A4: a foreign subprotocol alone is refused and never echoed", async () => {
    using peer = await open({ protocols: "foo.bar" });
    expect([peer.status, peer.answer.get("sec-websocket-protocol")]).toEqual([400, undefined]);
  });

  test("A5: CONNECT wins over the subprotocol", async () => {
    using peer = await open({ protocols: "v10.stomp" });
    peer.say(frame("CONNECT", ["accept-version:1.2", ...GUEST]));
    expect((await peer.next("CONNECTED")).get("version")).toBe("1.2");
  });

  test("A6: a foreign Origin is answered 403 before the upgrade; none, and our own, are let in", async () => {
    for (const [origin, status] of [
      ["https://evil.example", 403],
      ["null", 403],
      [broker.url, 101],
    ] as const) {
      using peer = await open({ headers: { Origin: origin } });
      expect([origin, peer.status]).toEqual([origin, status]);
    }
    using peer = await open();
    expect(peer.status).toBe(101);
  });

  test("A7: without CONNECT in time comes 1008", async () => {
    await using hasty = openBroker({ connectTimeoutMs: 150 });
    using silent = await Peer.open(hasty.url);
    using beating = await Peer.open(hasty.url);
    beating.say("\n", "CONNECT\n");
    await silent.refused(1008);
    await beating.refused(1008);
  });

  test("A8: a first frame that is not CONNECT ends it, without an effect", async () => {
    using listener = await connect();
    await listener.ask("SUBSCRIBE", ["id:1", "destination:/topic/a8"]);
    for (const command of ["SEND", "SUBSCRIBE", "DISCONNECT", "BEGIN"]) {
      using peer = await open();
      peer.say(frame(command, ["id:1", "destination:/topic/a8", "transaction:t", "receipt:r"]));
      const error = await peer.refused(1002, "not_connected");
      expect(error.get("receipt-id")).toBe("r");
    }
    await listener.settled();
    expect(listener.messages).toEqual([]);
  });

  test("A9: credentials are in CONNECT; those in the address count for nothing", async () => {
    using peer = await open({ path: "/stomp?login=guest&passcode=guest" });
    peer.say(frame("CONNECT", ["accept-version:1.2"]));
    await peer.refused(1008, "wrong_credentials");
  });
});

describe("CONNECT", () => {
  for (const command of ["CONNECT", "STOMP"]) {
    test(`B1, B2: ${command} is answered by CONNECTED and nothing before it`, async () => {
      const { peer, answer } = await greet(["accept-version:1.2", "host:h", ...GUEST], command);
      expect([answer?.command, answer?.get("version")]).toEqual(["CONNECTED", "1.2"]);
      peer.cut();
    });
  }

  for (const [id, offered, version] of [
    ["B3", undefined, "1.0"],
    ["B4", "1.0,1.1,2.0", "1.1"],
    ["B4", "1.1,1.2", "1.2"],
    ["B4", "1.2,1.0", "1.2"],
    ["B4", "1.2,1.1,1.0", "1.2"],
    ["B4", "1.1, 1.2", "1.2"],
  ] as const) {
    test(`${id}: accept-version ${offered ?? "left out"} gives ${version} and a session`, async () => {
      const { peer, answer } = await greet([...(offered ? [`accept-version:${offered}`] : []), ...GUEST]);
      expect(answer?.get("version")).toBe(version);
      expect(answer?.get("session")).toBeTruthy();
      peer.cut();
    });
  }

  for (const [id, offered] of [
    ["B5", "9.9"],
    ["B6", ""],
    ["B6", "abc"],
  ] as const) {
    test(`${id}: accept-version "${offered}" is refused with the list of ours`, async () => {
      const { peer } = await greet([`accept-version:${offered}`, ...GUEST]);
      expect((await peer.refused(1002)).get("version")).toBe("1.0,1.1,1.2");
    });
  }

  test("B7, B8: no host and any host are accepted", async () => {
    for (const lines of [GUEST, ["host:nowhere.example", ...GUEST], ["host:/", ...GUEST]]) {
      using peer = await connect("1.2", lines);
      expect(peer.closeCode).toBeUndefined();
    }
  });

  test("B9, B10: wrong or missing credentials: one ERROR in the same words, never CONNECTED", async () => {
    const errors = new Set<string>();
    for (const lines of [["login:guest", "passcode:wrong"], ["login:nobody", "passcode:guest"], [], ["login:guest"]]) {
      const { peer } = await greet(["accept-version:1.2", ...lines]);
      errors.add((await peer.refused(1008, "wrong_credentials")).text);
      expect(peer.frames.map((one) => one.command)).toEqual(["ERROR"]);
    }
    expect([...errors]).toHaveLength(1);
  });

  test("B11, B12: backslashes and colons in CONNECT are taken as they are", async () => {
    for (const passcode of ["a\\b", "a\\cb", "a\\tb", "a\\", "a:b"]) {
      const { peer } = await greet(["accept-version:1.2", "login:guest", `passcode:${passcode}`]);
      // Not a broken escape but a wrong passcode.
      await peer.refused(1008, "wrong_credentials");
    }
    const { peer, answer } = await greet(["accept-version:1.2", "x:a\\tb", ...GUEST]);
    expect(answer?.command).toBe("CONNECTED");
    peer.cut();
  });

  test("B13, B14, B16: CONNECTED has a session of its own, the server's name, and no RECEIPT follows", async () => {
    const { peer, answer } = await greet(["accept-version:1.2", "receipt:c", ...GUEST]);
    const other = await greet(["accept-version:1.2", ...GUEST]);
    expect(answer?.get("session")).not.toBe(other.answer?.get("session") ?? "");
    expect(answer?.get("server")).toMatch(/^[\w-]+\/[\d.]+( |$)/);
    await peer.settled();
    expect(peer.frames.some((one) => one.get("receipt-id") === "c")).toBe(false);
    peer.cut();
    other.peer.cut();
  });

  test("B15: heart-beats are negotiated, and 1.0 knows none", async () => {
    for (const [version, expected] of [
      ["1.2", "100,100"],
      ["1.1", "100,100"],
      ["1.0", undefined],
    ] as const) {
      const { peer, answer } = await greet([`accept-version:${version}`, "heart-beat:0,0", ...GUEST]);
      expect(answer?.get("heart-beat")).toBe(expected);
      peer.cut();
    }
  });

  test("B17: a second CONNECT ends the session with 1002, not with a crash", async () => {
    using peer = await connect();
    peer.say(frame("CONNECT", ["accept-version:1.2", ...GUEST]));
    await peer.refused(1002, "already_connected");
  });

  test("B18: the same guest comes and goes 200 times", async () => {
    for (let i = 0; i < 200; i++) {
      using peer = await connect();
      peer.say(frame("DISCONNECT", ["receipt:d"]));
      expect(await peer.closed()).toBe(1000);
      expect(peer.gist).toEqual(["RECEIPT d"]);
    }
    expect(broker.handler.sessions.size).toBeLessThan(20);
  });

  test("B19: CONNECT with a body is refused", async () => {
    for (const lines of [[], ["content-length:2"]]) {
      using other = await open();
      other.say(frame("CONNECT", ["accept-version:1.2", ...GUEST, ...lines], "hi"));
      await other.refused(1002, "unexpected_body");
    }
  });
});

describe("the open broker", () => {
  test("takes 100 sockets at once from one address", async () => {
    const peers = await Promise.all(Array.from({ length: 100 }, () => open()));
    for (const peer of peers) peer.say(frame("CONNECT", ["accept-version:1.2", ...GUEST]));
    await Promise.all(peers.map((peer) => peer.next("CONNECTED")));
    for (const peer of peers) peer.cut();
  });

  test("starts as a program, says where it is, keeps the frame limit it is given, and stops when told", async () => {
    const program = Bun.spawn(
      [process.execPath, `${import.meta.dir}/../support/open-broker.ts`, "--port", "0", "--max-frame", "2000"],
      { stdout: "pipe", stderr: "inherit" },
    );
    const { value = "" } = await program.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
    expect(value).toContain("ready");
    const port = /:(\d+)\/stomp/.exec(value)?.[1];
    using peer = await Peer.connect(`http://127.0.0.1:${port}`);
    await peer.ask("SEND", ["destination:/topic/a"], "x".repeat(1_900));
    peer.say(frame("SEND", ["destination:/topic/a"], "x".repeat(2_000)));
    await peer.refused(1009);
    program.kill("SIGTERM");
    expect(await program.exited).toBe(0);
  });
});
