// A STOMP broker that is open to anything: `bun test/support/open-broker.ts --port N [--max-frame BYTES]`.
// The same sessions, sockets and hub as Birdie's, with an open namespace, so that foreign clients and suites can be run
// against them unchanged. For tests only.
import { parseArgs } from "node:util";
import { createSockets, type Socket } from "../../src/live/socket.ts";
import { OpenBroker } from "./broker-handler.ts";

const FRAME_BYTES = 1_048_576;
const HEARTBEAT_MS = 100;

export interface BrokerOptions {
  /** 0: any free one. */
  readonly port?: number;
  readonly frameBytes?: number;
  readonly connectTimeoutMs?: number;
}

export interface Broker extends AsyncDisposable {
  /** http://127.0.0.1:N */
  readonly url: string;
  readonly port: number;
  readonly handler: OpenBroker;
  readonly openCount: number;
}

/** Listens on the loopback address until it is disposed of. */
export function openBroker(options: BrokerOptions = {}): Broker {
  const { frameBytes = FRAME_BYTES } = options;
  const handler = new OpenBroker((topic, frame) => sockets.publish(topic, frame));
  let url = "";
  const sockets: ReturnType<typeof createSockets<string>> = createSockets<string>({
    handler,
    limits: {
      session: {
        frame: { frameBytes, bodyBytes: frameBytes, headers: 32, headerBytes: 4_096 },
        subscriptions: 64,
        transactions: 4,
        heartbeatMs: HEARTBEAT_MS,
        pendingBytes: 4 * frameBytes,
        transactionBytes: 4 * frameBytes,
      },
      connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
      heartbeatMs: HEARTBEAT_MS,
      silenceMs: 1_000,
      outgoingBytes: 16 * frameBytes,
      socketsPerAddress: 100_000,
    },
    origin: () => url,
    hasCookies: () => false,
    readHandshake: async () => ({ cookiePrincipal: undefined }),
    onClosed: () => undefined,
  });
  const server = Bun.serve<Socket<string>>({
    hostname: "127.0.0.1",
    port: options.port ?? 0,
    websocket: sockets.websocket,
    async fetch(request, by) {
      if (new URL(request.url).pathname === "/stomp") return sockets.upgrade(request, by);
      return new Response("STOMP is spoken at /stomp.\n", { status: 404 });
    },
  });
  const port = server.port ?? 0;
  url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    handler,
    get openCount() {
      return sockets.openCount;
    },
    async [Symbol.asyncDispose]() {
      await sockets.close();
      await server.stop(true);
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: "string" }, "max-frame": { type: "string" } } });
  const broker = openBroker({
    port: Number(values.port ?? 0),
    frameBytes: Number(values["max-frame"] ?? FRAME_BYTES),
  });
  console.log(`The open broker is ready at ws://127.0.0.1:${broker.port}/stomp`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      broker[Symbol.asyncDispose]().then(() => process.exit(0));
    });
  }
}
