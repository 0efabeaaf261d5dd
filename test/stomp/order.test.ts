import { describe, expect, test } from "bun:test";
import { headerOf } from "../../src/stomp/frame.ts";
import { Broker, bytesOf, Client, frame, LIMITS, turn } from "./conversation.ts";

const send = (receipt: string, destination = "/a", ...more: readonly string[]) =>
  frame("SEND", [`destination:${destination}`, `receipt:${receipt}`, ...more], receipt);
const subscribe = (id: string, ...more: readonly string[]) =>
  frame("SUBSCRIBE", [`id:${id}`, "destination:/a", ...more]);

async function connected(broker = new Broker()): Promise<Client> {
  return new Client(broker).connect();
}

describe("Receipts", () => {
  test("G1: every frame that asks for a receipt gets one, after its effect", async () => {
    const client = await connected();
    await client.say(
      frame("SUBSCRIBE", ["id:1", "destination:/a", "receipt:r1"]),
      frame("BEGIN", ["transaction:t", "receipt:r2"]),
      frame("SEND", ["destination:/b", "transaction:t", "receipt:r3"]),
      frame("COMMIT", ["transaction:t", "receipt:r4"]),
      frame("BEGIN", ["transaction:t", "receipt:r5"]),
      frame("ABORT", ["transaction:t", "receipt:r6"]),
      frame("ACK", ["id:m", "receipt:r7"]),
      frame("NACK", ["id:m", "receipt:r8"]),
      frame("UNSUBSCRIBE", ["id:1", "receipt:r9"]),
      send("r10"),
      frame("DISCONNECT", ["receipt:r11"]),
    );
    expect(client.gist).toEqual(Array.from({ length: 11 }, (_, i) => `RECEIPT r${i + 1}`));
    expect(client.texts[0]).toBe("RECEIPT\nreceipt-id:r1\n\n\0");
  });

  test("G1: a receipt waits for the effect", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a"));
    expect(client.sent).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a"]);
  });

  test("G2: receipts come in the order of the frames, whichever effect is done first", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a") + send("b") + send("c"));
    expect(client.broker.calls.length).toBe(3);
    await client.broker.releaseLast();
    expect(client.sent).toEqual([]);
    await client.broker.releaseLast();
    expect(client.sent).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "RECEIPT b", "RECEIPT c"]);
  });

  test("G3, G10, J2: a refused frame gives one ERROR with its receipt-id, no RECEIPT, and the close", async () => {
    const client = await connected();
    await client.say(send("r", "/no") + send("after"));
    expect(client.texts).toEqual([
      "ERROR\nmessage:Not allowed\ncode:refused\nreceipt-id:r\ncontent-type:text/plain\ncontent-length:11\n\nNot allowed\0",
    ]);
    expect(client.closes).toEqual([{ code: 4507, reason: "refused" }]);
    expect(client.broker.log).toContain("ended guest []");
  });

  test("G4: a receipt may repeat", async () => {
    const client = await connected();
    await client.say(send("r") + send("r"));
    expect(client.gist).toEqual(["RECEIPT r", "RECEIPT r"]);
  });

  test("D7: a receipt with special characters comes back with them", async () => {
    const client = await connected();
    await client.say(send("a\\cb\\n"));
    expect(client.texts).toEqual(["RECEIPT\nreceipt-id:a\\cb\\n\n\n\0"]);
  });

  test("J5, G11: what the handler throws by mistake is said without its words", async () => {
    const client = await connected();
    await client.say(send("r", "/bug"));
    expect(client.gist).toEqual(["ERROR internal"]);
    expect(client.texts[0]).not.toContain("secret");
    expect(client.closeCode).toBe(1011);
    expect(client.broker.explained[0]).toBeInstanceOf(TypeError);
  });

  test("the handler's headers go onto the RECEIPT, and what it wants done afterwards is done right after it", async () => {
    const client = await connected();
    client.broker.answer = {
      headers: [["recovered", "true"]],
      after: () => client.session.send("MESSAGE", [["event", "x"]], "missed"),
    };
    await client.say(subscribe("1", "receipt:r") + send("s"));
    expect(client.gist).toEqual(["RECEIPT r", "MESSAGE missed", "MESSAGE s", "RECEIPT s", "MESSAGE missed"]);
    expect(client.texts[0]).toBe("RECEIPT\nreceipt-id:r\nrecovered:true\n\n\0");
  });

  test("what is to be done after the RECEIPT is done without one too, and a fault in it ends the session", async () => {
    const client = await connected();
    client.broker.answer = {
      headers: [["recovered", "true"]],
      after: () => {
        throw new TypeError("oops");
      },
    };
    await client.say(subscribe("1"));
    expect(client.gist).toEqual(["ERROR internal"]);
    expect(client.closeCode).toBe(1011);
  });
});

