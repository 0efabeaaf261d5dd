import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { bytesOf, frame, GUEST, joinBytes, Peer } from "../support/peer.ts";

/** STOMP.md 1.C to 1.F and 1.M over real sockets, octet by octet, against the open broker. */
let broker: Broker;
let topics = 0;
beforeAll(() => {
  broker = openBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const connect = (version?: string) => Peer.connect(broker.url, version);

/** A peer that listens to a fresh topic, and the topic. */
async function listen(version = "1.2", lines: readonly string[] = []) {
  const topic = `/topic/frames-${++topics}`;
  const peer = await connect(version);
  await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`, ...lines]);
  peer.frames.length = 0;
  return { peer, topic };
}

/** Says this on a fresh session of the version; it must end in ERROR and this code. */
async function refused(message: string | Uint8Array, code = 1002, version = "1.2") {
  using peer = await connect(version);
  peer.say(message);
  return await peer.refused(code);
}

describe("framing", () => {
  test("C1: CRLF and LF may be mixed in 1.2, and bodies keep theirs", async () => {
    const { peer, topic } = await listen();
    peer.say(`SUBSCRIBE\r\nid:2\r\ndestination:${topic}\nreceipt:r\r\n\r\n\0`);
    expect((await peer.receipt("r")).get("receipt-id")).toBe("r");
    peer.say(`SEND\r\ndestination:${topic}\r\n\r\nhi\r\n\0`);
    expect(await peer.bodies(2)).toEqual(["hi\r\n", "hi\r\n"]);
    peer.cut();
  });

  test("C2: CRLF is taken in every version and no CR gets into a value", async () => {
    for (const version of ["1.0", "1.1"]) {
      using peer = await connect(version);
      peer.say("SUBSCRIBE\r\nid:2\r\ndestination:/topic/c2\r\nreceipt:r\r\n\r\n\0");
      expect((await peer.receipt("r")).get("receipt-id")).toBe("r");
    }
  });

  test("C3, C4: ends of line and NULs between frames are skipped", async () => {
    const { peer, topic } = await listen();
    const send = frame("SEND", [`destination:${topic}`], "x");
    peer.say(`\n\r\n\n${send}\n\r\n\n\0\0${send}`, "\r\n", send);
    expect(await peer.bodies(3)).toEqual(["x", "x", "x"]);
    peer.cut();
  });

  for (const [id, what, broken] of [
    ["C5", "a command in small letters", "send\ndestination:/topic/x\n\n\0"],
    ["C5", "Destination for destination", "SEND\nDestination:/topic/x\n\n\0"],
    ["C6", "an unknown command", "HELLO\n\n\0"],
    ["C7", "a server's command", "MESSAGE\ndestination:/topic/x\n\n\0"],
    ["C8", "a header without a colon", "SEND\ndestination:/topic/x\nnocolon\n\n\0"],
    ["C8", "a header without a name", "SEND\ndestination:/topic/x\n:v\n\n\0"],
    ["D3", "an undefined escape", "SEND\ndestination:/topic/x\nfoo:a\\tb\n\n\0"],
    ["D3", "a lone backslash at the end", "SEND\ndestination:/topic/x\nfoo:a\\\n\n\0"],
    ["E4", "a body longer than declared", "SEND\ndestination:/topic/x\ncontent-length:2\n\nabc\0"],
    ["E6", "a negative length", "SEND\ndestination:/topic/x\ncontent-length:-1\n\nabc\0"],
    ["E6", "a length in words", "SEND\ndestination:/topic/x\ncontent-length:abc\n\nabc\0"],
    ["E6", "a length with an exponent", "SEND\ndestination:/topic/x\ncontent-length:1e3\n\nabc\0"],
    ["E6", "a length with a sign", "SEND\ndestination:/topic/x\ncontent-length:+3\n\nabc\0"],
    ["E6", "an empty length", "SEND\ndestination:/topic/x\ncontent-length:\n\nabc\0"],
    ["J1", "SEND without a destination", "SEND\n\nabc\0"],
    ["I1", "SUBSCRIBE without a destination", "SUBSCRIBE\nid:1\n\n\0"],
  ] as const) {
    test(`${id}: ${what} is refused with 1002`, async () => {
      await refused(broken);
    });
  }

  test("C6: the ERROR names the receipt of the frame that was refused", async () => {
    expect((await refused(frame("HELLO", ["receipt:r\\c1"]))).get("receipt-id")).toBe("r\\c1");
  });

  test("C8, C9: an empty value and colons in a value arrive", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "foo:", "bar:a:b"]));
    const message = await peer.next("MESSAGE");
    expect([message.get("foo"), message.get("bar")]).toEqual(["", "a\\cb"]);
    peer.cut();
  });

  test("C10: blanks in names and values are data in 1.2 and 1.1; 1.0 trims what pads", async () => {
    const { peer, topic } = await listen("1.2", ["receipt-free: "]);
    await peer.ask("SUBSCRIBE", ["id: 1", `destination:${topic}`]);
    peer.say(frame("SEND", [`destination:${topic}`, "foo:  a b  "]));
    await peer.bodies(2);
    expect(peer.messages.map((one) => one.get("foo"))).toEqual(["  a b  ", "  a b  "]);
    expect(peer.messages.map((one) => one.get("subscription")).sort()).toEqual([" 1", "1"]);
    peer.cut();
    using old = await connect("1.0");
    old.say("SUBSCRIBE\ndestination: /topic/c10\nreceipt: r\n\n\0");
    expect((await old.receipt("r")).command).toBe("RECEIPT");
  });

  test("C11: of a repeated header the first counts, and comes first", async () => {
    const { peer, topic } = await listen();
    await peer.ask("SUBSCRIBE", ["id:first", "id:second", `destination:${topic}`]);
    peer.say(frame("SEND", [`destination:${topic}`, "destination:/topic/elsewhere", "foo:World", "foo:Hello"]));
    await peer.bodies(2);
    expect(peer.messages.map((one) => one.get("subscription")).sort()).toEqual(["1", "first"]);
    for (const message of peer.messages) {
      expect(message.get("foo")).toBe("World");
      expect(message.get("destination")).toBe(topic);
    }
    peer.cut();
  });

  for (const [command, lines] of [
    ["SUBSCRIBE", ["id:1", "destination:/topic/x"]],
    ["UNSUBSCRIBE", ["id:1"]],
    ["ACK", ["id:1"]],
    ["NACK", ["id:1"]],
    ["BEGIN", ["transaction:t"]],
    ["COMMIT", ["transaction:t"]],
    ["ABORT", ["transaction:t"]],
    ["DISCONNECT", []],
  ] as const) {
    test(`C12: ${command} with a body is refused`, async () => {
      const error = await refused(frame(command, lines, "body"));
      expect(error.get("code")).toBe("unexpected_body");
    });
  }

  test("C13, E5, G12: what is not whole has no effect, however the wire ends", async () => {
    const { peer, topic } = await listen();
    for (const part of [
      `SEND\ndestination:${topic}\n\nnot ended`,
      `SEND\ndestination:${topic}\ncontent-length:9\n\nshort\0`,
      `SEND\ndestination:${topic}\n`,
    ]) {
      using other = await connect();
      await other.settled();
      other.say(part);
      other.ping("still here");
      await other.until(() => other.pongs.length > 0);
      expect(other.gist.filter((one) => one.startsWith("ERROR"))).toEqual([]);
      other.cut();
      await other.closed();
    }
    await peer.settled();
    expect(peer.messages).toEqual([]);
    peer.cut();
  });

  test("C14: a frame may have no header at all", async () => {
    using peer = await connect();
    peer.say("DISCONNECT\n\n\0");
    expect(await peer.closed()).toBe(1000);
  });
});

describe("escapes", () => {
  test("D1, D2, I14: names and values come back escaped as they were", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "foo:a\\cb\\nc\\rd\\\\e", "fo\\co:v"]));
    const message = await peer.next("MESSAGE");
    expect([message.get("foo"), message.get("fo\\co")]).toEqual(["a\\cb\\nc\\rd\\\\e", "v"]);
    peer.cut();
  });

  test("D4: \\r is a fault in 1.1, the other three escapes are not", async () => {
    const { peer, topic } = await listen("1.1");
    peer.say(frame("SEND", [`destination:${topic}`, "foo:a\\cb\\nc\\\\e"]));
    expect((await peer.next("MESSAGE")).get("foo")).toBe("a\\cb\\nc\\\\e");
    peer.cut();
    await refused(frame("SEND", ["destination:/topic/x", "foo:a\\rb"]), 1002, "1.1");
  });

  test("D5, D6: 1.0 knows no escapes; nothing that goes to it can end a line", async () => {
    const { peer: old, topic } = await listen("1.0");
    using fresh = await connect();
    await fresh.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
    old.say(frame("SEND", [`destination:${topic}`, "foo:a\\tb:c"]));
    expect((await old.next("MESSAGE")).get("foo")).toBe("a\\tb:c");
    expect((await fresh.next("MESSAGE")).get("foo")).toBe("a\\\\tb\\cc");
    old.frames.length = 0;
    fresh.say(frame("SEND", [`destination:${topic}`, "evil:a\\nERROR\\rb"]));
    expect((await old.next("MESSAGE")).get("evil")).toBe("a ERROR b");
    old.cut();
  });

  test("D7, D8: the server's own headers obey it, too", async () => {
    using peer = await connect();
    await peer.ask("SUBSCRIBE", ["id:i\\c1", "destination:/topic/d\\c7"]);
    peer.say(frame("SEND", ["destination:/topic/d\\c7", "receipt:a\\cb"]));
    expect((await peer.receipt("a\\cb")).command).toBe("RECEIPT");
    const message = await peer.next("MESSAGE");
    expect([message.get("destination"), message.get("subscription")]).toEqual(["/topic/d\\c7", "i\\c1"]);
    const other = await Peer.open(broker.url);
    other.say(frame("SEND", ["receipt:a\\cb"]));
    for (const [, value] of (await other.refused(1002)).headers) expect(value).not.toMatch(/[\\:\r]/);
  });
});

describe("bodies", () => {
  test("E1: NULs within the length are content, and MESSAGE says the length", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "content-length:5"], "a\0b\0c"));
    const message = await peer.next("MESSAGE");
    expect([message.text, message.get("content-length")]).toEqual(["a\0b\0c", "5"]);
    peer.cut();
  });

  test("E2, E3: without a length the body ends at the first NUL; a length counts octets", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`], "日本語🙂"));
    peer.say(frame("SEND", [`destination:${topic}`, "content-length:13"], "日本語🙂"));
    expect(await peer.bodies(2)).toEqual(["日本語🙂", "日本語🙂"]);
    expect(peer.messages.map((one) => one.get("content-length"))).toEqual(["13", "13"]);
    peer.cut();
  });

  test("E7, M3: a declared length over the limit is refused when the headers end, not when the body has come", async () => {
    const error = await refused("SEND\ndestination:/topic/x\nreceipt:r\ncontent-length:2000000\n\n", 1009);
    expect([error.get("code"), error.get("receipt-id")]).toEqual(["too_large", "r"]);
  });

  test("E8: a length on any frame is honoured", async () => {
    using peer = await connect();
    await peer.ask("SUBSCRIBE", ["id:1", "destination:/topic/e8", "content-length:0"]);
    await refused("BEGIN\ntransaction:t\ncontent-length:3\n\na\0b\0");
  });

  test("E9: the content-type passes unchanged, and none is invented", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "content-type:text/x-bird;charset=utf-8", "content-type:b"], "x"));
    peer.say(
      frame("SEND", [`destination:${topic}`], "x"),
      frame("SEND", [`destination:${topic}`, "content-type:"], "x"),
    );
    await peer.bodies(3);
    const types = peer.messages.map((one) => one.headers.filter(([name]) => name === "content-type").map(([, v]) => v));
    expect(types).toEqual([["text/x-bird;charset=utf-8"], [], [""]]);
    peer.cut();
  });

  test("E10: user headers pass; what is between client and server, or the server's to say, does not", async () => {
    const { peer, topic } = await listen();
    peer.say(
      frame("BEGIN", ["transaction:t"]),
      frame("SEND", [
        `destination:${topic}`,
        "transaction:t",
        "receipt:r",
        "message-id:mine",
        "subscription:mine",
        "ack:mine",
        "priority:9",
        "persistent:true",
        "receipt-id:kept",
        "foo:bar",
      ]),
      frame("COMMIT", ["transaction:t"]),
    );
    const { headers } = await peer.next("MESSAGE");
    expect(headers.map(([name]) => name).sort()).toEqual(
      ["subscription", "destination", "message-id", "priority", "persistent", "receipt-id", "foo"].sort(),
    );
    expect(Object.fromEntries(headers)).toMatchObject({ destination: topic, subscription: "1", foo: "bar" });
    expect(headers.find(([name]) => name === "message-id")?.[1]).not.toBe("mine");
    peer.cut();
  });

  test("E11: headers are UTF-8, and what is none is refused", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "ключ:значение🙂"]));
    expect((await peer.next("MESSAGE")).get("ключ")).toBe("значение🙂");
    peer.cut();
    await refused(joinBytes("SEND\ndestination:/topic/x\nfoo:", Uint8Array.of(0xff, 0xfe), "\n\n\0"));
  });

  test("E12: octets that are no text are delivered unchanged, in a binary message", async () => {
    const { peer, topic } = await listen();
    const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
    peer.say(joinBytes(`SEND\ndestination:${topic}\ncontent-length:256\n\n`, octets, "\0"));
    const message = await peer.next("MESSAGE");
    expect([message.isBinary, message.body]).toEqual([true, octets]);
    peer.cut();
  });

  test("E13: of two lengths the first counts", async () => {
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "content-length:3", "content-length:1"], "a\0b"));
    const message = await peer.next("MESSAGE");
    expect([message.text, message.get("content-length")]).toEqual(["a\0b", "3"]);
    peer.cut();
  });
});

