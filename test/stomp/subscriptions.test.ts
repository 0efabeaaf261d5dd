import { describe, expect, test } from "bun:test";
import { headerOf, type Version } from "../../src/stomp/frame.ts";
import { Broker, bytesOf, Client, frame } from "./conversation.ts";

async function connected(version: Version = "1.2", broker = new Broker()): Promise<Client> {
  return new Client(broker).connect(version);
}

/** What a fresh session of that version answers to one frame, and how it closes. */
async function answerTo(version: Version, data: string): Promise<string> {
  const client = await connected(version);
  await client.say(data);
  return [...client.gist, client.closeCode].join(" ").trim();
}

describe("SUBSCRIBE and UNSUBSCRIBE", () => {
  test.each([
    ["I1", "1.2", frame("SUBSCRIBE", ["id:1"])],
    ["I1", "1.0", frame("SUBSCRIBE")],
    ["I1", "1.2", frame("SUBSCRIBE", ["id:1", "destination:"])],
    ["I2", "1.1", frame("SUBSCRIBE", ["destination:/a"])],
    ["I2", "1.2", frame("SUBSCRIBE", ["destination:/a"])],
    ["I9", "1.1", frame("UNSUBSCRIBE", ["destination:/a"])],
    ["I9", "1.2", frame("UNSUBSCRIBE")],
    ["J1", "1.2", frame("SEND", [], "hi")],
    ["C5", "1.2", frame("SEND", ["Destination:/a"], "hi")],
    ["K4", "1.2", frame("ACK", ["message-id:1"])],
    ["K4", "1.1", frame("ACK", ["message-id:1"])],
    ["K4", "1.0", frame("ACK", ["id:1"])],
    ["L1", "1.2", frame("BEGIN")],
    ["L1", "1.2", frame("COMMIT")],
    ["L1", "1.2", frame("ABORT")],
  ] as const)("%s: in %s a needed header that is missing ends the session: %j", async (_id, version, data) => {
    expect(await answerTo(version, data)).toBe("ERROR missing_header 1002");
  });

  test.each([
    ["C5", "1.2", frame("send", ["destination:/a"]), "unknown_command"],
    ["C6", "1.2", frame("HELLO"), "unknown_command"],
    ["C7", "1.2", frame("MESSAGE", ["destination:/a"], "hi"), "unknown_command"],
    ["C7", "1.2", frame("RECEIPT", ["receipt-id:a"]), "unknown_command"],
    ["K2", "1.0", frame("NACK", ["message-id:1"]), "unknown_command"],
    ["I7", "1.2", frame("SUBSCRIBE", ["id:1", "destination:/a", "ack:bogus"]), "bad_ack_mode"],
    ["I7", "1.0", frame("SUBSCRIBE", ["destination:/a", "ack:client-individual"]), "bad_ack_mode"],
    ["I10", "1.2", frame("UNSUBSCRIBE", ["id:1"]), "unknown_subscription"],
    ["I10", "1.0", frame("UNSUBSCRIBE", ["destination:/a"]), "unknown_subscription"],
  ] as const)("%s: in %s %j is refused as %s", async (_id, version, data, code) => {
    expect(await answerTo(version, data)).toBe(`ERROR ${code} 1002`);
  });

  test("C6: the receipt of an unknown command is named", async () => {
    const client = await connected();
    await client.say(frame("HELLO", ["receipt:a\\cb"]));
    expect(client.texts[0]).toContain("\nreceipt-id:a\\cb\n");
  });

  test.each(["SUBSCRIBE", "UNSUBSCRIBE", "ACK", "NACK", "BEGIN", "COMMIT", "ABORT", "DISCONNECT"])(
    "C12: a body on %s is refused",
    async (command) => {
      const lines = ["id:1", "destination:/a", "transaction:t", "receipt:r"];
      const client = await connected();
      await client.say(frame(command, lines, "body"));
      expect(client.gist).toEqual(["ERROR unexpected_body"]);
      expect(client.texts[0]).toContain("receipt-id:r");
      expect(client.closeCode).toBe(1002);
    },
  );

  test("C12: 1.0 ignores the body of a SUBSCRIBE", async () => {
    expect(await answerTo("1.0", frame("SUBSCRIBE", ["destination:/a", "receipt:r"], "body"))).toBe("RECEIPT r");
  });

  test("C1: a SUBSCRIBE in CR LF is answered without a CR", async () => {
    const client = await connected();
    await client.say("SUBSCRIBE\r\nid:1\r\ndestination:/a\r\nreceipt:r\r\n\r\n\0");
    expect(client.sent).toEqual(["RECEIPT\nreceipt-id:r\n\n\0"]);
    await client.say("SEND\ndestination:/a\n\nhi\r\n\0");
    expect(client.frames[1]?.body).toBe("hi\r\n");
  });

  test("C11: of a repeated id the first counts", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "id:2", "destination:/a"]));
    expect(client.session.subscriptions.map((one) => one.id)).toEqual(["1"]);
  });

  test("I3: an id in use is refused, on another connection and after UNSUBSCRIBE it is not", async () => {
    const broker = new Broker();
    const [one, two] = [await connected("1.2", broker), await connected("1.2", broker)];
    const subscribe = frame("SUBSCRIBE", ["id:1", "destination:/a", "receipt:r"]);
    await one.say(subscribe, frame("UNSUBSCRIBE", ["id:1"]), subscribe);
    await two.say(subscribe);
    expect(one.gist).toEqual(["RECEIPT r", "RECEIPT r"]);
    expect(two.gist).toEqual(["RECEIPT r"]);
    await one.say(subscribe);
    expect(one.gist.slice(2)).toEqual(["ERROR duplicate_id"]);
    expect(one.closeCode).toBe(1002);
    expect(two.closes).toEqual([]);
  });

  test("I4, I5: two ids on one destination hear everything twice, each with its own id", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]) + frame("SUBSCRIBE", ["id:2", "destination:/a"]));
    await client.say(frame("SEND", ["destination:/a"], "hi"));
    expect(client.frames.map((one) => headerOf(one, "subscription"))).toEqual(["1", "2"]);
    expect(client.frames.map((one) => headerOf(one, "destination"))).toEqual(["/a", "/a"]);
  });

  test("I6: 1.0 needs no id, and UNSUBSCRIBE finds it by destination", async () => {
    const client = await connected("1.0");
    await client.say("SUBSCRIBE\ndestination: /a\n\n\0", "SEND\ndestination:/a\n\nhi\0");
    expect(client.gist).toEqual(["MESSAGE hi"]);
    expect(client.texts[0]).not.toContain("subscription");
    await client.say("UNSUBSCRIBE\ndestination:/a\nreceipt:u\n\n\0", "SEND\ndestination:/a\n\nho\0");
    expect(client.gist).toEqual(["MESSAGE hi", "RECEIPT u"]);
    await client.say("SUBSCRIBE\ndestination:/a\nid:x\n\n\0", "UNSUBSCRIBE\ndestination:/a\n\n\0");
    expect(client.closes).toEqual([]);
    expect(client.session.subscriptions).toEqual([]);
  });

  test("I6: in 1.0 a second subscription without id to the same destination is refused", async () => {
    const client = await connected("1.0");
    await client.say(
      "SUBSCRIBE\ndestination:/a\n\n\0",
      "SUBSCRIBE\ndestination:/b\n\n\0",
      "SUBSCRIBE\ndestination:/a\n\n\0",
    );
    expect(client.gist).toEqual(["ERROR duplicate_id"]);
  });

  test("I7: the modes of the version are accepted, and none means auto", async () => {
    const client = await connected("1.1");
    for (const mode of ["auto", "client", "client-individual"]) {
      await client.say(frame("SUBSCRIBE", [`id:${mode}`, "destination:/a", `ack:${mode}`]));
    }
    await client.say(frame("SUBSCRIBE", ["id:none", "destination:/a"]));
    expect(client.session.subscriptions.map((one) => one.ack)).toEqual(["auto", "client", "client-individual", "auto"]);
  });

  test("I8: after UNSUBSCRIBE and its RECEIPT nothing more comes", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]), frame("SEND", ["destination:/a"], "1"));
    await client.say(frame("UNSUBSCRIBE", ["id:1", "receipt:u"]) + frame("SEND", ["destination:/a"], "2"));
    expect(client.gist).toEqual(["MESSAGE 1", "RECEIPT u"]);
    expect(client.broker.log).toContain("unsubscribed 1");
  });

  test("I11: a refused destination ends the session with the receipt named", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/no", "receipt:r"]));
    expect(client.gist).toEqual(["ERROR refused"]);
    expect(client.texts[0]).toContain("receipt-id:r");
    expect(client.session.subscriptions).toEqual([]);
  });

  test("I12, I13: who sends hears it too, and everybody hears in the same order", async () => {
    const broker = new Broker();
    const [one, two] = [await connected("1.2", broker), await connected("1.1", broker)];
    for (const client of [one, two]) await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]));
    for (let i = 0; i < 10; i++) {
      await Promise.all([one, two].map((client, c) => client.say(frame("SEND", ["destination:/a"], `${i} ${c}`))));
    }
    expect(one.gist.length).toBe(20);
    expect(two.gist).toEqual(one.gist);
  });

  test("M6: one subscription more than allowed ends the session", async () => {
    const client = await connected();
    for (let i = 0; i < 5; i++) await client.say(frame("SUBSCRIBE", [`id:${i}`, "destination:/a", `receipt:${i}`]));
    expect(client.gist).toEqual(["RECEIPT 0", "RECEIPT 1", "RECEIPT 2", "RECEIPT 3", "ERROR too_many"]);
    expect(client.closeCode).toBe(4507);
  });

  test("L13: a transaction header on SUBSCRIBE and UNSUBSCRIBE has no effect", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a", "transaction:none", "receipt:r"]));
    await client.say(frame("UNSUBSCRIBE", ["id:1", "transaction:none", "receipt:s"]));
    expect(client.gist).toEqual(["RECEIPT r", "RECEIPT s"]);
  });

  test("all headers of the SUBSCRIBE are there for the handler", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a", "accept:text/html", "resume:a\\cb"]));
    expect(client.broker.subscribes[0]?.headers).toEqual([
      ["id", "1"],
      ["destination", "/a"],
      ["accept", "text/html"],
      ["resume", "a:b"],
    ]);
  });
});

