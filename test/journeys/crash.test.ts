import { expect, test } from "bun:test";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { encodeFrame } from "../../src/stomp/frame.ts";
import { testFolder } from "../support/folder.ts";
import { type BirdieProcess, startBirdie } from "../support/process.ts";
import { type Member, signUp } from "../support/server.ts";

const SEED = Number(process.env["BIRDIE_CRASH_SEED"] ?? 20_261_122);
const KILLS = 6;
/** Lines of one talker that are on their way at once. */
const WINDOW = 8;
const TIMEOUT_MS = 180_000;

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Somebody who talks without pause, each line under its own client id, and says again after every crash what was not
 * acknowledged: in order, before anything new, as an outbox does.
 */
class Talker {
  readonly member: Member;
  readonly roomId: number;
  /** Client ids in the order they were first sent. */
  readonly sent: string[] = [];
  readonly acknowledged = new Set<string>();
  /** Ids of the room's messages in the order they came. */
  readonly heard: number[] = [];
  /** What the server said besides what was hoped for. */
  readonly faults: string[] = [];
  readonly #onNews: () => void;
  #isQuiet = false;
  #position: string;
  #socket: WebSocket | undefined;

  /** `room`: its page as JSON, from whose position on everything is to be heard. */
  constructor(member: Member, room: { readonly id: number; readonly position: string }, onNews: () => void) {
    this.member = member;
    this.roomId = room.id;
    this.#position = room.position;
    this.#onNews = onNews;
  }

  get isSettled(): boolean {
    return this.#isQuiet && this.acknowledged.size === this.sent.length;
  }

  /** Says nothing new any more. */
  finish(): void {
    this.#isQuiet = true;
    this.#onNews();
  }