describe("on-refusal:receipt", () => {
  test("a refusal comes as RECEIPT with its status, and the session lives", async () => {
    const client = await connected();
    await client.say(send("r", "/no", "on-refusal:receipt") + send("s"));
    expect(client.texts).toEqual([
      "RECEIPT\nreceipt-id:r\nstatus:403\ncode:refused\nmessage:Not allowed\n\n\0",
      "RECEIPT\nreceipt-id:s\n\n\0",
    ]);
    expect(client.closes).toEqual([]);
  });

  test("without a receipt asked for nothing is said, and the session lives", async () => {
    const client = await connected();
    await client.say(frame("SEND", ["destination:/no", "on-refusal:receipt"]) + send("s"));
    expect(client.gist).toEqual(["RECEIPT s"]);
  });

  test("a refused SUBSCRIBE is spared too, and leaves no subscription", async () => {
    const client = await connected();
    await client.say(frame("SUBSCRIBE", ["id:1", "destination:/no", "receipt:r", "on-refusal:receipt"]));
    expect(client.gist).toEqual(["RECEIPT r"]);
    expect(client.session.subscriptions).toEqual([]);
    await client.say(subscribe("1", "receipt:s"));
    expect(client.gist).toEqual(["RECEIPT r", "RECEIPT s"]);
  });

  test("what the handler does not spare, and what breaks the protocol, is not spared", async () => {
    const client = await connected();
    await client.say(send("r", "/fatal", "on-refusal:receipt"));
    expect(client.gist).toEqual(["ERROR refused"]);
    const other = await connected();
    await other.say(frame("SEND", ["receipt:r", "on-refusal:receipt"]));
    expect(other.gist).toEqual(["ERROR missing_header"]);
  });

  test("a spared refusal keeps its place among the receipts", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a") + send("b", "/no", "on-refusal:receipt") + send("c"));
    await client.broker.releaseLast();
    await client.broker.releaseLast();
    expect(client.sent).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "RECEIPT b", "RECEIPT c"]);
  });
});

describe("Order", () => {
  test("SENDs do not wait for each other, everything else waits for all before it", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a") + send("b") + subscribe("1", "receipt:s") + send("c") + send("d"));
    expect(client.broker.calls.length).toBe(2);
    await client.broker.release(1);
    expect(client.broker.calls.length).toBe(2);
    await client.broker.release(1);
    expect(client.gist).toEqual(["RECEIPT a", "RECEIPT b"]);
    // SUBSCRIBE waits at the handler now, and what came after it waits for it.
    expect(client.broker.calls.length).toBe(2);
    await client.broker.release(1);
    expect(client.broker.calls.length).toBe(4);
    await client.broker.release();
    expect(client.gist).toEqual([
      "RECEIPT a",
      "RECEIPT b",
      "RECEIPT s",
      "MESSAGE c",
      "MESSAGE d",
      "RECEIPT c",
      "RECEIPT d",
    ]);
  });

  test("frames sent right behind CONNECT wait for it", async () => {
    const broker = new Broker();
    broker.hold();
    const client = new Client(broker);
    await client.say(`CONNECT\naccept-version:1.2\n\n\0${send("a\\cb")}`);
    expect(broker.calls).toEqual([]);
    await broker.release();
    expect(client.gist).toEqual(["CONNECTED 1.2", "RECEIPT a:b"]);
  });

  test("an ERROR waits for the receipts of what came before it, and nothing after it is begun", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(`${send("a")}BROKEN\n\n\0${send("b")}${send("c")}`);
    expect(client.broker.calls.length).toBe(1);
    expect(client.sent).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "ERROR unknown_command"]);
    expect(client.closeCode).toBe(1002);
    expect(client.broker.calls.length).toBe(1);
  });

  test("a frame that cannot be read is answered in its turn as well", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(`${send("a")}SEND\nreceipt:z\nfoo:\\t\n\n\0`, send("b"));
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "ERROR bad_escape"]);
    expect(client.texts[1]).toContain("receipt-id:z\n");
  });

  test("once a SEND is refused nothing that has not begun will begin", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a") + send("b", "/no") + subscribe("1") + send("c"));
    await client.broker.releaseLast();
    expect(client.sent).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "ERROR refused"]);
    expect(client.broker.calls.length).toBe(2);
    expect(client.broker.log).not.toContain("subscribed 1 /a auto");
  });

  test("F8: one frame goes into one message", async () => {
    const client = await connected();
    await client.say(subscribe("1") + send("a") + send("b"));
    for (const text of client.texts) expect(text.indexOf("\0")).toBe(text.length - 1);
    expect(client.sent.length).toBe(4);
  });

  test.each([
    [64, "x"],
    [8, "x".repeat(1_000)],
  ])("what waits is bounded: after about %d frames of %s comes ERROR 4013", async (count, body) => {
    const client = new Client(new Broker(), { ...LIMITS, pendingFrames: 64, pendingBytes: 8_500 });
    await client.connect();
    client.broker.hold();
    const one = frame("SEND", ["destination:/a"], body);
    for (let i = 0; i < count; i++) await client.say(one);
    expect(client.broker.calls.length).toBe(count);
    await client.say(frame("SEND", ["destination:/a", "receipt:r"], body), one);
    await client.broker.release();
    expect(client.gist).toEqual(["ERROR too_fast"]);
    expect(client.texts[0]).toContain("receipt-id:r");
    expect(client.closeCode).toBe(4013);
    expect(client.broker.calls.length).toBe(count);
  });

  test("what was answered no longer counts as waiting", async () => {
    const client = await connected();
    for (let i = 0; i < 500; i++) await client.say(send(`${i}`));
    expect(client.sent.length).toBe(500);
    expect(client.closes).toEqual([]);
  });
});

