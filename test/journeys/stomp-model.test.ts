import { expect, test } from "bun:test";
import fc from "fast-check";
import { Model, type ModelAct, type ModelClient } from "../support/broker-model.ts";
import { type Broker, openBroker } from "../support/open-broker.ts";
import { frame, Peer } from "../support/peer.ts";

/** How many random stories; MODEL_RUNS=10000 for a long night. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 100);
const CLIENTS = 3;
const DESTINATIONS = ["/topic/a", "/queue/a", "/queue/b"];

/** The same story on real sockets. */
class Real {
  readonly broker: Broker;
  readonly witness: Peer;
  readonly peers: (Peer | undefined)[] = [];
  /** The `ack` of what came, by client, subscription and body. */
  readonly acks = new Map<string, string>();

  constructor(broker: Broker, witness: Peer) {
    this.broker = broker;
    this.witness = witness;
  }

  peer(at: number): Peer {
    const peer = this.peers[at];
    if (!peer) throw new Error(`client ${at} is not connected`);
    return peer;
  }

  async say(at: number, act: ModelAct, more: readonly string[] = []): Promise<void> {
    if (act.verb === "SEND") await this.peer(at).ask("SEND", [`destination:${act.destination}`, ...more], act.body);
    else await this.peer(at).ask(act.verb, [`id:${this.acks.get(`${at} ${act.id} ${act.body}`)}`, ...more]);
  }

  /** Everything has come, and is as the model has it. */
  async agrees(model: Model): Promise<void> {
    while (this.broker.handler.sessions.size !== model.connectedCount + 1) await this.witness.settled();
    for (const [at, client] of model.clients.entries()) {
      if (!client.isConnected) continue;
      const peer = this.peer(at);
      await peer.settled();
      const came = new Map<string, string[]>();
      for (const message of peer.messages) {
        const id = message.get("subscription") ?? "";
        came.set(id, [...(came.get(id) ?? []), message.text]);
        this.acks.set(`${at} ${id} ${message.text}`, message.get("ack") ?? "");
      }
      peer.frames.length = 0;
      expect([at, Object.fromEntries(came)]).toEqual([at, Object.fromEntries(client.expected)]);
      client.expected.clear();
    }
    const { handler } = this.broker;
    for (const destination of DESTINATIONS) {
      expect([destination, handler.hub.isListening(destination)]).toEqual([
        destination,
        model.isListening(destination),
      ]);
    }
    expect(handler.queueCount).toBe(model.queueCount);
  }
}

type Command = fc.AsyncCommand<Model, Real>;

/** One thing that one client does, where the model says that it can. */
function command(
  name: string,
  can: (client: ModelClient) => boolean,
  run: (client: ModelClient, model: Model, real: Real) => Promise<void>,
  at: number,
): Command {
  const clientOf = (model: Readonly<Model>) => model.clients[at] ?? fail();
  return {
    check: (model) => can(clientOf(model)),
    async run(model, real) {
      await run(clientOf(model), model, real);
      await real.agrees(model);
    },
    toString: () => `${at}: ${name}`,
  };
}

function fail(): never {
  throw new Error("unreachable");
}

const who = fc.nat(CLIENTS - 1);
const id = fc.constantFrom("s1", "s2");
const transaction = fc.constantFrom("t1", "t2");
const destination = fc.constantFrom(...DESTINATIONS);
const ack = fc.constantFrom("auto" as const, "client" as const, "client-individual" as const);

const connecting = who.map((at) =>
  command(
    "connect",
    (client) => !client.isConnected,
    async (client, _model, real) => {
      real.peers[at] = await Peer.connect(real.broker.url);
      client.isConnected = true;
    },
    at,
  ),
);

const subscribing = fc.tuple(who, id, destination, ack).map(([at, name, where, mode]) =>
  command(
    `subscribe ${name} ${where} ${mode}`,
    (client) => client.isConnected && !client.subscriptions.has(name),
    async (client, model, real) => {
      await real.peer(at).ask("SUBSCRIBE", [`id:${name}`, `destination:${where}`, `ack:${mode}`]);
      model.subscribe({ client, id: name, destination: where, ack: mode, unsettled: [] });
    },
    at,
  ),
);

const unsubscribing = fc.tuple(who, id).map(([at, name]) =>
  command(
    `unsubscribe ${name}`,
    (client) => client.subscriptions.has(name),
    async (client, model, real) => {
      await real.peer(at).ask("UNSUBSCRIBE", [`id:${name}`]);
      model.unsubscribe(client.subscriptions.get(name) ?? fail());
    },
    at,
  ),
);

