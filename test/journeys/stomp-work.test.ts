import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { frame, type Heard, Peer } from "../support/peer.ts";
import { UNSETTLED_MAX } from "../support/work-queue.ts";

/** STOMP.md 1.K and 1.L over real sockets: acknowledgement, work queues, transactions. */
let broker: Broker;
let queues = 0;
beforeAll(() => {
  broker = openBroker();
});
afterAll(() => broker[Symbol.asyncDispose]());

const connect = (version?: string) => Peer.connect(broker.url, version);
const freshQueue = () => `/queue/work-${++queues}`;

/** A peer that takes work from this queue. */
async function work(queue: string, mode = "client", version = "1.2") {
  const peer = await connect(version);
  await peer.ask("SUBSCRIBE", ["id:1", `destination:${queue}`, `ack:${mode}`]);
  return peer;
}

async function fill(queue: string, ...bodies: readonly string[]) {
  using sender = await connect();
  for (const body of bodies) await sender.ask("SEND", [`destination:${queue}`], body);
}

/** What is left in the queue for a newcomer; it is taken out. */
async function left(queue: string): Promise<readonly string[]> {
  using peer = await connect();
  await peer.ask("SUBSCRIBE", ["id:left", `destination:${queue}`]);
  await peer.settled();
  return peer.messages.map((one) => one.text);
}

const ackOf = (peer: Peer, body: string) => `id:${peer.messages.find((one) => one.text === body)?.get("ack")}`;
const gone = async (peer: Peer, witness: Peer) => {
  const before = broker.handler.sessions.size;
  peer.cut();
  await peer.closed();
  while (broker.handler.sessions.size >= before) await witness.settled();
};

