import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Principal } from "../domain/account.ts";
import { Session, type SessionLimits, type Wire } from "../stomp/session.ts";
import { GOODBYE } from "./goodbyes.ts";
import type { Origin } from "./handler.ts";

/** STOMP subprotocols, best first (the IANA names). */
const PROTOCOLS = ["v12.stomp", "v11.stomp", "v10.stomp"];
/** How often deadlines are looked at. One timer for all sockets. */
const SWEEP_MS = 1_000;
/** Native topics of the sockets that want heart-beats, as text and as octets. */
const BEATS = { text: "\0beat", binary: "\0beat-binary" } as const;

export interface SocketLimits {
  readonly session: SessionLimits;
  readonly connectTimeoutMs: number;
  readonly heartbeatMs: number;
  /**
   * The least silence after which a client that promised heart-beats is given up. Browsers run timers of hidden tabs
   * once a minute, so a good client may be silent for longer than it promised.
   */
  readonly silenceMs: number;
  readonly outgoingBytes: number;
  readonly socketsPerAddress: number;
}

/** What the handshake proves, before any frame. */
export interface Handshake {
  readonly cookiePrincipal: Principal | undefined;
}

export interface SocketOptions {
  readonly handler: ConstructorParameters<typeof Session<Principal>>[0]["handler"];
  readonly limits: SocketLimits;
  /** The origin of base-url: the only one a browser may come from. */
  readonly origin: () => string;
  /** Reads the cookies of a handshake that comes from our own origin. */
  readonly readHandshake: (request: Request, address: string) => Promise<Handshake>;
  /** Whether the request carries cookies of ours. */
  readonly hasCookies: (request: Request) => boolean;
  /** Counts a closed socket by its goodbye, for the metrics. */
  readonly onClosed: (code: number) => void;
}

/** One connection: the wire of its session, the listener of its topics, and what the handshake proved. */
export class Socket implements Wire, Origin {
  readonly cookiePrincipal: Principal | undefined;
  readonly address: string;
  readonly userAgent: string;
  readonly openedAtMs: number;
  entered: Set<number> | undefined;
  session: Session<Principal> | undefined;
  /** The goodbye we gave, 0 while none was given. */
  goodbye = 0;
  beats: keyof typeof BEATS | undefined;
  silentSweeps = 0;
  #ws: ServerWebSocket<Socket> | undefined;

  constructor(handshake: Handshake, request: { readonly address: string; readonly userAgent: string }) {
    this.cookiePrincipal = handshake.cookiePrincipal;
    this.address = request.address;
    this.userAgent = request.userAgent;
    this.openedAtMs = performance.now();
  }