/** Does it at once, or holds it in the transaction. */
async function act(
  at: number,
  client: ModelClient,
  what: ModelAct,
  held: string | undefined,
  model: Model,
  real: Real,
) {
  await real.say(at, what, held === undefined ? [] : [`transaction:${held}`]);
  if (held === undefined) expect(model.act(client, [what])).toBe(true);
  else client.transactions.get(held)?.push(what);
}

const held = fc.option(transaction, { nil: undefined, freq: 2 });
const canHold = (client: ModelClient, name: string | undefined) =>
  client.isConnected && (name === undefined || client.transactions.has(name));

const sending = fc.tuple(who, destination, held).map(([at, where, name]) =>
  command(
    `send ${where} ${name ?? ""}`,
    (client) => canHold(client, name),
    (client, model, real) => act(at, client, { verb: "SEND", destination: where, body: body() }, name, model, real),
    at,
  ),
);

const settling = fc
  .tuple(who, id, fc.nat(4), fc.constantFrom("ACK" as const, "NACK" as const), held)
  .map(([at, name, nth, verb, inside]) =>
    command(
      `${verb} the ${nth}th of ${name} ${inside ?? ""}`,
      (client) => canHold(client, inside) && (client.subscriptions.get(name)?.unsettled.length ?? 0) > 0,
      (client, model, real) => {
        const unsettled = client.subscriptions.get(name)?.unsettled ?? [];
        const message = unsettled[nth % unsettled.length] ?? fail();
        return act(at, client, { verb, id: name, body: message.body }, inside, model, real);
      },
      at,
    ),
  );

const beginning = fc.tuple(who, transaction).map(([at, name]) =>
  command(
    `begin ${name}`,
    (client) => client.isConnected && !client.transactions.has(name),
    async (client, _model, real) => {
      await real.peer(at).ask("BEGIN", [`transaction:${name}`]);
      client.transactions.set(name, []);
    },
    at,
  ),
);

const ending = fc.tuple(who, transaction, fc.constantFrom("COMMIT", "COMMIT", "ABORT")).map(([at, name, how]) =>
  command(
    `${how} ${name}`,
    (client) => client.transactions.has(name),
    async (client, model, real) => {
      const acts = client.transactions.get(name) ?? fail();
      client.transactions.delete(name);
      real.peer(at).say(frame(how, [`transaction:${name}`, `receipt:${name}`]));
      if (how === "ABORT" || model.act(client, acts)) {
        await real.peer(at).receipt(name);
        return;
      }
      // What it acknowledges was settled outside meanwhile: all of it is refused, and the session ends.
      await real.peer(at).refused(1008, "unknown_ack");
      model.leave(client);
    },
    at,
  ),
);

const leaving = fc.tuple(who, fc.boolean()).map(([at, isPolite]) =>
  command(
    isPolite ? "disconnect" : "lose the socket",
    (client) => client.isConnected,
    async (client, model, real) => {
      const peer = real.peer(at);
      if (isPolite) peer.say(frame("DISCONNECT", ["receipt:bye"]));
      else peer.cut();
      await peer.closed();
      if (isPolite) expect(peer.gist).toEqual(["RECEIPT bye"]);
      model.leave(client);
    },
    at,
  ),
);

let bodies = 0;
const body = () => `body ${++bodies}`;

test(`sessions, hub and queues do what the model does, in ${RUNS} random stories of ${CLIENTS} clients`, async () => {
  const often = [connecting, subscribing, sending, sending, settling, settling, beginning, ending];
  const commands = fc.commands([...often, ...often, ...often, unsubscribing, leaving], {
    maxCommands: 120,
    size: "max",
  });
  await fc.assert(
    fc.asyncProperty(commands, async (story) => {
      await using broker = openBroker();
      using witness = await Peer.connect(broker.url);
      const real = new Real(broker, witness);
      const model = new Model(CLIENTS);
      for (const [at, client] of model.clients.entries()) {
        real.peers[at] = await Peer.connect(broker.url);
        client.isConnected = true;
      }
      await fc.asyncModelRun(() => ({ model, real }), story);
      for (const peer of real.peers) peer?.cut();
    }),
    { numRuns: RUNS },
  );
}, 300_000);
