import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { type Ear, Hub, type Told } from "../../src/live/hub.ts";
import { Decoder } from "../../src/stomp/decoder.ts";
import { type Frame, headerOf } from "../../src/stomp/frame.ts";
import { type Broker, plainly, testBroker } from "../support/broker.ts";
import { RawClient } from "../support/stomp-client.ts";

function decode(data: string | Uint8Array): Frame[] {
  const limits = { frameBytes: 1_000_000, bodyBytes: 1_000_000, headers: 100, headerBytes: 10_000 };
  const decoder = new Decoder(limits);
  decoder.version = "1.2";
  const frames: Frame[] = [];
  decoder.push(data, (frame) => frames.push(frame));
  return frames;
}

const messages = (client: RawClient) => client.frames.flatMap(decode).filter((frame) => frame.command === "MESSAGE");

/** A client that is connected and has its subscriptions confirmed. */
async function listener(
  broker: Broker,
  subscriptions: readonly Record<string, string>[],
  { version = "1.2", isBinary = false } = {},
): Promise<RawClient> {
  const client = await RawClient.open(broker.url, {}, [`v${version.replace(".", "")}.stomp`]);
  const connect = `CONNECT\naccept-version:${version}\n\n\0`;
  client.send(isBinary ? new TextEncoder().encode(connect) : connect);
  await client.until((frames) => frames.some((frame) => frame.startsWith("CONNECTED")));
  for (const headers of subscriptions) client.frame("SUBSCRIBE", { ...headers, receipt: "done" });
  const isDone = (frames: readonly string[]) =>
    frames.filter((frame) => frame.startsWith("RECEIPT")).length === subscriptions.length;
  await client.until(isDone);
  return client;
}

const heard = (client: RawClient, count: number) => client.until(() => messages(client).length >= count);

describe("the hub", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await testBroker();
  });
  afterAll(() => broker[Symbol.asyncDispose]());

  test("renders once per media type and language, however many listen", async () => {
    const forms = ["text/html ko", "text/html en", "application/json "];
    const clients: RawClient[] = [];
    for (let i = 0; i < 12; i++) {
      const [accept = "", language = ""] = (forms[i % 3] ?? "").split(" ");
      const headers = { id: `${i % 2}`, destination: "/topic/1", accept, "accept-language": language };
      clients.push(await listener(broker, [headers], i < 6 ? {} : { version: "1.1" }));
    }
    const rendered: string[] = [];
    const told: Told = {
      messageId: "7",
      headers: [["event", "said"]],
      render(mediaType, language) {
        rendered.push(`${mediaType} ${language}`);
        return { contentType: mediaType, body: `${language} 안녕` };
      },
    };
    broker.hub.publish("/topic/1", told);
    await Promise.all(clients.map((client) => heard(client, 1)));
    expect(rendered.toSorted()).toEqual(forms.toSorted());
    for (const [i, client] of clients.entries()) {
      const [accept = "", language = ""] = (forms[i % 3] ?? "").split(" ");
      const [message] = messages(client);
      expect(message).toMatchObject({ command: "MESSAGE", body: `${language} 안녕` });
      expect(Object.fromEntries(message?.headers ?? [])).toMatchObject({
        subscription: `${i % 2}`,
        "message-id": "7",
        destination: "/topic/1",
        "content-type": accept,
        "content-length": String(Buffer.byteLength(`${language} 안녕`)),
        event: "said",
      });
      client[Symbol.dispose]();
    }
  });

  test("is not asked to render what nobody hears, nor twice what a form does not want", async () => {
    using plain = await listener(broker, [{ id: "a", destination: "/topic/2", accept: "text/html" }]);
    using json = await listener(broker, [{ id: "b", destination: "/topic/2", accept: "application/json" }]);
    let count = 0;
    const told: Told = {
      messageId: "1",
      headers: [],
      render(mediaType) {
        count++;
        return mediaType === "text/html" ? undefined : { contentType: undefined, body: "for programs" };
      },
    };
    broker.hub.publish("/topic/nobody", told);
    expect(count).toBe(0);
    broker.hub.publish("/topic/2", told);
    broker.hub.publish("/topic/2", plainly("2", "for all"));
    await Promise.all([heard(plain, 1), heard(json, 2)]);
    expect(count).toBe(2);
    expect(messages(plain).map((frame) => frame.body)).toEqual(["for all"]);
    expect(messages(json).map((frame) => frame.body)).toEqual(["for programs", "for all"]);
  });

  test("names each subscription by its own id, also two of one socket", async () => {
    using client = await listener(broker, [
      { id: "mine", destination: "/topic/3" },
      { id: "a:b\\c", destination: "/topic/3" },
    ]);
    using other = await listener(broker, [{ id: "mine", destination: "/topic/3" }]);
    broker.hub.publish("/topic/3", plainly("9", "x"));
    await Promise.all([heard(client, 2), heard(other, 1)]);
    const ids = (one: RawClient) => messages(one).map((frame) => headerOf(frame, "subscription"));
    expect(ids(client).toSorted()).toEqual(["a:b\\c", "mine"]);
    expect(ids(other)).toEqual(["mine"]);
  });

  test("gives an ack header to those who said that they will, and to nobody else", async () => {
    using acks = await listener(broker, [{ id: "a", destination: "/topic/4", ack: "client" }]);
    using sees = await listener(broker, [{ id: "a", destination: "/topic/4" }]);
    using old = await listener(broker, [{ id: "a", destination: "/topic/4", ack: "client" }], { version: "1.1" });
    broker.hub.publish("/topic/4", plainly("9", "x"));
    await Promise.all([acks, sees, old].map((client) => heard(client, 1)));
    const ackOf = (client: RawClient) => messages(client).map((frame) => headerOf(frame, "ack"));
    expect([ackOf(acks), ackOf(sees), ackOf(old)]).toEqual([["9~a"], [undefined], [undefined]]);
  });

  test("speaks binary to those who do, and carries octets that are no text", async () => {
    using binary = await listener(broker, [{ id: "a", destination: "/topic/5" }], { isBinary: true });
    using text = await listener(broker, [{ id: "a", destination: "/topic/5" }]);
    broker.hub.publish("/topic/5", plainly("1", "글"));
    await Promise.all([heard(binary, 1), heard(text, 1)]);
    expect([binary.binaryCount > 0, text.binaryCount]).toEqual([true, 0]);
    expect(messages(binary)[0]?.body).toBe("글");
    broker.hub.publish("/topic/5", plainly("2", new Uint8Array([0xff, 0, 0xfe])));
    await text.until(() => text.binaryCount === 1);
  });

  test("tells nothing more to those who unsubscribed or went, and forgets where nobody listens", async () => {
    await using broker = await testBroker();
    using stays = await listener(broker, [{ id: "a", destination: "/topic/6" }]);
    const leaves = await listener(broker, [{ id: "a", destination: "/topic/6" }]);
    leaves.frame("UNSUBSCRIBE", { id: "a", receipt: "left" });
    await leaves.until((frames) => frames.some((frame) => frame.includes("receipt-id:left")));
    broker.hub.publish("/topic/6", plainly("1", "later"));
    await heard(stays, 1);
    // Whatever was sent to it comes before the answer to its next frame.
    leaves.frame("BEGIN", { transaction: "t", receipt: "last" });
    await leaves.until((frames) => frames.some((frame) => frame.includes("receipt-id:last")));
    expect(messages(leaves)).toEqual([]);
    expect(broker.hub.isListening("/topic/6")).toBe(true);
    stays[Symbol.dispose]();
    leaves[Symbol.dispose]();
    await broker.closed(2);
    expect([broker.hub.isListening("/topic/6"), broker.hub.destinationCount]).toEqual([false, 0]);
  });

  test("keeps the order of what is told, for every form alike", async () => {
    const clients = await Promise.all(
      ["a", "b", "a"].map((id, i) => listener(broker, [{ id, destination: "/topic/7", accept: `text/${i}` }])),
    );
    const bodies = Array.from({ length: 500 }, (_, i) => `${i}`);
    for (const body of bodies) broker.hub.publish("/topic/7", plainly(body, body));
    for (const client of clients) {
      await client.until((frames) => frames.length === bodies.length + 2);
      expect(messages(client).map((frame) => frame.body)).toEqual(bodies);
      client[Symbol.dispose]();
    }
  });
});