describe("messages of the WebSocket", () => {
  test("F1: text and binary ones may be mixed in one session, even in one frame", async () => {
    const { peer, topic } = await listen();
    const send = frame("SEND", [`destination:${topic}`], "x");
    peer.say(send, bytesOf(send), send.slice(0, 9), bytesOf(send.slice(9)));
    expect(await peer.bodies(3)).toEqual(["x", "x", "x"]);
    peer.cut();
  });

  test("F2, F5: several frames in one message, and a frame that ends where the next begins", async () => {
    using peer = await connect();
    const subscribe = (id: string) => frame("SUBSCRIBE", [`id:${id}`, "destination:/topic/f2", `receipt:${id}`]);
    peer.say(`${subscribe("a")}\n\n${subscribe("b")}${subscribe("c").slice(0, 20)}`, subscribe("c").slice(20));
    await peer.receipt("c");
    expect(peer.gist).toEqual(["RECEIPT a", "RECEIPT b", "RECEIPT c"]);
  });

  test("F3, F4: a frame may be cut anywhere, also within an escape, a CRLF and a character", async () => {
    const { peer, topic } = await listen();
    const whole = bytesOf(`SEND\r\ndestination:${topic}\r\nfoo:a\\cb🙂\r\ncontent-length:10\r\n\r\n日本語\0\0`);
    for (let at = 1; at < whole.length; at++) peer.say(whole.subarray(0, at), whole.subarray(at));
    for (const octet of whole) peer.say(Uint8Array.of(octet));
    await peer.bodies(whole.length);
    for (const message of peer.messages) {
      expect([message.get("foo"), message.text]).toEqual(["a\\cb🙂", "日本語\0"]);
    }
    peer.cut();
  });

  test("F6, F7: an empty message and a heart-beat are answered by nothing", async () => {
    using peer = await connect();
    peer.say("", new Uint8Array(), "\n", bytesOf("\n"), "\r\n\n");
    await peer.ask("BEGIN", ["transaction:t"]);
    expect(peer.gist).toEqual(["RECEIPT ask-1"]);
  });

  test("F8, F10: one frame per message, nothing behind its NUL", async () => {
    // `Heard` refuses anything else; two frames in one message would be read as one with a NUL in its body.
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, "receipt:r"], "x").repeat(5));
    await peer.until(() => peer.frames.length === 10);
    for (const heard of peer.frames) expect(Buffer.from(heard.bytes).indexOf(0)).toBe(heard.bytes.length - 1);
    peer.cut();
  });

  test("F9: who connects in binary is answered in binary throughout, others in text", async () => {
    using peer = await Peer.open(broker.url);
    peer.say(bytesOf(frame("CONNECT", ["accept-version:1.2", ...GUEST])));
    await peer.next("CONNECTED");
    await peer.ask("SUBSCRIBE", ["id:1", "destination:/topic/f9"]);
    using other = await connect();
    await other.ask("SUBSCRIBE", ["id:1", "destination:/topic/f9"]);
    other.say(frame("SEND", ["destination:/topic/f9"], "x"));
    await Promise.all([peer.next("MESSAGE"), other.next("MESSAGE")]);
    expect(new Set(peer.frames.map((one) => one.isBinary))).toEqual(new Set([true]));
    expect(new Set(other.frames.map((one) => one.isBinary))).toEqual(new Set([false]));
  });

  test("F11: a text message that is no UTF-8 is closed by the WebSocket itself", async () => {
    using peer = await connect();
    peer.raw(1, joinBytes("SEND\nfoo:", Uint8Array.of(0xff), "\n\n\0"));
    expect(await peer.closed()).toBe(1007);
  });

  test("F12: a ping is answered by a pong, also before CONNECT", async () => {
    using peer = await Peer.open(broker.url);
    peer.ping("early");
    await peer.until(() => peer.pongs.length > 0);
    peer.say(frame("CONNECT", ["accept-version:1.2", ...GUEST]));
    await peer.next("CONNECTED");
    peer.ping("late");
    await peer.until(() => peer.pongs.length > 1);
    expect(peer.pongs).toEqual(["early", "late"]);
  });

  test("F13, M10: whoever offers compression is served without it, and a compressed message is no way in", async () => {
    using peer = await Peer.open(broker.url, { headers: { "Sec-WebSocket-Extensions": "permessage-deflate" } });
    expect(peer.answer.get("sec-websocket-extensions")).toBeUndefined();
    peer.say(frame("CONNECT", ["accept-version:1.2", ...GUEST]));
    await peer.next("CONNECTED");
    const bomb = Bun.deflateSync(new Uint8Array(4_000_000));
    peer.raw(2, bomb, 0xc2);
    expect([0, 1002, 1006]).toContain(await peer.closed());
    using other = await connect();
    await other.settled();
  });
});