describe("SEND and MESSAGE", () => {
  test("E10: the client's headers reach the handler untouched, and through it the reader", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]));
    await client.say(
      frame("SEND", ["destination:/a", "foo:World", "foo:Hello", "content-type:x/y", "message-id:mine"], "hi"),
    );
    expect(client.broker.calls[0]?.[0]?.frame.headers.length).toBe(5);
    expect(client.frames[0]?.headers.slice(3)).toEqual([
      ["foo", "World"],
      ["foo", "Hello"],
      ["content-type", "x/y"],
      ["content-length", "2"],
    ]);
  });

  test("I14, D1, D5, D6: special characters survive from each version to each other as far as it can write them", async () => {
    const broker = new Broker();
    const readers = await Promise.all((["1.0", "1.1", "1.2"] as const).map((version) => connected(version, broker)));
    for (const reader of readers) await reader.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]));
    const [old, middle, recent] = readers;
    await recent?.say("SEND\ndestination:/a\nfoo:a\\cb\\nc\\rd\\\\e\n\n\0");
    await old?.say("SEND\ndestination:/a\nfoo:a\\tb:c\n\n\0");
    const lines = readers.map((reader) =>
      reader.texts.map((text) => text.split("\n").find((line) => line.startsWith("foo"))),
    );
    expect(lines).toEqual([
      ["foo:a:b c d\\e", "foo:a\\tb:c"],
      ["foo:a\\cb\\nc\rd\\\\e", "foo:a\\\\tb\\cc"],
      ["foo:a\\cb\\nc\\rd\\\\e", "foo:a\\\\tb\\cc"],
    ]);
    expect(middle?.frames.map((one) => headerOf(one, "foo"))).toEqual(["a:b\nc\rd\\e", "a\\tb:c"]);
  });

  test("E1, E12, F9, J3, J4: bodies arrive as they were sent, as text or as octets", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]));
    const bytes = Uint8Array.of(0xff, 0, 0xfe);
    await client.say(frame("SEND", ["destination:/a", "content-length:5"], "a\0b\0c"));
    await client.say(Uint8Array.of(...bytesOf("SEND\ndestination:/a\ncontent-length:3\n\n"), ...bytes, 0));
    await client.say(frame("SEND", ["destination:/a"]), frame("SEND", ["destination:/a"], "日本語🙂"));
    await client.say(bytesOf(frame("SEND", ["destination:/a"], "é")));
    expect(client.frames.map((one) => one.body)).toEqual(["a\0b\0c", bytes, "", "日本語🙂", "é"]);
    expect(client.sent.map((one) => typeof one)).toEqual(["string", "object", "string", "string", "string"]);
    expect(client.frames.map((one) => headerOf(one, "content-length"))).toEqual(["5", "3", undefined, "13", "2"]);
  });
});

