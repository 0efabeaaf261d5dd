import { FrameImpl, Parser } from "@stomp/stompjs";
import type { Server, ServerWebSocket } from "bun";
import type { Inbox } from "../../../src/domain/alarm.ts";
import type { Message, RoomPage as RoomPageData } from "../../../src/domain/room.ts";
import { type ClientFiles, nameOf } from "../../../src/web/bundle.ts";
import { InboxPage } from "../../../views/alarms.tsx";
import type { PageContext } from "../../../views/context.ts";
import { RoomPage, RoomPush } from "../../../views/rooms.tsx";

const alice = { userId: "alice", name: "앨리스" };
const bob = { userId: "bob", name: "밥" };
const START_MS = Date.parse("2026-11-22T03:00:00Z");
const CSP = "default-src 'self'; script-src 'self'; style-src 'self'";

const INBOX: Inbox = {
  alarms: [2, 1].map((id) => ({
    id,
    key: id,
    kind: "LIKES",
    receiver: "alice",
    actors: [bob],
    actorCount: 1,
    target: "POST",
    postId: 7,
    roomId: undefined,
    replyId: undefined,
    excerpt: "글",
    isRead: false,
    createdAtMs: START_MS,
  })),
  before: undefined,
  position: "1",
};

interface Frame {
  readonly command: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

interface Session {
  hear: (data: string | ArrayBuffer) => void;
  /** Subscription id -> destination. */
  readonly topics: Map<string, string>;
}

/**
 * The real room page of the views and the real bundle, before a room that answers STOMP as Birdie does, in memory and
 * with strings to pull: what it heard, what it refuses, when it is away.
 */
export class Stage {
  readonly messages: Message[] = [];
  readonly frames: Frame[] = [];
  readonly posts: { readonly path: string; readonly fields: Record<string, string> }[] = [];
  /** A status that every SEND is refused with. */
  refusal = 0;
  /** Sends are taken, and neither stored nor answered. */
  isMute = false;
  /** Sockets are refused, pages are not. */
  isBlocked = false;
  /** The cookies are worth nothing any more. */
  isSignedOut = false;
  pageSize = 100;
  /** What pages may load. */
  csp = CSP;
  #server: Server<Session> | undefined;
  readonly #files: ClientFiles;
  readonly #sessions = new Set<ServerWebSocket<Session>>();
  #port = 0;
  #serial = 0;

  private constructor(files: ClientFiles) {
    this.#files = files;
  }

  static async open(files: ClientFiles, messageCount = 0): Promise<Stage> {
    const stage = new Stage(files);
    for (let i = 0; i < messageCount; i++) stage.store("bob", `earlier ${i}`);
    stage.start();
    return stage;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  start(): void {
    this.#server = Bun.serve<Session>({
      hostname: "127.0.0.1",
      port: this.#port,
      fetch: (request, server) => this.#answer(request, server),
      websocket: {
        open: (ws) => {
          this.#sessions.add(ws);
          const parser = new Parser(
            (raw) => this.#hear(ws, FrameImpl.fromRawFrame(raw, raw.command !== "CONNECT")),
            () => undefined,
          );
          ws.data.hear = (data) => parser.parseChunk(data);
        },
        message: (ws, data) => ws.data.hear(typeof data === "string" ? data : new Uint8Array(data).buffer),
        close: (ws) => {
          this.#sessions.delete(ws);
        },
      },
    });
    this.#port = this.#server.port ?? 0;
  }

  async stop(): Promise<void> {
    await this.#server?.stop(true);
  }