describe("limits", () => {
  test("M1: one header too many is refused with 1009, as many as allowed are not", async () => {
    const lines = Array.from({ length: 31 }, (_, i) => `h${i}:v`);
    const { peer, topic } = await listen();
    peer.say(frame("SEND", [`destination:${topic}`, ...lines], "x"));
    expect(await peer.bodies(1)).toEqual(["x"]);
    peer.cut();
    await refused(frame("SEND", [`destination:${topic}`, ...lines, "more:v"]), 1009);
  });

  test("M2, M7: a header line too long is refused before it ends", async () => {
    await refused(`SEND\nfoo:${"x".repeat(4_100)}`, 1009);
    await refused(`SEND\ndestination:/topic/${"x".repeat(4_100)}`, 1009);
  });

  test("M3, M9: a body one octet over is answered by an ERROR, not by a bare Close", async () => {
    await using small = openBroker({ frameBytes: 20_000 });
    using peer = await Peer.connect(small.url);
    const head = "SEND\ndestination:/topic/m3\n\n";
    await peer.ask("SUBSCRIBE", ["id:1", "destination:/topic/m3"]);
    const fits = "x".repeat(20_000 - head.length - 1);
    peer.say(`${head}${fits}\0`);
    expect((await peer.next("MESSAGE")).text).toBe(fits);
    peer.say(`${head}${fits}x\0`);
    expect((await peer.refused(1009)).get("code")).toBe("too_large");
    using other = await Peer.connect(small.url);
    other.say(`${head}${"x".repeat(60_000)}`);
    await other.refused(1009);
  });

  test("M4: a command without an end is refused at its 33rd octet", async () => {
    await refused("X".repeat(33), 1009);
  });

  test("M5: before CONNECT the limits are smaller", async () => {
    using peer = await Peer.open(broker.url);
    peer.say(`CONNECT\n${Array.from({ length: 5 }, () => `foo:${"x".repeat(4_000)}\n`).join("")}`);
    await peer.refused(1009);
  });

  test("M6: one subscription too many ends it", async () => {
    using peer = await connect();
    for (let i = 0; i < 64; i++) peer.say(frame("SUBSCRIBE", [`id:${i}`, "destination:/topic/m6"]));
    await peer.settled();
    peer.say(frame("SUBSCRIBE", ["id:64", "destination:/topic/m6"]));
    await peer.refused(4507, "too_many");
  });
});