test("what one listener alone is sent is what all are sent", () => {
  const published = new Map<string, string | Uint8Array>();
  const hub = new Hub((topic, frame) => published.set(topic, frame));
  const nobody = { subscribe: () => undefined, unsubscribe: () => undefined };
  const form = { mediaType: "text/plain", language: "", version: "1.2", hasAck: true, isBinary: false } as const;
  const ear = hub.subscribe(nobody, "/topic/1", "s", form);
  const binary = hub.subscribe(nobody, "/topic/1", "s", { ...form, isBinary: true });
  const told = plainly("5", "a\0b:한글");
  hub.publish("/topic/1", told);
  const [text, octets] = [published.get(ear.topic) ?? "", published.get(binary.topic) ?? ""];
  expect([hub.encode(ear, told), hub.encode(binary, told)] as unknown[]).toEqual([text, octets]);
  expect(decode(text)).toEqual(decode(octets));
  expect(decode(text)[0]?.body).toBe("a\0b:한글");
});

test("whoever goes, first, last or in the middle, leaves the others of a destination listening", () => {
  const nobody = { subscribe: () => undefined, unsubscribe: () => undefined };
  const form = { mediaType: "text/plain", language: "", version: "1.2", hasAck: false, isBinary: false } as const;
  fc.assert(
    fc.property(fc.array(fc.nat(9), { maxLength: 60 }), (flips) => {
      const heard: string[] = [];
      const hub = new Hub((topic) => heard.push(topic));
      const there = new Map<number, Ear>();
      for (const n of flips) {
        const ear = there.get(n);
        if (ear) hub.unsubscribe(nobody, ear);
        if (!there.delete(n)) there.set(n, hub.subscribe(nobody, `/topic/${n % 2}`, `s${n}`, form));
        for (const destination of ["/topic/0", "/topic/1"]) {
          heard.length = 0;
          hub.publish(destination, plainly("5", "x"));
          const expected = [...there.values()].filter((one) => one.destination === destination);
          expect(heard.sort()).toEqual(expected.map((one) => one.topic).sort());
          expect(hub.isListening(destination)).toBe(expected.length > 0);
        }
      }
    }),
  );
});
