import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import type { Principal } from "../domain/account.ts";
import type { BirdieError } from "../domain/errors.ts";
import { addressKey } from "../service/accounts.ts";
import { type Handler, Session, type SessionLimits, type Wire } from "../stomp/session.ts";
import { GOODBYE } from "./goodbyes.ts";
import type { OnLimit } from "./limits.ts";
import type { Origin } from "./origin.ts";

/** STOMP subprotocols, best first (the IANA names). */
const PROTOCOLS = ["v12.stomp", "v11.stomp", "v10.stomp"];
/** How often deadlines are looked at. One timer for all sockets. */
const SWEEP_MS = 1_000;
/** How soon after something had to wait for a reader all of them are looked at, at the most so often. */
const LOOK_MS = 50;
/** How long after something had to wait a wire's end may still be Bun's cut: a busy loop hears of it turns later. */
const CUT_MS = 2_000;
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
  /** A frame that has begun and is not whole after so long ends its socket. Default: 10000. */
  readonly frameTimeoutMs?: number;
  /** What may wait for a slow reader before it gets its goodbye. At twice as much it is cut without one. */
  readonly outgoingBytes: number;
  readonly socketsPerAddress: number;
}

/** What the handshake proves, before any frame. */
export interface Handshake<P = Principal> {
  readonly cookiePrincipal: P | undefined;
  /** Why the cookies prove nobody, where that is to be told at CONNECT. */
  readonly cookieRefusal?: BirdieError | undefined;
}

/** `P`: the principal of the sessions. */
export interface SocketOptions<P = Principal> {
  readonly handler: Handler<P>;
  readonly limits: SocketLimits;
  /** The origin of base-url: the only one a browser may come from. */
  readonly origin: () => string;
  /** Reads the cookies of a handshake that comes from our own origin. */
  readonly readHandshake: (request: Request, address: string) => Promise<Handshake<P>>;
  /** Whether the request carries cookies of ours. */
  readonly hasCookies: (request: Request) => boolean;
  /** Whom the peer speaks for: a trusted proxy names its client. Default: itself. */
  readonly addressOf?: (request: Request, peer: string) => string;
  readonly onLimit?: OnLimit;
  /** Counts a closed socket by its goodbye, for the metrics: a code of ours, or of the protocol; 0 for any other. */
  readonly onClosed: (code: number) => void;
}

/** One connection: the wire of its session, the listener of its topics, and what the handshake proved. */
export class Socket<P = Principal> implements Wire, Omit<Origin, "cookiePrincipal"> {
  readonly cookiePrincipal: P | undefined;
  readonly cookieRefusal: BirdieError | undefined;
  readonly address: string;
  readonly userAgent: string;
  entered: Set<number> | undefined;
  isAway = false;
  session: Session<P> | undefined;
  /** The goodbye we gave, 0 while none was given. */
  goodbye = 0;
  beats: keyof typeof BEATS | undefined;
  silentSweeps = 0;
  /** How many sweeps went by without its CONNECT: where this process itself was held up, what came meanwhile is read first. */
  waitingSweeps = 0;
  /** The frame that was half there at the last sweep, and for how many it has been. */
  halfFrame: object | undefined;
  halfSweeps = 0;
  /** Counted by its address among those who have not signed in. */
  isStranger = true;
  /** Something waited for this reader when it was last looked at. */
  isBehind = false;
  #ws: ServerWebSocket<Socket<P>> | undefined;
  #unsent: (string | Uint8Array)[] | undefined;

  constructor(handshake: Handshake<P>, request: { readonly address: string; readonly userAgent: string }) {
    this.cookiePrincipal = handshake.cookiePrincipal;
    this.cookieRefusal = handshake.cookieRefusal;
    this.address = request.address;
    this.userAgent = request.userAgent;
  }

