import type { Server } from "bun";
import type { Principal } from "../../src/domain/account.ts";
import { explain } from "../../src/live/goodbyes.ts";
import { type Ear, Hub, type Told } from "../../src/live/hub.ts";
import { createSockets, Socket, type SocketLimits } from "../../src/live/socket.ts";
import { headerOf } from "../../src/stomp/frame.ts";
import type { Handler, Session } from "../../src/stomp/session.ts";

/** The very sockets, sessions and hub of Birdie, with an open namespace behind them: anybody may hear anything. */
export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly hub: Hub;
  readonly sockets: ReturnType<typeof createSockets>;
  /** The codes of the closed sockets, as the metrics count them. */
  readonly closes: number[];
  /** Resolves once so many sockets have closed. */
  closed(count: number): Promise<readonly number[]>;
}

const SESSION = {
  frame: { frameBytes: 65_536, bodyBytes: 16_384, headers: 32, headerBytes: 4_096 },
  subscriptions: 64,
  transactions: 4,
};

export async function testBroker({
  answersAfter,
  ...limits
}: Partial<Omit<SocketLimits, "session">> & {
  /** A CONNECT that came waits for it. */
  readonly answersAfter?: Promise<void>;
} = {}): Promise<Broker> {
  const closes: number[] = [];
  let wake: () => void = () => undefined;
  const hub = new Hub((topic, frame) => sockets.publish(topic, frame));
  const { heartbeatMs = 20_000 } = limits;
  const sockets = createSockets({
    handler: openHandler(hub, answersAfter),
    limits: {
      session: { ...SESSION, heartbeatMs },
      connectTimeoutMs: 5_000,
      heartbeatMs,
      silenceMs: 75_000,
      outgoingBytes: 262_144,
      socketsPerAddress: 64,
      ...limits,
    },
    origin: () => `http://127.0.0.1:${server.port}`,
    hasCookies: (request) => request.headers.has("cookie"),
    readHandshake: async () => ({ cookiePrincipal: undefined }),
    onClosed(code) {
      closes.push(code);
      wake();
    },
  });
  const server: Server<Socket> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, by) => sockets.upgrade(request, by),
    websocket: sockets.websocket,
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    hub,
    sockets,
    closes,
    async closed(count) {
      while (closes.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return closes;
    },
    async [Symbol.asyncDispose]() {
      await sockets.close();
      await server.stop(true);
    },
  };
}

/** `accept` and `accept-language` of a SUBSCRIBE choose the form, as in the product. */
function openHandler(hub: Hub, answersAfter?: Promise<void>): Handler<Principal> {
  const socketOf = (session: Session<Principal>) => {
    if (session.data instanceof Socket) return session.data;
    throw new Error("a session without a socket");
  };
  const ears = new WeakMap<object, Ear>();
  return {
    async authenticate(_session, frame) {
      await answersAfter;
      const userId = headerOf(frame, "login") ?? "anybody";
      const principal = { userId, name: userId, signInId: "1", language: undefined, timeZone: undefined };
      return { principal, headers: [["session", crypto.randomUUID()]] };
    },
    async subscribe(session, subscription, frame) {
      const form = {
        mediaType: headerOf(frame, "accept") ?? "text/plain",
        language: headerOf(frame, "accept-language") ?? "",
        version: session.version,
        hasAck: session.version === "1.2" && subscription.ack !== "auto",
        isBinary: session.isBinary,
      };
      ears.set(subscription, hub.subscribe(socketOf(session), subscription.destination, subscription.id, form));
      return undefined;
    },
    unsubscribe(session, subscription) {
      const ear = ears.get(subscription);
      if (ear) hub.unsubscribe(socketOf(session), ear);
    },
    async act(_session, acts) {
      for (const act of acts) {
        if (act.verb === "SEND") hub.publish(act.destination, plainly(crypto.randomUUID(), act.body));
      }
      return undefined;
    },
    ended(session) {
      for (const subscription of session.subscriptions) {
        const ear = ears.get(subscription);
        if (ear) hub.unsubscribe(undefined, ear);
      }
    },
    explain,
  };
}

/** Something to be told that reads the same in every form. */
export function plainly(messageId: string, body: string | Uint8Array): Told {
  return { messageId, headers: [], render: () => ({ contentType: undefined, body }) };
}
