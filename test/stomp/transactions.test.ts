import { describe, expect, test } from "bun:test";
import { Broker, Client, frame } from "./conversation.ts";

const begin = (id: string, ...more: readonly string[]) => frame("BEGIN", [`transaction:${id}`, ...more]);
const commit = (id: string, ...more: readonly string[]) => frame("COMMIT", [`transaction:${id}`, ...more]);
const abort = (id: string, ...more: readonly string[]) => frame("ABORT", [`transaction:${id}`, ...more]);
const send = (body: string, ...more: readonly string[]) => frame("SEND", ["destination:/a", ...more], body);

async function connected(broker = new Broker()): Promise<Client> {
  const client = await new Client(broker).connect();
  return client.say(frame("SUBSCRIBE", ["id:1", "destination:/a"]));
}

describe("Transactions", () => {
  test("L2: a transaction that is open cannot be begun", async () => {
    const client = await connected();
    await client.say(begin("t", "receipt:1"), begin("t", "receipt:2"));
    expect(client.gist).toEqual(["RECEIPT 1", "ERROR duplicate_transaction"]);
    expect(client.closeCode).toBe(1002);
  });

  test("L3: what is sent in it comes at COMMIT, behind what was sent outside meanwhile", async () => {
    const client = await connected();
    await client.say(begin("t") + send("A", "transaction:t") + send("B"));
    expect(client.gist).toEqual(["MESSAGE B"]);
    await client.say(commit("t"));
    expect(client.gist).toEqual(["MESSAGE B", "MESSAGE A"]);
  });

  test("L4: ABORT forgets it", async () => {
    const client = await connected();
    await client.say(begin("t") + send("A", "transaction:t") + abort("t", "receipt:r"));
    expect(client.gist).toEqual(["RECEIPT r"]);
    expect(client.broker.calls).toEqual([]);
  });

  test.each([
    commit("t"),
    abort("t"),
    send("A", "transaction:t"),
    frame("ACK", ["id:m", "transaction:t"]),
    begin("t") + commit("t") + commit("t"),
    begin("t") + abort("t") + send("A", "transaction:t"),
  ])("L5: an unknown transaction is refused: %j", async (data) => {
    const client = await connected();
    await client.say(data);
    expect(client.gist).toEqual(["ERROR unknown_transaction"]);
    expect(client.closeCode).toBe(1002);
  });

  test("L6: an id is free again after COMMIT and after ABORT", async () => {
    const client = await connected();
    const once = begin("t") + send("A", "transaction:t");
    await client.say(once + commit("t") + once + abort("t") + once + commit("t", "receipt:r"));
    expect(client.gist).toEqual(["MESSAGE A", "MESSAGE A", "RECEIPT r"]);
  });

  test("L7: two at once are separate, and so is the same id on another connection", async () => {
    const broker = new Broker();
    const [one, two] = [await connected(broker), await connected(broker)];
    await one.say(begin("t") + begin("u") + send("t1", "transaction:t") + send("u1", "transaction:u"));
    await two.say(begin("t") + send("t2", "transaction:t") + abort("t"));
    await one.say(commit("u") + commit("t"));
    expect(two.gist).toEqual(["MESSAGE u1", "MESSAGE t1"]);
  });

  test("L8: ACK and NACK in it take effect at COMMIT, in order with the SENDs", async () => {
    const client = await connected();
    await client.say(begin("t") + frame("ACK", ["id:1", "transaction:t"]) + send("A", "transaction:t"));
    await client.say(frame("NACK", ["id:2", "transaction:t"]));
    expect(client.broker.calls).toEqual([]);
    await client.say(commit("t"));
    expect(client.broker.calls.map((acts) => acts.map((act) => act.verb))).toEqual([["ACK", "SEND", "NACK"]]);
    expect(client.broker.log.slice(2)).toEqual(["ACK - 1", "sent /a A", "NACK - 2"]);
  });

  test("L9: if one is refused at COMMIT none takes effect, and the session ends", async () => {
    const client = await connected();
    await client.say(begin("t") + send("A", "transaction:t"));
    await client.say(frame("SEND", ["destination:/no", "transaction:t", "receipt:s"]) + commit("t", "receipt:c"));
    expect(client.gist).toEqual(["RECEIPT s", "ERROR refused"]);
    expect(client.texts[1]).toContain("receipt-id:c");
    expect(client.broker.log).not.toContain("sent /a A");
  });

  test("L9: a COMMIT that asks to be spared is, and its transaction is gone", async () => {
    const client = await connected();
    await client.say(begin("t") + frame("SEND", ["destination:/no", "transaction:t"]));
    await client.say(commit("t", "receipt:c", "on-refusal:receipt") + begin("t", "receipt:b"));
    expect(client.gist).toEqual(["RECEIPT c", "RECEIPT b"]);
    expect(client.texts[0]).toContain("status:403");
  });

  test("L9: a header that is missing is refused when the frame is accepted, not at COMMIT", async () => {
    const client = await connected();
    await client.say(begin("t") + frame("SEND", ["transaction:t"], "A"));
    expect(client.gist).toEqual(["ERROR missing_header"]);
  });

  test("L11: a SEND in it has its RECEIPT at acceptance", async () => {
    const client = await connected();
    await client.say(begin("t", "receipt:b") + send("A", "transaction:t", "receipt:s"));
    expect(client.gist).toEqual(["RECEIPT b", "RECEIPT s"]);
    await client.say(commit("t", "receipt:c"));
    expect(client.gist.slice(2)).toEqual(["MESSAGE A", "RECEIPT c"]);
  });

  test("an empty transaction commits without a word to the handler", async () => {
    const client = await connected();
    await client.say(begin("t") + commit("t", "receipt:c"));
    expect(client.gist).toEqual(["RECEIPT c"]);
    expect(client.broker.calls).toEqual([]);
  });

  test("L12: open transactions, their frames and their octets are bounded", async () => {
    const many = await connected();
    await many.say(begin("a") + begin("b") + begin("c"));
    expect(many.gist).toEqual(["ERROR too_many"]);
    expect(many.closeCode).toBe(1009);
    const frames = await connected();
    await frames.say(
      begin("a") + begin("b") + send("x", "transaction:a").repeat(2) + send("x", "transaction:b").repeat(3),
    );
    expect(frames.gist).toEqual(["ERROR too_many"]);
    expect(frames.closeCode).toBe(1009);
    const octets = await connected();
    await octets.say(begin("a") + send("x".repeat(950), "transaction:a").repeat(3));
    expect(octets.gist).toEqual(["ERROR too_many"]);
  });

  test("L12: what was committed or aborted no longer counts", async () => {
    const client = await connected();
    for (let i = 0; i < 20; i++) {
      const end = i % 2 === 0 ? commit("t") : abort("t");
      await client.say(begin("t") + send("x".repeat(600), "transaction:t").repeat(3) + end);
    }
    expect(client.closes).toEqual([]);
    expect(client.gist.length).toBe(30);
  });
});