  opened(ws: ServerWebSocket<Socket>): void {
    this.#ws = ws;
  }
  send(frame: string | Uint8Array): void {
    // 0: dropped for a reader that is too slow. Bun closes it (closeOnBackpressureLimit), so no gap goes unseen.
    if (this.#ws?.send(frame) === 0 && this.goodbye === 0) this.goodbye = GOODBYE.slowReader;
  }
  close(code: number, reason: string): void {
    if (this.goodbye === 0) this.goodbye = code;
    this.#ws?.close(code, reason.slice(0, 120));
  }
  subscribe(topic: string): void {
    this.#ws?.subscribe(topic);
  }
  unsubscribe(topic: string): void {
    this.#ws?.unsubscribe(topic);
  }
}

/** Bun's WebSocket on one side, STOMP sessions on the other: handshake, deadlines, heart-beats, goodbyes. */
export function createSockets(options: SocketOptions) {
  const { limits } = options;
  const open = new Set<Socket>();
  const strangers = new Map<string, number>();
  let server: Server<Socket> | undefined;
  let lastBeatMs = performance.now();
  const timer = setInterval(sweep, Math.min(SWEEP_MS, limits.heartbeatMs));
  timer.unref();

  function sweep(): void {
    const nowMs = performance.now();
    if (nowMs - lastBeatMs >= limits.heartbeatMs - 50) {
      lastBeatMs = nowMs;
      server?.publish(BEATS.text, "\n");
      server?.publish(BEATS.binary, LINE_FEED);
    }
    const sweepMs = Math.min(SWEEP_MS, limits.heartbeatMs);
    for (const socket of open) {
      const { session } = socket;
      if (!session) continue;
      if (!session.isConnected) {
        if (nowMs - socket.openedAtMs > limits.connectTimeoutMs) {
          session.end({ message: "CONNECT did not come in time", code: "timeout", closeCode: GOODBYE.notSignedIn });
        }
        continue;
      }
      const { sendEveryMs, expectEveryMs } = session.heartbeat;
      if (sendEveryMs > 0 && !socket.beats) {
        socket.beats = session.isBinary ? "binary" : "text";
        socket.subscribe(BEATS[socket.beats]);
      }
      if (expectEveryMs === 0 || session.hasReceived) {
        session.hasReceived = false;
        socket.silentSweeps = 0;
      } else if (++socket.silentSweeps * sweepMs > Math.max(limits.silenceMs, 2.5 * expectEveryMs)) {
        session.end({ message: "No heart-beat came", code: "no_heart_beat", closeCode: GOODBYE.noHeartBeat });
      }
    }
  }

  function count(address: string, by: number): void {
    const left = (strangers.get(address) ?? 0) + by;
    if (left > 0) strangers.set(address, left);
    else strangers.delete(address);
  }

  /** Whether the handshake may go on; else the answer that refuses it. */
  function refusal(request: Request, address: string): Response | undefined {
    const isWebSocket = request.headers.get("upgrade")?.toLowerCase() === "websocket";
    if (!isWebSocket || request.headers.get("sec-websocket-version") !== "13") {
      const headers = { upgrade: "websocket", "sec-websocket-version": "13" };
      return new Response("This address speaks STOMP over WebSocket.\n", { status: 426, headers });
    }
    const origin = request.headers.get("origin");
    if (origin === null ? options.hasCookies(request) : origin.toLowerCase() !== options.origin()) {
      return new Response("The page that opens this socket must come from this site.\n", { status: 403 });
    }
    if (chooseProtocol(request) === undefined) {
      return new Response(`Offer one of ${PROTOCOLS.join(", ")}, or none.\n`, { status: 400 });
    }
    if ((strangers.get(address) ?? 0) >= limits.socketsPerAddress) {
      return new Response("Too many sockets of this address have not signed in.\n", { status: 429 });
    }
    return undefined;
  }

  const websocket: WebSocketHandler<Socket> = {
    // Above the limit of STOMP itself, so that what is too large is answered by an ERROR first.
    maxPayloadLength: limits.session.frame.frameBytes * 2 + 65_536,
    backpressureLimit: limits.outgoingBytes,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    // Bun pings by itself and cuts who does not answer: finds closed laptops, survives hidden tabs.
    idleTimeout: Math.min(960, Math.max(10, Math.ceil((2 * limits.heartbeatMs) / 1000))),
    sendPings: true,
    data: {} as Socket,
    open(ws) {
      const socket = ws.data;
      socket.opened(ws);
      const session = new Session<Principal>({ wire: socket, handler: options.handler, limits: limits.session });
      session.data = socket;
      socket.session = session;
      open.add(socket);
    },
    message(ws, data) {
      const socket = ws.data;
      const wasStranger = !socket.session?.isConnected;
      socket.session?.receive(data);
      if (wasStranger) settleStranger(socket);
    },
    close(ws, code) {
      const socket = ws.data;
      open.delete(socket);
      settleStranger(socket, true);
      socket.session?.closed();
      options.onClosed(socket.goodbye || code);
    },
  };

  const known = new WeakSet<Socket>();
  /** Counted by address until it has signed in or gone. */
  function settleStranger(socket: Socket, hasGone = false): void {
    if (known.has(socket) || !(hasGone || socket.session?.isConnected)) return;
    known.add(socket);
    count(socket.address, -1);
  }

  return {
    websocket,
    /** Answers GET /stomp: undefined when the connection has become a WebSocket. */
    async upgrade(request: Request, by: Server<Socket>): Promise<Response | undefined> {
      server = by;
      const address = by.requestIP(request)?.address ?? "";
      const refused = refusal(request, address);
      if (refused) return refused;
      const handshake = await options.readHandshake(request, address);
      const socket = new Socket(handshake, {
        address,
        userAgent: (request.headers.get("user-agent") ?? "").slice(0, 300),
      });
      const protocol = chooseProtocol(request);
      count(address, 1);
      if (
        by.upgrade(request, { data: socket, ...(protocol ? { headers: { "sec-websocket-protocol": protocol } } : {}) })
      ) {
        return undefined;
      }
      count(address, -1);
      return new Response("The handshake is not complete.\n", { status: 400 });
    },
    publish: (topic: string, frame: string | Uint8Array) => {
      server?.publish(topic, frame);
    },
    /** Says goodbye to everybody, in slices, so that not all come back in the same moment. */
    async close(): Promise<void> {
      clearInterval(timer);
      const all = [...open];
      for (let i = 0; i < all.length; i += CLOSE_SLICE) {
        for (const socket of all.slice(i, i + CLOSE_SLICE)) {
          socket.session?.end({ message: "The server restarts", code: "restarting", closeCode: GOODBYE.restarting });
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    get openCount(): number {
      return open.size;
    },
  };
}

const CLOSE_SLICE = 200;
const LINE_FEED = new Uint8Array([10]);

/** The highest offered subprotocol of ours; "" where none was offered; undefined where only others were. */
function chooseProtocol(request: Request): string | undefined {
  const offered = request.headers.get("sec-websocket-protocol");
  if (offered === null) return "";
  const names = offered.split(",").map((name) => name.trim());
  return PROTOCOLS.find((protocol) => names.includes(protocol));
}