describe("DISCONNECT and the end", () => {
  test("G5: the RECEIPT comes before the close with 1000", async () => {
    const client = await connected();
    await client.say(frame("DISCONNECT", ["receipt:d"]));
    expect(client.gist).toEqual(["RECEIPT d"]);
    expect(client.closes).toEqual([{ code: 1000, reason: "disconnected" }]);
    expect(client.session.isConnected).toBe(false);
  });

  test("G6: without a receipt there is only the close", async () => {
    const client = await connected();
    await client.say("DISCONNECT\n\n\0");
    expect(client.sent).toEqual([]);
    expect(client.closeCode).toBe(1000);
  });

  test("G7: frames after DISCONNECT are ignored, broken ones too", async () => {
    const client = await connected();
    await client.say(`DISCONNECT\nreceipt:d\n\n\0${send("z")}\0BROKEN`, send("y"), "\0:::\n\n");
    expect(client.gist).toEqual(["RECEIPT d"]);
    expect(client.broker.calls).toEqual([]);
    expect(client.closes.length).toBe(1);
  });

  test("G5: DISCONNECT waits for everything before it", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(`${send("a")}DISCONNECT\nreceipt:d\n\n\0`);
    expect(client.closes).toEqual([]);
    await client.broker.release();
    expect(client.gist).toEqual(["RECEIPT a", "RECEIPT d"]);
    expect(client.closeCode).toBe(1000);
  });

  test("G8, L10: subscriptions and transactions end with the session, and the handler hears of it once", async () => {
    const client = await connected();
    await client.say(
      subscribe("1"),
      subscribe("2"),
      frame("BEGIN", ["transaction:t"]),
      send("a", "/b", "transaction:t"),
    );
    await client.say("DISCONNECT\n\n\0");
    client.session.closed();
    client.session.end({ message: "x", code: "x", closeCode: 1011 });
    expect(client.broker.log.slice(-1)).toEqual(["ended guest [1,2]"]);
    expect(client.broker.log.filter((line) => line.startsWith("ended")).length).toBe(1);
    expect(client.broker.calls).toEqual([]);
    expect(client.session.subscriptions).toEqual([]);
    expect(client.session.principal).toBe("guest");
  });

  test("G9: what was sent before the client closed at once still takes effect", async () => {
    const broker = new Broker();
    broker.hold();
    const client = new Client(broker);
    client.session.receive(`CONNECT\n\n\0${send("a")}${subscribe("1")}${send("b")}DISCONNECT\nreceipt:d\n\n\0`);
    client.session.closed();
    await broker.release();
    expect(broker.log).toEqual(["connected guest", "sent /a a", "sent /a b", "ended guest []"]);
    expect(client.sent).toEqual([]);
    expect(client.closes).toEqual([]);
  });

  test("G12, C13: when the wire is lost nothing of an unfinished frame or transaction happens", async () => {
    const client = await connected();
    await client.say(
      subscribe("1"),
      frame("BEGIN", ["transaction:t"]),
      send("a", "/b", "transaction:t"),
      "SEND\ndestination:/a\n\nhel",
    );
    client.session.closed();
    client.session.receive("lo\0");
    await turn();
    expect(client.broker.calls).toEqual([]);
    expect(client.broker.log.slice(-1)).toEqual(["ended guest [1]"]);
    expect(client.gist).toEqual(["RECEIPT a"]);
  });

  test("a SUBSCRIBE that succeeds after the wire was lost is listed at the end", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(subscribe("1"));
    client.session.closed();
    expect(client.session.isConnected).toBe(false);
    await client.broker.release();
    expect(client.broker.log.slice(-2)).toEqual(["subscribed 1 /a auto", "ended guest [1]"]);
  });

  test("a SUBSCRIBE that succeeds after a goodbye is taken back", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(subscribe("1"));
    client.session.end({ message: "Signed out", code: "sign_in_ended", closeCode: 4501 });
    await client.broker.release();
    expect(client.broker.log.slice(-3)).toEqual(["ended guest [1]", "subscribed 1 /a auto", "unsubscribed 1"]);
    expect(client.gist).toEqual(["ERROR sign_in_ended"]);
  });

  test("a goodbye of the server is ERROR and close at once; nothing follows it", async () => {
    const client = await connected();
    client.broker.hold();
    await client.say(send("a"));
    client.session.end({ message: "Signed: out", code: "sign_in_ended", closeCode: 4501, receiptId: "r" });
    await client.say(send("b"));
    await client.broker.release();
    expect(client.texts).toEqual([
      "ERROR\nmessage:Signed\\c out\ncode:sign_in_ended\nreceipt-id:r\ncontent-type:text/plain\ncontent-length:11\n\nSigned: out\0",
    ]);
    expect(client.closes).toEqual([{ code: 4501, reason: "sign_in_ended" }]);
  });

  test("G10: every fault of a client ends in one ERROR and one close, in binary sessions too", async () => {
    for (const data of [
      "X\n\n\0",
      "SEND\n\n\0",
      "SEND\nfoo\n\n\0",
      "SUBSCRIBE\nid:1\n\n\0",
      "ACK\n\n\0",
      "BEGIN\n\n\0",
    ]) {
      const client = await new Client().say(bytesOf("CONNECT\naccept-version:1.2\n\n\0"));
      await client.say(data, send("after"));
      expect(client.frames.map((one) => one.command)).toEqual(["CONNECTED", "ERROR"]);
      const error = client.frames[1];
      expect(error && [headerOf(error, "content-type"), headerOf(error, "message")]).toEqual([
        "text/plain",
        error && (error.body as string),
      ]);
      expect(client.closes.map((one) => one.code)).toEqual([1002]);
      expect(client.sent.every((one) => typeof one !== "string")).toBe(true);
    }
  });
});

describe("Before and after sign-in", () => {
  test("M5: the first frame may be smaller than later ones", async () => {
    const limits = { ...LIMITS, login: { ...LIMITS.frame, frameBytes: 100 } };
    const client = await new Client(new Broker(), limits).say(frame("CONNECT", [`passcode:${"x".repeat(100)}`]));
    expect(client.gist).toEqual(["ERROR too_large"]);
    expect(client.closeCode).toBe(1009);
    const other = await new Client(new Broker(), limits).connect();
    await other.say(frame("SEND", ["destination:/a", "receipt:r"], "x".repeat(1_000)));
    expect(other.gist).toEqual(["RECEIPT r"]);
  });

  test("M1, M3, E7: what is too large is answered with ERROR, its receipt and 1009", async () => {
    const client = await connected();
    await client.say("SEND\nreceipt:r\ncontent-length:5000\n\n");
    expect(client.gist).toEqual(["ERROR too_large"]);
    expect(client.texts[0]).toContain("receipt-id:r");
    expect(client.closeCode).toBe(1009);
  });
});
