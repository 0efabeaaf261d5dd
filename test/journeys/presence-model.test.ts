import { expect, test } from "bun:test";
import fc from "fast-check";
import { frame, Peer } from "../support/peer.ts";
import { type Member, signUp, type TestServer, testServer } from "../support/server.ts";

/** How many random stories; MODEL_RUNS=1000 for a long night. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 40);

/** One connection in the model: what it listens with, and whether it came by "participate". */
interface Tab {
  readonly userId: string;
  isOpen: boolean;
  hasEntered: boolean;
  readonly subscriptions: Map<string, "auto" | "client">;
  readonly expected: Map<string, string[]>;
}

interface Model {
  readonly tabs: readonly Tab[];
}

interface Real {
  readonly server: TestServer;
  readonly roomId: number;
  readonly members: readonly Member[];
  readonly peers: Peer[];
}

const isIn = (tab: Tab) => tab.isOpen && (tab.hasEntered || tab.subscriptions.size > 0);
const sees = (tab: Tab) => isIn(tab) && (tab.hasEntered || [...tab.subscriptions.values()].includes("auto"));

/** Who is in the room and how, and what came by each subscription, is as the model has it. */
async function agrees({ tabs }: Model, { server, roomId, peers }: Real): Promise<void> {
  for (const [at, tab] of tabs.entries()) {
    const peer = peers[at];
    if (!peer || !tab.isOpen) continue;
    const wanted = [...tab.expected.values()].reduce((sum, texts) => sum + texts.length, 0);
    const said = () =>
      peer.messages
        .map((one) => ({ id: one.get("subscription") ?? "", body: JSON.parse(one.text) }))
        .filter(({ body }) => body.event === "said");
    await peer.until(() => said().length >= wanted);
    await peer.settled();
    const came: Record<string, string[]> = {};
    for (const { id, body } of said()) came[id] = [...(came[id] ?? []), body.message];
    expect([at, came]).toEqual([at, Object.fromEntries(tab.expected)]);
    peer.frames.length = 0;
    tab.expected.clear();
  }
  for (const userId of ["alice", "bob"]) {
    const own = tabs.filter((tab) => tab.userId === userId);
    const manner = own.some(sees) ? "sees" : own.some(isIn) ? "acks" : undefined;
    // A lost socket is heard of a little later than what was said on others.
    while (server.app.presence.mannerOf(roomId, userId) !== manner && peers.some((peer) => peer.closeCode === 0)) {
      await turn();
    }
    expect([userId, server.app.presence.mannerOf(roomId, userId)]).toEqual([userId, manner]);
    expect(server.app.presence.presentIn(roomId).includes(userId)).toBe(manner !== undefined);
  }
}

type Command = fc.AsyncCommand<Model, Real>;

function command(
  name: string,
  at: number,
  can: (tab: Tab) => boolean,
  run: (tab: Tab, peer: Peer, real: Real, model: Model) => Promise<void>,
): Command {
  return {
    check: ({ tabs }) => tabs[at] !== undefined && can(tabs[at]),
    async run(model, real) {
      const tab = model.tabs[at];
      const peer = real.peers[at];
      if (!tab || !peer) throw new Error("unreachable");
      await run(tab, peer, real, model);
      await agrees(model, real);
    },
    toString: () => `${at}: ${name}`,
  };
}

const which = fc.nat(3);
const id = fc.constantFrom("s1", "s2");

const subscribing = fc.tuple(which, id, fc.constantFrom("auto" as const, "client" as const)).map(([at, name, ack]) =>
  command(
    `subscribe ${name} ${ack}`,
    at,
    (tab) => tab.isOpen && !tab.subscriptions.has(name),
    async (tab, peer, { roomId }) => {
      await peer.ask("SUBSCRIBE", [`id:${name}`, `destination:/topic/${roomId}`, `ack:${ack}`]);
      tab.subscriptions.set(name, ack);
      tab.hasEntered = false;
    },
  ),
);

const unsubscribing = fc.tuple(which, id).map(([at, name]) =>
  command(
    `unsubscribe ${name}`,
    at,
    (tab) => tab.subscriptions.has(name),
    async (tab, peer) => {
      await peer.ask("UNSUBSCRIBE", [`id:${name}`]);
      tab.subscriptions.delete(name);
    },
  ),
);

const participating = which.map((at) =>
  command(
    "participate",
    at,
    (tab) => tab.isOpen,
    async (tab, peer, { roomId }) => {
      await peer.ask("SEND", [`destination:/chat/subscribe/${roomId}`]);
      if (tab.subscriptions.size === 0) tab.hasEntered = true;
    },
  ),
);

let lines = 0;
const saying = fc.tuple(which, fc.constantFrom("", "COMMIT", "ABORT")).map(([at, inside]) =>
  command(
    `say ${inside}`,
    at,
    (tab) => tab.isOpen,
    async (_tab, peer, { roomId }, { tabs }) => {
      const text = `line ${++lines}`;
      const transaction = inside === "" ? [] : ["transaction:t"];
      if (inside !== "") await peer.ask("BEGIN", transaction);
      await peer.ask("SEND", [`destination:/chat/${roomId}`, ...transaction], text);
      if (inside !== "") await peer.ask(inside, transaction);
      if (inside === "ABORT") return;
      for (const { subscriptions, expected } of tabs) {
        for (const name of subscriptions.keys()) expected.set(name, [...(expected.get(name) ?? []), text]);
      }
    },
  ),
);

const leaving = fc.tuple(which, fc.boolean()).map(([at, isPolite]) =>
  command(
    isPolite ? "disconnect" : "lose the socket",
    at,
    (tab) => tab.isOpen,
    async (tab, peer) => {
      if (isPolite) peer.say(frame("DISCONNECT"));
      else peer.cut();
      await peer.closed();
      tab.isOpen = false;
      tab.hasEntered = false;
      tab.subscriptions.clear();
      tab.expected.clear();
    },
  ),
);

const coming = which.map((at) =>
  command(
    "connect",
    at,
    (tab) => !tab.isOpen,
    async (tab, _peer, real) => {
      real.peers[at] = await connect(real, at);
      tab.isOpen = true;
    },
  ),
);

const connect = ({ server, members }: Real, at: number) =>
  Peer.connect(server.url, "1.2", [`Authorization:${members[at % 2]?.token}`]);

test(`who is in a room, and what comes, is as the model has it, in ${RUNS} random stories of two people in four tabs`, async () => {
  await using server = await testServer();
  const members = [await signUp(server, "alice"), await signUp(server, "bob")];
  const roomId: number = (await members[0]?.post("/messages", { userId: "bob" }))?.json.roomId;
  const often = [subscribing, subscribing, participating, saying, saying];
  const commands = fc.commands([...often, ...often, unsubscribing, unsubscribing, leaving, coming, coming], {
    maxCommands: 60,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(commands, async (story) => {
      const real: Real = { server, roomId, members, peers: [] };
      const tabs = ["alice", "bob", "alice", "bob"].map(
        (userId): Tab => ({ userId, isOpen: true, hasEntered: false, subscriptions: new Map(), expected: new Map() }),
      );
      for (const at of tabs.keys()) real.peers[at] = await connect(real, at);
      await fc.asyncModelRun(() => ({ model: { tabs }, real }), story);
      for (const peer of real.peers) peer.cut();
      while (server.app.presence.roomCount > 0) await turn();
    }),
    { numRuns: RUNS },
  );
}, 300_000);

/** Lets what is under way in the loop happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