describe("ACK and NACK", () => {
  test("K1: 1.2 hands on the id; finding the message is the handler's business", async () => {
    const client = await connected("1.2");
    await client.say(frame("ACK", ["id:m-1", "receipt:r"]) + frame("NACK", ["id:m\\c2", "receipt:s"]));
    expect(client.broker.log.slice(1)).toEqual(["ACK - m-1", "NACK - m:2"]);
    expect(client.gist).toEqual(["RECEIPT r", "RECEIPT s"]);
  });

  test("K1, K8: 1.1 needs message-id and the id of one of its own subscriptions", async () => {
    const client = await connected("1.1");
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/a", "ack:client"]));
    await client.say(
      frame("ACK", ["message-id:m", "subscription:1"]) + frame("NACK", ["message-id:n", "subscription:1"]),
    );
    expect(client.broker.log.slice(2)).toEqual(["ACK 1 m", "NACK 1 n"]);
    await client.say(frame("ACK", ["message-id:m", "subscription:2", "receipt:r"]));
    expect(client.gist).toEqual(["ERROR unknown_subscription"]);
    expect(client.closeCode).toBe(1002);
  });

  test("K1: 1.0 needs message-id alone", async () => {
    const client = await connected("1.0");
    await client.say(frame("ACK", ["message-id:m", "receipt:r"]));
    expect(client.broker.log.slice(1)).toEqual(["ACK - m"]);
    expect(client.gist).toEqual(["RECEIPT r"]);
  });
});