  /** Talks until the connection is lost. */
  talk(url: string): Promise<void> {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/stomp`, ["v12.stomp"]);
    this.#socket = socket;
    socket.onopen = () => this.#frame("CONNECT", { "accept-version": "1.2", Authorization: this.member.token });
    socket.onmessage = ({ data }) => this.#take(String(data));
    return new Promise((resolve) => {
      socket.onclose = () => resolve();
    });
  }

  hangUp(): void {
    this.#socket?.close();
  }

  #frame(command: string, headers: Record<string, string>, body = ""): void {
    this.#socket?.send(String(encodeFrame("1.2", command, Object.entries(headers), body)));
  }

  #take(frame: string): void {
    const [head = "", body = ""] = frame.split("\n\n");
    const [command = "", ...lines] = head.split("\n");
    const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
    if (command === "CONNECTED") this.#enter();
    else if (command === "RECEIPT") this.#receive(headers.get("receipt-id") ?? "", headers.get("recovered"));
    else if (command === "MESSAGE") {
      this.#position = headers.get("position") ?? this.#position;
      if (headers.get("event") !== "said") return;
      this.heard.push(JSON.parse(body.slice(0, -1)).id);
      this.#onNews();
    } else {
      this.faults.push(frame);
      this.#onNews();
    }
  }

  #enter(): void {
    const destination = `/topic/${this.roomId}`;
    this.#frame("SUBSCRIBE", { id: "room", destination, receipt: "entered", resume: this.#position });
    for (const clientId of this.sent) if (!this.acknowledged.has(clientId)) this.#send(clientId);
    this.#sayMore();
  }

  #receive(receipt: string, recovered: string | undefined): void {
    if (recovered === "false") this.faults.push("not recovered");
    if (receipt === "entered") return;
    this.acknowledged.add(receipt);
    this.#sayMore();
    this.#onNews();
  }

  #sayMore(): void {
    while (!this.#isQuiet && this.sent.length - this.acknowledged.size < WINDOW) {
      const clientId = crypto.randomUUID();
      this.sent.push(clientId);
      this.#send(clientId);
    }
  }

  #send(clientId: string): void {
    const line = `${this.member.userId} ${this.sent.indexOf(clientId)}`;
    this.#frame("SEND", { destination: `/chat/${this.roomId}`, "client-id": clientId, receipt: clientId }, line);
  }
}

/** The stored messages of all rooms in the order of their ids. */
async function readStored(data: string) {
  const client = createClient({ url: `file:${join(data, "birdie.db")}` });
  const { rows } = await client.execute("select id, room_id, author_id, body, client_id from messages order by id");
  const sound = [await client.execute("pragma integrity_check"), await client.execute("pragma foreign_key_check")];
  client.close();
  return {
    messages: rows.map((row) => ({
      id: Number(row["id"]),
      roomId: Number(row["room_id"]),
      authorId: String(row["author_id"]),
      number: Number(String(row["body"]).split(" ")[1]),
      clientId: String(row["client_id"]),
    })),
    soundness: sound.map((result) => result.rows.map((row) => String(row[0]))),
  };
}

test(
  `killed ${KILLS} times under load, it has lost nothing it acknowledged, doubled nothing, and kept the order (seed ${SEED})`,
  async () => {
    const random = randomFrom(SEED);
    const data = testFolder();
    const start = () => startBirdie(["--port", "0", "--data", data, "--sends-per-s", "0", "--sign-ups-per-hour", "0"]);
    let birdie: BirdieProcess = await start();
    let wake: () => void = () => undefined;
    const talkers: Talker[] = [];
    for (const [one, other] of [
      ["alice", "bob"],
      ["cho", "dan"],
      ["eve", "fay"],
    ] as const) {
      const [first, second] = await Promise.all([signUp(birdie, one), signUp(birdie, other)]);
      const { roomId } = (await first.post("/messages", { userId: other })).json;
      for (const member of [first, second]) {
        const { position } = (await member.get(`/messages/${roomId}`)).json;
        talkers.push(new Talker(member, { id: roomId, position }, () => wake()));
      }
    }
    const acknowledgedCount = () => talkers.reduce((sum, talker) => sum + talker.acknowledged.size, 0);
    const until = async (holds: () => boolean) => {
      while (!holds()) {
        if (talkers.some((talker) => talker.faults.length > 0)) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    };

    let talking = talkers.map((talker) => talker.talk(birdie.url));
    for (let kill = 0; kill < KILLS; kill++) {
      // A moment that is counted, not timed: whatever is on its way then is on its way.
      const goal = acknowledgedCount() + 20 + Math.floor(random() * 400);
      await until(() => acknowledgedCount() >= goal);
      await birdie.stop("SIGKILL");
      await Promise.all(talking);
      birdie = await start();
      talking = talkers.map((talker) => talker.talk(birdie.url));
    }
    for (const talker of talkers) talker.finish();
    await until(() => talkers.every((talker) => talker.isSettled));
    const saidIn = (roomId: number) =>
      talkers.reduce((sum, talker) => sum + (talker.roomId === roomId ? talker.sent.length : 0), 0);
    await until(() => talkers.every((talker) => talker.heard.length >= saidIn(talker.roomId)));
    for (const talker of talkers) talker.hangUp();
    await Promise.all(talking);
    expect(await birdie.stop()).toBe(0);

    const { messages, soundness } = await readStored(data);
    expect(soundness).toEqual([["ok"], []]);
    expect(talkers.flatMap((talker) => talker.faults)).toEqual([]);
    const stored = messages.map((message) => message.clientId);
    expect(stored.toSorted()).toEqual(talkers.flatMap((talker) => talker.sent).toSorted());
    expect(stored.length).toBeGreaterThanOrEqual(KILLS * 20);
    for (const talker of talkers) {
      const room = messages.filter((message) => message.roomId === talker.roomId);
      // What each said stands in the order it was said, and all hear all of it in the one order, once.
      const own = room.filter((message) => message.authorId === talker.member.userId);
      expect(own.map((message) => message.number)).toEqual([...own.keys()]);
      expect(talker.heard).toEqual(room.map((message) => message.id));
    }
  },
  TIMEOUT_MS,
);
