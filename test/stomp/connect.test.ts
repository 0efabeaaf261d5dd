import { describe, expect, test } from "bun:test";
import { headerOf } from "../../src/stomp/frame.ts";
import { Broker, bytesOf, Client, frame, LIMITS, turn } from "./conversation.ts";

const CONNECT = frame("CONNECT", ["accept-version:1.2", "host:h"]);

async function greet(...lines: readonly string[]): Promise<Client> {
  return new Client().say(frame("CONNECT", lines));
}

describe("CONNECT", () => {
  test("B1: is answered by CONNECTED with the version, and nothing comes before it", async () => {
    const client = new Client();
    expect(client.sent).toEqual([]);
    await client.say(CONNECT);
    expect(client.sent).toEqual([
      "CONNECTED\nversion:1.2\nheart-beat:20000,20000\nuser-name:guest\nsession:s-1\nserver:test/1\n\n\0",
    ]);
    expect(client.session.isConnected).toBe(true);
    expect(client.session.principal).toBe("guest");
  });

  test("B2: STOMP does the same", async () => {
    const client = await new Client().say(frame("STOMP", ["accept-version:1.2", "host:h"]));
    expect(client.gist).toEqual(["CONNECTED 1.2"]);
  });

  test("B3: without accept-version the session is 1.0 and the answer has a session", async () => {
    const client = await greet("login:ann");
    expect(client.session.version).toBe("1.0");
    expect(client.sent).toEqual(["CONNECTED\nversion:1.0\nuser-name:ann\nsession:s-1\nserver:test/1\n\n\0"]);
  });

  test.each([
    ["1.0,1.1,2.0", "1.1"],
    ["1.1,1.2", "1.2"],
    ["1.2,1.0", "1.2"],
    ["1.2,1.1,1.0", "1.2"],
    ["1.1, 1.2", "1.2"],
    ["1.0", "1.0"],
  ] as const)("B4: accept-version %s gives %s", async (accepted, version) => {
    const client = await greet(`accept-version:${accepted}`);
    expect(client.gist).toEqual([`CONNECTED ${version}`]);
    expect(client.session.version).toBe(version);
  });

  test.each(["9.9", "", "abc", "1.25", "1.2;1.1"])(
    "B5, B6: accept-version '%s' gives ERROR with our versions, then the close",
    async (accepted) => {
      const client = await greet(`accept-version:${accepted}`);
      const [error] = client.frames;
      expect(client.gist).toEqual(["ERROR bad_version"]);
      expect(error && headerOf(error, "version")).toBe("1.0,1.1,1.2");
      expect(error && headerOf(error, "content-type")).toBe("text/plain");
      expect(client.closeCode).toBe(1002);
    },
  );

  test("B7, B8: no host and any host are accepted", async () => {
    expect((await greet("accept-version:1.2")).gist).toEqual(["CONNECTED 1.2"]);
    expect((await greet("accept-version:1.2", "host:nowhere.example")).gist).toEqual(["CONNECTED 1.2"]);
  });

  test("B9, B10: who is refused gets ERROR and a close, never CONNECTED; whom the handler lets in without credentials is in", async () => {
    const client = await greet("accept-version:1.2", "login:mallory", "passcode:topsecret");
    expect(client.gist).toEqual(["ERROR refused"]);
    expect(client.texts.join()).not.toContain("topsecret");
    expect(client.closes).toEqual([{ code: 4507, reason: "refused" }]);
    expect(client.broker.log).toEqual([]);
    expect((await greet("accept-version:1.2")).session.principal).toBe("guest");
  });

  test("a refused CONNECT is never spared, whatever it asks for", async () => {
    const client = await greet("accept-version:1.2", "login:mallory", "on-refusal:receipt", "receipt:r");
    expect(client.gist).toEqual(["ERROR refused"]);
    expect(client.closes.length).toBe(1);
  });

  test.each(["a\\b", "a\\cb", "a\\tb", "a\\"])("B11: the passcode %s is taken literally", async (passcode) => {
    const client = await greet("accept-version:1.2", "login:ann", `passcode:${passcode}`);
    expect(client.broker.log).toEqual([`connected ann ${passcode}`]);
  });

  test("B12: a passcode may hold colons", async () => {
    const client = await greet("accept-version:1.2", "login:ann", "passcode:a:b");
    expect(client.broker.log).toEqual(["connected ann a:b"]);
  });

  test("B13: CONNECTED is not escaped, and no line feed gets into it", async () => {
    const client = await greet("accept-version:1.2", "login:org:ann\\n");
    expect(client.texts[0]).toContain("\nuser-name:org:ann\\n\n");
  });

  test("B14: a receipt on CONNECT gives none", async () => {
    expect((await greet("accept-version:1.2", "receipt:r")).gist).toEqual(["CONNECTED 1.2"]);
  });

  test("B16: every session has its own session header", async () => {
    const broker = new Broker();
    const one = await new Client(broker).say(CONNECT);
    const two = await new Client(broker).say(CONNECT);
    expect(one.texts[0]).toContain("session:s-1");
    expect(two.texts[0]).toContain("session:s-2");
  });

  test("B17: a second CONNECT ends the session and changes nobody", async () => {
    const client = await new Client().connect();
    await client.say(frame("CONNECT", ["accept-version:1.2", "login:bob", "receipt:r"]));
    expect(client.gist).toEqual(["ERROR already_connected"]);
    expect(client.texts[0]).toContain("receipt-id:r");
    expect(client.closeCode).toBe(1002);
    expect(client.broker.log).toEqual(["connected guest", "ended guest []"]);
  });

  test("B17: a second CONNECT while the first is being answered is refused after it", async () => {
    const client = await new Client().say(CONNECT + CONNECT);
    expect(client.gist).toEqual(["CONNECTED 1.2", "ERROR already_connected"]);
    expect(client.closeCode).toBe(1002);
  });

  test("B18: the same person may come and go 200 times", async () => {
    const broker = new Broker();
    for (let i = 0; i < 200; i++) {
      const client = new Client(broker);
      await client.say(CONNECT, "DISCONNECT\n\n\0");
      expect(client.closeCode).toBe(1000);
    }
    expect(broker.sessions.size).toBe(0);
  });

  test("B19: a CONNECT with a body is refused", async () => {
    const client = await new Client().say(frame("CONNECT", ["accept-version:1.2"], "hello"));
    expect(client.gist).toEqual(["ERROR unexpected_body"]);
    expect(client.closeCode).toBe(1002);
  });

  test.each([
    ["SEND", ["destination:/a", "receipt:r"]],
    ["SUBSCRIBE", ["id:1", "destination:/a"]],
    ["DISCONNECT", ["receipt:r"]],
    ["MESSAGE", []],
    ["GET / HTTP/1.1", []],
  ])("A8: %s before CONNECT is refused and has no effect", async (command, lines) => {
    const client = await new Client().say(frame(command, lines) + CONNECT);
    expect(client.gist).toEqual(["ERROR not_connected"]);
    expect(client.closeCode).toBe(1002);
    expect(client.broker.log).toEqual([]);
    expect(client.broker.calls).toEqual([]);
  });

  test("C10: a 1.0 client may pad its credentials, a 1.2 client means every blank", async () => {
    expect((await greet("login: ann", "passcode: x")).broker.log).toEqual(["connected ann x"]);
    expect((await greet("accept-version:1.2", "login: ann")).broker.log).toEqual(["connected  ann"]);
  });

  test("D8: an ERROR before CONNECTED holds nothing that would need an escape", async () => {
    const client = await greet("accept-version:9", "receipt:a\\cb");
    expect(client.texts[0]).not.toContain("receipt-id");
    expect(client.texts[0]).not.toContain("\\");
    const plain = await greet("accept-version:9", "receipt:r-1");
    expect(plain.texts[0]).toContain("receipt-id:r-1");
  });

  test("F9: a CONNECT in binary is answered in binary, and so is everything after it", async () => {
    const client = await new Client().say(bytesOf(CONNECT), frame("SEND", ["destination:/a", "receipt:r"], "hi"));
    expect(client.session.isBinary).toBe(true);
    expect(client.gist).toEqual(["CONNECTED 1.2", "RECEIPT r"]);
    expect(client.sent.every((one) => typeof one !== "string")).toBe(true);
  });

  test("a session that ends while it is being authenticated is still told to the handler as ended, once", async () => {
    const broker = new Broker();
    broker.hold();
    const client = await new Client(broker).say(CONNECT);
    client.session.end({ message: "Too late", code: "timeout", closeCode: 1008 });
    await broker.release();
    client.session.closed();
    expect(client.gist).toEqual(["ERROR timeout"]);
    expect(client.closes).toEqual([{ code: 1008, reason: "timeout" }]);
    expect(broker.log).toEqual(["connected guest", "ended guest []"]);
  });

  test("a socket that never connected ends without a word to the handler", async () => {
    const client = new Client();
    client.session.closed();
    await turn();
    expect(client.broker.log).toEqual([]);
    expect(client.sent).toEqual([]);
  });
});