describe("acknowledgement", () => {
  const keys: readonly (readonly [string, (message: Heard) => readonly string[]])[] = [
    ["1.2", (message) => [`id:${message.get("ack")}`]],
    ["1.1", (message) => [`message-id:${message.get("message-id")}`, "subscription:1"]],
    ["1.0", (message) => [`message-id:${message.get("message-id")}`]],
  ];
  for (const [version, key] of keys) {
    test(`K1, K11: in ${version} an ACK names the message as the version has it; it never comes again`, async () => {
      const queue = freshQueue();
      await fill(queue, "a", "b");
      using peer = await work(queue, "client", version);
      await peer.bodies(2);
      const [first] = peer.messages;
      if (!first) throw new Error("nothing came");
      await peer.ask("ACK", key(first));
      using witness = await connect();
      await gone(peer, witness);
      expect(await left(queue)).toEqual(["b"]);
    });
  }

  for (const [id, version, command, lines, code] of [
    ["K2", "1.0", "NACK", ["message-id:m-1"], 1002],
    ["K4", "1.2", "ACK", [], 1002],
    ["K4", "1.2", "NACK", ["message-id:m-1", "subscription:1"], 1002],
    ["K4", "1.1", "ACK", ["message-id:m-1"], 1002],
    ["K4", "1.1", "ACK", ["subscription:1"], 1002],
    ["K4", "1.0", "ACK", [], 1002],
    ["K5", "1.2", "ACK", ["id:unknown"], 1008],
    ["K5", "1.2", "NACK", ["id:m-999999999~1"], 1008],
    ["K8", "1.1", "ACK", ["message-id:m-1", "subscription:other"], 1002],
  ] as const) {
    test(`${id}: ${command} ${lines.join(" ")} is refused in ${version}`, async () => {
      using peer = await work(freshQueue(), "client", version);
      peer.say(frame(command, [...lines, "receipt:r"]));
      expect((await peer.refused(code)).get("receipt-id")).toBe("r");
    });
  }

  test("K3: client-individual is known from 1.1 on", async () => {
    for (const version of ["1.1", "1.2"]) {
      using peer = await work(freshQueue(), "client-individual", version);
      expect(peer.closeCode).toBeUndefined();
    }
  });

  for (const command of ["ACK", "NACK"]) {
    test(`K5: ${command} of what is settled already is refused`, async () => {
      const queue = freshQueue();
      await fill(queue, "a", "b");
      using peer = await work(queue, "client");
      await peer.bodies(2);
      await peer.ask("ACK", [ackOf(peer, "b")]);
      peer.say(frame(command, [ackOf(peer, "a")]));
      await peer.refused(1008, "unknown_ack");
    });
  }

  test("K6: client is cumulative: of five, ACK of the third leaves the fourth and fifth", async () => {
    const queue = freshQueue();
    await fill(queue, "1", "2", "3", "4", "5");
    using peer = await work(queue);
    await peer.bodies(5);
    await peer.ask("ACK", [ackOf(peer, "3")]);
    using witness = await connect();
    await gone(peer, witness);
    expect(await left(queue)).toEqual(["4", "5"]);
  });

  test("K6: and it reaches no other subscription of the session", async () => {
    const [one, two] = [freshQueue(), freshQueue()];
    using peer = await work(one);
    await peer.ask("SUBSCRIBE", ["id:2", `destination:${two}`, "ack:client"]);
    await fill(one, "a");
    await fill(two, "b");
    await peer.bodies(2);
    await peer.ask("ACK", [ackOf(peer, "b")]);
    using witness = await connect();
    await gone(peer, witness);
    expect([await left(one), await left(two)]).toEqual([["a"], []]);
  });

  test("K7: client-individual settles one and no other", async () => {
    const queue = freshQueue();
    await fill(queue, "1", "2", "3");
    using peer = await work(queue, "client-individual");
    await peer.bodies(3);
    await peer.ask("ACK", [ackOf(peer, "2")]);
    using witness = await connect();
    await gone(peer, witness);
    expect(await left(queue)).toEqual(["1", "3"]);
  });

  test("K9, K11: NACK offers again, to the other consumer where there is one; with client it is cumulative", async () => {
    const queue = freshQueue();
    await fill(queue, "1", "2", "3");
    using first = await work(queue);
    await first.bodies(3);
    using second = await work(queue);
    await first.ask("NACK", [ackOf(first, "2")]);
    await Promise.all([first.settled(), second.settled()]);
    const again = [...first.messages.slice(3), ...second.messages].map((one) => one.text).sort();
    expect(again).toEqual(["1", "2"]);
    expect(second.messages.length).toBeGreaterThan(0);
  });

  test("K9, K11: where there is no other consumer, the same is offered it again", async () => {
    const queue = freshQueue();
    using peer = await work(queue, "client-individual", "1.1");
    await fill(queue, "again");
    const message = await peer.next("MESSAGE");
    await peer.ask("NACK", [`message-id:${message.get("message-id")}`, "subscription:1"]);
    expect(await peer.bodies(2)).toEqual(["again", "again"]);
  });

  test("K10: an ACK on an auto subscription is refused: nothing waits for it", async () => {
    const queue = freshQueue();
    using peer = await work(queue, "auto", "1.1");
    await fill(queue, "x");
    const message = await peer.next("MESSAGE");
    peer.say(frame("ACK", [`message-id:${message.get("message-id")}`, "subscription:1"]));
    await peer.refused(1008, "unknown_ack");
  });

  test("K11: competing consumers get each message once, in turn; a lost one's come again", async () => {
    const queue = freshQueue();
    using first = await work(queue);
    using second = await work(queue);
    await fill(queue, ..."abcdefghij");
    await Promise.all([first.bodies(5), second.bodies(5)]);
    const all = [...first.messages, ...second.messages].map((one) => one.text).sort();
    expect(all).toEqual([..."abcdefghij"]);
    await second.ask("ACK", [`id:${second.messages.at(-1)?.get("ack")}`]);
    await gone(first, second);
    await second.settled();
    expect(second.messages.slice(5).map((one) => one.text)).toEqual(first.messages.map((one) => one.text));
  });

  test("K11: messages wait while there is no consumer, and UNSUBSCRIBE gives back what was not settled", async () => {
    const queue = freshQueue();
    await fill(queue, "1", "2");
    using peer = await work(queue);
    expect(await peer.bodies(2)).toEqual(["1", "2"]);
    await peer.ask("UNSUBSCRIBE", ["id:1"]);
    expect(await left(queue)).toEqual(["1", "2"]);
    expect(await left(queue)).toEqual([]);
  });

  test("K12: no more than the cap is out at one consumer; the rest follows the ACK", async () => {
    const queue = freshQueue();
    using sender = await connect();
    const batch = Array.from({ length: UNSETTLED_MAX + 5 }, (_, i) => frame("SEND", [`destination:${queue}`], `${i}`));
    for (let i = 0; i < batch.length; i += 100) sender.say(batch.slice(i, i + 100).join(""));
    await sender.settled();
    using peer = await work(queue);
    await peer.settled();
    expect(peer.messages).toHaveLength(UNSETTLED_MAX);
    await peer.ask("ACK", [ackOf(peer, `${UNSETTLED_MAX - 1}`)]);
    await peer.bodies(UNSETTLED_MAX + 5);
    expect(peer.messages.at(-1)?.text).toBe(`${UNSETTLED_MAX + 4}`);
  });
});

