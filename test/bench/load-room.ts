import type { Load } from "./load.ts";
import { at, atRate, chatOf, eachOf, measure, newTally } from "./load-chat.ts";
import { nowUs, numberAt, Outgoing, senderAt, sentAtUs } from "./mark.ts";
import { newFaults, Peer } from "./peer.ts";
import type { Plan } from "./plan.ts";
import { frameOf } from "./wire.ts";

type RoomPlan = Extract<Plan, { mode: "room" }>;

/** More than can be in flight of one sender. */
const RING = 8_192;
/** As views/client/reading.ts has it: so long after the first message that is new, the newest is acknowledged. */
const ACK_AFTER_MS = 200;
const ACK = Buffer.from("\nack:");
const LINE_FEED = 10;
const DESTINATION = Buffer.from("\ndestination:/");
const T_OF_TOPIC = 116;

/**
 * People who are all in one room, each on a connection of their own; some of them speak. JSON subscribers listen to the
 * room and see what comes. HTML subscribers do what our pages do: they listen to their own queue, too, name what they
 * send, ask for receipts, and acknowledge the newest message a moment after it came.
 */
export async function openRoom(plan: RoomPlan): Promise<Load> {
  const { target, roomId, members, senders, isHtml, bodyBytes } = plan;
  const faults = newFaults();
  let tally = newTally();
  let keepsWindow = true;
  const destination = chatOf(target, roomId);
  const isPage = isHtml && destination !== undefined;
  /** Of each sender, how many have got each of the messages in flight. */
  const arrived = Array.from({ length: senders }, () => new Uint32Array(RING));
  const clientIds = () => (isPage ? crypto.randomUUID().slice(0, 8) : undefined);
  const outgoing = Array.from(
    { length: senders },
    (_, sender) => new Outgoing({ destination, bodyBytes, sender, hasReceipt: isPage, clientIds: clientIds() }),
  );

  function say(sender: number): void {
    const message = outgoing[sender];
    if (!message) return;
    tally.published++;
    peers[sender]?.send(message.frame(nowUs()));
  }

  /** What one connection notes of each message. */
  function listen(peer: Peer, own: number): void {
    const next = new Uint32Array(senders);
    const acknowledge = isPage ? acknowledging(peer) : undefined;
    peer.onMark = (bytes, markAt) => {
      // The own queue tells of the same line.
      if (isPage && bytes[bytes.lastIndexOf(DESTINATION, markAt) + DESTINATION.length] !== T_OF_TOPIC) return;
      const sender = senderAt(bytes, markAt);
      const number = numberAt(bytes, markAt);
      const expected = next[sender] ?? 0;
      if (number !== expected) faults[number < expected ? "duplicated" : "outOfOrder"]++;
      next[sender] = number + 1;
      const atUs = nowUs();
      if (sender !== own) tally.histogram.add(atUs - sentAtUs(bytes, markAt));
      tally.lastUs = atUs;
      tally.messageBytes = peer.messageBytes;
      acknowledge?.(bytes, markAt);
      const seen = arrived[sender];
      if (!seen) return;
      const slot = number % RING;
      const count = (seen[slot] ?? 0) + 1;
      seen[slot] = count === members.length ? 0 : count;
      if (count < members.length) return;
      tally.done++;
      if (tally.isRunning && keepsWindow) say(sender);
    };
  }

  const peers = await eachOf(members.length, async (i) => {
    const { userId, token } = members[i] ?? { userId: "", token: "" };
    const peer = await Peer.open(at(target, roomId, true), token, faults);
    listen(peer, i);
    if (destination === undefined) return peer;
    const html = "accept:text/html\naccept-language:en\n";
    const topic = `/topic/${roomId}`;
    const queue = `/queue/${userId}`;
    await peer.subscribe(topic, topic, isPage ? `${html}ack:client\n` : "ack:auto\n");
    if (isPage) await peer.subscribe(queue, queue, `${html}ack:client-individual\n`);
    return peer;
  });

  return {
    step(step) {
      tally = newTally();
      keepsWindow = step.ratePerS === undefined;
      let turn = 0;
      const inTurn = () => say(turn++ % senders);
      const start = () => {
        if (step.ratePerS !== undefined) atRate(step.ratePerS, tally, inTurn);
        else for (let i = 0; i < (step.window ?? 1); i++) inTurn();
      };
      return measure({ step, faults, tally, start, missing: () => tally.published - tally.done });
    },
  };
}

function acknowledging(peer: Peer): (bytes: Buffer, markAt: number) => void {
  let newest = "";
  let isPlanned = false;
  const send = () => {
    isPlanned = false;
    peer.send(frameOf(`ACK\nid:${newest}\n\n\0`));
  };
  return (bytes, markAt) => {
    // The header stands before the body, and the one before this frame in the same octets is further away.
    const from = bytes.lastIndexOf(ACK, markAt) + ACK.length;
    newest = bytes.toString("latin1", from, bytes.indexOf(LINE_FEED, from));
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(send, ACK_AFTER_MS);
  };
}