describe("Heart-beats", () => {
  test.each([
    // accept, client's header, [sendEveryMs, expectEveryMs]
    ["1.2", undefined, 0, 0],
    ["1.2", "0,0", 0, 0],
    ["1.2", "0,1000", 20_000, 0],
    ["1.2", "30000,1000", 20_000, 30_000],
    ["1.1", "500,0", 0, 20_000],
    ["1.2", "1,1", 20_000, 20_000],
    ["1.2", "99999999999,4294967296", 2_147_483_647, 2_147_483_647],
    ["1.0", "1000,1000", 0, 0],
    ["1.0", "abc", 0, 0],
  ] as const)(
    "B15, H1, H3, H5, H7, H8: in %s heart-beat %s agrees on %d and %d ms",
    async (version, offered, sendEveryMs, expectEveryMs) => {
      const lines = offered === undefined ? [] : [`heart-beat:${offered}`];
      const client = await greet(`accept-version:${version}`, ...lines);
      expect(client.gist).toEqual([`CONNECTED ${version}`]);
      expect(client.session.heartbeat).toEqual({ sendEveryMs, expectEveryMs });
    },
  );

  test("H2: CONNECTED offers ours in 1.1 and 1.2, and none in 1.0", async () => {
    expect((await greet("accept-version:1.1")).texts[0]).toContain("heart-beat:20000,20000\n");
    expect((await greet("accept-version:1.0")).texts[0]).not.toContain("heart-beat");
  });

  test("H7: with our own interval off there are none in either direction", async () => {
    const client = new Client(new Broker(), { ...LIMITS, heartbeatMs: 0 });
    await client.say(frame("CONNECT", ["accept-version:1.2", "heart-beat:10,10"]));
    expect(client.texts[0]).toContain("heart-beat:0,0\n");
    expect(client.session.heartbeat).toEqual({ sendEveryMs: 0, expectEveryMs: 0 });
  });

  test.each(["abc", "10000", "-1,0", "1,2,3", "1.5,0", "", ",", "1,", "0x1,1", "1e3,0"])(
    "H6: the malformed heart-beat '%s' is refused",
    async (offered) => {
      const client = await greet("accept-version:1.2", `heart-beat:${offered}`);
      expect(client.gist).toEqual(["ERROR bad_heart_beat"]);
      expect(client.closeCode).toBe(1002);
    },
  );

  test("F7, H4: ends of line alone are not answered, but count as received; so does a part of a frame", async () => {
    const client = await new Client().connect();
    for (const data of ["\n", "\r\n\n", bytesOf("\n"), "SEND\ndest"]) {
      client.session.hasReceived = false;
      await client.say(data);
      expect(client.session.hasReceived).toBe(true);
    }
    expect(client.sent).toEqual([]);
    expect(client.session.halfFrame).toBeDefined();
  });
});
