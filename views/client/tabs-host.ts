import { lockOf, type ToTab, type ToWorker } from "./tabs-words.ts";
import { Failure, Wire } from "./wire.ts";

interface Tab {
  readonly id: string;
  readonly port: MessagePort;
  /** As the tab names them, with its id before. */
  readonly subscriptions: Set<string>;
  isHere: boolean;
}

/** The few things of a SharedWorkerGlobalScope that are used here. */
interface Scope {
  onconnect: ((event: { readonly ports: readonly MessagePort[] }) => void) | null;
}
declare const self: Scope;

/**
 * One connection for the tabs of one person. Each tab keeps subscriptions, positions and acknowledgements of its own;
 * a tab that goes, with or without a word, is noticed by its lock, and its subscriptions (so its presence) go with it.
 */
export function hostTabs(): void {
  const tabs = new Map<string, Tab>();
  let wire: Wire | undefined;
  let epoch = 0;
  let userName: string | undefined;
  let wasHere = true;

  const tellAll = (word: ToTab) => {
    for (const { port } of tabs.values()) port.postMessage(word);
  };
  /** Somebody looks at one of the tabs, or at none. Said when it changes, and once for each connection that begins unseen. */
  const tellAttention = () => {
    const isHere = [...tabs.values()].some((tab) => tab.isHere);
    if (isHere === wasHere || tabs.size === 0) return;
    wasHere = isHere;
    wire?.tell("SEND", { destination: isHere ? "/presence/here" : "/presence/away", "on-refusal": "receipt" });
  };

  const open = (url: string): Wire =>
    new Wire(url, {
      connected(name) {
        epoch++;
        userName = name;
        wasHere = true;
        for (const tab of tabs.values()) tab.subscriptions.clear();
        tellAll({ type: "connected", userName, epoch });
        tellAttention();
      },
      disconnected: (why) => tellAll({ type: "disconnected", why, isBlocked: wire?.isBlocked ?? false }),
      message({ headers, body }) {
        const [id = ""] = (headers["subscription"] ?? "").split(" ");
        tabs.get(id)?.port.postMessage({ type: "message", headers, body, epoch } satisfies ToTab);
      },
    });

  function leave(tab: Tab): void {
    tabs.delete(tab.id);
    for (const id of tab.subscriptions) wire?.tell("UNSUBSCRIBE", { id });
    tellAttention();
  }

  function join(port: MessagePort, { tab: id, url }: Extract<ToWorker, { type: "join" }>): Tab {
    const tab: Tab = { id, port, subscriptions: new Set(), isHere: true };
    tabs.set(id, tab);
    // Granted when the tab lets go of it: closed, crashed, gone elsewhere.
    void navigator.locks.request(lockOf(id), () => leave(tab));
    wire ??= open(url);
    if (wire.isConnected) port.postMessage({ type: "connected", userName, epoch } satisfies ToTab);
    else wire.hurry();
    tellAttention();
    return tab;
  }

  function note(tab: Tab, command: string, id: string): void {
    if (command === "SUBSCRIBE") tab.subscriptions.add(id);
    if (command === "UNSUBSCRIBE") tab.subscriptions.delete(id);
  }

  function hear(tab: Tab, word: Exclude<ToWorker, { type: "join" }>): void {
    if (word.type === "hurry") {
      wire?.hurry();
      return;
    }
    if (word.type === "ack") {
      if (word.epoch === epoch) wire?.tell("ACK", { id: word.id });
      return;
    }
    const { command, headers, body } = word;
    const [, attention] = /^\/presence\/(here|away)$/.exec(headers["destination"] ?? "") ?? [];
    if (attention) {
      tab.isHere = attention === "here";
      tellAttention();
      if (word.type === "tell") return;
    }
    note(tab, command, headers["id"] ?? "");
    if (word.type === "tell") {
      wire?.tell(command, headers, body);
      return;
    }
    const { serial } = word;
    const { port } = tab;
    wire?.ask(command, headers, body).then(
      (answer) => port.postMessage({ type: "answered", serial, headers: { ...answer.headers } } satisfies ToTab),
      (error: unknown) => {
        const { why, status, message } = error instanceof Failure ? error : new Failure("lost");
        if (why === "refused" && command === "SUBSCRIBE") tab.subscriptions.delete(headers["id"] ?? "");
        port.postMessage({ type: "failed", serial, why, status, message } satisfies ToTab);
      },
    );
  }

  self.onconnect = ({ ports: [port] }) => {
    if (!port) return;
    let tab: Tab | undefined;
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      if (data.type === "join") tab = join(port, data);
      else if (tab) hear(tab, data);
    };
  };
}