  opened(ws: ServerWebSocket<Socket<P>>): void {
    this.#ws = ws;
  }
  /** What is said in one turn (the RECEIPTs of one commit) goes out in one write. */
  send(frame: string | Uint8Array): void {
    if (this.#unsent) {
      this.#unsent.push(frame);
      return;
    }
    this.#unsent = [frame];
    queueMicrotask(() => this.#flush());
  }
  #flush(): void {
    const frames = this.#unsent;
    this.#unsent = undefined;
    if (!frames) return;
    const [first] = frames;
    if (frames.length === 1 && first !== undefined) this.#write(first);
    else {
      this.#ws?.cork(() => {
        for (const frame of frames) this.#write(frame);
      });
    }
  }
  #write(frame: string | Uint8Array): void {
    // 0: dropped for a reader that is too slow. Bun closes it (closeOnBackpressureLimit), so no gap goes unseen.
    if (this.#ws?.send(frame) === 0 && this.goodbye === 0) this.goodbye = GOODBYE.slowReader;
  }
  /** Octets that wait for this reader. */
  get waitingBytes(): number {
    return this.#ws?.getBufferedAmount() ?? 0;
  }
  close(code: number, reason: string): void {
    this.#flush();
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
export function createSockets<P = Principal>(options: SocketOptions<P>) {
  const { limits } = options;
  const open = new Set<Socket<P>>();
  const strangers = new Map<string, number>();
  let server: Server<Socket<P>> | undefined;
  let lastBeatMs = performance.now();
  let looking: ReturnType<typeof setTimeout> | undefined;
  let isClosing = false;
  /** When something last had to wait for a reader; whoever is too far behind is cut by Bun right then. */
  let lastBehindMs = Number.NEGATIVE_INFINITY;
  // A whole number of them fits between two beats, so that no beat is late.
  const sweepMs = limits.heartbeatMs / Math.ceil(limits.heartbeatMs / SWEEP_MS);
  const timer = setInterval(sweep, sweepMs);
  timer.unref();

  function sweep(): void {
    const nowMs = performance.now();
    if (nowMs - lastBeatMs >= limits.heartbeatMs - 50) {
      lastBeatMs = nowMs;
      server?.publish(BEATS.text, "\n");
      server?.publish(BEATS.binary, LINE_FEED);
    }
    look();
    for (const socket of open) {
      const { session } = socket;
      if (!session) continue;
      if (session.isConnected) settleStranger(socket);
      if (!session.isConnected) {
        if (!session.hasGreeted && ++socket.waitingSweeps * sweepMs > limits.connectTimeoutMs) {
          options.onLimit?.("connect-timeout-ms");
          session.end({ message: "CONNECT did not come in time", code: "timeout", closeCode: GOODBYE.notSignedIn });
        }
        continue;
      }
      if (session.halfFrame && session.halfFrame === socket.halfFrame) socket.halfSweeps++;
      else socket.halfSweeps = 0;
      socket.halfFrame = session.halfFrame;
      if (socket.halfSweeps * sweepMs > (limits.frameTimeoutMs ?? FRAME_TIMEOUT_MS)) {
        options.onLimit?.("frame-timeout");
        session.end({ message: "A frame did not come whole in time", code: "timeout", closeCode: GOODBYE.brokenFrame });
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
        options.onLimit?.("heartbeat-ms");
        session.end({ message: "No heart-beat came", code: "no_heart_beat", closeCode: GOODBYE.noHeartBeat });
      }
    }
  }

  /** Readers that are too slow hear that they are, behind all that waits for them; they may come back and resume. */
  function look(): void {
    for (const socket of open) {
      const { waitingBytes, session } = socket;
      socket.isBehind = waitingBytes > 0;
      if (waitingBytes <= limits.outgoingBytes) continue;
      session?.end({ message: "This reader is too slow", code: "slow_reader", closeCode: GOODBYE.slowReader });
    }
  }

  /** Bun says that something had to wait, not for whom. */
  function lookSoon(): void {
    looking ??= setTimeout(() => {
      looking = undefined;
      look();
    }, LOOK_MS);
  }

  function count(address: string, by: number): void {
    const key = addressKey(address);
    const left = (strangers.get(key) ?? 0) + by;
    if (left > 0) strangers.set(key, left);
    else strangers.delete(key);
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
    if (isClosing) {
      return new Response("The server restarts.\n", { status: 503, headers: { "retry-after": "1" } });
    }
    if ((strangers.get(addressKey(address)) ?? 0) >= limits.socketsPerAddress) {
      options.onLimit?.("sockets-per-address");
      return new Response("Too many sockets of this address have not signed in.\n", { status: 429 });
    }
    return undefined;
  }

  const websocket: WebSocketHandler<Socket<P>> = {
    // Above the limit of STOMP itself, so that what is too large is answered by an ERROR first.
    maxPayloadLength: limits.session.frame.frameBytes * 2 + 65_536,
    backpressureLimit: limits.outgoingBytes * 2,
    closeOnBackpressureLimit: true,
    perMessageDeflate: false,
    // Bun pings by itself and cuts who does not answer: finds closed laptops, survives hidden tabs. From it Bun also takes
    // how long after its Close a reader may take for what waits: at least 4 s from 16 s on, maybe nothing below.
    idleTimeout: Math.min(960, Math.max(16, Math.ceil((2 * limits.heartbeatMs) / 1000))),
    sendPings: true,
    data: {} as Socket<P>,
    open(ws) {
      const socket = ws.data;
      socket.opened(ws);
      const session = new Session<P>({ wire: socket, handler: options.handler, limits: limits.session });
      session.data = socket;
      socket.session = session;
      open.add(socket);
      // Its handshake was under way when everybody else was told.
      if (isClosing) session.end(RESTARTING);
    },
    message(ws, data) {
      const socket = ws.data;
      if (socket.isStranger && socket.session?.isConnected) settleStranger(socket);
      socket.session?.receive(data);
    },
    close(ws, code) {
      const socket = ws.data;
      open.delete(socket);
      settleStranger(socket);
      socket.session?.closed();
      // Bun does not say for whom something had to wait, nor why it cut somebody.
      const isCut = code === 1006 && (socket.isBehind || performance.now() - lastBehindMs < CUT_MS);
      const goodbye = socket.goodbye || (isCut ? GOODBYE.slowReader : PROTOCOL_CODES.has(code) ? code : 0);
      if (goodbye === GOODBYE.slowReader) options.onLimit?.("outgoing-bytes");
      options.onClosed(goodbye);
    },
  };

  /** Signed in or gone: no longer counted by address. */
  function settleStranger(socket: Socket<P>): void {
    if (!socket.isStranger) return;
    socket.isStranger = false;
    count(socket.address, -1);
  }

  async function become(request: Request, by: Server<Socket<P>>, address: string): Promise<boolean> {
    const handshake = await options.readHandshake(request, address);
    const userAgent = (request.headers.get("user-agent") ?? "").slice(0, 300);
    const protocol = chooseProtocol(request);
    return by.upgrade(request, {
      data: new Socket(handshake, { address, userAgent }),
      ...(protocol ? { headers: { "sec-websocket-protocol": protocol } } : {}),
    });
  }

  return {
    websocket,
    /** Answers GET /stomp: undefined when the connection has become a WebSocket. */
    async upgrade(request: Request, by: Server<Socket<P>>): Promise<Response | undefined> {
      server = by;
      const peer = by.requestIP(request)?.address ?? "";
      const address = options.addressOf?.(request, peer) ?? peer;
      const refused = refusal(request, address);
      if (refused) return refused;
      // Counted before anything is waited for: many handshakes at once do not slip past the limit.
      count(address, 1);
      const hasBecomeSocket = await become(request, by, address).catch((error: unknown) => {
        count(address, -1);
        throw error;
      });
      if (hasBecomeSocket) return undefined;
      count(address, -1);
      return new Response("The handshake is not complete.\n", { status: 400 });
    },
    publish: (topic: string, frame: string | Uint8Array) => {
      const sent = server?.publish(topic, frame) ?? 1;
      if (sent > 0) return;
      lastBehindMs = performance.now();
      lookSoon();
    },
    /** Says goodbye to everybody, in slices, so that not all come back in the same moment. */
    async close(): Promise<void> {
      isClosing = true;
      clearInterval(timer);
      clearTimeout(looking);
      const all = [...open];
      for (let i = 0; i < all.length; i += CLOSE_SLICE) {
        for (const socket of all.slice(i, i + CLOSE_SLICE)) {
          socket.session?.end(RESTARTING);
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
    get openCount(): number {
      return open.size;
    },
  };
}

const RESTARTING = { message: "The server restarts", code: "restarting", closeCode: GOODBYE.restarting };
const CLOSE_SLICE = 200;
const FRAME_TIMEOUT_MS = 10_000;
/** What a client, or the runtime for it, may close with. Anything else is counted together. */
const PROTOCOL_CODES: ReadonlySet<number> = new Set([1000, 1001, 1002, 1003, 1005, 1006, 1007, 1009, 1011]);
const LINE_FEED = new Uint8Array([10]);

/** The highest offered subprotocol of ours; "" where none was offered; undefined where only others were. */
function chooseProtocol(request: Request): string | undefined {
  const offered = request.headers.get("sec-websocket-protocol");
  if (offered === null) return "";
  const names = offered.split(",").map((name) => name.trim());
  return PROTOCOLS.find((protocol) => names.includes(protocol));
}
