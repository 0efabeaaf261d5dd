import { Failure } from "./link.ts";
import { Streams } from "./tabs-streams.ts";
import { lockOf, type ToTab, type ToWorker } from "./tabs-words.ts";
import { Wire } from "./wire.ts";

interface Tab {
  readonly id: string;
  readonly port: MessagePort;
  isHere: boolean;
}

/** The few things of a SharedWorkerGlobalScope that are used here. */
interface Scope {
  onconnect: ((event: { readonly ports: readonly MessagePort[] }) => void) | null;
}
declare const self: Scope;

/**
 * One connection for the tabs of one person. A tab that goes, with or without a word, is noticed by its lock, and what
 * it listened to (so its presence) goes with it. The worker holds a lock as well, so that tabs notice its death.
 */
export function hostTabs(): void {
  const tabs = new Map<string, Tab>();
  const ownLock = `birdie:worker:${crypto.randomUUID()}`;
  let wire: Wire | undefined;
  let streams: Streams | undefined;
  let hasEnded = false;
  let epoch = 0;
  let userName: string | undefined;
  let wasHere = true;

  const tell = (tab: Tab, word: ToTab) => tab.port.postMessage(word);
  const tellAll = (word: ToTab) => {
    for (const tab of tabs.values()) tell(tab, word);
  };
  /** Somebody looks at one of the tabs, or at none. Said when it changes; a new connection counts as looked at. */
  const tellAttention = () => {
    const isHere = [...tabs.values()].some((tab) => tab.isHere);
    if (isHere === wasHere || !wire?.isConnected) return;
    wasHere = isHere;
    wire.tell("SEND", { destination: isHere ? "/presence/here" : "/presence/away", "on-refusal": "receipt" });
  };

  function open(url: string, me: string): Wire {
    hasEnded = false;
    const own: Wire = new Wire(url, {
      connected(name) {
        epoch++;
        // Who was signed out may have signed in again elsewhere.
        hasEnded = false;
        userName = name;
        wasHere = true;
        streams = new Streams(own, ({ tab: id, id: subscription }, headers, body) => {
          const tab = tabs.get(id);
          const stream = headers["subscription"] ?? "";
          if (tab) tell(tab, { type: "message", headers: { ...headers, subscription }, body, stream, epoch });
        });
        // The cookies are another person's by now: the pages go, and what was opened with them is not kept.
        if (name !== undefined && name !== me) close();
        tellAll({ type: "connected", userName, epoch });
        tellAttention();
      },
      disconnected(why) {
        streams = undefined;
        hasEnded = why !== "lost";
        tellAll({ type: "disconnected", why, isBlocked: own.isBlocked });
      },
      message: ({ headers, body }) => streams?.tell(headers, body),
    });
    return own;
  }

  function close(): void {
    wire?.close();
    wire = undefined;
    streams = undefined;
  }

  function leave(tab: Tab): void {
    if (tabs.get(tab.id) !== tab) return;
    tabs.delete(tab.id);
    streams?.leave(tab.id);
    if (tabs.size === 0) close();
    else tellAttention();
  }

  function join(port: MessagePort, { tab: id, me, url, isHere }: Extract<ToWorker, { type: "join" }>): Tab {
    const tab: Tab = { id, port, isHere };
    tabs.set(id, tab);
    // Granted when the tab lets go of it: closed, crashed, discarded, gone elsewhere.
    void navigator.locks.request(lockOf(id), () => leave(tab));
    void isAlive.then(() => tell(tab, { type: "hello", lock: ownLock }));
    // A page is a new beginning, also where the last connection had ended for good.
    if (hasEnded) close();
    wire ??= open(url, me);
    if (wire.isConnected) tell(tab, { type: "connected", userName, epoch });
    else wire.hurry();
    tellAttention();
    return tab;
  }

  /** What a tab wants from the server: over its share of the connection, if that is still the one it knows. */
  function act(tab: Tab, word: Extract<ToWorker, { type: "ask" | "tell" }>): Promise<{ headers: object }> | undefined {
    const { command, headers, body } = word;
    if (!wire || !streams || word.epoch !== epoch) return Promise.reject(new Failure("lost"));
    if (command === "UNSUBSCRIBE") streams.unsubscribe(tab.id, headers["id"] ?? "");
    else if (command === "SUBSCRIBE" && streams.isFull) {
      tell(tab, { type: "full" });
      leave(tab);
    } else if (command === "SUBSCRIBE") return streams.subscribe(tab.id, headers);
    else if (word.type === "ask") return wire.ask(command, headers, body);
    else wire.tell(command, headers, body);
    return undefined;
  }

  function hear(tab: Tab, word: Exclude<ToWorker, { type: "join" }>): void {
    switch (word.type) {
      case "leave":
        leave(tab);
        return;
      case "hurry":
        wire?.hurry();
        return;
      case "ack":
        // By a subscription that is gone nothing can be acknowledged any more.
        if (word.epoch === epoch && streams?.has(word.stream)) wire?.tell("ACK", { id: word.id });
        return;
      case "tell": {
        const [, attention] = /^\/presence\/(here|away)$/.exec(word.headers["destination"] ?? "") ?? [];
        if (!attention) void act(tab, word)?.catch(() => undefined);
        else {
          tab.isHere = attention === "here";
          tellAttention();
        }
        return;
      }
      case "ask": {
        const { serial } = word;
        act(tab, word)?.then(
          ({ headers }) => tell(tab, { type: "answered", serial, headers: { ...headers } }),
          (error: unknown) => {
            const { why, status, message } = error instanceof Failure ? error : new Failure("lost");
            tell(tab, { type: "failed", serial, why, status, message });
          },
        );
        return;
      }
      default:
        word satisfies never;
    }
  }

  const isAlive = new Promise<void>((resolve) => {
    void navigator.locks.request(ownLock, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
  self.onconnect = ({ ports: [port] }) => {
    if (!port) return;
    let tab: Tab | undefined;
    port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
      if (data.type === "join") tab = join(port, data);
      else if (tab) hear(tab, data);
    };
  };
}
