import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { bytesOf, frame, GUEST, joinBytes, Peer } from "../support/peer.ts";

/** STOMP.md 1.G to 1.J over real sockets, octet by octet, against the open broker. */
let broker: Broker;
let topics = 0;
beforeAll(() => {
  broker = openBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const connect = (version?: string, lines: readonly string[] = []) =>
  Peer.connect(broker.url, version, [...GUEST, ...lines]);
const freshTopic = () => `/topic/flow-${++topics}`;

/** A peer that listens to this topic. */
async function listen(topic: string, version = "1.2", lines: readonly string[] = ["id:1"]) {
  const peer = await connect(version);
  await peer.ask("SUBSCRIBE", [`destination:${topic}`, ...lines]);
  peer.frames.length = 0;
  return peer;
}

describe("receipts and the end", () => {
  test("G1, G2, G4: every command is answered once, in order, also where a receipt is named twice", async () => {
    using peer = await connect();
    const topic = "/queue/g1";
    peer.say(
      frame("SUBSCRIBE", ["id:1", `destination:${topic}`, "ack:client", "receipt:a"]),
      frame("SEND", [`destination:${topic}`, "receipt:b"], "x"),
    );
    const ack = (await peer.next("MESSAGE")).get("ack");
    peer.say(
      frame("BEGIN", ["transaction:t", "receipt:c"]),
      frame("ACK", [`id:${ack}`, "receipt:d"]),
      frame("COMMIT", ["transaction:t", "receipt:e"]),
      frame("BEGIN", ["transaction:t", "receipt:a"]),
      frame("ABORT", ["transaction:t", "receipt:f"]),
      frame("UNSUBSCRIBE", ["id:1", "receipt:g"]),
      frame("DISCONNECT", ["receipt:h"]),
    );
    expect(await peer.closed()).toBe(1000);
    const receipts = peer.frames.filter((one) => one.command === "RECEIPT");
    expect(receipts.map((one) => one.get("receipt-id"))).toEqual(["a", "b", "c", "d", "e", "a", "f", "g", "h"]);
    expect(new Set(receipts.map((one) => one.body.length))).toEqual(new Set([0]));
  });

  test("G1: what is sent after the RECEIPT of a SUBSCRIBE is always delivered", async () => {
    using sender = await connect();
    for (let i = 0; i < 50; i++) {
      const topic = freshTopic();
      using peer = await listen(topic);
      sender.say(frame("SEND", [`destination:${topic}`], "now"));
      expect(await peer.bodies(1)).toEqual(["now"]);
    }
  });

  test("G3, G10: what fails gives one complete ERROR with the receipt, no RECEIPT, and the Close", async () => {
    using peer = await connect();
    peer.say(frame("SEND", ["destination:/topic/g3", "receipt:ok"]), frame("SEND", ["destination:/none", "receipt:r"]));
    peer.say(frame("SEND", ["destination:/topic/g3", "receipt:late"]));
    const error = await peer.refused(1008, "not_found");
    expect(error.get("receipt-id")).toBe("r");
    expect(peer.gist).toEqual(["RECEIPT ok", "ERROR not_found"]);
  });

  test("G5: the RECEIPT of DISCONNECT comes before the Close, 100 times of 100, also behind much else", async () => {
    for (let i = 0; i < 100; i++) {
      using peer = await connect();
      peer.say(frame("DISCONNECT", ["receipt:d"]));
      expect(await peer.closed()).toBe(1000);
      expect(peer.gist).toEqual(["RECEIPT d"]);
    }
    const topic = freshTopic();
    using peer = await listen(topic);
    const body = "x".repeat(500_000);
    for (let i = 0; i < 12; i++) peer.say(frame("SEND", [`destination:${topic}`], body));
    peer.say(frame("DISCONNECT", ["receipt:d"]));
    expect(await peer.closed()).toBe(1000);
    expect(peer.messages).toHaveLength(12);
    expect(peer.gist.at(-1)).toBe("RECEIPT d");
  });

  test("G5, G10, I3: the ERROR of a duplicate SUBSCRIBE comes before the Close, 100 times of 100", async () => {
    for (let i = 0; i < 100; i++) {
      using peer = await connect();
      const subscribe = frame("SUBSCRIBE", ["id:1", "destination:/topic/i3", "receipt:r"]);
      peer.say(subscribe + subscribe);
      expect((await peer.refused(1002, "duplicate_id")).get("receipt-id")).toBe("r");
      expect(peer.gist).toEqual(["RECEIPT r", "ERROR duplicate_id"]);
    }
  });

  test("G6, G7: DISCONNECT without a receipt closes with 1000; what follows it is ignored", async () => {
    const topic = freshTopic();
    using listener = await listen(topic);
    using peer = await connect();
    peer.say(`${frame("DISCONNECT")}${frame("SEND", [`destination:${topic}`, "receipt:z"], "late")}`);
    expect(await peer.closed()).toBe(1000);
    expect(peer.frames).toEqual([]);
    await listener.settled();
    expect(listener.messages).toEqual([]);
  });

  for (const [id, how] of [
    ["G8", "DISCONNECT"],
    ["G12", "a lost socket"],
    ["L10", "a lost socket"],
    ["L10", "DISCONNECT"],
  ] as const) {
    test(`${id}: ${how} aborts open transactions and ends subscriptions`, async () => {
      const topic = freshTopic();
      using listener = await listen(topic);
      const before = broker.handler.hub.destinationCount;
      const peer = await connect();
      await peer.ask("SUBSCRIBE", ["id:1", "destination:/topic/g8-only"]);
      await peer.ask("BEGIN", ["transaction:t"]);
      await peer.ask("SEND", [`destination:${topic}`, "transaction:t"], "never");
      if (how === "DISCONNECT") peer.say(frame("DISCONNECT"));
      else peer.cut();
      await peer.closed();
      while (broker.handler.hub.destinationCount > before) await listener.settled();
      expect(broker.handler.hub.isListening("/topic/g8-only")).toBe(false);
      expect(listener.messages).toEqual([]);
    });
  }

  test("G9: CONNECT, SEND and DISCONNECT in one message, and gone: delivered", async () => {
    const topic = freshTopic();
    using listener = await listen(topic);
    for (let i = 0; i < 20; i++) {
      const peer = await Peer.open(broker.url);
      peer.say(
        frame("CONNECT", ["accept-version:1.2", ...GUEST]) +
          frame("SEND", [`destination:${topic}`], String(i)) +
          frame("DISCONNECT"),
      );
      peer.cut();
      expect((await listener.bodies(i + 1))[i]).toBe(String(i));
    }
  });

  test("G11: no ERROR repeats what the client said", async () => {
    for (const said of [
      frame("CONNECT", ["accept-version:1.2", "login:guest", "passcode:s3cret"]),
      frame("CONNECT", ["accept-version:s3cret"]),
      frame("SEND", ["destination:s3cret", "passcode:s3cret"], "s3cret"),
      "s3cret\npasscode:s3cret\n\n\0",
    ]) {
      using peer = await Peer.open(broker.url);
      peer.say(said);
      await peer.closed();
      expect(Buffer.from(joinBytes(...peer.frames.map((one) => one.bytes))).toString()).not.toContain("s3cret");
    }
  });
});

describe("heart-beats", () => {
  test("H1, H2, H8: who asks for none gets none, nor does 1.0; who asks gets single line feeds", async () => {
    using none = await connect();
    using zero = await connect("1.1", ["heart-beat:0,0"]);
    using old = await connect("1.0", ["heart-beat:100,100"]);
    using wanting = await connect("1.2", ["heart-beat:0,100"]);
    await wanting.until(() => wanting.beats >= 5);
    // `beats` counts messages that are one line feed and nothing else; anything else would be a frame.
    expect([none.beats, zero.beats, old.beats]).toEqual([0, 0, 0]);
    expect([none, zero, old, wanting].flatMap((peer) => peer.gist)).toEqual([]);
  });

  test("H3: 0,1000 is beaten for, in text and in binary", async () => {
    using text = await connect("1.2", ["heart-beat:0,1000"]);
    using binary = await Peer.open(broker.url);
    binary.say(bytesOf(frame("CONNECT", ["accept-version:1.2", "heart-beat:0,1000", ...GUEST])));
    await Promise.all([text.until(() => text.beats >= 2), binary.until(() => binary.beats >= 2)]);
    expect([text.closeCode, binary.closeCode]).toEqual([undefined, undefined]);
  });

  test("H4, H5: who promised and is silent is closed; whatever comes counts, also half a frame", async () => {
    using silent = await connect("1.2", ["heart-beat:100,100"]);
    using half = await connect("1.2", ["heart-beat:100,100"]);
    using beating = await connect("1.2", ["heart-beat:100,100"]);
    // They speak as often as they hear a beat; one by line feeds, one octet by octet of a frame that never ends.
    half.say("SEND\ndestination:/topic/h4\n\n");
    let heard = 0;
    while (silent.closeCode === undefined) {
      await Promise.race([silent.closed(), beating.until(() => beating.beats > heard)]);
      heard = beating.beats;
      beating.say("\n");
      half.say("x");
    }
    const error = silent.frames.at(-1);
    expect([error?.command, error?.get("code"), silent.closeCode]).toEqual(["ERROR", "no_heart_beat", 4012]);
    expect([half.closeCode, beating.closeCode]).toEqual([undefined, undefined]);
  });

  test("H6: what is no pair of whole numbers is refused", async () => {
    for (const value of ["abc", "10000", "-1,0", "1,2,3", "1.5,0", ",", "", "1,", "0x10,0"]) {
      using peer = await Peer.open(broker.url);
      peer.say(frame("CONNECT", ["accept-version:1.2", `heart-beat:${value}`, ...GUEST]));
      await peer.refused(1002);
    }
  });

  test("H7: 1,1 is not beaten for each millisecond, and huge values break nothing", async () => {
    using usual = await connect("1.2", ["heart-beat:0,100"]);
    using eager = await connect("1.2", ["heart-beat:0,1"]);
    using huge = await connect("1.2", ["heart-beat:99999999999,99999999999"]);
    await Promise.all([eager, usual].map((peer) => peer.until(() => peer.beats > 0)));
    const [eagerBefore, usualBefore] = [eager.beats, usual.beats];
    await usual.until(() => usual.beats >= usualBefore + 5);
    // Both hear the same beats; one may be under way.
    expect(eager.beats - eagerBefore).toBeLessThan(usual.beats - usualBefore + 3);
    await huge.settled();
    expect(huge.closeCode).toBeUndefined();
  });
});

describe("subscriptions", () => {
  for (const [id, version, command, lines] of [
    ["I1", "1.2", "SUBSCRIBE", ["id:1"]],
    ["I2", "1.2", "SUBSCRIBE", ["destination:/topic/i"]],
    ["I2", "1.1", "SUBSCRIBE", ["destination:/topic/i"]],
    ["I7", "1.2", "SUBSCRIBE", ["id:1", "destination:/topic/i", "ack:bogus"]],
    ["I7", "1.0", "SUBSCRIBE", ["id:1", "destination:/topic/i", "ack:client-individual"]],
    ["I9", "1.2", "UNSUBSCRIBE", []],
    ["I10", "1.2", "UNSUBSCRIBE", ["id:unknown"]],
    ["I10", "1.0", "UNSUBSCRIBE", ["destination:/topic/unknown"]],
  ] as const) {
    test(`${id}: ${command} ${lines.join(" ")} is refused in ${version}`, async () => {
      using peer = await connect(version);
      peer.say(frame(command, [...lines, "receipt:r"]));
      expect((await peer.refused(1002)).get("receipt-id")).toBe("r");
    });
  }

  test("I4: two ids on one destination get each message each, with ack values of their own", async () => {
    const topic = freshTopic();
    using peer = await listen(topic, "1.2", ["id:1", "ack:client"]);
    await peer.ask("SUBSCRIBE", ["id:2", `destination:${topic}`, "ack:client"]);
    peer.say(frame("SEND", [`destination:${topic}`], "x"));
    await peer.bodies(2);
    expect(new Set(peer.messages.map((one) => one.get("subscription")))).toEqual(new Set(["1", "2"]));
    expect(new Set(peer.messages.map((one) => one.get("ack"))).size).toBe(2);
    for (const message of peer.messages) await peer.ask("ACK", [`id:${message.get("ack")}`]);
  });

  test("I5: MESSAGE has destination, message-id and subscription; an ack exactly in 1.2 with an ack mode", async () => {
    for (const [version, mode, hasAck] of [
      ["1.2", "client", true],
      ["1.2", "client-individual", true],
      ["1.2", "auto", false],
      ["1.1", "client", false],
      ["1.0", "client", false],
    ] as const) {
      const topic = freshTopic();
      using peer = await listen(topic, version, ["id:1", `ack:${mode}`]);
      peer.say(frame("SEND", [`destination:${topic}`], "a"), frame("SEND", [`destination:${topic}`], "b"));
      await peer.bodies(2);
      const [a, b] = peer.messages;
      expect([a?.get("destination"), a?.get("subscription")]).toEqual([topic, "1"]);
      expect(a?.get("message-id")).not.toBe(b?.get("message-id") ?? "");
      expect([version, mode, a?.get("ack") !== undefined]).toEqual([version, mode, hasAck]);
    }
  });

  test("I6: in 1.0 a subscription may have no id, and ends by its destination", async () => {
    const topic = freshTopic();
    using peer = await listen(topic, "1.0", []);
    peer.say(frame("SEND", [`destination:${topic}`], "x"));
    expect((await peer.next("MESSAGE")).get("subscription")).toBeUndefined();
    await peer.ask("UNSUBSCRIBE", [`destination:${topic}`]);
    await peer.ask("SEND", [`destination:${topic}`], "y");
    expect(peer.messages).toHaveLength(1);
  });

  test("I8: after the RECEIPT of an UNSUBSCRIBE nothing comes by it, and the id may be used again", async () => {
    const topic = freshTopic();
    using peer = await listen(topic);
    using sender = await connect();
    await peer.ask("UNSUBSCRIBE", ["id:1"]);
    await sender.ask("SEND", [`destination:${topic}`], "late");
    await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
    await sender.ask("SEND", [`destination:${topic}`], "new");
    expect(await peer.bodies(1)).toEqual(["new"]);
  });

  test("I11, J2: an unknown destination is refused with 1008 and has no part of an effect", async () => {
    const topic = freshTopic();
    using listener = await listen(topic);
    for (const destination of ["/nowhere", "topic/x", "/topic", "/topic/", "/topicx/y", "/exchange/a", " /topic/a"]) {
      for (const [command, body] of [
        ["SUBSCRIBE", ""],
        ["SEND", "x"],
      ] as const) {
        using peer = await connect();
        peer.say(frame(command, ["id:1", `destination:${destination}`, "receipt:r\\c1"], body));
        expect((await peer.refused(1008, "not_found")).get("receipt-id")).toBe("r\\c1");
      }
    }
    await listener.settled();
    expect(listener.messages).toEqual([]);
  });

  test("I12, I13, J5: all hear all in the same order, the sender too, before its RECEIPT", async () => {
    const topic = freshTopic();
    const peers = await Promise.all(["1.2", "1.1", "1.0", "1.2"].map((version) => listen(topic, version)));
    for (let i = 0; i < 100; i++) {
      for (const [at, peer] of peers.entries()) {
        const receipt = i === 99 ? ["receipt:last"] : [];
        peer.say(frame("SEND", [`destination:${topic}`, ...receipt], `${at}.${i}`));
      }
    }
    const all = await Promise.all(peers.map((peer) => peer.bodies(400)));
    for (const bodies of all) expect(bodies).toEqual(all[0] ?? []);
    for (const [at, peer] of peers.entries()) {
      await peer.receipt("last");
      const own = peer.frames.findIndex((one) => one.text === `${at}.99`);
      expect(own).toBeLessThan(peer.frames.findIndex((one) => one.command === "RECEIPT"));
      peer.cut();
    }
  });
});

describe("bodies there and back", () => {
  test("J3: an empty body is one", async () => {
    const topic = freshTopic();
    using peer = await listen(topic);
    peer.say(frame("SEND", [`destination:${topic}`]));
    expect((await peer.next("MESSAGE")).body).toHaveLength(0);
  });

  test("J4: 1023 KiB of text and of octets come back whole", async () => {
    const topic = freshTopic();
    using peer = await listen(topic);
    const text = "한글 ".repeat(1_023 * 1_024).slice(0, 149_650 * 2);
    const octets = Uint8Array.from({ length: 1_023 * 1_024 }, (_, i) => (i * 31) & 255);
    const letters = "x".repeat(1_023 * 1_024);
    for (const body of [text, letters, octets]) {
      const head = `SEND\ndestination:${topic}\ncontent-length:${Buffer.byteLength(body)}\n\n`;
      peer.say(typeof body === "string" ? `${head}${body}\0` : joinBytes(head, body, "\0"));
    }
    await peer.until(() => peer.messages.length >= 3);
    const [first, second, third] = peer.messages;
    expect([first?.text === text, second?.text === letters]).toEqual([true, true]);
    expect(Buffer.from(third?.body ?? []).equals(Buffer.from(octets))).toBe(true);
    expect(third?.isBinary).toBe(true);
  });
});