describe("transactions", () => {
  for (const [id, command, lines] of [
    ["L1", "BEGIN", []],
    ["L1", "COMMIT", []],
    ["L1", "ABORT", []],
    ["L5", "COMMIT", ["transaction:unknown"]],
    ["L5", "ABORT", ["transaction:unknown"]],
    ["L5", "SEND", ["transaction:unknown", "destination:/topic/l"]],
    ["L5", "ACK", ["transaction:unknown", "id:m-1~1"]],
  ] as const) {
    test(`${id}: ${command} ${lines[0] ?? "without a transaction"} is refused`, async () => {
      using peer = await connect();
      peer.say(frame(command, [...lines, "receipt:r"]));
      expect((await peer.refused(1002)).get("receipt-id")).toBe("r");
    });
  }

  test("L2: BEGIN of an open transaction is refused", async () => {
    using peer = await connect();
    await peer.ask("BEGIN", ["transaction:t"]);
    peer.say(frame("BEGIN", ["transaction:t"]));
    await peer.refused(1002, "duplicate_transaction");
  });

  test("L3, L11, G1: what is in it comes at COMMIT, behind what was sent outside; receipts come at acceptance", async () => {
    const topic = "/topic/l3";
    using peer = await connect();
    await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
    await peer.ask("BEGIN", ["transaction:t"]);
    await peer.ask("SEND", [`destination:${topic}`, "transaction:t"], "A1");
    await peer.ask("SEND", [`destination:${topic}`], "B");
    await peer.ask("SEND", [`destination:${topic}`, "transaction:t"], "A2");
    expect(peer.messages.map((one) => one.text)).toEqual(["B"]);
    await peer.ask("COMMIT", ["transaction:t"]);
    expect(peer.messages.map((one) => one.text)).toEqual(["B", "A1", "A2"]);
  });

  test("L4, L6: what is aborted never comes, and its name may be used again", async () => {
    const topic = "/topic/l4";
    using peer = await connect();
    await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
    for (const end of ["ABORT", "COMMIT", "COMMIT"]) {
      await peer.ask("BEGIN", ["transaction:t"]);
      await peer.ask("SEND", [`destination:${topic}`, "transaction:t"], end);
      await peer.ask(end, ["transaction:t"]);
    }
    expect(peer.messages.map((one) => one.text)).toEqual(["COMMIT", "COMMIT"]);
  });

  test("L7: two at once are separate, and so is the same name of another client", async () => {
    const topic = "/topic/l7";
    using peer = await connect();
    using other = await connect();
    await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
    for (const [who, transaction] of [
      [peer, "a"],
      [peer, "b"],
      [other, "a"],
    ] as const) {
      await who.ask("BEGIN", [`transaction:${transaction}`]);
      await who.ask("SEND", [`destination:${topic}`, `transaction:${transaction}`], who === peer ? transaction : "c");
    }
    await peer.ask("COMMIT", ["transaction:b"]);
    await other.ask("COMMIT", ["transaction:a"]);
    await peer.ask("ABORT", ["transaction:a"]);
    expect(await peer.bodies(2)).toEqual(["b", "c"]);
  });

  for (const [end, expected] of [
    ["COMMIT", ["2"]],
    ["ABORT", ["1", "2"]],
  ] as const) {
    test(`L8: an ACK in a transaction takes effect at COMMIT: ${end}`, async () => {
      const queue = freshQueue();
      await fill(queue, "1", "2");
      using peer = await work(queue);
      await peer.bodies(2);
      await peer.ask("BEGIN", ["transaction:t"]);
      await peer.ask("ACK", [ackOf(peer, "1"), "transaction:t"]);
      await peer.ask(end, ["transaction:t"]);
      using witness = await connect();
      await gone(peer, witness);
      expect(await left(queue)).toEqual([...expected]);
    });
  }

  test("L8: a NACK in a transaction offers again at COMMIT, not before", async () => {
    const queue = freshQueue();
    await fill(queue, "1");
    using peer = await work(queue);
    await peer.bodies(1);
    await peer.ask("BEGIN", ["transaction:t"]);
    await peer.ask("NACK", [ackOf(peer, "1"), "transaction:t"]);
    expect(peer.messages).toHaveLength(1);
    await peer.ask("COMMIT", ["transaction:t"]);
    expect(await peer.bodies(2)).toEqual(["1", "1"]);
  });

  for (const [what, lines] of [
    ["a SEND that is refused", ["SEND", "destination:/none"]],
    ["an ACK of nothing", ["ACK", "id:m-0~1"]],
    ["the same ACK twice", ["ACK", "again"]],
  ] as const) {
    test(`L9, J2: ${what} takes the whole transaction with it`, async () => {
      const queue = freshQueue();
      const topic = "/topic/l9";
      await fill(queue, "kept");
      using listener = await connect();
      await listener.ask("SUBSCRIBE", ["id:1", `destination:${topic}`]);
      using peer = await work(queue);
      await peer.bodies(1);
      const [command, line] = lines;
      await peer.ask("BEGIN", ["transaction:t"]);
      await peer.ask("SEND", [`destination:${topic}`, "transaction:t"], "never");
      await peer.ask("ACK", [ackOf(peer, "kept"), "transaction:t"]);
      await peer.ask(command, [line === "again" ? ackOf(peer, "kept") : line, "transaction:t"]);
      peer.say(frame("COMMIT", ["transaction:t", "receipt:c"]));
      expect((await peer.refused(1008)).get("receipt-id")).toBe("c");
      await listener.settled();
      expect(listener.messages).toEqual([]);
      expect(await left(queue)).toEqual(["kept"]);
    });
  }

  test("L12: one open transaction more than allowed, and too much in one, is refused with 1009", async () => {
    using peer = await connect();
    for (let i = 0; i < 4; i++) await peer.ask("BEGIN", [`transaction:${i}`]);
    peer.say(frame("BEGIN", ["transaction:4"]));
    await peer.refused(1009, "too_many");
    using other = await connect();
    await other.ask("BEGIN", ["transaction:t"]);
    const send = frame("SEND", ["destination:/topic/l12", "transaction:t"], "x");
    for (let i = 0; i < 257; i++) other.say(send);
    await other.refused(1009, "too_many");
  });

  test("L13: SUBSCRIBE and UNSUBSCRIBE know no transaction", async () => {
    const topic = "/topic/l13";
    using peer = await connect();
    await peer.ask("SUBSCRIBE", ["id:1", `destination:${topic}`, "transaction:none"]);
    await peer.ask("SEND", [`destination:${topic}`], "x");
    await peer.ask("UNSUBSCRIBE", ["id:1", "transaction:none"]);
    await peer.ask("SEND", [`destination:${topic}`], "y");
    expect(peer.messages.map((one) => one.text)).toEqual(["x"]);
  });

  test("nothing is left when everybody has gone", async () => {
    using witness = await connect();
    while (broker.handler.sessions.size > 1) await witness.settled();
    expect(broker.handler.hub.destinationCount).toBe(0);
  });
});