  /** Somebody says something; who listens hears of it. */
  say(userId: string, body: string, clientId?: string): Message {
    const message = this.store(userId, body, clientId);
    for (const ws of this.#sessions) this.#deliver(ws, message);
    return message;
  }

  store(userId: string, body: string, clientId?: string): Message {
    const id = this.messages.length + 1;
    const message = {
      id,
      roomId: 5,
      author: userId === "alice" ? alice : bob,
      body,
      clientId,
      createdAtMs: START_MS + id * 1_000,
      editedAtMs: undefined,
      isDeleted: false,
      pictures: [],
      isReadByAll: false,
      likeCount: 0,
      replyTo: undefined,
    };
    this.messages.push(message);
    return message;
  }

  /** Any fragment, to who listens to a destination. */
  push(destination: string, event: string, html: string): void {
    for (const ws of this.#sessions) this.#transmit(ws, { destination, event, ack: "ax" }, html);
  }

  heard(command: string): Frame[] {
    return this.frames.filter((frame) => frame.command === command);
  }

  async #answer(request: Request, server: Server<Session>): Promise<Response | undefined> {
    const { pathname } = new URL(request.url);
    if (pathname === "/stomp") {
      if (this.isBlocked || this.isSignedOut) return new Response("", { status: 403 });
      const headers = { "sec-websocket-protocol": "v12.stomp" };
      const data: Session = { hear: () => undefined, topics: new Map() };
      return server.upgrade(request, { data, headers }) ? undefined : new Response("", { status: 400 });
    }
    const file = this.#files.get(pathname.slice(1));
    if (file) return new Response(new Uint8Array(file), { headers: { "content-type": typeOf(pathname) } });
    if (request.method === "POST") {
      const fields = Object.fromEntries(new URLSearchParams(await request.text()));
      this.posts.push({ path: pathname, fields });
      if (pathname !== "/messages/5") return Response.json({});
      return Response.json(this.store("alice", fields["message"] ?? "", fields["clientId"]), { status: 201 });
    }
    if (pathname === "/alarms" && request.method === "HEAD")
      return new Response("", { status: this.isSignedOut ? 401 : 200 });
    const before = Number(new URL(request.url).searchParams.get("before") ?? Number.MAX_SAFE_INTEGER);
    const main =
      pathname === "/alarms" ? (
        <InboxPage page={this.#page()} inbox={INBOX} />
      ) : (
        <RoomPage page={this.#page()} roomPage={this.#room(before)} />
      );
    const html = `<!doctype html>${main.toString()}`;
    return new Response(html, {
      headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": this.csp },
    });
  }

  #page(): PageContext {
    const counts = { unreadAlarmCount: 2, unreadMessageCount: 1 };
    const asset = (name: string) => `/${nameOf(this.#files, name)}`;
    const reader = { language: "ko", timeZone: "Asia/Seoul", nowMs: START_MS } as const;
    return {
      ...reader,
      me: alice,
      counts,
      position: "stage-0",
      path: "/messages/5",
      theme: "auto",
      signup: "open",
      asset,
      memberScripts: [],
    };
  }

  #room(beforeId: number): RoomPageData {
    const messages = this.messages.filter(({ id }) => id < beforeId).slice(-this.pageSize);
    const [first] = messages;
    return {
      room: {
        id: 5,
        kind: "pair",
        name: undefined,
        members: [
          { ...alice, role: "member" },
          { ...bob, role: "member" },
        ],
      },
      others: [bob],
      messages,
      liked: [],
      after: undefined,
      around: undefined,
      answering: undefined,
      blocked: [],
      isMuted: false,
      isRequest: false,
      closedBy: undefined,
      isOtherAway: false,
      isOtherGone: false,
      isHeld: false,
      hasReceipts: true,
      before: first && first.id > 1 ? first.id : undefined,
      readUpTo: this.messages.length,
      unreadCount: 0,
      present: [],
      position: String(this.messages.length),
    };
  }

  #hear(ws: ServerWebSocket<Session>, frame: FrameImpl): void {
    const { command, headers, body } = frame;
    this.frames.push({ command, headers, body });
    const { id = "", destination = "", receipt } = headers;
    if (command === "CONNECT") {
      const answer = { version: "1.2", "user-name": "alice", session: "1", "heart-beat": "20000,20000" };
      write(ws, "CONNECTED", answer);
      return;
    }
    if (command === "SEND" && this.isMute) return;
    if (command === "SEND" && this.refusal && receipt) {
      write(ws, "RECEIPT", { "receipt-id": receipt, status: String(this.refusal), message: "no" });
      return;
    }
    if (command === "SUBSCRIBE") ws.data.topics.set(id, destination);
    if (command === "UNSUBSCRIBE") ws.data.topics.delete(id);
    if (receipt) write(ws, "RECEIPT", { "receipt-id": receipt, recovered: "true" });
    if (command === "SUBSCRIBE" && destination === "/topic/5" && headers["resume"]) {
      for (const message of this.messages.slice(Number(headers["resume"]))) this.#deliver(ws, message, id);
    }
    const clientId = headers["client-id"];
    if (command !== "SEND" || destination !== "/chat/5") return;
    if (!this.messages.some((message) => message.clientId === clientId)) this.say("alice", body, clientId);
  }

  /** `only`: to this subscription, which missed it. */
  #deliver(ws: ServerWebSocket<Session>, message: Message, only?: string): void {
    const context = { language: "ko", timeZone: "UTC", nowMs: START_MS } as const;
    const event = { type: "message-said", message, receiver: undefined } as const;
    const body = (<RoomPush event={event} context={context} />).toString();
    const position = String(message.id);
    const headers = { destination: "/topic/5", event: "said", ack: `a${position}`, position };
    this.#transmit(ws, headers, body, only);
  }

  #transmit(
    ws: ServerWebSocket<Session>,
    headers: { readonly destination: string; readonly [name: string]: string },
    body: string,
    only?: string,
  ): void {
    const own = { "message-id": String(++this.#serial), "content-type": "text/html;charset=utf-8" };
    for (const [subscription, destination] of ws.data.topics) {
      if (destination !== headers.destination || (only !== undefined && subscription !== only)) continue;
      write(ws, "MESSAGE", { ...headers, ...own, subscription }, body);
    }
  }
}

function typeOf(path: string): string {
  return path.endsWith(".js") ? "text/javascript" : path.endsWith(".css") ? "text/css" : "image/svg+xml";
}

function write(ws: ServerWebSocket<Session>, command: string, headers: Record<string, string>, body = ""): void {
  ws.send(FrameImpl.marshall({ command, headers, body, escapeHeaderValues: command !== "CONNECTED" }));
}
