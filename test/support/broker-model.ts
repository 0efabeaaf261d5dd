/** A message in the model; bodies are unique. */
export interface ModelMessage {
  readonly number: number;
  readonly body: string;
}

export interface ModelSubscription {
  readonly client: ModelClient;
  readonly id: string;
  readonly destination: string;
  readonly ack: "auto" | "client" | "client-individual";
  unsettled: ModelMessage[];
}

export type ModelAct =
  | { readonly verb: "SEND"; readonly destination: string; readonly body: string }
  | { readonly verb: "ACK" | "NACK"; readonly id: string; readonly body: string };

export class ModelClient {
  isConnected = false;
  readonly subscriptions = new Map<string, ModelSubscription>();
  readonly transactions = new Map<string, ModelAct[]>();
  /** What should have come since the last look, by subscription. */
  readonly expected = new Map<string, string[]>();
}

interface ModelQueue {
  waiting: ModelMessage[];
  /** Whose turn is next comes first. */
  workers: ModelSubscription[];
}

/** What sessions, hub and queues should do, as simply as it can be said. */
export class Model {
  readonly clients: readonly ModelClient[];
  readonly #queues = new Map<string, ModelQueue>();
  #number = 0;

  constructor(count: number) {
    this.clients = Array.from({ length: count }, () => new ModelClient());
  }

  get connectedCount(): number {
    return this.clients.filter((client) => client.isConnected).length;
  }

  get queueCount(): number {
    return [...this.#queues.values()].filter(({ waiting, workers }) => waiting.length + workers.length > 0).length;
  }

  isListening(destination: string): boolean {
    return this.#subscriptionsTo(destination).length > 0;
  }

  subscribe(subscription: ModelSubscription): void {
    subscription.client.subscriptions.set(subscription.id, subscription);
    if (!subscription.destination.startsWith("/queue/")) return;
    const queue = this.#queue(subscription.destination);
    queue.workers.push(subscription);
    this.#work(queue);
  }

  unsubscribe(subscription: ModelSubscription): void {
    subscription.client.subscriptions.delete(subscription.id);
    const queue = this.#queues.get(subscription.destination);
    if (!queue) return;
    queue.workers = queue.workers.filter((one) => one !== subscription);
    queue.waiting = inOrder([...queue.waiting, ...subscription.unsettled]);
    this.#work(queue);
  }

  leave(client: ModelClient): void {
    client.isConnected = false;
    client.transactions.clear();
    for (const subscription of [...client.subscriptions.values()]) this.unsubscribe(subscription);
    client.expected.clear();
  }

  /** False: refused as a whole, and nothing has happened. */
  act(client: ModelClient, acts: readonly ModelAct[]): boolean {
    const settled = new Map<ModelAct, readonly ModelMessage[]>();
    const taken = new Set<string>();
    for (const act of acts) {
      if (act.verb === "SEND") continue;
      const subscription = client.subscriptions.get(act.id);
      const open = subscription?.unsettled.filter(({ body }) => !taken.has(`${act.id} ${body}`)) ?? [];
      const at = open.findIndex(({ body }) => body === act.body);
      if (at < 0) return false;
      const works = open.slice(subscription?.ack === "client" ? 0 : at, at + 1);
      for (const { body } of works) taken.add(`${act.id} ${body}`);
      settled.set(act, works);
    }
    for (const act of acts) {
      if (act.verb === "SEND") this.#send(act.destination, act.body);
      else this.#settle(client.subscriptions.get(act.id), settled.get(act) ?? [], act.verb);
    }
    return true;
  }

  #settle(subscription: ModelSubscription | undefined, works: readonly ModelMessage[], verb: "ACK" | "NACK"): void {
    if (!subscription) return;
    subscription.unsettled = subscription.unsettled.filter((one) => !works.includes(one));
    const queue = this.#queues.get(subscription.destination);
    if (!queue || verb === "ACK") return;
    queue.waiting = inOrder([...queue.waiting, ...works]);
    this.#work(queue);
  }

  #send(destination: string, body: string): void {
    const message = { number: ++this.#number, body };
    if (destination.startsWith("/queue/")) {
      const queue = this.#queue(destination);
      queue.waiting.push(message);
      this.#work(queue);
    } else for (const one of this.#subscriptionsTo(destination)) deliver(one, message);
  }

  #work({ waiting, workers }: ModelQueue): void {
    while (waiting.length > 0) {
      const worker = workers.shift();
      const message = worker && waiting.shift();
      if (!worker || !message) return;
      workers.push(worker);
      deliver(worker, message);
    }
  }

  #queue(destination: string): ModelQueue {
    const queue = this.#queues.get(destination) ?? { waiting: [], workers: [] };
    this.#queues.set(destination, queue);
    return queue;
  }

  #subscriptionsTo(destination: string): readonly ModelSubscription[] {
    return this.clients
      .flatMap(({ subscriptions }) => [...subscriptions.values()])
      .filter((one) => one.destination === destination);
  }
}

function deliver({ client, id, ack, unsettled }: ModelSubscription, message: ModelMessage): void {
  client.expected.set(id, [...(client.expected.get(id) ?? []), message.body]);
  if (ack !== "auto") unsettled.push(message);
}

function inOrder(messages: readonly ModelMessage[]): ModelMessage[] {
  return [...messages].sort((a, b) => a.number - b.number);
}
